"""Follows a session and sends what is new to one target. It reads files and writes only its own in `track/`.

The queue is the readings' files: nothing is lost while the target is down or while no follower runs. What the target
has taken is recorded after each batch, so that a follower that was killed sends at most one batch twice.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from autotrain_tui.errors import AutotrainError, RecordsError
from autotrain_tui.metrics.curves.sampled_readings import is_read_again
from autotrain_tui.session.journal.session_view import SessionFollower, View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.clock import from_iso, now_iso
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.read_file import is_gone
from autotrain_tui.session.records.tracker_state import RunRecord, TrackerState, read_tracker, write_tracker
from autotrain_tui.text.redact import redact
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.trackers.run_facts import attempt_facts, parameter_facts, result_facts, session_facts
from autotrain_tui.trackers.run_line import RunLine
from autotrain_tui.trackers.run_points import attempts_by_run, run_name
from autotrain_tui.trackers.target import Batch, Target, TargetDownError, TargetRefusedError, TrackedRun

__all__ = ["Follower"]

POLL_SECONDS = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until a target that is down is tried again; doubled each time."""
PATIENCE_SECONDS = 24 * 3600.0
"""How long a target that is down is tried after the session's end."""
_MOST_PROBLEMS = 10
_LONGEST_SENTENCE = 500


