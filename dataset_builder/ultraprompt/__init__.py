"""Everything that makes rows: the corpus of the miniature (`ultraprompt.miniature`). Cheap to import."""
