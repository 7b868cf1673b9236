"""What the lines above say about a line: whether it is a report at all, and of which part of the data."""

from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.metric_names import LabelKind, is_split_word, kind_of
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["among_settings", "block_of"]

_SOURCE = lazy_pattern(rb'^\s*File "[^"]*", line \d+|\.py:\d+: \w*Warning')

_HEADING = lazy_pattern(rb"^\s*(?:- )?\W{0,8}(?P<first>[A-Za-z0-9_]+)[\w .-]{0,60}\W{0,8}(?:[:=]\s*[{(]?|[{(])\s*$")
_REPORT = lazy_pattern(
    rb"result|metric|eval|test|valid|score|perform|final|report|epoch|step|train|summary", re.IGNORECASE
)
_MAX_LINE = 120  # bytes of a heading or a setting
_MAX_DUMP = 12  # lines of settings, a name each, that are looked back over
_MAX_BLOCK = 24  # lines of a block that are looked back over for its heading
_KEY_VALUE = lazy_pattern(rb"^[\s*|+>#-]*+(?P<key>[A-Za-z_][\w ./-]{0,60}?)[\s.]*[:=|.]\s*\S", re.ASCII)
_SETTINGS = lazy_pattern(
    rb"^\W*+(?:[\w-]+\s){0,2}(?:config\w*|hyper-?param\w*|args|arguments|options|settings?|hparams|flags)\W*$",
    re.IGNORECASE,
)


def block_of(line: bytes, state: State, *, alone: bool) -> tuple[bool, str]:
    """Whether an indented line is no report, and the part of the data its block is about.

    It is none below a traceback's or a warning's place in the source, and, where it says no step or epoch (`alone`), in
    a dump of settings: a block under a heading of its own (`loss:`). Under `Results:` the same block is a report.
    """
    depth = _indent(line)
    for i, above in enumerate(state.before(_MAX_BLOCK if alone else 1)):
        if i == 0 and _SOURCE.search(above):
            return True, ""
        if _indent(above) < depth:
            heading = _HEADING.match(above) if alone else None
            if heading is None:
                return False, ""
            first = heading["first"].decode("ascii")
            return _REPORT.search(above) is None or first.lower() == "best", first if is_split_word(first) else ""
    return False, ""


def among_settings(name: bytes, state: State, *, ambiguous: bool) -> bool:
    """Whether the lines right above are `name: value` each, other names, under a heading of settings.

    For an `ambiguous` name it is enough that one of those lines names a setting.
    """
    for above in state.before(_MAX_DUMP, blanks=True):
        if not above:
            return False
        pair = _KEY_VALUE.match(above) if len(above) < _MAX_LINE else None
        if pair is not None:
            if pair["key"] == name:
                return False  # settings are told once
            if ambiguous and kind_of(pair["key"].decode("latin-1")) is LabelKind.SETTING:
                return True
        elif re.search(rb"\w", above):
            return len(above) < _MAX_LINE and _SETTINGS.match(above) is not None
    return False


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))
