"""From files, flags and forms to a plan that a session can run: find, load, override, check."""
