"""The label before a number: the words that may name it.

Text holds one byte a character (latin-1), so that offsets are bytes.
"""

# ruff: noqa: SIM905  word lists are easier to read and to grow as text
from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.metric_names import axis_of, is_plain_metric_phrase, words_of

__all__ = ["STOP", "NumberLabel", "label_of"]

_LABEL_WORD = lazy_pattern(r"[A-Za-z_][\w@./'%()^\-]*", re.ASCII)
_IN_BRACKETS = lazy_pattern(r"\([A-Za-z][\w%/.^-]{0,24}\)", re.ASCII)
_WRAPPER = lazy_pattern(r"(?:tensor|(?:j?np|numpy)\.float\d+|(?:Device)?[Aa]rray|tf\.Tensor)$", re.ASCII)
STOP = frozenset(
    """with is of the a an at to from and for on in after got has was by per than until since now not no as its this
    that when if while then reached finished done saved saving loaded loading found using completed starting
    evaluated""".split()
)
_AVERAGES = frozenset("micro macro weighted samples".split())  # `f1-score (micro avg)`
_ABBREVIATIONS = frozenset("neg std var dev max min cum tot rel abs est norm num prev pred".split())
_DELIMITERS = ',;|\t{}[]<>=:"*\xa2'  # \xa2 ends the UTF-8 of a bullet
_NO_DELIMITERS = "".join(sign for sign in map(chr, range(256)) if sign not in _DELIMITERS)
_MAX_WORDS = 5
_MOST_PRINTED = _MAX_WORDS + 2  # words that are looked at: with an `of`, and the one before


class NumberLabel(msgspec.Struct, gc=False):
    """The text before a number: words that may name it, the separator, and how far it stands off."""

    words: list[str]
    begin: int
    end: int
    separator: str
    spaced: bool
    distance: int


def label_of(gap: str, low: int, *, cut: bool) -> NumberLabel | None:
    """The label at the end of the text before a number, the caller's own; `cut`: the text began earlier."""
    label = _find_label(gap, low, cut)
    if label is None:
        return None
    return NumberLabel([*label.words], label.begin, label.end, label.separator, label.spaced, label.distance)


@lru_cache(maxsize=64)  # a line that may be learned is looked at twice
def _find_label(gap: str, low: int, cut: bool) -> NumberLabel | None:
    end = len(gap.rstrip(" \t"))
    distance = len(gap) - end
    while end and gap[end - 1] in "([{'\"#":
        inner = len(gap[: end - 1].rstrip())
        wrapper = _WRAPPER.search(gap, max(0, inner - 16), inner) if gap[end - 1] == "(" else None
        end = wrapper.start() if wrapper else inner
        end = len(gap[:end].rstrip(" \t"))
    separator = gap[end - 1] if end and gap[end - 1] in "=:" else ""
    spaced = False
    if separator:
        inner = len(gap[: end - 1].rstrip(" \t"))
        spaced, end = inner < end - 1, inner
    begin = len(gap[:end].rstrip(_NO_DELIMITERS))
    for wide in ("   ", " - "):
        at = gap.rfind(wide, begin, end)
        begin = at + 3 if at >= 0 else begin
    words, begin = _label_words(gap, begin, end, cut=cut)
    if not words:
        return NumberLabel([], low, low, separator, spaced, distance) if separator else None
    return NumberLabel(words, low + begin, low + end, separator, spaced, distance)


def _ends_sentence(word: str, *, first: bool) -> bool:
    """Whether a word with a full stop ends a sentence before the label; `Avg. loss`, `Neg. LLF`, `Iter. 3` do not."""
    if word[:-1].lower() in _ABBREVIATIONS:
        return False
    return not (first and axis_of(word[:-1]) is not None) and not is_plain_metric_phrase(words_of(word))


def _label_words(gap: str, begin: int, end: int, *, cut: bool) -> tuple[list[str], int]:
    """The words at the end of gap[begin:end] that can be a label, and where they begin."""
    words: list[str] = []
    start = end
    of = 0  # where an `of` before the words stands; -1 once it is among them
    at = end
    for printed in reversed(gap[begin:end].rsplit(None, _MOST_PRINTED)):
        at = gap.rfind(printed, begin, at)
        opened = printed[0] == "(" and ")" not in printed
        word = printed[1:] if opened else printed
        at += opened
        if word == "of" and words and not of:
            of = at  # `Std of Reward`: whose figure it is goes with it
            continue
        if not words and _IN_BRACKETS.fullmatch(word):
            words.append(word)  # `training loss (MAE): 1.7`: of what, or in what
            continue
        if len(words) == _MAX_WORDS or word.lower() in STOP or (cut and at == 0) or not _LABEL_WORD.fullmatch(word):
            break
        if of > 0:
            words.append("of")
            of = -1
        if word[-1] == "." and _ends_sentence(word, first=not words):
            break
        words.append(word)
        start = at
        if opened and not (words[0][-1] == ")" and word.lower() in _AVERAGES):
            break
    if words and words[-1][0] == "(" and words == words[:1]:
        return [], end
    words.reverse()
    return words, start
