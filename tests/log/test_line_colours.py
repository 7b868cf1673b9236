"""What is read of a log's lines, to colour them."""

from __future__ import annotations

import pytest

from autotrain_tui.logs.log_file import Line
from autotrain_tui.text.escape_filter import styled
from autotrain_tui.tui.log.line_colours import LineColours, LineKind
from autotrain_tui.tui.log.viewport import DisplayLine


def display(data: bytes, start: int = 0) -> DisplayLine:
    """A line as the window has it."""
    text, spans = styled(data)
    return DisplayLine(Line(start, start + len(data), data, complete=True), text, spans, True)


def read(text: str) -> tuple[LineKind, dict[str, list[str]]]:
    """The kind of a line, and its texts by their colour token."""
    colours = LineColours()
    colours.know_metrics({"accuracy": "curve-1", "loss": "curve-2", "val_loss": "curve-3", "learning_rate": "curve-4"})
    reading = colours.read(display(text.encode()))
    found: dict[str, list[str]] = {}
    for mark in reading.marks:
        found.setdefault(mark.token, []).append(text[mark.start : mark.end].strip())
    return reading.kind, found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "15:02:31 epoch 5/12 loss 0.34 accuracy 0.95",
            {"log-prefix": ["15:02:31"], "curve-2": ["0.34"], "curve-1": ["0.95"]},
        ),
        ("{'loss': 0.52, 'learning_rate': 5e-05, 'epoch': 0.5}", {"curve-2": ["0.52"], "curve-4": ["5e-05"]}),
        ("val loss: 0.25", {"curve-3": ["0.25"]}),
        (
            "2026-11-22 15:00:01,123 - transformers.trainer - INFO - training",
            {"log-prefix": ["2026-11-22 15:00:01,123 - transformers.trainer - INFO -"]},
        ),
        ("INFO:root:hello", {"log-prefix": ["INFO:root:"]}),
        ("mean squared error 0.1, lossless, a/b 3/4", {}),
        (" 45%|████▌     | 23/50 [00:10<00:12]", {"log-bar": ["████▌"]}),
        ("100%|██████████| 50/50 [00:10<00:00]", {"log-done": ["100%|██████████| 50/50 [00:10<00:00]"]}),
        ("reading data/train.csv and ~/corpus", {"log-path": ["data/train.csv", "~/corpus"]}),
    ],
)
def test_words_that_help_the_eye_are_coloured(text: str, found: dict[str, list[str]]) -> None:
    """Prefixes, values of metrics in their curve's colour, bars and paths; names and numbers of others are not."""
    assert read(text) == (LineKind.PLAIN, found)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ValueError: bad", LineKind.ERROR),
        ("Traceback (most recent call last):", LineKind.ERROR),
        ("12:00:00 ERROR no space", LineKind.ERROR),
        ("WARNING:root:slow loader", LineKind.WARNING),
        ("foo.py:12: UserWarning: x", LineKind.WARNING),
        ("checkpoint saved: out/epoch-5.pt", LineKind.CHECKPOINT),
        ("Saving model checkpoint to ./out/checkpoint-500", LineKind.CHECKPOINT),
        ("train-error:0.01", LineKind.PLAIN),
    ],
)
def test_lines_of_note_have_a_kind(text: str, kind: LineKind) -> None:
    """Errors as `e` finds them, warnings, checkpoints."""
    assert read(text)[0] is kind


def test_a_line_that_the_program_coloured_is_left_alone() -> None:
    """Not one colour is added; nor is there any when they are off."""
    colours = LineColours()
    assert colours.read(display(b"\x1b[31mERROR\x1b[0m it failed")).marks == ()
    assert colours.read(display(b"ERROR it failed", 100)).marks
    colours.active = False
    assert colours.read(display(b"ERROR it failed", 100)).marks == ()
