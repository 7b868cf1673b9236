"""`logs`: a stage's log, byte for byte into a pipe, made safe for a terminal; -f follows it to the session's end."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from autotrain_tui.cli.context import store_of
from autotrain_tui.cli.options import whole
from autotrain_tui.cli.rank_logs import RankLogs
from autotrain_tui.cli.targets import select
from autotrain_tui.cli.text_table import colours
from autotrain_tui.errors import RefusedError, UsageError
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.plan.names import did_you_mean, shown
from autotrain_tui.session.history.narration import dropped_text
from autotrain_tui.session.journal.session_view import SessionFollower, View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.rank_files import logged_ranks, shown_log
from autotrain_tui.text.escape_filter import TerminalText, size_text

__all__ = ["add_options", "run"]

_BLOCK = 1 << 18
_LOOK_SECONDS = 0.1


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """[SESSION] [STAGE] and how much of it."""
    parser.add_argument("words", nargs="*", metavar="SESSION STAGE", help="a session, a stage of it, or both")
    parser.add_argument("--stage", metavar="NAME", help="the stage (default: the running one, else the last)")
    parser.add_argument("--attempt", type=whole, metavar="N", help="an earlier attempt (default: the latest)")
    parser.add_argument(
        "-f", "--follow", action="store_true", help="follow the log and the attempts after it, to the session's end"
    )
    parser.add_argument("-n", "--lines", type=whole, metavar="N", help="start with the last N lines")
    parser.add_argument(
        "--rank",
        type=_rank,
        metavar="R",
        help="a rank of a distributed stage, agent (what started the ranks), or all "
        "(default: the rank that failed first, else rank 0)",
    )
    parser.add_argument("--raw", action="store_true", help="print the bytes unchanged, on a terminal too")


def run(options: argparse.Namespace) -> int:
    """Print it; 0, also when the session failed. Raises RefusedError where there is no log."""
    folder, view, word = select(store_of(options), list(options.words), "logs")
    if word is not None and options.stage not in (None, word):
        raise UsageError(f"logs: expected one stage, got {word} and --stage {options.stage}")
    name = word if word is not None else options.stage
    if name is not None and view.session.stage(name) is None:
        hint = did_you_mean(name, [stage.name for stage in view.session.every_stage])
        raise UsageError(f"session {folder.id} has no stage {shown(name)}" + (f" ({hint})" if hint else ""))
    printer = _Printer(raw=options.raw or not sys.stdout.isatty())
    if options.follow:
        _follow(view, name, options, printer)
    else:
        _print_one(view, _attempt(view, name, options.attempt)[1], printer, options)
    return 0


def _rank(text: str) -> str:
    """The value of --rank; ArgumentTypeError if it is none."""
    if text not in ("agent", "all") and not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise argparse.ArgumentTypeError(f"expected a rank's number, agent or all, got {shown(text)}")
    return text


def _open(view: View, attempt: Attempt, lines: int | None, rank: str | None) -> _Log | RankLogs:
    """The attempt's log that is meant. Raises RefusedError if it has no such rank."""
    folder = view.folder.at(attempt.folder)
    ranks = logged_ranks(folder.path)
    if rank not in (None, "agent", "all") and int(rank or 0) not in ranks:
        known = f"there are {', '.join(map(str, ranks))}" if ranks else "it has no ranks with logs"
        raise RefusedError(f"attempt {attempt.number} has no log of rank {rank}; {known}")
    if rank == "all" and ranks:
        return RankLogs(folder, ranks, lines)
    failed = attempt.end.failed_rank if attempt.end is not None else None
    path = shown_log(folder, failed, None if rank == "all" else rank)
    if rank is None and ranks and len(ranks) > 1:
        which = path.stem if path.parent == folder.ranks else "agent"
        _say(f"rank {which} of {len(ranks)}" + (", which failed first" if failed is not None else "") + "; --rank all")
    return _Log(path, attempt, lines)


def _attempt(view: View, name: str | None, number: int | None) -> tuple[Stage, Attempt]:
    """The selected attempt: of the named stage, else of the running one, else of the one that ran last."""
    if name is not None:
        stage = view.session.stage(name)
    else:
        ran = [stage for stage in view.session.every_stage if stage.attempts]
        stage = next(iter(view.session.active), None) or max(ran, key=_began, default=None)
    if stage is None or not stage.attempts:
        what = f"stage {name} of {view.folder.id}" if name is not None else f"session {view.folder.id}"
        raise RefusedError(f"{what} has no log: nothing of it has started")
    if number is None:
        return stage, stage.attempts[-1]
    for attempt in stage.attempts:
        if attempt.number == number:
            return stage, attempt
    numbers = ", ".join(str(attempt.number) for attempt in stage.attempts)
    raise RefusedError(f"stage {stage.name} has no attempt {number}; there are {numbers}")


