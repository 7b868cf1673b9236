"""Metrics mode: axes, smoothing, picking, one curve alone, marked sessions beside it."""

from __future__ import annotations

import math
from contextlib import asynccontextmanager

import pytest
from msgspec import structs

from autotrain_tui.metrics.curves.series import Series
from autotrain_tui.tui.charts.cursor_values import exact
from autotrain_tui.tui.charts.curve_detail import CurveDetail
from autotrain_tui.tui.charts.dot_canvas import ASCII, BRAILLE, chosen_dots
from autotrain_tui.tui.model.axis import x_text
from autotrain_tui.tui.model.newest_readings import MetricReadings
from autotrain_tui.tui.panes.curve_grid import CurveGrid
from autotrain_tui.tui.panes.metric_panes import GridCurve, Legend
from autotrain_tui.tui.panes.metric_readings import ReadingsPane, reading_lines
from autotrain_tui.tui.panes.session_facts import SessionFactsPane
from autotrain_tui.tui.screens.metrics.screen import MetricsScreen
from autotrain_tui.tui.widgets.line import width_of
from autotrain_tui.tui.widgets.list_view import ListView
from tests.tui.conftest import settle
from tests.tui.sessions import make_session
from tests.tui.test_run_screen import shown, text_of


async def at_metrics(pilot):
    """Metrics mode with its pictures of quality drawn: two, while the learning rate is folded."""
    await shown(pilot)
    await pilot.press("2")
    screen = pilot.app.screen
    await settle(pilot, lambda: isinstance(pilot.app.screen, MetricsScreen) and len(pictures(pilot.app.screen)) == 2)
    screen = pilot.app.screen
    assert isinstance(screen, MetricsScreen)
    return screen


def pictures(screen):
    """The pictures in the grid by title."""
    panes = [pane for pane in screen.query(GridCurve) if pane.display and pane.picture is not None]
    return {pane.picture.title: pane.picture for pane in panes}


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_the_grid_fills_every_window(open_app, size):
    """Each curve has its pane, with its name, at every size; nothing is wider than the window."""
    app = open_app("finished")
    async with app.run_test(size=size) as pilot:
        screen = await at_metrics(pilot)
        assert set(pictures(screen)) == {"accuracy", "loss"}
        await pilot.press("f")
        await settle(pilot, lambda: set(pictures(screen)) == {"accuracy", "loss", "lr"})
        for pane in screen.query(GridCurve):
            if pane.display:
                await settle(pilot, lambda pane=pane: "1" in text_of(pane))
                assert pane.region.right <= size[0]


async def test_curves_over_time_steps_and_epochs(open_app):
    """The same points on another axis: every stage goes on where the one before ended."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        found = {}
        for _ in range(3):
            picture = pictures(screen)["accuracy"]
            found[picture.axis] = picture
            assert len(picture.curves) == len(picture.borders) == 5
            starts = [curve.start for curve in picture.curves]
            assert starts == sorted(starts)
            assert picture.borders[0] == (0.0, "1 foundation")
            await pilot.press("a")
            await settle(pilot, lambda old=picture.axis: pictures(screen)["accuracy"].axis != old)
        assert set(found) == {"time", "step", "epoch"}
        assert found["step"].curves[1].start == 1190.0
        assert found["epoch"].curves[-1].ends[1] == pytest.approx(65, abs=1)


async def test_smoothed_and_logarithmic(open_app):
    """A smoothed line stands before the quiet one it was made from; both have as many points."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        await pilot.press("o", "y")
        await settle(pilot, lambda: pictures(screen)["loss"].log and len(pictures(screen)["loss"].curves) == 10)
        curves = pictures(screen)["loss"].curves
        assert [curve.quiet for curve in curves] == [True] * 5 + [False] * 5
        assert [len(curve.series) for curve in curves[:5]] == [len(curve.series) for curve in curves[5:]]
        assert curves[9].series.high < curves[4].series.high


