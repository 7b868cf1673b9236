"""What a line of a log says, for the reader's eye: prefixes, metric values, levels, bars, paths, checkpoints. Pure.

Only lines that are drawn are read, and none that the program coloured itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from textual.cache import LRUCache

from autotrain_tui.logs.query import ErrorQuery, WarningQuery
from autotrain_tui.tui.log.viewport import DisplayLine

__all__ = ["LineColours", "LineKind", "LineReading", "Mark"]


class LineKind(Enum):
    """What kind of line it is."""

    PLAIN = "plain"
    ERROR = "error"
    WARNING = "warning"
    CHECKPOINT = "checkpoint"


class Mark(NamedTuple):
    """The colour token of text[start:end]."""

    start: int
    end: int
    token: str


class LineReading(NamedTuple):
    """What was read of one line."""

    kind: LineKind = LineKind.PLAIN
    marks: tuple[Mark, ...] = ()


_NOTHING = LineReading()

_RANK = r"(?:\[?(?:rank|Rank)[ ]?\d+\]?:?\s+)"
_TIME = r"[\[(]?(?:\d{4}[-/]\d\d[-/]\d\d[T ,])?\d\d?:\d\d:\d\d(?:[.,]\d+)?(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d)\b)?[\])]?"
_GLOG = r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ [\w./-]+:\d+\]"
_LEVEL = r"[\[(<]?\b(?:DEBUG|INFO|TRACE|NOTICE)\b(?:\|[\w./-]+(?::\d+)?|:[\w.]+(?=:))?[\])>]?:?"
_NAME = r"(?:\[[\w.:/-]{2,40}\]:?|\b[A-Za-z_]\w*(?:\.\w+)+:?(?=\s))"
_PREFIX = re.compile(
    rf"\s*{_RANK}?(?:{_GLOG}|{_TIME})[\s,:|-]*(?:(?:{_LEVEL}|{_NAME})[\s:|-]*){{0,3}}"
    rf"|\s*{_RANK}|\s*{_LEVEL}[\s:|-]*(?:{_NAME}[\s:|-]*)?"
)
_FINISHED = re.compile(r"100\s?%\s?[|\[▕]|\b(\d+)/\1 [\[|━=█]|━{8,} (\d+)/\2\b")
_BAR = re.compile(r"[█▉▊▋▌▍▎▏━╸#]{3,}|(?<=\[)[=#>.-]{6,}(?=\])")
_KINDS = r"pt|pth|ckpt|safetensors|bin|onnx|gguf|h5|hdf5|keras|npz|npy|pkl|joblib|json|jsonl|csv|txt|log|ya?ml|toml|py"
_PATH = re.compile(
    rf"(?<![\w/.:@-])(?:(?:~|\.{{1,2}})?/[\w.@+=-]+(?:/[\w.@+=-]*)*|(?:[\w.@+=-]+/)*[\w@+=-][\w.@+=-]*\.(?:{_KINDS}))(?![\w/])"
)
_CHECKPOINT = re.compile(
    r"\bsav(?:ed|ing)\b.*\b(?:checkpoint|model|weights|state)\b|\b(?:checkpoint|model|weights)\b.*\bsav(?:ed|ing)\b"
    r"|\b(?:wrote|writing)\b.*\bcheckpoint\b"
)
_NUMBER = re.compile(r"[\"']?\s*(?:[:=]\s*)?([-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?|nan|inf)(?![\w.]*\w)")
_JOINT = re.compile(r"[/.][A-Za-z_.]")
_BAR_SIGNS = frozenset("█▉▊▋▌▍▎▏━╸#=>")
_ERRORS, _WARNINGS = ErrorQuery(), WarningQuery()
_HINTS = re.compile("|".join(re.escape(hint.decode()) for hint in ErrorQuery.HINTS.texts))


class LineColours:
    """Reads lines, and keeps what it read of the last ones."""

    def __init__(self) -> None:
        self.active = True
        self._metrics: dict[str, str] = {}
        self._names: re.Pattern[str] | None = None
        self._kept: LRUCache[tuple[int, int], LineReading] = LRUCache(512)

    def know_metrics(self, colours: Mapping[str, str]) -> bool:
        """Take the colour token of each metric's curve, by the metric's name. Returns whether any is new."""
        known = dict(_forms(colours))
        if known == self._metrics:
            return False
        self._metrics = known
        names = sorted(known, key=len, reverse=True)
        words = "|".join(re.escape(name).replace("_", "[_ ]") for name in names)
        self._names = re.compile(rf"(?<![\w/.-])(?:{words})(?![\w/])") if names else None
        self._kept.clear()
        return True

    def forget(self) -> None:
        """The text is another."""
        self._kept.clear()

    def read(self, shown: DisplayLine) -> LineReading:
        """What a line says; nothing if the program coloured it itself, or colours are off."""
        if not self.active or shown.spans or not shown.text:
            return _NOTHING
        key = (shown.line.start, shown.line.end)
        if (reading := self._kept.get(key)) is None:
            reading = self._kept[key] = self._read(shown.text)
        return reading

    def _read(self, text: str) -> LineReading:
        """Each rule is tried only on lines that have a word of it: most have none."""
        small = text.lower()
        data = text.encode("utf-8", "replace")
        if _HINTS.search(text) and _ERRORS.lines(data):
            return LineReading(LineKind.ERROR, (Mark(0, len(text), "log-error"), *_prefix(text)))
        if "warn" in small and _WARNINGS.lines(data):
            return LineReading(LineKind.WARNING, (Mark(0, len(text), "log-warning"), *_prefix(text)))
        bar = _BAR.search(text) if _BAR_SIGNS & set(text) else None
        if bar is not None and _FINISHED.search(text):
            return LineReading(LineKind.PLAIN, (Mark(0, len(text), "log-done"),))
        kind, paths = LineKind.PLAIN, "log-path"
        if ("sav" in small or "writ" in small or "wrote" in small) and _CHECKPOINT.search(small):
            kind, paths = LineKind.CHECKPOINT, "log-checkpoint"
        marks = [*_prefix(text)]
        begin = marks[0].end if marks else 0
        if bar is not None:
            marks.append(Mark(*bar.span(), "log-bar"))
        if "/" in text or "." in text:
            marks += [Mark(*match.span(), paths) for match in _paths(text, begin)]
        return LineReading(kind, tuple(sorted((*marks, *self._metric_values(text, small)))))

    def _metric_values(self, text: str, small: str) -> Iterator[Mark]:
        """The numbers after the names of metrics."""
        for match in self._names.finditer(small) if self._names is not None else ():
            token = self._metrics.get(match[0].replace(" ", "_"))
            value = _NUMBER.match(text, match.end())
            if token is not None and value is not None:
                yield Mark(*value.span(1), token)


def _paths(text: str, begin: int) -> Iterator[re.Match[str]]:
    """Words that are paths; only words with a stroke or a dot before a letter are looked at closely."""
    at = begin
    for joint in _JOINT.finditer(text, begin):
        if joint.start() < at:
            continue
        start = max(at, text.rfind(" ", 0, joint.start()) + 1)
        end = text.find(" ", joint.end())
        at = end if end >= 0 else len(text)
        if (match := _PATH.search(text, start, at)) is not None:
            yield match


def _prefix(text: str) -> Sequence[Mark]:
    """The time, the level and the logger's name before a message."""
    match = _PREFIX.match(text)
    return (Mark(0, match.end(), "log-prefix"),) if match is not None and match.end() else ()


def _forms(colours: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """How a metric may be printed: by its name; by the last part of it, if no other metric has that name."""
    for name, token in reversed(list(colours.items())):
        leaf = re.sub(r"^(?:train|valid|validation|val|test|eval)[_/]", "", name.rsplit("/", 1)[-1])
        yield leaf.lower(), token
    for name, token in colours.items():
        yield name.lower(), token
