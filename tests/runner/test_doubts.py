"""A success that is none, and a pause without a checkpoint: what marks them, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.metrics.parsing.reading_events import Progress
from autotrain_tui.runner.attempt.doubts import OutputEnd, success_doubts
from autotrain_tui.runner.attempt.shown_progress import ShownProgress
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.history.export import export_text
from autotrain_tui.session.history.narration import narrate
from autotrain_tui.session.journal.events import Alert, AttemptEnded
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.records.attempt_files import Exit, Swept
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import TRAINER

STEPS = (
    "import time\nfor i in range(%d):\n    print(f'step {i+1}/%d loss {1/(i+1):.3f}', flush=True); time.sleep(0.05)\n"
)
RESULT = "import json, os; json.dump({'accuracy': 0.9}, open(os.environ['AUTOTRAIN_RESULT'], 'w'))\n"


def run(root: Path, command: list[str], **keys: object) -> tuple[View, Rig]:
    with session(root, plan({"name": "a", "command": command, **keys})) as rig:
        rig.start()
        return rig.end(), rig


def kinds(view: View) -> list[str]:
    return [doubt.kind for doubt in view.session.stages[0].doubts]


def alerts(rig: Rig) -> list[str]:
    return [event.kind for event in rig.events if isinstance(event, Alert)]


@pytest.mark.process
def test_training_left_in_the_background_is_told(tmp_path: Path) -> None:
    """A script that starts its training with & and ends: alert, mark, sentence, documents say at which step it ended."""
    script = (
        f'{python("")[0]} -c "{STEPS % (400, 400)}" | tee steps & until grep -q "step 9" steps; do sleep 0.02; done'
    )
    view, rig = run(tmp_path, ["bash", "-c", script.replace("{", "{{").replace("}", "}}")], linger_seconds=1)
    assert str(view.session.stages[0].state) == "succeeded"
    assert kinds(view) == alerts(rig) == ["left"]
    document = show(view)
    assert document["doubts"] == 1
    stage = document["stages"][0]
    assert "of 400" in stage["doubts"][0]["text"]
    assert stage["progress"]["fraction"] < 0.5
    assert stage["attempts"][0]["swept"][0]["pid"] > 1
    ended = next(event for event in rig.events if isinstance(event, AttemptEnded))
    sentence = narrate(ended, view.session)
    assert sentence is not None
    assert sentence.level == "warning"
    assert "in doubt: left" in sentence.text
    assert "succeeded, in doubt" in export_text(view, "md")
    assert '"left"' in export_text(view, "json")


@pytest.mark.process
def test_a_helper_that_outlives_the_training_is_no_sign(tmp_path: Path) -> None:
    """A logger left behind by a training that reached its total is swept without a doubt."""
    script = f'{python("")[0]} -c "{STEPS % (8, 8)}"; sleep 60 &'
    view, rig = run(tmp_path, ["bash", "-c", script.replace("{", "{{").replace("}", "}}")], linger_seconds=0.5)
    assert view.session.stages[0].status.end.swept
    assert kinds(view) == alerts(rig) == []


@pytest.mark.process
def test_an_exception_behind_a_pipe_is_told(tmp_path: Path) -> None:
    """`python train.py | tee log` exits 0 whatever python does; the traceback at the log's end tells."""
    script = f"{python('')[0]} -c 'print(1); raise ValueError(\"no data\")' 2>&1 | tee copy"
    view, rig = run(tmp_path, ["bash", "-c", script])
    assert str(view.session.stages[0].state) == "succeeded"
    assert kinds(view) == alerts(rig) == ["traceback"]
    assert "ValueError: no data" in view.session.stages[0].doubts[0].text


@pytest.mark.process
def test_strict_makes_it_a_failure(tmp_path: Path) -> None:
    """`strict = true`: the stage has failed with the class doubt, what needs it does not start, a retry rule applies."""
    stages = [
        {
            "name": "a",
            "strict": True,
            "command": python(STEPS % (8, 100)),
            "retries": {"doubt": {"count": 1, "delay_seconds": 0}},
        },
        {"name": "b", "command": ["true"]},
    ]
    with session(tmp_path, plan(*stages)) as rig:
        rig.start()
        view = rig.end()
        first, second = view.session.stages
        assert rig.outcome() == "failed"
        assert (str(first.state), str(second.state)) == ("failed", "pending")
        assert [attempt.end.failure for attempt in first.attempts] == ["doubt", "doubt"]
        assert "step 8 of 100" in first.reason
        assert kinds(view) == ["unfinished"]


