"""The numbers of a line of text, sorted by the labels before them: axes, metrics, settings, and the rest.

Text holds one byte a character (latin-1), so that offsets are bytes.
"""

from __future__ import annotations

import itertools
import re

from autotrain_tui.metrics.parsing.data_splits import LabelledNumber, accuracy_on_images, metric_on_split, share_split
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Pair, Span
from autotrain_tui.metrics.parsing.metric_names import (
    MAX_NAME,
    LabelKind,
    axis_of,
    is_eval_word,
    is_plain_metric_phrase,
    is_split_word,
    is_well_known,
    kind_of,
    words_of,
)
from autotrain_tui.metrics.parsing.number_labels import STOP, NumberLabel, label_of

__all__ = ["NO_VALUE", "NUMBER", "LabelledNumber", "Scan", "scan"]

NUMBER = r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[Nn][Aa][Nn]|[Ii][Nn][Ff](?:inity)?)"
_TOKEN = lazy_pattern(
    r"(?:^|(?<=[\s=:(\[|,{<>'\"#]))"
    rf"(?P<num>{NUMBER})"
    r"(?:(?:\s?/\s*|\sof\s)(?P<of>\d+))?"
    r"(?P<unit>%|(?:[A-Za-z\xc2\xb5/][\w/\xb5]*))?"
    r"(?!,\d\d\d(?!\d))(?=$|[\s,;|)\]}'\">]|:(?!\d)|\.{1,3}(?:\s|$)|\xc2\xb1|\([-+.\d]+\)(?:\s|$))",
    re.ASCII,
)
_SPLIT = lazy_pattern(
    r"(?:^|[\s\[(|,;>{*#=-])(?P<word>train(?:ing)?|trn|val|valid(?:ation|ate|ating)?|test(?:ing)?|eval(?:uat(?:e|ion|ing))?"
    r"|dev|held-?out)(?:[ _](?:set|phase|results?|metrics|stats|summary|data|split)){0,2}"
    r"\s*(?:[:\])|>*]|-\s|\s\($|\s(?=(?:epoch|step|iter(?:ation)?)\b)|\s*$)",
    re.ASCII | re.IGNORECASE,
)
_SPLIT_HINTS = ("train", "trn", "val", "test", "dev", "held")  # one stands in each text that _SPLIT finds
_BEHIND = lazy_pattern(r"\s*\((?P<word>train|training|val|valid|validation|test|eval|dev)\)", re.ASCII | re.IGNORECASE)
_LEADING = lazy_pattern(
    r"\s*(?:\[(?P<epoch>\d{1,7})(?:/(?P<epochs>\d{1,7})\]\s?\[\s*(?P<within>\d{1,12})/\s*(?P<in_epoch>\d{1,12})\]"
    r"|, *(?P<of_epoch>\d{1,12})\])|\[(?P<only>\d{1,12})\]"
    r"|[\[(]?\s*(?P<count>\d{1,12})\s?/\s*(?P<total>\d{1,12})[\])]?)[:,]?\s+(?=[A-Za-z])",
    re.ASCII,
)
_AT_AXIS = lazy_pattern(
    r"(?P<label>[A-Za-z_][\w/\-]*(?: [A-Za-z_][\w/\-]*){0,3})(?: \([^()]*\))? (?:at|after|for|on|in) (?:the )?"
    r"(?:global )?(?:step|iteration|iter|epoch|batch|round|update) {0,12}\[?#?\d+\]?(?:\s*[:=]|\sis)\s*$",
    re.ASCII | re.IGNORECASE,
)
_PERCENT = lazy_pattern(rf"\s*\(\s*(?P<num>{NUMBER})\s?%\)", re.ASCII)
_MORE = lazy_pattern(r",?\s*[-+.\d]")
# What follows a number of a formula, of source text, or of a time or size.
NO_VALUE = lazy_pattern(
    r"\s*(?:[*^<]|-*->\s*[-+.\d]|\+(?!/-)|-\s*[\d.]+(?![\d.]|\s?[A-Za-z%/:])|/\s*[\d(]|>=|(?:if|for|and|or)\b)"
    r"|\s(?:[num\xb5]?s|secs?|seconds?|min|minutes?|h|hours?|[KMGT]i?B|bytes|\w+/s(?:ec)?|[kM]?(?:Wh|J|W)|USD|EUR)"
    r"(?!\s*[=:]?\s*[-+.\d])(?:\W|$)"  # else it is the next label
)
_FIGURES = frozenset({"best", "std", "stdev", "var", "min", "max", "worst", "lowest", "highest", "time", "wall"})
_EXTREMES = frozenset({"best", "worst", "lowest", "highest"})
_MAX_GAP = 96  # characters before a number that may hold its label
_MAX_NUMBERS = 400  # of one line that are looked at


