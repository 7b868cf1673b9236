"""What the web page shows, read from the sessions' files while somebody looks."""
