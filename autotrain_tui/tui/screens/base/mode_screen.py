"""What every mode's screen has in common: the session's keys, the bottom lines, hooks for changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from autotrain_tui.tui.model.modes import ALL_MODES, is_offered
from autotrain_tui.tui.model.notices import STYLES, NoticeEntry
from autotrain_tui.tui.panes.glance import Glance
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS, SessionActions
from autotrain_tui.tui.widgets.container import blank_rows
from autotrain_tui.tui.widgets.key_bar import KeyBar, KeyLabel, ModeBar
from autotrain_tui.tui.widgets.line import EMPTY, Line, line
from autotrain_tui.tui.widgets.too_small import LEAST_HEIGHT, LEAST_WIDTH, TooSmall

if TYPE_CHECKING:
    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.session.journal.state import Stage
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.model.session_feed import SessionFeed

__all__ = ["ModeScreen", "bottom_lines", "show_notice", "toggle_maximized"]


class ModeScreen(Screen[None]):
    """A mode's screen. Subclasses compose their panes, then `bottom_lines`; they draw in `show_view`, `tick`,
    `show_machine` and `show_curves`, which the application's poller calls.
    """

    BINDING_GROUP_TITLE = "Session"
    BINDINGS: ClassVar[list[BindingType]] = ACTION_BINDINGS
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-normal"), (180, "-wide")]  # noqa: RUF012  Textual's own form
    ALLOW_IN_MAXIMIZED_VIEW = "Header, ModeBar, KeyBar"
    MODE = ""
    ZOOMS: ClassVar[bool] = False
    """Whether a double click on a pane's frame gives it the whole window."""
    OPENS: ClassVar[dict[str, str]] = {}
    """The modes that a double click on some panes shows, by the panes' ids."""

    # as Textual's own, but for the whole screen's repaint whenever the focus moves
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    render_lines = blank_rows  # the background under all panes

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        self.actions = SessionActions(self, host, lambda: self.selected)
        self._composed = False
        self._shown_feed: SessionFeed | None = None

    @property
    def selected(self) -> Stage | None:
        """The stage under the screen's cursor."""
        return None

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Something changed; `fresh`: this session was not shown here before."""

    def tick(self, view: View | None) -> None:
        """A second has passed: clocks. `view` is the open session, if there is one."""

    def show_machine(self) -> None:
        """There is a new sample in `host.machine`."""

    def show_curves(self) -> None:
        """There are new readings in `host.curves`."""

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
        feed, view = self.host.feed, self.host.view
        if feed is None or view is None or not self.whole:
            return
        fresh, self._shown_feed = self._shown_feed is not feed, feed
        self.show_view(view, fresh=fresh)
        self.actions.refresh()

    def on_screen_resume(self) -> None:
        """Back in sight: catch up."""
        if not self.whole:
            return
        self.query_one(ModeBar).show(_mode_labels(self))
        show_notice(self)
        self.refresh_view()
        self.show_machine()
        self.show_curves()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Session keys that can do nothing now are greyed; those of rare use are hidden."""
        return self.actions.check(str(parameters[0])) if action == "act" else True

    def action_act(self, name: str) -> None:
        """Do what the verb table says, after the question it calls for."""
        self.actions.act(name)

    def label_of(self, binding: Binding) -> str:
        """What a key is called now."""
        return self.actions.label(binding)

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
            self.mount(Glance(self.host, id="too-small"))


def bottom_lines(screen: ModeScreen) -> Iterator[Widget]:
    """The lines below a screen's panes. Also sets the classes that the window's size calls for: known before the first
    layout and the first paint, so that there is no second of either.
    """
    width, height = screen.app.size
    screen.add_class(
        next(name for least, name in reversed(screen.HORIZONTAL_BREAKPOINTS) if width >= least), update=False
    )
    screen.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-too-small", update=False)
    yield ModeBar(_mode_labels(screen), id="modes")
    yield KeyBar(id="keys")
    if screen.has_class("-too-small"):
        yield Glance(screen.host, id="too-small")


def show_notice(screen: ModeScreen) -> None:
    """The newest notice in the line of the modes, while it is fresh."""
    if screen.whole:
        notices = screen.host.notices
        screen.query_one(ModeBar).show_notice(notice_line(notices.current()), notices.unseen)


def notice_line(notice: NoticeEntry | None) -> Line:
    """A notice as one line: sign, title, text."""
    if notice is None:
        return EMPTY
    sign, colour = STYLES[notice.severity]
    title = (f"{notice.title}: " if notice.title else "", colour)
    return line((f"{sign} ", f"{colour} bold"), title, " ".join(notice.text.split()))


def _mode_labels(screen: ModeScreen) -> list[KeyLabel]:
    """The modes, the screen's own marked; those that would have nothing to show greyed."""
    has_session = screen.host.feed is not None
    return [
        KeyLabel(
            mode.key,
            mode.label,
            mode.key,
            enabled=has_session or not mode.needs_session,
            current=mode.name == screen.MODE,
        )
        for mode in ALL_MODES
        if is_offered(mode, screen.host.view)
    ]


def toggle_maximized(screen: ModeScreen, pane: Widget | None) -> None:
    """Give a pane the whole window, or put the one back that has it."""
    if screen.maximized is not None:
        screen.minimize()
    elif pane is not None:
        screen.maximize(pane)
