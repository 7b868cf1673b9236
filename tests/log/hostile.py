"""Bytes that attack a terminal or a log view, one family each."""

from __future__ import annotations

import unicodedata

FAMILIES: dict[str, bytes] = {
    "clear": b"\x1b[2J\x1b[H\x1b[3J",
    "title": b"\x1b]0;owned\x07\x1b]2;owned\x1b\\",
    "clipboard": b"\x1b]52;c;b3duZWQ=\x07",
    "hyperlink": b"\x1b]8;;file:///etc/passwd\x1b\\click\x1b]8;;\x1b\\",
    "query": b"\x1b[c\x1b[>c\x1b[6n\x1b[5n\x1b]11;?\x07\x1bP$qm\x1b\\\x05",
    "modes": b"\x1b[?1049h\x1b[?1000h\x1b[?25l\x1b[?2004l\x1bc\x1b=\x1b>\x1b[!p\x1b[>4;2m",
    "moves": b"\x1b[10A\x1b[5;5H\x1b7\x1b8\x1bM\x1bD\x1b[s\x1b[u\x1b[1;2r",
    "sixel": b"\x1bPq#0;2;0;0;0#0~~@@vv\x1b\\",
    "kitty": b"\x1b_Gf=24,s=10,v=20;AAAA\x1b\\",
    "strings": b"\x1bXsos\x1b\\\x1b^pm\x1b\\\x1bktitle\x1b\\",
    "unfinished": b"\x1b]0;never ends \x1bPneither \x1b[",
    "c1": "\x9b31m\x9d0;t\x07\x90q\x9c\x84\x85\x8d".encode(),
    "raw c1": bytes(range(0x80, 0xA0)),
    "c0": bytes(b for b in range(0x20) if b != 0x0A) + b"\x7f",
    "charsets": b"\x1b(0lqqk\x0e\x0f\x1b%G\x1b#8",
    "bidi": "user\u202e\u2066// admin\u2069\u202c\u061c\u200f".encode(),
    "zero width": "pa\u200bss\u200cwo\u200drd\ufeff\u2060\u00ad\U000e0041\ufe0f".encode(),
    "marks": ("a" + "\u0301" * 5000 + "\u0489" * 900).encode(),
    "separators": "a\u2028b\u2029c\u0085d\u3000e".encode(),
    "invalid": b"\xc3\x28\xff\xfe\xed\xa0\x80\xf5\x80\x80\x80\xc0\xaf",
    "markup": b"[@click=app.quit]x[/] [link=file:///]y[/link] [/nothing] [b",
    "colours": b"\x1b[1;31mred\x1b[0m \x1b[38;5;208m\x1b[48;2;1;2;3mtrue\x1b[m \x1b[999;38;9m\x1b[38:2::1:2:3mx",
}
EVERYTHING = b"\n".join(FAMILIES.values())


def faults(text: str) -> list[str]:
    """What in a text should never reach a terminal, by name (newlines apart)."""
    return [
        f"U+{ord(character):04X}"
        for character in text
        if character != "\n" and (not character.isprintable() or unicodedata.category(character)[0] == "C")
    ]