async def test_filtered_and_picked(open_app):
    """Typing narrows the list; picks narrow the grid; Escape goes back a step at a time."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        await pilot.press("slash", "l", "enter")
        await settle(pilot, lambda: set(pictures(screen)) == {"loss", "lr"})
        await pilot.press("space")
        await settle(pilot, lambda: len(pictures(screen)) == 1)
        await pilot.press("escape")
        await settle(pilot, lambda: len(pictures(screen)) == 1)
        await pilot.press("escape")
        await settle(pilot, lambda: set(pictures(screen)) == {"accuracy", "loss"})


async def test_other_kinds_stand_folded_under_a_heading(open_app):
    """Quality comes first; a heading says what else there is, and Enter on it or f shows it."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        series = screen.query_one("#series", ListView)
        series.focus()
        await settle(pilot, lambda: "▸ optimiser 1" in text_of(series))
        assert "lr" not in text_of(series)
        await pilot.press("end", "enter")
        await settle(pilot, lambda: "▾ optimiser 1" in text_of(series) and "lr" in pictures(screen))
        assert not screen.has_class("-zoomed")
        await pilot.press("f")
        await settle(pilot, lambda: "▸ optimiser 1" in text_of(series) and "lr" not in pictures(screen))


async def test_one_curve_with_cursor_pan_and_zoom(open_app):
    """The cursor reads the value at its place; closer shows a part of x, panning moves it, = shows all."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        await pilot.press("z")
        detail = screen.query_one(CurveDetail)
        await settle(pilot, lambda: "lowest" in text_of(detail))
        assert detail.has_focus
        await pilot.press("left", "left")
        assert "at 1" in text_of(detail)
        assert detail.cursor is not None
        await pilot.press("plus", "plus")
        low, high = detail.window
        assert low < detail.cursor < high
        await pilot.press("less_than_sign")
        assert detail.window[0] < low
        assert detail.window[1] - detail.window[0] == pytest.approx(high - low)
        await pilot.press("equals_sign")
        assert detail.window is None
        await pilot.press("escape")
        assert not screen.has_class("-zoomed")


def facts_of(screen):
    """What the frames of the grid say at the right, by title."""
    panes = [pane for pane in screen.query(GridCurve) if pane.display and pane.picture is not None]
    return {pane.picture.title: pane.frame_facts()[1] for pane in panes}


def cursor_rows(pane):
    """Rows of a pane in which the cursor's line is drawn."""
    width, height = pane.content_size
    return sum(any("│" in text and token == "accent" for text, token in row) for row in pane.paint(width, height))


@pytest.mark.parametrize("axis", ["time", "step", "epoch"])
async def test_one_cursor_reads_every_curve_of_the_grid(open_app, axis):
    """h and l move one line through all curves; each frame has the value that its curve has there, and Escape ends it."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        while pictures(screen)["loss"].axis != axis:
            await pilot.press("a")
        before = facts_of(screen)
        await pilot.press(*["h"] * 15, "l")
        cursor = screen.query_one(CurveGrid).cursor
        assert cursor is not None
        for title, picture in pictures(screen).items():
            points = [point for curve in picture.curves if (point := curve.at(cursor)) is not None]
            x, value = points[-1]  # where a stage ends another may begin
            assert facts_of(screen)[title] == f"{exact(value)} at {x_text(x, axis)}"
        panes = [pane for pane in screen.query(GridCurve) if pane.display]
        assert all(cursor_rows(pane) for pane in panes)
        assert all("●" in text_of(pane) for pane in panes)
        await pilot.press("home")
        assert all(" at 0" in facts or " at 1" in facts for facts in facts_of(screen).values())
        await pilot.press("end")
        ends = {picture.title: picture.curves[-1].series.last for picture in pictures(screen).values()}
        assert all(facts.startswith(exact(ends[title])) for title, facts in facts_of(screen).items())
        await pilot.press("escape")
        assert facts_of(screen) == before
        assert not any(cursor_rows(pane) for pane in panes)


def begun_later(picture, seconds):
    """The picture of lines that begin so much after its left edge."""
    later = [structs.replace(curve, start=curve.start + seconds) for curve in picture.curves]
    return structs.replace(picture, curves=tuple(later), borders=((0.0, "1 one"),), end=None)


async def test_home_reads_the_first_value_though_time_passed_before_it(open_app):
    """A stage loads data before it prints: the cursor stands on the curve's points, also in the whole window."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        pane = next(pane for pane in screen.query(GridCurve) if pane.has_focus or pane.has_curve)
        pane.show(begun_later(pane.picture, 60.0))
        first = pane.picture.curves[0]
        screen.query_one(CurveGrid).action_cursor_end(-1)
        assert pane.frame_facts()[1] == f"{exact(first.series.ys[0])} at {x_text(first.ends[0], 'time')}"
        screen.query_one(CurveGrid).move_cursor(-1)
        assert pane.frame_facts()[1].startswith(exact(first.series.ys[0]))
        detail = screen.query_one(CurveDetail)
        detail.show(pane.picture, "", fresh=True)
        detail.action_cursor_end(-1)
        assert detail.cursor == first.ends[0] > 0
        detail.action_cursor_end(1)
        assert detail.cursor == pane.picture.curves[-1].ends[1]


