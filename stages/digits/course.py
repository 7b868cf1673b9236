"""The course of a training: where it starts, its epochs and batches, what it saves, how it ends."""

from __future__ import annotations

import argparse
import math
import os
import time

import checkpoint
import data
import numpy as np
from checkpoint import Checkpoint, CheckpointError, Place, Settings
from network import Network, initial_weights
from peers import Alone, Peers
from report import Figures, say, stream, write_result
from signal_flags import STOPPED, Requests

__all__ = ["train"]

_COLD_RATE, _WARM_RATE = 0.03, 0.015  # the peak learning rate from new weights and from an earlier stage's
_WARM_UP = 50  # batches until the peak, or a tenth of the stage where that is less
_LAST_RATE = 0.02  # of the peak, at the end of the stage
_SECONDS_BETWEEN_LINES = 1.0


def train(given: argparse.Namespace, flags: Requests, peers: Alone | Peers | None = None) -> int:
    """One stage from its start, or from its checkpoint, to its end; the exit code. Raises ImportError.

    `peers`: the processes that learn together; each has its part of every batch, and the first one saves and reports.
    """
    settings = Settings(given.dataset_limit, given.epochs, given.batch_size, given.scale, given.seed, given.lr)
    digits = data.load()
    grown = data.grow(digits, settings.dataset_limit, settings.scale, settings.seed)
    say(
        f"{len(grown.images)} examples, grown from {len(set(grown.sources.tolist()))} handwritten digits;"
        f" {len(digits.held_images)} others are held out"
    )
    try:
        start = _start(given, settings)
        course = Course(start, digits, grown, peers or Alone(), flags, given)
        if not course.run():
            return STOPPED
        if course.peers.rank == 0:
            write_result(given.results, course.figures)
    except (CheckpointError, OSError) as error:
        say(f"error: {error}")
        return 1
    return 0


def _start(given: argparse.Namespace, settings: Settings) -> Checkpoint:
    """The checkpoint to go on from, or a new network, warm where an earlier stage left weights."""
    if given.resume:
        saved = checkpoint.read(given.checkpoint_dir) if given.checkpoint_dir else None
        if saved is None:
            say("no checkpoint to go on from: starting anew")
        elif saved.settings == settings:
            say(f"going on in epoch {saved.place.epoch} after {saved.place.batches} batches")
            return saved
        else:
            # Other batches or data: the position in the epoch is invalid, the weights are still valid.
            say(f"other settings than the checkpoint's: epoch {saved.place.epoch} begins again")
            return Checkpoint(saved.network, Place(saved.place.epoch), settings, saved.warm, saved.figures)
    earlier = checkpoint.read(given.previous_checkpoint_dir) if given.previous_checkpoint_dir else None
    if earlier is None:
        return Checkpoint(Network(initial_weights(settings.seed)), Place(), settings, warm=False, figures={})
    say("warm start: weights of the earlier stage")
    return Checkpoint(Network(earlier.network.weights), Place(), settings, warm=True, figures={})


