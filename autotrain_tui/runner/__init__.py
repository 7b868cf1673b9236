"""Makes it happen: one process per session, the only writer of its journal."""
