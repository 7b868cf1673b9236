"""Plays a recorded session back in time: `python -m tests.support.replay SESSION_DIR --speed 10`.

A copy of the session's files is written with the time that passed between events, log lines and readings, divided by
the speed, so that a screen follows it as a live session: `autotrain-tui attach --sessions-dir DIR`, or `--screen`. The
process stands in for the runner (it holds the lock); commands are sent and never answered. Only log lines have no time
of their own: they are spread evenly over their attempt.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.clock import iso
from autotrain_tui.session.records.folder import SessionFolder, make_private_dir, replace_file
from autotrain_tui.session.records.heartbeat import Heartbeat, Live, ProgressFigures
from autotrain_tui.session.records.lock import LockOwner
from tests.support.demo import hold_lock
from tests.support.recording import RecordedAttempt, Recording

BEAT_SECONDS = 1.0


class Replay:
    """Writes a recording into a folder of sessions, as far as its time has come."""

    def __init__(self, recording: Recording, sessions: Path, speed: float) -> None:
        """Make the copy's folder and take its lock; nothing has happened in it yet."""
        self.recording, self.speed = recording, speed
        self.folder = SessionFolder(sessions / recording.folder.id)
        sessions.mkdir(parents=True, exist_ok=True)
        for path in (self.folder.path, self.folder.control, self.folder.done, self.folder.path / "stages"):
            make_private_dir(path)
        for name in ("plan.toml", "notes.json"):
            if (recording.folder.path / name).is_file():
                (self.folder.path / name).write_bytes((recording.folder.path / name).read_bytes())
        self.mono, self.now = time.monotonic(), time.time()
        self.host, self.boot, self.pid = identity.host(), identity.boot_id() or "", os.getpid()
        owner = LockOwner(self.pid, identity.start_time(self.pid), self.boot, self.host)
        self.folder.lock.write_bytes(msgspec.json.encode(owner))
        self._lock = hold_lock(self.folder)
        self._at = -1.0
        self._events = self._gauges = self._beats = 0

    def close(self) -> None:
        """Let go of the lock; the copy stays."""
        os.close(self._lock)

    @property
    def ended(self) -> bool:
        """Whether everything that was recorded has been written."""
        return self._at >= self.recording.length

    def until(self, at: float) -> None:
        """Write what happened up to `at` recorded seconds after the first event, attempts' files before its events."""
        at = min(at, self.recording.length)
        for attempt in self.recording.attempts:
            if attempt.start <= at and self._at <= attempt.end:
                self._write_attempt(attempt, at)
        while self._gauges < len(self.recording.gauges) and self.recording.gauges[self._gauges][0] <= at:
            moment, line = self.recording.gauges[self._gauges]
            line |= {"t": self.now + moment / self.speed, "m": self.mono + moment / self.speed}
            self._append(self.folder.gauges, msgspec.json.encode(line) + b"\n")
            self._gauges += 1
        events = self.recording.events
        new = self._events
        while self._events < len(events) and events[self._events][0] <= at:
            self._events += 1
        self._append(self.folder.journal, b"".join(self._line(*event) for event in events[new : self._events]))
        self._at = at

    def play(self) -> None:
        """Write everything, each thing at its time."""
        beat = 0.0
        while not self.ended:
            self.until((time.monotonic() - self.mono) * self.speed)
            if time.monotonic() >= beat:
                self.beat()
                beat = time.monotonic() + BEAT_SECONDS
            time.sleep(0.05)
        if self.recording.folder.summary.is_file():
            replace_file(self.folder.summary, self.recording.folder.summary.read_bytes())

    def beat(self) -> None:
        """Replace the heartbeat: progress and last values of what runs now."""
        live = {
            attempt.stage: self._live(attempt)
            for attempt in self.recording.attempts
            if attempt.start <= self._at < attempt.end
        }
        self._beats += 1
        document = Heartbeat(self._beats, self.pid, iso(time.time()), live)
        replace_file(self.folder.heartbeat, msgspec.json.encode(document))

    def _live(self, attempt: RecordedAttempt) -> Live:
        metrics: dict[str, float] = {}
        step = epoch = None
        for reading in attempt.readings[: attempt.readings_by(self._at)]:
            metrics[reading.name] = reading.value
            step, epoch = reading.step or step, reading.epoch or epoch
        total, left = attempt.last_step, attempt.end - self._at
        fraction = min(1.0, step / total) if step and total else None
        progress = ProgressFigures(int(step) if step else None, total, epoch, None, fraction)
        copied = self.folder.at(attempt.folder).log
        size = copied.stat().st_size if copied.exists() else 0
        return Live(attempt.number, progress, left / self.speed, None, "own", metrics, log_bytes=size)

    def _write_attempt(self, attempt: RecordedAttempt, at: float) -> None:
        copy = self.folder.at(attempt.folder)
        copy.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        before = self._at if self._at >= attempt.start else None
        for name in ("log", "metrics.jsonl"):
            first = attempt.bytes_by(name, before) if before is not None else 0
            self._append(copy.path / name, attempt.part(name, first, attempt.bytes_by(name, at)))
        first = attempt.readings_by(before) if before is not None else 0
        lines = (reading.line(self.speed) for reading in attempt.readings[first : attempt.readings_by(at)])
        self._append(copy.readings, b"".join(lines))
        if at >= attempt.end and attempt.result is not None:
            copy.result.write_bytes(attempt.result)

    def _append(self, path: Path, data: bytes) -> None:
        if data:
            with open(path, "ab") as file:
                file.write(data)

    def _line(self, at: float, event: dict[str, Any]) -> bytes:
        """The event as a line of the copy's journal: here, now, and `speed` times as fast."""
        event = self._faster(event)
        event |= {"time": iso(self.now + at / self.speed), "mono": round(self.mono + at / self.speed, 6)}
        if "ended_mono" in event and event["ended_mono"] is not None:
            event["ended_mono"] = self.mono + (event["ended_mono"] - self.recording.first) / self.speed
        if event["type"] in ("session_created", "runner_started"):
            event |= {"host": self.host, "boot_id": self.boot}
        if event["type"] == "runner_started":
            event |= {"pid": self.pid, "start_time": identity.start_time(self.pid)}
        return msgspec.json.encode(event) + b"\n"

    def _faster(self, value: Any) -> Any:
        """The value with every duration (`…_seconds`) divided by the speed."""
        if isinstance(value, list):
            return [self._faster(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            key: each / self.speed if key.endswith("_seconds") and isinstance(each, int | float) else self._faster(each)
            for key, each in value.items()
        }


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.replay", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("session", type=Path, metavar="SESSION_DIR", help="the recorded session's folder")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast (default 1)")
    parser.add_argument("--to", type=Path, metavar="DIR", help="folder of sessions to write the copy into")
    parser.add_argument("--screen", action="store_true", help="open the screen on it too")
    return parser


def main(words: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    parser = arguments()
    options = parser.parse_args(words)
    if not options.speed > 0:
        parser.error(f"expected a speed above 0, got {options.speed}")
    sessions = options.to or Path(tempfile.mkdtemp(prefix="autotrain-replay-"))
    replay = Replay(Recording(SessionFolder(options.session)), sessions, options.speed)
    print(f"autotrain-tui attach {replay.folder.id} --sessions-dir {sessions}", flush=True)
    if not options.screen:
        replay.play()
        replay.close()
        return 0
    from autotrain_tui.tui.app import run_app  # only for the screen: it is most of the start

    replay.until(0.0)
    threading.Thread(target=replay.play, daemon=True).start()
    return run_app(None, sessions, replay.folder.id)[0]


if __name__ == "__main__":
    sys.exit(main())
