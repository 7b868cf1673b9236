"""What an author of a screen runs by hand: recorded states, and a session that plays back."""
