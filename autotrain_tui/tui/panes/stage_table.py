"""A table of a plan's stages: parameters and estimated time of each; changes are marked."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from autotrain_tui.plan.model import Plan
from autotrain_tui.session.launch.prepare import Prepared
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, right
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["StageTable", "table_lines"]

_MOST = 6
_WIDEST = 14
_LEAST_SOURCE = 20
"""Cells below which a source would only be cut."""


def table_lines(prepared: Prepared, base: Plan | None, width: int) -> list[Line]:
    """A heading, then a line for each stage: parameters that differ in any of them, time, and where that is from."""
    stages = prepared.plan.stages
    then = {stage.name: stage.parameters for stage in base.stages} if base is not None else {}
    names = list(dict.fromkeys(name for stage in stages for name in stage.parameters))[:_MOST]
    cells = {name: [sanitize(str(stage.parameters.get(name, fmt.UNKNOWN))) for stage in stages] for name in names}
    widths = {name: min(_WIDEST, max(map(len, (sanitize(name), *cells[name])))) for name in names}
    first = min(20, max(len(stage.name) for stage in stages))
    heading = [(f"{fit('    stage', first + 4)}", "muted")]
    heading += [
        (f"  {right(fit(sanitize(name), min(widths[name], len(sanitize(name)))), widths[name])}", "muted")
        for name in names
    ]
    heading.append((f"  {right('time', 9)}", "muted"))
    sources = width - sum(len(text) for text, _ in heading) >= _LEAST_SOURCE
    lines = [cut(line(*heading, ("  from" if sources else "", "muted")), width)]
    for at, (stage, estimate) in enumerate(zip(stages, prepared.estimates, strict=True)):
        out = stage.name in prepared.skipped
        spans = [
            (right(str(stage.index), 3), "faint"),
            (f" {fit(sanitize(stage.name), first)}", "muted" if out else ""),
        ]
        for name in names:
            changed = stage.parameters.get(name) != then.get(stage.name, stage.parameters).get(name)
            spans.append(
                (
                    f"  {right(fit(cells[name][at], min(widths[name], len(cells[name][at]))), widths[name])}",
                    "muted" if out else "accent bold" if changed else "",
                )
            )
        time = "left out" if out else fmt.estimate(estimate.seconds)
        spans.append((f"  {right(time, 9)}", "muted" if out else ""))
        if sources and not out and estimate.seconds is not None:
            spans.append((f"  {sanitize(estimate.source)}", "muted"))
        lines.append(cut(line(*spans), width))
    return lines


class StageTable(LineWidget):
    """The table in a frame, the plan's description above."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.prepared: Prepared | None = None
        self.base: Plan | None = None

    def show(self, prepared: Prepared | None, base: Plan | None) -> None:
        """Show another plan, or other changes."""
        self.prepared, self.base = prepared, base
        if self.display:
            self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """How many."""
        return "Every stage", str(len(self.prepared.plan.stages)) if self.prepared is not None else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The table, then what each stage runs while there is room."""
        prepared = self.prepared
        if prepared is None:
            return ()
        lines = table_lines(prepared, self.base, width)
        for stage, command in zip(prepared.plan.stages, prepared.commands, strict=True):
            if len(lines) + 4 > height:
                break
            lines += [
                EMPTY,
                line(" ", (sanitize(stage.name), "bold"), ("  " + sanitize(stage.description), "muted")),
                *(line("   ", *each) for each in flow(sanitize(shlex.join(command)), width - 4, "muted", 3)),
            ]
        return [cut(each, width) for each in lines]
