"""What scheduler, handlers and recovery share: the context of one runner, the running attempts, the session's end."""
