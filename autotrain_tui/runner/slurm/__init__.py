"""Attempts as jobs of Slurm: submitted, found again, watched through records and the queue, ordered through files."""
