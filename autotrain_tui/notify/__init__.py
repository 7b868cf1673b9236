"""Messages about a session to Slack, Discord, ntfy, any web server, and what apprise knows."""
