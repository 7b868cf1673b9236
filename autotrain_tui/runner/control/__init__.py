"""Commands: the inbox that takes them and their handlers."""
