r"""tqdm's bars, and those of libraries built on it (transformers, datasets, Lightning, ignite).

    desc:  44%|####4     | 40/90 [00:05<00:06,  8.01it/s, loss=0.61]
    … | 400/900 [00:01<00:01, 900it/s, avg. loss [351-400]: 74.6]   numpyro
    stream: 80ex [00:04, 19.9ex/s]                       no total
    Epoch [1/4]: [2/30]   7%|6 , loss=2.31 [00:00<00:01] ignite
    swarm:  10%|#         |3/30, best_cost=0.0375        a `bar_format` without times, or with `[00:05]`

The postfix is cut off in a narrow terminal; then its last value may be cut too and is left out.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.formats.pairs import accept
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Pair, Span, count_of, place_in_epoch
from autotrain_tui.metrics.parsing.line_scanner import NUMBER, scan
from autotrain_tui.metrics.parsing.metric_names import LabelKind, is_eval_word, kind_of, words_of
from autotrain_tui.metrics.parsing.number_slots import number_slots
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.progress_bars import ReportPlace, is_aside
from autotrain_tui.metrics.parsing.series_kinds import NameRole, is_running_best, role_of

__all__ = ["BarLayout", "find"]

_BAR = lazy_pattern(
    r"(?:(?P<percent>\d{1,3})%)?\|(?P<bar>[^|]{0,600})\|\s*(?P<n>\d[\d.]*)(?P<nk>[kKMGTP]?)/(?P<t>\?|\d[\d.]*)(?P<tk>[kKMGTP]?)"
    r"[ \w]{0,12}\[(?P<clock>[\d:?]{1,12})(?:<(?P<left>[^,\]\[]{0,16})|(?=,))"
    r"(?:,\s*(?P<rate>\?|\d[\d.]*)(?P<rk>[kKMGTP]?)(?P<unit>[^,\]=]{0,24}?))?"
    r"(?P<post>,(?>\[\d{1,12}-\d{1,12}\]|[^\]])*+)?(?P<close>\]|$)",
    re.ASCII,
)
_COUNTER = lazy_pattern(
    r"(?P<n>\d[\d.]{0,24}+)(?P<nk>[kKMGTP]?)(?P<of>[A-Za-z ]{1,16}) \[(?P<clock>[\d:]{4,12}),\s*"
    r"(?P<rate>\?|\d[\d.]*)(?P<rk>[kKMGTP]?)(?P<unit>[^,\]=]{0,24}?)(?P<post>,[^\]]*)?(?P<close>\]|$)",
    re.ASCII,
)
_IGNITE = lazy_pattern(
    r"\[(?P<n>\d+)/(?P<t>\d+)\]\s+(?P<percent>\d{1,3})%\|(?P<bar>[^,\[|]{0,600})\|?(?P<post>,[^\[\]]*?)?\s*"
    r"\[(?P<clock>[\d:?]{1,12})(?:<(?P<left>[^\]]{0,16}))?(?P<close>\]|$)",
    re.ASCII,
)
_UNTIMED = lazy_pattern(
    r"(?P<percent>\d{1,3})%\|(?P<bar>[^|]{0,600})\|\s?(?P<n>\d{1,18})/(?P<t>\d{1,18})"
    r"(?: \[[\d:]{4,12}\])?(?P<post>,\s[^\[\]|]*)?\s*$",
    re.ASCII,
)
_OPEN = lazy_pattern(  # umap's, without the stroke behind the bar
    r"(?P<percent>\d{1,3})%\| (?P<bar>[\xe2\x96\x80-\x8f# ]{1,600}) "
    r"(?P<n>\d{1,18})/(?P<t>\d{1,18}) \[[\d:]{4,12}\](?P<post>)",
    re.ASCII,
)
_POST = lazy_pattern(
    rf",\s*(?P<name>[^,=\[\]\s]{{1,100}}?(?: [^,=\[\]\s]{{1,60}}){{0,3}}?)(?: \[\d{{1,12}}-\d{{1,12}}\])?"
    rf"\s*(?:=|:\s|\s-\s)\s*(?P<num>{NUMBER})"
    r"(?P<unit>%|[A-Za-z/][\w/]*)?\s*(?=,|\]|$)",
    re.ASCII,
)
_LABEL = lazy_pattern(r"[A-Za-z_][\w./@()%^'-]*(?: [A-Za-z_(][\w./@()%^'-]*)*", re.ASCII)
_SCALE = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_EPOCH_UNIT = lazy_pattern(r"\bepochs?\b", re.ASCII | re.IGNORECASE)
_EPOCH_BEHIND = lazy_pattern(
    r"(?<![\w.])(?P<epoch>\d{1,9})/(?P<epochs>\d{1,9})[ *]{1,3}epochs?\b", re.ASCII | re.IGNORECASE
)
_DIGITS = lazy_pattern(r"\d+")
_OF_BYTES = frozenset({"B/s", "iB/s", "Byte/s", "bytes/s"})
_VALUE_TOLD = lazy_pattern(rf"(?P<name>[A-Za-z_][\w./-]*)\s*[:=]\s*{NUMBER}", re.ASCII)
_LONGEST_DESCRIPTION = 400
_MOST_GLUED = 32  # bars without a newline on one line that are read, each within the one before


class BarLayout(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A bar; `key` is its description without digits. `rest` reads what was glued to the bar's end, from `end` on."""

    count: Span
    total: Span | None
    rate: Span | None
    scaled: bool = True  # its counts may have fractions or a `k` behind them
    count_scale: int = 1
    total_scale: int = 1
    rate_scale: float = 1.0
    seconds_each: bool = False
    key: str = ""
    bare: bool = False  # ignite's, without a description
    aside: bool = False
    from_zero: bool = False  # Lightning counts epochs from 0, also where the log begins with a later one
    prefix: str = ""
    epoch: Span | None = None
    epochs: Span | None = None
    pairs: tuple[Pair, ...] = ()
    end: int = 0
    rest: Layout | None = None

    def read(self, line: bytes, state: State) -> None:
        """Read place and progress, then the values beside the bar."""
        place = self.place(line, state)
        for pair in self.pairs:
            name, value = pair.name, pair.value
            text = line[value[0] : value[1]]
            state.bar_value(line[name[0] : name[1]], text, place.step, place.epoch, pair.prefix)
        if self.rest is not None:
            self.rest.read(line[self.end :], state)

    def place(self, line: bytes, state: State) -> ReportPlace:
        """Where the bar stands; tells the state about progress."""
        if self.aside:
            return ReportPlace(state.step, state.epoch)
        if self.bare and not state.bars.has_begun:
            state.bars.has_begun = True  # ignite draws it again at once, with its epoch
            return ReportPlace(None, None)
        if self.scaled:
            count = int(float(line[self.count[0] : self.count[1]]) * self.count_scale)
            total = int(float(line[self.total[0] : self.total[1]]) * self.total_scale) if self.total else None
        else:
            count = int(line[self.count[0] : self.count[1]])
            total = int(line[self.total[0] : self.total[1]]) if self.total else None
        rate = self._rate(line)
        if self.epoch is not None:
            epoch = float(line[self.epoch[0] : self.epoch[1]])
            if self.from_zero:
                state.first_epoch = 0.0
            place = place_in_epoch(state, epoch, count_of(line, self.epochs), count, total, rate=rate)
        else:
            place = state.see_bar(self.key, count, total or None, rate, has_values=bool(self.pairs))
        if place.step is not None:
            state.step = place.step
        if place.progress is not None:
            state.progress(place.progress)
        return place

    def _rate(self, line: bytes) -> float | None:
        if self.rate is None:
            return None
        value = float(line[self.rate[0] : self.rate[1]]) * self.rate_scale
        if value <= 0:
            return None
        return 1 / value if self.seconds_each else value


