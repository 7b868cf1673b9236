"""The line that can be read from across the room: the whole plan as one bar, its end by the clock, the headline."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise

from textual import events

from autotrain_tui.session.history.documents import best_of
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.earlier import Earlier, better_by
from autotrain_tui.tui.model.plan_progress import PlanProgress, Segment, plan_progress
from autotrain_tui.tui.widgets.line import EMPTY, Line, blocks, cut, line, right, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["PlanBar", "bar_cells", "clock_time", "plan_bar_line", "stage_at"]

_LEAST_BAR = 18
_MOST_BAR = 240
_DAY = 86400.0


def plan_bar_line(view: View, earlier: Earlier, width: int, now: float | None = None) -> Line:
    """The line; `now` is the time by the wall clock. What has no room is left out from the end of the list below."""
    progress = plan_progress(view)
    share = right("–" if progress.fraction is None else f"{int(progress.fraction * 100)} %", 6)
    room = width - len(share) - 4 - _LEAST_BAR
    facts = {"end": _end(progress, now), "headline": _headline(view), "difference": EMPTY, "alerts": _alerts(view)}
    for name in ("alerts", "headline", "end"):
        if width_of(facts[name]) + 3 > room:
            facts[name] = EMPTY
        room -= width_of(facts[name]) + 3 * bool(facts[name])
    if facts["headline"]:
        difference = _difference(view, earlier)
        facts["difference"] = next((each for each in difference if width_of(each) + 1 <= room), EMPTY)
        room -= width_of(facts["difference"]) + 1
    spans: list[tuple[str, str]] = [(" ", ""), *bar_cells(progress, min(_MOST_BAR, _LEAST_BAR + room)), (share, "bold")]
    for name, fact in facts.items():
        if fact:
            spans += [(" " if name == "difference" else "   ", ""), *fact]
    return cut(tuple(spans), width)


def _alerts(view: View) -> Line:
    count = len(view.session.standing_alerts)
    return line((f"! {count} alert{'s' * (count != 1)}", "warning bold")) if count else EMPTY


def _end(progress: PlanProgress, now: float | None) -> Line:
    """When the last stage ends, in hours and minutes; with the day if that is another one."""
    if not progress.seconds_left:
        return EMPTY
    begin = time.time() if now is None else now
    words = clock_time(begin + progress.seconds_left, begin)
    if progress.rough:
        return line(("ends ", "muted"), (f"~{words}", ""), (" (rough guess)", "muted"))
    return line(("ends ", "muted"), (words, "bold"))


def clock_time(moment: float, now: float) -> str:
    """`16:42`, `Tue 09:10` within a week, `24 Dec` later."""
    there, here = time.localtime(moment), time.localtime(now)
    if there[:3] == here[:3]:
        return time.strftime("%H:%M", there)
    return time.strftime("%a %H:%M" if abs(moment - now) < 6 * _DAY else "%d %b", there)


def _headline(view: View) -> Line:
    name, best = view.session.metric_name, best_of(view)
    if name is None or best is None:
        return EMPTY
    return line((f"{sanitize(name)} ", "muted"), (fmt.value(best), "bold"))


def _difference(view: View, earlier: Earlier) -> tuple[Line, ...]:
    """The session's best against the best of the plan's earlier sessions, in more and in fewer words."""
    best = best_of(view)
    if best is None or earlier.best is None or earlier.best.best is None or earlier.metric != view.session.metric_name:
        return ()
    by = better_by(best, earlier.best.best, view.session.metric_goal)
    if not by:
        return (line(("· as the best before", "muted")),)
    words, colour = f"· {fmt.value(abs(by))} {'better' if by > 0 else 'worse'}", "success" if by > 0 else "muted"
    return line((f"{words} than the best before", colour)), line((words, colour))


def bar_cells(progress: PlanProgress, width: int) -> Line:
    """The bar in `width` cells: a segment for each stage, done, now or to come; the budget's end as a tick."""
    room, segments = width - 2, progress.segments
    gaps = max(0, len(segments) - 1)
    if room < 3 * len(segments) + gaps:
        cells = _merged(progress, room)
    else:
        cells = []
        for at, (begin, end) in enumerate(pairwise(_edges(progress, room - gaps))):
            if at:
                cells.append((" ", ""))
            cells += _segment_cells(segments[at], max(1, end - begin))
        cells = cells[:room]
        cells += [(" ", "")] * (room - len(cells))
    if progress.budget_at is not None:
        cells[min(room - 1, int(progress.budget_at / progress.span * room))] = ("┊", "warning bold")
    return (("▕", "frame"), *_joined(cells), ("▏", "frame"))


