"""What the screen pulls: changes of files, news of events, curves of readings."""

from __future__ import annotations

import threading

import msgspec
import pytest

from autotrain_tui.metrics.curves.sampled_readings import WHOLE, Sampled, write_sampled
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.journal.transitions import SessionState, StageState
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.heartbeat import read_heartbeat
from autotrain_tui.session.records.lock import LockOwner
from autotrain_tui.tui.model.feed_thread import FeedThread
from autotrain_tui.tui.model.labels import SESSIONS, STAGES, session_style
from autotrain_tui.tui.model.notifications import notifications_of
from autotrain_tui.tui.model.session_curves import Drawing, SessionCurves
from autotrain_tui.tui.model.session_feed import FeedChange, SessionFeed
from tests.session.test_fold import CREATED, RUN_A, RUNNER, START_A, folded
from tests.tui.sessions import ELSEWHERE, append, make_session


def test_a_poll_finds_nothing_until_a_file_changes(tmp_path):
    """The first poll brings the past, the next nothing, then what was appended."""
    feed = SessionFeed(make_session(tmp_path, "running"))
    first = feed.poll()
    assert first is not None
    assert first.first
    assert feed.view is not None
    assert feed.poll() is None
    append(feed.folder, ev.Alert(kind="stall", text="no step for 10 min", stage="refinement"))
    change = feed.poll()
    assert change is not None
    assert not change.first
    assert [type(event) for event in change.events] == [ev.Alert]


def test_a_journal_that_is_gone_alone_is_told_from_a_folder_that_is(tmp_path):
    """The trouble names what is gone: `journal.jsonl` of a folder that is still there, or the folder."""
    feed = SessionFeed(make_session(tmp_path, "running"))
    feed.poll()
    feed.folder.journal.rename(tmp_path / "kept.jsonl")
    assert feed.poll() is not None
    assert feed.trouble == f"{feed.folder.path} has no journal.jsonl any more: the file was moved or deleted"
    feed.folder.path.rename(tmp_path / "elsewhere")
    assert feed.poll() is not None
    assert feed.trouble == f"{feed.folder.path} is gone: it was moved or deleted"


def test_a_heartbeat_that_shows_nothing_new_is_no_change(tmp_path):
    """A later heartbeat is a change only if one of the values that are shown has changed."""
    feed = SessionFeed(make_session(tmp_path, "running"))
    feed.poll()
    beat = read_heartbeat(feed.folder).beat
    assert beat is not None
    later = msgspec.structs.replace(beat, beat=beat.beat + 1, mono=beat.mono + 5)
    feed.folder.heartbeat.write_bytes(msgspec.json.encode(later))
    assert feed.poll() is None
    name, live = next(iter(beat.live.items()))
    moved = msgspec.structs.replace(later, live={name: msgspec.structs.replace(live, message="another")})
    feed.folder.heartbeat.write_bytes(msgspec.json.encode(moved))
    assert feed.poll() is not None


def test_a_runner_that_dies_is_news(tmp_path):
    """When the lock's process is no more, the change says so once."""
    feed = SessionFeed(make_session(tmp_path, "running"))
    feed.poll()
    owner = msgspec.json.decode(feed.folder.lock.read_bytes(), type=LockOwner)
    feed.folder.lock.write_bytes(msgspec.json.encode(msgspec.structs.replace(owner, pid=99_999_999)))
    change = feed.poll()
    assert change is not None
    assert change.lost
    assert [item.title for item in notifications_of(change, feed.view)] == ["The runner has died"]
    assert feed.poll() is None


def test_the_past_is_no_news(tmp_path):
    """Opening a session shows no toasts."""
    feed = SessionFeed(make_session(tmp_path, "failed"))
    change = feed.poll()
    assert change is not None
    assert notifications_of(change, feed.view) == []


def test_news_are_few(tmp_path):
    """Of many events at once the last ones are told, and how many there were."""
    view = load_view(make_session(tmp_path, "running"))
    alerts = tuple(ev.Alert(kind="nan", text=f"alert {number}") for number in range(50))
    assert [item.text for item in notifications_of(FeedChange(alerts), view)] == [
        "48 more events",
        "alert 48",
        "alert 49",
    ]


def test_an_unreadable_session_is_told_not_raised(tmp_path):
    """A journal of a newer version is a sentence."""
    folder = make_session(tmp_path, "running")
    folder.journal.write_bytes(b'{"type": "session_created", "seq": 1, "version": 99, "plan": "digits"}\n')
    feed = SessionFeed(folder)
    assert feed.poll() is not None
    assert "newer" in feed.trouble


def test_stages_of_another_host_have_no_roots_here(tmp_path):
    """Pids of another machine are never looked up on this one."""
    feed = SessionFeed(make_session(tmp_path, "running", host=ELSEWHERE))
    feed.poll()
    assert dict(feed.roots()) == {}


