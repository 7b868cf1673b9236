"""What is read each second belongs to the session that is open."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from autotrain_tui.tui.poller import Poller


class Curves:
    """Notes which session's readings are put into it."""

    behind = False

    def __init__(self) -> None:
        self.read: list[Any] = []

    async def update(self, view: Any, _seconds: float) -> bool:
        self.read.append(view.session)
        return True

    def places(self, _view: Any) -> list[Any]:
        return []


class Host:
    """An application in which another session is opened while the machine is measured."""

    def __init__(self) -> None:
        self.machine = self
        self.sessions = self.earlier = self.recorded = self.jobs = None
        self.open("first")

    def open(self, session: str) -> None:
        self.view = SimpleNamespace(session=session, alive=False)
        self.feed = SimpleNamespace(view=self.view, jobs=dict, roots=dict)
        self.curves = Curves()

    async def measure(self, _roots: Any, _look: Any) -> bool:
        self.open("second")
        return False


def test_readings_of_a_session_never_go_into_the_curves_of_another() -> None:
    """A session that is opened while the machine is measured is read itself, not the one before it."""
    host: Any = Host()
    first = host.curves
    poller = Poller(SimpleNamespace(), host, lambda: None, lambda *_: None)  # type: ignore[arg-type]
    poller._compared = host.feed
    asyncio.run(poller._measure(with_clocks=False))
    assert (first.read, host.curves.read) == (["first"], ["second"])
