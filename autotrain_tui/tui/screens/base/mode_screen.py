"""What every mode's screen has in common: the bottom lines, being told that something changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Region
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.tui.model.modes import mode_labels
from autotrain_tui.tui.model.session_feed import SessionFeed
from autotrain_tui.tui.screens.base.session_actions import SessionKeys
from autotrain_tui.tui.widgets.container import blank_rows
from autotrain_tui.tui.widgets.key_bar import KeyBar, KeyLabel, ModeBar
from autotrain_tui.tui.widgets.too_small import LEAST_HEIGHT, LEAST_WIDTH, TooSmall

if TYPE_CHECKING:
    from textual.command import Provider

__all__ = ["ModeScreen"]


def _palette() -> type[Provider]:
    """Every action, loaded when the palette is first opened."""
    from autotrain_tui.tui.palette import EveryAction

    return EveryAction


class ModeScreen(SessionKeys):
    """A mode's screen. Subclasses draw in `show_view`, `tick` (once a second) and `show_machine`."""

    COMMANDS: ClassVar = {_palette}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-normal"), (180, "-wide")]  # noqa: RUF012  Textual's own form
    ALLOW_IN_MAXIMIZED_VIEW = "Header, ModeBar, KeyBar"
    MODE = ""

    # as Textual's own, but for the whole screen's repaint whenever the focus moves
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._composed = False
        self._shown_feed: SessionFeed | None = None

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Body and bottom lines."""
        # what the first layout and the first paint need is known before them, so that there is no second of either
        width, height = self.app.size
        self.add_class(
            next(name for least, name in reversed(self.HORIZONTAL_BREAKPOINTS) if width >= least), update=False
        )
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-too-small", update=False)
        yield from self.compose_body()
        yield ModeBar(self._modes(), id="modes")
        yield KeyBar(id="keys")
        if self.has_class("-too-small"):
            yield TooSmall(id="too-small")

    def render_lines(self, crop: Region) -> list[Strip]:
        """The ground under all panes."""
        return blank_rows(self, crop)

    def _modes(self) -> list[KeyLabel]:
        return mode_labels(self.MODE, has_session=self.app.feed is not None)

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Something changed; `fresh`: this session was not shown here before."""

    def tick(self, view: View) -> None:
        """A second has passed: clocks."""

    def tick_always(self) -> None:
        """A second has passed, whether a session is open or not."""

    def show_machine(self) -> None:
        """There is a new sample in `app.machine`."""

    def show_curves(self) -> None:
        """There are new readings in `app.curves`."""

    @property
    def whole(self) -> bool:
        """Are all widgets there? Not before the screen is composed, nor while it is taken down."""
        return self._composed and self.is_attached and self.app.is_running

    def on_mount(self) -> None:
        """The first paint shows the session."""
        self._composed = True
        self.refresh_view()

    def refresh_view(self) -> None:
        """Draw the session as it stands, and offer the keys that can do something."""
        feed, view = self.app.feed, self.view
        if feed is None or view is None or not self.whole:
            return
        fresh, self._shown_feed = self._shown_feed is not feed, feed
        self.show_view(view, fresh=fresh)
        self.offer_keys()

    def on_screen_resume(self) -> None:
        """Back in sight: catch up."""
        if not self.whole:
            return
        self.query_one(ModeBar).show(self._modes())
        self.refresh_view()
        self.show_machine()
        self.show_curves()

    @on(events.Resize)
    def _resized(self, event: events.Resize) -> None:
        """A window that is too small says so. A size that is not the window's any more is passed over: Textual answers
        each with a layout and the same size again, so that two of them, apart in the queue, would chase each other.
        """
        if event.size != self.app.size:
            event.prevent_default()
            event.stop()
            return
        too_small = event.size.width < LEAST_WIDTH or event.size.height < LEAST_HEIGHT
        self.set_class(too_small, "-too-small")
        if too_small and not self.query(TooSmall):
            self.mount(TooSmall(id="too-small"))
