"""The application: its modes, keys, themes, and the one timer that keeps clocks and gauges going."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.screen import Screen
from textual.theme import ThemeProvider

from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.model.earlier import Earlier
from autotrain_tui.tui.model.machine_feed import MachineFeed
from autotrain_tui.tui.model.modes import ALL_MODES, find_mode, is_offered
from autotrain_tui.tui.model.notices import Notices
from autotrain_tui.tui.model.session_feed import SessionFeed
from autotrain_tui.tui.poller import TICK_SECONDS, Poller
from autotrain_tui.tui.screens import LOADERS
from autotrain_tui.tui.screens.base.frame_clicks import double_clicked
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, show_notice
from autotrain_tui.tui.terminal import TerminalDriver, exit_on_hangup, handle_signals
from autotrain_tui.tui.themed_app import ThemedApp

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.command import Provider
    from textual.notifications import SeverityLevel

    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.tui.model.notifications import Item
    from autotrain_tui.tui.model.session_curves import SessionCurves
    from autotrain_tui.tui.opening.handover import Opening

__all__ = ["AutotrainApp", "HomeApp", "run_app"]

_SETTLED_SECONDS = 1.0
"""After so long the first screen is painted and what it wanted later is imported."""


def _palette_entries() -> type[Provider]:
    """Every action, loaded when the palette is first opened."""
    from autotrain_tui.tui.palette import EveryAction

    return EveryAction


class AutotrainApp(ThemedApp):
    """One window on one session at a time; without one, at home."""

    # the first screen's rules too: a screen that brings rules along makes every rule be read again
    CSS_PATH: ClassVar = ["app.tcss", "screens/run/run.tcss"]
    TITLE = "autotrain-tui"
    # without Textual's own beside it: the one that answers first would lead
    COMMANDS: ClassVar = {_palette_entries}
    DEFAULT_MODE = "run"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "detach", "Detach", id="app.detach", tooltip="Leave the screen; training continues", show=False),
        Binding("q", "leave", "Leave", id="app.leave", tooltip="Leave; asks whether to stop training", show=False),
        Binding("ctrl+q", "leave", "Leave", id="app.leave_anywhere", show=False, priority=True, tooltip="As q"),
        Binding("ctrl+c", "leave", "Leave", id="app.interrupt", show=False, tooltip="Copy a selection, else as q"),
        Binding(
            "ctrl+z",
            "suspend_process",
            "Suspend",
            id="app.suspend",
            show=False,
            tooltip="Suspend to the shell; fg returns",
        ),
        *(
            Binding(mode.key, f"mode({mode.name!r})", mode.label, id=f"app.{mode.name}", show=False, tooltip=mode.help)
            for mode in ALL_MODES
        ),
        Binding(
            "exclamation_mark",
            "notices",
            "Notices",
            id="app.notices",
            key_display="!",
            show=False,
            tooltip="Alerts of the session, and what was told here",
        ),
        Binding("question_mark", "help", "Help", id="app.help", key_display="?", tooltip="Every key and what it does"),
        Binding(
            "ctrl+p", "command_palette", "Palette", id="app.palette", key_display="^p", tooltip="Every action, by name"
        ),
    ]

    def __init__(self, project: Path | None, sessions: Path, session: str | None) -> None:
        super().__init__()
        self.project, self.sessions = project, sessions
        self.feed = SessionFeed(SessionFolder(sessions / session)) if session is not None else None
        if self.feed is not None:
            self.feed.poll()  # the first paint shows the session
        self.machine = MachineFeed(sessions)
        self._curves: SessionCurves | None = None
        self.read_only = False
        self.earlier = Earlier()
        self.notices = Notices()
        self._poller = Poller(self, self, lambda: self.mode_screen, self.tell_outside)
        self.opening: Opening | None = None
        """The terminal with its first picture, until the driver takes it."""
        self.marked: list[str] = []
        """Ids of the sessions marked in History, in order: compared there, drawn together in Metrics."""

    def get_default_screen(self) -> Screen[None]:
        """The first mode's screen. As a mode it would be drawn for nothing while it is mounted, and have every
        rule read twice more; `on_mount` makes it a mode.
        """
        return LOADERS[self.DEFAULT_MODE](self)

    def on_mount(self) -> None:
        """Start polling."""
        for name, load in LOADERS.items():
            self.add_mode(name, partial(load, self))
        if not self.is_headless and not self.is_web:
            handle_signals(self)
        if not self.is_headless:
            exit_on_hangup(sys.__stdin__.fileno() if sys.__stdin__ is not None else 0, pipe=self.is_web)
        if not self.is_headless:  # whoever runs it within a program of their own has their own collector
            self.set_timer(_SETTLED_SECONDS, collect_again)
        self.set_interval(TICK_SECONDS, self._tick)
        self.call_after_refresh(self._poller.tick)
        self.set_timer(_SETTLED_SECONDS, self._tell_problems)

    def _tick(self) -> None:
        """A second has passed."""
        self._poller.tick()
        self.show_progress()

    def _tell_problems(self) -> None:
        """What is wrong in the person's own files."""
        if self.mode_screen is not None:
            self.tell_conflicts(self.mode_screen)
        for text in self.setting_problems:
            self.notify(text, title="Settings", severity="warning", markup=False)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave; nothing is drawn any more while the screens are taken down."""
        self._poller.stop()
        super().exit(result, return_code, message)

    def tell_outside(self, items: Sequence[Item], title: str) -> None:
        """Notifications through the terminal, for a person whose window it is and who looks elsewhere."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.alert(items, title)

    def show_progress(self) -> None:
        """How far the session is, in the terminal's title and taskbar."""
        if isinstance(self._driver, TerminalDriver) and self.view is not None:
            self._driver.show_progress(self.view)

    @property
    def view(self) -> View | None:
        """The open session in its present state."""
        return self.feed.view if self.feed is not None else None

    @property
    def curves(self) -> SessionCurves:
        """The session's curves."""
        if self._curves is None:
            from autotrain_tui.tui.model.session_curves import SessionCurves  # wanted after the first paint

            self._curves = SessionCurves()
        return self._curves

    @property
    def mode_screen(self) -> ModeScreen | None:
        """The present mode's own screen, whatever question lies above it; None before the first and after the last."""
        stack = self.screen_stack
        return stack[0] if stack and isinstance(stack[0], ModeScreen) else None

    def open_session(self, folder: SessionFolder) -> None:
        """Show this session from now on."""
        self.feed, self._curves, self.earlier = SessionFeed(folder), None, Earlier()
        self.feed.poll()
        self.call_later(self.show_mode, "run")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of modes that would have no session to show are greyed, as their names at the bottom are."""
        if (
            action == "mode"
            and self.feed is None
            and any(mode.name in parameters for mode in ALL_MODES if mode.needs_session)
        ):
            return None
        if action == "mode" and not is_offered(find_mode(str(parameters[0])), self.view):
            return False
        return super().check_action(action, parameters)

    async def show_mode(self, name: str) -> None:
        """Another mode's screen; without a session, Home instead of one that needs it."""
        await self.switch_mode(name if self.feed is not None or not find_mode(name).needs_session else "home")
        if self.mode_screen is not None:
            self.tell_conflicts(self.mode_screen)

    action_mode = show_mode  # what a mode's key does

    async def on_click(self, event: Click) -> None:
        """A double click on a pane, which no widget has taken for itself."""
        if event.chain == 2 and isinstance(self.screen, ModeScreen):
            await double_clicked(self.screen, event)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,  # noqa: ARG002  Textual's own parameters
        markup: bool = True,  # noqa: ARG002
    ) -> None:
        """Tell something in the line of the notices: a toast would cover the log."""
        self.notices.add(message, title, severity)
        if self.mode_screen is not None:
            show_notice(self.mode_screen)

    def action_notices(self) -> None:
        """The list of notices."""
        from autotrain_tui.tui.app_dialogs import open_notices  # first needed here

        if self.mode_screen is not None:
            open_notices(self, self, self.mode_screen)

    def action_help(self) -> None:
        """Every key."""
        from autotrain_tui.tui.dialogs.help import HelpScreen, focused_group, key_help  # first needed here

        self.push_screen(HelpScreen(key_help(self.screen), focused_group(self.screen)))

    def action_command_palette(self) -> None:
        """Every action, by name."""
        from autotrain_tui.tui.palette import Palette  # first needed here

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        """Every theme, by name."""
        from autotrain_tui.tui.palette import Palette  # first needed here

        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def action_detach(self) -> None:
        """Leave; training continues."""
        self.exit(return_code=0)

    def action_leave(self) -> None:
        """Ask how to leave."""
        from autotrain_tui.tui.app_dialogs import ask_to_leave  # first needed here

        ask_to_leave(self, self, self.mode_screen)


class HomeApp(AutotrainApp):
    """The application without a session."""

    CSS_PATH: ClassVar = ["app.tcss", "screens/home/home.tcss"]
    DEFAULT_MODE = "home"


def collect_again() -> None:
    """Start-up is over: keep its objects out of the collector's sight, and turn it on."""
    gc.freeze()
    gc.enable()


def run_app(
    project: Path | None,
    sessions: Path,
    session: str | None,
    opening: Opening | None = None,
    *,
    read_only: bool = False,
) -> tuple[int, View | None]:
    """Show the screen until a person leaves it; its exit status, and the session as it was shown last.

    `project` None: outside of any project. `session`: the id of the session to show; None = home. `opening`: the
    terminal with its first picture. `read_only`: all is shown, and nothing can be asked for.
    """
    app = (AutotrainApp if session is not None else HomeApp)(project, sessions, session)
    app.opening, app.read_only = opening, read_only
    # a loop of our own: asyncio.run would wait for threads that wait for a disk, and the process ends now
    app.run(loop=asyncio.new_event_loop())
    return app.return_code or 0, app.feed.view if app.feed is not None else None
