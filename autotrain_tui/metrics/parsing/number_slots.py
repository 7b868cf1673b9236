"""The numbers of any line, each with the name that stands beside it, whether a list knows the name or not.

    lr: 1.0e-04 loss: 0.35      loss 0.35 | acc 0.9      {'loss': 0.35}       a name before its number
    0.008 avg, 13.9 perplexity                                                a name behind it, up to a comma or an `on`
    12,345 tok/s                                                              a rate's unit is its name
    loss 0.42 (0.39)                                                          the average in brackets

Text holds one byte a character (latin-1), so that offsets are bytes.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.metric_names import LabelKind, kind_of
from autotrain_tui.metrics.parsing.number_labels import STOP, label_of
from autotrain_tui.metrics.parsing.series_kinds import is_rate

__all__ = ["NumberSlot", "number_slots"]

_TOKEN = lazy_pattern(
    r"(?:^|(?<=[\s=:(\[|,{<>'\"#/-]))"
    rf"(?P<num>{NUMBER})"
    r"(?:(?:\s?/\s*|\sof\s)(?P<of>\d+))?"
    r"(?P<unit>%|[A-Za-z\xc2\xb5][A-Za-z/\xb5]{0,15})?"
    r"(?=$|[\s,;|)\]}'\"><]|:(?!\d)|\.(?:\s|$)|\xc2\xb1|\[)",
    re.ASCII,
)
_BEHIND = lazy_pattern(
    r"\s(?P<name>[A-Za-z][\w./-]*(?: [A-Za-z][\w./-]*)?)(?:\s*(?=[,;|]|$)|(?= (?:based )?on ))", re.ASCII
)
_UNIT_BEHIND = lazy_pattern(
    r"\s?(?P<name>[A-Za-z]{1,20}/(?:s|sec|second|gpu|step|it|iter|batch)\b)(?!\s?[:=])", re.ASCII
)
_AVERAGE = lazy_pattern(rf"\s?\(\s*(?P<num>{NUMBER})\)", re.ASCII)
_SETTINGS_IN_BRACES = lazy_pattern(
    r"\b(?:param\w*|config\w*|args|arguments|settings?|kwargs|options|hparams|hyper\w*)\W{0,4}[{(]", re.IGNORECASE
)
_CLAUSE = lazy_pattern(r"[,;|]|\.\s|\s\s")
_BEST = lazy_pattern(r"\bbest\b", re.IGNORECASE)
_WORD_BEFORE = lazy_pattern(r"(?<![\w.-])(?P<name>[A-Za-z][\w-]*) $", re.ASCII)
_OPEN = ("[", "(")
_MORE = lazy_pattern(r"(?:,\s?|\s)[-+.\d]")
_QUOTED = lazy_pattern(r"""(?P<q>["'])(?P<name>[A-Za-z_][^"'\\{}:=,]{0,80})(?P=q)\s*[:=]\s*["']?$""", re.ASCII)
_PAIRED = lazy_pattern(  # `[('average_q', 5.4), ('average_loss', np.float64(0.45))]`
    r"""\((?P<q>["'])(?P<name>[A-Za-z_][^"'\\{}:=,]{0,80})(?P=q),\s?(?:np\.float\d+\()?$""", re.ASCII
)
_PER = lazy_pattern(r"(?<![\w-])[A-Za-z]+ per $", re.IGNORECASE)
_WITH_VALUE = lazy_pattern(r"(?<![\w-])(?P<name>[A-Za-z]+) with (?:a )?$")  # `Updating fitness with value 0.25`
_MAX_GAP = 96
_MAX_SLOTS = 24  # of one line
_MAX_NUMBER = 32  # characters


class NumberSlot(msgspec.Struct, frozen=True, gc=False):
    """A number: where it and its name stand. An empty name span is a number without one."""

    name: Span
    value: Span
    of: Span | None = None
    unit: str = ""
    separator: str = ""
    average: bool = False  # it stands in brackets behind the value of its name
    best: bool = False  # its clause speaks of a best


def number_slots(text: str, begin: int, end: int) -> list[NumberSlot]:
    """The numbers of text[begin:end] in their order, at most `_MAX_SLOTS`; settings in braces are passed over."""
    skipped = _braces(text, begin, end)
    slots: list[NumberSlot] = []
    at = begin
    for match in itertools.islice(_TOKEN.finditer(text, begin, end), 4 * _MAX_SLOTS):
        if len(slots) >= _MAX_SLOTS:
            break
        if match.end("num") - match.start("num") > _MAX_NUMBER or any(a < match.start() < b for a, b in skipped):
            continue
        if text[match.start() - 1 : match.start()] in _OPEN and _MORE.match(text, match.end("num"), end):
            at = match.end()
            continue  # a list: its numbers have no name of their own
        if match.start() < at or (match["num"][-1:] in "fFyYnN" and match["unit"]):  # INFO is no number
            continue
        low = max(at, match.start() - _MAX_GAP)
        slots.append(_slot(text, match, low, cut=low > at, end=end))
        at = match.end()
        if slots[-1].name[0] < slots[-1].name[1] and (average := _AVERAGE.match(text, at, end)) and not match["of"]:
            name = slots[-1].name
            slots.append(NumberSlot(name, average.span("num"), average=True))
            at = average.end()
    return _told_apart(text, begin, slots)


def _told_apart(text: str, begin: int, slots: list[NumberSlot]) -> list[NumberSlot]:
    """`char train=3.4%, word train=9.1%`: names that are the same take the word before them as well."""
    names = [text[slice(*slot.name)] for slot in slots if not slot.average]
    if len(set(names)) == len(names):
        return slots
    counts = Counter(names)
    found: list[NumberSlot] = []
    for one in slots:
        slot, name = one, one.name
        if name[0] < name[1] and counts[text[slice(*name)]] > 1:
            word = _WORD_BEFORE.search(text, max(begin, name[0] - 40), name[0])
            if word and word["name"].lower() not in STOP:
                slot = msgspec.structs.replace(slot, name=(word.start("name"), name[1]))
        found.append(slot)
    return found


def _is_of_best(text: str, begin: int, end: int) -> bool:
    """Whether the clause that the name text[begin:end] stands in speaks of a best."""
    far = max(0, begin - _MAX_GAP)
    if "best" not in text[far:end].lower():
        return False
    clause = max((found.end() for found in _CLAUSE.finditer(text, far, begin)), default=far)
    return _BEST.search(text, clause, end) is not None


def _braces(text: str, begin: int, end: int) -> list[Span]:
    if "{" not in text and "(" not in text:
        return []
    return [_brace(text, match.end(), end) for match in _SETTINGS_IN_BRACES.finditer(text, begin, end)]


def _brace(text: str, begin: int, end: int) -> Span:
    close = "}" if text[begin - 1] == "{" else ")"
    at = text.find(close, begin, end)
    return begin, at if at >= 0 else end


def _slot(text: str, match: re.Match[str], low: int, *, cut: bool, end: int) -> NumberSlot:
    gap = text[low : match.start()]
    label = label_of(gap, low, cut=cut)
    span, of, unit = match.span("num"), match.span("of") if match["of"] else None, match["unit"] or ""
    behind = _UNIT_BEHIND.match(text, match.end("num"), end)
    if behind:
        unit = behind["name"]
    if label is not None and label.words and label.words[-1][-1] not in "'\"":
        begin = label.begin
        opens = not text[max(0, begin - 2) : begin].strip(" ,;|:([") or begin == low
        if label.separator == "=" and not label.spaced and len(label.words) > 1 and not opens:
            begin = label.end - len(label.words[-1])
        if text[begin - 4 : begin].lower() == "per " and (per := _PER.search(text, low, begin)):
            begin = per.start()  # `Steps Per Second = 12.5`
        name = (begin, label.end)
        if label.words == ["value"] and (fully := _WITH_VALUE.search(text, low, begin)):
            name = fully.span("name") if kind_of(fully["name"]) is LabelKind.METRIC else name
        if behind and is_rate(unit) and not is_rate(text[slice(*name)]):
            return NumberSlot(behind.span("name"), span, of, unit, label.separator)
        return NumberSlot(name, span, of, unit, label.separator, best=_is_of_best(text, begin, label.end))
    if quoted := _QUOTED.search(text, low, match.start()) or _PAIRED.search(text, low, match.start()):
        return NumberSlot(quoted.span("name"), span, of, unit, ":")
    if behind and is_rate(unit):
        return NumberSlot(behind.span("name"), span, of, unit)
    if (label is None or not label.separator) and (found := _BEHIND.match(text, match.end(), end)):
        return NumberSlot(found.span("name"), span, of, unit)
    return NumberSlot((span[0], span[0]), span, of, unit)
