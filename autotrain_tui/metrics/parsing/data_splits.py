"""Which part of the data a line's bare names belong to, told by the names beside them.

train Loss: 0.57 Acc: 0.70                               the word before the first name goes for the others too
Train Loss: 0.5 Acc: 0.9 | Val Loss: 0.4 Acc: 0.8        a name printed twice belongs to the part named last
loss[ctc=0.5, att=0.4], tot_loss[ctc=0.6, att=0.5] or to the brackets that they stand in
Accuracy on the test set: 0.97                           the part stands behind the name
"""

from __future__ import annotations

import re
from collections import Counter

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Pair, Span
from autotrain_tui.metrics.parsing.metric_names import (
    LabelKind,
    is_eval_word,
    is_plain_metric_phrase,
    is_split_word,
    kind_of,
    words_of,
)

__all__ = ["LabelledNumber", "accuracy_on_images", "metric_on_split", "share_split"]

_ON = lazy_pattern(
    r"(?:^|[\s,;|])(?P<label>[A-Za-z][\w-]*(?: [A-Za-z][\w-]*)?) (?:on|for|over) (?:the )?(?P<split>[A-Za-z]+)"
    r"(?:ing)?(?:[ -](?:set|data|dataset|split))?\s*[:=]\s*$",
    re.ASCII,
)

_ON_IMAGES = lazy_pattern(
    r"(?P<label>(?:[A-Za-z]+ )?accuracy) of the (?:network|model) on the (?:\d+ )?(?P<split>[A-Za-z]+) images"
    r"\s?[:=]\s*$",
    re.ASCII | re.IGNORECASE,
)
_GROUP = lazy_pattern(r"(?P<name>[A-Za-z_]\w{0,40})\[[^\[\]]{0,200}$")
_WORD = lazy_pattern(r"[A-Za-z]+")


class LabelledNumber(msgspec.Struct, gc=False):
    """A metric's label and number."""

    kind: LabelKind
    pair: Pair
    sure: bool  # it needs no step or epoch on the line to be believed


def metric_on_split(text: str, low: int, value: Span) -> LabelledNumber | None:
    """`Accuracy on the test set: 0.97`: the name stands before the part of the data."""
    before = text[low : value[0]]
    if " on " not in before and " for " not in before and " over " not in before:
        return None
    match = _ON.search(text, low, value[0])
    if match is None or not is_split_word(match["split"]) or kind_of(match["label"]) is not LabelKind.METRIC:
        return None
    plain = is_plain_metric_phrase(words_of(match["label"]))
    return LabelledNumber(LabelKind.METRIC, Pair(match.span("label"), value, match["split"] + "_"), plain)


def accuracy_on_images(text: str, low: int, value: Span) -> LabelledNumber | None:
    """`Accuracy of the network on the 10000 test images: 55 %`, as PyTorch's tutorials print it."""
    match = _ON_IMAGES.search(text, low, value[0])
    if match is None or not is_split_word(match["split"]):
        return None
    told = any(is_split_word(word) for word in words_of(match["label"]))
    return LabelledNumber(
        LabelKind.METRIC, Pair(match.span("label"), value, "" if told else match["split"] + "_"), sure=True
    )


def share_split(found: list[LabelledNumber], text: str) -> bool | None:
    """Give bare names their part of the data; whether the line as a whole is of an evaluation, None when not told.

    A name that stays the same as another's is taken out: two values must not run into one series.
    """
    if len(found) < 2:
        return None
    names = [text[slice(*item.pair.name)] for item in found]
    splits = [_split_of(name) for name in names]
    word = names[0].split()[0]
    if " " in names[0] and is_split_word(word) and not any(splits[1:]):
        for item in found[1:]:
            _prefix(item, word)
        return is_eval_word(word)
    twice = {name for name, count in Counter(names).items() if count > 1}
    if not twice:
        return None
    last = ""
    seen: set[str] = set()
    kept = []
    for item, name, split in zip(found, names, splits, strict=True):
        last = split or last
        if name in twice and not split and last and not item.pair.prefix:
            _prefix(item, last)
        if item.pair.prefix + name in seen and (group := _GROUP.search(text, 0, item.pair.name[0])):
            item.pair = Pair(item.pair.name, item.pair.value, group["name"] + ".")
        if item.pair.prefix + name not in seen:
            seen.add(item.pair.prefix + name)
            kept.append(item)
    found[:] = kept
    return None


def _prefix(item: LabelledNumber, word: str) -> None:
    if item.kind is LabelKind.METRIC:
        item.pair = Pair(item.pair.name, item.pair.value, word + "_")


def _split_of(name: str) -> str:
    if not any(is_split_word(word) for word in words_of(name)):
        return ""
    return next((word for word in _WORD.findall(name) if is_split_word(word)), "")
