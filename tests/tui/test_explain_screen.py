"""`i` in Metrics mode: what was read of a log, and the pattern of a number that was left out."""

from __future__ import annotations

import tomllib

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Reading
from autotrain_tui.tui.dialogs.log_explanation import ExplainScreen
from autotrain_tui.tui.model.attempt_logs import attempt_logs
from autotrain_tui.tui.widgets.list_view import ListView
from tests.tui.conftest import settle
from tests.tui.test_metrics_screen import at_metrics
from tests.tui.test_run_screen import text_of

LOG = "".join(f"epoch {i} loss 0.{9 - i}5 drifts 'hits': {i * 7 % 5} in {i}.5s\n" for i in range(1, 9))


async def explained(pilot):
    """The explanation of the latest attempt's log, which holds LOG."""
    screen = await at_metrics(pilot)
    logs = attempt_logs(screen.host.view)
    logs[-1].path.write_text(LOG)
    await pilot.press("i")
    await settle(pilot, lambda: isinstance(pilot.app.screen, ExplainScreen) and rows_of(pilot.app.screen).entries)
    return pilot.app.screen


def rows_of(screen):
    """The list of its rows."""
    return screen.query_one("#rows", ListView)


async def test_shapes_are_told_with_what_was_read_of_them(open_app):
    """A line shape stands with its count, its series, and each number that was left out with the reason."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await explained(pilot)
        text = text_of(rows_of(screen))
        assert "8 x  epoch 1 loss 0.85" in text
        assert "series     loss" in text
        assert "a whole number under a name that no list knows" in text
        await pilot.press("escape")
        await settle(pilot, lambda: not isinstance(app.screen, ExplainScreen))


async def test_one_key_gives_the_pattern_of_a_number_that_was_left_out(open_app):
    """Enter copies a line of TOML that loads, and whose pattern reads the number from the log."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await explained(pilot)
        await pilot.press("n")
        while "hits" not in rows_of(screen).highlighted.label:
            await pilot.press("n")
        await pilot.press("enter")
        await settle(pilot, lambda: "Copied" in text_of(screen.query_one("#below")))
        metric = tomllib.loads(app.clipboard)["metrics"][0]
        reader = LogReader([(metric["name"], metric["pattern"])])
        events = reader.feed(LOG.encode())
        assert [one.value for one in events if isinstance(one, Reading)] == [i * 7 % 5 for i in range(1, 9)]


async def test_each_attempt_has_its_explanation(open_app):
    """`[` goes to the log of the attempt before; a log that is gone is told."""
    app = open_app("finished")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explained(pilot)
        title = str(screen.query_one("#box").border_title)
        screen.logs[-2].path.unlink()
        await pilot.press("left_square_bracket")
        await settle(pilot, lambda: "cannot be read" in text_of(rows_of(screen)))
        assert str(screen.query_one("#box").border_title) != title
