"""Dumping: any plan comes back equal from its own TOML, and a stage from its table."""

from __future__ import annotations

import contextlib
import json
import string
from typing import Any

import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.dump import dump_plan, plan_digest, plan_table, stage_table
from autotrain_tui.plan.loading.load import parse_plan, parse_stage
from autotrain_tui.plan.loading.overrides import Overrides, resolve
from autotrain_tui.plan.names import NOTIFY_KINDS
from tests.plan.plans import DESIGN_EXAMPLE, ladder

names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,9}", fullmatch=True)
identifiers = st.from_regex(r"[a-z]{1,6}", fullmatch=True).map(lambda word: f"p_{word}")
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
full_texts = texts.filter(bool)
words = texts.map(lambda word: word.replace("{", "{{").replace("}", "}}"))
amounts = st.floats(0.001, 1000, allow_nan=False)
scalars = st.one_of(
    texts, st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False)
)


def some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


stage_keys = some(
    command=st.builds(
        lambda first, rest: [first, *rest], words.filter(bool), st.lists(words | st.lists(words), max_size=4)
    ),
    dataset_limit=st.integers(1, 10**12),
    epochs=st.integers(1, 10**9),
    batch_size=st.integers(1, 10**9),
    scale=amounts,
    params=st.dictionaries(identifiers, scalars, max_size=3),
    env=st.dictionaries(st.sampled_from(["A", "PATH", "_x1"]), texts, max_size=2),
    env_from=st.lists(st.sampled_from(["HOME", "HF_TOKEN"]), max_size=2, unique=True),
    cwd=full_texts,
    python=full_texts,
    estimate_minutes=amounts,
    timeout_minutes=amounts,
    timeout_multiplier=amounts,
    stop=some(signal=st.sampled_from(["TERM", "SIGINT", "usr1"]), grace_seconds=st.integers(0, 100)),
    checkpoint_signal=st.sampled_from(["USR1", "SIGHUP"]),
    linger_seconds=amounts,
    resumable=st.booleans(),
    pty=st.booleans(),
    gpus=st.integers(1, 8),
    gpu_memory_gib=st.floats(0.1, 100),
    launcher=st.sampled_from(["local", "slurm"]),
    retries=st.dictionaries(
        st.sampled_from(["oom", "nan", "error"]),
        some(
            count=st.integers(0, 5), action=st.sampled_from(["retry", "pause"]), change=some(batch_size=st.just("x0.5"))
        ),
        max_size=2,
    ),
    gate=st.fixed_dictionaries({"min": st.floats(-5, 5)}, optional={"metric": full_texts, "max": st.floats(6, 9)}),
    metrics=st.lists(st.fixed_dictionaries({"name": full_texts, "pattern": st.just("=(?P<value>.+)")}), max_size=2),
    metric_files=st.lists(full_texts, max_size=2),
    log_limit_mb=amounts,
)


@st.composite
def plan_tables(draw: st.DrawFn) -> dict[str, Any]:
    """Tables of valid plans with any of their keys."""
    table: dict[str, Any] = {"command": ["x"], **draw(stage_keys)}
    table |= draw(
        some(
            name=names,
            description=texts,
            default=st.booleans(),
            max_hours=st.one_of(st.just("none"), amounts),
            jobs=st.integers(1, 8),
            hold_after_failures=st.integers(0, 9),
            mode=st.sampled_from(["research", "development"]),
            on_alert=st.lists(full_texts, min_size=1, max_size=3),
            notify=st.fixed_dictionaries(
                {"to": st.just(["TRAIN_WEBHOOK"])},
                optional={
                    "on": st.lists(st.sampled_from(NOTIFY_KINDS), min_size=1, unique=True),
                    "link": st.just("https://example.org/runs"),
                },
            ),
            adaptive=some(patience=st.integers(1, 5), min_gain=st.floats(0, 1)),
            modes=st.dictionaries(names, stage_keys, max_size=2),
        )
    )
    table["metric"] = {"name": draw(full_texts), "goal": draw(st.sampled_from(["max", "min"]))}
    stages = draw(st.lists(st.tuples(names, stage_keys), min_size=1, max_size=4, unique_by=lambda item: item[0]))
    table["stage"] = [{"name": name, **keys} for name, keys in stages]
    if draw(st.booleans()):
        table["stage"][-1]["needs"] = [stage["name"] for stage in table["stage"][:-1]]
    return table


@settings(max_examples=60)
@given(plan_tables())
def test_a_plan_comes_back_equal_from_its_dump(table: dict[str, Any]) -> None:
    """Whatever keys it has, as loaded and as resolved."""
    plan = parse_plan(tomli_w.dumps(table), "plan.toml")
    assert parse_plan(dump_plan(plan), "copy.toml") == plan
    for stage in plan.stages:
        assert parse_stage(json.loads(json.dumps(stage_table(stage))), "journal") == stage
    resolved = resolve(plan)
    assert parse_plan(dump_plan(resolved), "session.toml") == resolved
    assert resolve(resolved) == resolved


@settings(max_examples=200)
@given(st.text(alphabet=string.printable, max_size=80))
def test_no_text_makes_the_loader_stumble(text: str) -> None:
    """Any text is a plan or a PlanError."""
    with contextlib.suppress(PlanError):
        parse_plan(text, "p.toml")


def test_what_all_stages_share_stands_once() -> None:
    """The command is written in the plan itself, and each stage says only what is its own."""
    table = plan_table(ladder("resumable = true"))
    assert table["command"] == ["train", "{epochs}"]
    assert table["resumable"] is True
    stages = table["stage"]
    assert isinstance(stages, list)
    assert stages[1] == {"name": "s2", "dataset_limit": 5000, "epochs": 15, "batch_size": 64}


def test_a_digest_tells_plans_apart() -> None:
    """Equal plans have one digest whatever file they came from; another value gives another."""
    plan = parse_plan(DESIGN_EXAMPLE, "a.toml")
    assert plan_digest(plan) == plan_digest(parse_plan(DESIGN_EXAMPLE, "b.toml"))
    assert plan_digest(plan) != plan_digest(resolve(plan, Overrides(batch_size=64)))
