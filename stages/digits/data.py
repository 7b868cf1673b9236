"""The data: scikit-learn's 1797 handwritten digits, split once, and grown to any size.

Source: `sklearn.datasets.load_digits`, the test part of the UCI set "Optical Recognition of Handwritten Digits"
(Alpaydin and Kaynak, 1998): images of 8x8 pixels with 17 grey levels. It comes with the package.
"""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["GROWTH", "HELD_OUT", "Digits", "Grown", "grow", "load"]

Images = NDArray[np.float32]  # (n, 8, 8), 0 is paper, 1 is ink
Labels = NDArray[np.int64]  # (n,), 0 to 9

HELD_OUT = 1000
"""The last digits of the set, in its own order, are held out: accuracies are multiples of 0.001, printed exactly."""
GROWTH = 32
"""One example in so many is an original; small stages thus see few originals, which is what makes them small."""

_SIZE = 8
_TURN = np.deg2rad(15)  # the furthest turn at strength 1, radians
_SHIFT = 1.0  # the furthest shift, pixels
_ZOOM = 0.1  # the strongest zoom, as a part of the size
_NOISE = 0.05  # standard deviation of the noise, as a part of full ink


class Digits(NamedTuple):
    """The split: nothing of `held_*` is ever in, or made into, a training example."""

    images: Images
    labels: Labels
    held_images: Images
    held_labels: Labels


class Grown(NamedTuple):
    """A stage's training set. `sources` names, for each example, the original in `Digits.images` it was made from."""

    images: Images
    labels: Labels
    sources: NDArray[np.int64]


def load() -> Digits:
    """The fixed split, the same in every stage. Raises ImportError where scikit-learn is missing."""
    rows = _rows()
    images = (rows[:, :-1].reshape(-1, _SIZE, _SIZE) / 16).astype(np.float32)
    labels = rows[:, -1].astype(np.int64)
    return Digits(images[:-HELD_OUT], labels[:-HELD_OUT], images[-HELD_OUT:], labels[-HELD_OUT:])


def _rows() -> NDArray[np.float64]:
    """The set as a table (1797, 65): 64 pixels from 0 to 16, then the digit.

    Read from the file inside the package: importing `sklearn.datasets` takes 2 s of processor time, more than training.
    """
    found = importlib.util.find_spec("sklearn")
    for folder in (found.submodule_search_locations if found is not None else None) or ():
        file = Path(folder) / "datasets" / "data" / "digits.csv.gz"
        if file.is_file():
            with gzip.open(file, "rt") as text:
                return np.loadtxt(text, delimiter=",")
    from sklearn.datasets import load_digits  # where a version keeps the file elsewhere

    bunch = load_digits()
    return np.column_stack([bunch.data, bunch.target])


def grow(digits: Digits, limit: int, strength: float, seed: int) -> Grown:
    """`limit` examples: one in GROWTH originals (at least one, at most all), the rest variations of those.

    `strength` multiplies the furthest turn, shift, zoom and noise. The same arguments give the same bits.
    """
    originals = min(len(digits.images), max(1, limit // GROWTH))
    sources = np.resize(np.arange(originals), limit)
    images = digits.images[sources]
    images[originals:] = _vary(images[originals:], strength, np.random.default_rng([seed, limit]))
    return Grown(images, digits.labels[sources], sources)


def _vary(images: Images, strength: float, rng: np.random.Generator) -> Images:
    """Each image turned, zoomed and shifted about its middle (bilinear, paper outside), then with noise added."""
    count = len(images)
    angle, zoom, down, right = strength * rng.uniform(-1, 1, (4, count, 1, 1))
    zoom = np.maximum(1 + zoom * _ZOOM, 0.1)  # a strength beyond 9 must not turn the image inside out
    cos, sin = np.cos(angle * _TURN) / zoom, np.sin(angle * _TURN) / zoom
    middle = (_SIZE - 1) / 2
    row, column = np.meshgrid(np.arange(_SIZE) - middle, np.arange(_SIZE) - middle, indexing="ij")
    # Where each pixel's ink comes from, in an image with a margin of one pixel of paper.
    from_row = np.clip(cos * row - sin * column + middle + 1 + down * _SHIFT, 0, _SIZE + 1)
    from_column = np.clip(sin * row + cos * column + middle + 1 + right * _SHIFT, 0, _SIZE + 1)
    top, left = (np.minimum(place.astype(np.int64), _SIZE) for place in (from_row, from_column))
    lower, righter = from_row - top, from_column - left
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    each = np.arange(count)[:, None, None]
    ink = (
        padded[each, top, left] * (1 - lower) * (1 - righter)
        + padded[each, top + 1, left] * lower * (1 - righter)
        + padded[each, top, left + 1] * (1 - lower) * righter
        + padded[each, top + 1, left + 1] * lower * righter
    )
    ink += rng.normal(0, 1, ink.shape) * (_NOISE * strength)
    varied: Images = np.clip(ink, 0, 1).astype(np.float32)
    return varied
