"""Rules where a new epoch begins in a log."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.tui.log.epoch_rules import EpochRules
from autotrain_tui.tui.log.viewport import Viewport
from tests.log.test_logfile import opened


def rules(path: Path, text: bytes) -> list[str]:
    """What stands above each line."""
    file = opened(path, text)
    found = EpochRules(file)
    return [found.above(line) for line in file.forward(0, 100)]


@pytest.mark.parametrize(
    ("lines", "above"),
    [
        ([b"epoch 1/3 loss 1", b"epoch 1/3 loss 2", b"saved", b"epoch 2/3 loss 1"], ["", "", "", "epoch 2/3"]),
        ([b"{'epoch': 0.49}", b"{'epoch': 0.98}", b"{'epoch': 1.02}"], ["", "", "epoch 1"]),
        ([b"Epoch 5: 3%", b"Epoch 6: 3%"], ["", "epoch 6"]),
        ([b"start", b"epoch 1 loss 3", b"epoch 2 loss 2", b"epoch 3 loss 1"], ["", "", "", ""]),
        ([b"epoch 1", b"epoch 2 train", b"epoch 2 val", b"epoch 3 train"], ["", "", "", "epoch 3"]),
        ([b"epoch 1", b" loss 3", b"epoch 2", b" loss 2"], ["", "", "epoch 2", ""]),
        ([b"[rank0] epoch 3", b"[rank1] epoch 2", b"no epochs here", b"epochs: many"], ["", "", "", ""]),
    ],
)
def test_a_rule_stands_where_the_epoch_grows(tmp_path: Path, lines: list[bytes], above: list[str]) -> None:
    """Above the first line of a later epoch than the one before, unless that was a single line; never where it goes
    back.
    """
    assert rules(tmp_path / "log", b"\n".join(lines) + b"\n") == above


def test_a_rule_does_not_depend_on_what_was_noted(tmp_path: Path) -> None:
    """Lines noted from any place on have the same rules as lines that were not."""
    text = b"".join(b"epoch %d step %d\n" % (number // 2, number) for number in range(8))
    text += b"".join(b"epoch %d\n" % number for number in range(4, 12))
    file = opened(tmp_path / "log", text)
    lines = file.forward(0, 100)
    bare = [EpochRules(file).above(line) for line in lines]
    assert bare == ["", "", "epoch 1", "", "epoch 2", "", "epoch 3", "", "epoch 4", *[""] * 7]
    for start in range(len(lines)):
        noted = EpochRules(file)
        noted.note(lines[start:])
        assert [noted.above(line) for line in lines] == bare


def test_a_window_with_rules_moves_by_rows(tmp_path: Path) -> None:
    """The rule is a row of its own; up and down lead back to the same rows."""
    text = b"".join(b"epoch %d step %d\n" % (number // 4, number % 4) for number in range(40))
    file = opened(tmp_path / "log", text)
    view = Viewport(file)
    view.rules, view.height = EpochRules(file), 7
    view.layout()
    end = view.rows
    assert [row.rule for row in end].count("epoch 9") == 1
    seen = [end]
    for _ in range(20):
        view.move(-1)
        assert len(view.rows) == 7
        assert view.rows[1:] == seen[-1][:-1]
        seen.append(view.rows)
    for before in reversed(seen[:-1]):
        view.move(1)
        assert view.rows == before
