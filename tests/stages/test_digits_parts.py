"""The parts of the digits training: data, network, checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.stages.digits_program import program_modules


@pytest.fixture(scope="module")
def parts():
    with program_modules("data", "network", "checkpoint") as modules:
        yield modules


@pytest.fixture(scope="module")
def data(parts):
    return parts[0]


@pytest.fixture(scope="module")
def digits(data):
    return data.load()


def test_split_is_fixed_and_without_overlap(digits):
    """Training pool and held-out digits are the two ends of the set, whole and in its own order."""
    from sklearn.datasets import load_digits

    images = load_digits().images / 16
    assert len(digits.held_images) == 1000
    assert len(digits.images) + len(digits.held_images) == len(images) == 1797
    np.testing.assert_array_equal(np.concatenate([digits.images, digits.held_images]), images.astype(np.float32))


@pytest.mark.parametrize("limit", [1, 16, 2000, 26_000])  # 26,000: more than 32 for each original
def test_grown_examples_come_from_the_pool_only(data, digits, limit):
    """No example derives from a held-out digit: each names its original, and held-out ones don't matter at all."""
    grown = data.grow(digits, limit, 1.0, 0)
    assert len(grown.images) == len(grown.labels) == limit
    assert grown.sources.max() < len(digits.images)
    np.testing.assert_array_equal(grown.labels, digits.labels[grown.sources])
    blind = digits._replace(held_images=np.full_like(digits.held_images, np.nan))
    np.testing.assert_array_equal(data.grow(blind, limit, 1.0, 0).images, grown.images)


def test_growth_begins_with_the_originals(data, digits):
    """Unchanged originals come first and are one in `data.GROWTH`; all pixels stay in their range."""
    grown = data.grow(digits, 100 * data.GROWTH, 1.0, 0)
    np.testing.assert_array_equal(grown.images[:100], digits.images[:100])
    assert len(set(grown.sources.tolist())) == 100
    assert grown.images.min() >= 0
    assert grown.images.max() <= 1
    assert grown.images.dtype == np.float32


def test_strength_and_seed(data, digits):
    """A strength of nearly nothing leaves the digits as they are; another seed gives others, the same the same."""
    still = data.grow(digits, 160, 1e-6, 0)
    np.testing.assert_allclose(still.images, digits.images[still.sources], atol=1e-4)
    again, other = data.grow(digits, 160, 1.0, 0), data.grow(digits, 160, 1.0, 1)
    np.testing.assert_array_equal(again.images, data.grow(digits, 160, 1.0, 0).images)
    assert not np.array_equal(again.images[10:], other.images[10:])
    assert np.isfinite(data.grow(digits, 160, 1e300, 0).images).all()


def test_a_shift_is_a_shift(data, digits, monkeypatch):
    """With turn, zoom and noise off and a shift of a whole pixel, an image is its original, moved."""

    class Fixed:
        def uniform(self, low, high, shape):
            parts = np.zeros(shape)
            parts[2] = 1.0  # down
            return parts

        def normal(self, mean, deviation, shape):
            return np.zeros(shape)

    moved = data._vary(digits.images[:5], 1.0, Fixed())
    np.testing.assert_allclose(moved[:, :-1], digits.images[:5, 1:], atol=1e-6)
    assert not moved[:, -1].any()


def test_gradient_is_the_slope_of_the_loss(parts, digits):
    """The step of one batch points down the measured slope of the loss, as steep as it says."""
    network = parts[1]
    images, labels = digits.images[:64], digits.labels[:64]
    net = network.Network(network.initial_weights(1))
    for _ in range(3):  # away from the start, where half of the network may be silent
        net.learn(images, labels, 0.01)
    at = {name: value.copy() for name, value in net.weights.items()}
    once = network.Network({name: value.copy() for name, value in at.items()})
    once.learn(images, labels, 1.0)
    gradient = {name: -once.velocities[name] - network._DECAY * value for name, value in at.items()}
    size = np.sqrt(sum(float((part.astype(np.float64) ** 2).sum()) for part in gradient.values()))

    def loss(length: float) -> float:
        moved = {name: (at[name] + length / size * gradient[name]).astype(np.float32) for name in at}
        return network.Network(moved).evaluate(images, labels)[1]

    assert (loss(0.01) - loss(-0.01)) / 0.02 == pytest.approx(size, rel=0.03)
    for name, part in gradient.items():
        own = np.sqrt(float((part.astype(np.float64) ** 2).sum()))
        ahead, behind = ({**at, name: at[name] + np.float32(sign * 0.01 / own) * part} for sign in (1, -1))
        rise = network.Network(ahead).evaluate(images, labels)[1] - network.Network(behind).evaluate(images, labels)[1]
        assert rise / 0.02 == pytest.approx(own, rel=0.05), name


def test_evaluation_counts_every_image(parts, digits):
    """Accuracy and loss over many images are those of its batches together."""
    network = parts[1]
    net = network.Network(network.initial_weights(0))
    images, labels = digits.held_images[:600], digits.held_labels[:600]
    whole = net.evaluate(images, labels)
    halves = [net.evaluate(images[part], labels[part]) for part in (slice(0, 300), slice(300, 600))]
    assert whole[0] == pytest.approx(np.mean([accuracy for accuracy, _ in halves]))
    assert whole[1] == pytest.approx(np.mean([loss for _, loss in halves]), rel=1e-5)


def _checkpoint(parts, seed: int):
    _, network, checkpoint = parts
    return checkpoint.Checkpoint(
        network.Network(network.initial_weights(seed)),
        checkpoint.Place(3, 7, 1.25),
        checkpoint.Settings(2000, 20, 32, 0.7, 0),
        warm=True,
        figures={"accuracy": 0.5},
    )


def test_checkpoint_comes_back_as_it_was(parts, tmp_path):
    """Everything that was written is read again, and no other file is left."""
    checkpoint = parts[2]
    before = _checkpoint(parts, 1)
    checkpoint.write(str(tmp_path), before)
    after = checkpoint.read(str(tmp_path))
    assert (after.place, after.settings, after.warm, after.figures) == (
        before.place,
        before.settings,
        before.warm,
        before.figures,
    )
    for name, value in before.network.weights.items():
        np.testing.assert_array_equal(after.network.weights[name], value)
        np.testing.assert_array_equal(after.network.velocities[name], before.network.velocities[name])
    assert [path.name for path in tmp_path.iterdir()] == ["latest.npz"]
    assert checkpoint.read(str(tmp_path / "nowhere")) is None


def test_failed_write_keeps_the_old_checkpoint(parts, tmp_path, monkeypatch):
    """A disk that fills up while a checkpoint is written leaves the one before, and no partial file."""
    checkpoint = parts[2]
    path = checkpoint.write(str(tmp_path), _checkpoint(parts, 1))
    old = Path(path).read_bytes()

    def full(file, **arrays):
        file.write(b"a part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.write(str(tmp_path), _checkpoint(parts, 2))
    assert Path(path).read_bytes() == old
    assert [entry.name for entry in tmp_path.iterdir()] == ["latest.npz"]


def test_checkpoint_of_another_network_is_refused(parts, tmp_path):
    """Weights of another shape are named as such, with the file."""
    _, network, checkpoint = parts
    other = _checkpoint(parts, 1)
    other.network.weights["hidden"] = np.zeros((3, 3), np.float32)
    path = checkpoint.write(str(tmp_path), other)
    with pytest.raises(checkpoint.CheckpointError, match="another network") as error:
        checkpoint.read(str(tmp_path))
    assert path in str(error.value)
