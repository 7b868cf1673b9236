"""`metric_files`: what a program writes into CSV and event files becomes readings, live, once, and of its attempt only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autotrain_tui.metrics.curves.readings_file import ReadingsTail, Row
from autotrain_tui.metrics.files.trainer_state import newest_state
from autotrain_tui.metrics.files.unlisted_files import pattern_for
from autotrain_tui.runner.attempt.unlisted_output import SILENT_SECONDS, UnlistedOutput
from autotrain_tui.session.records.attempt_files import Spec, replace_record
from autotrain_tui.session.records.folder import AttemptFolder
from tests.runner.rig import Rig, plan, python, session, wait_for

pytestmark = pytest.mark.process

EVENTS = f"""
import os, struct, sys, time
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from autotrain_tui.trackers import event_writer
event_writer.WRITER = b"another"
def events(path, tag, points):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    new = not os.path.exists(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    writer = event_writer.EventWriter(descriptor)
    if new: writer.begin_file(time.time(), 0)
    writer.scalars(tag, [step for step, _ in points], [time.time()] * len(points), [value for _, value in points])
    writer.flush()
    os.close(descriptor)
"""
"""A training program's writer of event files: `events(path, tag, points)`."""

WAIT = "import time, pathlib\ndef until(name):\n    while not pathlib.Path(name).exists(): time.sleep(0.01)\n"


def rows(rig: Rig, stage: str = "a", attempt: int = 1) -> list[Row]:
    """What was recorded of an attempt."""
    return ReadingsTail(rig.folder.attempt(1, stage, attempt).readings).poll()


def points(rig: Rig, name: str, attempt: int = 1) -> list[tuple[int | None, float]]:
    """Step and value of a series."""
    return [(step, value) for _, found, value, step, _ in rows(rig, attempt=attempt) if found == name]


def stage(code: str, *patterns: str, **keys: object) -> dict[str, object]:
    return {"name": "a", "command": python(WAIT + code), "metric_files": list(patterns), **keys}


def test_a_csv_file_is_read_while_it_grows_and_when_it_gets_new_columns(tmp_path: Path) -> None:
    """As Lightning writes it: each row once, also those of a column that came with a rewrite of the whole file."""
    code = (
        "import os\nos.makedirs('logs/version_0')\nfile = 'logs/version_0/metrics.csv'\n"
        "open(file, 'w').write('epoch,step,train_loss\\r\\n0,9,0.5\\r\\n')\nuntil('go')\n"
        "open(file, 'w').write('epoch,step,train_loss,val_loss\\r\\n0,9,0.5,\\r\\n0,9,,0.7\\r\\n')\n"
        "open(file, 'a').write('1,19,0.4,\\r\\n1,19,,0.6\\r\\n')\n"
    )
    with session(tmp_path, plan(stage(code, "logs/**/metrics.csv"))) as rig:
        rig.start()
        wait_for(lambda: points(rig, "train_loss") == [(9, 0.5)], "the first row while the program runs")
        (tmp_path / "go").touch()
        rig.end()
        assert points(rig, "train_loss") == [(9, 0.5), (19, 0.4)]
        assert points(rig, "val_loss") == [(9, 0.7), (19, 0.6)]
        assert rig.stage("a").attempt.metrics["val_loss"] == 0.6


def test_event_files_are_read_while_they_grow(tmp_path: Path) -> None:
    """Points come with their steps, at the time that the file has, and the last ones count at the end."""
    code = (
        EVENTS
        + "events('runs/x/events.out.tfevents.1', 'val/acc', [(1, 0.25), (2, 0.5)])\nuntil('go')\n"
        + "events('runs/x/events.out.tfevents.1', 'val/acc', [(3, 0.75), (4, float('nan')), (5, 1.0)])\n"
    )
    with session(tmp_path, plan(stage(code, "runs/**/*tfevents*"))) as rig:
        rig.start()
        wait_for(lambda: points(rig, "val/acc") == [(1, 0.25), (2, 0.5)], "the first points")
        (tmp_path / "go").touch()
        rig.end()
        assert points(rig, "val/acc") == [(1, 0.25), (2, 0.5), (3, 0.75), (5, 1.0)]
        assert rig.stage("a").attempt.metrics == {"val/acc": 1.0}


def test_only_what_came_after_the_start_belongs_to_the_attempt(tmp_path: Path) -> None:
    """Files that are not touched are left out; of a file that grows the new rows count."""
    old, grown = tmp_path / "old.csv", tmp_path / "grown.csv"
    old.write_text("step,loss\n1,0.9\n2,0.8\n")
    grown.write_text("step,score\n1,0.1\n2,0.2\n")
    code = "open('grown.csv', 'a').write('3,0.3\\n')\n"
    with session(tmp_path, plan(stage(code, "*.csv"))) as rig:
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        assert [(name, step, value) for _, name, value, step, _ in rows(rig)] == [("score", 3, 0.3)]


def test_an_old_file_that_is_rewritten_gives_what_lies_behind_its_last_step(tmp_path: Path) -> None:
    """Steps that the file had before the attempt are not the attempt's."""
    (tmp_path / "m.csv").write_text("step,score\n1,0.1\n2,0.2\n")
    code = "open('m.csv', 'w').write('step,score,loss\\n1,0.1,\\n2,0.2,\\n3,0.3,0.9\\n')\n"
    with session(tmp_path, plan(stage(code, "m.csv"))) as rig:
        rig.start()
        rig.end()
        assert points(rig, "score") == [(3, 0.3)]
        assert points(rig, "loss") == [(3, 0.9)]


def test_metric_lines_come_before_files_and_files_before_the_log(tmp_path: Path) -> None:
    """One source a name: no value is recorded twice."""
    code = (
        "import os, json\n"
        "print('step 1 loss 0.5 acc 0.25', flush=True)\nuntil('go')\n"
        "open('m.csv', 'w').write('step,loss,acc\\n1,0.512,0.251\\n2,0.412,0.351\\n')\nuntil('go2')\n"
        "print('step 3 loss 0.3 acc 0.45 other_loss 7.0', flush=True)\n"
        "open(os.environ['AUTOTRAIN_METRICS'], 'a').write(json.dumps({'step': 3, 'acc': 0.4567}) + '\\n')\nuntil('go3')\n"
        "open('m.csv', 'a').write('3,0.312,0.456\\n')\n"
    )
    with session(tmp_path, plan(stage(code, "m.csv"))) as rig:
        rig.start()
        wait_for(lambda: points(rig, "loss") == [(1, 0.5)], "the log's value")
        (tmp_path / "go").touch()
        wait_for(lambda: points(rig, "loss") == [(1, 0.5), (2, 0.412)], "the file's value behind it")
        (tmp_path / "go2").touch()
        wait_for(lambda: points(rig, "acc")[-1] == (3, 0.4567), "the metric line")
        (tmp_path / "go3").touch()
        rig.end()
        assert points(rig, "loss") == [(1, 0.5), (2, 0.412), (3, 0.312)]
        assert points(rig, "acc") == [(1, 0.25), (2, 0.351), (3, 0.4567)]
        assert points(rig, "other_loss") == [(3, 7.0)]


def test_a_new_runner_goes_on_where_the_killed_one_ended(tmp_path: Path) -> None:
    """Each point once, whatever was read, recorded or rewritten at the moment of the kill."""
    code = (
        EVENTS
        + "open('m.csv', 'w').write('step,score\\n1,0.1\\n2,0.2\\n')\n"
        + "events('runs/events.out.tfevents.1', 'loss', [(1, 0.5), (2, 0.25)])\nuntil('go')\n"
        + "open('m.csv', 'w').write('step,score,f1\\n1,0.1,\\n2,0.2,\\n3,0.3,0.9\\n')\n"
        + "events('runs/events.out.tfevents.1', 'loss', [(3, 0.125)])\nopen('written', 'w')\nuntil('end')\n"
    )
    with session(tmp_path, plan(stage(code, "*.csv", "runs/*"))) as rig:
        rig.start()
        wait_for(lambda: len(rows(rig)) == 4, "the first points")
        rig.kill_runner()
        (tmp_path / "go").touch()
        wait_for((tmp_path / "written").exists, "the rest is written while no runner lives")
        rig.start()
        wait_for(lambda: len(rows(rig)) == 7, f"the other points: {rows(rig)}")
        (tmp_path / "end").touch()
        rig.end()
        assert points(rig, "score") == [(1, 0.1), (2, 0.2), (3, 0.3)]
        assert points(rig, "loss") == [(1, 0.5), (2, 0.25), (3, 0.125)]
        assert points(rig, "f1") == [(3, 0.9)]


def test_progress_comes_from_files_if_the_log_tells_none(tmp_path: Path) -> None:
    """A row of an epoch of the plan's epochs is progress; ultralytics counts from 1."""
    code = "open('results.csv', 'w').write('epoch,time,metrics/mAP50(B)\\n1,2.5,0.1\\n2,5.1,0.2\\n')\nuntil('go')\n"
    with session(tmp_path, plan(stage(code, "results.csv", epochs=4))) as rig:
        rig.start()
        wait_for(lambda: points(rig, "metrics/mAP50(B)"), "the rows")
        (tmp_path / "go").touch()
        rig.end()
        progress = rig.stage("a").attempt.progress
        assert (progress.epoch, progress.epochs, progress.fraction) == (2.0, 4, 0.5)
        assert {name for _, name, *_ in rows(rig)} == {"metrics/mAP50(B)"}


def test_damage_is_told_once_and_costs_no_other_file(tmp_path: Path) -> None:
    """A file whose framing is broken is named in one alert; the other file is read to its end."""
    code = (
        EVENTS
        + "events('runs/events.out.tfevents.1', 'loss', [(1, 0.5)])\nopen('runs/events.out.tfevents.1', 'ab').write(b'x' * 64)\n"
        + "open('m.csv', 'w').write('step,score\\n1,0.1\\n')\nuntil('go')\nopen('m.csv', 'a').write('2,0.2\\n')\n"
    )
    with session(tmp_path, plan(stage(code, "*.csv", "runs/*"))) as rig:
        rig.start()
        wait_for(lambda: len(rows(rig)) == 2, "what was written before the damage")
        (tmp_path / "go").touch()
        view = rig.end()
        alerts = [alert.text for alert in view.session.alerts if alert.kind == "metrics"]
        assert len(alerts) == 1
        assert os.fspath(tmp_path / "runs" / "events.out.tfevents.1") in alerts[0]
        assert "does not match its checksum" in alerts[0]
        assert points(rig, "score") == [(1, 0.1), (2, 0.2)]


async def test_a_file_that_grows_unlisted_is_told_once_with_the_key_to_add(tmp_path: Path) -> None:
    """After ten minutes without a metric; not if it stands still, holds none, or belongs to a session."""
    attempt = AttemptFolder(tmp_path / "sessions" / "s" / "stages" / "1-a" / "attempt-1")
    attempt.path.mkdir(parents=True)
    replace_record(attempt.path, Spec(stage="a", attempt=1, command=["x"], cwd=str(tmp_path)))
    names = ("lightning_logs/version_3/metrics.csv", "still/metrics.csv", "sessions/s/metrics.csv", "words/metrics.csv")
    files = [tmp_path / name for name in names]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("step,loss\n1,0.5\n" if file.parent.name != "words" else "some words\n")
    unlisted = UnlistedOutput(attempt)
    assert await unlisted.look(SILENT_SECONDS - 1) == ""
    assert await unlisted.look(SILENT_SECONDS) == ""
    for file in (files[0], *files[2:]):
        with file.open("a") as more:
            more.write("2,0.25\n")
    unlisted.heard(SILENT_SECONDS)
    assert await unlisted.look(SILENT_SECONDS + 100) == ""
    assert await unlisted.look(2 * SILENT_SECONDS) == ""
    for file in (files[0], *files[2:]):
        with file.open("a") as more:
            more.write("3,0.125\n")
    text = await unlisted.look(2 * SILENT_SECONDS + 60)
    assert "lightning_logs/version_3/metrics.csv grows" in text
    assert 'metric_files = ["lightning_logs/**/metrics.csv"] in the plan' in text
    files[0].write_text("step,loss\n" + "1,0.5\n" * 100)
    assert await unlisted.look(3 * SILENT_SECONDS) == ""


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("results.csv", "results.csv"),
        ("events.out.tfevents.1.host", "events.out.tfevents.*"),
        ("runs/Nov28_host/events.out.tfevents.1.host.2.0", "runs/**/events.out.tfevents.*"),
        ("run_2026-11-28/deep/er/metrics.csv", "run_*/**/metrics.csv"),
    ],
)
def test_the_pattern_finds_the_files_of_later_attempts_too(path: str, pattern: str) -> None:
    """Numbers of a version or a date are left open."""
    assert pattern_for(path) == pattern


