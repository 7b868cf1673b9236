"""The follower: what it sends while a session grows, what it records, and what it survives."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import msgspec
import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.session.history.tracker_documents import tracker_sentence
from autotrain_tui.session.records.tracker_state import TrackerState, read_tracker
from autotrain_tui.trackers.target import TargetDownError, TargetRefusedError
from tests.cli.project import Project, until
from tests.support.processes import command_lines
from tests.trackers.sessions import Growing, Kept, follower


def line(begin: int, end: int, sign: float = 1.0) -> list[tuple[int, float]]:
    return [(step, sign * step / 4) for step in range(begin, end)]


@pytest.fixture
def growing(tmp_path: Path) -> Growing:
    made = Growing(tmp_path)
    made.begin()
    return made


def test_points_are_sent_once_as_they_come(growing: Growing) -> None:
    """Each pass sends what is new, in order, and nothing twice."""
    target = Kept()
    one = follower(growing.folder, target)
    for begin in range(0, 50, 10):
        growing.points(*line(begin, begin + 10))
        one.send_once()
    one.send_once()
    assert target.steps() == list(range(50))
    assert one.state.points == 50


def test_a_batch_has_no_more_than_the_target_takes(growing: Growing) -> None:
    """A backlog is cut into batches over all metrics."""
    target = Kept(most_points=7)
    growing.points(*line(0, 30))
    growing.points(*line(0, 5), name="acc")
    follower(growing.folder, target).send_once()
    assert max(target.batches) == 7
    assert (target.steps(), target.steps(name="acc")) == (list(range(30)), list(range(5)))


def test_the_next_process_goes_on(growing: Growing) -> None:
    """What the record says was sent is not sent again."""
    target = Kept(most_points=4)
    for begin in range(0, 30, 10):
        growing.points(*line(begin, begin + 10))
        growing.points(*line(begin, begin + 3), name="acc")
        follower(growing.folder, target).send_once()
    assert target.steps() == list(range(30))
    assert target.steps(name="acc") == [0, 1, 2, 10, 11, 12, 20, 21, 22]


def test_killed_between_send_and_record_one_batch_is_sent_twice(growing: Growing) -> None:
    """Nothing is lost, and at most one batch comes twice, wherever it dies."""
    growing.points(*line(0, 40))
    target = Kept(most_points=10)
    follower(growing.folder, target)
    for _ in range(3):
        target.fails_after = [KeyboardInterrupt()]  # type: ignore[list-item]
        with pytest.raises(KeyboardInterrupt):
            follower(growing.folder, target).send_once()
    target.fails_after = []
    follower(growing.folder, target).send_once()
    assert target.steps() == [*range(10), *range(10), *range(10), *range(40)]


def test_a_target_that_is_down_loses_nothing(growing: Growing) -> None:
    """It is tried again with a pause that grows to a minute, and says since when and why."""
    target = Kept()
    target.fails = [TargetDownError("no connection: refused") for _ in range(9)]
    pauses: list[float] = []
    one = follower(growing.folder, target)
    growing.points(*line(0, 5))
    growing.end("succeeded")
    growing.finish()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        state = read_tracker(growing.folder.track / "kept.json")
        assert state is not None
        assert (state.state, state.error, bool(state.since)) == ("failing", "no connection: refused", True)

    one.follow(sleep)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert target.steps() == list(range(5))
    assert (one.state.state, one.state.error, one.state.tries) == ("done", "", 0)


def test_what_is_refused_for_good_is_left_out_and_said(growing: Growing) -> None:
    """One sentence in the record; what comes after it is sent."""
    target = Kept()
    one = follower(growing.folder, target)
    one.send_once()
    growing.points(*line(0, 3))
    target.fails = [TargetRefusedError("the name is too long")]
    one.send_once()
    growing.points(*line(3, 5))
    one.send_once()
    assert target.steps() == [3, 4]
    assert one.state.problems == ["the name is too long"]


def test_values_that_are_not_finite_are_told_once_as_left_out(growing: Growing) -> None:
    """They are no readings, so that no tracker can get them; the record says so for each stage."""
    target = Kept()
    one = follower(growing.folder, target)
    growing.points(*line(0, 3))
    growing.alert("nan", "loss is not a finite number at step 3")
    one.send_once()
    growing.alert("nan", "loss is not a finite number at step 9")
    growing.alert("plateau", "loss has not fallen")
    one.send_once()
    (problem,) = one.state.problems
    assert problem.startswith("one: values that are nan or infinite are left out")


def test_an_error_of_foreign_code_is_a_target_that_is_down(growing: Growing) -> None:
    """Whatever it raises is said, and it is tried again."""
    target = Kept()
    target.fails = [ZeroDivisionError("oops")]
    growing.points(*line(0, 3))
    growing.end("succeeded")
    growing.finish()
    said: list[str] = []
    one = follower(growing.folder, target)
    one.follow(lambda _: said.append(one.state.error))
    assert said == ["ZeroDivisionError: oops"]
    assert target.steps() == [0, 1, 2]


def test_a_backfill_never_sends_what_was_repeated(growing: Growing) -> None:
    """Points of the first attempt beyond the checkpoint are superseded when the second is there."""
    growing.points(*line(1, 9))
    growing.end()
    growing.begin(resume=True)
    growing.points(*line(5, 12, -1.0))
    growing.end("succeeded")
    growing.finish()
    target = Kept()
    follower(growing.folder, target).send_once()
    assert target.steps() == list(range(1, 12))
    assert target.calls == [(what, "one", number) for number in (1, 2) for what in ("begin", "send", "end")]


def test_live_what_was_repeated_is_sent_again_and_reported(growing: Growing) -> None:
    """The new points follow the old ones, and the batch says from which step on the old ones do not count."""
    target, replaced = Kept(), []
    send = target.send

    def seen(run, batch):
        replaced.append(batch.replaces)
        send(run, batch)

    target.send = seen  # type: ignore[method-assign]
    one = follower(growing.folder, target)
    growing.points(*line(1, 9))
    one.send_once()
    growing.end()
    growing.begin(resume=True)
    growing.points(*line(5, 12, -1.0))
    one.send_once()
    assert target.steps() == [*range(1, 9), *range(5, 12)]
    assert replaced == [None, 5]


def test_a_program_that_counts_from_0_again_goes_on_behind(growing: Growing) -> None:
    """Its first point waits until its place is certain, then the steps are moved."""
    target = Kept()
    one = follower(growing.folder, target)
    growing.points(*line(0, 5))
    one.send_once()
    growing.end()
    growing.begin(resume=True)
    growing.points((0, 1.0))
    one.send_once()
    assert target.steps() == [0, 1, 2, 3, 4]
    growing.points((1, 1.0), (2, 1.0))
    one.send_once()
    assert target.steps() == [0, 1, 2, 3, 4, 4, 5, 6]


def test_a_retry_from_scratch_is_another_run(growing: Growing) -> None:
    """Its name has the attempt."""
    growing.points(*line(0, 5))
    growing.end()
    growing.begin()
    growing.points(*line(0, 3))
    target = Kept()
    follower(growing.folder, target).send_once()
    assert (target.steps(), target.steps("one@attempt-2")) == ([0, 1, 2, 3, 4], [0, 1, 2])


@pytest.mark.parametrize("resumes", [1, 2])
@pytest.mark.parametrize("every", [1, 2])
def test_restarts_at_every_moment_send_the_same(tmp_path: Path, resumes: int, every: int) -> None:
    """A follower that is a new process at every `every`th pass sends what one process sends."""
    sent = []
    for restarts in (False, True):
        (tmp_path / str(restarts)).mkdir()
        growing = Growing(tmp_path / str(restarts))
        target = Kept(most_points=3)
        one, passes = follower(growing.folder, target), 0

        def look() -> None:
            nonlocal one, passes
            passes += 1
            if restarts and passes % every == 0:
                one = follower(growing.folder, target)
            one.send_once()

        for attempt in range(resumes + 1):
            growing.begin(resume=attempt > 0)
            look()
            for begin in range(5 * attempt, 5 * attempt + 12, 2):
                growing.points(*line(begin, begin + 2, attempt + 1.0))
                if begin % 4 == 0:
                    look()
                growing.points((begin // 2, 0.5), name="val", epochs=True)
                look()
            growing.end()
        look()
        sent.append(target.sent)
    assert sent[0] == sent[1]
    assert [step for _, _, name, step, _ in sent[0] if name == "loss"][-1] == 5 * resumes + 11


def test_steps_of_epochs_and_of_points_without_any(growing: Growing) -> None:
    """Whole epochs with one point are steps; fractions and points without a step are counted; none goes back."""
    target = Kept()
    growing.points((0, 1.0), (1, 1.0), (2, 1.0), epochs=True, name="val")
    growing.points((None, 1.0), (None, 2.0), name="free")
    one = follower(growing.folder, target)
    one.send_once()
    growing.points((2, 1.5), (3, 1.0), epochs=True, name="val")
    growing.points((None, 3.0), name="free")
    one.send_once()
    assert target.steps(name="val") == [0, 1, 2, 3, 4]
    assert target.steps(name="free") == [0, 1, 2]


def test_a_record_that_could_not_be_written_stays_in_memory(growing: Growing, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the follower goes on, and nothing is sent twice by the same process."""
    target = Kept()
    one = follower(growing.folder, target)

    def full(path: Path, state: TrackerState) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autotrain_tui.trackers.track_follower.write_tracker", full)
    growing.points(*line(0, 3))
    one.send_once()
    growing.points(*line(3, 5))
    one.send_once()
    assert target.steps() == [0, 1, 2, 3, 4]


