"""The table of actions: every verb has a key, and each key says what it would do in every state."""

from __future__ import annotations

import pytest
from msgspec import structs

from autotrain_tui.session.journal.events import ImportSource
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.state import AlertRecord, AttemptEnd, Failed
from autotrain_tui.session.records.heartbeat import ProgressFigures
from autotrain_tui.tui.model.actions import ACTIONS, find_action
from autotrain_tui.tui.model.retry_proposal import retry_proposal
from autotrain_tui.verbs import REQUESTS
from tests.tui.sessions import STATES, make_session


def requests(tmp_path, state, chosen=None):
    return asked_of(load_view(make_session(tmp_path / "sessions", state)), chosen)


def asked_of(view, chosen):
    stage = view.session.stage(chosen) if chosen else None
    return {action.name: request for action in ACTIONS if (request := action.request(view, stage)) is not None}


def test_every_key_is_the_designs():
    """DESIGN section 9, key by key; none is given twice."""
    keys = {action.name: action.key for action in ACTIONS}
    assert keys == {
        "resume": "enter",
        "pause": "p",
        "freeze": "P",
        "skip": "s",
        "unskip": "u",
        "retry": "r",
        "scratch": "R",
        "hold": "H",
        "stop": "x",
        "kill": "X",
        "checkpoint": "K",
        "budget": "b",
        "metric": "M",
        "acknowledge": "A",
        "extend": "plus",
    }
    assert len(set(keys.values())) == len(keys)


def test_every_verb_can_be_reached_by_a_key(tmp_path):
    """Whatever the command line can ask of a runner, a key can too."""
    found = set()
    for state in STATES:
        view = load_view(make_session(tmp_path / state, state))
        for chosen in (None, "foundation", "refinement", "mastery"):
            found |= {request.verb for request in asked_of(view, chosen).values()}
    # no hand-made session holds a skipped stage, an alert or a search: tests of their own do
    found |= {"unskip", "acknowledge", "extend"}
    assert found == set(REQUESTS)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            "running",
            {
                "pause": "pause",
                "freeze": "freeze",
                "skip": "skip",
                "retry": "retry",
                "scratch": "retry",
                "hold": "hold",
                "stop": "stop",
                "kill": "kill",
                "checkpoint": "checkpoint",
                "budget": "budget",
            },
        ),
        ("paused", {"pause": "resume", "hold": "hold", "stop": "stop", "kill": "kill", "budget": "budget"}),
        (
            "frozen",
            {"pause": "resume", "freeze": "resume", "hold": "hold", "stop": "stop", "kill": "kill", "budget": "budget"},
        ),
        ("held", {"hold": "release", "stop": "stop", "kill": "kill", "budget": "budget"}),
        ("stopping", {"kill": "kill"}),
        ("finished", {}),
        ("failed", {"resume": "resume", "pause": "resume", "retry": "retry", "scratch": "retry"}),
        ("interrupted", {"resume": "resume", "pause": "resume"}),
        ("budget", {"resume": "budget", "pause": "budget"}),
    ],
)
def test_keys_without_a_choice_mean_what_runs(tmp_path, state, expected):
    """With no stage chosen each key means the only stage it can mean; those that can do nothing have no request."""
    found = {name: request.verb for name, request in requests(tmp_path, state).items()}
    assert found == {**expected, "metric": "metric"}  # with or without a runner


def test_what_ends_training_asks_first(tmp_path):
    """Skip, stop, kill and both retries of a running stage have a question whose first answer changes nothing."""
    found = requests(tmp_path, "running", "refinement")
    for name in ("skip", "stop", "kill", "retry", "scratch"):
        question = found[name].question
        assert question is not None
        assert question.no
        assert question.no != question.yes
    for name in ("pause", "freeze", "checkpoint", "hold"):
        assert found.get(name) is None or found[name].question is None


def test_the_chosen_stage_is_meant(tmp_path):
    """A key acts on the stage under the cursor where it can."""
    found = requests(tmp_path, "running", "perfection")
    assert found["skip"].stage == found["hold"].stage == "perfection"
    assert found["pause"].stage == "refinement"
    assert requests(tmp_path / "2", "running", "foundation")["retry"].stage == "foundation"


