"""The plan's `retries`: classes, counts, delays, actions, changes; and that nothing happens without a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.runner.attempt.failure_class import classify
from autotrain_tui.session.launch.send_command import send_command
from autotrain_tui.session.records.attempt_files import Exit, Failure
from tests.runner.rig import plan, python, session, wait_for

OOM = python(
    "import sys\n"
    "size = int(sys.argv[1])\n"
    "if size > 8:\n"
    "    print('torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.16 GiB.', file=sys.stderr); sys.exit(1)\n"
)


@pytest.mark.process
def test_oom_is_retried_with_half_the_batch_until_it_fits(tmp_path: Path) -> None:
    """An out-of-memory failure is retried with the changed parameter, each attempt journaled with its lines."""
    retries = {"oom": {"count": 3, "delay_seconds": 0, "action": "retry", "change": {"batch_size": "x0.5"}}}
    stage = {"name": "a", "batch_size": 32, "retries": retries, "command": [*OOM, "{batch_size}"]}
    with session(tmp_path, plan(stage)) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert [attempt.params["batch_size"] for attempt in view.session.stages[0].attempts] == [32, 16, 8]
        planned = [event for event in rig.events if type(event).__name__ == "RetryPlanned"]
        assert [event.failure for event in planned] == ["oom", "oom"]
        assert "CUDA out of memory" in planned[0].lines[0]


@pytest.mark.process
def test_a_class_has_its_own_number_of_retries(tmp_path: Path) -> None:
    """When a class's retries are used up the stage has failed."""
    retries = {"error": {"count": 2}, "oom": {"count": 5}}
    with session(tmp_path, plan({"name": "a", "retries": retries, "command": ["false"]})) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "failed"
        assert len(view.session.stages[0].attempts) == 3


@pytest.mark.process
def test_without_a_rule_nothing_is_retried(tmp_path: Path) -> None:
    """A failure of a class without a rule just fails."""
    with session(tmp_path, plan({"name": "a", "retries": {"oom": {"count": 5}}, "command": ["false"]})) as rig:
        rig.start()
        view = rig.end()
        assert len(view.session.stages[0].attempts) == 1
        assert view.session.stages[0].status.end.failure == "error"


@pytest.mark.process
def test_the_skip_action_lets_the_plan_go_on(tmp_path: Path) -> None:
    """`action = "skip"`: the failed stage is skipped with the class as reason."""
    stages = [
        {"name": "a", "retries": {"error": {"action": "skip"}}, "command": ["false"]},
        {"name": "b", "command": ["true"]},
    ]
    with session(tmp_path, plan(*stages)) as rig:
        rig.start()
        view = rig.end()
        assert [str(stage.state) for stage in view.session.stages] == ["skipped", "succeeded"]
        assert "error" in view.session.stages[0].status.reason


@pytest.mark.process
def test_the_pause_action_waits_for_a_person(tmp_path: Path) -> None:
    """`action = "pause"`: the stage is set aside until somebody resumes it."""
    stage = {"name": "a", "retries": {"error": {"action": "pause"}}, "command": ["test", "-e", "{session_dir}/go"]}
    with session(tmp_path, plan(stage)) as rig:
        rig.start()
        rig.until("a", "paused")
        assert rig.view().alive
        (rig.folder.path / "go").touch()
        assert rig.ask("resume").accepted
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert [attempt.resume for attempt in view.session.stages[0].attempts] == [False, False]  # it saves nothing


@pytest.mark.process
def test_the_stop_action_ends_the_session(tmp_path: Path) -> None:
    """`action = "stop"`: a failure of one stage stops what runs beside it."""
    stages = [
        {"name": "a", "needs": [], "retries": {"error": {"action": "stop"}}, "command": ["false"]},
        {"name": "b", "needs": [], "command": ["sleep", "600"]},
    ]
    with session(tmp_path, plan(*stages, jobs=2)) as rig:
        rig.start()
        view = rig.end()
        assert str(view.session.stages[1].state) == "stopped"


@pytest.mark.parametrize(
    ("end", "lines", "expected"),
    [
        (Exit(exit_code=1), ["RuntimeError: CUDA out of memory. Tried"], "oom"),
        (Exit(exit_code=1), ["torch.OutOfMemoryError: HIP out of memory"], "oom"),
        (Exit(exit_code=1), ["MemoryError"], "oom"),
        (
            Exit(exit_code=1),
            ["numpy.core._exceptions._ArrayMemoryError: Unable to allocate 128. TiB for an array"],
            "oom",
        ),
        (Exit(exit_code=1), ["DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes"], "oom"),
        (Exit(exit_code=1), ["OSError: [Errno 28] No space left on device"], "disk"),
        (Exit(signal=11), [], "signal"),
        (Exit(signal=9), [], "signal"),
        (Exit(exit_code=127, error=Failure("not_found", "/x", "no such program")), [], "start"),
        (Exit(exit_code=3), ["Traceback", "ValueError: loss"], "error"),
        (Exit(exit_code=3), ["memory is fine, out of luck"], "error"),
    ],
)
def test_classes(end: Exit, lines: list[str], expected: str) -> None:
    """Each class is told by what the libraries print or by how the process ended."""
    assert classify(end, lines, not_finite=False, oom_kills=0).failure == expected


def test_the_kernels_killer_is_named() -> None:
    """SIGKILL while the kernel's counter of OOM kills grew is out of memory."""
    assert classify(Exit(signal=9), [], not_finite=False, oom_kills=1).failure == "oom"


def test_a_loss_that_was_not_finite() -> None:
    """A failure after a loss of nan is of class nan."""
    assert classify(Exit(exit_code=1), ["x"], not_finite=True, oom_kills=0).failure == "nan"


def _many(count: int) -> list[dict[str, object]]:
    """Stages that fail at once and are skipped for it."""
    rule = {"error": {"action": "skip"}}
    return [{"name": f"s{at}", "retries": rule, "command": ["false"]} for at in range(count)]


@pytest.mark.process
def test_three_failures_in_a_row_hold_what_waits(tmp_path: Path) -> None:
    """A plan that skips what fails does not burn through all of its stages; a release lets it go on."""
    with session(tmp_path, plan(*_many(6))) as rig:
        rig.start()
        rig.until("s5", "held")
        states = [str(stage.state) for stage in rig.view().session.stages]
        assert states == ["skipped"] * 3 + ["held"] * 3
        wait_for(lambda: rig.view().session.alerts, "it is told")
        alert = rig.view().session.alerts[-1]
        assert (alert.kind, "3 waiting stages are held" in alert.text) == ("held", True)
        assert rig.stage("s3").reason == "3 failures in a row within a minute of their starts"
        for name in ("s3", "s4", "s5"):
            assert send_command(rig.folder, "release", stage=name).accepted
        rig.end()
        assert rig.outcome() == "succeeded"


@pytest.mark.process
def test_zero_never_holds(tmp_path: Path) -> None:
    """With hold_after_failures = 0, and in a plan that has no more stages than the limit, all run."""
    with session(tmp_path, plan(*_many(4), hold_after_failures=0)) as rig:
        rig.start()
        view = rig.end()
    assert {str(stage.state) for stage in view.session.stages} == {"skipped"}
