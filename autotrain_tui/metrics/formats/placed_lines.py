r"""Lines that begin with their epoch and step in a form of their own: ESPnet's and Marian's; ends of epochs.

    3/40epoch started. Estimated time to finish: 2 hours and 12 minutes
    3epoch:train:1-50batch: iter_time=1.2e-04, loss_ctc=95.2, loss=66.1, optim0_lr0=5.0e-05
    3epoch results: [train] loss=61.2, acc=0.31, time=2 minutes, total_count=1500, [valid] loss=55.0, acc=0.38
    Ep. 1 : Up. 500 : Sen. 3,200 : Cost 8.48 * 88,036 @ 1,471 after 88,036 : Time 40.03s : 21419.06 words/s : gNorm 0.9
    [valid] Ep. 1 : Up. 5000 : bleu-detok : 22.5 : stalled 1 times (last best: 23.1)
    End of epoch 3 / 200 \t Time Taken: 53 sec                  pix2pix and CycleGAN

Sources: espnet2/train/reporter.py and trainer.py; marian-dev's src/training/scheduler.h; train.py of
pytorch-CycleGAN-and-pix2pix.
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.formats.pairs import accept
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Glued, Layout, LineLayout, Pair
from autotrain_tui.metrics.parsing.line_scanner import NUMBER, scan
from autotrain_tui.metrics.parsing.metric_names import is_eval_word

__all__ = ["find"]

_BATCHES = lazy_pattern(
    r"(?<![\w/.-])(?P<epoch>\d{1,9})epoch:(?P<word>\w{1,20}):\d{1,12}-(?P<step>\d{1,12})batch:\s", re.ASCII
)
_RESULTS = lazy_pattern(r"(?<![\w/.-])(?P<epoch>\d{1,9})epoch results: (?=\[)", re.ASCII)
_STARTED = lazy_pattern(r"(?<![\w/.-])(?P<epoch>\d{1,9})/(?P<epochs>\d{1,9})epoch started\b", re.ASCII)
_ENDED = lazy_pattern(r"End of epoch (?P<epoch>\d{1,9}) ?/ ?(?P<epochs>\d{1,9})\b", re.ASCII | re.IGNORECASE)
_UPDATES = lazy_pattern(
    r"(?P<valid>\[valid\]\s)?Ep\. (?P<epoch>\d{1,9}(?:\.\d{1,9})?) : Up\. (?P<step>\d{1,12}) : ", re.ASCII
)
_MARIAN = tuple(
    lazy_pattern(pattern, re.ASCII)
    for pattern in (
        rf" : (?P<name>Cost) (?P<num>{NUMBER})(?=\s)",
        rf" : (?P<num>{NUMBER}) (?P<name>words/s)(?=\s|$)",
        rf" : (?P<name>gNorm) (?P<num>{NUMBER})(?=\s|$)",
        rf" : (?P<name>L\.r\.) (?P<num>{NUMBER})(?=\s|$)",
    )
)
_VALIDATED = lazy_pattern(rf"(?P<name>[A-Za-z][\w-]{{0,40}}) : (?P<num>{NUMBER}) : (?:new best|stalled)\b", re.ASCII)


def find(text: str, start: int) -> Layout | None:
    """The layout of such a line."""
    if "epoch" in text:
        return _espnet(text, start)
    return _marian(text, start) if " : Up. " in text else None


def _espnet(text: str, start: int) -> Layout | None:
    if match := _BATCHES.search(text, start):
        apart = is_eval_word(match["word"])
        line = scan(text, match.end(), len(text), split=match["word"] if apart else "")
        pairs = accept(line, has_place=True)
        return LineLayout(pairs=pairs, step=match.span("step"), epoch=match.span("epoch"), apart=apart)
    if match := _RESULTS.search(text, start):
        found = accept(scan(text, match.end(), len(text)), has_place=True)
        # what else it holds stands in it twice, or is an average of the values above under their names
        layout = LineLayout(pairs=tuple(pair for pair in found if pair.prefix), epoch=match.span("epoch"))
        return Glued(((0, len(text), layout),))
    if match := _STARTED.search(text, start):
        return LineLayout(epoch=match.span("epoch"), epochs=match.span("epochs"))
    if match := _ENDED.match(text, start):
        return LineLayout(epoch=match.span("epoch"), epochs=match.span("epochs"), completes=True)
    return None


def _marian(text: str, start: int) -> Layout | None:
    match = _UPDATES.match(text, start)
    if match is None:
        return None
    if match["valid"]:
        value = _VALIDATED.match(text, match.end())
        found = [Pair(value.span("name"), value.span("num"), "valid_")] if value else []
    else:
        values = [pattern.search(text, match.end() - 3) for pattern in _MARIAN]
        found = [Pair(value.span("name"), value.span("num")) for value in values if value]
    if not found:
        return None
    return LineLayout(pairs=tuple(found), step=match.span("step"), epoch=match.span("epoch"), restarts=False)
