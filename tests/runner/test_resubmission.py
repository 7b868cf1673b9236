"""New jobs after preemption, a limit or a lost node end when nothing comes of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.runner.schedule.resubmission import MOST_IN_VAIN, in_vain, resubmit
from autotrain_tui.session.journal.events import Alert, StageReset
from autotrain_tui.session.journal.stage_status import AttemptEnd
from autotrain_tui.session.journal.state import Attempt, Failed, Stage, StageState

PLAN = """
name = "p"
command = ["true"]
[[stage]]
name = "a"
launcher = "slurm"
resumable = true
"""
WHEN = "2026-11-28T12:00:00.000Z"


def preempted(steps, failure="preempted"):
    """A stage whose attempts ended one after another at these steps."""
    plan_stage = parse_plan(PLAN, "test").stages[0]
    end = AttemptEnd(0, None, "slurm", "", failure, WHEN, 1.0)
    attempts = tuple(
        Attempt(number, "", ("true",), {}, number > 1, WHEN, 0.0, StageState.FAILED, end=end,
                progress=SimpleNamespace(step=step, epoch=None, fraction=None))
        for number, step in enumerate(steps, 1)
    )  # fmt: skip
    return plan_stage, Stage(SimpleNamespace(name="a"), Failed(end), attempts)


async def decided(steps, failure="preempted"):
    plan_stage, stage = preempted(steps, failure)
    written = []

    async def write(event):
        written.append(event)

    context = SimpleNamespace(stage=lambda _name: plan_stage, state=SimpleNamespace(write=write))
    return await resubmit(context, stage), written


async def test_a_new_job_follows_until_twenty_came_no_further():
    """The first attempt made progress, and nineteen in vain are followed by one more job."""
    again, (event,) = await decided([5.0] * MOST_IN_VAIN)
    assert again
    assert isinstance(event, StageReset)
    assert (event.resume, event.reason) == (True, "submitted again after preempted")


async def test_twenty_in_vain_are_the_last():
    """No job follows, and an alert says why."""
    again, (event,) = await decided([5.0] * (MOST_IN_VAIN + 1), "node")
    assert not again
    assert isinstance(event, Alert)
    assert event.text.startswith(f"{MOST_IN_VAIN} jobs in a row ended (node) without any progress")


@pytest.mark.parametrize(("steps", "count"), [([5.0, 5.0, 6.0, 6.0], 1), ([5.0, 6.0], 0), ([0.0, 0.0], 2)])
def test_progress_starts_the_count_anew(steps, count):
    """Only attempts since the last one that came further count."""
    assert in_vain(preempted(steps)[1]) == count
