r"""JSON documents on stdout: in a pipe as they are, on a terminal without a character that it would obey.

JSON escapes C0 controls only. C1 controls, DEL and bidirectional marks in a name or a note would reach the terminal;
there they are written as `\uXXXX`, which is the same document (RFC 8259, section 7).
"""

from __future__ import annotations

import sys

__all__ = ["print_json", "safe_json", "write_json"]


def print_json(document: object) -> None:
    """Print a document in one line."""
    import json  # `ls` has its text already and starts 3 ms sooner without it

    write_json(json.dumps(document, ensure_ascii=False) + "\n")


def write_json(text: str | bytes) -> None:
    """Write JSON text that ends with a newline, at once."""
    if isinstance(text, bytes) and not sys.stdout.isatty():
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        return
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    sys.stdout.write(safe_json(words) if sys.stdout.isatty() else words)
    sys.stdout.flush()


def safe_json(text: str) -> str:
    """The same JSON with every character that is not printable escaped; line ends between tokens stay."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(sign if sign == "\n" or sign.isprintable() else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    code = ord(sign)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
