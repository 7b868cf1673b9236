"""Which printed labels name a metric, an axis, a setting, or none of these.

A log is full of numbers that are no metrics: sizes, times, counts, settings. The rule is the label's words: a word of
`METRIC` makes a metric unless a word of `NEVER` stands beside it (`loss_scale`, `best_accuracy`, `loss_weight`).
"""

# ruff: noqa: SIM905  word lists are easier to read and to grow as text
from __future__ import annotations

import enum
import itertools
from functools import lru_cache

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern

__all__ = [
    "MAX_NAME",
    "LabelKind",
    "axis_of",
    "clean_name",
    "is_eval_word",
    "is_plain_metric_phrase",
    "is_split_word",
    "is_well_known",
    "kind_of",
    "words_of",
]

MAX_NAME = 120  # characters; a longer name is no metric's

METRIC = frozenset(
    """
    loss losses acc accuracy f1 fscore fbeta auc auroc auprc aupr roc ap map mar mapk ndcg mrr precision recall
    specificity sensitivity ppl perplexity bleu sacrebleu rouge rougel rougelsum meteor chrf ter wer cer eer der mer
    mse rmse rmsle msle mae mape smape mase nmse nrmse r2 r2score pearson spearman kendall mcc kappa brier ece gini
    logloss mlogloss nll bce ce xent crossentropy kl kld kldiv elbo iou miou giou dice jaccard psnr ssim lpips fid kid
    bpb bpc bpd bits reward rewards rew return returns score scores error err cost objective energy entropy similarity
    cosine divergence advantage advantages hinge focal huber likelihood logprob logprobs logp merror aucpr silhouette
    eprewmean rewmean retmean inertia modularity exactmatch em pck oks pesq stoi sisnr snr sdr regret fitness elo
    mauc winrate top1 top3 top5 top10
    """.split()
)
# Of these, the ones that mean nothing else in any text.
_WELL_KNOWN = frozenset(
    """loss acc accuracy f1 auc auroc auprc perplexity ppl bleu rouge wer cer mse rmse mae mape r2 logloss nll recall
    iou miou dice psnr ssim fid ndcg mrr mcc""".split()
)
# Numbers of a run that are worth a curve but are settings as often: read only beside a metric or a step.
WEAK = frozenset({"lr", "learningrate", "gradnorm", "gnorm", "gradientnorm"})
# A word that makes a label something else, whatever stands beside it.
NEVER = frozenset(
    """
    time times timing sec secs second seconds ms msec minute minutes hour hours elapsed eta duration dur runtime
    timestamp date wall clock remaining best mem memory gpu cpu ram vram gb mb kb gib mib bytes size sizes bs scale
    scaler scaling weight weights coef coeff coefs coefficient coefficients threshold thresholds thresh target patience
    counter count counts num number n nb max min maximum minimum warmup decay smoothing factor lambda seed param params
    parameters fn func function type version epochs steps iters iterations improved delta interval every freq frequency
    margin eps limit id idx index rank world port pid line reduction momentum dropout beta beta1 beta2 betas alpha
    gamma kwargs config vocab hidden dim layers heads workers iteration flops flos params tokens samples
    examples images speed throughput tput wps ups fps bsz wpb mfu tflops start initial_lr base_lr peak init from
    early stop stopping prev previous clipnorm ignore budget window
    std stdev stddev sd var variance deviation
    nms packet chance majority bestiteration besttest besttrain host node device devices master addr
    """.split()
)
SPLIT = {
    "train": False,
    "training": False,
    "trn": False,
    "tr": False,
    "val": True,
    "valid": True,
    "validation": True,
    "validate": True,
    "validating": True,
    "test": True,
    "testing": True,
    "eval": True,
    "evaluation": True,
    "evaluate": True,
    "evaluating": True,
    "dev": True,
    "holdout": True,
    "heldout": True,
}
QUALIFIER = frozenset(
    """
    avg average mean median running smoothed ema total final overall macro micro weighted balanced top policy value
    critic actor generator discriminator gen disc d g student teacher box cls class mask aux auxiliary recon
    reconstruction contrastive mlm lm rec reg rpn obj dfl epoch batch current cur curr step raw log absolute squared
    square root percentage exact match episode ep cumulative token word character char sentence pixel mean_token cross
    binary categorical sparse global local source src tgt masked ctc attention vq commit kl nll ce bce mse set results
    online offline zero shot oob in out teacher_forced percent pct relative normalized inner outer meta
    """.split()
)
STEP = frozenset(
    """
    step iter iteration it globalstep update numupdates updates batch minibatch totaltimesteps numtimesteps
    timestep timesteps round boost trainstep trainerglobalstep globaliteration optstep episode ep_num currentstep tick
    """.split()
)
EPOCH = frozenset({"epoch", "ep", "epochs_done", "currentepoch", "trainepoch", "epochno"})
# A line that holds one of these and no step or epoch describes settings, and nothing on it is a metric.
SETTING = frozenset(
    """
    epochs numepochs numtrainepochs maxepochs nepochs totalepochs maxsteps totalsteps numsteps batchsize bs
    trainbatchsize evalbatchsize microbatchsize seed randomstate optimizer optim scheduler lrscheduler weightdecay wd
    momentum dropout hiddensize hiddendim numlayers nlayers nheads numheads warmup warmupsteps warmupratio
    gradientaccumulationsteps gradaccum numworkers worldsize maxlength maxseqlength imgsize imagesize vocabsize betas
    adamepsilon eps patience maxdepth nestimators numleaves mindelta datasetsize datasetlimit params parameters
    numparameters nparameters testsize valsize trainsize subsample clipnorm maxgradnorm dataset device gamma alpha
    """.split()
)