class Follower:
    """One session and one target. `state` is what `show` shows of it."""

    def __init__(self, folder: SessionFolder, name: str, target: Target, path: Path) -> None:
        """`path` is where the state is kept; its lock is the caller's. Raises OSError if it cannot be read just now."""
        self._folder, self._target, self._path = folder, target, path
        self._session = SessionFollower(folder)
        self._lines: dict[str, RunLine] = {}
        self._awaits_whole = False
        known = read_tracker(path)
        self.state = known if known is not None and known.to == target.to else TrackerState(name, target.to)
        self.state.pid, self.state.start_time = os.getpid(), identity.start_time(os.getpid())
        self.state.boot_id, self.state.host = identity.boot_id() or "", identity.host()
        self.state.state, self.state.error, self.state.tries = "following", "", 0

    def follow(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Send everything until the session has ended, its runner is gone, and all is sent.

        A target that is down is tried again and again, after the end of the session for a day.
        """
        self._save()
        pause, ended = FIRST_PAUSE, 0.0
        while not is_gone(self._folder.journal):
            view = None
            try:
                view = self._session.look()
                self._pass(view)
            except RecordsError as error:
                self._say(str(error))
            except OSError as error:
                self._say(f"{error.filename or self._folder.path}: can't be read: {error.strerror or error}")
            except TargetDownError as error:
                self._say(str(error))
            except AutotrainError as error:
                self._leave("refused", str(error))
                raise
            except Exception as error:  # noqa: BLE001  a target of another package: whatever it raises is said
                self._say(f"{type(error).__name__}: {error}")
            else:
                pause = FIRST_PAUSE
                self._say("")
                if view.alive is False and not self._awaits_whole:
                    self._leave("done")
                    return
            if view is not None and view.alive is False:
                ended = ended or time.monotonic()
                if time.monotonic() - ended > PATIENCE_SECONDS:
                    self._leave("gave up", self.state.error)
                    return
            else:
                ended = 0.0
            sleep(pause if self.state.error else POLL_SECONDS)
            pause = min(LONGEST_PAUSE, 2 * pause) if self.state.error else FIRST_PAUSE

    def send_once(self) -> None:
        """Send everything that is there now. Raises TargetDownError, RecordsError, OSError; what was sent stays so."""
        try:
            self._pass(self._session.look())
        except TargetDownError as error:
            self._leave("failing", str(error))
            raise
        self._say("")
        self._leave("done")

    def _pass(self, view: View) -> None:
        """Send what every run has."""
        self._awaits_whole = False
        self._tell_left_out(view)
        for stage in view.session.every_stage:
            for attempts in attempts_by_run(stage):
                self._send_run(view, stage, attempts)

    def _send_run(self, view: View, stage: Stage, attempts: list[Attempt]) -> None:
        name = run_name(stage, attempts)
        record = self.state.runs.setdefault(name, RunRecord())
        if all(record.told.get(str(attempt.number)) == "ended" for attempt in attempts):
            self._lines.pop(name, None)
            return
        line = self._lines.get(name)
        if line is None:
            drops = getattr(self._target, "drops_replaced", False)
            line = self._lines[name] = RunLine(self._folder, record, drops=drops)
        waits = next((each for each in attempts if self._is_read_again(each, record)), None)
        if waits is not None:
            attempts = attempts[: attempts.index(waits) + 1]  # what comes after it waits, too
            self._awaits_whole = True
        line.read(attempts)
        self.state.waiting = sum(each.waiting for each in self._lines.values())
        for attempt in attempts:
            if record.told.get(str(attempt.number)) != "ended":
                run = _run(view, stage, attempt, name, record)
                self._send_attempt(run, record, line, ends=run.ended is not None and attempt is not waits)

    def _is_read_again(self, attempt: Attempt, record: RunRecord) -> bool:
        """Whether an attempt has ended and its whole readings are still to come."""
        if attempt.end is None or record.told.get(str(attempt.number)) == "ended":
            return False
        ended = from_iso(attempt.end.time) or 0.0
        return is_read_again(self._folder.at(attempt.folder).path, ended, time.time())

    def _send_attempt(self, run: TrackedRun, record: RunRecord, line: RunLine, *, ends: bool) -> None:
        number, ended = str(run.attempt), run.ended is not None
        if number not in record.told:
            self._try(lambda: self._target.begin(run))
            record.told[number] = "begun"
            self._save()
        while (portion := line.portion(run.attempt, self._target.most_points, ended=ended)) is not None:
            batch = Batch(portion.points, portion.replaces, line.counted_from)
            count = sum(len(series.steps) for series in portion.points)
            if count and self._try(lambda batch=batch: self._target.send(run, batch)):  # type: ignore[misc]
                self.state.points += count
            line.took(portion)
            self.state.waiting = sum(each.waiting for each in self._lines.values())
            self._save()
        if ends:
            self._try(lambda: self._target.end(run))
            record.told[number] = "ended"
            record.sampled.clear()
            self._save()

    def _try(self, call: Callable[[], None]) -> bool:
        """Whether the target took it; what it refuses for good is said and left out. Raises TargetDownError."""
        try:
            call()
        except TargetRefusedError as error:
            self._tell(str(error))
            return False
        return True

    def _tell(self, problem: str) -> None:
        """Something is not sent as it is: said once."""
        problem = _sentence(problem)
        if problem not in self.state.problems and len(self.state.problems) < _MOST_PROBLEMS:
            self.state.problems.append(problem)
            _print(problem)

    def _tell_left_out(self, view: View) -> None:
        """Only finite numbers are readings; an alert is all that is known of the others."""
        for stage in dict.fromkeys(alert.stage for alert in view.session.alerts if alert.kind == "nan"):
            self._tell(f"{stage}: values that are nan or infinite are left out: only finite numbers are points")

    def _say(self, error: str) -> None:
        """The target is down for this reason, or not any more."""
        state, error = self.state, _sentence(error)
        if error:
            state.tries += 1
            state.since = state.since if state.error else now_iso()
            if error != state.error:
                _print(error)
        elif state.error:
            _print(f"goes on after {state.tries} tries; it was down since {state.since}")
            state.tries, state.since = 0, ""
        changed = error or state.error
        state.error, state.state = error, "failing" if error else "following"
        if changed:
            self._save()

    def _leave(self, how: str, error: str = "") -> None:
        self.state.state, self.state.error = how, _sentence(error)  # type: ignore[assignment]
        self._save()
        with contextlib.suppress(Exception):
            self._target.close()

    def _save(self) -> None:
        """Record it; on a full disk it stays in memory, and is recorded with what comes next."""
        with contextlib.suppress(OSError):
            write_tracker(self._path, self.state)


def _run(view: View, stage: Stage, attempt: Attempt, name: str, record: RunRecord) -> TrackedRun:
    end = attempt.end
    return TrackedRun(
        name=name,
        attempt=attempt.number,
        resumed=attempt.resume,
        started=from_iso(attempt.started) or 0.0,
        ended=(from_iso(end.time) or 0.0) if end is not None else None,
        state=str(attempt.state),
        session=session_facts(view),
        parameters=parameter_facts(attempt),
        about=attempt_facts(stage, attempt),
        results=result_facts(attempt),
        memory=record.memory,
    )


def _sentence(text: str) -> str:
    return redact(sanitize(" ".join(text.split())))[:_LONGEST_SENTENCE]


def _print(text: str) -> None:
    with contextlib.suppress(OSError):
        print(f"{now_iso()} {text}", file=sys.stderr, flush=True)
