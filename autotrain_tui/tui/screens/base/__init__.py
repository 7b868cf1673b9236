"""What the screens of several modes share: the base screen, session keys, chart settings, starting a plan."""
