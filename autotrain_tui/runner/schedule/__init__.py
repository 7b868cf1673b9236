"""What starts next, and when."""
