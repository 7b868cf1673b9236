"""Home's first lines: the project, and what to do when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.widgets.line import Line, flow, line
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["Greeting", "greeting_lines"]


def greeting_lines(project: Path | None, here: Path, *, has_plans: bool, width: int) -> list[Line]:
    """Name, place, and one sentence with one key for a first-time visitor."""
    head = line(("autotrain-tui", "accent bold"), ("  training in stages, with its whole history", "muted"))
    if project is None:
        text = "No project here. A project is a folder that contains stages/; press i to create one"
        return [head, (), *flow(f"{text} in {sanitize(str(here))}.", width, "")]
    place = line(("project ", "muted"), sanitize(str(project)))
    if not has_plans:
        return [head, place, line(("stages/ contains no plan yet", "warning"))]
    return [head, place]


class Greeting(LineWidget):
    """The words."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._facts: tuple[Path | None, Path, bool] | None = None

    def show(self, project: Path | None, *, has_plans: bool) -> None:
        """Say this."""
        self._facts = (project, Path.cwd(), has_plans)
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  as high as the words
        """The words."""
        if self._facts is None:
            return ()
        project, here, has_plans = self._facts
        return greeting_lines(project, here, has_plans=has_plans, width=width)
