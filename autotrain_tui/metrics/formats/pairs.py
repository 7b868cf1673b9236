"""Any text with `name=value`, `name: value` or `name value`: the readers' common ground.

Precision first: a number counts only with a metric's name (`names.py`), and where the line does not say its step or
epoch, only as a fraction written out with `=` or `:`. A line of settings is left alone as a whole.
"""

# ruff: noqa: SIM905  word lists are easier to read and to grow as text
from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Pair, Span
from autotrain_tui.metrics.parsing.line_scanner import Scan, scan
from autotrain_tui.metrics.parsing.metric_names import LabelKind, is_eval_word, words_of

__all__ = ["accept", "find", "is_no_report"]

# Every text that can be a report holds one of these, in small letters.
_HINTS = tuple(
    """loss acc epoch step iter f1 auc roc reward return score err mse mae rmse r2 r^2 ppl perpl bleu rouge wer cer prec
    recall iou dice map psnr ssim fid bpb bpc entropy kl elbo energy cost objective similarity cosine lr learning norm
    nll bce likelihood logp ndcg mrr mcc kappa brier hinge focal sdr snr regret fitness elo rate batch round update
    inertia auprc aupr jaccard pearson spearman sensitivity specificity meteor fbeta divergence em""".split()
)
# Lines that are no report of a run, whatever numbers they hold: by what they begin with, and by what stands in them,
# which is searched for only where one of its marks (in small letters) does.
_NO_REPORT_BEGINS = lazy_pattern(
    r"""\s*(?:\$|\+|>>>|usage:|\#!)\s|\s*\w*(?:Namespace|Config|Arguments|Args|Params)\(|\s*return\s
    |\W*(?:the\s|new\s)?(?:best|better)\b|\W*(?:hyper-?param|config|args?\b|arguments|settings|options|hparams|parameters)
    |diff\s|(?:\+{3}|-{3})\s\S*[/.]\S*|@@\s|\s*//|\s*\#\s*\w+\s*=
    |\W*(?:\w+\]\s+)?(?:loaded|loading|resum\w+|restor\w+|saved|warning|downloading|installing)\b""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_NO_REPORT = lazy_pattern(
    r"""File\ "|Traceback|\w(?:Error|Exception|Warning|Interrupt)\b\s*(?::|$)|\s--[a-z][\w-]*[ =]
    |\breturn\s+[A-Za-z_(]|\bself\.|\bprint\(|\bdef\s|\bimport\s|[^=!<>]==[^=]|\blambda\b|[-+*/]=|\bassert\b|\braise\b
    |\b\w+\(f?["']|\bcommand\s*(?:line)?:|://|\bpython[\d.]*\s+\S+\.py\b
    |\b(?:root\ relaxation|found\ heuristic\ solution):|\bsolution\ found\ by\ [\w\ ]{1,40}\ after\b""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_MARKS = (
    *("relaxation", "heuristic", "found by"),  # what a solver finds on its way to the first solution
    *('file "', "traceback", "error", "exception", "warning", "interrupt", "--", "return", "self.", "print(", "def"),
    *(
        "import",
        "==",
        "lambda",
        "-=",
        "+=",
        "*=",
        "/=",
        "assert",
        "raise",
        '("',
        "('",
        "(f",
        "command",
        "://",
        "python",
    ),
)
_FAILURE = lazy_pattern(r"\b(?:ERROR|CRITICAL|FATAL|error|critical|fatal)\b|^\s*[EF]\d{4} ", re.ASCII)
_BESIDE_COUNT = lazy_pattern(r"\w*step\w*\W{1,3}\d+|\(\w+\)\s*$", re.IGNORECASE)
_NUMBERED = lazy_pattern(r"^\s*(?:chain|run|fold|phase)\s\d+\s?:", re.IGNORECASE)  # side by side, each counts its own
_WORD = lazy_pattern(r"[A-Za-z]{3,}")
_DUMP = 3  # settings on one line: a dump of them, even where it names a step (`batch=16`)
_CLEAR = frozenset("loss acc accuracy f1 auc ppl perplexity mse rmse mae bleu wer cer logloss".split())
_HEADS = (
    "epoch",
    "step",
    "iter",
    "batch",
    "train",
    "global step",
    "update",
    "round",
    "episode",
    "learning iteration",
    "training iteration",
    "training step",
    "training epoch",
    "starting epoch",
    "beginning epoch",
)


def find(text: str, start: int) -> Layout | None:
    """The layout of a text line whose prefix ends at `start`; None when nothing on it counts."""
    low = text.lower()
    if not any(map(low.__contains__, _HINTS)):
        return None
    line = scan(text, start, len(text))
    pairs = accept(line, has_place=False)
    has_place = line.step is not None or line.epoch is not None
    if not pairs and not _is_header(line, text, start):
        return None
    if is_no_report(text, start):
        return None
    return LineLayout(
        pairs=pairs,
        step=line.step,
        total=line.total,
        run_step=line.run_step,
        epoch=line.epoch,
        epochs=line.epochs,
        apart=line.apart,
        evaluates=line.epoch is not None and line.total is not None and _is_evaluation(text, pairs),
        indented=text[:2] == "  ",
        lone=not has_place and len(pairs) == 1,
        ambiguous=len(pairs) == 1 and _is_ambiguous(text[slice(*pairs[0].name)]),
    )


def _is_evaluation(text: str, pairs: tuple[Pair, ...]) -> bool:
    """Whether each value is of data that is not trained on, by its name: `val_loss: 0.3 val_acc: 0.9`."""
    names = [pair.prefix + text[slice(*pair.name)] for pair in pairs]
    return bool(names) and all(any(map(is_eval_word, words_of(name))) for name in names)


def _is_ambiguous(name: str) -> bool:
    """Whether a metric's name is a setting's as well: `iou`, `precision`, `entropy`."""
    return " " not in name and "_" not in name and name.lower() not in _CLEAR


def is_no_report(text: str, start: int) -> bool:
    """Whether a line is a command, source text, a setting, a failure: whatever numbers it holds are no metrics."""
    message = text[start:]
    low = message.lower()
    return (
        _NO_REPORT_BEGINS.match(message) is not None
        or (any(map(low.__contains__, _MARKS)) and _NO_REPORT.search(message) is not None)
        or _is_failure(text[:start])
    )


def _is_failure(prefix: str) -> bool:
    """Whether a logger put a level before the message that no report of a run has."""
    return prefix != "" and _FAILURE.search(prefix) is not None


def _is_header(line: Scan, text: str, start: int) -> bool:
    """Whether a line without metrics says how far the run is: `Epoch 3/10`, `step 20/500`."""
    if line.settings or line.apart or (line.step is None and line.epoch is None):
        return False
    head = _NUMBERED.sub("", text[start : start + 120]).lower().lstrip(" [(=-*#>|")
    if not head[:40].startswith(_HEADS):
        return False
    if line.epoch is None:
        return line.total is not None and not _WORD.search(_BESIDE_COUNT.sub("", text[line.total[1] :]))
    return line.epochs is not None or len(text) - start < 60


def accept(line: Scan, *, has_place: bool) -> tuple[Pair, ...]:
    """The pairs that count, by what else is on the line; `has_place`: its step or epoch is known from elsewhere."""
    has_place = has_place or line.step is not None or line.epoch is not None
    strong = [item for item in line.found if item.kind is LabelKind.METRIC and (has_place or item.sure)]
    if not strong and (line.settings or not has_place):
        return ()
    if line.settings >= _DUMP or (line.settings and (not has_place or (line.batch_alone and line.epoch is None))):
        return ()
    chosen = strong + [item for item in line.found if item.kind is LabelKind.WEAK]
    seen: set[Span] = set()
    pairs = []
    for item in sorted(chosen, key=lambda item: item.pair.value):
        if item.pair.name not in seen:
            seen.add(item.pair.name)
            pairs.append(item.pair)
    return tuple(pairs)
