"""How far the session is, in the terminal's title and in its taskbar: which terminal knows what, and the bytes. Pure.

Title: OSC 2, with the former one kept on the terminal's stack (CSI 22 and 23, xterm's window operations).
Taskbar: OSC 9;4 (ConEmu, https://conemu.github.io/en/AnsiEscapeCodes.html): `4;STATE;PERCENT`, STATE 1 runs, 2 failed,
3 unknown, 4 paused, 0 none. A terminal that takes OSC 9 for a message would show one every second, so that only those
that are known to draw progress get it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import Outcome, SessionState, StageState
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import session_style
from autotrain_tui.tui.model.plan_progress import plan_progress

__all__ = ["KEEP_TITLE", "TerminalMeans", "end_sequence", "means_of", "progress_sequence"]

KEEP_TITLE = "\x1b[22;0t"
_FORMER_TITLE = "\x1b[23;0t"
_NO_PROGRESS = "\x1b]9;4;0;0\x1b\\"

_WITH_TITLE = ("xterm", "screen", "tmux", "rxvt", "foot", "alacritty", "kitty", "wezterm", "ghostty", "st-", "konsole")
_WITH_PROGRESS = frozenset({"ghostty", "wezterm", "mintty", "konsole", "windows_terminal"})
_LONGEST = 120


class TerminalMeans(msgspec.Struct, frozen=True):
    """What the terminal takes."""

    title: bool
    taskbar: bool


def means_of(environment: Mapping[str, str]) -> TerminalMeans:
    """What the terminal is known for; AUTOTRAIN_TITLE=off and AUTOTRAIN_TASKBAR=on or off decide otherwise."""
    term = environment.get("TERM", "")
    wanted = environment.get("AUTOTRAIN_TASKBAR", "").lower()
    inside = bool(environment.get("TMUX") or environment.get("STY"))
    known = environment.get("TERM_PROGRAM", "").lower() in _WITH_PROGRESS or "WT_SESSION" in environment
    known = known or environment.get("ConEmuANSI") == "ON"
    return TerminalMeans(
        term.startswith(_WITH_TITLE) and environment.get("AUTOTRAIN_TITLE", "").lower() != "off",
        wanted == "on" or (wanted != "off" and known and not inside),
    )


def progress_sequence(view: View, means: TerminalMeans, now: float) -> str:
    """Title and taskbar as the session stands: `45 % ▶ running digits, ends 16:42`."""
    progress, style = plan_progress(view), session_style(view)
    percent = None if progress.fraction is None else int(progress.fraction * 100)
    text = f"{style.sign} {style.word} {sanitize(view.session.plan)}"
    if percent is not None and not view.finished:
        text = f"{percent} % {text}"
    if progress.seconds_left and not progress.rough:
        text += time.strftime(", ends %H:%M", time.localtime(now + progress.seconds_left))
    found = f"\x1b]2;{text[:_LONGEST]}\x1b\\" if means.title else ""
    return found + (f"\x1b]9;4;{_state(view, percent)};{percent or 0}\x1b\\" if means.taskbar else "")


def _state(view: View, percent: int | None) -> int:
    """The taskbar's state: a failure stays until the screen is left, an end of another kind shows nothing."""
    states = {stage.state for stage in view.session.stages}
    if view.session.outcome is Outcome.FAILED or view.state is SessionState.INTERRUPTED:
        return 2
    if view.finished:
        return 0
    if states & {StageState.PAUSED, StageState.FROZEN} and StageState.RUNNING not in states:
        return 4
    return 3 if percent is None else 1


def end_sequence(means: TerminalMeans) -> str:
    """When the screen is left: the former title, and no progress."""
    return (_FORMER_TITLE if means.title else "") + (_NO_PROGRESS if means.taskbar else "")
