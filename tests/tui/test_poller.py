"""What is read each second belongs to the session that is open."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from autotrain_tui.tui.poller import Poller


class Curves:
    """Notes which session's readings are put into it."""

    behind = False

    def __init__(self, growing: Path | None = None) -> None:
        self.read: list[Any] = []
        self.growing = growing

    async def update(self, view: Any, _seconds: float) -> bool:
        self.read.append(view.session)
        return True

    def places(self, _view: Any) -> list[Any]:
        return [(self.growing, 0)] if self.growing is not None else []


class Host:
    """An application whose gauges do not answer; `opens`: a session that is opened meanwhile."""

    def __init__(self, growing: Path | None = None, opens: str = "") -> None:
        self.machine = self
        self.sessions = self.earlier = self.recorded = self.jobs = None
        self.growing, self.opens = growing, opens
        self.open("first")

    def open(self, session: str) -> None:
        self.view = SimpleNamespace(session=session, alive=False)
        self.feed = SimpleNamespace(view=self.view, jobs=dict, roots=dict)
        self.curves = Curves(self.growing)

    async def measure(self, _roots: Any, _look: Any) -> bool:
        if self.opens:
            self.open(self.opens)
        return False


def poller_of(host: Any) -> Poller:
    """The poller of an application without a screen, whose earlier sessions are read."""
    poller = Poller(SimpleNamespace(), host, lambda: None, lambda *_: None)  # type: ignore[arg-type]
    poller._compared = host.feed
    return poller


def test_readings_of_a_session_never_go_into_the_curves_of_another() -> None:
    """A session that is opened while the machine is measured is read itself, not the one before it."""
    host: Any = Host(opens="second")
    first = host.curves
    asyncio.run(poller_of(host)._measure(with_clocks=False))
    assert (first.read, host.curves.read) == (["first"], ["second"])


def test_readings_are_read_while_a_gauge_does_not_answer(tmp_path: Path) -> None:
    """The file of readings is looked at each second, also by a tick that takes no sample."""
    growing = tmp_path / "readings.jsonl"
    host: Any = Host(growing)
    poller = poller_of(host)
    for written, reads in ((b"", 1), (b"", 1), (b"more", 2)):
        growing.write_bytes(written)
        asyncio.run(poller._measure(with_clocks=False))
        assert len(host.curves.read) == reads
