"""The one timer: ten times a second a look whether files changed, once a second clocks and gauges.

It pulls; nothing pushes. However fast a session writes, the screen draws what is there when it looks (STYLE: no queue
of messages can grow).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autotrain_tui.tui.app import AutotrainApp
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["POLL_SECONDS", "Poller"]

POLL_SECONDS = 0.1


class Poller:
    """Looks, and tells the present mode's screen."""

    def __init__(self, app: AutotrainApp) -> None:
        self._app = app
        self._next_second = 0.0
        self.stopped = False
        """Set when the application is being left: what is torn down is not drawn any more."""
        self._reading = False

    def poll(self) -> None:
        """One look."""
        screen, feed = self._screen(), self._app.feed
        if screen is None:
            return
        if feed is not None and (change := feed.poll()) is not None:
            screen.refresh_view()
            if feed.view is not None and not change.first:
                from autotrain_tui.tui.model.notifications import news  # nothing is news at the start

                for item in news(change, feed.view):
                    self._app.notify(item.text, title=item.title, severity=item.severity, markup=False)
        now = time.monotonic()
        if now >= self._next_second:
            self._next_second = now + 1.0
            screen.tick_always()
            if feed is not None and feed.view is not None:
                screen.tick(feed.view)
            self._app.run_worker(self._measure(), group="gauges", exit_on_error=False)

    async def _measure(self) -> None:
        """Readings and gauges, off the event loop."""
        app, feed = self._app, self._app.feed
        view = feed.view if feed is not None else None
        curves = app.curves
        if view is not None and not self._reading:
            self._reading = True
            try:
                changed = await curves.update(view)
            finally:
                self._reading = False
            if changed and curves is app.curves and (screen := self._screen()) is not None:
                screen.show_curves()
        new = await app.machine.measure(feed.roots() if feed is not None else {})
        if new and (screen := self._screen()) is not None:
            screen.show_machine()

    def _screen(self) -> ModeScreen | None:
        """The present mode's screen, when it can be drawn on."""
        screen = self._app.mode_screen
        return screen if screen is not None and screen.whole and not self.stopped else None