def test_the_files_of_an_export_are_not_read_back(tmp_path: Path) -> None:
    """What this program writes for TensorBoard, as `[track]` does below the same folder, is no source."""
    own = EVENTS.replace('b"another"', 'b"autotrain-tui"')
    code = own + "events('sessions/x/tensorboard/events.out.tfevents.1', 'loss', [(1, 0.5)])\nprint('step 1 acc 0.5')\n"
    with session(tmp_path, plan(stage(code, "**/*tfevents*"))) as rig:
        rig.start()
        rig.end()
        assert {name for _, name, *_ in rows(rig)} == {"acc"}


def test_a_pause_says_the_step_of_the_checkpoint_of_transformers(tmp_path: Path) -> None:
    """From trainer_state.json of the newest checkpoint in the stage's folder; damaged files say nothing."""
    code = (
        "import os, json, pathlib, signal, sys\n"
        "folder = pathlib.Path(os.environ['AUTOTRAIN_CHECKPOINT_DIR'])\n"
        "def save(step):\n"
        "    (folder / f'checkpoint-{step}').mkdir()\n"
        "    state = {'global_step': step, 'max_steps': 900, 'epoch': 0.5, 'log_history': [{'loss': 0.5, 'step': step}]}\n"
        "    (folder / f'checkpoint-{step}' / 'trainer_state.json').write_text(json.dumps(state))\n"
        "signal.signal(signal.SIGTERM, lambda *_: (save(1500), sys.exit(0)))\n"
        "save(1000)\nprint('ready', flush=True)\nuntil('never')\n"
    )
    with session(tmp_path, plan({"name": "a", "command": python(WAIT + code), "resumable": True})) as rig:
        rig.start()
        rig.said("a", "ready")
        rig.ask("pause", "a")
        assert "checkpoint at step 1,500" in rig.until("a", "paused").reason
    (tmp_path / "trainer_state.json").write_text("{")
    assert newest_state(tmp_path) is None