_WEAK_PARTS = frozenset({"lr", "norm", "grad", "rate", "learning"})
_TIMED = frozenset({"batch", "reader", "data"})
_RATES = frozenset({"success", "win", "hit", "solve", "positive", "negative"})
_METRIC_PAIRS = frozenset({"epret"})  # Spinning Up's return of an episode; `ret` alone is a status
_PIECE = lazy_pattern(r"[A-Za-z]+\d*|\d+")
_CAMEL = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NOT_LETTERS = lazy_pattern(r"[^a-z0-9]")
_UNPRINTABLE = lazy_pattern(r"[\s\x00-\x20\x7f-\xa0]+")


class LabelKind(enum.Enum):
    """What a label is."""

    METRIC = "metric"
    WEAK = "weak"
    STEP = "step"
    EPOCH = "epoch"
    SETTING = "setting"
    NEVER = "never"
    UNKNOWN = "unknown"


@lru_cache(maxsize=4096)
def words_of(label: str) -> tuple[str, ...]:
    """The lower-case words of a label: `trainLoss/total_acc1` → train, loss, total, acc1."""
    if label.isalpha() and label.isascii() and label[1:].islower():
        return (label.lower(),)  # one word as it stands: `loss`, `Loss`
    words: list[str] = []
    for piece in _PIECE.findall(label.replace("'", "").replace("^", "")):
        low = piece.lower()
        if piece.isalpha() and (piece == low or piece[1:] == low[1:]):
            words.append(low)  # one word as it stands: `loss`, `Loss`
        elif low in METRIC or low in NEVER or low in SPLIT or low in QUALIFIER or low in STEP:
            words.append(low)
        else:
            words.extend(part.lower() for part in _CAMEL.findall(piece) or (piece,))
    return tuple(words)


def _is_metric_word(word: str) -> bool:
    return word in METRIC or word.rstrip("0123456789") in METRIC


def _flat(label: str) -> str:
    low = label.lower()
    return low if low.isalpha() and low.isascii() else _NOT_LETTERS.sub("", low)


def axis_of(label: str) -> LabelKind | None:
    """Whether a label is a step's or an epoch's: `kind_of` without what it costs to tell the others apart."""
    flat = _flat(label)
    return LabelKind.STEP if flat in STEP else LabelKind.EPOCH if flat in EPOCH else None


@lru_cache(maxsize=4096)
def kind_of(label: str) -> LabelKind:
    """What a label is, by its words alone."""
    flat = _flat(label)
    if flat in STEP:
        return LabelKind.STEP
    if flat in EPOCH:
        return LabelKind.EPOCH
    if "/dataloader_idx_" in label:  # Lightning's, of several loaders
        label = label.partition("/dataloader_idx_")[0]
        flat = _flat(label)
    if flat in SETTING:
        return LabelKind.SETTING
    words = words_of(label)
    if not words or label.endswith("/s") or not NEVER.isdisjoint(words):
        return LabelKind.NEVER
    if words[-1] == "cost" and words[-2:-1] and words[-2] in _TIMED and "_" in label:
        return LabelKind.NEVER  # paddle's `batch_cost` is a time
    if words[-1] == "iter" and len(words) > 1 and not _is_metric_word(words[-2]):
        return LabelKind.NEVER  # `EM sub_iter` counts
    if words[0] == "random" and all(_is_metric_word(word) for word in words[1:]):
        return LabelKind.NEVER  # what guessing gives
    if flat in WEAK or not WEAK.isdisjoint(words) or _has_pair(words, WEAK):
        return LabelKind.WEAK
    if not METRIC.isdisjoint(words) or any(map(_is_metric_word, words)):
        return LabelKind.METRIC
    if (words[-1] == "rate" and not _RATES.isdisjoint(words)) or _has_pair(words, _METRIC_PAIRS):
        return LabelKind.METRIC
    return LabelKind.UNKNOWN


def _has_pair(words: tuple[str, ...], known: frozenset[str]) -> bool:
    return len(words) > 1 and not known.isdisjoint([first + second for first, second in itertools.pairwise(words)])


def is_split_word(word: str) -> bool:
    """Whether a word names a part of the data: train, val, test, ..."""
    return word.lower() in SPLIT


def is_eval_word(word: str) -> bool:
    """Whether a word names a part of the data that is not trained on."""
    return SPLIT.get(word.lower(), False)


def is_plain_metric_phrase(words: tuple[str, ...]) -> bool:
    """Whether every word belongs to a metric's name, as in `average train loss`; a sentence has others."""
    return bool(words) and all(
        _is_metric_word(word) or word.isdigit() or word in QUALIFIER or word in SPLIT or word in _WEAK_PARTS
        for word in words
    )


def is_well_known(label: str) -> bool:
    """Whether a label ends with a metric's name that means nothing else: `Random forest accuracy`."""
    words = [word for word in words_of(label) if not word.isdigit()]
    last = words[-1] if words else ""
    return last in _WELL_KNOWN or last.rstrip("0123456789") in _WELL_KNOWN or label.endswith("mAP")


def clean_name(raw: bytes) -> str | None:
    """A printed label as a metric's name: white space to `_`, nothing unprintable; None when it can't be one."""
    text = _UNPRINTABLE.sub("_", raw.decode("utf-8", "replace").strip())
    if not text or text == "@" or len(text) > MAX_NAME or not text.isprintable():  # "@" marks rows of readings.jsonl
        return None
    return text
