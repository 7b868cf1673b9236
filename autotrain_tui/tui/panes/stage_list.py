"""The stages: one line each, those at work unfolded; a thousand of them scroll.

One widget that draws lines, not a widget for each stage. Its cursor follows what runs until a person moves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE, ENDED, StageState
from autotrain_tui.tui.model.labels import stages_done
from autotrain_tui.tui.panes.stage_text import detail_lines, stage_line
from autotrain_tui.tui.widgets.clicks import Clicks
from autotrain_tui.tui.widgets.line import EMPTY, Line, tint
from autotrain_tui.tui.widgets.line_widget import LineWidget
from autotrain_tui.tui.widgets.scroll_mark import with_scroll_mark

__all__ = ["StageList", "current_stage"]

_BRIEF_ROWS = 5
"""Rows of a brief list at least: as many as the curve beside it needs."""
_UNFOLDED = ACTIVE | {StageState.PAUSED}


def current_stage(view: View) -> int:
    """The place of the stage that matters now: the first at work, else the one that a person must look at, else the
    next to come, else the last.
    """
    stages = view.session.stages
    wanted = (
        ACTIVE,
        {StageState.PAUSED},
        {StageState.FAILED, StageState.LOST, StageState.STOPPED},
        {StageState.PENDING, StageState.HELD},
    )
    for states in wanted:
        for place, stage in enumerate(stages):
            if stage.state in states:
                return place
    ended = [place for place, stage in enumerate(stages) if stage.state in ENDED]
    return ended[-1] if ended else 0


def _has_details(stage: Stage) -> bool:
    """Whether lines stand below it: at work, waiting, special; a trial only while it runs."""
    if stage.info.sweep:
        return stage.state in ACTIVE
    return stage.state in _UNFOLDED or bool(stage.waiting or stage.doubts or stage.winners)


def listed_stages(view: View, unfolded: frozenset[str]) -> tuple[Stage, ...]:
    """The stages of a session, the trials of each unfolded search after it."""
    session = view.session
    if not unfolded:
        return session.stages
    rows: list[Stage] = []
    for stage in session.stages:
        rows += [stage, *(session.trials_of(stage.name) if stage.name in unfolded else ())]
    return tuple(rows)


class StageList(LineWidget, can_focus=True):
    """The list. `show` gives it a view; it posts `StageSelected` when the cursor moves to another stage."""

    BINDING_GROUP_TITLE = "Stages"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Previous stage", id="stages.up", show=False, tooltip="Select the previous stage"),
        Binding("down", "move(1)", "Next stage", id="stages.down", show=False, tooltip="Select the next stage"),
        Binding("pageup", "move(-10)", "Ten up", id="stages.page_up", show=False, tooltip="Ten stages up"),
        Binding("pagedown", "move(10)", "Ten down", id="stages.page_down", show=False, tooltip="Ten stages down"),
        Binding("home", "edge(-1)", "First stage", id="stages.first", show=False, tooltip="Select the first stage"),
        Binding("end", "edge(1)", "Last stage", id="stages.last", show=False, tooltip="Select the last stage"),
        Binding(
            "right", "fold(False)", "Trials", id="stages.unfold", show=False, tooltip="List the trials of a search"
        ),
        Binding("left", "fold(True)", "Fold", id="stages.fold", show=False, tooltip="Fold the trials of a search"),
        Binding("escape", "follow", "Follow", id="stages.follow", show=False, tooltip="Follow the running stage again"),
    ]

    class StageSelected(Message):
        """The cursor moved to another stage, by a key or because it follows the running stage."""

        def __init__(self, stage: str) -> None:
            super().__init__()
            self.stage = stage

    brief = False
    """Fewer lines of details, and always the same few rows: a narrow window has a curve beside it, and a log below."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.view: View | None = None
        self.following = True
        self._cursor = 0
        self._top = 0
        self._rows: list[int] = []
        self._count: tuple[tuple[object, object, int, bool], int] = ((None, None, 0, False), 0)
        """How many rows the last painting had, and of what: asked for right after it, as the height is its own."""
        self._clicks = Clicks()
        self.stages: tuple[Stage, ...] = ()
        """The stages in the order of their rows; the trials of an unfolded search after it."""
        self._open: frozenset[str] = frozenset()
        """The searches whose trials are listed below them."""

    @property
    def selected(self) -> Stage | None:
        """The stage under the cursor."""
        stages = self.stages
        return stages[self._cursor] if self._cursor < len(stages) else None

    def select(self, name: str) -> None:
        """Put the cursor on a stage, or on a trial, whose search is unfolded for it."""
        stage = self.view.session.stage(name) if self.view is not None else None
        if stage is not None and self.view is not None:
            self._open |= {stage.info.sweep} if stage.info.sweep else set()
            self.stages = listed_stages(self.view, self._open)
            self._select(next(place for place, each in enumerate(self.stages) if each.name == name))

    def show(self, view: View) -> None:
        """Draw this view; while following, the cursor goes where the work is."""
        before = self.selected.name if self.selected is not None else None
        self.view, self.stages = view, listed_stages(view, self._open)
        if self.following:
            name = view.session.stages[current_stage(view)].name if view.session.stages else ""
            self._cursor = next((place for place, each in enumerate(self.stages) if each.name == name), 0)
        elif before is not None:
            self._cursor = next((at for at, each in enumerate(self.stages) if each.name == before), self._cursor)
        selected = self.selected
        if selected is not None and selected.name != before:
            self.post_message(self.StageSelected(selected.name))
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """Done of all."""
        if self.view is None:
            return "Stages", ""
        session = self.view.session
        return "Stages", f"{stages_done(session)} of {len(session.stages)}"

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The rows in sight, the cursor's among them."""
        if self.view is None:
            return ()
        marked = len(self.stages) > height  # the mark at the right edge needs a cell
        rows = self._unfolded(self.view, width - marked, height)
        self._count = (self.view, self.stages, width - marked, self.brief), len(rows)
        if not marked and len(rows) > height:
            rows = self._unfolded(self.view, width - 1, height)
        cursor = next((at for at, (place, _) in enumerate(rows) if place == self._cursor), 0)
        if height < len(rows):
            details = next((at for at in range(cursor + 1, len(rows)) if rows[at][0] != self._cursor), len(rows))
            self._top = max(min(self._top, cursor), min(details, cursor + height) - height)
            self._top = max(0, min(self._top, len(rows) - height))
        else:
            self._top = 0
        shown = rows[self._top : self._top + height]
        self._rows = [place for place, _ in shown]
        lines = [each for _, each in shown]
        return with_scroll_mark(lines, self._top, len(rows), width, height) if len(rows) > height else lines

    def _unfolded(self, view: View, width: int, height: int) -> list[tuple[int, Line]]:
        """Every row with its stage's place. Of a long list only what may come into sight is drawn."""
        stages = self.stages
        digits = len(str(len(view.session.stages)))
        long = len(stages) > 4 * height
        rows: list[tuple[int, Line]] = []
        for place, stage in enumerate(stages):
            far = long and abs(place - self._cursor) > height
            text = EMPTY if far else stage_line(view, stage, width, digits)
            if place == self._cursor and not far:
                text = tint(text, "cursor" if self.has_focus else "cursor-off", width)
            rows.append((place, text))
            if _has_details(stage):
                rows += [(place, EMPTY if far else each) for each in detail_lines(view, stage, width, brief=self.brief)]
        return rows

    def wanted_height(self, width: int) -> int:
        """All rows, but never so many that the panes below have no room."""
        if self.view is None:
            return 1
        least = _BRIEF_ROWS if self.brief else 1
        most = max(3, self.screen.size.height // 2 - (5 if self.brief else 4))
        if len(self.stages) >= most:
            return most
        of, count = self._count
        if of[0] is not self.view or of[1] is not self.stages or of[2:] != (width, self.brief):
            count = len(self._unfolded(self.view, width, 1 << 16))
        return max(least, min(most, count))

    def action_move(self, by: int) -> None:
        """Look at another stage."""
        self._select(self._cursor + by)

    def action_edge(self, end: int) -> None:
        """Look at the first or the last stage."""
        self._select(0 if end < 0 else 1 << 30)

    def action_fold(self, fold: bool) -> None:
        """List the trials of the search under the cursor below it, or fold them; of a trial those of its search."""
        stage = self.selected
        if stage is None or (stage.info.search is None and not stage.info.sweep):
            return
        search = stage.info.sweep or stage.name
        self._open = self._open - {search} if fold else self._open | {search}
        self.select(search if fold else stage.name)

    def action_follow(self) -> None:
        """Follow the running stage again."""
        self.following = True
        if self.view is not None:
            self.show(self.view)

    def _select(self, place: int) -> None:
        if self.view is None or not self.view.session.stages:
            return
        self.following = False
        self._cursor = max(0, min(place, len(self.stages) - 1))
        selected = self.selected
        if selected is not None:
            self.post_message(self.StageSelected(selected.name))
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Choose the stage under the mouse; once more: unfold a search, give another stage's log the window."""
        row, again = event.get_content_offset(self), self._clicks.again(event)
        if row is None or row.y >= len(self._rows):
            return
        place, chosen = self._rows[row.y], self.selected
        if not again or place != self._cursor or chosen is None:
            self._select(place)
        elif chosen.info.search is not None:
            self.action_fold(chosen.name in self._open)
        else:
            self.screen.run_worker(self.run_action("screen.zoom"))

    @on(events.MouseScrollUp)
    @on(events.MouseScrollDown)
    def _wheel_turned(self, event: events.MouseEvent) -> None:
        """One stage up or down."""
        self._select(self._cursor + (1 if isinstance(event, events.MouseScrollDown) else -1))

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor is seen better, or steps back. Watched: at the event it is what it was."""
        super().watch_has_focus(_has_focus)
        if not _has_focus:
            self._clicks.left()
        self.repaint()
