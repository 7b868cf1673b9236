"""How an attempt is placed."""
