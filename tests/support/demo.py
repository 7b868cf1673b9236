"""Opens the screen on a recorded state, without training: `python -m tests.support.demo STATE`.

The session is written into a temporary folder; the process itself stands in for the runner of a living session (it
holds the lock), so commands are sent and never answered. `--make DIR` only writes the session's folder; `--picture
FILE.svg` takes a picture and needs no terminal.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.app import AutotrainApp, HomeApp
from tests.support.states import DEMOS

PROJECT = Path(__file__).parents[2]
"""This repository: the project whose plans the demo shows."""


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.demo",
        description="Open the screen on a recorded state, without training.",
        epilog=listing(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("state", nargs="?", choices=list(DEMOS), metavar="STATE", help="one of the states below")
    parser.add_argument("--list", action="store_true", help="list the states and exit")
    parser.add_argument("--make", type=Path, metavar="DIR", help="only write the session into the sessions folder DIR")
    parser.add_argument("--hold", action="store_true", help="with --make: stay its runner until Ctrl+C")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="write the screen as SVG to FILE and exit")
    parser.add_argument("--size", type=size, default=(120, 36), metavar="WxH", help="of the picture (default 120x36)")
    parser.add_argument("--keys", default="", metavar="KEYS", help="keys pressed before the picture: 2,enter,ctrl+p")
    return parser


def size(text: str) -> tuple[int, int]:
    """`120x36` as columns and rows. Raises ValueError, which argparse reports."""
    columns, _, rows = text.partition("x")
    return int(columns), int(rows)


def listing() -> str:
    """The states, one a line."""
    return "\n".join(f"{demo.name:12} {demo.text}" for demo in DEMOS.values())


def hold_lock(folder: SessionFolder) -> int:
    """Take the session's lock as its runner would; the descriptor that holds it."""
    descriptor = os.open(folder.lock, os.O_RDWR | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def make(state: str, sessions: Path) -> tuple[SessionFolder | None, int | None]:
    """Write the state; the session to show, and the descriptor of its lock when a runner carries it."""
    demo = DEMOS[state]
    folder = demo.make(sessions)
    return folder, hold_lock(folder) if folder is not None and demo.living else None


def application(sessions: Path, folder: SessionFolder | None) -> AutotrainApp:
    """The screen on the session, or at home."""
    if folder is None:
        return HomeApp(PROJECT, sessions, None)
    return AutotrainApp(PROJECT, sessions, folder.id)


async def picture(app: AutotrainApp, window: tuple[int, int], keys: list[str]) -> str:
    """The screen as SVG once it stands still (at most 30 s are waited for clocks and gauges that move on)."""
    async with app.run_test(size=window) as pilot:
        await still(app, pilot.pause)
        for key in keys:
            await pilot.press(key)
            await still(app, pilot.pause)
        return app.export_screenshot()


async def still(app: AutotrainApp, pause: object) -> None:
    """Wait until the picture is the same twice, a quarter of a second apart."""
    before = ""
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            while (now := app.export_screenshot()) != before or app.mode_screen is None:
                before = now
                await pause(0.25)  # type: ignore[operator]


def main(words: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    parser = arguments()
    options = parser.parse_args(words)
    if options.list or options.state is None:
        print(listing())
        return 0 if options.list else 2
    if options.make is not None:
        ends = {signal.SIGINT, signal.SIGTERM}
        if options.hold:
            signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # a signal that comes before the wait counts as well
        folder, _lock = make(options.state, options.make)
        print(folder.path if folder is not None else options.make, flush=True)
        if options.hold:
            signal.sigwait(ends)
        return 0
    with tempfile.TemporaryDirectory(prefix="autotrain-demo-") as place:
        os.environ["XDG_CACHE_HOME"] = f"{place}/cache"  # the index of finished sessions goes with them
        folder, _lock = make(options.state, Path(place) / "sessions")
        app = application(Path(place) / "sessions", folder)
        if options.picture is not None:
            keys = [key for key in options.keys.split(",") if key]
            options.picture.write_text(asyncio.run(picture(app, options.size, keys)), encoding="utf-8")
            return 0
        app.run()
        return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
