"""A watched session on a terminal: sentences that scroll, and below them a live bar for each stage that runs."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console, Group
from rich.live import Live as RichLive
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from autotrain_tui.cli.follow_lines import StageLogs, layout, progress_words, stage_width
from autotrain_tui.session.history.narration import narrate
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import SATISFIED
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

__all__ = ["LiveBars"]

_STYLES = {"good": "green", "warning": "yellow", "error": "red"}
_REFRESH_SECONDS = 0.25


class LiveBars:
    """The outlet for a terminal. Drawn from our own loop: no thread of rich's writes to a terminal that is gone."""

    def __init__(self, folder: SessionFolder, *, verbose: bool = False) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._live = RichLive(
            console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._logs = StageLogs(folder) if verbose else None
        self._drawn = 0.0
        self._live.start()

    def events(self, view: View, events: Sequence[ev.Event]) -> None:
        """Print a sentence for each."""
        width = stage_width(view)
        for event in events:
            self._print_logs(ending=event)
            sentence = narrate(event, view.session)
            if sentence is not None:
                self._console.print(
                    Text("\n".join(layout(sentence, event, width)), style=_STYLES.get(sentence.level, ""))
                )
            if self._logs is not None:
                self._logs.follow(event)

    def tick(self, view: View) -> None:
        """Redraw the bars, four times a second."""
        self._print_logs()
        now = time.monotonic()
        if now - self._drawn >= _REFRESH_SECONDS:
            self._drawn = now
            self._live.update(self._bars(view), refresh=True)

    def say(self, text: str) -> None:
        """Print a message of the watching command."""
        self._console.print(Text(text, style="yellow"))

    def close(self) -> None:
        """Take the bars away; the sentences stay."""
        self._print_logs()
        self._live.update(Text(""))
        self._live.stop()

    def _print_logs(self, ending: ev.Event | None = None) -> None:
        lines = self._logs.read(ending) if self._logs is not None else []
        if lines:
            self._console.print(Text("\n".join(lines)))

    def _bars(self, view: View) -> Group:
        width = stage_width(view)
        table = Table.grid(padding=(0, 1))
        table.add_column(width=width, no_wrap=True, overflow="ellipsis")
        table.add_column(width=20)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for stage in view.session.active:
            live = view.live.get(stage.name)
            fraction = live.progress.fraction if live is not None else None
            bar = ProgressBar(total=1.0, completed=fraction or 0.0, width=20)
            words = progress_words(live, view.session.metric_name) if live is not None else ""
            table.add_row(
                sanitize(stage.name), bar, fmt.clock(stage.elapsed(view.mono)), Text(words or str(stage.state))
            )
        return Group(table, Text(_summary(view), style="dim", no_wrap=True, overflow="ellipsis"))


def _summary(view: View) -> str:
    session = view.session
    done = sum(stage.state in SATISFIED for stage in session.stages)
    budget = f" of {fmt.clock(session.budget_seconds)}" if session.budget_seconds is not None else ""
    return (
        f"{sanitize(session.plan)}: {done} of {len(session.stages)} stages done, "
        f"{fmt.clock(view.elapsed_seconds)}{budget} · Ctrl-C stops cleanly · {view.folder.id}"
    )
