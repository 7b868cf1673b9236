"""A block of a log as the text that lines are read from, and the shapes of its lines.

A redraw ends a line as a newline does; colours are taken out; another sequence moves the cursor or clears, so that what
follows it is not the same line.
"""

from __future__ import annotations

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern

__all__ = ["END_OF_LINE", "clean_block", "shapes_of", "without_drawings"]

END_OF_LINE = lazy_pattern(rb"[\n\r\x08\x0b\x0c]")
# A digit becomes NUL, and NUL something else, so that two lines of one shape differ in digits only.
_SHAPE = bytes(0 if byte in b"0123456789" else (2 if byte == 0 else byte) for byte in range(256))
# Keras goes back over a bar with a backspace for each of its characters.
_BACKSPACES = lazy_pattern(rb"\x08\x08+")
# A terminal makes two of a program's CR LF.
_RETURNS = lazy_pattern(rb"\r(?:\r+\n?|\n)")
_COLOUR = lazy_pattern(rb"\x1b(?:\[[0-9;:]*m|\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)?|[()][0-9A-Za-z])")
_MOVE = lazy_pattern(rb"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]?|.?)")
# tqdm's: filled by blocks and eighths of one, or by `#` and a digit; a count follows
_DRAWING = lazy_pattern(rb"%\|[\xe2\x96\x80-\x8f#]*+\d? *+\|(?= *\d[\d.]*+[kKMGTP]?/)")


def clean_block(block: bytes) -> bytes:
    """The text with newlines as its only ends of lines, without colours and cursor movements."""
    # a search for one byte costs next to nothing, one for two as much as a pass over the text: so each waits for one
    if b"\r" in block:
        # one end, or each line would stand alone between blank ones; quicker than `replace`, which counts first
        block = b"\n".join(block.split(b"\r\n"))
        if b"\r" in block:
            block = _RETURNS.sub(b"\n", block).replace(b"\r", b"\n")
    if b"\b" in block:
        if b"\b\b" in block:
            block = _BACKSPACES.sub(b"\b", block)
        block = block.replace(b"\b", b"\n")
    if b"\x0b" in block or b"\x0c" in block:
        block = block.replace(b"\x0b", b"\n").replace(b"\x0c", b"\n")
    if b"\x1b" in block:
        block = _COLOUR.sub(b"", block)
        if b"\x1b" in block:
            block = _MOVE.sub(b"\n", block)
    return block


def without_drawings(block: bytes) -> bytes:
    """The text with its bars drawn empty: the redraws of one bar are lines of one shape."""
    return _DRAWING.sub(b"%||", block) if b"|" in block else block


def shapes_of(block: bytes) -> list[bytes]:
    """The shapes of a clean block's lines: their text without which digits stand in it."""
    return block.translate(_SHAPE).split(b"\n")
