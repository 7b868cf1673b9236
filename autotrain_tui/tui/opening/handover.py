"""The terminal during the first picture: taken, painted at once, and handed to Textual or given back.

It is in the state that Textual's driver sets, but that Ctrl+C still interrupts: keys that are typed meanwhile wait in
the terminal's queue for Textual's input thread, and nothing echoes them into the picture.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

    from autotrain_tui.tui.opening.cells import Line

__all__ = ["Opening", "open_on"]

LEAST_WIDTH, LEAST_HEIGHT = 80, 24
"""As `tui.widgets.too_small`: a smaller window says so, and shows nothing else."""


class Opening:
    """A terminal that shows the first picture. `adopt` hands it to the application; leaving the context without that
    gives it back.
    """

    def __init__(self, folder: str, descriptor: int, attributes: list[Any], picture: bytes) -> None:
        self.folder = folder
        """The session that is shown."""
        self.attributes = attributes
        """The terminal's, before."""
        self._descriptor, self._picture, self._adopted = descriptor, picture, False

    def take(self) -> None:
        """Take the terminal and paint, in one write; again after a stop. Nothing once it is adopted or given back."""
        if self._adopted:
            return
        import termios

        attributes = termios.tcgetattr(self._descriptor)
        attributes[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        attributes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        attributes[6][termios.VMIN] = 1
        termios.tcsetattr(self._descriptor, termios.TCSANOW, attributes)
        _write(self._descriptor, b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2026h" + self._picture + b"\x1b[?2026l")

    def adopt(self) -> list[Any]:
        """From now on the caller has the terminal, and restores these attributes at its end."""
        self._adopted = True
        return self.attributes

    def leave(self) -> None:
        """Give the terminal back, unless it was adopted."""
        if not self._adopted:
            self.give_back()
            self._adopted = True

    def give_back(self) -> None:
        """The terminal as it was, for as long as the process is stopped."""
        if self._adopted:
            return
        import termios

        try:
            termios.tcsetattr(self._descriptor, termios.TCSANOW, self.attributes)
            termios.tcflush(self._descriptor, termios.TCOFLUSH)  # what it has not read may leave no room
            _write(self._descriptor, b"\x1b[?7h\x1b[?1049l\x1b[?25h")
        except (OSError, termios.error):
            pass  # it has hung up

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


def open_on(sessions: str, wanted: str | None) -> Opening | None:
    """Draw the only live session, or the wanted one if it lives; None where the screen has to do it alone."""
    try:
        return _open_on(sessions, wanted)
    except Exception:  # noqa: BLE001  the screen itself says what is wrong
        return None


def _open_on(sessions: str, wanted: str | None) -> Opening | None:
    environment = os.environ
    plain = environment.get("TEXTUAL_DRIVER") or environment.get("AUTOTRAIN_OPENING") == "0"
    if plain or not sys.platform.startswith("linux") or "utf" not in (sys.stdout.encoding or "").lower():
        return None
    width, height = os.get_terminal_size(1)
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return None
    from autotrain_tui.tui.opening.quick_state import live_session, now, read_session

    folder = live_session(sessions, wanted)
    session = read_session(folder) if folder is not None else None
    if folder is None or session is None:
        return None
    from autotrain_tui.tui.opening.picture import picture

    data = _painted(picture(session, width, height, now()), width, _colours())
    return _take(folder, data)


def _take(folder: str, data: bytes) -> Opening:
    """Take the terminal for this picture; a signal gives it back."""
    import termios

    from autotrain_tui.tui.opening.early_signals import end_restored, stop_restored

    opening = Opening(folder, 1, termios.tcgetattr(1), data)
    end_restored(opening.leave)
    stop_restored(opening.give_back, opening.take)
    try:
        opening.take()
    except BaseException:
        opening.leave()
        raise
    return opening


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _colours() -> dict[str, str] | None:
    """The theme's, for a terminal that shows them as they are; else none."""
    from autotrain_tui.tui.opening.picture import COLOURS

    environment = os.environ
    if environment.get("NO_COLOR") or environment.get("COLORTERM", "").lower() not in ("truecolor", "24bit"):
        return None
    word = environment.get("AUTOTRAIN_THEME", "").strip().lower()
    return COLOURS.get({"": "autotrain-dark", "dark": "autotrain-dark", "light": "autotrain-light"}.get(word, word))


def _painted(rows: list[Line], width: int, colours: dict[str, str] | None) -> bytes:
    from autotrain_tui.tui.opening.cells import width_of

    parts = []
    for number, row in enumerate(rows, 1):
        parts.append(f"\x1b[{number};1H")
        for text, token in (*row, (" " * (width - width_of(row)), "")):
            if text:
                parts.append(f"\x1b[0{_codes(token, colours)}m{text}")
    return "".join((*parts, "\x1b[0m")).encode()


def _codes(token: str, colours: dict[str, str] | None) -> str:
    """SGR parameters of a token such as `accent bold`."""
    words = token.split()
    codes = ";1" if "bold" in words else ""
    if colours is None:
        return codes + (";7" if "cursor" in words else "")
    ground = next((word for word in words if word in ("cursor", "track")), "background")
    text = next((word for word in words if word in colours and word not in ("cursor", "track")), "")
    return codes + _rgb(38, colours[text]) + _rgb(48, colours[ground])


def _rgb(kind: int, colour: str) -> str:
    return f";{kind};2;" + ";".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
