"""Processes that learn together: each has its part of every batch, and all make the same step.

Every rank computes the gradient of its part. Rank 0 adds them up, in the order of the ranks, and sends every rank the
mean, so that the weights stay the same bits everywhere. Requests (stop, save) travel with the gradients: all ranks
then act on them before the same batch, whichever of them got the signal.
"""

from __future__ import annotations

import time
from multiprocessing.connection import Client, Connection, Listener

import numpy as np
from network import Array, Network
from numpy.typing import NDArray
from signal_flags import Requests

__all__ = ["Alone", "Peers", "PeersGoneError"]

_PATIENCE = 60.0  # seconds until rank 0 must listen; it imports numpy first
_LOOK = 0.05

Labels = NDArray[np.int64]


class PeersGoneError(Exception):
    """Another rank has ended before the training has."""


class Alone:
    """One process has the whole batch."""

    rank = 0

    def learn(self, network: Network, images: Array, labels: Labels, rate: float) -> float:
        """One step on one batch; the batch's mean cross-entropy before the step."""
        return network.learn(images, labels, rate)


class Peers:
    """The connections of this rank to the others: rank 0 has one to each of them, they have one to rank 0."""

    def __init__(self, rank: int, count: int, address: str, key: bytes, flags: Requests) -> None:
        """Connect. `address` is the path of a socket that only the user can open; `flags` get this rank's signals.

        Raises OSError.
        """
        self.rank, self._count, self._flags = rank, count, flags
        self.agreed = Requests()
        """What all ranks do before the next batch."""
        if rank:
            self._others = [_connect(address, key)]
            self._others[0].send(rank)
        else:
            with Listener(address, "AF_UNIX", authkey=key) as listener:
                arrived = [listener.accept() for _ in range(count - 1)]
            numbered = {other.recv(): other for other in arrived}
            self._others = [numbered[number] for number in range(1, count)]

    def learn(self, network: Network, images: Array, labels: Labels, rate: float) -> float:
        """One step of all ranks on one batch; the batch's mean cross-entropy before the step. Raises PeersGoneError."""
        part = slice(self.rank, None, self._count)
        share = len(images[part]) / len(images)
        loss, grad = network.gradients(images[part], labels[part]) if share else (0.0, {})
        own = (loss * share, {name: value * np.float32(share) for name, value in grad.items()})
        asked = (self._flags.stop, self._flags.checkpoint)
        self._flags.checkpoint = self._flags.checkpoint and not asked[1]
        try:
            loss, grad, asked = self._exchange(*own, asked)
        except (EOFError, OSError) as error:
            raise PeersGoneError("another rank has ended") from error
        self.agreed.stop, self.agreed.checkpoint = asked[0], self.agreed.checkpoint or asked[1]
        network.descend(grad, rate)
        return loss

    def _exchange(
        self, loss: float, grad: dict[str, Array], asked: tuple[bool, bool]
    ) -> tuple[float, dict[str, Array], tuple[bool, bool]]:
        """The sums over all ranks, and what any of them was asked."""
        if self.rank:
            self._others[0].send((loss, grad, asked))
            received: tuple[float, dict[str, Array], tuple[bool, bool]] = self._others[0].recv()
            return received
        for other in self._others:
            its_loss, its_grad, its_asked = other.recv()
            loss += its_loss
            for name, value in its_grad.items():
                grad[name] += value
            asked = (asked[0] or its_asked[0], asked[1] or its_asked[1])
        for other in self._others:
            other.send((loss, grad, asked))
        return loss, grad, asked


def _connect(address: str, key: bytes) -> Connection:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return Client(address, "AF_UNIX", authkey=key)
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > deadline:
                raise
            time.sleep(_LOOK)
