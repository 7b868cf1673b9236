"""Commands: placeholders, nested lists, text splitting, the interpreter."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.command import escaped, interpreter, parameter_values, placeholders, resolve_command, split_text
from autotrain_tui.plan.model import Command, PlanStage
from tests.plan.plans import ladder, one

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def stage(*command: str | tuple[str, ...]) -> PlanStage:
    return PlanStage(name="a", index=1, command=command)


def test_only_identifiers_in_braces_are_replaced() -> None:
    """Double braces are literal, and a value is never read for placeholders again."""
    found = resolve_command(stage("x", "{{a}} {a}-{a_2}", "$(b) %s"), {"a": "{a_2}", "a_2": "{{"})
    assert found == ["x", "{a} {a_2}-{{", "$(b) %s"]


def test_a_nested_list_is_left_out_without_its_value() -> None:
    """All its words go when one placeholder has none, and all stay otherwise."""
    command: Command = ("x", ("--scale", "{scale}"), ("--both", "{a}{b}"), ("always",), "end")
    assert resolve_command(stage(*command), {"scale": None, "a": "1", "b": ""}) == ["x", "--both", "1", "always", "end"]
    assert resolve_command(stage(*command), {"scale": "2", "a": "1"}) == ["x", "--scale", "2", "always", "end"]


def test_a_missing_value_is_named() -> None:
    """Outside a nested list a placeholder must have a value."""
    with pytest.raises(PlanError, match=r'stage "a": the placeholder \{scale\} has no value'):
        resolve_command(stage("x", "{scale}"), {"scale": None})
    with pytest.raises(PlanError, match="the command is empty"):
        resolve_command(stage("{python}"), {"python": ""})


def test_placeholders_are_told_apart_by_need() -> None:
    """One that stands outside a nested list as well is required."""
    found = placeholders(("x", "{a}{{no}}", ("{b}", "{a}")))
    assert (sorted(found.required), sorted(found.optional)) == (["a"], ["b"])


@given(st.lists(words.filter(bool), min_size=1, max_size=5))
def test_escaped_words_come_out_as_they_went_in(argv: list[str]) -> None:
    """Whatever braces and other signs they hold."""
    assert resolve_command(stage(*escaped(argv)), {}) == argv


@given(words, words)
def test_a_value_stays_within_its_word(before: str, value: str) -> None:
    """White space, quotes, dollars and braces of a value change nothing around it."""
    found = resolve_command(stage("x", *escaped([before]), "a{v}b"), {"v": value})
    assert found == ["x", before, f"a{value}b"]


@given(st.lists(words, min_size=1, max_size=5))
def test_a_text_is_split_as_a_shell_splits_it(argv: list[str]) -> None:
    """Quoting by shlex is undone exactly."""
    assert split_text(shlex.join(argv)) == tuple(argv)


def test_values_of_the_plan_s_side() -> None:
    """Every parameter of any stage is known, those of other stages without a value."""
    plan = ladder("params = { lr = 1e-05, fast = true, opt = 'adam', n = 3 }")
    values = parameter_values(plan, plan.stages[1], {}, "/usr/bin/python3")
    assert values == {
        "dataset_limit": "5000",
        "epochs": "15",
        "batch_size": "64",
        "scale": None,
        "lr": "1e-05",
        "fast": "true",
        "opt": "adam",
        "n": "3",
        "python": "/usr/bin/python3",
        "mode": "development",
        "stage": "s2",
        "stage_index": "2",
    }


def test_the_interpreter_is_the_nearest_that_is_named() -> None:
    """The stage's own, else VIRTUAL_ENV's, else CONDA_PREFIX's, else the one that runs us; empty ones don't count."""
    both = {"VIRTUAL_ENV": "/venv/", "CONDA_PREFIX": "/conda"}
    assert interpreter(one("python = 'mine'").stages[0], both, "us") == "mine"
    assert interpreter(one().stages[0], both, "us") == "/venv/bin/python"
    assert interpreter(one().stages[0], {**both, "VIRTUAL_ENV": ""}, "us") == "/conda/bin/python"
    assert interpreter(one().stages[0], {}, "us") == "us"
