"""What every mode's screen has in common: the session's keys, the bottom lines, being told that something changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from msgspec import structs
from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.reactive import Reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from autotrain_tui.errors import UsageError
from autotrain_tui.session.state import Stage
from autotrain_tui.session.view import View
from autotrain_tui.tui.actions import ACTIONS, Wish, find_action
from autotrain_tui.tui.feed import SessionFeed
from autotrain_tui.tui.modes import mode_labels
from autotrain_tui.tui.widgets.ground import blank_rows
from autotrain_tui.tui.widgets.key_bar import KeyBar, Label, ModeBar
from autotrain_tui.tui.widgets.too_small import LEAST_HEIGHT, LEAST_WIDTH, TooSmall

if TYPE_CHECKING:
    from textual.command import Provider

    from autotrain_tui.tui.app import AutotrainApp

__all__ = ["ACTION_BINDINGS", "ModeScreen"]

ACTION_BINDINGS: list[BindingType] = [
    Binding(action.key, f"act({action.name!r})", action.label, id=f"session.{action.name}", tooltip=action.help,
            show=action.shown)
    for action in ACTIONS
]
"""The session's keys, straight from the table."""

def _palette() -> type[Provider]:
    """Every action, loaded when the palette is first opened."""
    from autotrain_tui.tui.palette import EveryAction

    return EveryAction


class ModeScreen(Screen[None]):
    """A mode's screen. Subclasses draw in `show_view`, `tick` (once a second) and `show_machine`."""

    BINDING_GROUP_TITLE = "Session"
    BINDINGS: ClassVar[list[BindingType]] = ACTION_BINDINGS
    COMMANDS: ClassVar = {_palette}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-normal"), (180, "-wide")]  # noqa: RUF012  Textual's own form
    ALLOW_IN_MAXIMIZED_VIEW = "Header, ModeBar, KeyBar"
    MODE = ""

    if TYPE_CHECKING:
        app: getters.app[AutotrainApp]

    # as Textual's own, but for the whole screen's repaint whenever the focus moves
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._composed = False
        self._shown_feed: SessionFeed | None = None
        self._wishes: tuple[Wish | None, ...] = ()

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Body and bottom lines."""
        # what the first layout and the first paint need is known before them, so that there is no second of either
        width, height = self.app.size
        self.add_class(next(name for least, name in reversed(self.HORIZONTAL_BREAKPOINTS) if width >= least),
                       update=False)
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-too-small", update=False)
        yield from self.compose_body()
        yield ModeBar(self._modes(), id="modes")
        yield KeyBar(id="keys")
        if self.has_class("-too-small"):
            yield TooSmall(id="too-small")

    def render_lines(self, crop: Region) -> list[Strip]:
        """The ground under all panes."""
        return blank_rows(self, crop)

    def _modes(self) -> list[Label]:
        return mode_labels(self.MODE, has_session=self.app.feed is not None)

    @property
    def view(self) -> View | None:
        """The session as it stands."""
        feed = self.app.feed
        return feed.view if feed is not None else None

    @property
    def chosen(self) -> Stage | None:
        """The stage that a person looks at."""
        return None

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Something changed; `fresh`: this session was not shown here before."""

    def tick(self, view: View) -> None:
        """A second has passed: clocks."""

    def tick_always(self) -> None:
        """A second has passed, whether a session is open or not."""

    def show_machine(self) -> None:
        """There is a new sample in `app.machine`."""

    def show_tracks(self) -> None:
        """There are new readings in `app.tracks`."""

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

    def offer_keys(self) -> None:
        """Have the bottom line drawn anew, when what the keys would do has changed."""
        wishes = tuple(self.wish(action.name) for action in ACTIONS)
        if wishes != self._wishes:
            self._wishes = wishes
            self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """Back in sight: catch up."""
        if not self.whole:
            return
        self.query_one(ModeBar).show(self._modes())
        self.refresh_view()
        self.show_machine()
        self.show_tracks()

    @on(events.Resize)
    def _too_small(self, event: events.Resize) -> None:
        """A window that is too small says so."""
        too_small = event.size.width < LEAST_WIDTH or event.size.height < LEAST_HEIGHT
        self.set_class(too_small, "-too-small")
        if too_small and not self.query(TooSmall):
            self.mount(TooSmall(id="too-small"))

    def wish(self, name: str) -> Wish | None:
        """What an action of the table would do now."""
        view = self.view
        return find_action(name).wish(view, self.chosen) if view is not None else None

    def label_of(self, binding: Binding) -> str:
        """What a key is called now."""
        if binding.id is not None and binding.id.startswith("session."):
            wish = self.wish(binding.id.removeprefix("session."))
            if wish is not None:
                return wish.label
        return binding.description

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing now are greyed; those of rare use are not shown at all."""
        if action != "act":
            return True
        name = str(parameters[0])
        if self.wish(name) is not None:
            return True
        return None if self.view is not None and name in {"pause", "skip", "retry", "stop"} else False

    def action_act(self, name: str) -> None:
        """Do what the table says, after the question it calls for."""
        wish = self.wish(name)
        if wish is not None:
            self.carry_out(wish)

    @work(group="wishes", exit_on_error=False)
    async def carry_out(self, wish: Wish) -> None:
        """Ask if need be, send, and say so when it was refused."""
        from autotrain_tui.tui.screens.dialogs import ask_question  # first needed when somebody asks for something

        feed = self.app.feed
        if feed is None:
            return
        reason = ""
        if wish.verb == "budget":
            changed = await self._ask_budget(wish)
            if changed is None:
                return
            wish = changed
        if wish.question is not None:
            reply = await self.app.push_screen_wait(ask_question(wish.question))
            if reply is None or reply.name != "yes":
                return
            reason = reply.text
        from autotrain_tui.tui.send import send  # what starts a runner is imported when somebody wants it

        refusal = await asyncio.to_thread(send, feed.folder, wish, reason)
        if refusal:
            self.app.notify(refusal, title=f"{wish.label}: refused", severity="error", markup=False)

    async def _ask_budget(self, wish: Wish) -> Wish | None:
        """The wish with the time that was chosen; None when there is nothing to send."""
        from autotrain_tui.tui.screens.budget import amount_of, ask_budget  # as above

        if self.view is None:
            return None
        try:
            args = amount_of(await self.app.push_screen_wait(ask_budget(self.view)))
        except UsageError as error:
            self.app.notify(str(error), title="Budget", severity="error", markup=False)
            return None
        return structs.replace(wish, args=args) if args is not None else None
