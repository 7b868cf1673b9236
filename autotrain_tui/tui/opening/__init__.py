"""The first picture of a live session, drawn by the standard library alone before Textual is imported."""
