"""A session on a content: how it went, why attempts ended, what was given, its curve, and what the machine did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec

from autotrain_tui.gauges.recorder import GaugeColumns
from autotrain_tui.session.history.sweep_documents import winner_documents
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Session
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.chart import picture_lines
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.model.labels import STAGES, ended_how
from autotrain_tui.tui.model.metric_colours import metric_colours
from autotrain_tui.tui.model.session_curves import SessionCurves
from autotrain_tui.tui.panes.difference_lines import LEAST_ROWS, Difference, difference_lines, difference_of
from autotrain_tui.tui.panes.parameter_table import parameter_lines, parameter_text
from autotrain_tui.tui.panes.session_summary import session_summary_lines
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, right, spark
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["DetailContent", "SessionDetail", "load_detail", "session_detail_lines"]

_LEAST_CURVE, _MOST_CURVE = 7, 20
_MOST_PICTURES = 3
_MOST_DIFFERENCES = 12
_NOTHING = "The selected session is shown here: how it ended, its stages, its curve."


class DetailContent(msgspec.Struct, frozen=True):
    """What the content shows."""

    view: View
    pictures: tuple[Picture, ...] = ()
    """The headline's curve, then others for where there is room."""
    gauges: Mapping[str, Sequence[float]] = {}
    difference: Difference | None = None
    """What differs from the plan's session before; None without one."""


async def load_detail(view: View, then: View | None = None) -> DetailContent:
    """The session's curve and recorded gauges, and what differs from an earlier session; reads in threads."""
    import asyncio

    curves = SessionCurves()
    await curves.update(view)
    names = curves.names(view)
    colours = metric_colours(names)
    columns = GaugeColumns(view.folder.gauges)
    await asyncio.to_thread(_read, columns)
    return DetailContent(
        view,
        tuple(curves.picture(view, name, colours[name]) for name in names[:_MOST_PICTURES]),
        {
            key: values
            for key, values in columns.columns.items()
            if key in ("cpu", "memory") or key.endswith((".use", ".temperature"))
        },
        await asyncio.to_thread(difference_of, then, view) if then is not None else None,
    )


def _read(columns: GaugeColumns) -> None:
    try:
        columns.read()
    except OSError:
        return  # no gauges were recorded that anybody could read


