"""Searches: which settings are tried, what a trial is as a stage, and which trials go on."""
