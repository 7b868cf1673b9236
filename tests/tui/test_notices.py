"""Notices: one line that covers nothing, a list under `!`, and alerts that are acknowledged there."""

from __future__ import annotations

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.state import AlertRecord
from autotrain_tui.tui.dialogs.notice_list import NoticesScreen
from autotrain_tui.tui.model.notices import Notices, notice_rows
from autotrain_tui.tui.widgets.key_bar import ModeBar
from autotrain_tui.tui.widgets.list_view import ListView
from tests.tui.answering import Answering
from tests.tui.conftest import settle
from tests.tui.sessions import append
from tests.tui.test_run_screen import shown, text_of


def test_each_thing_is_told_once() -> None:
    """The same words within a moment are one notice; an error stays longer than what is told after it."""
    notices = Notices()
    notices.add("the disk is full", "Alert", "error")
    notices.add("the disk is full", "Alert", "error")
    notices.add("one succeeded")
    assert [each.text for each in notices] == ["one succeeded", "the disk is full"]
    assert notices.unseen == 2
    now = notices.current()
    assert now is not None
    assert now.text == "the disk is full"
    assert notices.current(now.mono + 60) is None
    notices.seen()
    assert notices.unseen == 0


def test_what_the_screen_shows_itself_is_only_listed() -> None:
    """A notice that does not flash is in the list, an alert is not there twice."""
    notices = Notices()
    notices.add("one failed", severity="error", flashes=False)
    notices.add("loss is nan", "one", "warning", listed=False)
    now = notices.current()
    assert now is not None
    assert now.text == "loss is nan"
    assert [row.text for row in notice_rows(notices, ())] == ["one failed"]


def test_alerts_of_one_millisecond_stand_in_their_order() -> None:
    """The newest alert is first, also where the times that were recorded are the same."""
    alerts = [AlertRecord(seq, "2026-11-28T15:04:05.123Z", "nan", f"alert {seq}") for seq in (3, 4, 5)]
    assert [row.text for row in notice_rows(Notices(), alerts)] == ["alert 5", "alert 4", "alert 3"]


async def test_an_alert_is_acknowledged_in_the_list(open_app) -> None:
    """It flashes in the line of the modes; `!` lists it, and Enter marks this one as seen."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        append(app.feed.folder, ev.Alert(kind="nan", stage="refinement", text="loss is nan [/b]"))
        await settle(pilot, lambda: "refinement: loss is nan [/b]" in text_of(app.screen.query_one(ModeBar)))
        await pilot.press("exclamation_mark")
        await settle(
            pilot, lambda: isinstance(app.screen, NoticesScreen) and bool(app.screen.query_one(ListView).entries)
        )
        rows = app.screen.query_one(ListView)
        assert [row.text for row in rows.entries] == ["loss is nan [/b]"]
        number = app.feed.view.session.alerts[0].seq
        with Answering(app.feed.folder) as runner:
            await pilot.press("enter")
            await settle(pilot, lambda: bool(runner.taken))
        assert [(command.verb, command.args) for command in runner.taken] == [("acknowledge", {"alert": number})]
        append(app.feed.folder, ev.AlertAcknowledged(alerts=[number], by="ada"))
        await settle(pilot, lambda: "seen by ada" in text_of(rows))
        await pilot.press("escape")
        await settle(pilot, lambda: not isinstance(app.screen, NoticesScreen))
