"""The Run screen: what it shows of a session, and what its keys ask for."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.dialogs.question import QuestionDialog
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.log.tiles import LogTiles
from autotrain_tui.tui.model.node_feed import ShownNode
from autotrain_tui.tui.panes.finish_card import FinishCard
from autotrain_tui.tui.panes.header import Header
from autotrain_tui.tui.panes.machine_pane import MachinePane, MachineStrip
from autotrain_tui.tui.panes.node_lines import node_lines, nodes_strip
from autotrain_tui.tui.panes.notice import Notice
from autotrain_tui.tui.panes.stage_detail import StageDetail
from autotrain_tui.tui.panes.stage_list import StageList
from autotrain_tui.tui.screens.system.nodes_pane import NodesPane
from autotrain_tui.tui.widgets.key_bar import KeyBar, ModeBar
from autotrain_tui.tui.widgets.line import width_of
from autotrain_tui.tui.widgets.too_small import TooSmall
from tests.tui.answering import Answering
from tests.tui.conftest import machine_sample, settle
from tests.tui.sessions import append


def text_of(widget) -> str:
    """What the widget has painted."""
    width, height = widget.content_size
    return "\n".join("".join(text for text, _ in each) for each in widget.paint(width, height)[:height])


async def shown(pilot):
    """Wait until the session is on the screen."""
    await settle(pilot, lambda: pilot.app.screen.query_one(StageList).view is not None)


async def test_a_running_session_is_shown_at_once(open_app):
    """Stages, log, header and curve tell of the running stage."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: app.screen.query_one(CurvePane).picture is not None)
        screen = app.screen
        assert "running" in text_of(screen.query_one(Header))
        stages = text_of(screen.query_one(StageList))
        assert "▶ 3 refinement" in stages
        assert "45 %" in stages
        assert "epoch 5/12" in stages
        assert "±0:40" in stages
        assert screen.query_one(LogPane).shown.file.path.endswith("3-refinement/attempt-1/log")
        assert "accuracy" in screen.query_one(CurvePane).frame_facts()[0]
        assert not screen.query_one(Notice).display


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("starting", ["▶ starting"]),
        ("pausing", ["pausing", "saving a checkpoint"]),
        ("paused", ["paused", "p resumes"]),
        ("frozen", ["frozen", "stays taken"]),
        ("stopping", ["stopping", "killed in"]),
        ("failed", ["failed", "r retry the stage", "OutOfMemoryError", "[/bold]"]),
        ("finished", ["succeeded", "5 of 5 stages"]),
        ("stopped", ["stopped", "Enter resume"]),
        ("budget", ["out of budget", "12 min are left"]),
        ("interrupted", ["the session has no active runner", "Enter"]),
        ("lost", ["lost", "left no exit record"]),
        ("waiting", ["waiting", "no GPU is free"]),
        ("held", ["held", "H"]),
    ],
)
async def test_every_state_says_what_it_is(open_app, state, words):
    """Each state is named in words, with its reason and what can be done."""
    app = open_app(state)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        screen = app.screen
        drawn = "\n".join(text_of(screen.query_one(kind)) for kind in (Header, Notice, StageList, FinishCard))
        flat = " ".join(drawn.split())
        for word in words:
            assert word in flat


async def test_a_stage_on_a_node_shows_the_nodes_gauges(open_app):
    """The pane is named after the node; of a node without gauges it says why."""
    app = open_app("running")
    why = "autotrain_tui is not importable by /usr/bin/python3 there"
    app.machine.nodes = {
        "refinement": (ShownNode("n1", machine_sample(4), {}), ShownNode("n2", why=why)),
        "other": (ShownNode("n3", machine_sample(2), {}),),
    }
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        pane = app.screen.query_one(MachinePane)
        await settle(pilot, lambda: pane.frame_facts()[0] == "n1")
        words = " ".join(text_of(pane).split())
        assert "GPU3" in words
        assert f"n2: {why}" in words