def test_secrets_never_reach_a_target(growing: Growing) -> None:
    """The reason of an end and a parameter with a secret's name are hidden."""
    secret = "hf_" + "a1B2" * 8
    growing.end(reason=f"API_KEY={secret} was refused")
    target = Kept()
    follower(growing.folder, target).send_once()
    assert secret not in repr(target.runs)
    assert "was refused" in target.runs[-1].about["reason"]


def tracker(project: Project) -> dict:
    (found,) = project.json("show", "latest")["trackers"]
    return found


TRAINS = "import time\nfor step in range(1, 90_000):\n    print(f'step {step}/90000 loss {1 / step}', flush=True)\n    time.sleep(0.05)\n"


@pytest.mark.process
def test_the_plans_tracker_follows_its_session(project: Project) -> None:
    """Points arrive while it trains; a killed follower touches nothing, and `resume` starts another."""
    project.plan(head="[track]\ntensorboard = true\n", one=TRAINS)
    text = (project.root / "stages" / "t.toml").read_text()
    (project.root / "stages" / "t.toml").write_text(text.replace("[[stage]]", "[[stage]]\nresumable = true", 1))
    assert project.run("run", "t", "--detach").returncode == 0
    until(lambda: project.json("show", "latest")["trackers"] and tracker(project)["points"] > 3, "points in the record")
    state = tracker(project)
    assert (state["target"], state["alive"], state["error"]) == ("tensorboard", True, "")
    record = msgspec.json.decode((project.folders()[0].track / "tensorboard.json").read_bytes())
    os.kill(record["pid"], signal.SIGKILL)
    until(lambda: tracker(project)["alive"] is False, "the follower's end")
    assert project.states() == {"one": "running"}
    assert "start it again" in project.run("show", "latest").stdout
    assert project.run("pause", "--wait").returncode == 0
    until(lambda: project.json("show", "latest")["state"] == "finished" or project.states()["one"] == "paused", "pause")
    project.run("stop")
    until(lambda: project.json("show", "latest")["runner"]["alive"] is False, "the runner's end")
    assert project.run("resume", "--detach").returncode == 0
    until(lambda: tracker(project)["alive"] is True, "a new follower")
    assert project.run("stop").returncode == 0
    until(lambda: tracker(project)["state"] == "done", "all is sent")
    assert tracker(project)["unread_bytes"] == 0
    assert "points sent" in project.run("show", "latest").stdout


