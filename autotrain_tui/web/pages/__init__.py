"""The pages as HTML, drawn on the server: they work without JavaScript."""
