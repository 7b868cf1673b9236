"""Which part of the data a metric's name speaks of, and what it measures there: `val_loss` is `loss` on `val`.

`train/loss_epoch`, `valid loss`, `eval-loss` and Keras' bare `loss` measure the same thing; so they are shown in one
frame, and compared.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from autotrain_tui.metrics.parsing.metric_names import is_split_word, words_of

__all__ = ["MetricSplit", "split_of"]

_CANONICAL = {
    **dict.fromkeys(("train", "training", "trn", "tr", "learn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "validating", "dev", "holdout", "heldout"), "val"),
    **dict.fromkeys(("eval", "evaluation", "evaluate", "evaluating"), "eval"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_FOLDED = frozenset({"step", "epoch"})


class MetricSplit(NamedTuple):
    """What is measured (lower-case words, `""` if the name has no others), and on which part of the data."""

    measure: str
    part: str
    """`train`, `val`, `eval`, `test`, or empty if the name does not say."""

    @property
    def held_out(self) -> bool:
        """Whether the data is not trained on."""
        return self.part in ("val", "eval", "test")


@lru_cache(maxsize=4096)
def split_of(name: str) -> MetricSplit:
    """The split of a printed name."""
    words = [word for word in words_of(name.replace("'s", "")) if word]
    part, left = "", []
    for at, word in enumerate(words):
        is_part = (
            word in _CANONICAL and (word != "learn" or len(words) == 1) and (is_split_word(word) or word == "learn")
        )
        if is_part and not part:
            part = _CANONICAL[word]
        elif word.isdigit() and at and words[at - 1] in _CANONICAL:
            continue  # LightGBM's valid_1, XGBoost's validation_0
        elif not (word in _FOLDED and at == len(words) - 1 and at):
            left.append(word)
    return MetricSplit(" ".join(left), part)
