"""Models in folders: our own, where they come from, and what the Hub has.

    smollm2    where the weights of SmolLM2 come from
    folder     an adapter and its base become an ordinary model folder, once
    folders    folders by name, and whether a folder has changed
    hub        can the Hub be reached?

Beside them the adapters `p-aligner` and `singlepo` with their cards; `reward` is a whole model, of an earlier world.
"""
