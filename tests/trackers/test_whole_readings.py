"""The follower after a flood: the whole readings take the place of the sampled ones that it has sent."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest

from autotrain_tui.metrics.curves.sampled_readings import WHOLE, Sampled, write_sampled
from autotrain_tui.trackers.target import Place
from autotrain_tui.trackers.tensorboard_target import TensorboardTarget
from tests.trackers.sessions import Growing, Kept, follower


@pytest.fixture
def flooded(tmp_path: Path) -> Growing:
    """Steps 0 to 9 were read, then only 20 and 30 of a flood; the attempt goes on."""
    made = Growing(tmp_path)
    made.begin()
    made.points(*[(step, step / 4) for step in (*range(10), 20, 30)])
    made.points((0, 0.5), name="acc")
    write_sampled(made.path, Sampled(1 << 20))
    return made


def read_again(growing: Growing, last: int = 31) -> None:
    """The whole readings are there."""
    rows = [(step / 2, "loss", step / 4, step, None) for step in range(last)]
    rows.insert(1, (0.1, "acc", 0.5, 0, None))
    (growing.path / WHOLE).write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def test_what_a_flood_had_skipped_is_sent_and_nothing_twice(flooded: Growing) -> None:
    """A tracker that keeps everything gets the points between those that it has, then the end."""
    target = Kept()
    one = follower(flooded.folder, target)
    one.send_once()
    flooded.end("succeeded")
    one.send_once()
    assert ("end", "one", 1) not in target.calls
    read_again(flooded)
    one.send_once()
    skipped = [*range(10, 20), *range(21, 30)]
    assert target.steps() == [*range(10), 20, 30, *skipped]
    assert target.steps(name="acc") == [0]
    assert target.calls[-1] == ("end", "one", 1)


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_restart_after_any_batch_sends_no_more_than_that_batch_twice(flooded: Growing, after: int) -> None:
    """Also while the points that a flood had skipped are sent, a new process goes on where the last one died."""
    target = Kept(most_points=4)
    follower(flooded.folder, target).send_once()
    flooded.end("succeeded")
    read_again(flooded)
    begun = len(target.batches)
    one = follower(flooded.folder, target)
    took = one._target.send

    def dies(run: object, batch: object) -> None:
        took(run, batch)  # type: ignore[arg-type]
        if len(target.batches) - begun == after:
            raise KeyboardInterrupt

    target.send = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        one.send_once()
    target.send = took  # type: ignore[method-assign]
    follower(flooded.folder, target).send_once()
    steps = target.steps()
    assert sorted(set(steps)) == list(range(31))
    assert len(steps) - 31 <= 4


def test_a_resumed_attempt_waits_for_the_whole_readings_of_the_one_before(flooded: Growing) -> None:
    """Its points come behind those; what it has repeated is left out, but for 30, which was sent before."""
    target = Kept()
    one = follower(flooded.folder, target)
    one.send_once()
    flooded.end()
    folder = flooded.path
    flooded.begin(resume=True)
    flooded.points(*[(step, -1.0) for step in range(25, 28)])
    one.send_once()
    assert target.calls[-1] == ("send", "one", 1)
    flooded.attempt = 1
    assert flooded.path == folder
    read_again(flooded)
    one.send_once()
    assert set(target.steps()) == {*range(28), 30}
    assert [sent[3] for sent in target.sent if sent[1] == 2] == [25, 26, 27]


def test_a_log_that_cannot_be_read_again_is_not_waited_for(flooded: Growing) -> None:
    """The attempt ends with the sampled points."""
    write_sampled(flooded.path, Sampled(1 << 20, "the log could not be read again: gone"))
    flooded.end("succeeded")
    target = Kept()
    follower(flooded.folder, target).send_once()
    assert target.calls[-1] == ("end", "one", 1)


@pytest.mark.parametrize(("grew", "last"), [(5.0, "send"), (500.0, "end")])
def test_whole_readings_are_waited_for_while_somebody_writes_them(
    flooded: Growing, monkeypatch: pytest.MonkeyPatch, grew: float, last: str
) -> None:
    """However long that takes; if the unfinished file grew no more for two minutes, the attempt ends as it is."""
    flooded.end("succeeded")
    later = time.time() + 3600
    unfinished = flooded.path / f".{WHOLE}.1"
    unfinished.touch()
    os.utime(unfinished, (later - grew, later - grew))
    monkeypatch.setattr(time, "time", lambda: later)
    target = Kept()
    follower(flooded.folder, target).send_once()
    assert target.calls[-1] == (last, "one", 1)


def test_tensorboard_gets_all_anew_from_the_first_gap_on(flooded: Growing, tmp_path: Path) -> None:
    """A tracker that drops replaced points is told from which step on, and holds each step once."""
    target = TensorboardTarget(Place("s", flooded.folder.path, str(tmp_path), "plan", {}))
    sent: list[tuple[int | None, list[int]]] = []
    send = target.send

    def seen(run, batch):
        sent.append(
            (batch.replaces, [step for series in batch.points if series.name == "loss" for step in series.steps])
        )
        send(run, batch)

    target.send = seen  # type: ignore[method-assign]
    one = follower(flooded.folder, target)
    one.send_once()
    flooded.end("succeeded")
    read_again(flooded)
    one.send_once()
    assert sent == [(None, [*range(10), 20, 30]), (10, list(range(10, 31)))]
