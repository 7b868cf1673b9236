"""Makes the recording of the README: `python -m tests.support.make_recording [FILE.svg]`.

The program itself is shown on sessions made by hand, with clocks that only this script moves, and a machine that never
changes: two runs write the same file. Nothing trains, and nothing outside of the repository is needed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import msgspec

from autotrain_tui.session.journal import session_view
from autotrain_tui.session.records import process_identity
from autotrain_tui.session.records.folder import SessionFolder
from tests.support.animated_svg import Frame, animated_svg, span
from tests.support.demo import application, hold_lock, still
from tests.tui import sessions as made
from tests.tui.conftest import StillMachine, machine_sample

TARGET = Path(__file__).parents[2] / "docs" / "images" / "recording.svg"
SIZE = (120, 36)
BEGAN = 1_795_359_843.0
"""The moment of the recording: 22 November 2026, 15:04 UTC."""
STAGE = 2
"""The place of the stage that runs, in `tests.tui.sessions`."""
TOUR: tuple[tuple[str, float], ...] = (
    ("2", 1.6), ("z", 1.2), *[("left", 0.25)] * 4, ("o", 1.2), ("z", 0.6),
    ("3", 1.4), ("space", 0.4), ("space", 0.4), ("space", 0.6), ("c", 2.2), ("a", 1.6), ("escape", 0.4),
    ("5", 1.8), ("4", 1.8), ("1", 0.8), ("tab", 0.4), ("V", 0.4), *[("up", 0.12)] * 6, ("y", 1.6),
)  # fmt: skip
"""Keys, and how long what they show stays."""


class Clock:
    """Time that stands still."""

    def __init__(self) -> None:
        self.passed = 0.0

    def time(self) -> float:
        """Unix time."""
        return BEGAN + self.passed

    def monotonic(self) -> float:
        """The monotonic clock."""
        return 100_000.0 + self.passed


@contextmanager
def clock_by_hand() -> Iterator[Clock]:
    """Sessions begin and run by a clock that `passed` moves; times of day are UTC."""
    clock = Clock()
    own = SimpleNamespace(**{**vars(time), "time": clock.time, "monotonic": clock.monotonic})
    with (
        mock.patch.object(session_view, "time", own),
        mock.patch.object(made, "time", own),
        mock.patch("time.time", clock.time),
        mock.patch.object(process_identity, "host", return_value="lab"),
        mock.patch.dict(os.environ, {"TZ": "UTC", "AUTOTRAIN_THEME": "dark", "LC_ALL": "C.UTF-8"}),
    ):
        time.tzset()
        yield clock


def make_sessions(sessions: Path) -> SessionFolder:
    """Earlier sessions of three plans, and one whose third stage runs."""
    states = ("finished", "failed", "finished", "budget", "finished", "stopped", "finished", "finished")
    for number, state in enumerate(states):
        plan = ("digits", "speech", "translation")[number % 3]
        made.make_session(sessions, state, plan=plan, name=f"202611{21 - number:02d}-{9 + number:02d}0000-{plan}")
    return made.make_session(sessions, "running")


class Recorder:
    """Takes frames of the application."""

    def __init__(self, app: object, pilot: object) -> None:
        self.app, self.pilot = app, pilot
        self.frames: list[Frame] = []

    async def take(self, seconds: float) -> None:
        """The screen as it is when it stands still; the same picture again only stays longer."""
        await still(self.app, self.pilot.pause)
        lines = self.app.screen._compositor.render_strips()
        rows = tuple(tuple(span(part.text, part.style) for part in line if part.text) for line in lines)
        if self.frames and self.frames[-1].rows == rows:
            self.frames[-1] = self.frames[-1]._replace(seconds=self.frames[-1].seconds + seconds)
        else:
            self.frames.append(Frame(rows, seconds))


async def record(sessions: Path, folder: SessionFolder, clock: Clock) -> list[Frame]:
    """Training goes on for some steps, then a tour of the screens."""
    app = application(sessions, folder)
    app.machine = StillMachine(machine_sample(1, (made.STAGES[STAGE][0],)))
    async with app.run_test(size=SIZE) as pilot:
        recorder = Recorder(app, pilot)
        await recorder.take(1.6)
        for step in range(8):
            train_on(folder, clock, step)
            await recorder.take(0.35)
        for number, (key, seconds) in enumerate(TOUR):
            beat_again(folder, number + 100)
            await pilot.press(key)
            await recorder.take(seconds)
        return recorder.frames


def train_on(folder: SessionFolder, clock: Clock, step: int) -> None:
    """Some seconds of training: lines in the log, readings, progress in the heartbeat."""
    clock.passed += 4.0
    info, share = made.stage_infos()[STAGE], 0.45 + 0.004 * (step + 1)
    attempt = folder.attempt(info.index, info.name, 1)
    with open(attempt.log, "a", encoding="utf-8") as log, open(attempt.path / "readings.jsonl", "ab") as readings:
        for line in range(3 * step, 3 * step + 3):
            loss, accuracy = 0.2844 - 0.0009 * line, 0.9513 + 0.0003 * line + 0.002 * (-1) ** line
            log.write(
                f"15:03:{line:02d} epoch 6/12 step {600 + 30 * line:>4}/1250 loss {loss:.4f} accuracy {accuracy:.4f}"
                f" lr 1.7e-04 {409 + line % 9} ex/s\n"
            )
            readings.writelines(
                msgspec.json.encode([451 + 4 * line / 3, name, value, 5400 + 30 * line, 5.4 + 0.01 * line]) + b"\n"
                for name, value in (("accuracy", accuracy), ("loss", loss))
            )
    made.beat(folder, info, share)
    beat_again(folder, step + 2)


def beat_again(folder: SessionFolder, count: int) -> None:
    """A sign of life of the runner: another number."""
    heartbeat = msgspec.json.decode(folder.heartbeat.read_bytes())
    folder.heartbeat.write_bytes(msgspec.json.encode({**heartbeat, "beat": count}))


def main(words: list[str]) -> int:
    """Write the recording; its exit status."""
    target = Path(words[0]) if words else TARGET
    with tempfile.TemporaryDirectory(prefix="autotrain-recording-") as place, clock_by_hand() as clock:
        os.environ["XDG_CACHE_HOME"], os.environ["XDG_STATE_HOME"] = f"{place}/cache", f"{place}/state"
        folder = make_sessions(Path(place) / "sessions")
        lock = hold_lock(folder)
        frames = asyncio.run(record(Path(place) / "sessions", folder, clock))
        os.close(lock)
    svg = animated_svg(frames, SIZE[0], ("#d7dee9", "#0d1016"), "autotrain-tui: a session that runs, and a tour")
    target.write_text(svg, encoding="utf-8")
    print(f"{target}: {len(frames)} frames, {len(svg.encode()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
