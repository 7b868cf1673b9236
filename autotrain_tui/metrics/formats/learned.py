"""Any line with named numbers: what of it no other family reads is left to its recurrence.

Gen 3: fitness 0.25 diversity 0.71        names and an axis that no list knows
step 10 loss 0.5 (0.61) wobble 3.2        beside what is known: the average in brackets, another name
Train tree 3/400 train-loss:1.22          what is known, with a count that no list knows
"""

# ruff: noqa: SIM905  word lists are easier to read and to grow as text
from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from autotrain_tui.metrics.formats.pairs import is_no_report
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.learned_line import SIZE_RANK, Candidate, Counter, LearnedLine
from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Nothing, Span
from autotrain_tui.metrics.parsing.line_scanner import NO_VALUE
from autotrain_tui.metrics.parsing.line_shapes import shape_of
from autotrain_tui.metrics.parsing.metric_names import axis_of, is_split_word, words_of
from autotrain_tui.metrics.parsing.number_slots import NumberSlot, number_slots
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.quick_line import quick_line
from autotrain_tui.metrics.parsing.series_kinds import NameRole, role_of

__all__ = ["CountHeading", "learn"]

MAX_LEARNED = 1024  # characters; a longer line is no report that a person reads
_COUNT_WORDS = frozenset(
    """trial trials generation generations gen tree trees fold folds feature features pass passes sweep cycle game games
    draw draws evaluation evals eval chunk example examples counter doc document documents stage level it ep up iterat
    iters iterations epochs steps updates rounds batches timesteps episodes nfev calls call attempt""".split()
)
_NO_AXIS = frozenset(
    """gpu gpus rank ranks worker workers node nodes process thread threads device shard file files part parts host port
    line seed pid class layer fold test core cpu""".split()
)
_TIME_UNITS = frozenset({"s", "ms", "us", "ns", "sec", "secs", "min", "h", "m"})
_JOINS = frozenset({"and", "or", "for", "if"})
_STATISTICS = frozenset("mean min max sd std stdev median var avg count sum q1 q3".split())
_LONE_COUNT = lazy_pattern(
    r"[\s=*#>-]*(?:running\s|starting\s|begin\s|global[ _])?(?:step|iter|iteration|gen|generation|round|episode)"
    r"(?: (?:no|nr|number)\.?)?"
    r"\s*[=:#]?\s*\d{1,12}(?:[\s:=*#<-]*| (?:started|ended|finished|done|completed?|begins?|starts?)\b\D{0,80})",
    re.ASCII | re.IGNORECASE,
)
_TOLD_BEFORE = lazy_pattern(  # `Iteration No: 3`; `After 10, recommendation is ...`
    r"\b(?:(?P<axis>step|iter|iteration|gen|generation|round|episode|epoch|trial) (?:no|nr|number)\.?\s?[:=#]?|after)"
    r"\s*$",
    re.ASCII | re.IGNORECASE,
)
_PLACE = lazy_pattern(
    r"[\[(]?epoch[:=]? ?(?P<epoch>\d{1,9}),? (?:iters?|steps?|iteration|batch)[:=]? ?(?P<step>\d{1,12})(?=[\s,;)\]])",
    re.ASCII | re.IGNORECASE,
)
_EVALUATION = lazy_pattern(
    r"[\s\[(*=#>-]*(?P<word>evaluation|eval|validation|valid|val|testing|test)(?=[ ,:|\])])", re.IGNORECASE
)
_COUNTS_DOWN = (" remaining", " left", " to go")
_FRACTION = lazy_pattern(r"[.eE]|nan|inf", re.IGNORECASE)