async def test_the_cursor_of_the_grid_follows_the_mouse(open_app):
    """Over a curve the mouse is the cursor of all; beside them it is where the keys have put it."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        grid, pane = screen.query_one(CurveGrid), screen.query_one("#curve-0", GridCurve)
        await settle(pilot, lambda: pane.content_size.area)
        before = facts_of(screen)
        await pilot.hover(pane, offset=(20, 5))
        await settle(pilot, lambda: all(" at " in facts for facts in facts_of(screen).values()))
        first = facts_of(screen)
        await pilot.hover(pane, offset=(24, 5))
        await settle(pilot, lambda: facts_of(screen) != first)
        await pilot.hover("#series", offset=(3, 3))
        await settle(pilot, lambda: facts_of(screen) == before)
        await pilot.press("h")
        kept = facts_of(screen)
        await pilot.hover(pane, offset=(20, 5))
        await settle(pilot, lambda: facts_of(screen) == first)
        await pilot.hover("#series", offset=(3, 3))
        await settle(pilot, lambda: facts_of(screen) == kept)
        await pilot.press("z")
        assert screen.query_one(CurveDetail).cursor == grid.cursor


@asynccontextmanager
async def two_sessions(open_app, tmp_path):
    """The pilot and the screen with a second session marked, both drawn."""
    app = open_app("finished")
    other = make_session(tmp_path / "sessions", "failed", name="20261121-100000-other", plan="other")
    app.marked.append(other.id)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        await settle(pilot, lambda: len({curve.colour for curve in pictures(screen)["accuracy"].curves}) == 2)
        yield pilot, screen


async def test_the_cursor_reads_every_line_of_a_frame(open_app, tmp_path):
    """Of several sessions in one frame each has its value, in its colour, above the curves."""
    async with two_sessions(open_app, tmp_path) as (pilot, screen):
        await pilot.press("home", *["l"] * 6)
        cursor = screen.query_one(CurveGrid).cursor
        pane = screen.query_one("#curve-0", GridCurve)
        await settle(pilot, lambda: pane.frame_facts()[1].startswith("at "))
        heading = text_of(pane).splitlines()[0]
        points = {curve.label: curve.at(cursor) for curve in pane.picture.curves if curve.at(cursor) is not None}
        assert len(points) == 2
        assert all(exact(point[1]) in heading for point in points.values())


async def test_marked_sessions_are_compared(open_app, tmp_path):
    """Each session has its own colour, named in the read-out and in the legend, which stands in the readings' place."""
    async with two_sessions(open_app, tmp_path) as (pilot, screen):
        assert {curve.label for curve in pictures(screen)["accuracy"].curves} == {
            "1122-150403-digits",
            "1121-100000-other",
        }
        assert "1121-100000-other" in text_of(screen.query_one(Legend))
        assert not screen.query_one(ReadingsPane).display
        await pilot.press("z")
        await settle(pilot, lambda: "1121-100000-other" in text_of(screen.query_one(CurveDetail)))


async def test_blocks_and_ascii_by_a_key(open_app):
    """D changes what pictures are drawn with: braille, blocks, ASCII, and braille again."""
    app = open_app("finished")
    before = chosen_dots()
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        assert before is BRAILLE
        await settle(pilot, lambda: any(0x2800 < ord(sign) < 0x2900 for sign in text_of(screen.query_one("#curve-0"))))
        await pilot.press("D")
        await settle(pilot, lambda: any(sign in "▀▄▌▐▖▗▘▝▚▞" for sign in text_of(screen.query_one("#curve-0"))))
        await pilot.press("D")
        assert chosen_dots() is ASCII
        await pilot.press("D")
        assert chosen_dots() is before


async def test_no_metric_yet(open_app, tmp_path):
    """The pane says where metrics come from."""
    app = open_app("empty")
    for readings in tmp_path.rglob("readings.jsonl"):
        readings.unlink()
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("2")
        await settle(
            pilot,
            lambda: (
                isinstance(app.screen, MetricsScreen)
                and "AUTOTRAIN_METRICS" in text_of(app.screen.query_one("#curve-0"))
            ),
        )


