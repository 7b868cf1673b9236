"""For runners of version 0.1.0 from before the move, which import `ProcessTrees` by this name while they run.

A runner lives through an upgrade of the package under it. Goes with the next version.
"""

from __future__ import annotations

from autotrain_tui.gauges.process_tree import ProcessTrees

__all__ = ["ProcessTrees"]