async def test_a_stage_on_several_nodes_shows_each_of_them(open_app):
    """A node's CPU, memory and GPUs, the stage's share of it; of one without gauges why there are none."""
    app = open_app("running")
    nodes = (
        ShownNode("n1", machine_sample(8, ("refinement",)), {"cpu": (20.0, 34.0)}),
        ShownNode("n2", machine_sample(1), {}),
        ShownNode("n3", why="no gauges for 40 s"),
    )
    app.machine.nodes = {"refinement": nodes}
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        pane = app.screen.query_one(MachinePane)
        await settle(pilot, lambda: pane.frame_facts() == ("3 nodes", "refinement"))
        words = " ".join(text_of(pane).split())
        for part in (
            "n1 CPU 34 %",
            "8 GPUs",
            "memory up to 76 %",
            "stage 212 % CPU",
            "n2 CPU 34 %",
            "GPU0 98 %",
            "61.2/80.0",
        ):
            assert part in words
        assert "n3 no gauges for 40 s" in words
        await pilot.press("5")
        await settle(pilot, lambda: app.screen.query(NodesPane) and app.screen.query_one(NodesPane).display)
        pane = app.screen.query_one(NodesPane)
        assert pane.frame_facts() == ("Nodes", "refinement · 3 nodes")
        assert "n3 no gauges for 40 s" in " ".join(text_of(pane).split())


def test_many_nodes_fit_into_few_lines():
    """First the shares go, then the GPUs, then the last nodes, with their number; a narrow pane cuts no number."""
    nodes = [ShownNode(f"gpu-{at}", machine_sample(2, ("a",)), {"cpu": (1.0, 2.0)}) for at in range(8)]
    assert len(node_lines(nodes, "a", 60)) == 24
    assert len(node_lines(nodes, "a", 60, 17)) == 16
    assert len(node_lines(nodes, "a", 60, 9)) == 8
    few = node_lines(nodes, "a", 60, 4)
    assert len(few) == 4
    assert "and 5 more" in "".join(text for text, _ in few[-1])
    assert all(width_of(each) <= 30 for each in node_lines(nodes, "a", 30))
    strip = "".join(text for text, _ in nodes_strip([*nodes, ShownNode("n9", why="silent")], 80))
    assert "gpu-0 GPU 94 % │ gpu-1 GPU 94 %" in strip
    assert strip.endswith("and 5 more")
    assert "n9 no gauges" in "".join(text for text, _ in nodes_strip([nodes[0], ShownNode("n9", why="silent")], 80))
    assert all(width_of(nodes_strip(nodes, width)) <= width for width in range(12, 200))
    assert "18.2/128 GiB" in "".join(text for text, _ in node_lines(nodes, "a", 40)[0])


async def test_an_ended_session_opens_on_its_summary(open_app):
    """The card has stages, the best value and the next keys, in a high window above the log; l shows the log alone."""
    app = open_app("failed")
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        card, log = app.screen.query_one(FinishCard), app.screen.query_one(LogTiles)
        assert (card.display, log.display, app.screen.query_one(Notice).display) == (True, False, False)
        words = text_of(card)
        assert "refinement failed (oom): exit 1" in words
        assert "best accuracy" in words
        assert "r retry the stage" in words
        await pilot.press("l")
        await settle(pilot, lambda: log.display and not card.display and app.screen.query_one(Notice).display)
        await pilot.press("l")
        await settle(pilot, lambda: card.display and not log.display)
        await pilot.press("down")
        await settle(pilot, lambda: log.display and not card.display)
        await pilot.resize_terminal(120, 40)
        await pilot.press("l")
        await settle(pilot, lambda: log.display and card.display)
        assert "4 mastery" in text_of(card)


async def test_a_session_that_ends_shows_its_summary(open_app):
    """While it runs there is no card, and no key for it."""
    app = open_app("running")
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        card = app.screen.query_one(FinishCard)
        assert not card.display
        assert "l" not in app.screen.active_bindings
        end = ev.AttemptEnded(stage="refinement", attempt=1, state="failed", exit_code=1, reason="out of ideas")
        append(app.feed.folder, end)
        append(app.feed.folder, ev.SessionFinished(outcome="failed", reason="stage refinement failed"))
        await settle(pilot, lambda: card.display and "out of ideas" in text_of(card))


async def test_an_empty_log_says_that_there_is_no_output_yet(open_app):
    """A stage that has said nothing is not an empty pane."""
    app = open_app("empty")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: app.screen.query_one(LogPane).rows.notice == "no output yet")


