"""The files of a session's folder, one module per record."""
