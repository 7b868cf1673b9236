"""Home's first lines: the project, and what to do when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.widgets.line import Line, cut, line
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["Greeting", "greeting_lines"]


def greeting_lines(project: Path | None, here: Path, *, has_plans: bool, has_sessions: bool, width: int) -> list[Line]:
    """Name, place, and for a first-time visitor the commands to begin with."""
    head = line(("autotrain-tui", "accent bold"), ("  training in stages, with its whole history", "muted"))
    place = line(("project ", "muted"), sanitize(str(project))) if project is not None else ()
    if has_plans or (has_sessions and project is not None):
        return [head, place] if has_plans else [head, place, _no_plan(width)]
    if has_sessions:
        return [head, line((f"no project in {sanitize(str(here))}", "muted")), _no_plan(width)]
    return [head, place, *_first_steps(width)]


def _no_plan(width: int) -> Line:
    return cut(line(("i", "key"), " writes a plan to fill in: stages/train.toml"), width)


def _first_steps(width: int) -> list[Line]:
    """What to do where nothing has run yet."""
    steps = (
        ("autotrain-tui run -- python train.py", "run and watch any command; it needs no plan"),
        ("autotrain-tui init -- python train.py --epochs 20", "make a plan of it"),
        ("autotrain-tui demo", "see a real training, in a temporary folder"),
    )
    cells = max(len(command) for command, _ in steps) + 3
    wide = width >= cells + max(len(text) for _, text in steps)
    lines: list[Line] = []
    for command, text in steps:
        begin = line((command.ljust(cells) if wide else command, "bold"))
        lines += (
            [line(*begin, (text, "muted"))] if wide else [cut(begin, width), cut(line((f"  {text}", "muted")), width)]
        )
    return [*lines, cut(line(("i", "key"), " here: write a plan to fill in, stages/train.toml"), width)]


class Greeting(LineWidget):
    """The words."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._facts: tuple[Path | None, Path, bool, bool] | None = None

    def show(self, project: Path | None, *, has_plans: bool, has_sessions: bool) -> None:
        """Say this."""
        self._facts = (project, Path.cwd(), has_plans, has_sessions)
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  as high as the words
        """The words."""
        if self._facts is None:
            return ()
        project, here, has_plans, has_sessions = self._facts
        return greeting_lines(project, here, has_plans=has_plans, has_sessions=has_sessions, width=width)