class Course:
    """A training under way. `figures` are the last epoch's: accuracy and val_loss held out, loss in training."""

    def __init__(  # noqa: PLR0917  one for each part of a training
        self,
        start: Checkpoint,
        digits: data.Digits,
        grown: data.Grown,
        peers: Alone | Peers,
        flags: Requests,
        given: argparse.Namespace,
    ) -> None:
        self.peers = peers
        self.figures: Figures = dict(start.figures)
        self._network, self._place, self._settings, self._warm = start.network, start.place, start.settings, start.warm
        self._digits, self._grown, self._flags = digits, grown, flags
        self._checkpoint_dir: str | None = given.checkpoint_dir
        self._metrics: str | None = given.metrics
        self._batches = math.ceil(len(grown.images) / start.settings.batch_size)
        self._total = self._batches * start.settings.epochs
        self._spoke_at, self._since = time.monotonic(), 0

    def run(self) -> bool:
        """Trains to the end (True) or until a stop is requested (False; the checkpoint is then saved)."""
        while self._place.epoch <= self._settings.epochs:
            if not self._finish_epoch():
                self._save("stopping, checkpoint saved")
                return False
            self._close_epoch()
        return True

    def _finish_epoch(self) -> bool:
        """Learns the batches of this epoch that are still to do; False when a stop is requested before the last."""
        epoch, settings = self._place.epoch, self._settings
        order = np.random.default_rng([settings.seed, epoch]).permutation(settings.dataset_limit)
        while self._place.batches < self._batches:
            if self._flags.stop:
                return False
            if self._flags.checkpoint:
                self._flags.checkpoint = False
                self._save("checkpoint saved on request")
            done = self._place.batches
            batch = order[done * settings.batch_size : (done + 1) * settings.batch_size]
            loss = self.peers.learn(self._network, self._grown.images[batch], self._grown.labels[batch], self._rate())
            self._place = Place(epoch, done + 1, self._place.loss_sum + loss)
            self._since += len(batch)
            if self._place.batches < self._batches:
                self._speak_now_and_then()
        return True

    def _close_epoch(self) -> None:
        """Evaluates the epoch on the held-out digits, reports it, and saves a checkpoint."""
        if self.peers.rank:
            say(f"{self._progress()} loss {self._place.loss_sum / self._batches:.4f}")
            self._place = Place(self._place.epoch + 1)
            return
        epoch, step, rate = self._place.epoch, self._step(), _rounded(self._rate(), 3)
        accuracy, val_loss = self._network.evaluate(self._digits.held_images, self._digits.held_labels)
        loss = self._place.loss_sum / self._batches
        self.figures = {"accuracy": round(accuracy, 4), "loss": round(loss, 4), "val_loss": round(val_loss, 4)}
        say(
            f"{self._progress()} accuracy {self.figures['accuracy']:.4f} loss {self.figures['loss']:.4f}"
            f" val_loss {self.figures['val_loss']:.4f} lr {rate:.3g}"
        )
        stream(self._metrics, {"step": step, "total": self._total, "epoch": epoch, **self.figures, "lr": rate})
        self._place = Place(epoch + 1)
        if self._checkpoint_dir:
            self._save("checkpoint saved")
        self._spoke_at, self._since = time.monotonic(), 0

    def _speak_now_and_then(self) -> None:
        """A line about the mean training loss of this epoch so far, about once a second."""
        seconds = time.monotonic() - self._spoke_at
        if seconds < _SECONDS_BETWEEN_LINES:
            return
        loss, rate = round(self._place.loss_sum / self._place.batches, 4), _rounded(self._rate(), 3)
        say(f"{self._progress()} loss {loss:.4f} lr {rate:.3g} {self._since / seconds:.0f} ex/s")
        figures = {"step": self._step(), "total": self._total, "epoch": self._place.epoch, "loss": loss, "lr": rate}
        if self.peers.rank == 0:
            stream(self._metrics, figures)
        self._spoke_at, self._since = time.monotonic(), 0

    def _progress(self) -> str:
        """Steps restart in each epoch here, as in most training programs; the JSON lines count through."""
        place = self._place
        return f"epoch {place.epoch}/{self._settings.epochs} step {place.batches}/{self._batches}"

    def _step(self) -> int:
        """Batches learnt since the stage's start, whatever number of attempts they took."""
        return (self._place.epoch - 1) * self._batches + self._place.batches

    def _rate(self) -> float:
        """The learning rate of the next batch: a short rise, then half a cosine down."""
        step = self._step()
        rise = min(1.0, (step + 1) / max(1, min(_WARM_UP, self._total // 10)))
        fall = _LAST_RATE + (1 - _LAST_RATE) * (1 + math.cos(math.pi * min(1.0, step / self._total))) / 2
        peak = self._settings.lr or (_WARM_RATE if self._warm else _COLD_RATE)
        return peak * rise * fall

    def _save(self, why: str) -> None:
        if self.peers.rank:
            say(f"{why.partition(',')[0]}: rank 0 saves")
            return
        if self._checkpoint_dir is None:
            say("nothing saved: no --checkpoint-dir was given")
            return
        state = Checkpoint(self._network, self._place, self._settings, self._warm, self.figures)
        path = checkpoint.write(self._checkpoint_dir, state)
        say(f"{why}: {os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))}")


def _rounded(value: float, digits: int) -> float:
    """To so many significant digits, so that print and JSON agree."""
    return float(f"{value:.{digits}g}")
