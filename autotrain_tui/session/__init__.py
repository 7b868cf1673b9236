"""What happened: events, state as a fold of events, the journal, the session's folder; readers need no runner."""
