"""The Metrics screen."""
