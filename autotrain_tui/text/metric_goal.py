"""Whether more or less of a metric is better, from its name; and a person's choice of a headline, `NAME:max`."""

# ruff: noqa: SIM905  word lists are easier to read and to grow as text
from __future__ import annotations

import re

from autotrain_tui.errors import UsageError

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    Goal = Literal["max", "min"]

__all__ = ["best_places", "metric_choice", "usual_goal"]

_LESS = frozenset(
    """loss losses error err cost perplexity ppl nll bce ce xent crossentropy logloss mlogloss mse rmse msle rmsle mae
    mape smape nmse nrmse wer cer eer der ter mer bpb bpc bpd fid kid lpips brier ece hinge huber focal regret merror
    kl kld kldiv elbo inertia deviance""".split()
)
_MORE = frozenset(
    """acc accuracy f1 fscore fbeta auc auroc auprc aucpr roc ap map mar ndcg mrr precision recall sensitivity
    specificity bleu sacrebleu rouge rougel meteor chrf r2 pearson spearman mcc kappa iou miou giou dice jaccard psnr
    ssim reward rewards return returns score scores exactmatch em pck pesq stoi snr sdr similarity silhouette gini
    top1 top3 top5 top10 elo fitness winrate""".split()
)
_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")


def usual_goal(name: str) -> Goal | None:
    """The goal that a name says: less of a loss, more of an accuracy; None if it says neither. A loss word wins."""
    words = {word.lower() for word in _WORD.findall(name)}
    words |= {word.rstrip("0123456789") for word in words}
    if words & _LESS or name.lower().endswith("loss"):
        return "min"
    return "max" if words & _MORE or name.lower().endswith(("acc", "accuracy")) else None


def best_places(values: Sequence[object], goal: str) -> list[int]:
    """The indexes of the best of the numbers by `max` or `min`; empty without a goal, or if all are equal."""
    known = [value for value in values if isinstance(value, int | float)]
    if goal not in ("max", "min") or len(known) < 2 or min(known) == max(known):
        return []
    best = max(known) if goal == "max" else min(known)
    return [place for place, value in enumerate(values) if value == best]


def metric_choice(text: str) -> tuple[str, Goal]:
    """`NAME:max`, `NAME:min`, or a NAME whose goal is known. Raises UsageError."""
    name, sign, goal = text.strip().rpartition(":")
    if not sign or goal not in ("max", "min"):
        name, goal = text.strip(), usual_goal(text) or ""
    if not name or len(name) > 120 or not name.isprintable():
        raise UsageError(f"metric: expected NAME:max or NAME:min, got {text[:80]!r}")
    if goal == "max":
        return name, "max"
    if goal == "min":
        return name, "min"
    raise UsageError(f"metric: is more or less of {name} better? Write {name}:max or {name}:min")
