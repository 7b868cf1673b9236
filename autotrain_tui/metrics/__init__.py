"""Numbers out of bytes: readers of each format, series, progress and ETA."""
