"""Processes of this machine: handles, scans, signals."""
