"""Slurm as its own tools show it: how they are asked, and what they answer. Knows no session and no stage."""
