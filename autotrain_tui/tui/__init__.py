"""The screen: draws state, sends wishes, owns no process."""