def find(text: str, start: int) -> Layout | None:
    """The layout of a line that holds a tqdm bar."""
    match = None
    if "|" in text:
        match = _BAR.search(text, start) or _IGNITE.search(text, start)
        if match is None and "%|" in text:
            match = _UNTIMED.search(text, start) or _OPEN.search(text, start)
    if match is None and " [" in text and ("/s" in text or "s/" in text):
        match = _COUNTER.search(text, start)
    if match is None or not _numbers_stand(match):
        return None
    groups = match.groupdict()
    begin = match.start()
    description = text[start:begin].strip().rstrip(":").strip()
    unit = (groups.get("unit") or "").strip()
    aside = is_aside(_VALUE_TOLD.sub(_unless_metric, description)) or unit in _OF_BYTES
    line = scan(text, start, begin)
    values = list(accept(line, has_place=True)) if begin - start < _LONGEST_DESCRIPTION else []
    if line.epoch is None and (counted := _EPOCH_BEHIND.search(text, start, begin)) is not None:
        line.epoch, line.epochs = counted.span("epoch"), counted.span("epochs")
    prefix = _eval_prefix(description) if aside else ""
    if prefix or not aside:
        values += _described(text, start, begin, values, prefix)
    values += _postfix(match, prefix)
    total = groups.get("t")
    rate = groups.get("rate")
    return BarLayout(
        count=match.span("n"),
        total=match.span("t") if total and total != "?" else None,
        rate=match.span("rate") if rate and rate != "?" else None,
        scaled=not (match["n"] + (groups.get("t") or "0").replace("?", "")).isdigit()
        or bool(groups.get("nk") or groups.get("tk")),
        count_scale=_SCALE[groups.get("nk") or ""],
        total_scale=_SCALE[groups.get("tk") or ""],
        rate_scale=_SCALE[groups.get("rk") or ""],
        seconds_each=unit.startswith("s/"),
        key="epochs"
        if _EPOCH_UNIT.search(groups.get("unit") or "")
        else " ".join(_DIGITS.sub("", description).split()),
        bare=not description and match.re.pattern == _IGNITE.pattern,
        aside=aside or line.apart,
        from_zero="v_num=" in (match["post"] or ""),
        epoch=line.epoch,
        epochs=line.epochs,
        pairs=tuple(values),
        end=_end(text, match.end()),
    )


