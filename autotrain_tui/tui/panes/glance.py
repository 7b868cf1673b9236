"""What a window that is too small for a screen shows of the session: state, plan, time left, curve, last log lines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from autotrain_tui.session.journal.session_view import log_of
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.host import Host
from autotrain_tui.tui.model.last_lines import last_lines
from autotrain_tui.tui.widgets.background_work import run_in_background
from autotrain_tui.tui.widgets.line import Line, cut, line
from autotrain_tui.tui.widgets.too_small import LEAST_HEIGHT, LEAST_WIDTH, TooSmall

__all__ = ["Glance"]

_WIDTH, _HEIGHT = 40, 12
"""The smallest window in which there is more to see than a sentence."""

_LOG_SHARE, _MOST_LOG = 3, 6
"""The log gets one line of this many of the room under the facts, and at most so many lines."""


class Glance(TooSmall):
    """The open session at a glance; a sentence in a still smaller window, or without a session."""

    def __init__(self, host: Host, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._host = host
        self._said: list[str] = []
        self._reading = False

    def on_mount(self) -> None:
        """Clocks and the log go on."""
        self.set_interval(1.0, self._tick)

    def on_show(self) -> None:
        """The log's lines come at once."""
        self._tick()

    def _tick(self) -> None:
        if self.size.area and not self._reading:
            run_in_background(self, self._read, "glance", exclusive=False)
        self.repaint()

    async def _read(self) -> None:
        """The last lines of the newest attempt's log, read in a thread: a slow disk stops no clock."""
        view = self._host.view
        started = [attempt for stage in view.session.stages for attempt in stage.attempts] if view is not None else []
        if view is None or not started:
            return
        self._reading = True
        try:
            path = log_of(view.folder, max(started, key=lambda attempt: attempt.started))
            self._said = await asyncio.to_thread(last_lines, path, _MOST_LOG)
        finally:
            self._reading = False
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Two lines of the session, one of the stage that runs, the curve, and how to see more."""
        view = self._host.view
        if view is None or width < _WIDTH or height < _HEIGHT:
            return super().paint(width, height)
        # inside: no other window draws these before its first paint is over
        from autotrain_tui.tui.charts.chart import picture_lines
        from autotrain_tui.tui.panes.header import header_line
        from autotrain_tui.tui.panes.plan_bar import plan_bar_line
        from autotrain_tui.tui.panes.stage_text import counts_text, eta_text

        lines = [header_line(view, width), plan_bar_line(view, self._host.earlier, width)]
        active = view.session.active
        if active:
            stage, live = active[0], view.live.get(active[0].name)
            facts = " · ".join(text for text in (eta_text(stage, live), counts_text(stage, live)) if text)
            lines.append(line(" ", (f"{stage.info.index} {sanitize(stage.name)}", "accent bold"), f"  {facts}"))
        names = self._host.curves.names(view)
        name = view.session.metric_name or (names[0] if names else None)
        room = height - len(lines) - 1
        said = self._said[-min(_MOST_LOG, max(1, room // _LOG_SHARE)) :]
        room -= len(said) + 1
        if name is not None:
            picture = self._host.curves.picture(view, name)
            lines.append(line(" ", (picture.title, "bold"), (f"  {picture.facts}", "muted")))
            lines += picture_lines(picture, width, room)
        lines += [()] * (height - 1 - len(said) - len(lines))
        lines += [line(f" {each}") for each in said]
        words = f" {LEAST_WIDTH} x {LEAST_HEIGHT} shows more · training goes on · q leaves"
        return [cut(each, width) for each in (*lines[: height - 1], line((words, "muted")))]
