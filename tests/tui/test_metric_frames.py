"""Training and validation of one metric in one frame: which names belong together, and how they are drawn."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.curves.series import Series
from autotrain_tui.tui.charts.chart import picture_lines
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from autotrain_tui.tui.model.metric_frames import frames_of, partners, with_colours
from autotrain_tui.tui.widgets.line import width_of


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        (("val_loss", "train_loss"), {"val_loss": ("val_loss", "train_loss")}),
        (("loss", "accuracy", "val_loss"), {"val_loss": ("val_loss", "loss"), "accuracy": ("accuracy",)}),
        (
            ("train/loss_step", "train/loss_epoch", "val/loss"),
            {"val/loss": ("val/loss", "train/loss_step", "train/loss_epoch")},
        ),
        (("loss", "loss_cls"), {"loss": ("loss",), "loss_cls": ("loss_cls",)}),
        (("train_loss", "train_acc"), {"train_loss": ("train_loss",), "train_acc": ("train_acc",)}),
        (("lr", "val_lr"), {"lr": ("lr",), "val_lr": ("val_lr",)}),
        (("val_loss", "test_loss"), {"val_loss": ("val_loss",), "test_loss": ("test_loss",)}),
    ],
)
def test_only_training_and_held_out_data_of_one_measure_share_a_frame(names, frames):
    """Held-out data leads; other measures, and two parts that are both held out, stay alone."""
    assert frames_of(names) == frames
    assert frames_of(names, together=False) == {name: (name,) for name in names}


def test_a_frame_has_no_colour_twice():
    """The leading line keeps the colour that it is asked for, the others their own where it is free."""
    names = ("val_loss", "train_loss", "test_loss")
    colours = with_colours(names, {"val_loss": "curve-3", "train_loss": "curve-1", "test_loss": "curve-5"}, "curve-1")
    assert colours["val_loss"] == "curve-1"
    assert colours["test_loss"] == "curve-5"
    assert len(set(colours.values())) == 3
    assert partners("train_loss", names) == ("val_loss", "test_loss")
    assert partners("lr", ("lr", *names)) == ()


def curve(values: list[float], label: str, colour: str) -> Curve:
    series = Series(label)
    series.extend(values, [float(at) for at in range(len(values))], [None] * len(values), [None] * len(values))
    return Curve(series, 0.0, colour, "time", label)


@pytest.mark.parametrize(("width", "height"), [(30, 8), (60, 14), (120, 40), (20, 5)])
def test_the_legend_names_the_lines_where_there_is_room(width, height):
    """A line of its own above the curves, in the picture's size; a low picture does without."""
    curves = (curve([3.0, 2.0, 1.5], "train_loss", "curve-2"), curve([4.0, 2.5, 3.0], "val_loss", "curve-1"))
    picture = Picture("val_loss", curves, legend=(("val_loss", "curve-1"), ("train_loss", "curve-2")))
    lines = picture_lines(picture, width, height)
    assert len(lines) == height
    assert all(width_of(line) <= width for line in lines)
    first = "".join(text for text, _ in lines[0])
    assert ("val_loss" in first) == (height >= 8)
