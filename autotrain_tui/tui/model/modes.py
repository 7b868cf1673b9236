"""The modes: their keys, their names, and their screens, each loaded when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.tui.widgets.key_bar import KeyLabel

if TYPE_CHECKING:
    from textual.screen import Screen

__all__ = ["ALL_MODES", "ScreenMode", "mode_labels"]


class ScreenMode(msgspec.Struct, frozen=True):
    """One mode. `load` makes its screen."""

    key: str
    name: str
    label: str
    help: str
    load: Callable[[], Screen[None]]
    needs_session: bool = True


def _home() -> Screen[None]:
    from autotrain_tui.tui.screens.home.screen import HomeScreen

    return HomeScreen()


def _run() -> Screen[None]:
    from autotrain_tui.tui.screens.run.screen import RunScreen

    return RunScreen()


def _metrics() -> Screen[None]:
    from autotrain_tui.tui.screens.metrics.screen import MetricsScreen

    return MetricsScreen()


def _history() -> Screen[None]:
    from autotrain_tui.tui.screens.history.screen import HistoryScreen

    return HistoryScreen()


def _plan() -> Screen[None]:
    from autotrain_tui.tui.screens.plan.screen import PlanScreen

    return PlanScreen()


def _system() -> Screen[None]:
    from autotrain_tui.tui.screens.system.screen import SystemScreen

    return SystemScreen()


ALL_MODES: tuple[ScreenMode, ...] = (
    ScreenMode("0", "home", "Home", "Plans to start, sessions to open", _home, needs_session=False),
    ScreenMode("1", "run", "Run", "Stages, log, curve and machine of the session", _run),
    ScreenMode("2", "metrics", "Metrics", "Every curve of the session", _metrics),
    ScreenMode("3", "history", "History", "Every session there has been", _history, needs_session=False),
    ScreenMode("4", "plan", "Plan", "The plans on a time axis; start one", _plan, needs_session=False),
    ScreenMode("5", "system", "System", "The whole machine, and the stages' processes", _system, needs_session=False),
)


def mode_labels(current: str, *, has_session: bool) -> list[KeyLabel]:
    """The modes for the bottom line, the current one marked, those greyed that would have nothing to show."""
    return [
        KeyLabel(
            mode.key, mode.label, mode.key, enabled=has_session or not mode.needs_session, current=mode.name == current
        )
        for mode in ALL_MODES
    ]
