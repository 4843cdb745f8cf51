"""Growing trees: one tree, its strategies, the journal that holds many, and the forest that writes it."""