def session_detail_lines(content: DetailContent, width: int, height: int, drawn: int = 0) -> list[Line]:
    """The content in `width` x `height` cells: further curves are left out first, then what has no room from the end,
    the headline's curve last. The first `drawn` curves are drawn elsewhere.
    """
    pictures = content.pictures[drawn:]
    view = content.view
    lines = session_summary_lines(view, width)
    left = height - len(lines)
    attempts = [*_winners(view.session, width), *_attempts(view, width)]
    parameters = parameter_lines(view.session, width)
    more = [*attempts, *_since(content, width, left - len(attempts) - len(parameters)), *parameters]
    more += _gauges(content.gauges, width)
    curve_height = 0
    if pictures and left > _LEAST_CURVE + (len(more) if drawn else 0):
        most = _MOST_CURVE if len(pictures) > 1 else left
        curve_height = max(_LEAST_CURVE, min(most, left - len(more) - 2))
    room = left - (curve_height + 2 if curve_height else 0)
    if more and room > 2:
        more = more[:room]
        while more and (not more[-1] or more[-1][0][1] == "bold"):
            more.pop()  # a heading with nothing under it
        lines += more
    if curve_height:
        lines += _curve(pictures[0], width, min(curve_height, height - len(lines) - 2))
        left = height - len(lines)
        others = pictures[1 : 1 + left // (_LEAST_CURVE + 2)]
        for picture in others:
            lines += _curve(picture, width, min(_MOST_CURVE, left // len(others) - 2))
    return [cut(each, width) for each in lines]


def _since(content: DetailContent, width: int, room: int) -> list[Line]:
    """What differs from the session before, in `room` lines; the most important of it if there is less room."""
    if content.difference is None:
        return []
    return difference_lines(content.difference, width, max(LEAST_ROWS, min(_MOST_DIFFERENCES, room - 3)))


def _curve(picture: Picture, width: int, height: int) -> list[Line]:
    """A curve below its title."""
    title = line(" ", (picture.title, "bold"), "  ", (picture.facts, "muted"))
    return [EMPTY, title, *picture_lines(picture, width, height)]


def _winners(session: Session, width: int) -> list[Line]:
    """The winner of each search, and the values that it won with."""
    lines = []
    for found in winner_documents(session):
        values = ", ".join(f"{sanitize(name)} {parameter_text(value)}" for name, value in found["params"].items())
        text = f"{sanitize(found['trial'])}: {values}"
        lines.append(
            line(" ", (fit(sanitize(found["search"]), 17), "muted"), (fit(text, max(6, width - 20)).rstrip(), ""))
        )
    return [EMPTY, line((" winners", "bold")), *lines] if lines else []


def _attempts(view: View, width: int) -> list[Line]:
    """Why each attempt ended that did not simply succeed, and how many there were."""
    lines: list[Line] = []
    for stage in view.session.stages:
        for attempt in stage.attempts:
            end = attempt.end
            if end is None:
                continue
            state = STAGES[attempt.state]
            if attempt.state.value == "succeeded" and len(stage.attempts) == 1 and not end.doubts:
                continue
            words = [end.reason, *(doubt.text for doubt in end.doubts if doubt.text not in end.reason)]
            said = "; ".join(sanitize(text) for text in words if text)
            why = f"{state.word}, {ended_how(end)}" + (f": {said}" if said else "")
            head = f"{sanitize(stage.name)} {attempt.number}"
            lines += [
                line(
                    " ",
                    (fit(head if not at else "", 17), "muted"),
                    ((state.sign if not at else " "), state.colour),
                    " ",
                    *each,
                )
                for at, each in enumerate(flow(why, max(10, width - 22), "", 2))
            ]
    return [EMPTY, line((" attempts", "bold")), *lines] if lines else []


def _gauges(gauges: Mapping[str, Sequence[float]], width: int) -> list[Line]:
    """The machine's gauges over the session."""
    lines = []
    for name, values in gauges.items():
        known = [value for value in values if not math.isnan(value)]
        if not known:
            continue
        room = max(8, min(60, width - 32))
        step = max(1, -(-len(values) // room))
        shown = [
            max((value for value in values[at : at + step] if not math.isnan(value)), default=None)
            for at in range(0, len(values), step)
        ]
        top = (
            fmt.size(max(known))
            if name == "memory"
            else f"{max(known):.0f}" + (" °C" if name.endswith("temperature") else " %")
        )
        scale = 100.0 if name != "memory" else None
        lines.append(
            line(
                " ",
                (fit(name, 17), "muted"),
                (spark(shown, min(room, len(shown)), scale), "gauge"),
                ("  most " + right(top, 0), "muted"),
            )
        )
    return [EMPTY, line((" machine", "bold")), *lines] if lines else []


class SessionDetail(LineWidget):
    """The content in a frame."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.content: DetailContent | None = None
        self.trouble = ""
        self.drawn = 0
        """How many of the session's curves other panes draw."""

    def show(self, content: DetailContent | None, trouble: str = "") -> None:
        """Draw this content, or the reason why there is none."""
        self.content, self.trouble = content, trouble
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """The session's id."""
        return (sanitize(self.content.view.folder.id) if self.content is not None else "Session"), ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The content."""
        if self.content is None:
            text, colour = (sanitize(self.trouble), "error") if self.trouble else (_NOTHING, "muted")
            return [EMPTY, *(line("  ", *each) for each in flow(text, max(8, width - 4), colour))]
        return session_detail_lines(self.content, width, height, self.drawn)
