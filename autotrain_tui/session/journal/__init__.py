"""The journal: its events, and the state that is their fold."""
