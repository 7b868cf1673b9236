"""Text in and out: what makes foreign text safe to show, and how numbers are written."""
