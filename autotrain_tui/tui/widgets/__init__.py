"""Widgets that screens and panes are made of."""
