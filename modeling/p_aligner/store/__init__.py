"""Rows that survive a kill, and recipes. Knows nothing of models.

journal   append-only files of records, whole after a kill at any moment
rows      rows of JSON lines files; results that go on after a stop
recipe    strict YAML recipes, all mistakes named at once
"""