class Scan:
    """One line's numbers. `apart`: it reports an evaluation. `settings`: how many it names.

    `batch_alone`: its step is no more than `batch=16`, which may be a size.
    """

    def __init__(self, split: str = "") -> None:
        self.step: Span | None = None
        self.total: Span | None = None
        self.run_step: Span | None = None
        self.epoch: Span | None = None
        self.epochs: Span | None = None
        self.found: list[LabelledNumber] = []
        self.settings = 0
        self.batch_alone = False
        self.apart = False
        self.split = split
        self.step_is_global = False  # `global step 410, epoch: 2, batch: 10`
        self.step_is_guess = False  # a number in brackets at the line's start: a rank where a step follows
        self._trains = False

    def see_split(self, word: str, *, behind: bool) -> None:
        """The line says which part of the data the following numbers are of; `behind`: the one before, `0.4 (val)`."""
        if behind:
            last = self.found[-1]
            if not last.pair.prefix and last.kind is LabelKind.METRIC:
                last.pair = Pair(last.pair.name, last.pair.value, word + "_")
            return
        self.split = word
        evaluates = is_eval_word(word)
        self._trains = self._trains or not evaluates
        self.apart = self.apart or (evaluates and not self.found)

    def close(self, text: str) -> None:
        """All numbers are seen."""
        self.apart = self.apart and not self._trains
        if not self.split and (apart := share_split(self.found, text)) is not None:
            self.apart = apart


def scan(text: str, start: int, end: int, split: str = "") -> Scan:
    """Sort the numbers of text[start:end]; `split` is the part of the data if known."""
    line = Scan(split)
    at = start
    if leading := _LEADING.match(text, start, end):
        at = _leading_counts(line, leading)
    low_text = text.lower()
    may_tell_split = any(map(low_text.__contains__, _SPLIT_HINTS))
    for match in itertools.islice(_TOKEN.finditer(text, at, end), _MAX_NUMBERS):
        low = max(at, match.start() - _MAX_GAP)
        gap = text[low : match.start()]
        if may_tell_split and len(gap) > 3:
            for found in _SPLIT.finditer(gap):
                if gap[found.end() - 1] == "(" and not match["of"]:
                    continue  # `train (3/10) loss: 0.5`, but not `test (5)`
                line.see_split(found["word"], behind=line.found != [] and gap[: found.start("word")].strip() == "(")
        _sort(line, text, match, label_of(gap, low, cut=low > at))
        at = match.end()
    if line.found and (behind := _BEHIND.match(text, at, end)):
        line.see_split(behind["word"], behind=True)
    line.close(text)
    return line


def _leading_counts(line: Scan, found: re.Match[str]) -> int:
    """`[20] loss`, `[1, 2000] loss`, `[1/25][100/1583] Loss_D`, `100/1000 loss` at the start of a message."""
    if found["epoch"]:
        line.epoch, line.epochs = found.span("epoch"), found.span("epochs") if found["epochs"] else None
        line.step = found.span("within" if found["within"] else "of_epoch")
        line.total = found.span("in_epoch") if found["in_epoch"] else None
    else:
        line.step = found.span("only") if found["only"] else found.span("count")
        line.step_is_guess = found["only"] is not None
        line.total = found.span("total") if found["total"] else None
    return found.end()


