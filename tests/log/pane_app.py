"""A small application around a log pane, and ways to wait for it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.theme import DARK, defaults


class PaneApp(App[None]):
    """Nothing but one pane."""

    def __init__(self, path: Path | None, *, live: bool = True) -> None:
        super().__init__()
        self.pane = LogPane(path, "3 refinement", live=live)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(defaults(DARK))

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        gc.enable()  # as the program does when its first screen is painted: its start goes without
        self.register_theme(DARK)
        self.theme = DARK.name
        self.pane.focus()


async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    """Wait for a condition, a minute at most."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        await pilot.pause()
        if true():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came true")


async def answer(pilot: Pilot[None], pane: LogPane, key: str, text: str) -> None:
    """Open a prompt with its key, put a text into it, and press Enter."""
    await pilot.press(key)
    pane.prompts.prompt.query_one(Input).value = text
    await pilot.press("enter")


def window(pane: LogPane) -> list[str]:
    """The rows as painted, without the sign beside them, the spaces at their ends and empty ones at the foot."""
    sign = int(pane.window.gutter.sign_of is not None)
    rows = [pane.rows.render_line(y).text[sign:].rstrip() for y in range(pane.rows.size.height)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def facts(pane: LogPane) -> str:
    """What the frame says."""
    return str(pane.border_title)


def foot(pane: LogPane) -> str:
    """What the foot says; "" when there is none."""
    return pane.status.foot.render_line(0).text.strip() if pane.status.foot.display else ""


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as out:
        out.write(data)
