"""Pre-flight: what is found before a start, from the plan and from facts about the machine and earlier sessions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autotrain_tui.gauges.sample import GpuReading, GpuSample
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.launch.machine_check import gpu_room, machine_facts
from autotrain_tui.session.launch.preflight import Facts, Verdict, preflight, troubles
from autotrain_tui.session.launch.prepare import Prepared, prepare
from tests.tui.sessions import make_session

GIB = 1 << 30
PLAN = """
name = "tiny"
command = ["{{python}}", "-c", "pass"]
max_hours = {hours}
[[stage]]
name = "one"
estimate_minutes = 20
{more}
[[stage]]
name = "two"
estimate_minutes = 40
"""


@pytest.fixture
def prepared(tmp_path: Path):
    """Prepares the little plan with other keys."""

    def make(*, hours: float = 8, more: str = "", **overrides: object) -> Prepared:
        path = tmp_path / "tiny.toml"
        path.write_text(PLAN.format(hours=hours, more=more))
        return prepare(
            load_plan(path),
            Overrides(python=sys.executable, **overrides),
            root=tmp_path,
            sessions=tmp_path / "sessions",
        )

    return make


def test_a_sound_plan_has_no_troubles(prepared):
    """Every check is named with what it saw, and none of them is a trouble."""
    findings = preflight(prepared(), Facts(50 * GIB, GIB, (60 * GIB,), {"one": 20 * GIB}))
    assert troubles(findings) == ()
    assert {finding.check: finding.text for finding in findings} == {
        "command": "programs and working folder of all 2 stages exist",
        "budget": "about 1 h of 8 h",
        "disk": "50.0 GiB free; an earlier session wrote 1.0 GiB",
        "GPU memory": "60.0 GiB free; stage one used 20.0 GiB in an earlier session",
    }


def test_what_is_not_known_is_not_claimed(prepared):
    """Without facts only the plan itself is judged."""
    assert {finding.check for finding in preflight(prepared())} == {"command", "budget"}


@pytest.mark.parametrize(
    ("facts", "check", "verdict", "words"),
    [
        (Facts(disk_free=GIB, disk_written=2 * GIB), "disk", Verdict.FAIL, "an earlier session wrote 2.0 GiB"),
        (Facts(disk_free=3 * GIB, disk_written=2 * GIB), "disk", Verdict.NOTE, "3.0 GiB free"),
        (Facts(disk_free=1000), "disk", Verdict.NOTE, "no earlier session"),
        (Facts(gpu_free=(10 * GIB, None), gpu_used={"two": 12 * GIB}), "GPU memory", Verdict.NOTE, "used 12.0 GiB"),
    ],
)
def test_the_machine_against_earlier_sessions(prepared, facts, check, verdict, words):
    """Room is compared with what earlier sessions took."""
    finding = troubles(preflight(prepared(), facts))[0]
    assert (finding.check, finding.verdict) == (check, verdict)
    assert words in finding.text


@pytest.mark.parametrize(("free", "words"), [((), "none present"), ((GIB,), "1 present")])
def test_more_gpus_than_there_are(prepared, free, words):
    """A stage that would wait for ever for GPUs is a failure before the start."""
    finding = preflight(prepared(more="gpus = 2"), Facts(gpu_free=free))[0]
    assert finding.verdict is Verdict.FAIL
    assert finding.stage == "one"
    assert words in finding.text


def test_a_missing_program_is_the_stages_own_failure(prepared):
    """The finding names the stage; a stage that is left out is not looked at."""
    missing = 'command = ["no-such-program-here"]'
    finding = preflight(prepared(more=missing))[0]
    assert (finding.check, finding.verdict, finding.stage) == ("command", Verdict.FAIL, "one")
    assert troubles(preflight(prepared(more=missing, skip=("one",)))) == ()


def test_what_does_not_fit_says_by_how_much(prepared):
    """The first stage beyond the budget is named, with the time that it would be over."""
    finding = troubles(preflight(prepared(hours=0.5)))[0]
    assert (finding.check, finding.stage) == ("budget", "two")
    assert "30 min after the budget of 30 min" in finding.text


def test_facts_come_from_the_latest_sessions(prepared, tmp_path):
    """What the plan's sessions wrote and the most GPU memory of each stage; other plans' sessions don't count."""
    folder = make_session(tmp_path / "sessions", "finished", plan="tiny", name="20261122-150403-tiny")
    make_session(tmp_path / "sessions", "finished", name="20261122-150404-digits")
    folder.gauges.write_text(
        '{"t":1,"m":1,"v":{"stage.one.gpu_memory":5}}\n{"t":2,"m":2,"v":{"stage.one.gpu_memory":9}}\n'
    )
    reading = GpuReading((GpuSample(vendor="nvidia", index=0, memory_used=1, memory_total=8),), None, 1.0)
    facts = machine_facts(prepared().plan, tmp_path / "sessions", reading)
    assert facts.gpu_used == {"one": 9}
    assert facts.gpu_free == (7,)
    assert facts.disk_written
    assert facts.disk_free


def test_a_silent_driver_says_nothing_about_gpus():
    """Before the first answer nothing is known; that there is no GPU is an answer."""
    assert gpu_room(None) is None
    assert gpu_room(GpuReading()) is None
    assert gpu_room(GpuReading((), "no GPU found", 1.0, absent=True)) == ()


def test_memory_that_is_declared_and_not_free_is_told_before_the_start(prepared):
    """A stage that would wait for `gpu_memory_gib` on a used GPU says so; one that has the room does not."""
    more = "gpus = 1\ngpu_memory_gib = 18"
    found = troubles(preflight(prepared(more=more), Facts(gpu_free=(10 * GIB,))))
    assert "declares 18.0 GiB on a GPU, at most 10.0 GiB free now" in found[0].text
    assert not troubles(preflight(prepared(more=more), Facts(gpu_free=(10 * GIB, 20 * GIB))))
