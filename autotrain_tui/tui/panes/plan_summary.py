"""A plan on paper: its stages as bars on a time axis against the budget, and one stage's parameters and command."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, right, spread
from autotrain_tui.tui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from autotrain_tui.plan.model import PlanStage
    from autotrain_tui.plan.timeline import Bar
    from autotrain_tui.session.launch.prepare import Prepared

__all__ = ["PlanSummary", "budget_words", "plan_summary_lines"]


def budget_words(prepared: Prepared) -> tuple[str, str]:
    """How the estimates stand to the budget, and the colour token to say it in."""
    total, budget = prepared.total_seconds, prepared.plan.budget_seconds
    if all(estimate.seconds is None for estimate in prepared.estimates):
        return "no estimate yet: no similar stage has run here", "muted"
    if total is None:
        return "some stages have no estimate yet: no similar stage has run here", "muted"
    if prepared.guessed:
        limit = "no budget" if budget is None else f"budget {fmt.short_clock(budget)}"
        colour = "warning" if budget is not None and total > budget else "muted"
        return f"no history yet: classic guess ~{fmt.short_clock(total)} (rough), {limit}", colour
    if budget is None:
        return f"about {fmt.short_clock(total)}, no budget", "muted"
    if total <= budget:
        return f"about {fmt.short_clock(total)} of {fmt.short_clock(budget)}: fits", "success"
    over = fmt.short_clock(total - budget)
    words = f"about {fmt.short_clock(total)}, {over} more than its budget of {fmt.short_clock(budget)}"
    return words, "warning"


def plan_summary_lines(prepared: Prepared, width: int) -> list[Line]:
    """The whole summary, `width` cells."""
    from autotrain_tui.plan.timeline import timeline  # loaded with the plan: the first paint has none

    plan = prepared.plan
    words, colour = budget_words(prepared)
    lines: list[Line] = [line(" ", *each) for each in flow(sanitize(plan.description), width - 2, "", 2)]
    at_once = f" · {plan.jobs} at once" if plan.jobs > 1 else ""
    lines += [
        line(" ", (f"mode {sanitize(plan.mode)} · strategy {sanitize(plan.strategy)}{at_once}", "muted")),
        *(line(" ", *each) for each in flow(words, width - 2, colour, 2)),
        EMPTY,
    ]
    estimates = {stage.name: estimate for stage, estimate in zip(plan.stages, prepared.estimates, strict=True)}
    bars = {bar.stage: bar for bar in timeline(plan, estimates, frozenset(prepared.skipped))}
    end = max([bar.end for bar in bars.values()] + [0.0])
    scale = max(end, min(plan.budget_seconds or end, end * 1.5)) or 1.0
    names = min(20, max((len(stage.name) for stage in plan.stages), default=8))
    room = width - names - 18
    for stage, estimate in zip(plan.stages, prepared.estimates, strict=True):
        skipped = stage.name in prepared.skipped
        label = line(
            " ",
            (right(str(stage.index), 2), "faint"),
            " ",
            (fit(sanitize(stage.name), names), "muted" if skipped else ""),
        )
        tail = line((right("skipped" if skipped else fmt.estimate(estimate.seconds), 9), "muted"))
        body = _bar(bars.get(stage.name) if end else None, scale, plan.budget_seconds, max(0, room))
        lines.append(line(*label, " ", *body, " ", *tail))
    if end:  # without an estimate there is no scale
        lines.append(_axis(scale, plan.budget_seconds, names, max(0, room)))
    for note in (*(item.text for item in prepared.refused), *prepared.warnings):
        lines += [
            line((" ! " if not at else "   ", "warning"), *each)
            for at, each in enumerate(flow(sanitize(note), width - 4, "warning"))
        ]
    return [cut(each, width) for each in lines]


def _bar(bar: Bar | None, scale: float, budget: float | None, room: int) -> Line:
    """One stage's place on the axis; what lies beyond the budget's edge in warning."""
    if bar is None or room < 4:
        return line(" " * room)
    start = round(bar.start / scale * room)
    end = max(start + 1, round(bar.end / scale * room))
    edge = round(budget / scale * room) if budget is not None else room + 1
    within, beyond = max(0, min(end, edge) - start), max(0, end - max(start, edge))
    colour = "gauge" if bar.known else "muted"
    glyph = "━" if bar.known else "┄"
    return line(" " * start, (glyph * within, colour), (glyph * beyond, "warning"), " " * max(0, room - end))


def _axis(scale: float, budget: float | None, names: int, room: int) -> Line:
    if room < 20:
        return EMPTY
    label = f"{fmt.short_clock(scale)}"
    edge = ""
    if budget is not None and budget < scale:
        edge = " " * max(0, round(budget / scale * room) - 7) + "budget ┆"
    text = spread(line(("0", "faint"), (edge[1:], "warning")), line((label, "faint")), room)
    return line(" " * (names + 5), *text)


def stage_summary_lines(stage: PlanStage, command: Sequence[str], width: int) -> list[Line]:
    """One stage's parameters and its command as it would be run."""
    lines = [line(" ", (sanitize(stage.name), "bold"), ("  " + sanitize(stage.description), "muted"))]
    facts = " · ".join(f"{sanitize(name)} {sanitize(str(value))}" for name, value in stage.parameters.items())
    lines += [line("   ", *each) for each in flow(facts, width - 4)]
    lines += [line("   ", *each) for each in flow(sanitize(shlex.join(command)), width - 4, "muted", 4)]
    return lines


class PlanSummary(LineWidget):
    """The summary in a frame, every stage's command below when there is room."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.prepared: Prepared | None = None
        self.trouble = ""

    def show(self, prepared: Prepared | None, trouble: str = "") -> None:
        """Draw this plan."""
        self.prepared, self.trouble = prepared, trouble
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """Its name and file."""
        if self.prepared is None:
            return "Plan", ""
        plan = self.prepared.plan
        return sanitize(plan.name), sanitize(plan.path.name) if plan.path is not None else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The summary."""
        if self.prepared is None:
            return [EMPTY, *(line("  ", *each) for each in flow(self.trouble, max(8, width - 4), "warning"))]
        lines = plan_summary_lines(self.prepared, width)
        for stage, command in zip(self.prepared.plan.stages, self.prepared.commands, strict=True):
            more = stage_summary_lines(stage, command, width)
            if len(lines) + len(more) + 1 > height:
                break
            lines += [EMPTY, *more]
        return lines
