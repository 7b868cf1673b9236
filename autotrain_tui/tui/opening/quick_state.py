"""What the first picture shows of a live session, read from its files with the standard library alone.

Not a second fold: it knows the states and clocks of an ordinary session on this machine, and gives up (None) at
anything else. Half a second later the screen shows the session as `session.journal.fold` has it.
"""

from __future__ import annotations

import json
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["QuickSession", "QuickStage", "live_session", "read_session"]

_LARGEST_JOURNAL = 8 << 20
_LARGEST_LIST = 30
"""Sessions that are asked whether they live, the newest first."""

_LOG_TAIL = 64 << 10
_TICKING = frozenset({"starting", "running", "pausing", "stopping"})
_ACTIVE = _TICKING | {"frozen"}
_STATES = {
    "attempt_starting": "starting",
    "attempt_running": "running",
    "stage_held": "held",
    "stage_released": "pending",
    "stage_skipped": "skipped",
    "stage_reset": "pending",
    "stage_frozen": "frozen",
    "stage_thawed": "running",
}
"""The state of a stage after an event about it; of ends and stops the event says more."""


class QuickStage:
    """One stage: what its line shows."""

    def __init__(self, info: dict[str, Any]) -> None:
        self.name, self.index = str(info["name"]), int(info["index"])
        self.estimate: float | None = info.get("estimate_seconds")
        self.epochs: float | None = info.get("epochs")
        self.state, self.waiting, self.doubted = "pending", "", False
        self.attempts: list[tuple[int, str]] = []
        """Number and folder of each, the latest last."""
        self.spent, self.since = 0.0, None
        self.metrics: dict[str, float] = {}
        self.live: dict[str, Any] = {}
        """Its figures in the heartbeat."""

    spent: float
    since: float | None

    def move(self, state: str, mono: float) -> None:
        """The state from this moment on."""
        if self.since is not None:
            self.spent += max(0.0, mono - self.since)
        self.state, self.since = state, mono if state in _TICKING else None

    def elapsed(self, mono: float) -> float:
        """Seconds of running time."""
        return self.spent + (max(0.0, mono - self.since) if self.since is not None else 0.0)


class QuickSession:
    """A live session."""

    def __init__(self, folder: str, event: dict[str, Any]) -> None:
        self.folder, self.id = folder, os.path.basename(folder)
        self.plan, self.mode = str(event["plan"]), str(event.get("mode", ""))
        self.budget: float | None = event.get("budget_seconds")
        self.metric: str | None = event.get("metric_name")
        self.command: list[str] = list(event.get("command") or ())
        self.stages = {str(info["name"]): QuickStage(info) for info in event["stages"]}
        self.used, self.since = 0.0, None
        self.state, self.boot_id = "created", str(event.get("boot_id", ""))

    used: float
    since: float | None

    def take(self, kind: str, event: dict[str, Any]) -> bool:
        """Follow one event; False if this kind of session is not drawn here."""
        mono = float(event.get("mono", 0.0))
        if kind == "runner_started":
            self.state = "running"
            return str(event.get("boot_id", "")) == self.boot_id
        if kind == "session_stopping":
            self.state = "stopping"
        elif kind == "stage_added":
            self.stages[str(event["info"]["name"])] = QuickStage(event["info"])
        elif kind == "metric_chosen":
            self.metric = event["name"]
        elif kind == "budget_changed":
            self.budget = event["budget_seconds"]
        elif kind in _OF_A_STAGE:
            self._move(self.stages[str(event["stage"])], kind, event, mono)
            return event.get("launcher", "local") == "local" and not event.get("ranks")
        return kind not in ("session_finished", "attempt_imported", "attempt_corrected")

    def _move(self, stage: QuickStage, kind: str, event: dict[str, Any], mono: float) -> None:
        if kind == "stage_waiting":
            stage.waiting = str(event["reason"])
            return
        if kind == "estimated":
            stage.estimate = event["estimate_seconds"]
            return
        if kind == "attempt_starting":
            stage.attempts.append((event["attempt"], str(event["folder"])))
        elif kind == "attempt_ended":
            mono = min(mono, event.get("ended_mono") or mono)
            stage.metrics = event.get("metrics") or stage.metrics
            stage.doubted = bool(event.get("doubts"))
        stage.waiting = ""
        stage.move(_state_after(kind, event), mono)
        ticks = any(each.since is not None for each in self.stages.values())
        if ticks and self.since is None:
            self.since = mono
        elif self.since is not None and not ticks:
            self.used, self.since = self.used + max(0.0, mono - self.since), None

    def elapsed(self, mono: float) -> float:
        """Seconds of running time."""
        return self.used + (max(0.0, mono - self.since) if self.since is not None else 0.0)

    @property
    def current(self) -> QuickStage:
        """The stage whose log is shown: the first at work, else one to look at, else the next."""
        stages = list(self.stages.values())
        for states in (_ACTIVE, ("paused",), ("failed", "lost", "stopped"), ("pending", "held")):
            for stage in stages:
                if stage.state in states:
                    return stage
        return stages[-1]

    def second_log(self) -> tuple[QuickStage, tuple[int, str]] | None:
        """The log beside the current stage's: as `tui.screens.run.log_entries` orders them."""
        current = self.current
        begun = [stage for stage in self.stages.values() if stage.attempts and stage is not current]
        active = next((stage for stage in begun if stage.state in _ACTIVE), None)
        if active is not None:
            return active, active.attempts[-1]
        if len(current.attempts) > 1:
            return current, current.attempts[-2]
        return (begun[-1], begun[-1].attempts[-1]) if begun else None

    def log_lines(self, folder: str, count: int) -> list[bytes]:
        """The last lines of the log of an attempt with this folder, at most so many."""
        data = _tail(f"{self.folder}/{folder}/log", _LOG_TAIL)
        lines = data.split(b"\n")
        if lines and not lines[-1]:
            lines.pop()
        return lines[-count:]