async def test_curves_read_on_as_readings_grow(tmp_path):
    """Whole lines are taken, a torn one waits for its end."""
    feed = SessionFeed(make_session(tmp_path, "running"))
    feed.poll()
    curves = SessionCurves()
    assert await curves.update(feed.view)
    assert not await curves.update(feed.view)
    before = sum(len(curve.series) for curve in curves.picture(feed.view, "accuracy").curves)
    path = feed.folder.attempt(3, "refinement", 1).readings
    path.write_bytes(path.read_bytes() + b'[460.0,"accuracy",0.96,1,1.0]\n[461.0,"accur')
    assert await curves.update(feed.view)
    path.write_bytes(path.read_bytes() + b'acy",0.97,2,1.0]\n')
    assert await curves.update(feed.view)
    picture = curves.picture(feed.view, "accuracy")
    assert sum(len(curve.series) for curve in picture.curves) == before + 2
    assert [label for _, label in picture.borders] == ["1 foundation", "2 consolidation", "3 refinement"]
    assert curves.names(feed.view)[:2] == ("accuracy", "loss")


async def test_curves_follow_a_log_that_was_read_again(tmp_path):
    """What a flood left of a curve is replaced by all of its points once the log was read again, smoothed or not."""
    feed = SessionFeed(make_session(tmp_path, "finished"))
    feed.poll()
    attempt = feed.folder.attempt(3, "refinement", 1)
    never_sampled = SessionCurves()
    await never_sampled.update(feed.view)
    write_sampled(attempt.path, Sampled(1 << 20))
    whole = attempt.readings.read_bytes()
    attempt.readings.write_bytes(b"".join(whole.splitlines(keepends=True)[::7]))
    curves = SessionCurves()
    assert await curves.update(feed.view)
    drawing = Drawing(weight=0.6)
    before = curves.picture(feed.view, "loss", drawing=drawing)
    assert "sampled" in before.facts
    (attempt.path / WHOLE).write_bytes(whole)
    assert await curves.update(feed.view)
    assert not await curves.update(feed.view)
    after = curves.picture(feed.view, "loss", drawing=drawing)
    assert "sampled" not in after.facts
    points, fewer, expected = (
        [len(curve.series) for curve in picture.curves]
        for picture in (after, before, never_sampled.picture(feed.view, "loss", drawing=drawing))
    )
    assert points == expected
    assert fewer[2] == fewer[7] < points[2]


async def test_curves_keep_nothing_of_stages_that_ended_without_readings(tmp_path):
    """Of thousands of such stages only a number is kept each; the attempt of a retry that has readings is read."""
    folder = SessionFolder(tmp_path)
    first, again = (folder.at(f"stages/1-a/attempt-{number}") for number in (1, 2))
    first.path.mkdir(parents=True)
    first.readings.write_bytes(b"")
    attempt = (START_A, RUN_A, ev.AttemptEnded(stage="a", attempt=1, state="failed"))
    retry = (
        ev.StageReset(stage="a"),
        ev.AttemptStarting(stage="a", attempt=2, folder="stages/1-a/attempt-2"),
        ev.AttemptRunning(stage="a", attempt=2, pid=12),
    )
    curves = SessionCurves()
    failed = View(folder, folded(CREATED, RUNNER, *attempt), None, alive=False)
    assert not await curves.update(failed)
    assert not await curves.update(failed)
    assert (curves._stages, curves._without, curves.behind) == ({}, {"a": 1}, False)
    assert [label for _, label in curves.picture(failed, "loss").borders] == ["1 a"]
    again.path.mkdir()
    again.readings.write_bytes(b'[1.0,"loss",0.5,1,null]\n')
    retried = View(folder, folded(CREATED, RUNNER, *attempt, *retry), None, alive=False)
    assert await curves.update(retried)
    assert [len(series) for series in curves.series("loss")] == [1]


def test_every_state_has_a_sign_a_colour_and_a_word():
    """States can be told apart without colour."""
    assert set(STAGES) == set(StageState)
    assert set(SESSIONS) == set(SessionState)
    assert len({(style.sign, style.word) for style in STAGES.values()}) == len(STAGES)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("running", "running"),
        ("frozen", "frozen"),
        ("paused", "paused"),
        ("waiting", "waiting"),
        ("held", "held"),
        ("interrupted", "interrupted"),
    ],
)
def test_a_session_is_called_what_its_stage_is(tmp_path, state, word):
    """One word in the header says what the person sees below."""
    assert session_style(load_view(make_session(tmp_path, state))).word == word


def test_the_thread_ends_with_the_loop_that_it_reads_for(tmp_path):
    """However a screen was left, nothing reads its session any more, and its descriptors are given back."""
    folder = make_session(tmp_path / "sessions", "running")
    over = threading.Event()
    before = set(threading.enumerate())
    FeedThread(SessionFeed(folder), lambda: None, over.is_set)
    (reader,) = set(threading.enumerate()) - before
    over.set()
    reader.join(60)
    assert not reader.is_alive()
