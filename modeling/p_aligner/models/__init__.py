"""Models in folders: our own, where they come from, and what the Hub has.

    smollm2    where the weights of SmolLM2 come from
    folder     an adapter and its base become an ordinary model folder, once
    folders    folders by name, and states of a folder told apart
    hub        is the Hub there to be asked?

Beside them the adapters `p-aligner` and `singlepo` with their cards; `reward` is a whole model, of an earlier world.
"""
