"""Sessions side by side: the parameters that differ, and the results with the better values marked."""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui.session.history.comparison import Json
from autotrain_tui.session.history.comparison_text import (
    better,
    cell_text,
    differs,
    goals_of,
    in_common,
    row_label,
    what_differs,
)
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.compared_curves import short_id
from autotrain_tui.tui.model.metric_colours import CURVE_COLOURS
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, right
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["CompareTable", "compare_lines"]

_LABEL, _LEAST, _MOST = 26, 12, 26


def compare_lines(document: Json, goals: dict[str, str], width: int) -> list[Line]:
    """The comparison in lines of `width` cells; sessions that have no room are counted at the end of the heading."""
    sessions = [str(name) for name in document["sessions"]]
    label = min(_LABEL, max(14, width // 4))
    fitting = max(1, min(len(sessions), (width - label - 2) // _LEAST))
    each = max(_LEAST, min(_MOST, (width - label - 2) // fitting))
    hidden = f"  +{len(sessions) - fitting} more" if fitting < len(sessions) else ""
    head = line(
        (" " * (label + 1), ""),
        *(
            (right(fit("■ " + short_id(name), each - 1).rstrip(), each), CURVE_COLOURS[place % len(CURVE_COLOURS)])
            for place, name in enumerate(sessions[:fitting])
        ),
        (hidden, "muted"),
    )
    lines = [head]
    for sentence in in_common(document):
        lines += [line("  ", *each) for each in flow(sanitize(sentence), width - 4, "warning", limit=2)]
    document = what_differs(document)
    lines.append(line((" differences", "bold")))
    if document["parameters"]:
        lines += [_row(entry, fitting, label, each, ()) for entry in document["parameters"]]
    else:
        lines.append(line(("  no parameter differs", "muted")))
    lines += [EMPTY, line((" results", "bold"), ("   ★ the best", "success"))]
    lines += [_row(entry, fitting, label, each, better(entry, goals)) for entry in document["results"]]
    return [cut(one, width) for one in lines]


def _row(entry: Json, count: int, label: int, each: int, best: Sequence[int]) -> Line:
    """The best value stands out, what is the same everywhere stands back."""
    colour = "" if differs(entry) else "muted"
    cells = []
    for place, value in enumerate(entry["values"][:count]):
        mark = "★ " if place in best else ""
        text = fit(mark + cell_text(entry["name"], value), each - 1).rstrip()
        cells.append((right(text, each), "success bold" if mark else colour))
    return line(" ", (fit(f" {row_label(entry).replace('_', ' ')}", label), "muted"), *cells)


class CompareTable(LineWidget, can_focus=True):
    """The comparison, as many lines high as it has."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.document: Json | None = None
        self.goals: dict[str, str] = {}

    def show(self, document: Json, documents: list[Json]) -> None:
        """Draw this comparison of these `show` documents."""
        self.document, self.goals = document, goals_of(documents)
        self.refresh(layout=True)
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  it is as high as it is long
        """Parameters, then results."""
        return compare_lines(self.document, self.goals, width) if self.document is not None else ()
