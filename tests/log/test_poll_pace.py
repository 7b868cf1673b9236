"""A thread that looks at files rests until one of them changes."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autotrain_tui.logs import change_events, poll_pace
from autotrain_tui.logs.change_events import ChangeEvents
from autotrain_tui.logs.poll_pace import PollPace


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\n")


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"other\n")
    os.replace(other, path)


CHANGES: dict[str, Callable[[Path], None]] = {"appended": _append, "replaced": _replace, "removed": Path.unlink}


@pytest.fixture
def events(tmp_path: Path) -> Iterator[ChangeEvents]:
    """An instance that works in the test's folder."""
    try:
        events = ChangeEvents()
    except OSError as error:
        pytest.skip(f"no events of files on this system: {error}")
    if not events.expect([str(tmp_path / "log")]):
        pytest.skip("no events of files on this file system")
    yield events
    events.close()


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_ends_the_wait(events: ChangeEvents, tmp_path: Path, change: str) -> None:
    """Text that is appended, a file put in its place, and its removal each end the wait for one of two files."""
    for name in ("log", "silent"):
        (tmp_path / name).write_bytes(b"line\n")
    assert events.wait(1)  # they have appeared
    while events.wait(0):
        pass
    assert events.expect([str(tmp_path / "silent"), str(tmp_path / "log")])
    assert not events.wait(0.01)
    CHANGES[change](tmp_path / "log")
    assert events.wait(60)


def test_a_flood_is_told_once(events: ChangeEvents, tmp_path: Path) -> None:
    """However often a file is written to, it is told once until the next look."""
    (tmp_path / "log").write_bytes(b"")
    while events.wait(0):
        pass
    assert events.expect([str(tmp_path / "log")])
    for _ in range(100):
        _append(tmp_path / "log")
    assert events.wait(0)
    _append(tmp_path / "log")
    assert not events.wait(0)


def test_at_rest_a_look_follows_the_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file at rest is not looked at before it changes; then at the pace of a file that changes."""
    pace, log = PollPace(0.01), tmp_path / "log"
    log.write_bytes(b"")
    monkeypatch.setattr(poll_pace, "SETTLED_SECONDS", 0.0)
    pace.look([str(log)])
    if not pace.told:
        pytest.skip("no events of files on this system or file system")
    monkeypatch.setattr(poll_pace, "SETTLED_SECONDS", 30.0)
    monkeypatch.setattr(poll_pace, "REST_SECONDS", 30.0)
    threading.Timer(0.1, _append, (log,)).start()
    began = time.monotonic()
    pace.rest(changed=False)
    assert log.stat().st_size
    assert time.monotonic() - began < 20
    pace.look([str(log)])
    assert not pace.told
    pace.rest(changed=True)
    pace.close()


def test_without_events_files_are_looked_at_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing tells of changes, as on a network file system, a file at rest is looked at as often as before."""
    monkeypatch.setattr(ChangeEvents, "_kind", lambda _events, _path: 0x6969)  # NFS
    monkeypatch.setattr(poll_pace, "SETTLED_SECONDS", 0.0)
    pace = PollPace(0.01)
    pace.look([str(tmp_path / "log")])
    monkeypatch.setattr(poll_pace, "REST_SECONDS", 30.0)
    began = time.monotonic()
    pace.rest(changed=False)
    assert not pace.told
    assert time.monotonic() - began < 20
    pace.close()


def test_long_at_rest_without_events_it_looks_less_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing tells of changes, a file that has long been at rest is looked at less often until it changes."""
    monkeypatch.setattr(ChangeEvents, "_kind", lambda _events, _path: 0x6969)  # NFS
    monkeypatch.setattr(poll_pace, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(poll_pace, "LONG_SECONDS", 0.0)
    pace, waited = PollPace(0.01), list[float]()
    pace._woken.wait = lambda timeout=None: waited.append(timeout) or False  # type: ignore[method-assign, func-returns-value, arg-type]
    for changed in (False, True):
        pace.look([str(tmp_path / "log")])
        pace.rest(changed=changed)
    assert waited == [poll_pace.UNTOLD_SECONDS, 0.01]
    pace.close()


def test_events_are_asked_for_again(events: ChangeEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a user's instances are all taken it looks by itself, and takes the first that is given back."""
    (tmp_path / "log").write_bytes(b"")
    answers = iter([OSError(errno.EMFILE, "inotify_init1"), events])

    def take() -> ChangeEvents:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr(change_events, "ChangeEvents", take)
    monkeypatch.setattr(poll_pace, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(poll_pace, "LONG_SECONDS", 0.0)
    pace = PollPace(0.01)
    pace.look([str(tmp_path / "log")])
    assert not pace.told
    pace.look([str(tmp_path / "log")])
    assert pace.told


def test_a_thread_at_rest_can_be_woken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`wake` ends a rest, also one that has not begun yet."""
    pace = PollPace(30.0)
    monkeypatch.setattr(poll_pace, "REST_SECONDS", 30.0)
    began = time.monotonic()
    pace.look([str(tmp_path / "log")])
    pace.wake()
    pace.rest(changed=False)
    pace.look([str(tmp_path / "log")])
    threading.Timer(0.1, pace.wake).start()
    pace.rest(changed=False)
    assert time.monotonic() - began < 20
    pace.close()
