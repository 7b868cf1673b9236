"""From the bytes that a stage wrote to printable text with parsed attributes, safe for a terminal.

Every character that leaves is printable (`str.isprintable`). Escape sequences are parsed and never passed on: SGR turns
into `SgrStyle` spans, moves within a line (CR, BS, and CSI C, D, G, K) act on the line as a terminal would, everything
else (hyperlinks, titles, clipboard, queries, graphics, moves between lines, C1 controls, bidi, zero-width and format
characters, marks piled on one another) is dropped. Invalid UTF-8 becomes U+FFFD. A line that is redrawn over and over,
as progress bars do, comes out as its last state.

Nothing here imports textual; rich is imported only to measure text that is not ASCII.
"""

from __future__ import annotations

import codecs
import re
from itertools import groupby
from typing import NamedTuple

from autotrain_tui.text.ansi import PLAIN, SgrStyle, apply_sgr, encode_sgr
from autotrain_tui.text.printable import printable

__all__ = ["LINE_LIMIT", "Span", "Styled", "TerminalText", "for_terminal", "size_text", "styled"]

LINE_LIMIT = 16 * 1024
"""Bytes of a line that are shown; what is longer is cut, and says so."""

_TAB = 8
# Introducers come as ESC + letter and, in UTF-8 terminals, as a C1 control too. The text of a control string stops at
# any other control: an unfinished one swallows nothing, and no input makes the search quadratic.
_STRING = r"[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)"
_CONTROL = re.compile(
    rf"(?:\x1b\[|\x9b)(?P<parameters>[0-?]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    rf"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f]){_STRING}"
    r"|\x1b[ -/]*[0-~]"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])"
)


class Span(NamedTuple):
    """Attributes of text[start:end], in characters."""

    start: int
    end: int
    style: SgrStyle


class Styled(NamedTuple):
    """A line as it may be shown: printable text, and the runs of it that are not in the default attributes."""

    text: str
    spans: tuple[Span, ...] = ()


def styled(data: bytes | str, *, size: int | None = None) -> Styled:
    """One line, without its newline, as printable text with its attributes.

    `size` is the line's true length in bytes where `data` is only its head. What goes over LINE_LIMIT is cut, with a
    note of the line's size; a bar that redraws itself keeps its last state instead of its first.
    """
    size = len(data) if size is None else size
    if len(data) > LINE_LIMIT:
        data, size = _shorten(data, size)
    text = _decode(data, whole=size <= len(data)) if isinstance(data, bytes) else data
    line = Styled(text) if text.isascii() and text.isprintable() else _draw(text)
    return Styled(f"{line.text}… {size_text(size)} line cut", line.spans) if size > len(data) else line


def for_terminal(data: bytes, colour: bool) -> str:
    """`data` as safe text for a terminal, newlines kept; with our own SGR sequences if `colour`."""
    terminal_text = TerminalText(colour)
    return terminal_text.feed(data) + terminal_text.flush()


class TerminalText:
    """`for_terminal` for bytes that arrive in pieces: the pieces make no difference to what comes out.

    Lines come out when they are complete; at most a few LINE_LIMIT of an unfinished one are held.
    """

    def __init__(self, colour: bool) -> None:
        self._colour = colour
        self._held = bytearray()
        self._size = 0

    def feed(self, data: bytes) -> str:
        """The complete lines that `data` brings, each with its newline; "" while a line is unfinished."""
        *complete, rest = data.split(b"\n")
        out = []
        for line in complete:
            self._hold(line)
            out.append(self._show() + "\n")
        self._hold(rest)
        return "".join(out)

    def flush(self) -> str:
        """The unfinished line held so far, without a newline; it starts anew after this."""
        return self._show() if self._size else ""

    def _hold(self, piece: bytes) -> None:
        """Take a piece of the line, keeping what `styled` would look at: its head, and the tail where it may redraw."""
        self._size += len(piece)
        self._held += piece
        if len(self._held) > 4 * LINE_LIMIT:
            del self._held[LINE_LIMIT + 1 : -LINE_LIMIT]

    def _show(self) -> str:
        held, size = bytes(self._held), self._size
        self._held.clear()
        self._size = 0
        line = styled(held, size=size)
        if not self._colour or not line.spans:
            return line.text
        out, at = [], 0
        for start, end, style in line.spans:
            out += [line.text[at:start], encode_sgr(style), line.text[start:end], "\x1b[0m"]
            at = end
        return "".join([*out, line.text[at:]])


