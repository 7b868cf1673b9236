"""What keeps the screen up to date: changes of the session, read in a thread; once a second clocks and gauges.

However fast a session writes, the screen draws what is there when it looks (STYLE: no queue of messages can grow).
No file of the session is read in the event loop here: a disk that does not answer must not block keys.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from autotrain_tui.tui.model.feed_thread import FeedThread
from autotrain_tui.tui.model.readings_look import ReadingsLook
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, show_notice
from autotrain_tui.tui.widgets.background_work import tell_error

if TYPE_CHECKING:
    from textual.app import App

    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.model.notifications import Item
    from autotrain_tui.tui.model.session_curves import SessionCurves
    from autotrain_tui.tui.model.session_feed import FeedChange, SessionFeed

__all__ = ["TICK_SECONDS", "Poller"]

TICK_SECONDS = 1.0
_TURN_SECONDS = 0.4
"""Seconds of reading between two drawings of a curve that is not read to its end yet."""


class Poller:
    """Calls the current mode's screen.

    `screen` returns it, None while there is none; `alert` tells a person who looks elsewhere of items of a plan.
    """

    def __init__(
        self,
        app: App[None],
        host: Host,
        screen: Callable[[], ModeScreen | None],
        alert: Callable[[Sequence[Item], str], None],
    ) -> None:
        self._app, self._host, self._present, self._alert = app, host, screen, alert
        self.stopped = False
        """Set when the application is being left: what is torn down is not drawn any more."""
        self._reading = False
        self._look = ReadingsLook()
        self._tasks: set[asyncio.Task[None]] = set()
        self._measuring = 0
        """How many samples are being taken; one, unless a disk or a GPU answers slowly."""
        self._compared: SessionFeed | None = None
        """The session whose plan's earlier sessions were read."""
        self._thread: FeedThread | None = None
        self._asked = False
        """Whether a `_take` is asked for that has not begun."""

    def tick(self) -> None:
        """A second has passed: clocks, gauges and curves."""
        screen, feed = self._screen(), self._host.feed
        if screen is None:
            return
        self._follow(feed)
        self._take()
        if feed is not None and self._thread is not None and feed.silence != (silence := self._thread.silence):
            if not feed.silence:
                self._app.notify(silence, title="The disk does not answer", severity="error", markup=False)
            feed.silence = silence
            screen.refresh_view()
        show_notice(screen)
        if self._measuring:  # a slow disk or GPU: the clocks do not wait
            self._show_clocks()
        # no worker of Textual's, which tells the application of its states by three messages a second
        task = asyncio.get_running_loop().create_task(self._measure_and_show(), name="gauges")
        self._tasks.add(task)
        task.add_done_callback(self._measured)

    def _measured(self, task: asyncio.Task[None]) -> None:
        """A sample is taken; one that failed is left out and told of, and the next second brings another."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self.stopped:
            tell_error(self._app, error, "gauges and readings")

    def stop(self) -> None:
        """Nothing is read or drawn any more."""
        self.stopped = True
        for task in self._tasks:
            task.cancel()
        if self._thread is not None:
            self._thread.stop()

    def _follow(self, feed: SessionFeed | None) -> None:
        """Have the open session read, each by a thread of its own."""
        if self._thread is not None and self._thread.feed is not feed:
            self._thread.stop()
            self._thread = None
        if self._thread is None and feed is not None:
            loop = asyncio.get_running_loop()

            def notify() -> None:
                if self._asked:  # a loop that lags behind would have one callback for each change
                    return
                self._asked = True
                with contextlib.suppress(RuntimeError):  # the loop is closed: the screen is left
                    loop.call_soon_threadsafe(self._app.call_later, self._take)

            self._thread = FeedThread(feed, notify, loop.is_closed)

    def _take(self) -> None:
        """Draw what the thread has found."""
        self._asked = False  # before it is taken: what comes now is asked for again
        thread, screen = self._thread, self._screen()
        if thread is None or screen is None or thread.feed is not self._host.feed:
            return
        changes = thread.take()
        if changes:
            self._look.session_changed()
            screen.refresh_view()
        for change in changes:
            if thread.feed.view is not None and not change.first:
                self._notify(change, thread.feed.view)

    def _notify(self, change: FeedChange, view: View) -> None:
        """What has happened, on the screen, and through the terminal while its window has not the focus."""
        from autotrain_tui.tui.model.notifications import notifications_of  # there are none at the start

        items = notifications_of(change, view)
        screen = self._screen()
        for item in items:
            shown = item.on_run and screen is not None and screen.MODE == "run"
            self._host.notices.add(item.text, item.title, item.severity, listed=not item.alert, flashes=not shown)
        if screen is not None:
            show_notice(screen)
        if items and not self._app.app_focus:
            self._alert(items, view.session.plan)

    def _show_clocks(self) -> None:
        screen, feed = self._screen(), self._host.feed
        if screen is not None:
            screen.tick(feed.view if feed is not None else None)

    async def _measure_and_show(self) -> None:
        """Readings and gauges; the clocks are drawn with them, because every painting looks at all widgets."""
        alone = not self._measuring
        self._measuring += 1
        try:
            await self._measure(with_clocks=alone)
        finally:
            self._measuring -= 1

    async def _measure(self, *, with_clocks: bool) -> None:
        """Readings and gauges, off the event loop."""
        host, feed = self._host, self._host.feed
        view = feed.view if feed is not None else None
        if view is not None and self._look.is_due(host.curves):
            await self._read_curves(view, host.curves)
        await self._read_earlier(feed)
        host.machine.recorded = view.folder.gauges if view is not None and view.alive else None
        host.machine.jobs = feed.jobs() if feed is not None else {}
        new = False
        try:
            new = await host.machine.measure(feed.roots if feed is not None else dict, self._look.look)
            if not new:  # a gauge does not answer, and the thread that measures is still there: readings do not wait
                await asyncio.to_thread(self._look.look)
            view = host.view  # another session may have been opened meanwhile
            if view is not None and self._look.is_due(host.curves):
                await self._read_curves(view, host.curves)
        finally:
            if with_clocks:
                self._show_clocks()
        if new and (screen := self._screen()) is not None:
            screen.show_machine()

    async def _read_earlier(self, feed: SessionFeed | None) -> None:
        """The earlier sessions of the plan, once for each session that is opened."""
        view = feed.view if feed is not None else None
        if view is None or self._compared is feed:
            return
        self._compared = feed
        from autotrain_tui.tui.model.earlier_sessions import read_earlier  # after the first paint

        earlier = await asyncio.to_thread(read_earlier, self._host.sessions, view.session)
        if feed is self._host.feed:
            self._host.earlier = earlier
            if (screen := self._screen()) is not None:
                screen.refresh_view()

    async def _read_curves(self, view: View, curves: SessionCurves) -> None:
        """Read on in turns, so that the first curve of days of readings is drawn before the last is read."""
        if self._reading:
            return
        self._reading, more = True, True
        try:
            self._look.begin()
            while more and curves is self._host.curves:
                changed = await curves.update(view, _TURN_SECONDS)
                more = curves.behind
                if changed and curves is self._host.curves and (screen := self._screen()) is not None:
                    screen.show_curves()
            self._look.done(view, curves)
        finally:
            self._reading = False

    def _screen(self) -> ModeScreen | None:
        """The present mode's screen, when it can be drawn on."""
        screen = self._present()
        return screen if screen is not None and screen.whole and not self.stopped else None
