"""Panes that several screens share or compose."""
