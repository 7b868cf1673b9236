"""What is read each second belongs to the session that is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from autotrain_tui.session.journal import events as ev
from autotrain_tui.tui.model.session_feed import SessionFeed
from autotrain_tui.tui.poller import Poller
from tests.tui.sessions import append, make_session


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


async def until(true: Callable[[], bool]) -> None:
    """Let the loop run until it is so."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110  the thread sets no event
            await asyncio.sleep(0.01)


async def test_a_loop_that_lags_behind_is_asked_once_for_many_changes(tmp_path: Path) -> None:
    """Changes wait for one drawing; what comes after that has begun is asked for again."""
    feed = SessionFeed(make_session(tmp_path, "running"))
    asked: list[Any] = []
    app: Any = SimpleNamespace(call_later=asked.append)
    poller = Poller(app, SimpleNamespace(feed=feed), lambda: None, lambda *_: None)  # type: ignore[arg-type]
    poller._follow(feed)
    changes = poller._thread._changes if poller._thread is not None else ()
    try:
        await until(lambda: len(changes) == 1 and len(asked) == 1)
        append(feed.folder, ev.Alert(kind="stall", text="no step for 10 min", stage="refinement"))
        await until(lambda: len(changes) == 2)
        assert len(asked) == 1
        poller._take()
        append(feed.folder, ev.Alert(kind="stall", text="no step for 20 min", stage="refinement"))
        await until(lambda: len(asked) == 2)
    finally:
        poller.stop()