_OF_A_STAGE = frozenset({*_STATES, "stage_stopping", "attempt_ended", "retry_planned", "stage_waiting", "estimated"})
_READ = _OF_A_STAGE | {
    "session_created", "runner_started", "session_stopping", "session_finished", "stage_added", "metric_chosen",
    "budget_changed", "attempt_imported", "attempt_corrected",
}  # fmt: skip


def _state_after(kind: str, event: dict[str, Any]) -> str:
    if kind == "attempt_ended":
        return str(event["state"])
    if kind == "stage_stopping":
        return "pausing" if event.get("intent") == "pause" else "stopping"
    if kind == "retry_planned":
        return "paused" if event.get("action") == "pause" else "failed"
    return _STATES[kind]


def read_session(folder: str) -> QuickSession | None:
    """The session as its files have it now; None for one that is not drawn here."""
    session = None
    for line in _read(f"{folder}/journal.jsonl", _LARGEST_JOURNAL).split(b"\n")[:-1]:
        kind = line[9 : line.find(b'"', 9)].decode() if line.startswith(b'{"type":"') else ""
        if kind not in _READ:
            continue
        event = json.loads(line)
        if session is None:
            if kind != "session_created" or event.get("version") != 1 or event.get("source"):
                return None
            session = QuickSession(folder, event)
        elif not session.take(kind, event):
            return None
    if session is None or not session.stages:
        return None
    for name, live in _live(folder).items():
        if name in session.stages and session.stages[name].state in (*_TICKING, "frozen"):
            session.stages[name].live = live
            session.stages[name].metrics = live.get("metrics") or {}
    return session


def _live(folder: str) -> dict[str, Any]:
    """The figures of the running stages in the heartbeat; none if there is none yet."""
    try:
        beat = json.loads(_read(f"{folder}/heartbeat", 1 << 20).rstrip(b" \0\n"))
    except FileNotFoundError:
        return {}
    found: dict[str, Any] = beat.get("live") or {}
    return found


def live_session(sessions: str, wanted: str | None) -> str | None:
    """The folder of the wanted session if it lives, else of the only live one among the newest; None without one."""
    if wanted is not None:
        return f"{sessions}/{wanted}" if os.sep not in wanted and _lives(f"{sessions}/{wanted}") else None
    with os.scandir(sessions) as entries:
        names = sorted((entry.name for entry in entries if entry.is_dir(follow_symlinks=False)), reverse=True)
    live = [name for name in names[:_LARGEST_LIST] if _lives(f"{sessions}/{name}")]
    return f"{sessions}/{live[0]}" if len(live) == 1 else None


def _lives(folder: str) -> bool:
    """Whether the process that its lock names lives: pid, start time and boot id."""
    try:
        owner = json.loads(_read(f"{folder}/runner.lock", 4096))
        with open("/proc/sys/kernel/random/boot_id") as file:
            boot = file.read().strip()
        with open(f"/proc/{owner['pid']}/stat", "rb") as stat:
            fields = stat.read(2048).rpartition(b")")[2].split()
        here = owner["boot_id"] == boot and owner["host"] == os.uname().nodename
        return here and int(fields[19]) == owner["start_time"] and fields[0] not in (b"Z", b"X")
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return False


def _read(path: str, most: int) -> bytes:
    """A regular file of at most `most` bytes. Raises OSError, ValueError if it is larger."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb", 0) as file:
        data = file.read(most + 1) or b""
    if len(data) > most:
        raise ValueError(path)
    return data


def _tail(path: str, most: int) -> bytes:
    """The last bytes of a file, from a line's beginning if there is one; empty if it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb", 0) as file:
            begin = max(0, os.fstat(descriptor).st_size - most)
            data = os.pread(file.fileno(), most, begin)
    except OSError:
        return b""
    return data.partition(b"\n")[2] if begin else data


def now() -> float:
    """The monotonic moment that the clocks are shown at."""
    return time.monotonic()
