"""The model: a small convolutional network in plain numpy, trained by SGD with momentum.

8x8 image → 3x3 convolution → ReLU → 3x3 convolution → ReLU → 2x2 maximum → dense → ReLU → dense → 10 classes.
Everything is float32, and every operation is deterministic on one machine with one BLAS thread.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Network", "initial_weights"]

Array = NDArray[np.float32]

_FIRST, _SECOND, _HIDDEN, _CLASSES = 24, 48, 64, 10
_MOMENTUM = 0.9
_DECAY = 5e-4  # weight decay
_EVALUATED_AT_ONCE = 250  # images; keeps the columns of the convolution in the processor's cache


def initial_weights(seed: int) -> dict[str, Array]:
    """He's initialisation: normal with variance 2 / inputs, biases 0 (https://arxiv.org/abs/1502.01852)."""
    rng = np.random.default_rng(seed)
    shapes = {
        "first": (9, _FIRST),
        "second": (9 * _FIRST, _SECOND),
        "hidden": (16 * _SECOND, _HIDDEN),
        "classes": (_HIDDEN, _CLASSES),
    }
    weights: dict[str, Array] = {}
    for name, (inputs, outputs) in shapes.items():
        weights[name] = (rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)).astype(np.float32)
        weights[name + "_bias"] = np.zeros(outputs, np.float32)
    return weights


class Network:
    """Weights and their velocities, by name; both are all there is to save."""

    def __init__(self, weights: dict[str, Array], velocities: dict[str, Array] | None = None) -> None:
        self.weights = weights
        self.velocities = velocities or {name: np.zeros_like(value) for name, value in weights.items()}

    def learn(self, images: Array, labels: NDArray[np.int64], rate: float) -> float:
        """One step on one batch; the batch's mean cross-entropy before the step."""
        loss, grad = self.gradients(images, labels)
        self.descend(grad, rate)
        return loss

    def gradients(self, images: Array, labels: NDArray[np.int64]) -> tuple[float, dict[str, Array]]:
        """The batch's mean cross-entropy, and its gradient by each weight."""
        count, weights, grad = len(images), self.weights, {}
        patches, first, columns, second, pooled, hidden, scores = self._forward(images)
        chances = _softmax(scores)
        loss = -np.log(chances[np.arange(count), labels] + 1e-9).mean()
        chances[np.arange(count), labels] -= 1
        delta = chances / np.float32(count)
        grad["classes"], grad["classes_bias"] = hidden.T @ delta, delta.sum(0)
        delta = (delta @ weights["classes"].T) * (hidden > 0)
        grad["hidden"], grad["hidden_bias"] = pooled.T @ delta, delta.sum(0)
        delta = (delta @ weights["hidden"].T).reshape(count, 4, 1, 4, 1, _SECOND)
        at_maximum = second.reshape(count, 4, 2, 4, 2, _SECOND) == pooled.reshape(count, 4, 1, 4, 1, _SECOND)
        delta = (delta * at_maximum).reshape(-1, _SECOND) * (second > 0)
        grad["second"], grad["second_bias"] = columns.T @ delta, delta.sum(0)
        delta = _from_columns(delta @ weights["second"].T, count).reshape(-1, _FIRST) * (first > 0)
        grad["first"], grad["first_bias"] = patches.T @ delta, delta.sum(0)
        return float(loss), grad

    def evaluate(self, images: Array, labels: NDArray[np.int64]) -> tuple[float, float]:
        """Accuracy (0 to 1) and mean cross-entropy on these images; learns nothing."""
        right, loss = 0, 0.0
        for start in range(0, len(images), _EVALUATED_AT_ONCE):
            batch, truth = images[start : start + _EVALUATED_AT_ONCE], labels[start : start + _EVALUATED_AT_ONCE]
            scores = self._forward(batch)[-1]
            right += int((scores.argmax(1) == truth).sum())
            loss -= float(np.log(_softmax(scores)[np.arange(len(batch)), truth] + 1e-9).sum())
        return right / len(images), loss / len(images)

    def _forward(self, images: Array) -> tuple[Array, ...]:
        count, weights = len(images), self.weights
        patches = _to_columns(images[..., None])
        first = np.maximum(patches @ weights["first"] + weights["first_bias"], 0)
        columns = _to_columns(first.reshape(count, 8, 8, _FIRST))
        second = np.maximum(columns @ weights["second"] + weights["second_bias"], 0)
        pooled = second.reshape(count, 4, 2, 4, 2, _SECOND).max((2, 4)).reshape(count, -1)
        hidden = np.maximum(pooled @ weights["hidden"] + weights["hidden_bias"], 0)
        return patches, first, columns, second, pooled, hidden, hidden @ weights["classes"] + weights["classes_bias"]

    def descend(self, grad: dict[str, Array], rate: float) -> None:
        """One step of SGD with momentum and weight decay."""
        for name, weight in self.weights.items():
            velocity = self.velocities[name]
            velocity *= np.float32(_MOMENTUM)
            velocity -= np.float32(rate) * (grad[name] + np.float32(_DECAY) * weight)
            np.add(weight, velocity, out=weight)


def _softmax(scores: Array) -> Array:
    powers: Array = np.exp(scores - scores.max(1, keepdims=True))
    powers /= powers.sum(1, keepdims=True)
    return powers


def _to_columns(maps: Array) -> Array:
    """(n, 8, 8, channels) → (n * 64, 9 * channels): each pixel with its eight neighbours, nought outside."""
    count, height, width, channels = maps.shape
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)))
    columns = np.empty((count, height, width, 9, channels), np.float32)
    for place in range(9):
        down, right = divmod(place, 3)
        columns[:, :, :, place] = padded[:, down : down + height, right : right + width]
    return columns.reshape(count * height * width, 9 * channels)


def _from_columns(columns: Array, count: int) -> Array:
    """The way back, for gradients: what each pixel gave to its neighbours is summed up at the pixel."""
    spread = columns.reshape(count, 8, 8, 9, -1)
    padded = np.zeros((count, 10, 10, spread.shape[-1]), np.float32)
    for place in range(9):
        down, right = divmod(place, 3)
        padded[:, down : down + 8, right : right + 8] += spread[:, :, :, place]
    return padded[:, 1:-1, 1:-1]