async def test_the_last_value_is_the_result_files(open_app):
    """What the result file says to more digits than the log is the line's last point, on every axis."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        await at_metrics(pilot)
        for stage in app.feed.view.session.stages:
            final = stage.attempts[-1].metrics["accuracy"]
            curve = next(
                curve
                for curve, name in zip(
                    app.curves.picture(app.feed.view, "accuracy").curves,
                    [each.name for each in app.feed.view.session.stages],
                    strict=True,
                )
                if name == stage.name
            )
            assert curve.series.last == final
            assert curve.series.axis == "step"


async def test_the_session_stands_beside_its_curves(open_app, tmp_path):
    """Its best value against the earlier sessions of the plan, and its parameters; last and best in a wide list."""
    make_session(tmp_path / "sessions", "stopped", name="20261120-100000-digits")
    app = open_app("running")
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await at_metrics(pilot)
        facts = screen.query_one(SessionFactsPane)
        await settle(pilot, lambda: "best earlier" in text_of(facts))
        words = " ".join(text_of(facts).split())
        assert "best accuracy 0.952 in refinement" in words
        assert "0.0090 worse" in words
        assert "dataset_limit 2000 5000 10000 20000 40000" in words
        head = text_of(screen.query_one("#series", ListView)).splitlines()[0]
        assert head.split() == ["metric", "last", "best"]
        await pilot.resize_terminal(120, 30)
        await settle(pilot, lambda: not facts.size.area)


async def test_the_newest_readings_of_the_current_curve_stand_below_the_list(open_app):
    """Each with its place, its value and the difference to the one before; another curve shows its own."""
    app = open_app("running")
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await at_metrics(pilot)
        pane = screen.query_one(ReadingsPane)
        await settle(pilot, lambda: "highest ★ best" in text_of(pane))
        assert pane.frame_facts()[0] == "accuracy"
        series = app.curves.series_of_stage("refinement", "accuracy")
        lines = text_of(pane).splitlines()
        at = next(place for place, words in enumerate(lines) if words.split() == ["refinement"])
        assert lines[at - 1].split() == ["time", "step", "epoch", "value", "change"]
        for number, words in enumerate(lines[at + 1 : at + 20]):
            index = len(series) - 1 - number
            step, epoch = series.place(index)
            _, *places, value, change = words.split()
            assert places == [f"{step:,.0f}", x_text(epoch, "epoch")]
            assert float(value) == pytest.approx(series.ys[index])
            assert float(change) == pytest.approx(series.ys[index] - series.ys[index - 1], abs=1e-6)
        await pilot.press("right")
        await settle(pilot, lambda: pane.frame_facts()[0] == "loss" and "lowest ★ best" in text_of(pane))
        screen.set_focus(screen.query_one("#series", ListView))
        await pilot.press("down", "up")
        await settle(pilot, lambda: pane.frame_facts()[0] == "accuracy")


async def test_readings_give_way_where_there_is_no_room(open_app):
    """The lines are a long list's."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        pane, rows = screen.query_one(ReadingsPane), screen.query_one("#series", ListView)
        await settle(pilot, lambda: pane.region.height >= ReadingsPane.LEAST_HEIGHT)
        assert pane.region.bottom <= screen.query_one(SessionFactsPane).region.y
        with app.feed.folder.at(app.feed.view.session.stages[2].attempt.folder).readings.open("a") as out:
            out.writelines(f'[1.0, "loss_{number}", 0.5, 1, 0.1]\n' for number in range(20))
        await settle(pilot, lambda: len(rows.entries) > 20)
        await settle(pilot, lambda: not pane.size.area and rows.size.height > 15)


def test_reading_lines_fit_whatever_the_values(tmp_path):
    """At every width, with and without steps and epochs, for values of any size, also those that are no numbers."""
    for steps, epochs in ((True, True), (True, False), (False, False)):
        for values in ([0.1, 0.25, 0.25], [1e-9, 5e30, math.nan, math.inf, -3.0], [12345678.0, -12345678.5]):
            series = Series("loss")
            for at, value in enumerate(values):
                series.append(value, 1e5 * at, 1e6 * at if steps else None, at / 3 if epochs else None)
            for width in (20, 28, 40, 44, 80):
                lines = reading_lines(MetricReadings("loss", "curve-1", "min", (("one", series),)), width, 30)
                assert all(width_of(each) <= width for each in lines)
                assert ("step" in "".join(text for each in lines for text, _ in each)) == steps
                assert len(lines) == 5 + len(values)
    assert "no value yet" in str(reading_lines(MetricReadings("loss", "curve-1", "min", ()), 40, 10))
