"""The modes: their keys, names, labels and help. `tui.screens` loads the screen of each."""

from __future__ import annotations

import msgspec

__all__ = ["ALL_MODES", "ScreenMode", "find_mode"]


class ScreenMode(msgspec.Struct, frozen=True):
    """One mode of the screen."""

    key: str
    name: str
    label: str
    help: str
    needs_session: bool = True


ALL_MODES: tuple[ScreenMode, ...] = (
    ScreenMode("0", "home", "Home", "Plans to start, sessions to open", needs_session=False),
    ScreenMode("1", "run", "Run", "Stages, log, curve and machine of the session"),
    ScreenMode("2", "metrics", "Metrics", "Every curve of the session"),
    ScreenMode("3", "history", "History", "All sessions of the project", needs_session=False),
    ScreenMode("4", "plan", "Plan", "The plans on a time axis; start one", needs_session=False),
    ScreenMode("5", "system", "System", "The whole machine, and the stages' processes", needs_session=False),
)


def find_mode(name: str) -> ScreenMode:
    """The mode of that name; KeyError when there is none."""
    for mode in ALL_MODES:
        if mode.name == name:
            return mode
    raise KeyError(name)