async def test_choosing_a_stage_shows_its_log(open_app):
    """Arrows move the cursor, the log follows it, Escape goes back to what runs."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("up", "up")
        await settle(
            pilot, lambda: app.screen.query_one(LogPane).shown.file.path.endswith("1-foundation/attempt-1/log")
        )
        await pilot.press("escape")
        await settle(
            pilot, lambda: app.screen.query_one(LogPane).shown.file.path.endswith("3-refinement/attempt-1/log")
        )
        await pilot.click(StageList, offset=(5, 2))
        await settle(pilot, lambda: app.screen.selected.name == "consolidation")


async def test_earlier_attempts_logs_can_be_read(open_app):
    """Brackets go through a stage's attempts."""
    app = open_app("retry")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert app.screen.query_one(LogPane).shown.file.path.endswith("attempt-2/log")
        await pilot.press("left_square_bracket")
        assert app.screen.query_one(LogPane).shown.file.path.endswith("attempt-1/log")
        await pilot.press("right_square_bracket")
        assert app.screen.query_one(LogPane).shown.file.path.endswith("attempt-2/log")


async def test_a_thousand_stages_are_one_widget_and_scroll(open_app):
    """The running stage is in sight, and the last one can be reached."""
    app = open_app("many")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert "foundation-0041" in text_of(app.screen.query_one(StageList))
        await pilot.press("end")
        assert "perfection-1000" in text_of(app.screen.query_one(StageList))
        assert len(app.screen.query("*")) < 120


async def test_what_changes_in_the_journal_is_on_the_screen(open_app):
    """An event that is appended is seen without a key; the list of notices has the stage's end too."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        append(
            app.feed.folder,
            ev.AttemptEnded(
                stage="refinement", attempt=1, state="failed", exit_code=1, reason="exit 1 [/red]", lines=["boom"]
            ),
        )
        await settle(pilot, lambda: "refinement failed" in text_of(app.screen.query_one(Notice)))
        assert app.feed.view.session.stage("refinement").state is StageState.FAILED
        assert [each.text for each in app.notices] == ["refinement failed: exit 1 [/red]"]
        assert "refinement failed" not in text_of(app.screen.query_one(ModeBar)), "it is told once"


async def test_nothing_is_painted_when_nothing_changed(open_app):
    """A look at unchanged files repaints no row."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: app.screen.query_one(MachinePane).sample is not None)
        stages = app.screen.query_one(StageList)
        refreshed = []
        stages.refresh = lambda *regions, **more: refreshed.append((regions, more))
        app.screen.refresh_view()
        app.screen.tick(app.view)
        assert refreshed == []


async def test_a_second_repaints_only_the_rows_with_clocks(open_app):
    """The running stage's row is repainted, the others are left alone."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        stages = app.screen.query_one(StageList)
        regions = []
        stages.refresh = lambda *changed, **_: regions.extend(changed)
        stages._lines = tuple(
            tuple(("?", "") for _ in each) if at == 2 else each for at, each in enumerate(stages._lines)
        )
        stages.repaint()
        assert [region.y for region in regions] == [2]


async def test_pause_is_sent_without_a_question(open_app):
    """p drops a command for the running stage."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        with Answering(app.feed.folder) as runner:
            await pilot.press("p")
            await settle(pilot, lambda: bool(runner.taken))
        assert [(command.verb, command.stage) for command in runner.taken] == [("pause", "refinement")]


async def test_skip_asks_and_enter_keeps_the_stage(open_app):
    """The safe answer is first and on Enter: nothing is sent."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        with Answering(app.feed.folder) as runner:
            await pilot.press("s")
            await settle(pilot, lambda: isinstance(app.screen, QuestionDialog))
            await pilot.press("enter")
            await settle(pilot, lambda: not isinstance(app.screen, QuestionDialog))
        assert runner.taken == []


async def test_skip_carries_its_reason(open_app):
    """Typing gives the reason, Down and Enter skip."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        with Answering(app.feed.folder) as runner:
            await pilot.press("s")
            await settle(pilot, lambda: isinstance(app.screen, QuestionDialog) and bool(app.screen.query(Input)))
            await pilot.press(*"slow", "down", "enter")
            await settle(pilot, lambda: bool(runner.taken))
        assert [(command.verb, command.stage, command.reason) for command in runner.taken] == [
            ("skip", "refinement", "slow")
        ]


