"""From readings to curves that are drawn."""
