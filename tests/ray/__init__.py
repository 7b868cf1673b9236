"""Attempts as jobs of Ray."""
