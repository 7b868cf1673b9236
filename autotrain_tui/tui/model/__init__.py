"""All that screens show, without Textual: sessions, curves, labels, commands."""