def test_a_session_that_nobody_runs_gets_a_runner(tmp_path):
    """Going on and retrying start a runner where none lives."""
    assert requests(tmp_path / "1", "interrupted")["resume"].start
    assert requests(tmp_path / "2", "failed")["retry"].start
    assert not requests(tmp_path / "3", "running", "refinement")["retry"].start


def test_an_unknown_action_is_an_error():
    """Names are looked up, never guessed."""
    with pytest.raises(KeyError):
        find_action("nonsense")


def test_alerts_can_be_acknowledged_while_some_stand(tmp_path):
    """`A` does something only while an alert stands, and needs no runner."""
    view = load_view(make_session(tmp_path, "running"))
    action = find_action("acknowledge")
    assert action.request(view, None) is None
    alert = AlertRecord(9, "2026-11-22T15:04:03.000Z", "nan", "loss is not a finite number")
    for session_alive in (True, False):
        standing = structs.replace(view, session=structs.replace(view.session, alerts=(alert,)), alive=session_alive)
        request = action.request(standing, None)
        assert request is not None
        assert request.start is not session_alive
    seen = structs.replace(alert, acknowledged="2026-11-22T15:05:00.000Z")
    assert action.request(structs.replace(view, session=structs.replace(view.session, alerts=(seen,))), None) is None


def failed(view, failure, *, params=None, fraction=None, limit=None):
    """The stage that failed, with another failure, other parameters, progress and limit."""
    stage = next(stage for stage in view.session.stages if stage.state == "failed")
    attempt = stage.attempts[-1]
    progress = ProgressFigures(fraction=fraction)
    end = AttemptEnd(1, None, None, attempt.end.reason, failure, attempt.end.time, attempt.end.elapsed_seconds)
    attempt = structs.replace(attempt, end=end, progress=progress, timeout_seconds=limit)
    info = structs.replace(stage.info, params=params) if params is not None else stage.info
    return structs.replace(stage, info=info, attempts=(attempt,), status=Failed(attempt.end))


def test_a_retry_after_running_out_of_memory_proposes_half_the_batch(tmp_path):
    """The question names both values; other answers are to retry unchanged, and not at all."""
    request = requests(tmp_path, "failed")["retry"]
    assert request.args == {"set:batch_size": 16}
    assert "batch_size 16 instead of 32" in request.question.title
    assert request.question.plain == "Retry unchanged"


@pytest.mark.parametrize(
    ("failure", "more", "proposed"),
    [
        ("oom", {"params": {"per_device_train_batch_size": 8}}, ("per_device_train_batch_size", 4)),
        ("oom", {"params": {"batch_size": 1}}, None),
        ("oom", {"params": {"lr": 0.1}}, None),
        ("timeout", {"limit": 600.0}, ("timeout_minutes", 20)),
        ("timeout", {"limit": 600.0, "fraction": 0.5}, ("timeout_minutes", 24)),
        ("timeout", {}, None),
        ("error", {}, None),
    ],
)
def test_a_retry_proposes_only_what_follows_from_the_failure(tmp_path, failure, more, proposed):
    """Less memory for what ran out of it, more time for what ran out of that; else nothing is asked."""
    view = load_view(make_session(tmp_path / "sessions", "failed"))
    found = retry_proposal(failed(view, failure, **more))
    assert (None if found is None else (found.name, found.value)) == proposed


def test_nothing_can_be_asked_of_a_run_that_something_else_started(tmp_path):
    """Neither while it is watched nor after: only its metric and its alerts are the reader's."""
    for state in ("running", "failed"):
        view = load_view(make_session(tmp_path / state, state))
        session = structs.replace(view.session, source=ImportSource("log", "/tmp/train.log", watched=True))
        view = structs.replace(view, session=session, alive=True)
        assert {action.name for action in ACTIONS if action.request(view, None) is not None} <= {
            "metric",
            "acknowledge",
        }
