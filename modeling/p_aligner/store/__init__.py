"""Files that survive a kill, rows and recipes. Knows nothing of models.

journal    files that are appended to, whole after a kill at any moment
results    such a file of result rows, and what they depend on beside it
settings   what one run was begun with and another was not
whole      files that are written whole or not at all
rows       rows of other people's JSON lines files
recipe     strict YAML recipes, all mistakes named at once
"""
