"""The application: its modes, keys, themes, and the one timer that looks whether something changed."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen

from autotrain_tui.session.folder import SessionFolder
from autotrain_tui.session.transitions import SessionState
from autotrain_tui.tui.feed import SessionFeed
from autotrain_tui.tui.machine import Machine
from autotrain_tui.tui.modes import ALL_MODES
from autotrain_tui.tui.news import news
from autotrain_tui.tui.screens.base import ModeScreen
from autotrain_tui.tui.terminal import TerminalDriver, exit_on_hangup, handle_signals
from autotrain_tui.tui.theme import DARK, LIGHT, defaults
from autotrain_tui.tui.tracks import SessionTracks
from autotrain_tui.tui.widgets.key_bar import Label

__all__ = ["AutotrainApp", "run_app"]

_BEAT_SECONDS = 0.1


class AutotrainApp(App[None]):
    """One window on one session at a time; without one, at home."""

    CSS_PATH = "app.tcss"
    TITLE = "autotrain-tui"
    MODES: ClassVar = {mode.name: mode.load for mode in ALL_MODES}
    DEFAULT_MODE = "run"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "detach", "Detach", id="app.detach", tooltip="Leave the screen; training goes on", show=False),
        Binding("q", "leave", "Leave", id="app.leave", tooltip="Leave; asks whether training goes on", show=False),
        Binding("ctrl+q", "leave", "Leave", id="app.leave_anywhere", show=False, priority=True, tooltip="As q"),
        Binding("ctrl+c", "leave", "Leave", id="app.interrupt", show=False, tooltip="Copy a selection, else as q"),
        Binding("ctrl+z", "suspend_process", "To the shell", id="app.suspend", show=False,
                tooltip="Back to the shell; fg returns"),
        *(Binding(mode.key, f"mode({mode.name!r})", mode.label, id=f"app.{mode.name}", show=False, tooltip=mode.help)
          for mode in ALL_MODES),
        Binding("question_mark", "help", "Help", id="app.help", key_display="?", tooltip="Every key and what it does"),
        Binding("ctrl+p", "command_palette", "Palette", id="app.palette", key_display="^p",
                tooltip="Every action, by name"),
    ]

    def __init__(self, project: Path | None, sessions: Path, session: str | None) -> None:
        super().__init__(driver_class=_driver_class())
        self.project, self.sessions = project, sessions
        self.feed = SessionFeed(SessionFolder(sessions / session)) if session is not None else None
        self.machine = Machine(sessions)
        self.tracks = SessionTracks()
        self._next_second = 0.0
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables for themes that don't know them."""
        return dict(defaults(self.current_theme))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Textual's own palette entries, but for Quit, which asks nothing."""
        return (command for command in super().get_system_commands(screen) if command.title != "Quit")

    def on_mount(self) -> None:
        """Begin to look."""
        if not self.is_headless and not self.is_web:
            handle_signals(lambda code: self.exit(return_code=code))
            exit_on_hangup(sys.__stdin__.fileno() if sys.__stdin__ is not None else 0)
        self.set_interval(_BEAT_SECONDS, self._beat)
        self.call_after_refresh(self._beat)

    @property
    def mode_screen(self) -> ModeScreen | None:
        """The present mode's own screen, whatever question lies above it."""
        screen: Screen[object] = self.screen_stack[0]
        return screen if isinstance(screen, ModeScreen) else None

    def mode_labels(self, current: str) -> list[Label]:
        """The modes for the bottom line, the current one marked."""
        return [Label(mode.key, mode.label, mode.key, enabled=self.feed is not None or not mode.needs_session,
                      current=mode.name == current) for mode in ALL_MODES]

    def open_session(self, folder: SessionFolder) -> None:
        """Look at this session from now on."""
        self.feed, self.tracks = SessionFeed(folder), SessionTracks()
        self.feed.poll()
        self.call_later(self.action_mode, "run")

    def _beat(self) -> None:
        """Ten times a second: has anything changed? Once a second: clocks and gauges."""
        screen, feed = self.mode_screen, self.feed
        if screen is None or not screen.is_mounted:
            return
        if feed is not None and (change := feed.poll()) is not None:
            screen.refresh_view()
            if feed.view is not None and not change.first:
                for item in news(change.events, feed.view):
                    self.notify(item.text, title=item.title, severity=item.severity, markup=False)
        now = time.monotonic()
        if now >= self._next_second:
            self._next_second = now + 1.0
            screen.tick_always()
            if feed is not None and feed.view is not None:
                screen.tick(feed.view)
            self.run_worker(self._measure(), group="gauges", exit_on_error=False)

    async def _measure(self) -> None:
        feed = self.feed
        view = feed.view if feed is not None else None
        if view is not None and await asyncio.to_thread(self.tracks.update, view) and self.mode_screen is not None:
            self.mode_screen.show_tracks()
        if await self.machine.measure(feed.roots() if feed is not None else {}) and self.mode_screen is not None:
            self.mode_screen.show_machine()

    async def action_mode(self, name: str) -> None:
        """Another mode's screen; Run without a session is Home."""
        mode = next(mode for mode in ALL_MODES if mode.name == name)
        await self.switch_mode(name if self.feed is not None or not mode.needs_session else "home")

    def action_help(self) -> None:
        """Every key."""
        from autotrain_tui.tui.screens.help import HelpScreen, key_help  # first needed here

        self.push_screen(HelpScreen(key_help(self.screen)))

    def action_detach(self) -> None:
        """Leave; training goes on."""
        self.exit(return_code=0)

    def action_leave(self) -> None:
        """Ask how to leave."""
        from autotrain_tui.tui.screens.dialogs import Ask, Reply, leave_question  # first needed here

        if isinstance(self.screen, Ask):
            return
        view, screen = (self.feed.view if self.feed is not None else None), self.mode_screen
        training = view is not None and view.alive is not False and view.state is SessionState.RUNNING

        def answered(reply: Reply | None) -> None:
            if reply is not None and reply.name == "detach":
                self.exit(return_code=0)
            elif reply is not None and reply.name == "stop" and screen is not None:
                wish = screen.wish("stop")
                if wish is not None:
                    screen.carry_out(wish)

        self.push_screen(leave_question(training=training, can_stop=training), answered)


class _HomeApp(AutotrainApp):
    DEFAULT_MODE = "home"


def _driver_class() -> type[Driver] | None:
    """Our driver for terminals; None leaves the choice to Textual (a browser)."""
    return None if os.environ.get("TEXTUAL_DRIVER") else TerminalDriver


def run_app(project: Path | None, sessions: Path, session: str | None) -> int:
    """Show the screen until a person leaves it; the exit status (DESIGN section 8).

    `project` None: outside of any project. `session`: the id of the session to show; None = home.
    """
    app = (AutotrainApp if session is not None else _HomeApp)(project, sessions, session)
    app.run()
    return app.return_code or 0
