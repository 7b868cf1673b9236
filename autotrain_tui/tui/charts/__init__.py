"""Curves on character cells."""