def _sort(line: Scan, text: str, match: re.Match[str], label: NumberLabel | None) -> None:
    if label is None or not label.words:
        if match["of"]:
            _unlabelled_count(line, text, match)
        elif label is not None and (line.step or line.epoch):
            _metric_before_axis(line, text, match)
        return
    _narrow(label)
    phrase = text[label.begin : label.end]
    kind = kind_of(phrase)
    if kind is LabelKind.SETTING:
        line.settings += 1
        return
    first = phrase.lower() in {"steps", "iters", "iterations"} and line.step is None and not line.found
    if first and label.separator and match["num"].isdigit() and not match["unit"]:
        line.step = match.span("num")  # `steps: 100, loss: 2.3`; further back it is a count
        return
    if _axis(line, match, label):
        return
    images = kind is LabelKind.NEVER and label.words[-1] == "images"
    if images and (found := accuracy_on_images(text, max(0, label.begin - 64), match.span("num"))) is not None:
        line.found.append(found)
        return
    if kind is LabelKind.UNKNOWN and match["unit"] in {None, "%"} and not match["of"] and "." in match["num"]:
        found = metric_on_split(text, max(0, label.begin - 48), match.span("num"))
        if found is not None:
            line.found.append(found)
            return
    beside = line.found and line.found[0].kind is LabelKind.METRIC
    if beside and kind is LabelKind.UNKNOWN and is_split_word(phrase) and label.separator and "." in match["num"]:
        kind = LabelKind.WEAK  # `Loss: 0.43, Train: 0.91, Val: 0.88`: what the others of the line are measured on
    if kind is LabelKind.METRIC or kind is LabelKind.WEAK:
        _metric(line, text, match, label, kind)


def _metric(line: Scan, text: str, match: re.Match[str], label: NumberLabel, kind: LabelKind) -> None:
    unit = match["unit"]
    phrase = text[label.begin : label.end]
    value = match.span("num")
    if match["of"]:  # `Accuracy: 936/1000 (93.60%)`
        percent = _PERCENT.match(text, match.end())
        if percent is None or unit or kind is not LabelKind.METRIC:
            return
        value, unit = percent.span("num"), "%"
    elif (unit and unit != "%") or NO_VALUE.match(text, match.end()):
        return
    if len(phrase) > MAX_NAME:
        return
    if phrase.endswith("..") and _MORE.match(text, match.end()):
        return  # `Objective......:  1.06e+00  1.27e+01`: two columns of a summary, of which none is named
    if kind is LabelKind.METRIC and text[match.start() - 1] == "[" and _MORE.match(text, match.end()):
        return  # the first of a list is no value of its own
    if not label.separator and text[match.start() - 1] == "[" and not text[match.start() - 2].isspace():
        return  # `test_loss[0.5]`: an index, a test's parameter
    words = words_of(phrase)
    # `return -1.` ends a sentence; behind a separator it is a fraction, as numpy prints it
    whole = not unit and match["num"].strip("+-" if label.separator else "+-.").isdigit()
    sure = not whole and (is_plain_metric_phrase(words) or (label.separator != "" and is_well_known(phrase)))
    if unit == "%" and words[-1:] == ("loss",):
        sure = False  # of packets, of weight
    if sure and not label.separator:
        before = text[max(0, label.begin - 2) : label.begin].strip()
        near = label.distance <= 4 and text[match.end() : match.end() + 1] != ":"
        sure = near and (before == "" or before[-1] in ",;|:]>)-0123456789%")
    bare = kind is LabelKind.WEAK or not line.split or any(is_split_word(word) for word in words)
    pair = Pair((label.begin, label.end), value, "" if bare else line.split + "_")
    line.found.append(LabelledNumber(kind, pair, sure))