def size_text(size: int) -> str:
    """A number of bytes for people: `512 B`, `1.0 GiB`."""
    value, units = float(size), iter(("B", "KiB", "MiB", "GiB", "TiB"))
    unit = next(units)
    while value >= 1023.95 and unit != "TiB":
        value, unit = value / 1024, next(units)
    return f"{size} B" if unit == "B" else f"{value:.1f} {unit}"


def _shorten(data: bytes | str, size: int) -> tuple[bytes | str, int]:
    """The part of a long line to show, and the size to name: the line's, or the part's own when nothing is missed."""
    if isinstance(data, str):
        return data[:LINE_LIMIT], size
    tail = data[-LINE_LIMIT:]
    redraw = tail.find(b"\r")
    if 0 <= redraw < len(tail.rstrip(b"\r\n")):
        last = tail[redraw:]
        return last, len(last)
    head = data[:LINE_LIMIT]
    if not head.strip(b"\0"):  # the hole that a writer leaves who goes on after its file was truncated
        head = tail.lstrip(b"\0")
    return head, size


def _decode(data: bytes, *, whole: bool) -> str:
    """UTF-8, U+FFFD for what is not; where a part is not the whole line, a character cut at its end is left out."""
    return codecs.utf_8_decode(data, "replace", whole)[0]


def _draw(text: str) -> Styled:
    """Interpret the line as a terminal would, without passing on any control."""
    row = _LineBuffer()
    at = 0
    for match in _CONTROL.finditer(text):
        row.write(printable(text[at : match.start()]))
        at = match.end()
        if (control := match["control"]) is not None:
            row.control(control)
        elif (final := match["final"]) is not None and not match["middle"]:
            row.sequence(final, match["parameters"])
    row.write(printable(text[at:]))
    return row.styled()


class _LineBuffer:
    """A line under construction: characters, their attributes, and where the next one goes (in characters)."""

    def __init__(self) -> None:
        self._characters: list[str] = []
        self._styles: list[SgrStyle] = []
        self._style = PLAIN
        self._cursor = 0
        self._narrow = True
        self._redraw = False
        """A CR was met: what is written next begins the line anew. (A terminal would leave the longer old text's rest
        behind; the last state alone is what a reader of a log wants.)"""

    def write(self, text: str) -> None:
        if not text:
            return
        if self._redraw:
            self._erase(0)
            self._redraw = False
        self._pad()
        self._narrow = self._narrow and text.isascii()
        end = self._cursor + len(text)
        self._characters[self._cursor : end] = text
        self._styles[self._cursor : end] = [self._style] * len(text)
        self._cursor = end

    def control(self, control: str) -> None:
        if control == "\r":
            self._cursor, self._redraw = 0, True
        elif control == "\b":
            self._cursor = max(0, self._cursor - 1)
        elif control == "\t":
            self.write(" " * (_TAB - self._column() % _TAB))
        elif control in "\n\v\f":
            self.write(" ")

    def sequence(self, final: str, parameters: str) -> None:
        if parameters[:1] in ("<", "=", ">", "?"):  # private use: `ESC [ > 4 m` sets keyboard modes, no attributes
            return
        if final == "m":
            self._style = apply_sgr(self._style, parameters)
            return
        number = int(parameters) if parameters.isdigit() and len(parameters) < 6 else 0
        if final == "K":
            self._erase_line(number)
        elif final in "CDG":
            places = {"C": self._cursor + max(1, number), "D": self._cursor - max(1, number), "G": number - 1}
            self._cursor = min(max(0, places[final]), LINE_LIMIT)
            self._redraw = False

    def styled(self) -> Styled:
        spans, at = [], 0
        for style, run in groupby(self._styles):
            end = at + sum(1 for _ in run)
            if style != PLAIN:
                spans.append(Span(at, end, style))
            at = end
        return Styled("".join(self._characters), tuple(spans))

    def _column(self) -> int:
        """The cell of the cursor: the characters before it, counted anew only where some of them may be wide."""
        if self._narrow:
            return self._cursor
        return _cells("".join(self._characters[: self._cursor]))

    def _erase_line(self, part: int) -> None:
        if part == 0:
            self._erase(self._cursor)
        elif part == 1:
            end = min(self._cursor + 1, len(self._characters))
            self._characters[:end], self._styles[:end] = " " * end, [PLAIN] * end
        elif part == 2:
            self._erase(0)

    def _erase(self, start: int) -> None:
        del self._characters[start:], self._styles[start:]

    def _pad(self) -> None:
        missing = self._cursor - len(self._characters)
        if missing > 0:
            self._characters += " " * missing
            self._styles += [PLAIN] * missing


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # only for text that is not ASCII: rich costs the start-up of plain commands

    return cell_len(text)
