"""`metrics --explain`: what was read of a log, what was left out and why, and the pattern that reads it."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.metrics.explain import explain, plan_line
from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Reading
from autotrain_tui.metrics.parsing.series_kinds import series_kind

LOG = "".join(
    f"\x1b[32mGen {i}\x1b[0m: wobble 0.{i}5 drift=1.5 hits={i * 7 % 5} time=0.{i}s tokens/s 12{i}.5\n"
    for i in range(1, 6)
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "train.log"
    path.write_text(LOG + "gizmo = 0.5\n")
    return path


def test_each_number_is_accounted_for(log: Path) -> None:
    """A number of a shape is a series, a count, or left out with a reason."""
    found = explain(log)
    assert {(one.name, one.kind, one.points) for one in found.series} == {
        ("wobble", "other", 5),
        ("tokens/s", "rate", 5),
    }
    report = next(shape for shape in found.shapes if shape.count == 5)
    assert report.read_by == "learned"
    assert set(report.taken) == {"wobble", "tokens/s"}
    reasons = {number.name: number.reason for number in report.left_out}
    assert reasons["drift"] == "it never changes"
    assert reasons["hits"] == "a whole number under a name that no list knows"
    assert reasons["time"] == "a time"
    lone = next(shape for shape in found.shapes if shape.count == 1)
    assert lone.left_out[0].reason.startswith("seen 1 times")


def test_the_pattern_reads_what_was_left_out(log: Path) -> None:
    """A left-out number's pattern, put into a plan, makes it a series."""
    numbers = [number for shape in explain(log).shapes for number in shape.left_out if number.name == "hits"]
    assert len(numbers) == 1
    re.compile(numbers[0].pattern)
    reader = LogReader([("hits", numbers[0].pattern)])
    values = [event.value for event in reader.feed(LOG.encode()) if isinstance(event, Reading) and event.name == "hits"]
    assert values == [i * 7 % 5 for i in range(1, 6)]


def test_the_command_prints_it(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`metrics --explain LOG` needs no session, and prints one document with --json."""
    assert cli.main(["metrics", "--explain", str(log)]) == 0
    text = capsys.readouterr().out
    assert "read by: learned" in text
    assert "left out: hits" in text
    assert "\x1b" not in text
    assert cli.main(["metrics", "--explain", str(log), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    assert {one["name"]: one["kind"] for one in document["series"]} == {"wobble": "other", "tokens/s": "rate"}


def test_a_log_that_is_a_fifo_is_refused_at_once(tmp_path: Path) -> None:
    """It would wait for a writer for ever."""
    os.mkfifo(tmp_path / "log")
    with pytest.raises(OSError, match="not a regular file"):
        explain(tmp_path / "log")


def test_a_log_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file that cannot be read is a usage error that names it."""
    assert cli.main(["metrics", "--explain", str(tmp_path / "none.log")]) == 2
    assert "none.log" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("loss", "quality"), ("val/accuracy", "quality"), ("ep_rew_mean", "quality"), ("tokens/s", "rate"), ("mfu", "rate"),
        ("eval_samples_per_second", "rate"), ("ms/step", "rate"), ("step_time", "rate"), ("learning_rate", "optimiser"),
        ("CurrSamplesPerSec", "rate"), ("grad_norm", "optimiser"), ("train/lr", "optimiser"), ("wobble", "other"), ("Improve", "other"),
    ],
)  # fmt: skip
def test_the_kind_of_a_series(name: str, kind: str) -> None:
    """Quality, rate, optimiser or other, by the words of the name."""
    assert series_kind(name) == kind


def test_the_plan_line_is_valid_toml_for_any_pattern(tmp_path: Path) -> None:
    """A pattern with quotes in it is quoted so that the plan loads, and reads the number again."""
    path = tmp_path / "train.log"
    path.write_text("".join(f"epoch {i} {{'odd name': {i * 7 % 5}, 'loss': 0.{i}}}\n" for i in range(1, 6)))
    number = next(number for shape in explain(path).shapes for number in shape.left_out if number.name == "odd_name")
    assert "'" in number.pattern
    metric = tomllib.loads(plan_line(number))["metrics"][0]
    assert metric == {"name": number.name, "pattern": number.pattern}
