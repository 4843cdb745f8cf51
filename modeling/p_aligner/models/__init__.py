"""Models of our own: adapters on SmolLM2-135M-Instruct, their cards, and the code that turns one into a folder.

reward   a whole model, not an adapter, of an earlier, invented world
base     where SmolLM2's weights come from
folder   an adapter and its base become an ordinary model folder, once
"""
