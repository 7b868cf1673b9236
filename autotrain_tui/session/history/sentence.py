"""One sentence about a session, for watchers without a screen."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Level", "Sentence"]

Level = Literal["plain", "good", "warning", "error"]


class Sentence(msgspec.Struct, frozen=True):
    """One sentence about a session or, with `stage`, about that stage; `lines` are of its log."""

    text: str
    stage: str = ""
    level: Level = "plain"
    lines: tuple[str, ...] = ()
