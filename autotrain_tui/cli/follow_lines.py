"""A watched session as lines: the journal's own (`--json`), sentences for a pipe or a plain terminal, errors only."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autotrain_tui.cli.json_output import write_json
from autotrain_tui.logs.open_log import read_kept
from autotrain_tui.session.history.narration import Sentence, clock_time, narrate
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.journal_file import decode_line
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.heartbeat import Live
from autotrain_tui.text import format as fmt
from autotrain_tui.text.escape_filter import TerminalText, size_text
from autotrain_tui.text.sanitize import sanitize

__all__ = ["ErrorsOnly", "JournalLines", "Lines", "StageLogs", "progress_words", "stage_width"]

PROGRESS_SECONDS = 10.0
"""Shortest time between two progress lines of a stage; without a change there is none."""


class JournalLines:
    """`--json`: the journal's lines, byte for byte, as they appear; the last is the session's end."""

    def __init__(self, folder: SessionFolder, since: int = 0) -> None:
        self._path = folder.journal
        self._since = since
        self._offset = 0

    def events(self, view: View, events: Sequence[ev.Event]) -> None:  # noqa: ARG002  the protocol's
        """Pass the new lines on up to the last of `events`: what follows comes with the next ones."""
        last = events[-1].seq
        with open(self._path, "rb") as journal:
            journal.seek(self._offset)
            for line in journal:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                event = decode_line(line.strip(b" \r\n\t\0"))
                if isinstance(event, ev.Event) and event.seq > self._since:
                    write_json(line)
                    if event.seq >= last:
                        return

    def tick(self, view: View) -> None:
        """Nothing: live values are not events."""

    def say(self, text: str) -> None:
        """Print a message of the watching command to stderr: stdout holds JSON only."""
        print(f"autotrain-tui: {text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Nothing to close."""


