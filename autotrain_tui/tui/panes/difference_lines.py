"""What differs between a session and an earlier one of its plan: parameters, then results, the better value marked."""

from __future__ import annotations

import msgspec

from autotrain_tui.session.history.comparison import Json, comparison
from autotrain_tui.session.history.comparison_text import better, cell_text, differs, goals_of, row_label, what_differs
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.compared_curves import short_id
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, line, right

__all__ = ["LEAST_ROWS", "Difference", "difference_lines", "difference_of"]

_VALUE = 12
LEAST_ROWS = 4


class Difference(msgspec.Struct, frozen=True):
    """What differs from an earlier session, which `since` names.

    A row: a label, the value then and now, and whether now's is the better one (None: neither is).
    """

    since: str
    rows: tuple[tuple[str, str, str, bool | None], ...]


def difference_of(then: View, now: View) -> Difference:
    """Compare a session with an earlier one. Reads both sessions' files: called in a thread."""
    documents = [show(then), show(now)]
    goals, found = goals_of(documents), what_differs(comparison(documents))
    rows = [_row(entry, None) for entry in found["parameters"]]
    for entry in filter(differs, found["results"]):
        best = better(entry, goals)
        rows.append(_row(entry, (1 in best) if len(best) == 1 else None))
    return Difference(short_id(then.folder.id).removesuffix(f"-{sanitize(now.session.plan)}"), tuple(rows))


def _row(entry: Json, is_better: bool | None) -> tuple[str, str, str, bool | None]:
    texts = [cell_text(entry["name"], value) for value in entry["values"]]
    return row_label(entry).replace("_", " "), texts[0], texts[1], is_better


def difference_lines(difference: Difference, width: int, most: int) -> list[Line]:
    """A heading and a line for each difference, below an empty line; those beyond `most` are counted."""
    label = max(8, width - 2 * _VALUE - 1)
    heading = fit(f"since {difference.since}", label)
    lines = [EMPTY, line((f" {heading}", "bold"), (right("then", _VALUE) + right("now", _VALUE), "muted"))]
    for name, then, now, is_better in difference.rows[:most]:
        old = right(_marked(then, star=is_better is False), _VALUE)
        new = right(_marked(now, star=is_better is True), _VALUE)
        lines.append(
            line(
                (f" {fit(name, label)}", "muted"),
                (old, "success bold" if is_better is False else "muted"),
                (new, "success bold" if is_better is True else ""),
            )
        )
    more = len(difference.rows) - most
    if more > 0:
        lines.append(line((f" … {more} more; Space marks, c compares", "muted")))
    if not difference.rows:
        lines.append(line((" nothing differs", "muted")))
    return [cut(each, width) for each in lines]


def _marked(text: str, *, star: bool) -> str:
    """A value in its column, with a star if it is the better one."""
    return f"★ {fit(text, min(len(text), _VALUE - 3))}" if star else fit(text, min(len(text), _VALUE - 1))
