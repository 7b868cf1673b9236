"""Queries over the lines of a log: texts, regular expressions, and the forms of errors.

A query gets blocks of whole lines as bytes: matching line by line would be many times slower. Escape sequences in a
line don't hide its text from a query.
"""

from __future__ import annotations

import re
import warnings
from functools import cached_property
from typing import NamedTuple, Protocol

from autotrain_tui.logs.byte_filter import AnyText, ByteFilter
from autotrain_tui.logs.line_starts import line_starts, lines_matching, lines_with, same_lines, without_escapes

__all__ = ["AllOf", "ErrorQuery", "LineQuery", "Pattern", "Query", "TextQuery", "WarningQuery", "parse_filter"]

# What may match a newline, so that a match could cross the end of a line: such patterns are matched line by line.
_CROSSES = re.compile(r"\\[sWDHnrtvfAZxuUN0]|\[\^|\(\?[a-zA-Z]*s")


class Query(Protocol):
    """A question about lines."""

    @property
    def problem(self) -> str:
        """Why it no longer works, for the screen; "" while it works."""
        ...

    @property
    def look_behind(self) -> int:
        """Bytes before a block on which the answer depends."""
        ...

    def lacking(self, block: bytes) -> bool:
        """Whether no line in `block` can match, as far as that is quick to see; the block may begin within a line."""
        ...

    def lines(self, block: bytes) -> list[int]:
        """The offsets of the matching lines in `block`, which holds whole lines; ascending."""
        ...


class LineQuery(Query, Protocol):
    """A query that also finds its matches within a line."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a line's text it matches, in characters, in order."""
        ...

    def holds(self, text: str) -> bool:
        """Does a line with this text match?"""
        ...


class Pattern:
    """A text or a regular expression, case-sensitive or not."""

    def __init__(self, text: str, *, regex: bool = False, case: bool | None = None) -> None:
        """`case` None: match case only if `text` has capitals. Raises ValueError with a text for the screen."""
        self.text, self.regex = text, regex
        self.case = text != text.lower() if case is None else case
        source = text if regex else re.escape(text)
        flags = re.MULTILINE | (0 if self.case else re.IGNORECASE)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # "possible nested set": whoever typed it sees what it matches
                self._text = re.compile(source, flags)
                self._bytes = re.compile(source.encode(), flags) if source.isascii() else None
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"not a regular expression: {error}") from error
        self._crosses = bool(regex and _CROSSES.search(text))
        needle = text if self.case else text.lower()
        self._needle = needle.encode() if not regex and (self.case or text.isascii()) else None
        self._filter = ByteFilter(self._needle or b"", case=self.case)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a line's text it matches, in characters; empty matches don't count."""
        return [match.span() for match in self._text.finditer(text) if match.end() > match.start()]

    def in_line(self, line: bytes) -> bool:
        """Does a line (without escape sequences) match?"""
        if self._needle is not None:
            return self._needle in (line if self.case else line.lower())
        return self._text.search(line.decode("utf-8", "replace")) is not None

    def lacking(self, block: bytes) -> bool:
        """See `Query`. A text that escape sequences divide still has all of its bytes in the block."""
        if self._filter.lacks(block):
            return True
        return self.case and self._needle is not None and self._needle not in block and b"\x1b" not in block

    def starts(self, block: bytes) -> list[int]:
        """Starts of the matching lines of a block without escape sequences."""
        if self._needle is not None:
            return list(lines_with(block if self.case else block.lower(), self._needle))
        if self._crosses:
            return self._line_by_line(block)
        if self._bytes is not None and block.isascii():
            return list(lines_matching(block, self._bytes))
        return self._line_by_line(block)

    def _line_by_line(self, block: bytes) -> list[int]:
        found, at = [], 0
        for line in block.split(b"\n"):
            if self.in_line(line) and at < max(1, len(block)):
                found.append(at)
            at += len(line) + 1
        return found


class TextQuery(NamedTuple):
    """Lines that match all of some patterns and none of others."""

    every: tuple[Pattern, ...]
    none: tuple[Pattern, ...] = ()

    @property
    def problem(self) -> str:
        """A text query always works."""
        return ""

    @property
    def look_behind(self) -> int:
        """Each line decides for itself."""
        return 0

    def lacking(self, block: bytes) -> bool:
        """See `Query`."""
        return any(pattern.lacking(block) for pattern in self.every)

    def lines(self, block: bytes) -> list[int]:
        """See `Query`."""
        clean = without_escapes(block)
        found = self.every[0].starts(clean) if self.every else line_starts(clean)
        if len(self.every) > 1 or self.none:
            found = [start for start in found if self._holds(clean, start)]
        return found if clean is block else same_lines(clean, block, found)

    def holds(self, text: str) -> bool:
        """Does a line with this text match?"""
        line = text.encode()
        return all(one.in_line(line) for one in self.every) and not any(one.in_line(line) for one in self.none)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a line's text the patterns match, in order."""
        return sorted(span for pattern in self.every for span in pattern.spans(text))

    def _holds(self, block: bytes, start: int) -> bool:
        end = block.find(b"\n", start)
        line = block[start : end if end >= 0 else len(block)]
        return all(one.in_line(line) for one in self.every[1:]) and not any(one.in_line(line) for one in self.none)


