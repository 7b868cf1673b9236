"""Alerts are kept until a person acknowledges them, with a runner and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.cli.main import main
from autotrain_tui.errors import RefusedError
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.acknowledgement import acknowledgement
from autotrain_tui.session.journal.events import Alert, AlertAcknowledged, SessionCreated
from autotrain_tui.session.journal.fold import Fold, fold
from autotrain_tui.session.journal.fold_alerts import MOST_ALERTS
from autotrain_tui.session.journal.state import Session
from tests.runner.rig import plan, python, session

BREAKS = python("raise ValueError('no data')")


def alerted(count: int) -> Session:
    alerts = [Alert(seq=seq, time=f"t{seq}", kind="nan", text="x") for seq in range(2, count + 2)]
    found = fold([SessionCreated(seq=1, plan="p"), *alerts])
    assert found is not None
    return found


def test_one_and_all() -> None:
    """A number acknowledges one alert, nothing all that stand; what is no standing alert is refused."""
    state = alerted(3)
    assert acknowledgement(state, {"alert": 3}, "", "me").alerts == [3]
    assert acknowledgement(state, {}, "", "me").alerts == [2, 3, 4]
    for number in (1, 5, True, "3"):
        with pytest.raises(RefusedError):
            acknowledgement(state, {"alert": number}, "", "me")
    with pytest.raises(RefusedError):
        acknowledgement(alerted(0), {}, "", "me")


def test_an_acknowledged_alert_stays_in_the_list() -> None:
    """It has who and when; a journal that acknowledges what is no alert is reported, and the rest counts."""
    reader = Fold()
    events = [
        SessionCreated(seq=1, plan="p"),
        Alert(seq=2, time="t2", kind="nan", text="x"),
        AlertAcknowledged(seq=3, time="t3", alerts=[2], by="me"),
        AlertAcknowledged(seq=4, alerts=[1]),
    ]
    assert [reader.feed(event) for event in events] == [True, True, True, False]
    assert reader.session is not None
    (alert,) = reader.session.alerts
    assert (alert.acknowledged, alert.by) == ("t3", "me")
    assert reader.session.standing_alerts == ()
    assert reader.problems


def test_what_stands_is_kept_longest() -> None:
    """Beyond the most alerts, an acknowledged one goes before those that nobody has seen."""
    state = alerted(MOST_ALERTS)
    assert len(state.alerts) == MOST_ALERTS
    more = alerted(MOST_ALERTS + 5)
    assert len(more.alerts) == MOST_ALERTS
    assert more.alerts[0].seq == 7


@pytest.mark.process
def test_the_runner_journals_it(tmp_path: Path) -> None:
    """With a runner the request is a command; `show` has the alert as acknowledged, and by whom."""
    script = f"{BREAKS[0]} -c 'raise ValueError(1)' 2>&1 | cat"
    stages = [{"name": "a", "command": ["bash", "-c", script]}, {"name": "b", "command": ["sleep", "600"]}]
    with session(tmp_path, plan(*stages)) as rig:
        rig.start()
        rig.until("b", "running")
        (alert,) = show(rig.view())["alerts"]
        assert (alert["kind"], alert["stage"], alert["acknowledged"]) == ("traceback", "a", False)
        assert not rig.ask("acknowledge", args={"alert": alert["seq"] + 1}).accepted
        assert rig.ask("acknowledge", args={"alert": alert["seq"]}).accepted
        (alert,) = show(rig.view())["alerts"]
        assert alert["acknowledged"]
        assert alert["acknowledged_by"]
        assert not rig.ask("acknowledge").accepted
        rig.ask("kill")
        rig.end()


@pytest.mark.process
def test_it_works_after_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a runner the command line writes the event; `show` lists the alert until then, and `ls` still reads."""
    script = f"{BREAKS[0]} -c 'raise ValueError(1)' 2>&1 | cat"
    with session(tmp_path, plan({"name": "a", "command": ["bash", "-c", script]})) as rig:
        rig.start()
        rig.end()
        where = ["--sessions-dir", str(tmp_path / "sessions")]
        assert main(["show", *where]) == 0
        shown = capsys.readouterr().out
        assert "alerts, until acknowledged" in shown
        assert "ValueError: 1" in shown
        assert main(["acknowledge", "9", *where]) == 3
        assert main(["acknowledge", "all", *where]) == 0
        assert rig.view().session.standing_alerts == ()
        assert rig.kinds()[-1] == "AlertAcknowledged"
        capsys.readouterr()
        assert main(["show", *where]) == 0
        assert "alerts, until" not in capsys.readouterr().out
        assert main(["ls", *where]) == 0
        assert "in doubt" in capsys.readouterr().out
