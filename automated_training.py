"""The old module name; see autotrain_tui.api."""
