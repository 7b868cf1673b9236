"""Distributed stages: ranks, what starts them, and which of them failed first."""