class ErrorsOnly:
    """`-q`: nothing but what went wrong, on stderr."""

    def events(self, view: View, events: Sequence[ev.Event]) -> None:
        """Say what is an error."""
        for event in events:
            sentence = narrate(event, view.session)
            if sentence is not None and sentence.level == "error":
                for line in layout(sentence, event, 0):
                    print(line, file=sys.stderr, flush=True)

    def tick(self, view: View) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing to close."""


class Lines:
    """A sentence for each event, progress now and then, and with `verbose` what the stages print."""

    def __init__(self, folder: SessionFolder, *, verbose: bool = False, colour: bool = False) -> None:
        self._colour = colour
        self._logs = StageLogs(folder) if verbose else None
        self._pace = Pace()

    def events(self, view: View, events: Sequence[ev.Event]) -> None:
        """Tell the events, and the stages' output between them."""
        width = stage_width(view)
        for event in events:
            self._stage_lines(ending=event)
            sentence = narrate(event, view.session)
            if sentence is not None:
                self._print("\n".join(layout(sentence, event, width)), sentence.level)
            if self._logs is not None:
                self._logs.follow(event)

    def tick(self, view: View) -> None:
        """Tell the progress of what runs."""
        self._stage_lines()
        for name in [stage.name for stage in view.session.active if stage.name in view.live]:
            words = progress_words(view.live[name], view.session.metric_name)
            if words and self._pace.due(name, words):
                self._print(f"{time.strftime('%H:%M:%S')}  {sanitize(name):<{stage_width(view)}}  {words}", "plain")

    def say(self, text: str) -> None:
        """Print a message of the watching command to stderr."""
        print(f"autotrain-tui: {text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """What is left of the stages' output."""
        self._stage_lines()

    def _stage_lines(self, ending: ev.Event | None = None) -> None:
        if self._logs is not None:
            for line in self._logs.read(ending):
                self._print(line, "plain")

    def _print(self, text: str, level: str) -> None:
        sgr = {"good": "32", "warning": "33", "error": "31"}.get(level) if self._colour else None
        print(f"\x1b[{sgr}m{text}\x1b[0m" if sgr else text, flush=True)


def layout(sentence: Sentence, event: ev.Event, width: int) -> list[str]:
    """A sentence as lines: the time, the stage in a column of `width` cells, the words; lines of its log below."""
    stage = f"{sentence.stage:<{width}}  " if sentence.stage else ""
    lines = () if isinstance(event, ev.RetryPlanned) else sentence.lines  # the attempt's end has just said the same
    return [f"{clock_time(event.time)}  {stage}{sentence.text}", *(f"    | {line}" for line in lines)]


def stage_width(view: View) -> int:
    """The cells that the names of a session's stages need, within reason."""
    return min(24, max((len(stage.name) for stage in view.session.every_stage), default=0))


def progress_words(live: Live, metric: str | None) -> str:
    """`epoch 5/20, 25 %, loss 0.21, accuracy 0.95, 0:01:30 left`; empty when nothing is known."""
    progress = live.progress
    words = []
    if progress.epoch is not None:
        words.append(f"epoch {progress.epoch:g}" + (f"/{progress.epochs:g}" if progress.epochs is not None else ""))
    elif progress.step is not None:
        words.append(f"step {progress.step}" + (f"/{progress.total}" if progress.total is not None else ""))
    if progress.fraction is not None:
        words.append(fmt.percent(progress.fraction * 100))
    names = [name for name in (metric, "loss") if name is not None and name in live.metrics]
    words += [f"{sanitize(name)} {fmt.value(live.metrics[name])}" for name in dict.fromkeys(names)]
    if live.eta_seconds is not None:
        words.append(f"~{fmt.clock(live.eta_seconds)} left")
    if live.message:
        words.append(sanitize(live.message))
    return ", ".join(words)


class Pace:
    """Which progress is worth a line: changed, and not so soon after the last."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[float, str]] = {}

    def due(self, name: str, words: str) -> bool:
        """Whether to print `words` for stage `name` now; if so it counts as printed."""
        now = time.monotonic()
        before = self._told.get(name)
        if before is not None and (now - before[0] < PROGRESS_SECONDS or words == before[1]):
            return False
        self._told[name] = (now, words)
        return True


@dataclass(slots=True)
class _Tail:
    """One attempt's log on its way to us."""

    path: Path
    gate: TerminalText
    offset: int = 0


class StageLogs:
    """The output of the attempts that start while we watch, as complete printable lines `STAGE | LINE`."""

    AT_ONCE = 1 << 20

    def __init__(self, folder: SessionFolder) -> None:
        self._folder = folder
        self._tails: dict[str, _Tail] = {}

    def follow(self, event: ev.Event) -> None:
        """Begin with an attempt's log when the attempt starts."""
        if isinstance(event, ev.AttemptStarting):
            self._tails[event.stage] = _Tail(self._folder.at(event.folder).log, TerminalText(colour=False))

    def read(self, ending: ev.Event | None = None) -> list[str]:
        """The lines that are new, of a flooding log at most 1 MiB at a time; all of the attempt that `ending` ends."""
        lines: list[str] = []
        ended = ending.stage if isinstance(ending, ev.AttemptEnded) else None
        if ended is not None and ended in self._tails:
            tail = self._tails.pop(ended)
            while block := self._block(tail):
                lines += self._prefixed(ended, tail.gate.feed(block))
            lines += self._prefixed(ended, tail.gate.flush())
        elif ending is None:
            for name, tail in self._tails.items():
                lines += self._prefixed(name, tail.gate.feed(self._block(tail)))
        return lines

    def _block(self, tail: _Tail) -> bytes:
        try:
            descriptor = os.open(tail.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return b""
        try:
            # the journal reports a truncated log; reading continues from its new end
            tail.offset = min(tail.offset, os.fstat(descriptor).st_size)
            at, block = read_kept(descriptor, tail.offset, self.AT_ONCE)
        except OSError:
            return b""
        finally:
            os.close(descriptor)
        gone, tail.offset = at - tail.offset, at + len(block)
        return f"\n({size_text(gone)} more dropped by log_limit_mb)\n".encode() + block if gone else block

    @staticmethod
    def _prefixed(name: str, text: str) -> list[str]:
        return [f"{sanitize(name)} | {line}" for line in text.splitlines()]
