"""Modal screens: questions, budget, help."""
