"""Attempts as jobs of Ray: submitted, found again, watched through records and the list of jobs."""
