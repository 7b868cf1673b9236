"""Log files: opening, indexing, searching, merging and watching them. Knows nothing of sessions."""