def _unless_metric(told: re.Match[str]) -> str:
    """`test_accuracy: 95.2%` in a description is a value, and no word for what the bar counts."""
    return "" if kind_of(told["name"]) is LabelKind.METRIC else told[0]


def _numbers_stand(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    return all((groups.get(name) or "0").count(".") <= 1 for name in ("n", "t", "rate"))


def _end(text: str, end: int) -> int:
    """Where the text that is glued to the bar begins; 0 for none."""
    if not text[end:].strip() or text[end - 1] != "]":
        return 0
    for _ in range(text.count("]", end) - _MOST_GLUED):  # a log without its carriage returns: the last bars tell
        end = text.index("]", end) + 1
    return end


def _postfix(match: re.Match[str], prefix: str) -> list[Pair]:
    post = match["post"]
    if not post:
        return []
    begin, end = match.span("post")
    if match.groupdict().get("close", "]") != "]":
        end = begin + post.rfind(",")  # cut off by the terminal's width: the last value may be cut as well
    items = list(_POST.finditer(match.string, begin, end))
    strict = sum(item.end() - item.start() for item in items) == end - begin  # `a=1, b=2` throughout
    if not strict or not all(_LABEL.fullmatch(item["name"]) for item in items):
        return _free_postfix(match.string, begin, end, prefix)
    found = []
    bests = all(is_running_best(item["name"]) for item in items)  # then they are all that the bar tells
    for item in items:
        name = item["name"]
        unit = item["unit"]
        fraction = not item["num"].lstrip("+-").isdigit()
        if (_counts(name, fraction=fraction) or (bests and fraction)) and (not unit or unit == "%"):
            found.append(Pair(item.span("name"), item.span("num"), _prefix_for(name, prefix)))
    return found


def _described(text: str, begin: int, end: int, known: list[Pair], prefix: str) -> list[Pair]:
    """`pos: -0.98 neg: 5.14 total: 4.15` before the bar: names that no list knows, each with a fraction."""
    taken = {pair.value for pair in known}
    found: dict[Span, Pair] = {}
    for slot in number_slots(text, begin, end) if end - begin < _LONGEST_DESCRIPTION else ():
        name, value = text[slice(*slot.name)], text[slice(*slot.value)]
        free = slot.separator and "." in value and slot.unit == "" and not slot.best and slot.of is None
        if not free or slot.value in taken or slot.name in found:
            continue
        if role_of(name) is NameRole.FREE or name == "total":  # with a fraction it counts nothing
            found[slot.name] = Pair(slot.name, slot.value, _prefix_for(name, prefix))
    return list(found.values())


def _free_postfix(text: str, begin: int, end: int, prefix: str) -> list[Pair]:
    """`set_postfix_str` in any form: `lr: 1e-4 loss: 0.35`, `loss 0.35 acc 0.9`, `{'loss': 0.35}`."""
    found: dict[Span, Pair] = {}
    for slot in number_slots(text, begin, end):
        name = text[slice(*slot.name)]
        fraction = not text[slice(*slot.value)].lstrip("+-").isdigit()
        if _counts(name, fraction=fraction) and slot.unit in {"", "%"} and slot.name not in found:
            found[slot.name] = Pair(slot.name, slot.value, _prefix_for(name, prefix))
    return list(found.values())


def _counts(name: str, *, fraction: bool) -> bool:
    """Whether what stands beside a bar is a metric: known by name, or any other name with a fraction."""
    kind = kind_of(name)
    if kind is LabelKind.UNKNOWN:
        return fraction and name != "v_num"
    return kind in {LabelKind.METRIC, LabelKind.WEAK}


def _prefix_for(name: str, prefix: str) -> str:
    return "" if not prefix or any(is_eval_word(word) for word in words_of(name)) else prefix


def _eval_prefix(description: str) -> str:
    for word in re.findall(r"[A-Za-z]+", description):
        if is_eval_word(word):
            return f"{word}_"
    return ""
