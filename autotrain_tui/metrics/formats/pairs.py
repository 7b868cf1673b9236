"""Any text with `name=value`, `name: value` or `name value`: the readers' common ground.

Precision first: a number counts only with a metric's name (`names.py`), and where the line does not say its step or
epoch, only as a fraction written out with `=` or `:`. A line of settings is left alone as a whole.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.layout import Layout, LineLayout, Pair, Span
from autotrain_tui.metrics.names import (
    MAX_NAME,
    Kind,
    is_eval_word,
    is_plain_metric_phrase,
    is_split_word,
    is_well_known,
    kind_of,
    words_of,
)

__all__ = ["NUMBER", "find", "scan"]

NUMBER = r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[Nn][Aa][Nn]|[Ii][Nn][Ff](?:inity)?)"
_TOKEN = re.compile(
    r"(?:^|(?<=[\s=:(\[|,{<>'\"]))"
    rf"(?P<num>{NUMBER})"
    r"(?:\s?/\s*(?P<of>\d+))?"
    r"(?P<unit>%|(?:[A-Za-z\xc2\xb5/][\w/\xb5]*))?"
    r"(?!,\d\d\d(?!\d))(?=$|[\s,;|)\]}'\">]|:(?!\d)|\.(?:\s|$))",
    re.ASCII,
)
_LABEL = re.compile(
    r"(?P<label>[A-Za-z_][\w@./'%\-]*(?:\(\w{1,12}\))?(?: {1,2}[A-Za-z_(][\w@./'%\-()]*){0,4})"
    r"(?P<space>\s*)(?P<sep>[=:]|)\s*[\[('\"]*(?:(?:tensor|(?:np|numpy)\.float\d+|array)\()?\s*$",
    re.ASCII,
)
_SPLIT = re.compile(
    r"(?:^|[\s\[(|,;>{*#=-])(?P<word>train(?:ing)?|trn|val|valid(?:ation|ate|ating)?|test(?:ing)?|eval(?:uat(?:e|ion|ing))?"
    r"|dev|held-?out)(?:[ _](?:set|phase|results?|metrics|stats|summary|data|split|loss and metrics))?"
    r"\s*(?:[:\])|>*]|-\s|\s(?=epoch|step|iter)|\s*$)",
    re.ASCII | re.IGNORECASE,
)
_LEADING = re.compile(
    r"\s*(?:\[(?P<epoch>\d{1,7})(?:/(?P<epochs>\d{1,7})\]\s?\[\s*(?P<within>\d{1,12})/\s*(?P<in_epoch>\d{1,12})\]"
    r"|, *(?P<of_epoch>\d{1,12})\])|\[(?P<only>\d{1,12})\]"
    r"|[\[(]?\s*(?P<count>\d{1,12})\s?/\s*(?P<total>\d{1,12})[\])]?):?\s+(?=[A-Za-z])",
    re.ASCII,
)
_AT_AXIS = re.compile(
    r"(?P<label>[A-Za-z_][\w/\-]*(?: [A-Za-z_][\w/\-]*){0,3})(?: \([^()]*\))? (?:at|after|for|on|in) (?:the )?"
    r"(?:global )?(?:step|iteration|iter|epoch|batch|round|update) ?\[?#?\d+\]?\s*[:=]\s*$",
    re.ASCII | re.IGNORECASE,
)
_STOP = frozenset(
    """with is of the a an at to from and for on in after got has was by per than until since now not no as it its this
    that when if while then reached finished done saved saving loaded loading found using completed starting
    evaluated""".split()
)
# Lines that are no report of a run, whatever numbers they hold.
_NO_REPORT = re.compile(
    r"""File\ "|Traceback|\w(?:Error|Exception|Warning|Interrupt)\b\s*(?::|$)|^\s*(?:\$|\+|>>>|usage:|\#!)\s
    |(?:^|\s)--?[a-z][\w-]*(?:[ =]|$).*\s--[a-z]|^\s*\w*(?:Namespace|Config|Arguments|Args|Params)\(
    |\breturn\s+[A-Za-z_(]|\bself\.|\bprint\(|\bdef\s|\bimport\s|[^=!<>]==[^=]|\blambda\b|[-+*/]=|\bassert\b|\braise\b
    |^\W*(?:the\s|new\s)?best\b|^\W*(?:hyper-?param|config|args?\b|arguments|settings|options|hparams|parameters)
    |\bcommand\s*(?:line)?:|^diff\s|^[+-]{3}\s|^@@\s|://|^\s*//|^\s*\#\s*\w+\s*=|\bpython[\d.]*\s+\S+\.py\b
    |^\W*(?:loaded|loading|resum\w+|restor\w+|saved|warning|downloading|installing)\b""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_WORD = re.compile(r"[A-Za-z]{3,}")
_ARITHMETIC = re.compile(r"\s*(?:[*^<]|\+(?!/-)|-\s*\d|/\s*[\d(]|>=|(?:if|for|and|or)\b)")
MAX_GAP = 96  # characters before a number that may hold its label


class _Found(msgspec.Struct, gc=False):
    """A number with the label before it."""

    kind: Kind
    pair: Pair
    sure: bool  # the label begins where a phrase begins, and the number reads as a fraction of something
    loose: bool  # only white space between label and number
    whole: bool  # an integer


class _Line:
    """One line's tokens sorted into axes, metrics and settings."""

    def __init__(self) -> None:
        self.step: Span | None = None
        self.total: Span | None = None
        self.run_step: Span | None = None
        self.epoch: Span | None = None
        self.epochs: Span | None = None
        self.found: list[_Found] = []
        self.settings = False
        self.apart = False
        self.trains = False
        self.split = ""


def find(text: str, start: int) -> Layout | None:
    """The layout of a text line whose prefix ends at `start`; None when nothing on it counts."""
    if _NO_REPORT.search(text, start):
        return None
    line = scan(text, start, len(text))
    pairs = accept(line, has_place=False)
    has_place = line.step is not None or line.epoch is not None
    if not pairs and not (has_place and _is_header(line, text, start)):
        return None
    return LineLayout(
        pairs=pairs,
        step=line.step,
        total=line.total,
        run_step=line.run_step,
        epoch=line.epoch,
        epochs=line.epochs,
        apart=line.apart,
        indented=text[:2] == "  ",
    )


def _is_header(line: _Line, text: str, start: int) -> bool:
    """Whether a line without metrics says how far the run is: `Epoch 3/10`, `step 20/500`."""
    if line.settings or line.apart:
        return False
    head = text[start : start + 40].lower().lstrip(" [(=-*#>|")
    if not head.startswith(("epoch", "step", "iter", "batch", "train", "global step", "update", "round", "episode")):
        return False
    if line.epoch is None:
        return line.total is not None and not _WORD.search(text, line.total[1])
    return line.epochs is not None or len(text) - start < 60


def scan(text: str, start: int, end: int, split: str = "") -> _Line:
    """Sort the numbers of text[start:end] by the labels before them; `split` is the part of the data if known."""
    line = _Line()
    line.split = split
    at = start
    if leading := _LEADING.match(text, start):
        at = _leading_counts(line, leading)
    for match in _TOKEN.finditer(text, at, end):
        low = max(at, match.start() - MAX_GAP)
        gap = text[low : match.start()]
        at = match.end()
        for found in _SPLIT.finditer(gap):
            line.split = found["word"]
            evaluates = is_eval_word(line.split)
            line.trains = line.trains or not evaluates
            line.apart = line.apart or (evaluates and not line.found)
        _sort(line, text, match, gap, low)
    line.apart = line.apart and not line.trains
    _share_split(line, text)
    return line


def _share_split(line: _Line, text: str) -> None:
    """`train Loss: 0.57 Acc: 0.70`: the word before the first name goes for the others too."""
    if line.split or len(line.found) < 2:
        return
    names = [text[slice(*item.pair.name)] for item in line.found]
    word = names[0].split()[0]
    if " " not in names[0] or not is_split_word(word):
        return
    if any(is_split_word(part) for name in names[1:] for part in words_of(name)):
        return
    line.apart = is_eval_word(word)
    for item in line.found[1:]:
        if item.kind is Kind.METRIC:
            item.pair = Pair(item.pair.name, item.pair.value, word + "_")


def _leading_counts(line: _Line, found: re.Match[str]) -> int:
    """`[20] loss`, `[1, 2000] loss`, `[1/25][100/1583] Loss_D`, `100/1000 loss` at the start of a message."""
    if found["epoch"]:
        line.epoch, line.epochs = found.span("epoch"), found.span("epochs") if found["epochs"] else None
        name = "within" if found["within"] else "of_epoch"
        line.step = found.span(name)
        line.total = found.span("in_epoch") if found["in_epoch"] else None
        return found.end()
    line.step = found.span("only") if found["only"] else found.span("count")
    line.total = found.span("total") if found["total"] else None
    return found.end()


def _sort(line: _Line, text: str, match: re.Match[str], gap: str, low: int) -> None:
    label = _LABEL.search(gap)
    number = match.span("num")
    if label is None:
        _unlabelled(line, text, match, gap)
        if gap.strip() in {":", "="} and (line.step or line.epoch):
            _metric_before_axis(line, text, match, max(0, low - MAX_GAP))
        return
    begin, stop = low + label.start("label"), low + label.end("label")
    if begin and (text[begin - 1].isalnum() or text[begin - 1] in "-_/.\\@#$~"):
        return
    words, begin = _phrase(text[begin:stop], begin, tight=label["sep"] == "=" and not label["space"])
    if not words:
        return
    phrase = text[begin:stop]
    kind = kind_of(phrase)
    if label["sep"] and phrase.lower() in {"steps", "iters", "iterations"} and line.step is None and not line.found:
        kind = Kind.STEP  # `steps: 100, loss: 2.3`; further back it is a count
        line.step = number if match["num"].isdigit() and not match["unit"] else None
        return
    if kind in {Kind.METRIC, Kind.WEAK, Kind.UNKNOWN, Kind.NEVER} and _axis(line, match, words, phrase):
        return
    if kind in {Kind.STEP, Kind.EPOCH}:
        _axis(line, match, words, phrase)
        return
    if kind is Kind.SETTING:
        line.settings = True
        return
    unit = match["unit"]
    if kind is Kind.UNKNOWN and is_split_word(phrase) and label["sep"] and "." in match["num"]:
        kind = Kind.WEAK  # `Loss: 0.43, Train: 0.91, Val: 0.88`: what the others of the line are measured on
    if kind in {Kind.NEVER, Kind.UNKNOWN} or match["of"] or (unit and unit != "%"):
        return
    if _ARITHMETIC.match(text, match.end()) or len(phrase) > MAX_NAME:
        return
    digits = match["num"]
    whole = digits.lstrip("+-").isdigit() and not unit
    bare = kind is Kind.WEAK or not line.split or any(is_split_word(word) for word in words_of(phrase))
    prefix = "" if bare else line.split + "_"
    sure = not whole and (is_plain_metric_phrase(words_of(phrase)) or (label["sep"] != "" and is_well_known(phrase)))
    if sure and label["sep"] == "":
        before = text[max(0, begin - 2) : begin].strip()
        sure = len(label["space"]) <= 4 and (before == "" or before[-1] in ",;|:]>)-0123456789%")
    line.found.append(_Found(kind, Pair((begin, stop), number, prefix), sure, label["sep"] == "", whole))


def _unlabelled(line: _Line, text: str, match: re.Match[str], gap: str) -> None:
    """`[20/500]` beside an epoch, or at the line's start: a count."""
    if not match["of"] or match["unit"] or line.total is not None or "." in match["num"]:
        return
    if line.epoch is not None and gap.strip(" \t:,|-()[]") == "":
        line.step, line.total = match.span("num"), match.span("of")


def _metric_before_axis(line: _Line, text: str, match: re.Match[str], start: int) -> None:
    """`Training loss at step 100: 0.523`: the label stands before the axis."""
    label = _AT_AXIS.search(text, start, match.start())
    if label is None or match["unit"] not in {None, "%"} or match["of"]:
        return
    words, begin = _phrase(label["label"], label.start("label"), tight=False)
    phrase = text[begin : label.end("label")]
    if words and kind_of(phrase) is Kind.METRIC:
        pair = Pair((begin, label.end("label")), match.span("num"))
        line.found.append(_Found(Kind.METRIC, pair, sure=False, loose=False, whole=False))


def _phrase(label: str, begin: int, *, tight: bool) -> tuple[list[str], int]:
    """The words of a label that can be a name, and where they begin; a sentence is cut to its end."""
    words = [(found.group(), found.start()) for found in re.finditer(r"\S+", label)]
    if tight:
        words = words[-1:]
    for i in range(len(words) - 1, -1, -1):
        if words[i][0].lower() in _STOP:
            words = words[i + 1 :]
            break
    # `Epoch 3 of 10 ... loss`: keep what belongs to a metric's name, unless the whole is short
    while len(words) > 1 and not _belongs(words):
        words = words[1:]
    return [word for word, _ in words], begin + (words[0][1] if words else 0)


def _belongs(words: list[tuple[str, int]]) -> bool:
    if len(words) <= 3:
        return words[0][0][0].isalpha() and words[0][0].lower() not in {"epoch", "step", "iter", "iteration"}
    return is_plain_metric_phrase(words_of(words[0][0]))


def _axis(line: _Line, match: re.Match[str], words: list[str], phrase: str) -> bool:
    """Whether the number is a step or an epoch; then it is noted."""
    last = words[-1].rstrip(":")
    kind = kind_of(last)
    if kind not in {Kind.STEP, Kind.EPOCH}:
        joined = kind_of("".join(words[-2:])) if len(words) > 1 else None
        if joined not in {Kind.STEP, Kind.EPOCH}:
            return False
        kind = joined
    others = words_of(" ".join(words[:-1]))
    if any(kind_of(word) is Kind.NEVER for word in others) or "every" in others or match["unit"]:
        return True
    whole = match["num"].isdigit()
    if kind is Kind.EPOCH and line.epoch is None:
        line.epoch = match.span("num")
        line.epochs = match.span("of") if match["of"] else None
    elif kind is Kind.STEP and whole and line.step is None:
        line.step = match.span("num")
        line.total = match.span("of") if match["of"] else line.total
    elif kind is Kind.STEP and whole and match["of"] and line.total is None:
        line.step, line.total = match.span("num"), match.span("of")
    elif kind is Kind.STEP and whole and not match["of"]:
        line.run_step = match.span("num")
    return True


def accept(line: _Line, *, has_place: bool) -> tuple[Pair, ...]:
    """The pairs that count, by what else is on the line."""
    has_place = has_place or line.step is not None or line.epoch is not None
    strong = [item for item in line.found if item.kind is Kind.METRIC and (has_place or item.sure)]
    if not has_place and (line.settings or not strong):
        return ()
    if line.settings and not strong:
        return ()
    chosen = strong + [item for item in line.found if item.kind is Kind.WEAK and not (line.settings and not has_place)]
    seen: set[Span] = set()
    pairs = []
    for item in sorted(chosen, key=lambda item: item.pair.value):
        if item.pair.name not in seen:
            seen.add(item.pair.name)
            pairs.append(item.pair)
    return tuple(pairs)