def learn(layout: Layout, text: str, start: int) -> Layout:
    """The layout with what it leaves out of the line; as it is when that is nothing."""
    if len(text) > MAX_LEARNED or not isinstance(layout, LineLayout | Nothing):
        return layout
    known = layout if isinstance(layout, LineLayout) else None
    if known is not None and known.apart:
        return layout
    slots = number_slots(text, start, len(text))
    if known is None and (not slots or is_no_report(text, start)):
        return layout
    taken = {pair.value for pair in known.pairs} if known is not None else set()
    placed = known is not None and (known.step is not None or known.epoch is not None)
    counters = () if placed else tuple(_counters(text, slots))
    candidates = tuple(_candidates(text, slots, taken, sure=placed or bool(counters)))
    if known is None and candidates and (place := _place_of(text, start)) is not None:
        known, counters, placed = place, (), True
    elif known is None and (evaluation := _EVALUATION.match(text, start)) is not None:
        counters = ()  # they count its parts; where the training is says another line
        candidates = tuple([_of_evaluation(one, text, evaluation["word"]) for one in candidates])
    if known is not None and known.pairs and not placed and (count := _told_count(text, slots)) is not None:
        known = msgspec.structs.replace(known, step=count.value, total=count.total, restarts=False, lone=False)
        counters, placed = (), True
    if known is None and not candidates and not any(counter.rank <= _TOLD for counter in counters):
        return layout
    if known is not None and not candidates and (placed or not counters):
        return known
    quick = quick_line(known) if known else None
    words = shape_of(text, start)
    learned = LearnedLine(quick, words, _key(words, slots, candidates, counters), candidates, counters, placed=placed)
    if counters and not candidates and _LONE_COUNT.fullmatch(text, start):
        return CountHeading(learned, counters[0].value)
    return learned


def _place_of(text: str, start: int) -> LineLayout | None:
    """The place of a line that begins with both its epoch and its step: `(epoch: 2, iters: 100, …) D_A: 0.2`."""
    if (head := _PLACE.match(text, start)) is None:
        return None
    return LineLayout(step=head.span("step"), epoch=head.span("epoch"))


def _key(words: str, slots: list[NumberSlot], candidates: Sequence[Candidate], counters: Sequence[Counter]) -> str:
    """The words, and which of the numbers may be what: one that has a fraction here may be whole in the next line."""
    at = {slot.value[0]: str(i) for i, slot in enumerate(slots)}
    values, counts = (",".join([at.get(one.value[0], "") for one in group]) for group in (candidates, counters))
    return f"{words}\t{values};{counts}"


def _of_evaluation(one: Candidate, text: str, word: str) -> Candidate:
    """The number as one of an evaluation, which the line begins with: `evaluation episode 0 R:19.0`."""
    names_it = any(map(is_split_word, words_of(text[slice(*one.name)])))
    return one if names_it else msgspec.structs.replace(one, prefix=word + "_")


class CountHeading(msgspec.Struct, frozen=True, gc=False):
    """`Generation = 3` alone on a line: what stands below is of that step, where nothing better tells one."""

    learned: LearnedLine
    count: Span

    def read(self, line: bytes, state: State) -> None:
        """Read it as a line that may count for others, then as a heading."""
        self.learned.read(line, state)
        if not state.progress_is_known:
            state.step = int(line[slice(*self.count)])
            state.see_heading(state.step)


_STATISTICS_LINE = 3
_BARE = 3  # the rank of a line's first number that has no name
_TOLD = 2  # the highest rank of a number that says by its words that it counts


def _counters(text: str, slots: list[NumberSlot]) -> list[Counter]:
    """The whole numbers that may turn out to count."""
    found = []
    for i, slot in enumerate(slots):
        value = text[slice(*slot.value)].rstrip(".")
        if not value.isdigit() or slot.unit or slot.average or slot.best or len(value) > 15:
            continue
        name = text[slice(*slot.name)].rstrip(".")
        rank = _rank(name, slot, first=i == 0)
        if rank == _BARE and (told := _TOLD_BEFORE.search(text, 0, slot.value[0])) is not None:
            rank = 0 if told["axis"] else _TOLD if text[slot.value[1] : slot.value[1] + 1] == "," else rank
        elif rank == _BARE and text.startswith(_COUNTS_DOWN, slot.value[1]):
            rank = _TOLD  # `59 remaining budget and 0 running jobs`
        if rank is not None:
            begin = slot.value[0]
            found.append(Counter((begin, begin + len(value)), slot.of, rank))
    return found