@pytest.mark.process
@pytest.mark.parametrize(
    "ends",
    ["print('early stopping: no improvement for 3 steps')\n", RESULT, "print('Training complete')\n"],
    ids=["said", "result", "complete"],
)
def test_an_early_stop_is_a_success(tmp_path: Path, ends: str) -> None:
    """A program that says that it stops early, or writes its result, has succeeded without a doubt, strict or not."""
    view, rig = run(tmp_path, python(STEPS % (8, 100) + ends), strict=True)
    assert str(view.session.stages[0].state) == "succeeded"
    assert kinds(view) == alerts(rig) == []


def shown(*steps: Progress) -> ShownProgress:
    progress = ShownProgress()
    for now, step in enumerate(steps):
        progress.feed(step, float(now))
    return progress


def doubts(
    progress: ShownProgress, *, swept: bool = False, trained_on: bool = False, result: bool = False
) -> list[str]:
    end = Exit(exit_code=0, swept=[Swept(7, "tensorboard")] if swept else [])
    output = OutputEnd(("step 15/100",), progress, trained_on)
    return [doubt.kind for doubt in success_doubts(output, end, result=result)]


def test_far_from_the_total() -> None:
    """Only what is missing by more than a tenth, and by more than two of its own steps, counts."""
    assert doubts(shown(*(Progress(step, 100) for step in range(1, 16)))) == ["unfinished"]
    assert doubts(shown(*(Progress(step, 100) for step in range(1, 92)))) == []
    assert doubts(shown(*(Progress(step, 100) for step in range(1, 101)))) == []
    every_hundred = [Progress(step, 250) for step in (100, 200)]
    assert doubts(shown(*every_hundred)) == []  # the next is due at 300
    assert doubts(shown(Progress(0, 100), Progress(1, 100))) == []  # too few
    assert doubts(shown(*(Progress(epoch=float(at), epochs=3) for at in (1, 2, 3)))) == []  # Keras, verbose=2
    assert doubts(shown(*(Progress(epoch=float(at), epochs=50) for at in range(1, 9)))) == ["unfinished"]
    assert doubts(shown(*(Progress(epoch=float(at)) for at in range(1, 9)))) == []  # no total is named


def test_a_short_count_after_the_training_is_none_of_it() -> None:
    """A bar of generated samples that stops when it has enough, after a longer one that was complete."""
    training = [Progress(step, 60) for step in range(1, 61)]
    samples = [Progress(step, 512) for step in range(1, 20)]
    assert doubts(shown(*training, *samples)) == []
    assert doubts(shown(*samples[:3], *[Progress(step, 60) for step in range(1, 9)])) == ["unfinished"]


def test_what_outlives_the_command() -> None:
    """Swept processes are a doubt if they still trained, or if the training is far from its total."""
    whole = shown(*(Progress(step, 100) for step in range(1, 101)))
    part = shown(*(Progress(step, 100) for step in range(1, 16)))
    assert doubts(whole, swept=True) == []
    assert doubts(whole, swept=True, trained_on=True) == ["left"]
    assert doubts(part, swept=True) == ["left"]
    assert doubts(part, swept=True, result=True) == []
    assert doubts(part, trained_on=True, result=True) == []


# ---- a pause without a checkpoint ------------------------------------------------------------------------------------

NEVER_SAVES = "import time\nprint('ready', flush=True)\nwhile True: time.sleep(0.05)\n"
BREAKS = (
    "import signal, time\n"
    "def stop(*_): raise BrokenPipeError(32, 'Broken pipe')\n"
    "signal.signal(signal.SIGTERM, stop)\n" + NEVER_SAVES
)
SAVED_BEFORE = (
    "import os, pathlib\n"
    "path = pathlib.Path(os.environ['AUTOTRAIN_CHECKPOINT_DIR'], 'epoch-1', 'weights')\n"
    "path.parent.mkdir(exist_ok=True); path.write_text('1'); os.utime(path, (1e9, 1e9))\n"
    "import time; time.sleep(1.5)\n" + NEVER_SAVES
)


