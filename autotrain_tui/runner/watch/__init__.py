"""Runs that something else started: what they write is read as an attempt's output is, and nothing of them is run."""
