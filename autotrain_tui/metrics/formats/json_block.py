"""An object over several lines: `json.dumps(metrics, indent=2)`, Python's `pprint`, JavaScript's `console.log`.

    {                           {'epoch': 3,                {
      "epoch": 3,                'train': {'acc': 0.9},       epoch: 3,
      "val_loss": 0.31           'val_loss': 0.31}            'val-loss': 0.31
    }                                                       }

The line that closes the outermost braces reads the object as if it stood on one line, so that a step that is named last
holds for the values above it. A row by itself is no report.
"""

from __future__ import annotations

from collections.abc import Callable

from autotrain_tui.metrics.formats.records import MAX_RECORD
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Nothing
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["BareRow", "ObjectEnd", "closes", "find", "is_bare_row"]

_QUOTED = lazy_pattern(r"""^\s*+\{?+\s*+(?:"[^"\\]{1,120}"|'[^'\\]{1,120}'): *+\S""")
_BARE = lazy_pattern(rf"^\s++[A-Za-z_$][\w$]{{0,80}}: (?:{NUMBER},?|\{{.*\}},?)\s*$")
_ABOVE_ROW = lazy_pattern(rb"""(?:\{|^\s*+(?:[\w$]++|"[^"]*+"|'[^']*+'): .*,)\s*$""")
_INNER = lazy_pattern(rb"""^\s*+(?:[\w$]++|"[^"]*+"|'[^']*+'): *+\{""")
_WITHIN = (b"},", b"],", b"[")
_OPENS = lazy_pattern(r"""\{\s*(?:"[^"\\{}]{1,120}"|'[^'\\{}]{1,120}'): *[^\s{}][^{}]{0,200},$""")
_MAX_ROWS = 500
_DEEPEST = 16  # braces; else a log of closing braces would be looked through again at each of them
_MAX_SHAPES = 16
_SHAPE = bytes(0 if byte in b"0123456789" else byte for byte in range(256))


class BareRow:
    """A row with a bare key: part of an object if a row or an opening brace is above it, else a line as any other."""

    __slots__ = ("alone",)

    def __init__(self, alone: Layout) -> None:
        self.alone = alone

    def read(self, line: bytes, state: State) -> None:
        """Read the line unless it is a row."""
        if not _ABOVE_ROW.search(state.nearest()):
            self.alone.read(line, state)


class ObjectEnd:
    """The line that closes an object; `find_record` finds how the object is read as one line."""

    __slots__ = ("_find_record", "_layouts")

    def __init__(self, find_record: Callable[[str], Layout]) -> None:
        self._find_record = find_record
        self._layouts: dict[bytes, Layout] = {}

    def read(self, line: bytes, state: State) -> None:
        """Read the object that this line ends, if it is the outermost."""
        record = _as_one_line(line, state)
        if record is None:
            return
        shape = record.translate(_SHAPE)
        layout = self._layouts.get(shape)
        if layout is None:
            if len(self._layouts) >= _MAX_SHAPES:
                self._layouts.clear()
            layout = self._layouts[shape] = self._find_record(record.decode("latin-1"))
        layout.read(record, state)


def _as_one_line(line: bytes, state: State) -> bytes | None:
    """The object that ends here, and the heading above its braces; None if it is within another, or too long."""
    rows = state.before(_MAX_ROWS)
    parts = [line.strip().rstrip(b",")]
    depth, size = line.count(b"}") - line.count(b"{"), len(line)
    for above in rows:
        depth += above.count(b"}") - above.count(b"{")
        size += len(above)
        if not 0 <= depth <= _DEEPEST or size > MAX_RECORD:
            return None
        parts.append(above.strip())
        if not depth:
            break
    else:
        return None
    opening, heading = parts[-1], next(rows, b"").strip()
    if _INNER.match(opening) and (_ABOVE_ROW.search(heading) or heading.endswith(_WITHIN)):
        return None
    if opening == b"{" and heading.endswith((b":", b"=")):
        parts.append(heading)
    return b" ".join(reversed(parts))


def closes(text: str) -> bool:
    """Whether the line ends an object that began above it."""
    return "}" in text and text.rstrip().endswith(("}", "},")) and text.count("}") > text.count("{")


def is_bare_row(text: str) -> bool:
    """Whether the line may be a row without quotes."""
    return text[:1] in " \t" and ": " in text and _BARE.match(text) is not None


def find(text: str, start: int) -> Layout | None:
    """The layout of a row with a quoted key, which is read with its object; so is one that opens the object."""
    if text.endswith(",") and text.count("{") > text.count("}") and _OPENS.search(text, start):
        return Nothing()  # `INFO:tensorflow:{'Loss/total_loss': 0.5,`
    if start or text[:1] not in {" ", "\t", "{"} or ":" not in text or not _QUOTED.match(text):
        return None
    return None if text.count("{") == text.count("}") > 0 and text.lstrip()[0] == "{" else Nothing()
