"""The screens, one a mode, each imported when it is first shown: start-up waits for one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["LOADERS"]


def _home(host: Host) -> ModeScreen:
    from autotrain_tui.tui.screens.home.screen import HomeScreen

    return HomeScreen(host)


def _run(host: Host) -> ModeScreen:
    from autotrain_tui.tui.screens.run.screen import RunScreen

    return RunScreen(host)


def _metrics(host: Host) -> ModeScreen:
    from autotrain_tui.tui.screens.metrics.screen import MetricsScreen

    return MetricsScreen(host)


def _history(host: Host) -> ModeScreen:
    from autotrain_tui.tui.screens.history.screen import HistoryScreen

    return HistoryScreen(host)


def _plan(host: Host) -> ModeScreen:
    from autotrain_tui.tui.screens.plan.screen import PlanScreen

    return PlanScreen(host)


def _system(host: Host) -> ModeScreen:
    from autotrain_tui.tui.screens.system.screen import SystemScreen

    return SystemScreen(host)


def _trials(host: Host) -> ModeScreen:
    from autotrain_tui.tui.screens.trials.screen import TrialsScreen

    return TrialsScreen(host)


LOADERS: Mapping[str, Callable[[Host], ModeScreen]] = {
    "home": _home,
    "run": _run,
    "metrics": _metrics,
    "history": _history,
    "plan": _plan,
    "system": _system,
    "trials": _trials,
}
"""The name of each of `model.modes.ALL_MODES` → what makes its screen."""