@pytest.mark.process
def test_doctor_says_how_far_the_newest_session_is(growing: Growing, capsys: pytest.CaptureFixture[str]) -> None:
    """A target that is down is a note, never a failure."""
    target = Kept()
    target.fails = [TargetDownError("no connection: refused")]
    growing.points(*line(0, 5))
    with pytest.raises(TargetDownError):
        follower(growing.folder, target).send_once()
    words = ["doctor", "--json", "--sessions-dir", str(growing.folder.path.parent)]
    assert cli.main(words) in {0, 4}
    (finding,) = [each for each in json.loads(capsys.readouterr().out)["findings"] if each["check"] == "track"]
    assert finding["verdict"] == "note"
    assert "no connection: refused" in finding["text"]
    assert "0 points sent, 5 wait" in finding["text"]


BAD_TRACKERS = """
import os, time
class Hangs:
    most_points, to = 10, "nowhere"
    def __init__(self, place): time.sleep(3600)
class Dies(Hangs):
    def __init__(self, place): os._exit(9)
"""


@pytest.mark.process
def test_a_tracker_that_hangs_or_dies_touches_no_stage(project: Project) -> None:
    """The session ends as without them; `show` says that nobody sends, or why."""
    site = project.root / "site"
    (site / "bad-1.dist-info").mkdir(parents=True)
    (site / "bad-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: bad\nVersion: 1\n")
    (site / "bad-1.dist-info" / "entry_points.txt").write_text(
        "[autotrain_tui.trackers]\nhangs = bad_trackers:Hangs\ndies = bad_trackers:Dies\n"
    )
    (site / "bad_trackers.py").write_text(BAD_TRACKERS)
    project.environment["PYTHONPATH"] = str(site)
    project.plan(head="[track]\nhangs = true\ndies = true\ngone = true\n")
    done = project.run("run", "t", "--no-ui")
    assert done.returncode == 0
    assert 'there is no tracker "gone", nothing is sent to it' in done.stderr
    assert project.states() == {"one": "succeeded"}
    until(lambda: "there is no tracker" in project.run("show", "latest").stdout, "the reason of the third")
    for pid in followers_of(project.folders()[0].path):
        os.kill(pid, signal.SIGKILL)


def followers_of(session: Path) -> list[int]:
    """Processes that were started for a session's trackers."""
    name = str(session).encode()
    return [pid for pid, words in command_lines().items() if b"autotrain_tui.trackers" in words and name in words]


@pytest.mark.parametrize(("target", "told"), [("mlflow", True), ("tensorboard", False)])
def test_points_that_a_tracker_keeps_although_they_were_repeated_are_told(target, told):
    """TensorBoard drops them by its START mark; the others can't."""
    state = {"target": target, "points": 9, "waiting": 0, "state": "done", "unread_bytes": 0, "superseded": 4}
    assert ("it keeps 4 that a resumed attempt has repeated" in tracker_sentence(state, "s")) is told