def _narrow(label: NumberLabel) -> None:
    """Leave of a label's words those that can be a name."""
    if len(label.words) > 2 and label.words[-1] == "epoch" and label.words[-2] in {"over", "per"}:
        label.end -= len(" ".join(label.words[-2:])) + 1  # `Training acc over epoch: 0.87`, in Keras' guides
        del label.words[-2:]
    if label.separator == "=" and not label.spaced and not _is_figure_of(label.words):
        label.begin = label.end - len(label.words[-1])
        del label.words[:-1]
    while len(label.words) > 1 and not _belongs(label.words):
        gone = label.words.pop(0)
        label.begin += len(gone)
        label.begin = label.end - len(" ".join(label.words)) if label.end - label.begin < 0 else label.begin + 1


def _is_figure_of(words: list[str]) -> bool:
    """`rf's best error=0.26`: what is named is a figure made of the thing (a best, a deviation), not the thing."""
    return len(words) > 1 and not _FIGURES.isdisjoint(words_of(words[-2]))


def _belongs(words: list[str]) -> bool:
    if words[0].lower() in _EXTREMES:
        return True  # `Got new best metric of val_dice: 0.8` is no `metric of val_dice`
    if len(words) <= 3:
        return words[0].lower() not in {"epoch", "step", "iter", "iteration"}
    return is_plain_metric_phrase(words_of(words[0]))


def _axis(line: Scan, match: re.Match[str], label: NumberLabel) -> bool:
    """Whether the number is a step or an epoch; then it is noted, unless the words say otherwise (`best epoch`)."""
    words = label.words
    kind = axis_of(words[-1]) or axis_of("".join(words[-2:]))
    if kind is None:
        return False
    others = words_of(" ".join(words[:-1]))
    if match["unit"] or "every" in others or any(kind_of(word) is LabelKind.NEVER for word in others):
        return True
    of = match.span("of") if match["of"] else None
    if kind is LabelKind.EPOCH:
        if line.epoch is None:
            line.epoch, line.epochs = match.span("num"), of
    elif match["num"].rstrip(".").isdigit():  # `Step: 19000. Mean Reward: 1.2`
        if line.step is None or line.step_is_guess or (of and line.total is None):
            begin = match.start("num")
            line.step, line.total = (begin, begin + len(match["num"].rstrip("."))), of or line.total
            line.step_is_guess = False
            line.step_is_global = "global" in others
            line.batch_alone = words[-1].lower() == "batch" and label.separator != "" and not of
        elif not of and not line.step_is_global:
            line.run_step = match.span("num")
    return True


def _unlabelled_count(line: Scan, text: str, match: re.Match[str]) -> None:
    """`[20/500]` beside an epoch is a count of steps."""
    if line.epoch is None or line.total is not None or match["unit"] or "." in match["num"]:
        return
    if text[line.epoch[1] : match.start()].strip(" \t:,|-()[]/0123456789") == "":
        line.step, line.total = match.span("num"), match.span("of")


def _metric_before_axis(line: Scan, text: str, match: re.Match[str]) -> None:
    """`Training loss at step 100: 0.523`: the label stands before the axis."""
    if match["unit"] not in {None, "%"} or match["of"]:
        return
    label = _AT_AXIS.search(text, max(0, match.start() - 2 * _MAX_GAP), match.start())
    if label is None:
        return
    words = label["label"].split(" ")
    while len(words) > 1 and (words[0].lower() in STOP or not _belongs(words)):
        words.pop(0)
    phrase = " ".join(words)
    if kind_of(phrase) is LabelKind.METRIC:
        name = (label.end("label") - len(phrase), label.end("label"))
        line.found.append(LabelledNumber(LabelKind.METRIC, Pair(name, match.span("num")), sure=False))
