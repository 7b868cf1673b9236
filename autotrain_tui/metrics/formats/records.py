"""Records: a Python dict or a JSON object a line, as transformers, TRL, fairseq, DETR and structlog print them.

    {'loss': '0.6953', 'grad_norm': '0.257', 'learning_rate': '0.0009', 'epoch': '0.3333'}     transformers 5
    {"step": 100, "train/loss": 0.41, "seconds": 12.5}
    Epoch 3 results: {'val_loss': np.float64(0.25)}

Nothing is evaluated or parsed recursively: keys with a number are found by one expression, and only those of the outer
braces count. A record needs at least one key that names a metric; a record of settings is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Nothing, Pair, Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER, scan
from autotrain_tui.metrics.parsing.metric_names import LabelKind, is_eval_word, is_split_word, kind_of, words_of

__all__ = ["MAX_RECORD", "NO_HEAD", "find"]

MAX_RECORD = 32 << 10  # bytes; of several lines, one line is shorter
_ITEM = lazy_pattern(
    r"""(?:(?P<q>['"])|(?<=[{,]\s)|(?<=[{,]))(?P<key>(?(q)[^'"\\{}]{1,120}|[A-Za-z_$][\w$]{0,80}))(?(q)(?P=q))\s*:\s*(?P<vq>['"])?(?:(?:j?np|numpy)\.\w{3,8}\(|tensor\(|[Aa]rray\()?"""
    rf"""(?P<num>{NUMBER})(?:,\s*(?:device|dtype|grad_fn|weak_type)=[^)]{{0,60}})?\)?(?(vq)(?P=vq))\s*(?=[,}}])""",
    re.ASCII,
)
_TOKEN = lazy_pattern(
    r"""(?:(?P<q>['"])(?P<key>[\w ./-]{1,40})(?P=q)|(?P<bare>[A-Za-z_$][\w$]{0,40}))\s*:\s*\{|[{}\[\]]"""
    r"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""",
    re.ASCII,
)
_PARENTS = frozenset({"metrics", "metric", "scalars", "values", "results", "scores", "losses", "logs", "stats"})
_WORD = lazy_pattern(r"[A-Za-z]+")
_PART = lazy_pattern(
    r"""(?P<q>['"])(?:type|split|phase|mode|stage|event|kind|set|subset|prefix)(?P=q)\s*:\s*(?P<v>['"])(?P<part>[A-Za-z]+)(?P=v)""",
    re.ASCII,
)
_BRACKET = lazy_pattern(r"""[\[\]{}()]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
NO_HEAD = lazy_pattern(
    r"config|\bargs?\b|arguments|param|setting|option|best|default|kwargs|request|response"
    r"|weight|coef|threshold|scal(?:e|ing)|distribution|shape|sizes?\b",
    re.IGNORECASE,
)
_TAIL = lazy_pattern(r"(?:\s[\w.]{1,40}=[\w.+-]{1,60}){1,4}\s*", re.ASCII)  # structlog: `metrics={...} step=300`
_PLACE_AT_END = lazy_pattern(r"\b(?:step|iter|iteration|epoch|round)\s\d+$", re.ASCII | re.IGNORECASE)
# transformers' own records are metrics as a whole, but for these
_SEEN = "num_input_tokens_seen"  # behind the epoch, where it is counted
_AXES = frozenset({"epoch", "step", "total_flos", "max_steps"})


def find(text: str, start: int) -> Layout | None:
    """The layout of a line that ends with a record."""
    begin = text.find("{", start)
    if begin < 0 or ":" not in text:
        return None
    end = text.rfind("}") + 1
    if (
        end <= begin
        or (text[end:].strip() and not _TAIL.fullmatch(text, end))
        or text[begin + 1 : begin + 2] not in "'\" "
    ):
        return None
    if end - begin > MAX_RECORD:
        return Nothing()
    head = text[start:begin].strip()
    if head and ((head[-1] not in ":=|->]" and not _PLACE_AT_END.search(head)) or NO_HEAD.search(head)):
        return None
    items = _items(text, begin, end)
    line = scan(text, start, begin)
    step, epoch = line.step, line.epoch
    kinds = [kind_of(text[slice(*key)]) for key, _ in items]
    for (_, value), kind in zip(items, kinds, strict=True):
        if kind is LabelKind.STEP and step is None and "." not in text[slice(*value)]:
            step = value
        elif kind is LabelKind.EPOCH and epoch is None:
            epoch = value
    has_place = step is not None or epoch is not None
    nested = _nested(text, begin, end, has_place=has_place)
    kinds += [LabelKind.METRIC] * bool(nested and has_place)
    chosen = _choose(text, begin, items, kinds, has_place=has_place)
    chosen = [*_of_part(text, begin, head, chosen, has_place=has_place), *nested]
    bare = bool(items) and text[items[0][0][0] - 1] not in "'\""
    if not chosen or (bare and kinds[0] not in {LabelKind.STEP, LabelKind.EPOCH}):
        return Nothing()  # a JavaScript object that names its count last is what a call gave back, not a report
    return LineLayout(
        pairs=tuple(chosen),
        step=step,
        epoch=epoch,
        epochs=line.epochs,
        total=line.total,
        restarts=False,
        epoch_is_done=text[begin + 1] == "'" and _is_trainer_record(text, items),
    )


def _items(text: str, begin: int, end: int) -> list[tuple[Span, Span]]:
    """Keys with a number that stand in the outer braces."""
    found = [(match.span("key"), match.span("num")) for match in _ITEM.finditer(text, begin, end)]
    inside = text[begin + 1 : end - 1]
    if "{" not in inside and "[" not in inside:
        return found
    outer: list[Span] = []
    depth, since = 0, begin
    for match in _BRACKET.finditer(text, begin, end):
        sign = match.group()
        if len(sign) > 1:
            continue
        depth += 1 if sign in "[{(" else -1
        if depth == 1:
            since = match.end()
        elif depth == 2 and sign in "[{":
            outer.append((since, match.start()))
        elif depth <= 0:
            outer.append((since, match.start()))
            break
    return [(key, value) for key, value in found if any(low <= key[0] and value[1] <= high for low, high in outer)]


def _nested(text: str, begin: int, end: int, *, has_place: bool) -> list[Pair]:
    """Metrics in inner braces. `"train": {"loss": 0.5}` is train_loss, `"metrics": {"loss": 0.5}` loss.

    Any other way down goes before the name, with dots, in a record that tells a step or an epoch: of `"train": {"acc":
    {"top1": 0.5}}` it is train.acc.top1.
    """
    found = []
    for path, low, high in _inner_braces(text, begin, end):
        way = [parent for parent in path if parent.lower() not in _PARENTS]
        believed = any(kind_of(parent) is LabelKind.METRIC for parent in way)
        alone = len(path) == 1 and (not way or is_split_word(way[0]))
        if not alone and (not has_place or any(NO_HEAD.search(parent) for parent in path)):
            continue
        for match in _ITEM.finditer(text, low, high):
            kind = kind_of(match["key"])
            fraction = kind is LabelKind.UNKNOWN and believed and not match["num"].lstrip("+-").isdigit()
            if kind is not LabelKind.METRIC and not fraction:
                continue
            told = any(is_split_word(word) for word in words_of(match["key"]))
            prefix = "" if not way or (alone and told) else f"{way[0]}_" if alone else ".".join(way) + "."
            found.append(Pair(match.span("key"), match.span("num"), prefix))
    return found


def _inner_braces(text: str, begin: int, end: int) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """The parts of a record that stand in inner braces, and the keys that lead there; none inside a list."""
    way: list[str | None] = []  # None: a list, or braces without a key
    since = begin
    for token in _TOKEN.finditer(text, begin + 1, end):
        sign = text[token.end() - 1]
        if sign not in "{}[]":
            continue
        if way and None not in way:
            yield tuple(filter(None, way)), since, token.start() + 1
        if sign in "{[":
            way.append((token["key"] or token["bare"]) if sign == "{" else None)
        elif way:
            way.pop()
        since = token.end() - (sign != "{")


def _of_part(text: str, begin: int, head: str, chosen: list[Pair], *, has_place: bool) -> list[Pair]:
    """`Validation epoch 3: {'loss': 0.5}`: the part of the data goes before names that the training prints as well.

    A key may say it too: `{"split": "val", "epoch": 3, "loss": 0.5}`.
    """
    told = _PART.search(text, begin)
    word = told["part"] if told else next((part for part in _WORD.findall(head) if is_split_word(part)), "")
    names = [text[slice(*pair.name)] for pair in chosen]
    if not is_eval_word(word) or not (has_place or "loss" in names):
        return chosen
    return [
        pair if any(is_split_word(part) for part in words_of(name)) else Pair(pair.name, pair.value, word + "_")
        for name, pair in zip(names, chosen, strict=True)
    ]


def _choose(
    text: str, begin: int, items: list[tuple[Span, Span]], kinds: list[LabelKind], *, has_place: bool
) -> list[Pair]:
    if LabelKind.METRIC not in kinds and not _is_trainer_record(text, items):
        return []
    if LabelKind.SETTING in kinds and not has_place:
        return []
    whole = text[begin + 1] == "'" and _is_trainer_record(text, items)
    chosen = []
    for (key, value), kind in zip(items, kinds, strict=False):
        name = text[slice(*key)]
        if whole:
            wanted = name not in _AXES
        elif kind is LabelKind.UNKNOWN:
            wanted = not text[slice(*value)].lstrip("+-").isdigit()
        else:
            wanted = kind in {LabelKind.METRIC, LabelKind.WEAK}
        if wanted:
            chosen.append(Pair(key, value))
    return chosen


def _is_trainer_record(text: str, items: list[tuple[Span, Span]]) -> bool:
    """The trainer of transformers ends each record with the epoch; loss, an evaluation or the run's end stand in it."""
    names = [text[slice(*key)] for key, _ in items]
    if not names or (names[-1] not in {"epoch", "step"} and not {"epoch", _SEEN} <= set(names)):
        return False
    return any(name == "loss" or name.startswith(("eval_", "train_", "test_")) for name in names)
