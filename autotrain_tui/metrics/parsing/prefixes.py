"""What loggers and launchers print before a message: time, level, logger's name, rank."""

from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern

__all__ = ["message_start"]

_LEVEL = r"(?:DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SUCCESS|TRACE|NOTICE)"
_TIME = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[AP]M\b)?"
_DAY = r"\d{4}[-/.]\d\d[-/.]\d\d"
_SHORT_DAY = r"\d\d[-/.]\d\d(?:[-/.]\d{2,4})?"  # may be a count, so that a time must follow
_STAMP = rf"(?:{_DAY}(?:[T ,_]+{_TIME})?|{_SHORT_DAY}[T ,_]+{_TIME})"
_ZONE = r"(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d))?"
_PARTS = [
    # torchrun --tee, its error lines, accelerate's and ray's process names, srun --label
    r"\[(?:default|rank|Rank|RANK|gpu|GPU|node|proc(?:ess)?)[ _:=-]?\d+(?:[/,: ]+(?:rank|local)?[ _:=]?\d+)*\]:?",
    r"\((?:\w+ )?pid=\d+(?:, ip=[\d.]+)?\)",
    r"(?:[Rr]ank|RANK)[ _]?\d+(?:/\d+)?\s?[:|\]]",
    r"\d{1,5}:(?= [\[A-Za-z])(?= \[?(?:epoch|step|iter|loss|train|val|\d{4}-))",
    # absl: I1122 15:59:05.202395 140 logging_writer.py:48]; before it is set up I0000 00:00:1795926120.037930
    r"[DIWEF]\d{4} \d\d:\d\d:\d{2,10}(?:\.\d+)?\s+\d+ [\w.\-/]+:\d+\]",
    # a time, bare, in brackets, with a logger's name in the brackets (detectron2), or one letter for the level
    rf"\[{_STAMP}{_ZONE}(?:[ ,][A-Za-z_][\w.]*)*\]:?(?=[\s\-|\[<(:{{]|$)",
    rf"[a-z]\w*(?:\.\w+)* {_LEVEL}:(?=\s)",  # PaddleOCR: a logger's name before the level's
    # optuna: the level's letter first; flaml: the logger's name first, then the line in its source
    rf"\[(?:[DIWEFC]|[A-Za-z_][\w.]*:) {_STAMP}{_ZONE}\]:?(?=[\s\-|\[<(:{{]|$)",
    r"\{\d{1,6}\}(?=\s)",
    rf"\[?{_STAMP}{_ZONE}\]?:?(?:\s[DIWEF](?=\s))?(?=[\s\-|\[<(:]|$)",
    rf"\[?{_TIME}{_ZONE}\]?:?(?:\s[DIWEF](?=\s))?(?=[\s\-|\[<]|$)",
    # hydra: a logger's name in brackets before the level's
    rf"\[\w+\](?=\s?\[{_LEVEL}\])",
    # a level, with a logger's name or a place in the source after it
    rf"\[?\s?{_LEVEL}\s*\]?(?=[\s:|\-\]<(]|$)(?::[\w.]+:(?=\S)|:)?",
    rf"\[(?:{_LEVEL}|debug|info|warning|error|critical)\s*\]",
    rf"<(?:{_LEVEL})>",
    r"\[?[A-Za-z_][\w.]*:[\w.<>]+:\d+\]?(?=\s*[-|\]:])",
    r"[\w./-]+\.(?:py|cc|cpp|cu):\d+\]?(?=[\s:\-])",
    r"\[?(?:__main__|root|[a-z_]\w*(?:\.\w+)+|mmengine|mmdet|mmseg|mmcls|lightning|tensorflow)\]?(?=\s*(?:-\s|\||\]:))",
    r"(?:train|trainer|main)(?=\s*-\s)",
    r"\[(?:__main__|root|[a-z_]\w*(?:\.\w+)+)\]",
]
_PART = lazy_pattern(rf"[ \t]*(?:{'|'.join(_PARTS)})[ \t]*(?:[-|:>]+(?=\s))?[ \t]*", re.ASCII)
# The common case: nothing that looks like a prefix.
_MAYBE = lazy_pattern(r"\s*(?:[\d\[(<|]|[DIWEF]\d{4} |[A-Z]{4,}|\w+(?:\.\w+)+|[Rr]ank|root|train|main)", re.ASCII)


def message_start(text: str) -> int:
    """Where the message begins after what a logger put before it."""
    if _MAYBE.match(text) is None:
        return 0
    at = 0
    for _ in range(8):
        match = _PART.match(text, at)
        if match is None or match.end() == at:
            break
        at = match.end()
    return at
