"""The modes: their keys, names, labels and help. `tui.screens` loads the screen of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from autotrain_tui.session.journal.session_view import View

__all__ = ["ALL_MODES", "ScreenMode", "find_mode", "is_offered"]


class ScreenMode(msgspec.Struct, frozen=True):
    """One mode of the screen."""

    key: str
    name: str
    label: str
    help: str
    needs_session: bool = True
    needs_search: bool = False
    """It is there only if the session has a search."""


ALL_MODES: tuple[ScreenMode, ...] = (
    ScreenMode("0", "home", "Home", "Plans to start, sessions to open", needs_session=False),
    ScreenMode("1", "run", "Run", "Stages, log, curve and machine of the session"),
    ScreenMode("2", "metrics", "Metrics", "Every curve of the session"),
    ScreenMode("3", "history", "History", "All sessions of the project", needs_session=False),
    ScreenMode("4", "plan", "Plan", "The plans on a time axis; start one", needs_session=False),
    ScreenMode("5", "system", "System", "The whole machine, and the stages' processes", needs_session=False),
    ScreenMode("6", "trials", "Trials", "The trials of a search: settings, rungs, values", needs_search=True),
)


def is_offered(mode: ScreenMode, view: View | None) -> bool:
    """Whether the mode is there for the open session: Trials only if a stage of it is a search."""
    if not mode.needs_search:
        return True
    return view is not None and any(stage.info.search is not None for stage in view.session.stages)


def find_mode(name: str) -> ScreenMode:
    """The mode of that name; KeyError when there is none."""
    for mode in ALL_MODES:
        if mode.name == name:
            return mode
    raise KeyError(name)
