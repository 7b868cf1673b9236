"""Kills a session's processes at random moments, restarts it by `resume`, and checks it against its ledger."""

from __future__ import annotations

import os
import pty
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w

from autotrain_tui.errors import AutotrainError
from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.journal.transitions import Outcome
from autotrain_tui.session.records.attempt_files import Started, read_record
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import owner_alive, read_owner
from autotrain_tui.session.records.process_identity import Identity, is_alive
from tests.faults.ledger import LADDER, Short, find_faults, plan_of

CHOICES = (
    ("watcher",),
    ("runner",),
    ("a",),
    ("b",),
    ("runner", "a"),
    ("runner", "b"),
    ("a", "b"),
    ("server",),
    ("server", "a"),
    ("watcher", "runner"),
    ("runner", "a", "b"),
    ("watcher", "runner", "a", "b"),
)
"""Whom one blow hits: each alone, and together."""

END_SECONDS = 120.0


@dataclass(slots=True)
class Blow:
    """One kill: whom it hit, and how long after the session's start."""

    who: str
    seconds: float


@dataclass(slots=True)
class Killed:
    """One session that was shot at: the blows, and what is wrong with it (nothing: it survived them all)."""

    folder: SessionFolder
    blows: list[Blow] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    resumes: int = 0


class Shooting:
    """One session of `stages` under fire. Started and resumed by the command line, as a person would."""

    def __init__(
        self, root: Path, stages: tuple[Short, ...] = LADDER, *, chance: random.Random, screen: bool = False
    ) -> None:
        self._root, self._stages, self._chance, self._screen = root, stages, chance, screen
        (root / "stages").mkdir(parents=True)
        (root / "stages" / "kills.toml").write_text(tomli_w.dumps(plan_of(stages)))
        self._words = open(root / "words", "ab")  # noqa: SIM115  kept open for every watcher
        self._shims: set[Identity] = set()
        self._watcher = self._call("run", "kills")
        self._began = time.monotonic()
        self.killed = Killed(self._found())

    def _call(self, *words: str) -> subprocess.Popen[bytes]:
        """The command line, on a terminal of its own with a screen, or without one."""
        command = [sys.executable, "-m", "autotrain_tui", *words, "--project", str(self._root)]
        if not self._screen:
            return subprocess.Popen(
                [*command, "--no-ui"], stdin=subprocess.DEVNULL, stdout=self._words, stderr=self._words, cwd=self._root
            )
        master, slave = pty.openpty()
        process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=self._root,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        os.close(slave)
        threading.Thread(target=_drain, args=(master,), daemon=True).start()
        return process

    def _dismiss(self) -> None:
        """Be done with the watcher: one without a screen leaves by itself, a screen stays until it is closed."""
        if self._screen and self._watcher.poll() is None:
            self._watcher.terminate()
        self._watcher.wait(END_SECONDS)

    def _found(self) -> SessionFolder:
        """The session's folder, once its runner has it."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            for path in (self._root / "sessions").glob("*-kills*"):
                if read_owner(SessionFolder(path)) is not None:
                    return SessionFolder(path)
            time.sleep(0.005)
        raise AssertionError((self._root / "words").read_text())

    def run(self, blows: int, longest_pause: float = 0.9) -> Killed:
        """Shoot `blows` times at random moments, let it come to its end, check it. Leaves no process."""
        try:
            while len(self.killed.blows) < blows:
                time.sleep(self._chance.uniform(0.0, longest_pause))
                self._go_on()
                if self._view().session.outcome is Outcome.SUCCEEDED:
                    break
                self._shoot()
            self._to_the_end()
            self.killed.faults += find_faults(self.killed.folder, self._stages, self._may_be_lost())
        except (AssertionError, AutotrainError) as error:
            self.killed.faults.append(f"{type(error).__name__}: {error}")
        finally:
            self._close()
        return self.killed

    def _view(self) -> View:
        return load_view(self.killed.folder)

    # ---- whom -------------------------------------------------------------------------------------------------------

    def _shoot(self) -> None:
        """One blow at whoever of a random choice is there; of the choices one that is there as a whole is preferred."""
        targets: dict[str, Identity] = {}
        for _ in range(8):
            choice = self._chance.choice(CHOICES)
            targets = {name: identity for name in choice if (identity := self._target(name)) is not None}
            if len(targets) == len(choice):
                break
        if not targets:
            return
        order = sorted(targets, key=lambda _: self._chance.random())
        for name in order:
            if name in ("a", "b"):
                self._shims.add(targets[name])
            send(targets[name], signal.SIGKILL)
        self.killed.blows.append(Blow("+".join(sorted(targets)), time.monotonic() - self._began))

    def _target(self, name: str) -> Identity | None:
        if name == "watcher":
            pid = self._watcher.pid
            return None if self._watcher.poll() is not None else _identity(pid)
        if name == "runner":
            owner = read_owner(self.killed.folder)
            if owner is None or not owner_alive(owner) or owner.start_time is None:
                return None
            return Identity(owner.pid, owner.start_time)
        if name == "server":
            return _launch_server(self.killed.folder)
        for attempt in self.killed.folder.path.glob("stages/*/attempt-*"):
            started = read_record(attempt, Started).record
            shim = (started.a if name == "a" else started.b) if started is not None else None
            if shim is not None and is_alive(shim):
                return shim
        return None

    def _may_be_lost(self) -> set[tuple[str, int]]:
        """Attempts of which both shims were shot."""
        lost = set()
        for path in self.killed.folder.path.glob("stages/*/attempt-*"):
            started = read_record(path, Started).record
            if started is not None and {started.a, started.b} <= self._shims:
                lost.add((path.parent.name.partition("-")[2], int(path.name.partition("-")[2])))
        return lost

    # ---- onwards ----------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Resume the session when nobody runs it and it isn't done."""
        view = self._view()
        if view.alive or view.session.outcome is Outcome.SUCCEEDED:
            return
        self._dismiss()
        self._watcher = self._call("resume", self.killed.folder.id)
        self.killed.resumes += 1
        deadline = time.monotonic() + END_SECONDS
        before = read_owner(self.killed.folder)
        while time.monotonic() < deadline:
            now = read_owner(self.killed.folder)
            if (now is not None and now != before) or self._watcher.poll() is not None:
                return
            time.sleep(0.005)

    def _to_the_end(self) -> None:
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            if self._view().session.outcome is Outcome.SUCCEEDED:
                self._dismiss()
                return
            self._go_on()
            time.sleep(0.02)
        view = self._view()
        raise AssertionError(
            f"never came to its end: {view.state} {view.session.reason} "
            f"{[(stage.name, str(stage.state), stage.reason) for stage in view.session.stages]}"
        )

    def _close(self) -> None:
        owner = read_owner(self.killed.folder)
        if owner is not None and owner_alive(owner):
            with suppress(ProcessLookupError):  # it may end at any time
                os.kill(owner.pid, signal.SIGKILL)
        if self._watcher.poll() is None:
            self._watcher.kill()
        self._watcher.wait(END_SECONDS)
        self._words.close()
        from tests.faults.ledger import processes_of

        for pid in processes_of(self.killed.folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _drain(master: int) -> None:
    """Read a terminal until nobody has it open."""
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass
    os.close(master)


def _launch_server(folder: SessionFolder) -> Identity | None:
    """The runner's launch server; None without one."""
    owner = read_owner(folder)
    if owner is None or not owner_alive(owner):
        return None
    try:
        children = Path(f"/proc/{owner.pid}/task/{owner.pid}/children").read_text().split()
        found = [int(pid) for pid in children if b"--serve" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    except OSError:
        return None
    return _identity(found[0]) if found else None


def _identity(pid: int) -> Identity | None:
    from autotrain_tui.session.records.process_identity import start_time

    began = start_time(pid)
    return None if began is None else Identity(pid, began)


def tally(sessions: list[Killed]) -> Counter[str]:
    """How often each was hit."""
    return Counter(blow.who for session in sessions for blow in session.blows)


def survived(sessions: list[Killed]) -> tuple[int, int]:
    """Kills survived, and all kills: the kills of a session with any fault count as not survived."""
    return (
        sum(len(session.blows) for session in sessions if not session.faults),
        sum(len(session.blows) for session in sessions),
    )
