"""Records: a Python dict or a JSON object a line, as transformers, TRL, fairseq, DETR and structlog print them.

    {'loss': '0.6953', 'grad_norm': '0.257', 'learning_rate': '0.0009', 'epoch': '0.3333'}     transformers 5
    {"step": 100, "train/loss": 0.41, "seconds": 12.5}
    Epoch 3 results: {'val_loss': np.float64(0.25)}

Nothing is evaluated or parsed recursively: keys with a number are found by one expression, and only those of the outer
braces count. A record needs at least one key that names a metric; a record of settings is left alone.
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Nothing, Pair, Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER, scan
from autotrain_tui.metrics.parsing.metric_names import LabelKind, is_eval_word, is_split_word, kind_of, words_of

__all__ = ["find"]

MAX_RECORD = 8192  # bytes
_ITEM = re.compile(
    r"""(?P<q>['"])(?P<key>[^'"\\{}]{1,120})(?P=q)\s*:\s*(?P<vq>['"])?(?:(?:np|numpy)\.\w{3,8}\(|tensor\(|array\()?"""
    rf"""(?P<num>{NUMBER})(?:,\s*(?:device|dtype|grad_fn)=[^)]{{0,60}})?\)?(?(vq)(?P=vq))\s*(?=[,}}])""",
    re.ASCII,
)
_NESTED = re.compile(r"""(?P<q>['"])(?P<parent>\w{1,40})(?P=q)\s*:\s*\{(?P<body>[^{}\[\]]*)\}""", re.ASCII)
_PARENTS = frozenset({"metrics", "metric", "scalars", "values", "results", "scores", "losses", "logs", "stats"})
_WORD = re.compile(r"[A-Za-z]+")
_PART = re.compile(
    r"""(?P<q>['"])(?:type|split|phase|mode|stage|event|kind|set|subset|prefix)(?P=q)\s*:\s*(?P<v>['"])(?P<part>[A-Za-z]+)(?P=v)""",
    re.ASCII,
)
_BRACKET = re.compile(r"""[\[\]{}()]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
_NO_HEAD = re.compile(
    r"config|\bargs?\b|arguments|param|setting|option|best|default|kwargs|request|response"
    r"|weight|coef|threshold|scal(?:e|ing)|distribution|shape|sizes?\b",
    re.IGNORECASE,
)
# transformers' own records are metrics as a whole, but for these
_SEEN = "num_input_tokens_seen"  # behind the epoch, where it is counted
_AXES = frozenset({"epoch", "step", "total_flos", "max_steps"})


def find(text: str, start: int) -> Layout | None:
    """The layout of a line that ends with a record."""
    begin = text.find("{", start)
    if begin < 0 or ":" not in text:
        return None
    end = text.rfind("}") + 1
    if end <= begin or text[end:].strip() or text[begin + 1 : begin + 2] not in "'\" ":
        return None
    if end - begin > MAX_RECORD:
        return Nothing()
    head = text[start:begin].strip()
    if head and (head[-1] not in ":=|->]" or _NO_HEAD.search(head)):
        return None
    items = _items(text, begin, end)
    line = scan(text, start, begin)
    step, epoch = line.step, line.epoch
    nested = _nested(text, begin, end)
    kinds = [kind_of(text[slice(*key)]) for key, _ in items]
    for (_, value), kind in zip(items, kinds, strict=True):
        if kind is LabelKind.STEP and step is None and "." not in text[slice(*value)]:
            step = value
        elif kind is LabelKind.EPOCH and epoch is None:
            epoch = value
    chosen = _choose(text, begin, items, kinds, has_place=step is not None or epoch is not None)
    chosen = [*_of_part(text, begin, head, chosen, has_place=step is not None or epoch is not None), *nested]
    if not chosen:
        return Nothing()
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


def _nested(text: str, begin: int, end: int) -> list[Pair]:
    """`"train": {"loss": 0.5}` and `"metrics": {…}` one level down; the part of the data goes before the names."""
    found = []
    for block in _NESTED.finditer(text, begin + 1, end):
        parent = block["parent"]
        if not is_split_word(parent) and parent.lower() not in _PARENTS:
            continue
        for match in _ITEM.finditer(text, block.start("body"), block.end("body") + 1):
            if kind_of(match["key"]) is LabelKind.METRIC:
                bare = not is_split_word(parent) or any(is_split_word(word) for word in words_of(match["key"]))
                found.append(Pair(match.span("key"), match.span("num"), "" if bare else parent + "_"))
    return found


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
    for (key, value), kind in zip(items, kinds, strict=True):
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
