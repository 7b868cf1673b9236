"""The web page: `autotrain-tui serve`, one more watcher of the sessions' files."""