async def test_a_refusal_is_told(open_app):
    """What the runner refuses stands in the line of the modes, as plain text."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        with Answering(app.feed.folder, refusal="no [/b] room"):
            await pilot.press("p")
            await settle(pilot, lambda: "Pause: refused: no [/b] room" in text_of(app.screen.query_one(ModeBar)))
        assert "1 Run" in text_of(app.screen.query_one(ModeBar)), "beside the modes where there is room"
        await pilot.resize_terminal(80, 24)
        await settle(pilot, lambda: "1 Run" not in text_of(app.screen.query_one(ModeBar)))


async def test_an_answer_says_what_happened(open_app):
    """Not the name of the command, but its effect on the stage."""
    app = open_app("frozen")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        with Answering(app.feed.folder):
            await pilot.press("P")
            await settle(pilot, lambda: any(each.text == "refinement continues" for each in app.notices))


async def test_the_budget_takes_an_amount(open_app):
    """b asks for an amount; what is typed goes with the command."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        with Answering(app.feed.folder) as runner:
            await pilot.press("b")
            await settle(pilot, lambda: isinstance(app.screen, QuestionDialog) and bool(app.screen.query(Input)))
            await pilot.press("plus", "2", "h", "enter")
            await settle(pilot, lambda: bool(runner.taken))
        assert [(command.verb, command.args) for command in runner.taken] == [("budget", {"add_seconds": 7200.0})]


async def test_q_asks_and_enter_detaches(open_app):
    """q's first answer leaves the screen with 0 and sends nothing."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        with Answering(app.feed.folder) as runner:
            await pilot.press("q")
            await settle(pilot, lambda: isinstance(app.screen, QuestionDialog))
            assert [choice.text for choice in app.screen.choices.choices] == [
                "Detach (training goes on)",
                "Stop at a checkpoint",
                "Cancel",
            ]
            await pilot.press("enter")
            await pilot.pause()
        assert runner.taken == []
    assert app.return_code == 0


async def test_ctrl_q_asks_as_q_does_and_escape_stays(open_app):
    """Ctrl+Q opens one question, never two, and Escape puts it aside."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("ctrl+q")
        await settle(pilot, lambda: isinstance(app.screen, QuestionDialog))
        await pilot.press("ctrl+q")
        assert len(app.screen_stack) == 2
        await pilot.press("escape")
        await settle(pilot, lambda: len(app.screen_stack) == 1)


async def test_d_detaches_with_0(open_app):
    """d leaves at once; training goes on."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("d")
        await pilot.pause()
    assert app.return_code == 0


async def test_keys_that_can_do_nothing_are_greyed_or_gone(open_app):
    """A finished session offers no pause; the greyed key sends nothing."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        bindings = app.screen.active_bindings
        assert not bindings["p"].enabled
        assert "K" not in bindings
        assert "b" not in bindings
        await pilot.press("p", "x")
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert list(app.feed.folder.control.iterdir()) == [app.feed.folder.done]


