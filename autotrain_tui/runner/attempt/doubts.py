"""Signs that an end is not what it says: a success that is none, a pause without a checkpoint. Pure.

Precision comes first: what an ordinary end also shows is no sign.
"""

from __future__ import annotations

import signal as signals
from collections.abc import Sequence
from dataclasses import dataclass

from autotrain_tui.runner.attempt.log_end import says_it_stops, traceback_at_end
from autotrain_tui.runner.attempt.saved_checkpoint import SavedCheckpoint
from autotrain_tui.runner.attempt.shown_progress import ShownProgress
from autotrain_tui.session.journal.events import Doubt
from autotrain_tui.session.records.attempt_files import Exit
from autotrain_tui.text import format as fmt

__all__ = ["OutputEnd", "success_doubts", "unsaved"]


@dataclass(frozen=True, slots=True)
class OutputEnd:
    """What an attempt's output shows at its end."""

    tail: tuple[str, ...] = ()
    """The last lines of its log, as many as 64 KiB hold."""
    shown: ShownProgress | None = None
    """How far its log says it was; None if nothing was read."""
    trained_on: bool = False
    """Whether metrics or progress came after the command's own process had ended."""


def success_doubts(output: OutputEnd, end: Exit, *, result: bool) -> list[Doubt]:
    """Signs that an exit with status 0, that nobody asked for, is no success. `result`: it wrote its result file."""
    doubts = []
    if said := traceback_at_end(output.tail):
        doubts.append(Doubt("traceback", f"exit code 0, but the log ends with a traceback: {said}"))
    shown = output.shown
    stopped_short = shown is not None and shown.far_from_total and not result and not _says_so(output)
    if end.swept and (output.trained_on or stopped_short):
        doubts.append(Doubt("left", _left(end, shown)))
    elif stopped_short and shown is not None:
        doubts.append(Doubt("unfinished", f"exit code 0, but it ended at {shown.text}, and says no reason"))
    return doubts


def _says_so(output: OutputEnd) -> bool:
    return output.shown is not None and says_it_stops(output.tail, *output.shown.counts)


def _left(end: Exit, shown: ShownProgress | None) -> str:
    """The processes that outlived the command."""
    one = len(end.swept) == 1
    names = ", ".join(f"{process.pid} ({process.command[:60]})" for process in end.swept[:3])
    more = f" and {len(end.swept) - 3} more" if len(end.swept) > 3 else ""
    place = f" at {shown.text}" if shown is not None and shown.text else ""
    return (
        f"{len(end.swept)} process{'' if one else 'es'} still running when the command had ended "
        f"{'was' if one else 'were'} ended{place}: {names}{more}"
    )


def unsaved(saved: SavedCheckpoint, output: OutputEnd, end: Exit) -> tuple[str, Doubt | None]:
    """What to say of a stage that was asked to save and end, and the doubt if it should have saved.

    A program may keep its checkpoints elsewhere: then it is a fact and no doubt, unless it wrote in the folder before
    or died of something else than the order.
    """
    if saved.written:
        return ("" if saved.step is None else f"checkpoint at step {fmt.count(saved.step)}"), None
    fact = "nothing was written to its checkpoint folder"
    if saved.age_seconds is not None:
        at = "" if saved.step is None else f" (step {fmt.count(saved.step)})"
        fact += f" since the order; the newest file there was {fmt.clock(saved.age_seconds)} old{at}"
    why = _died(output.tail, end)
    if not why and saved.age_seconds is None:
        return fact, None
    text = f"no checkpoint: {fact}" + (f"; {why}" if why else "")
    return text, Doubt("checkpoint", text)


def _died(tail: Sequence[str], end: Exit) -> str:
    """What else than the order ended it; empty if nothing shows."""
    if signals.SIGPIPE in (end.signal, (end.exit_code or 0) - 128):
        return "it was ended by SIGPIPE"
    said = traceback_at_end(tail)
    return f"the log ends with a traceback: {said}" if said else ""
