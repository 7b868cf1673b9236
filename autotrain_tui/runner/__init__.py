"""The runner: one process per session, the only writer of its journal."""