async def test_a_click_in_the_key_bar_presses_the_key(open_app):
    """The bottom line works with the mouse."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        place = text_of(app.screen.query_one(KeyBar)).index("x Stop")
        await pilot.click(KeyBar, offset=(place, 0))
        await settle(pilot, lambda: isinstance(app.screen, QuestionDialog))


@pytest.mark.parametrize(
    ("size", "there", "gone"),
    [
        ((80, 24), [MachineStrip, CurvePane], [MachinePane, StageDetail]),
        ((120, 36), [MachinePane, CurvePane], [MachineStrip]),
        ((200, 60), [MachinePane, StageDetail, CurvePane], [MachineStrip]),
    ],
)
async def test_the_layout_follows_the_window(open_app, size, there, gone):
    """Narrow, normal and wide windows show what they have room for, and nothing is wider than the window."""
    app = open_app("running")
    async with app.run_test(size=size) as pilot:
        await shown(pilot)
        await settle(pilot)
        for kind in there:
            assert any(pane.size.area > 0 for pane in app.screen.query(kind))
        for kind in gone:
            assert app.screen.query(kind).first().size.area == 0
        assert app.screen.query_one(LogPane).size.width >= 60
        assert app.screen.query_one(KeyBar).region.bottom == size[1]


async def test_a_window_that_is_too_small_says_so(open_app):
    """Below 80x24 there is the session at a glance with its log's last lines, below 40x12 one sentence; enlarged, the screen is back."""
    app = open_app("running")
    async with app.run_test(size=(60, 20)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: "┤" in text_of(app.screen.query_one(TooSmall)))
        glance = text_of(app.screen.query_one(TooSmall))
        assert all(word in glance for word in ("running", "3 refinement", "eta 9:10", "accuracy", "80 x 24 shows more"))
        await settle(pilot, lambda: "loss 0." in text_of(app.screen.query_one(TooSmall)))
        await pilot.resize_terminal(39, 20)
        await settle(pilot, lambda: "39 x 20" in text_of(app.screen.query_one(TooSmall)))
        assert app.screen.query_one(LogPane).size.area == 0
        await pilot.resize_terminal(100, 30)
        await settle(pilot, lambda: app.screen.query_one(LogPane).size.area > 0)


async def test_a_folder_that_is_gone_is_told(open_app):
    """When the session's folder disappears the screen says so and lives on."""
    import shutil

    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        shutil.rmtree(app.feed.folder.path)
        await settle(pilot, lambda: "is gone" in text_of(app.screen.query_one(Notice)))


async def test_a_window_made_wide_shows_further_curves(open_app):
    """They come with the width, also where no reading comes any more."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: app.screen.query_one("#curve", CurvePane).picture is not None)
        curves = app.screen.query_one("#curves")
        assert not curves.display
        await pilot.resize_terminal(200, 50)
        await settle(
            pilot, lambda: [pane.picture.title for pane in curves.query(CurvePane)] == ["accuracy", "loss", "lr"]
        )


async def test_the_cursor_tells_which_list_has_the_focus(open_app):
    """It stands back when the focus goes and comes forward with it, also where nothing else is painted anew."""
    app = open_app("failed")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        stages = app.screen.query_one(StageList)

        def ground():
            return {segment.style.bgcolor for y in range(stages.size.height) for segment in stages.render_line(y)}

        cursor, cursor_off = (stages.style_of(name).bgcolor for name in ("cursor", "cursor-off"))
        await settle(pilot, lambda: stages.has_focus and cursor in ground())
        await pilot.press("tab")
        await settle(pilot, lambda: cursor_off in ground() and cursor not in ground())
        await pilot.press("shift+tab")
        await settle(pilot, lambda: cursor in ground() and cursor_off not in ground())


async def test_a_large_window_has_a_second_log_while_the_session_runs(open_app):
    """The stage before is below the running one, until a person arranges the logs, or the window has no room."""
    app = open_app("running")
    async with app.run_test(size=(200, 60)) as pilot:
        await shown(pilot)
        tiles = app.screen.query_one(LogTiles)

        def paths():
            return [pane.shown.file.path.split("/")[-3] for pane in tiles.panes if pane.display]

        await settle(pilot, lambda: paths() == ["3-refinement", "2-consolidation"])
        await pilot.resize_terminal(200, 40)
        await settle(pilot, lambda: paths() == ["3-refinement"])
        await pilot.press("v", "v")
        await settle(pilot, lambda: len(paths()) == 3)
        await pilot.resize_terminal(200, 60)
        await settle(pilot)
        assert len(paths()) == 3


async def test_a_large_window_draws_the_past_of_each_gauge(open_app):
    """Where the machine has room, what a gauge was lately stands below its line, and the stage's command in its details."""
    app = open_app("running")
    async with app.run_test(size=(200, 60)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: app.screen.query_one(MachinePane).sample is not None)
        machine = text_of(app.screen.query_one(MachinePane)).splitlines()
        cpu, ram = (next(at for at, row in enumerate(machine) if row.startswith(f" {name}")) for name in ("CPU", "RAM"))
        assert any("\u2800" < sign <= "\u28ff" for sign in "".join(machine[cpu + 1 : ram]))
        assert "python train.py" in text_of(app.screen.query_one(StageDetail))
