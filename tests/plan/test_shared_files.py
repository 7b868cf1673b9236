"""Stages that would read each other's metric files are told of before the start."""

from __future__ import annotations

import time

import pytest

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.shared_files import shared_files
from autotrain_tui.plan.warnings import plan_warnings


def warned(head: str, first: str, second: str) -> list[str]:
    text = f'name = "p"\ncommand = ["train"]\n{head}\n[[stage]]\nname = "a"\n{first}\n[[stage]]\nname = "b"\n{second}\n'
    return [each for each in plan_warnings(parse_plan(text, "p.toml")) if "metric_files" in each]


FREE = "needs = []\n"
"""Without it a stage needs the one before it."""
FILES = "metric_files = ['runs/**/metrics.csv']"


def test_stages_at_the_same_time_with_one_pattern_are_told() -> None:
    """The sentence names both, the pattern and what to do."""
    (sentence,) = warned("jobs = 2", FILES, FREE + FILES)
    assert sentence.startswith('stages "a" and "b" may run at the same time')
    assert "(runs/**/metrics.csv)" in sentence
    assert "--jobs 1" in sentence


@pytest.mark.parametrize(
    ("head", "first", "second"),
    [
        ("", FILES, FREE + FILES),
        ("jobs = 2", FILES, FILES),
        ("jobs = 2", FILES, FREE + FILES + "\ncwd = 'other'"),
        ("jobs = 2", FILES, FREE),
    ],
)
def test_stages_that_share_nothing_are_not(head: str, first: str, second: str) -> None:
    """One after the other, in folders of their own, or only one with files."""
    assert warned(head, first, second) == []


def test_the_same_folder_in_other_words_is_the_same() -> None:
    """Patterns are compared with the folder that they are relative to."""
    assert len(warned("jobs = 2", FILES, FREE + "cwd = 'runs'\nmetric_files = ['**/metrics.csv']")) == 1


def test_a_chain_of_thousands_is_looked_at_at_once() -> None:
    """The last stage of a chain has all others before it: found without asking every stage about every other."""
    stages = "".join(f'[[stage]]\nname = "s{number}"\n' for number in range(2000))
    files = f"{FILES}\n"
    text = f'name = "p"\ncommand = ["train"]\njobs = 2\n{stages}{files}[[stage]]\nname = "last"\n{files}'
    plan = parse_plan(text, "p.toml")
    began = time.process_time()
    assert shared_files(plan) == []
    assert time.process_time() - began < 1.0
