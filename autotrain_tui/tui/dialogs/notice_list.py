"""The list of notices: the session's alerts, which can be acknowledged here, and what the screen has told."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from autotrain_tui.tui.model.notices import NoticeRow
from autotrain_tui.tui.widgets.line import EMPTY, Line, flow, line, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget
from autotrain_tui.tui.widgets.list_view import ListView

__all__ = ["NoticesScreen"]

_DAY = 86400.0
_LONGEST = 8


def _row_lines(row: NoticeRow, _width: int) -> Sequence[Line]:
    """A notice in one line; the one under the cursor stands whole below the list."""
    form = "%H:%M:%S" if time.time() - row.at < _DAY else "%d %b   "
    when = time.strftime(form, time.localtime(row.at))
    title = (f"{row.title}  ", "bold" if row.stands or row.alert is None else "muted")
    return (
        line(
            " ", (when, "faint"), "  ", (row.sign, row.colour), "  ", title, (row.text, "" if row.stands else "muted")
        ),
    )


class _Whole(LineWidget):
    """The notice under the cursor in full."""

    def __init__(self) -> None:
        super().__init__(id="whole")
        self._row: NoticeRow | None = None

    def show(self, row: NoticeRow | None) -> None:
        """Draw this one."""
        self._row = row
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  as high as needed
        """Its text, and the keys that do something with it."""
        if self._row is None:
            return ()
        keys: list[tuple[str, str]] = []
        if self._row.stands:
            keys = [("Enter", "key"), (" marks it as seen   ", "muted"), ("A", "key"), (" all   ", "muted")]
        keys += [("Esc", "key"), (" closes", "muted")]
        text = f"{self._row.title}: {self._row.text}" if self._row.title else self._row.text
        end = line(*keys)
        return [*flow(text, width, "", _LONGEST), EMPTY, line(" " * max(0, width - width_of(end)), *end)]


class NoticesScreen(ModalScreen[None]):
    """The list in a box. `rows` is asked again every second; `acknowledge` takes an alert's number, None for all."""

    CSS_PATH = "notice_list.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,exclamation_mark", "dismiss", "Close", id="notices.close", tooltip="Back to the screen"),
        Binding("A", "acknowledge_all", "All seen", id="notices.all", tooltip="Mark every alert as seen"),
    ]

    def __init__(self, rows: Callable[[], list[NoticeRow]], acknowledge: Callable[[int | None], None]) -> None:
        super().__init__()
        self._rows, self._acknowledge = rows, acknowledge

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box"):
            yield ListView[NoticeRow](
                "Notices",
                _row_lines,
                id="notices",
                classes="pane",
                empty="Nothing has been told yet. Alerts, refusals and the ends of stages stand here.",
            )
            yield _Whole()

    def on_mount(self) -> None:
        """Fill the list."""
        self._look()
        self.query_one("#notices").focus()
        self.set_interval(1.0, self._look)

    def _look(self) -> None:
        rows = self.query_one("#notices", ListView)
        rows.show(self._rows(), same=lambda row: (row.at, row.alert, row.text))
        self.query_one(_Whole).show(rows.highlighted)

    @on(ListView.Highlighted, "#notices")
    def _moved(self) -> None:
        self.query_one(_Whole).show(self.query_one("#notices", ListView).highlighted)

    @on(ListView.Selected, "#notices")
    def _taken(self) -> None:
        row = self.query_one("#notices", ListView).highlighted
        if isinstance(row, NoticeRow) and row.stands:
            self._acknowledge(row.alert)

    def action_acknowledge_all(self) -> None:
        """Every alert that stands."""
        if any(row.stands for row in self._rows()):
            self._acknowledge(None)
