"""`python -m autotrain_tui`: the same as the console script."""

from __future__ import annotations

from autotrain_tui.cli.main import entry

entry()
