"""Models in folders: our own (their adapters lie here, with their cards), where they come from, what the Hub has."""