def _rank(name: str, slot: NumberSlot, *, first: bool) -> int | None:
    """How likely a number is the axis: 0 by its name, up to SIZE_RANK; None when it is none."""
    words = name.lower().split()
    last = words[-1] if words else ""
    if last in _NO_AXIS:
        return None
    role = role_of(name) if words else None
    if role is NameRole.RATE:
        return None
    if role is NameRole.AXIS or (role is NameRole.FREE and axis_of(last) is not None):
        return 0
    if last.rstrip(".") in _COUNT_WORDS or (slot.of is not None and words):
        return 1
    if not words:
        return _BARE if first else None
    if role is NameRole.TIME or role is NameRole.SETTING:
        return None
    return 4 if first else SIZE_RANK if words[0].startswith("num_") else 5


def _told_count(text: str, slots: list[NumberSlot]) -> Counter | None:
    """`tree 3/400` at the front of a line with metrics says at once that it counts."""
    for slot in slots[:2]:
        name = text[slice(*slot.name)].lower().split()
        value = text[slice(*slot.value)]
        if slot.of is None or not name or name[-1] in _NO_AXIS or not value.isdigit() or slot.unit:
            continue
        if role_of(" ".join(name)) in {NameRole.KNOWN, NameRole.RATE, NameRole.TIME}:
            continue
        return Counter(slot.value, slot.of, 0)
    return None


def _candidates(text: str, slots: list[NumberSlot], taken: set[Span], *, sure: bool) -> list[Candidate]:
    found: dict[tuple[str, str], Candidate] = {}
    last_words = [text[slice(*slot.name)].lower().split()[-1:] for slot in slots]
    if sum(not _STATISTICS.isdisjoint(word) for word in last_words) >= _STATISTICS_LINE:
        return []  # a column of the data described: mean, min, max
    for slot in slots:
        if slot.value in taken or slot.of is not None or slot.name[0] == slot.name[1]:
            continue
        name = text[slice(*slot.name)]
        suffix = "_avg" if slot.average else ""
        if (name, suffix) not in found and _may_be_series(text, slot, name, sure=sure):
            found[name, suffix] = Candidate(slot.name, slot.value, suffix)
    bests = [key for key in found if "best" in key[0].lower()]
    if len(found) > len(bests) or taken:  # else they are all that the line tells
        for key in bests:
            del found[key]
    return list(found.values())


def _is_possessive(text: str, slot: NumberSlot, name: str) -> bool:
    """`estimator rf's best error`: one of several, under a name that the others have too.

    At the front of a line the possessor is part of the name: `Population's average fitness`.
    """
    if "'s " in name and not slot.best and not text[: slot.name[0]].strip():
        return False
    return "'s " in name or text[max(0, slot.name[0] - 3) : slot.name[0]] == "'s "


def _may_be_series(text: str, slot: NumberSlot, name: str, *, sure: bool) -> bool:
    """Whether a number is worth waiting for, by its name and how it is written."""
    value = text[slice(*slot.value)]
    role = role_of(name)
    if role is NameRole.RATE:
        return slot.unit in _TIME_UNITS or slot.unit in {"", "%", "k", "M"} or "/" in slot.unit
    if slot.unit not in {"", "%"} or (slot.best and "best" not in name.lower()) or _is_possessive(text, slot, name):
        return False
    behind = NO_VALUE.match(text, slot.value[1])
    if behind and slot.name[0] < slot.value[0] and not (slot.separator and behind.group().strip() in _JOINS):
        return False
    if role is NameRole.KNOWN:
        return True
    if role is NameRole.DERIVED:
        return _FRACTION.search(value) is not None and slot.separator != ""
    if role is not NameRole.FREE or not (_FRACTION.search(value) or slot.unit == "%"):
        return False
    return slot.separator != "" or (sure and len(name.split()) <= 2)
