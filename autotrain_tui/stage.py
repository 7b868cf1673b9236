"""The optional helper for training programs: `from autotrain_tui.stage import log, params, result, should_stop`.

Standard library only, cheap to import, and harmless without a runner: then `log` and `result` write nothing and
`params` is empty. Whatever it does, a program can do without it; docs/training-program.md has both.
"""

from __future__ import annotations

import json
import math
import operator
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import SupportsFloat, SupportsIndex, TypeAlias

__all__ = ["Number", "Parameter", "log", "params", "result", "should_stop"]

Number: TypeAlias = SupportsFloat | SupportsIndex
"""An int or float, or what turns into one: a numpy number, a tensor of one element."""

Parameter: TypeAlias = str | int | float | bool

_WHOLE = {"stage_index": "AUTOTRAIN_STAGE_INDEX", "attempt": "AUTOTRAIN_ATTEMPT"}
_TEXTS = {
    "stage": "AUTOTRAIN_STAGE",
    "stage_dir": "AUTOTRAIN_STAGE_DIR",
    "session_dir": "AUTOTRAIN_SESSION_DIR",
    "result_path": "AUTOTRAIN_RESULT",
    "metrics_path": "AUTOTRAIN_METRICS",
    "checkpoint_dir": "AUTOTRAIN_CHECKPOINT_DIR",
    "previous_checkpoint_dir": "AUTOTRAIN_PREVIOUS_CHECKPOINT_DIR",
}


def params() -> dict[str, Parameter]:
    """What the runner gave this attempt, by the names that placeholders have in a plan; empty without a runner.

    The stage's parameters (`dataset_limit`, `epochs`, `batch_size`, `scale`, those of the plan's `params`, and `mode`)
    with their types; `stage`, `stage_index`, `attempt`; `resume` as a truth value; `stage_dir`, `session_dir`,
    `result_path`, `metrics_path`, `checkpoint_dir`, `previous_checkpoint_dir` as absolute paths. What has no value is
    left out: `params().get("epochs", 10)`.
    """
    environment = os.environ
    values = _given_parameters(environment.get("AUTOTRAIN_PARAMS", ""))
    values |= {name: environment[variable] for name, variable in _TEXTS.items() if environment.get(variable)}
    for name, variable in _WHOLE.items():
        if environment.get(variable, "").isdecimal():
            values[name] = int(environment[variable])
    if "AUTOTRAIN_RESUME" in environment:
        values["resume"] = environment["AUTOTRAIN_RESUME"] == "1"
    return values


def log(step: int | None = None, epoch: float | None = None, **metrics: Number | None) -> None:
    """Adds one line to AUTOTRAIN_METRICS: where training is, and the metrics there.

    `step` counts through the whole stage; `total=` beside it gives its last, `time=` a time of your own. None is left
    out. Raises TypeError for what is no number, with and without a runner; a file that can't be written is told once
    on stderr and costs no training. Where several processes train, let one of them call it.
    """
    figures = {name: _number(name, value) for name, value in {"step": step, "epoch": epoch, **metrics}.items()}
    line = {name: value for name, value in figures.items() if value is not None}
    path = os.environ.get("AUTOTRAIN_METRICS")
    if path and line:
        _METRICS.append(path, json.dumps(line))


def result(**metrics: Number | str | None) -> None:
    """Writes the result file, AUTOTRAIN_RESULT, atomically: one flat object whose numbers are the final metrics.

    To be called once, at the very end: an attempt that was asked to stop has succeeded only with a result. A further
    call replaces it. nan and infinity become null. Raises TypeError for what is neither number, text nor None, and
    OSError when the file can't be written.
    """
    record = {name: value if isinstance(value, str) else _number(name, value) for name, value in metrics.items()}
    record = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in record.items()
    }
    path = os.environ.get("AUTOTRAIN_RESULT")
    if not path:
        return
    partial = f"{path}.{os.getpid()}.partial"
    try:
        with open(partial, "w", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        if os.path.exists(partial):
            os.unlink(partial)
        raise


def should_stop() -> bool:
    """True once SIGTERM, the usual stop signal, has come: save a checkpoint, write no result, and exit.

    The first call in the main thread makes SIGTERM do nothing but this, so call it early and then after every step.
    A handler that was there before is still called. In another thread it only answers. Processes forked later, such
    as data loaders, still end at SIGTERM unless they call it themselves.
    """
    return _STOP.requested()


def _given_parameters(text: str) -> dict[str, Parameter]:
    try:
        given = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(given, dict):
        return {}
    return {str(name): value for name, value in given.items() if isinstance(value, str | int | float)}


def _number(name: str, value: object) -> int | float | None:
    """An int where the value is whole by type, else a float; None stays None."""
    if value is None:
        return None
    try:
        if isinstance(value, SupportsIndex):
            return operator.index(value)
    except TypeError:  # a tensor of floats has the method, and refuses
        pass
    try:
        if isinstance(value, SupportsFloat):
            return float(value)
    except (TypeError, ValueError):  # several elements
        pass
    raise TypeError(f"{name} must be a number, not {type(value).__name__}")


class _MetricsFile:
    """Appends lines, each in a single write, so that neither a reader nor a killed process leaves half of one."""

    def __init__(self) -> None:
        self._torn = False
        self._complained = False

    def append(self, path: str, line: str) -> None:
        data = (("\n" if self._torn else "") + line + "\n").encode()
        try:
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._torn = os.write(handle, data) < len(data)  # a full disk may take a part
            finally:
                os.close(handle)
        except OSError as error:
            if not self._complained:
                self._complained = True
                print(f"autotrain_tui.stage: metrics are not written: {error}", file=sys.stderr)


class _Stop:
    """Whether SIGTERM has come to the process that asked."""

    def __init__(self) -> None:
        self._came = False
        self._listener: int | None = None  # the process that installed the handler
        self._before: Callable[[int, FrameType | None], object] | int | None = signal.SIG_DFL

    def requested(self) -> bool:
        if self._listener != os.getpid():
            self._listen()
        return self._came

    def _listen(self) -> None:
        current, listener = signal.getsignal(signal.SIGTERM), self._listener
        self._listener, self._came = os.getpid(), False  # first: the signal may come as soon as there is a handler
        if current != self._note:  # else it was inherited by a fork, and what it replaced is known
            self._before = current
        try:
            signal.signal(signal.SIGTERM, self._note)
        except ValueError:  # not the main thread
            self._listener = listener

    def _note(self, number: int, frame: FrameType | None) -> None:
        """The handler. In a forked process that never asked, the signal does what it did before there was one."""
        ours = self._listener == os.getpid()
        self._came = self._came or ours
        if callable(self._before):
            self._before(number, frame)
        elif not ours and self._before != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


_METRICS = _MetricsFile()
_STOP = _Stop()