def _edges(progress: PlanProgress, room: int) -> list[int]:
    """Where each segment begins, and the last one ends: at least one cell each."""
    edges, passed = [0], 0.0
    for segment in progress.segments:
        passed += segment.seconds
        edges.append(max(edges[-1] + 1, round(passed / progress.span * room)))
    over = edges[-1] - room
    return [max(at, edge - over) if over > 0 else edge for at, edge in enumerate(edges)]


def _segment_cells(segment: Segment, width: int) -> list[tuple[str, str]]:
    colour = f"{segment.style.colour} track"
    if not segment.open:
        full = "█" if segment.style.colour in ("success", "warning") else "▒"
        sign = segment.style.sign if full == "▒" and width > 1 else full
        return [(full, colour)] * (width - 1) + [(sign, colour)]
    filled, empty = blocks(segment.done if segment.done > 0 else None, width)
    return [(cell, colour) for cell in filled] + [("░", "faint track") for _ in empty]


def _merged(progress: PlanProgress, room: int) -> list[tuple[str, str]]:
    """More stages than the bar has room for: each cell is the stage at its middle."""
    cells: list[tuple[str, str]] = []
    passed, at = 0.0, 0
    for cell in range(room):
        middle = (cell + 0.5) / room * progress.span
        while at < len(progress.segments) - 1 and middle >= passed + progress.segments[at].seconds:
            passed += progress.segments[at].seconds
            at += 1
        segment = progress.segments[at]
        is_done = middle < passed + segment.seconds * segment.done
        cells.append(("█", f"{segment.style.colour} track") if is_done else ("░", "faint track"))
    return cells


def stage_at(progress: PlanProgress, room: int, cell: int) -> str:
    """The stage that a cell of the bar stands for; empty beyond the last one."""
    passed, at = 0.0, (cell + 0.5) / room * progress.span
    for segment in progress.segments:
        passed += segment.seconds
        if at < passed:
            return segment.name
    return ""


def _joined(cells: Sequence[tuple[str, str]]) -> Line:
    """Cells of one colour as one span."""
    spans: list[tuple[str, str]] = []
    for text, colour in cells:
        if spans and spans[-1][1] == colour:
            spans[-1] = (spans[-1][0] + text, colour)
        else:
            spans.append((text, colour))
    return tuple(spans)


class PlanBar(LineWidget):
    """The line below the header; `choose` is called with the stage whose segment is clicked."""

    def __init__(self, choose: Callable[[str], None], *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._choose = choose
        self._view: View | None = None
        self._earlier = Earlier()

    def show(self, view: View, earlier: Earlier) -> None:
        """Draw this view."""
        self._view, self._earlier = view, earlier
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line whatever the height
        """The line."""
        return (plan_bar_line(self._view, self._earlier, width),) if self._view is not None else ()

    def on_click(self, event: events.Click) -> None:
        """The stage whose segment is under the mouse."""
        drawn = "".join(text for text, _ in self._lines[0]) if self._lines else ""
        begin, end = drawn.find("▕") + 1, drawn.rfind("▏")
        if self._view is None or not begin <= event.x < end:
            return
        name = stage_at(plan_progress(self._view), end - begin, event.x - begin)
        if name:
            self._choose(name)