def pause(root: Path, code: str, word: str = "ready") -> tuple[View, Rig]:
    with session(root, plan({"name": "a", "command": python(code)}, resumable=True)) as rig:
        rig.start()
        rig.said("a", word)
        assert rig.ask("pause").accepted
        rig.until("a", "paused")
        return rig.view(), rig


CUT_SAVES = (
    "import os, pathlib, signal, sys\n"
    "folder = pathlib.Path(os.environ['AUTOTRAIN_CHECKPOINT_DIR'])\n"
    "def stop(*_):\n"
    "    (folder / '2.orbax-checkpoint-tmp').mkdir()\n"
    "    (folder / '2.orbax-checkpoint-tmp' / 'weights').write_text('2')\n"
    "    (folder / 'epoch-1' / '.tmpDWqDtq').write_text('2')\n"
    "    sys.exit(143)\n"
    "signal.signal(signal.SIGTERM, stop)\n" + SAVED_BEFORE
)
"""What safetensors and orbax leave of a save that did not come to its rename."""


@pytest.mark.process
@pytest.mark.parametrize("code", [BREAKS, SAVED_BEFORE, CUT_SAVES], ids=["traceback", "saved before", "cut saves"])
def test_a_pause_without_a_checkpoint_is_told(tmp_path: Path, code: str) -> None:
    """A program that dies of a broken pipe, or that saved before and now did not: reason, mark and alert say so."""
    view, rig = pause(tmp_path, code)
    assert kinds(view) == alerts(rig) == ["checkpoint"]
    assert "no checkpoint" in view.session.stages[0].reason
    assert show(view)["stages"][0]["doubts"][0]["kind"] == "checkpoint"


@pytest.mark.process
def test_a_program_that_saves_elsewhere_is_told_as_a_fact(tmp_path: Path) -> None:
    """Nothing was ever written to the checkpoint folder: the reason says so, and nothing is marked."""
    view, rig = pause(tmp_path, NEVER_SAVES)
    assert "nothing was written to its checkpoint folder" in view.session.stages[0].reason
    assert kinds(view) == alerts(rig) == []


@pytest.mark.process
def test_a_pause_with_a_checkpoint_says_nothing(tmp_path: Path) -> None:
    """A program that saves on the signal is paused without a word about checkpoints."""
    view, rig = pause(tmp_path, TRAINER, "step 3")
    assert "checkpoint" not in view.session.stages[0].reason
    assert kinds(view) == alerts(rig) == []


@pytest.mark.process
def test_a_stop_without_a_checkpoint_is_told(tmp_path: Path) -> None:
    """A stop of a resumable stage asks for a checkpoint too."""
    with session(tmp_path, plan({"name": "a", "command": python(SAVED_BEFORE)}, resumable=True)) as rig:
        rig.start()
        rig.said("a", "ready")
        rig.ask("stop")
        view = rig.end()
        assert kinds(view) == alerts(rig) == ["checkpoint"]


@pytest.mark.process
def test_the_next_runner_looks_for_the_checkpoint_too(tmp_path: Path) -> None:
    """The runner is killed while the program ends; the one after it finds the exit record, and nothing saved."""
    slow = (
        "import signal, sys, time\n"
        "def stop(*_): print('ending', flush=True); time.sleep(1); sys.exit(143)\n"
        "signal.signal(signal.SIGTERM, stop)\n" + SAVED_BEFORE
    )
    with session(tmp_path, plan({"name": "a", "command": python(slow)}, resumable=True)) as rig:
        rig.start()
        rig.said("a", "ready")
        rig.ask("pause")
        rig.said("a", "ending")
        rig.kill_runner()
        wait_for((rig.folder.attempt(1, "a", 1).path / "exit.json").exists, "the exit record")
        rig.start()
        wait_for(lambda: rig.view().session.stages[0].attempts[0].end is not None, "the end in the journal")
        assert [doubt.kind for doubt in rig.view().session.stages[0].attempts[0].end.doubts] == ["checkpoint"]
        wait_for(lambda: alerts(rig), "the alert")
