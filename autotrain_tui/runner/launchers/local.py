"""Attempts on this machine, each owned by a pair of shims (`runner/shim.py`)."""
