"""Ray's jobs as its own interface offers them. Knows no session and no stage."""
