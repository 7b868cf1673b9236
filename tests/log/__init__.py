"""Reading and showing logs."""
