"""How sessions stand on the page: imported ones, watched ones, and ends that are in doubt."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec
import pytest

from autotrain_tui.session.history.documents import row
from autotrain_tui.session.journal.attempt_end import AttemptEnd
from autotrain_tui.session.journal.attempt_events import PassedBest
from autotrain_tui.session.journal.event_base import ImportSource
from autotrain_tui.session.journal.events import Alert, AlertAcknowledged, AttemptEnded, Doubt
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.launch.import_runs import import_runs
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.usage import Usage
from autotrain_tui.web.reading.session_texts import session_texts
from autotrain_tui.web.reading.state_style import row_style, view_style
from tests.tui.sessions import append, make_session


@pytest.fixture
def imported(tmp_path: Path) -> SessionFolder:
    """A session made of a CSV file."""
    (tmp_path / "m.csv").write_text("step,val_loss\n" + "".join(f"{step},{1 / (1 + step)}\n" for step in range(50)))
    return import_runs(tmp_path / "m.csv", tmp_path / "sessions")


async def test_an_imported_session_says_so(reader: httpx.AsyncClient, imported: SessionFolder) -> None:
    """List and page say `imported` and from where, not that something finished within no time limit."""
    for path in ("/", f"/s/{imported.id}"):
        text = (await reader.get(path)).text
        assert "imported" in text
        assert ">finished<" not in text
    assert "m.csv (csv)" in text
    assert "no time limit" not in text


async def test_a_curve_without_times_is_drawn_over_steps(reader: httpx.AsyncClient, imported: SessionFolder) -> None:
    """The curve of an imported file without times is drawn over its steps, not as a vertical line at 0 s."""
    drawing = (await reader.get(f"/api/sessions/{imported.id}/curve?name=val_loss")).json()
    assert (drawing["axis"], drawing["whole"][1]) == ("step", 49)
    assert (await reader.get(f"/api/sessions/{imported.id}/curve?name=val_loss&axis=time")).json()["axis"] == "time"
    text = (await reader.get(f"/s/{imported.id}/metrics?name=val_loss")).text
    assert 'aria-current="true">by step<' in text


def test_a_watched_session_without_a_known_end_says_so(imported: SessionFolder) -> None:
    """Who watched a run whose exit nobody saw does not read that it was imported or succeeded."""
    view = load_view(imported)
    source = ImportSource("log", "/runs/train.log", watched=True)
    watched = msgspec.structs.replace(view, session=msgspec.structs.replace(view.session, source=source))
    assert view_style(watched).word == row_style(row(watched)).word == "end unknown"


def test_a_success_in_doubt_says_so(finished: SessionFolder) -> None:
    """A success that shows signs of being none is `in doubt` in the list and on its page."""
    view = load_view(finished)
    assert view_style(view).word == row_style(row(view)).word == "succeeded"
    first, *others = view.session.stages
    doubt = Doubt("traceback", "a traceback at the end")
    end = AttemptEnd(0, None, None, "", None, "2026-11-22T15:04:00.000Z", 1.0, doubts=(doubt,))
    status = msgspec.structs.replace(first.status, end=end)
    stages = (msgspec.structs.replace(first, status=status), *others)
    doubted = msgspec.structs.replace(view, session=msgspec.structs.replace(view.session, stages=stages))
    assert view_style(doubted).word == row_style(row(doubted)).word == "in doubt"


async def test_alerts_stand_until_acknowledged(
    reader: httpx.AsyncClient, finished: SessionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page shows the newest alerts that nobody has acknowledged, counts the others, and drops what a person saw."""
    monkeypatch.setattr("autotrain_tui.web.reading.watched_session._FRESH_SECONDS", 0.0)
    for number in range(7):
        append(finished, Alert(kind="stall", stage="mastery", text=f"no progress <{number}>"))
    text = (await reader.get(f"/s/{finished.id}")).text
    assert "Alerts (7)" in text
    assert "2 older" in text
    assert [number for number in range(7) if f"no progress &lt;{number}&gt;" in text] == [2, 3, 4, 5, 6]
    first, *_, last = (alert.seq for alert in load_view(finished).session.standing_alerts)
    append(finished, AlertAcknowledged(alerts=[last]))
    text = (await reader.get(f"/s/{finished.id}")).text
    assert "Alerts (6)" in text
    assert "no progress &lt;6&gt;" not in text
    append(finished, AlertAcknowledged(alerts=list(range(first, last))))
    assert "Alerts (" not in (await reader.get(f"/s/{finished.id}")).text


async def test_a_stage_says_what_it_took_and_that_a_best_was_passed(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """A stage's end on the page has its memory and processor time, its doubts, and the sentence on a best passed."""
    folder = make_session(tmp_path / "sessions", "running")
    past = PassedBest("val_loss", "loss", 0.31, 0.52, "val_loss was best at epoch 8 <and rose>", best_epoch=8)
    end = AttemptEnded(
        stage="refinement", attempt=1, state="succeeded", exit_code=0, past_best=past,
        usage=Usage(cpu_seconds=12.0, max_rss_bytes=3 << 30), doubts=[Doubt("traceback", "a traceback at its end")],
    )  # fmt: skip
    append(folder, end)
    text = (await reader.get(f"/s/{folder.id}")).text
    assert "memory peak 3.0 GiB · processor time 12.0 s" in text
    assert "val_loss was best at epoch 8 &lt;and rose&gt;" in text
    assert "traceback: a traceback at its end" in text
    assert session_texts(load_view(folder))["stages"]["refinement"]["word"] == "in doubt"


async def test_what_cannot_be_read_is_told(reader: httpx.AsyncClient, finished: SessionFolder) -> None:
    """A damaged line of the journal is a sentence on the page, which looks complete otherwise."""
    assert 'data-is="warning" class="reason unread" role="status"></p>' in (await reader.get(f"/s/{finished.id}")).text
    lines = finished.journal.read_bytes().splitlines(keepends=True)
    finished.journal.write_bytes(b"".join([*lines[:2], b'{"torn": \n', *lines[2:]]))
    problems = load_view(finished).problems
    assert problems
    texts = session_texts(load_view(finished))
    assert texts["warning"].splitlines() == list(problems)


def test_a_runner_that_cannot_record_is_told(finished: SessionFolder) -> None:
    """What the screen's header says of a runner that is silent or cannot record stands on the page too."""
    silent = msgspec.structs.replace(load_view(finished), silence="the runner does not answer: it is stopped")
    assert session_texts(silent)["warning"] == "the runner does not answer: it is stopped"
