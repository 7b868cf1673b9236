"""What a series is about, by its name: quality, rate, optimiser, or other; and which names can be none at all.

Quality is what training is for (loss, accuracy); a rate says how fast it goes; the optimiser's are its settings in work
(learning rate, gradient norm); other is whatever a program reports under a name that no list knows.
"""

# ruff: noqa: SIM905  word lists are easier to read and to grow as text
from __future__ import annotations

import enum
import re
from functools import lru_cache
from typing import Literal

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.metric_names import LabelKind, kind_of, words_of

__all__ = [
    "KINDS",
    "NameRole",
    "SeriesKind",
    "is_gradient_norm",
    "is_rate",
    "is_running_best",
    "role_of",
    "series_kind",
]

SeriesKind = Literal["quality", "rate", "optimiser", "other"]
KINDS: tuple[SeriesKind, ...] = ("quality", "rate", "optimiser", "other")
"""The order in which series are shown."""

_RATE_WORDS = frozenset(
    "throughput tput speed mfu hfu wps ups fps tps sps qps ips tflops flops tgs bandwidth persecond persec".split()
)
_RATE_END = lazy_pattern(
    r"(?:/|[ _]per[ _])(?:s|secs?|seconds?|min|minute|h|hour|gpu|device)\b(?!.*size)", re.IGNORECASE
)
_EACH = lazy_pattern(
    r"(?:/|[ _]per[ _])(?:step|it|iter|iteration|batch|epoch|update|token|sample|example|image)s?\b", re.IGNORECASE
)
_PER_TIME = frozenset({"s", "sec", "secs", "second", "min", "minute", "hour"})  # `CurrSamplesPerSec`
_TIME = frozenset(
    """time times timing sec secs second seconds s ms us msec min minute minutes hour hours elapsed eta duration dur
    runtime timestamp date wall clock remaining left took t latency""".split()
)
_STEP_WORDS = frozenset("step iter iteration batch epoch update it".split())
_COUNTS = frozenset(
    """mem memory gpu cpu ram vram gb mb kb gib mib bytes size sizes bs count counts counter number num n nb id idx
    index rank world port pid line epochs steps iters iterations layers heads workers params parameters param dim vocab
    hidden tokens samples examples images records rows columns cols files shards documents docs words calls evals
    evaluations total seen consumed done processed skipped failed left length len width height depth version seed worker
    thread device devices node nodes host chunk page part shard file class level bsz wpb nf nfev ncalls allocated
    reserved cached progress percent complete completed label labels
    predict prediction predicted""".split()
)
_SETTINGS = frozenset(
    """scaler weight weights coef coeff coefs coefficient coefficients threshold thresholds thresh patience target
    warmup decay smoothing lambda dropout beta beta1 beta2 betas alpha gamma eta kwargs config margin limit init
    momentum budget window tol tolerance minimum maximum clipnorm reduction factor interval every freq frequency
    default setting option version""".split()
)
_DERIVED = frozenset(
    """best std stdev stddev sd var variance deviation min max prev previous last delta improved improvement
    lowest highest worst""".split()
)
_OPTIMISER = frozenset("lr norm gnorm gradnorm gradientnorm momentum wd mom".split())


class NameRole(enum.Enum):
    """What a number under a name may become once its line is known to be a report."""

    KNOWN = "a metric's name"
    FREE = "a name that no list knows"
    RATE = "a rate"
    DERIVED = "a figure made of others"
    AXIS = "a step or an epoch"
    TIME = "a time"
    COUNT = "a size or a count"
    SETTING = "a setting"


@lru_cache(maxsize=4096)
def role_of(name: str) -> NameRole:
    """The role of a printed name, by its words alone."""
    if is_rate(name):
        return NameRole.RATE
    kind = kind_of(name)
    if kind is LabelKind.METRIC or kind is LabelKind.WEAK:
        return NameRole.KNOWN
    if kind is LabelKind.STEP or kind is LabelKind.EPOCH:
        return NameRole.AXIS
    words = set(words_of(name))
    if words & _TIME or any(word.endswith("time") for word in words) or (kind is LabelKind.NEVER and "cost" in words):
        return NameRole.TIME
    if words == {"data"}:
        return NameRole.TIME  # beside `time`: what loading took
    if words in ({"target"}, {"value"}, {"current", "minimum"}, {"current", "maximum"}):
        return NameRole.FREE
    if words & _COUNTS:
        return NameRole.COUNT
    if words & _SETTINGS or kind is LabelKind.SETTING:
        return NameRole.SETTING
    if words & _DERIVED:
        return NameRole.DERIVED
    return NameRole.FREE if words else NameRole.COUNT


@lru_cache(maxsize=4096)
def is_rate(name: str) -> bool:
    """Whether a name says how fast the work goes: `tokens/s`, `MFU`, `samples_per_second`, `ms/step`, `step_time`."""
    if _RATE_END.search(name) or _EACH.search(name):
        return True
    words = words_of(name)
    if not _RATE_WORDS.isdisjoint(words) or (words[-2:-1] == ("per",) and words[-1] in _PER_TIME):
        return True
    return len(words) == 2 and bool(_TIME & set(words)) and bool(_STEP_WORDS & set(words))


@lru_cache(maxsize=4096)
def is_running_best(name: str) -> bool:
    """Whether a name is that of the best of a series so far: `best_cost`, `Current best`; not `best_epoch`."""
    words = words_of(name)
    others = " ".join(word for word in words if word != "best")
    return "best" in words and (not others or role_of(others) in {NameRole.KNOWN, NameRole.FREE})


@lru_cache(maxsize=4096)
def series_kind(name: str) -> SeriesKind:
    """The class of a series, from its name."""
    if is_rate(name):
        return "rate"
    kind = kind_of(name)
    if kind is LabelKind.WEAK or is_gradient_norm(name):
        return "optimiser"
    if kind is LabelKind.METRIC:
        return "quality"
    words = words_of(name)
    if not _OPTIMISER.isdisjoint(words):
        return "optimiser"
    return "other"


@lru_cache(maxsize=4096)
def is_gradient_norm(name: str) -> bool:
    """Whether a series is the norm of the gradient."""
    words = words_of(name)
    return "gnorm" in words or "gradnorm" in words or ("norm" in words and bool({"grad", "gradient"} & set(words)))