def _began(stage: Stage) -> tuple[str, int]:
    return stage.attempts[-1].started, stage.info.index


def _print_one(view: View, attempt: Attempt, printer: _Printer, options: argparse.Namespace) -> None:
    log = _open(view, attempt, options.lines, options.rank)
    printer.copy(log)
    printer.end(log)


def _follow(view: View, name: str | None, options: argparse.Namespace, printer: _Printer) -> None:
    """Print the selected attempt, then each that starts after it, until the session ends or its runner does."""
    follower = SessionFollower(view.folder)
    shown_attempts: set[str] = set()
    current: tuple[str, _Log | RankLogs] | None = None
    while True:
        view, _ = follower.poll()
        if current is None:
            chosen = next(_to_show(view, name, options.attempt, shown_attempts), None)
            if chosen is not None:
                stage, attempt = chosen
                if shown_attempts:
                    printer.head(f"==> {stage.name}, attempt {attempt.number} <==")
                current = (
                    attempt.folder,
                    _open(view, attempt, options.lines if not shown_attempts else None, options.rank),
                )
                shown_attempts.add(attempt.folder)
        gone = not view.finished and view.alive is False
        over = current is None or gone or _ended(view, current[0])
        if current is not None:
            printer.copy(current[1])
        if over and current is not None:
            printer.end(current[1])
            current = None
            if options.attempt is not None:
                return
            if not gone:
                continue
        if over and (view.finished or gone):
            if gone:
                _say(
                    f"session {view.folder.id} has no active runner; "
                    f"start one with: autotrain-tui resume {view.folder.id}"
                )
            return
        time.sleep(_LOOK_SECONDS)


def _to_show(view: View, name: str | None, number: int | None, done: set[str]) -> Iterator[tuple[Stage, Attempt]]:
    """The attempts that are still to be shown, in the order they began; the first one is the selected one."""
    if not done:
        try:
            yield _attempt(view, name, number)
        except RefusedError:
            if view.finished or view.alive is False:
                raise
        return
    ordered = sorted(
        (
            (attempt.started, stage.info.index, attempt.number, stage, attempt)
            for stage in view.session.every_stage
            for attempt in stage.attempts
        ),
        key=lambda item: item[:3],
    )
    first = min(place for place, item in enumerate(ordered) if item[4].folder in done)
    yield from (
        (stage, attempt)
        for *_, stage, attempt in ordered[first:]
        if attempt.folder not in done and name in (None, stage.name)
    )


def _ended(view: View, folder: str) -> bool:
    return any(
        attempt.folder == folder and attempt.end is not None
        for stage in view.session.every_stage
        for attempt in stage.attempts
    )


class _Log:
    """A log from where we begin to where it ends now."""

    def __init__(self, path: Path, attempt: Attempt, lines: int | None) -> None:
        self.file = LogFile(str(path))
        self.file.refresh()
        self.offset = self.file.first
        if self.file.problem or self.file.handle is None:
            _say(f"{path}: {self.file.problem or 'there is no log'}")
        if self.file.first:
            _say(dropped_text(self.file.first, attempt.log_limit_mb))
        if lines is not None:
            self.offset = min((line.start for line in self.file.last(lines)), default=self.offset)

    def blocks(self) -> Iterator[bytes]:
        """What is new since the last call."""
        if self.file.refresh().is_new_text and self.offset:
            _say("the log was truncated or replaced; continuing with its new content")
            self.offset = self.file.first
        while True:
            at, block = self.file.kept(self.offset, _BLOCK)
            if at > self.offset:
                _say(f"{size_text(at - self.offset)} more dropped before it was printed")
            self.offset = at + len(block)
            if not block:
                return
            yield block

    def rest(self) -> bytes:
        """Nothing is held back."""
        return b""


class _Printer:
    """Log bytes on stdout."""

    def __init__(self, *, raw: bool) -> None:
        self._gate = None if raw else TerminalText(colours())

    def copy(self, log: _Log | RankLogs) -> None:
        """Print what is new of a log."""
        for block in log.blocks():
            self._print(block)
        sys.stdout.flush()

    def _print(self, block: bytes) -> None:
        if self._gate is None:
            sys.stdout.buffer.write(block)
        else:
            sys.stdout.write(self._gate.feed(block))

    def end(self, log: _Log | RankLogs) -> None:
        """The log's last line, if no newline ended it."""
        if left := log.rest():
            self._print(left)
            sys.stdout.flush()
        if self._gate is not None and (rest := self._gate.flush()):
            print(rest, flush=True)

    def head(self, text: str) -> None:
        """Between two logs; never among the bytes of a pipe."""
        if self._gate is None:
            _say(text)
        else:
            print(text, flush=True)


def _say(text: str) -> None:
    sys.stdout.flush()
    print(f"autotrain-tui: {text}", file=sys.stderr, flush=True)
