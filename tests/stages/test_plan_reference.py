"""docs/plans.md against the loader: every key it names is known, every known key is named, every example loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autotrain_tui.plan.keys import MODE_KEYS, OWN_KEYS, PLAN_KEYS, STAGE_KEYS
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides, resolve
from autotrain_tui.plan.model import Plan, RetryRule
from autotrain_tui.plan.names import FAILURE_ACTIONS, FAILURE_CLASSES, RESERVED_PLACEHOLDERS, STANDARD_MODES, STRATEGIES
from autotrain_tui.plan.strategies import _SETTINGS

TEXT = (Path(__file__).parents[2] / "docs" / "plans.md").read_text()


def section(title: str) -> str:
    """The text under a heading."""
    return TEXT.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(title: str) -> list[tuple[str, ...]]:
    """The cells of every table row of a section, headings left out."""
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [
        tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines if not line.startswith("| ---")
    ]


def names(title: str) -> list[str]:
    """The quoted words of the first cell of each row."""
    return [name for row in rows(title) for name in re.findall(r"`([^`]+)`", row[0])]


def examples(title: str) -> list[tuple[str, str]]:
    """Key and example of each row that has one."""
    return [(row[0].strip("`"), row[1].strip("`")) for row in rows(title) if row[0].startswith("`")]


def loaded(
    plan: tuple[str, str] = ("", ""), stage: tuple[str, str] = ("", ""), mode: tuple[str, str] = ("", "")
) -> Plan:
    """A plan of two stages with one more key in its head, its second stage, or a mode."""
    head = {"metric": '{ name = "accuracy", goal = "max" }', plan[0]: plan[1]}
    later = {"name": '"later"', "command": '"true"', "scale": "1.0", stage[0]: stage[1]}
    blocks = [
        lines(head),
        "[modes.research]",
        lines({mode[0]: mode[1]}),
        '[[stage]]\nname = "earlier"\ncommand = "true"',
        "[[stage]]",
        lines(later),
    ]
    return parse_plan("\n".join(blocks), "p")


def lines(values: dict[str, str]) -> str:
    """The keys with their values as TOML."""
    return "\n".join(f"{key} = {value}" for key, value in values.items() if key)


def test_plan_keys_are_the_loaders():
    """The table of the plan names what a plan may hold, besides what a stage may."""
    assert sorted(names("The plan itself")) == sorted([*PLAN_KEYS, *OWN_KEYS])


def test_stage_keys_are_the_loaders():
    """The table of the stage names what a stage may hold."""
    assert sorted(names("A stage")) == sorted([*STAGE_KEYS, *OWN_KEYS])


@pytest.mark.parametrize(("key", "example"), examples("The plan itself"))
def test_plan_example_loads(key, example):
    """The example of each key of a plan is one."""
    assert loaded(plan=(key, example))


@pytest.mark.parametrize(("key", "example"), examples("A stage"))
def test_stage_example_loads(key, example):
    """The example of each key of a stage is one, in a stage and, where that is allowed, plan-wide and in a mode."""
    assert loaded(stage=(key, example))
    if key in STAGE_KEYS and key != "needs":
        assert loaded(plan=(key, example))
        assert loaded(mode=(key, example))


@pytest.mark.parametrize(("key", "example"), examples("Retries")[len(FAILURE_CLASSES) :])
def test_retry_example_loads(key, example):
    """The example of each key of a retry rule is one."""
    rule = loaded(stage=("retries", f"{{ error = {{ {key} = {example} }} }}")).stages[1].retries["error"]
    assert getattr(rule, key) != getattr(RetryRule(), key)


def test_classes_and_actions_are_the_loaders():
    """The tables name every class of failure and every action."""
    first = [row for row in rows("Retries") if len(row) == 2]
    assert sorted(row[0].strip("`") for row in first if row[0].startswith("`")) == sorted(FAILURE_CLASSES)
    assert set(re.findall(r'"(\w+)"', next(row[3] for row in rows("Retries") if row[0] == "`action`"))) == {
        *FAILURE_ACTIONS
    }


def test_placeholders_are_the_loaders():
    """The table names every placeholder that is not a parameter."""
    assert sorted([*names("Placeholders"), "scale"]) == sorted(RESERVED_PLACEHOLDERS)


def test_strategies_and_their_settings_are_the_loaders():
    """Each strategy and each of its settings is named, and no other."""
    described = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[2])) for row in rows("Strategies")[1:]}
    assert set(described) == set(STRATEGIES)
    for name, settings in _SETTINGS.items():
        assert described[name] - {"after_last"} == set(settings), name


def test_modes_are_the_loaders():
    """The section names the four modes and which keys of the plan a mode may hold."""
    text = section("Modes")
    assert all(f"`{mode}`" in text for mode in STANDARD_MODES)
    listed = set(re.findall(r"`(\w+)`", text.split("and of the plan", 1)[1].split(":", 1)[0]))
    assert listed == set(MODE_KEYS) - set(STAGE_KEYS)


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL))
def test_blocks_load(block):
    """Each TOML block is a plan, or becomes one with a stage below it, and can be run in every mode."""
    head = "" if "metric = " in block else 'metric = { name = "accuracy", goal = "max" }\n'
    tail = "" if "[[stage]]" in block else '\n[[stage]]\nname = "a"\ncommand = "true"\n'
    plan = parse_plan(head + block + tail, "block")
    for mode in STANDARD_MODES:
        assert resolve(plan, Overrides(mode=mode)).mode == mode