class ErrorQuery:
    """Lines with which an error starts: tracebacks, error levels, the words of CUDA, the kernel and the shell.

    Metrics that are called error ("train-error:0.01", "mean squared error") and counts ("0 errors") don't match. What
    the programs print: TRAINER_LOGS, and Python's and torchrun's own forms.
    """

    problem = ""
    look_behind = 512
    """What stands in the line before decides whether an error is the end of a traceback."""
    _RANK = rb"(?:\[[^\]\n]{1,40}\]:? ?)?"
    _SOURCE = (
        rb"Traceback \(most recent call last\)"
        rb"|^" + _RANK + rb"(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception)(?::|$)"
        rb"|^" + _RANK + rb"KeyboardInterrupt(?::|$)"
        rb"|\b(?:ERROR|CRITICAL|FATAL)\b"
        rb"|^" + _RANK + rb"(?:[\w./-]+: )?(?:error|fatal|fatal error)(?:\[\w+\])?: [^\d\s]"
        rb"|(?:CUDA|HIP|NCCL) error|Segmentation fault|core dumped|No space left on device|terminate called after"
        rb"|Out of memory: Killed process|: line \d+: +\d+ Killed"
    )
    # Each line that the pattern matches has one of these: only lines that have one are tried.
    HINTS = AnyText(
        b"Traceback (most recent call last)", b"Error", b"Exception", b"KeyboardInterrupt", b"ERROR", b"CRITICAL",
        b"FATAL", b"error: ", b"error[", b"fatal: ", b"fatal[", b"CUDA error", b"HIP error", b"NCCL error",
        b"Segmentation fault", b"core dumped", b"No space left on device", b"terminate called after", b"Killed",
    )  # fmt: skip

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        """Compiled at the first search for errors, which is not before the first screen."""
        return re.compile(self._SOURCE, re.MULTILINE)

    def lacking(self, block: bytes) -> bool:
        """See `Query`."""
        return self.HINTS.lacking(block)

    def lines(self, block: bytes) -> list[int]:
        """See `Query`. Of a traceback only the first line matches, not its last."""
        clean = without_escapes(block)
        found = []
        for start in self.HINTS.starts(clean):
            end = clean.find(b"\n", start)
            match = self._pattern.search(clean, start, end if end >= 0 else len(clean))
            if match is not None and not self._ends_traceback(clean, start):
                found.append(start)
        return found if clean is block else same_lines(clean, block, found)

    def _ends_traceback(self, block: bytes, start: int) -> bool:
        """Does the previous line belong to the indented part of a traceback (after a rank's prefix, if any)?"""
        before = block[block.rfind(b"\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)]
        prefix = re.match(self._RANK, before)
        rest = before[prefix.end() if prefix else 0 :]
        here = re.match(self._RANK, block[start : start + 60])
        text = start + (here.end() if here else 0)
        return rest.startswith(b"    ") and not block.startswith((b" ", b"Trace"), text)


class WarningQuery:
    """Lines with the level of a warning, and Python's warnings."""

    problem = ""
    look_behind = 0
    _SOURCE = rb"\b(?:WARN|WARNING)\b|\b\w*Warning:|^\s*[Ww]arning[: ]"
    HINTS = AnyText(b"WARN", b"Warning", b"warning:", b"warning ")

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        """Compiled when it is needed first, which is not before the first screen."""
        return re.compile(self._SOURCE, re.MULTILINE)

    def lacking(self, block: bytes) -> bool:
        """See `Query`."""
        return self.HINTS.lacking(block)

    def lines(self, block: bytes) -> list[int]:
        """See `Query`."""
        clean = without_escapes(block)
        found = []
        for start in self.HINTS.starts(clean):
            end = clean.find(b"\n", start)
            if self._pattern.search(clean, start, end if end >= 0 else len(clean)) is not None:
                found.append(start)
        return found if clean is block else same_lines(clean, block, found)


class AllOf:
    """Lines that all of some queries match."""

    def __init__(self, *queries: Query) -> None:
        self._queries = queries

    @property
    def problem(self) -> str:
        """The first problem of any of them."""
        return next((query.problem for query in self._queries if query.problem), "")

    @property
    def look_behind(self) -> int:
        """As far as any of them."""
        return max(query.look_behind for query in self._queries)

    def lacking(self, block: bytes) -> bool:
        """See `Query`."""
        return any(query.lacking(block) for query in self._queries)

    def lines(self, block: bytes) -> list[int]:
        """See `Query`."""
        return sorted(set.intersection(*(set(query.lines(block)) for query in self._queries)))


def parse_filter(text: str, *, regex: bool = False, case: bool | None = None) -> TextQuery | None:
    """A filter as typed: words that a line must have, words after `!` that it must not; quotes keep words together.

    None for an empty filter. Raises ValueError with a text for the screen.
    """
    import shlex  # start-up cost: not needed before a filter is typed

    try:
        words = shlex.split(text) if not regex else text.split()
    except ValueError:  # a quote that is not closed is taken literally
        words = text.split()
    patterns = [(word.startswith("!") and len(word) > 1, word) for word in words]
    every = tuple(Pattern(word, regex=regex, case=case) for out, word in patterns if not out)
    none = tuple(Pattern(word[1:], regex=regex, case=case) for out, word in patterns if out)
    return TextQuery(every, none) if words else None
