"""Finished and running sessions as lists, summaries and documents."""
