"""One stage of a plan that has not been started: its parameters, estimate, limits, command, and earlier runs."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence

from autotrain_tui.plan.estimate import Observation
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.sweep.describe import described_search
from autotrain_tui.session.launch.prepare import Prepared
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, right, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["StagePane", "stage_lines"]

_LABEL = 13
_MOST_EARLIER, _LEAST_BELOW = 5, 24
"""Earlier runs that are listed above what fills the pane, and the lines that there must be for both."""


def stage_lines(stage: PlanStage, prepared: Prepared, base: Plan | None, width: int, height: int) -> list[Line]:
    """A stage of a plan in full; what differs from the plan's file is marked with what it says there.

    In few lines the parameters share one.
    """
    place = stage.index - 1
    then = base.stages[place].parameters if base is not None and place < len(base.stages) else {}
    parameters = [_parameter(name, value, then.get(name, value)) for name, value in stage.parameters.items()]
    command = _command_lines(prepared.commands[place], width)
    about = [line(" ", *each) for each in flow(sanitize(stage.description), width - 2, "muted", 2)]
    if stage.sweep is not None:
        about += [line(" ", *each) for each in flow(sanitize(described_search(stage)), width - 2, "", 3)]
    skipped = prepared.skipped.get(stage.name)
    if skipped is not None:
        about.append(line(" ", (f"left out ({sanitize(skipped)}); s includes it again", "warning")))
    estimate = prepared.estimates[place]
    words = "unknown: no similar stage has run here"
    if estimate.seconds is not None:
        words = f"{fmt.estimate(estimate.seconds)}, {sanitize(estimate.source)}"
    facts = [_pair("estimate", words), *_facts(stage, base)]
    whole = [*about, *parameters, *facts, EMPTY, *command]
    if len(whole) > height:
        shared = _together(stage, then, width)
        whole = [*shared, facts[0], *command, *facts[1:]] if skipped is None else [about[-1], *shared, *command]
    return [cut(each, width) for each in whole]


def _facts(stage: PlanStage, base: Plan | None) -> list[Line]:
    """What holds for it beside its parameters."""
    lines = []
    limits = []
    if stage.timeout_seconds is not None:
        limits.append(f"ended after {fmt.short_clock(stage.timeout_seconds)}")
    if stage.gate is not None:
        limits.append(f"counts as failed unless {sanitize(stage.gate.metric)} {_bounds(stage)}")
    if limits:
        lines.append(_pair("limits", " · ".join(limits)))
    before = base.stages[stage.index - 2].name if base is not None and stage.index > 1 else None
    if stage.needs and list(stage.needs) != [before]:
        lines.append(_pair("needs", ", ".join(sanitize(name) for name in stage.needs)))
    if stage.gpus:
        lines.append(_pair("GPUs", f"the {stage.gpus} freest" if stage.gpus > 1 else "the freest"))
    return [*lines, _pair("pause", "saves a checkpoint" if stage.resumable else "freezes (not resumable)")]


def _together(stage: PlanStage, then: Mapping[str, object], width: int) -> list[Line]:
    """All parameters in as few lines as they need, the changed ones marked."""
    lines: list[Line] = []
    for name, value in stage.parameters.items():
        changed = value != then.get(name, value)
        part = line((f"{sanitize(name)} ", "muted"), (sanitize(str(value)), "accent bold" if changed else ""))
        if lines and width_of(lines[-1]) + 3 + width_of(part) < width:
            lines[-1] = (*lines[-1], *line((" · ", "faint")), *part)
        else:
            lines.append((*line(" "), *part))
    return lines


def _bounds(stage: PlanStage) -> str:
    gate = stage.gate
    if gate is None:
        return ""
    parts = [f"≥ {gate.min:g}" if gate.min is not None else "", f"≤ {gate.max:g}" if gate.max is not None else ""]
    return " and ".join(part for part in parts if part)


def _parameter(name: str, value: object, then: object) -> Line:
    shown = sanitize(str(value))
    if value == then:
        return _pair(sanitize(name), shown)
    return line(
        " ",
        (fit(sanitize(name), _LABEL), "muted"),
        " ",
        (shown, "accent bold"),
        (f"  the plan says {sanitize(str(then))}", "muted"),
    )


def _pair(name: str, text: str) -> Line:
    return line(" ", (fit(name, _LABEL), "muted"), " ", text)


def _earlier_lines(stage: PlanStage, earlier: Sequence[Observation], width: int) -> list[Line]:
    """What such stages took, the latest first: when, how long, and what they were given otherwise."""
    lines = []
    same = [seen for seen in earlier if seen.stage == stage.name]
    for seen in sorted(same, key=lambda each: each.ended_at, reverse=True):
        ended = from_iso(seen.ended_at)
        when = fmt.ago(time.time() - ended) if ended is not None else fmt.UNKNOWN
        given = {
            "dataset_limit": seen.dataset_limit,
            "epochs": seen.epochs,
            "batch_size": seen.batch_size,
            "scale": seen.scale,
            **seen.params,
        }
        other = {
            name: given.get(name) for name in given | stage.parameters if given.get(name) != stage.parameters.get(name)
        }
        words = (
            " · ".join(
                f"{sanitize(name)} {sanitize(str(value)) if value is not None else fmt.UNKNOWN}"
                for name, value in other.items()
            )
            or "same parameters"
        )
        lines.append(
            cut(
                line(
                    " ",
                    (fit(when, _LABEL), "muted"),
                    " ",
                    (right(fmt.clock(seen.seconds), 8), ""),
                    "  ",
                    (words, "muted"),
                ),
                width,
            )
        )
    return lines


def _command_lines(command: Sequence[str], width: int) -> list[Line]:
    """The command as a shell would be given it, broken between words, each flag at a line's start where it can be."""
    return [
        line(" ", ("$ " if not at else "  ", "faint"), *each)
        for at, each in enumerate(flow(sanitize(shlex.join(command)), max(8, width - 4)))
    ]


class StagePane(LineWidget):
    """Any lines about the stage under the cursor."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.prepared: Prepared | None = None
        self.stage: PlanStage | None = None
        self.base: Plan | None = None
        self.earlier: Sequence[Observation] = ()
        self._below: Callable[[int, int], Sequence[Line]] | None = None
        """Draws what is shown below the stage, in a width and a height."""
        self._below_of = ""

    def show(
        self, prepared: Prepared | None, stage: PlanStage | None, base: Plan | None, earlier: Sequence[Observation]
    ) -> None:
        """A stage of a plan that has not been started, what the plan's file says of it, what stages took earlier."""
        self.prepared, self.stage, self.base, self.earlier = prepared, stage, base, earlier
        self.repaint()

    def show_below(self, stage: str, draw: Callable[[int, int], Sequence[Line]] | None) -> None:
        """Fill what this stage's figures leave with these lines of a width and a height; None: with nothing."""
        self._below, self._below_of = draw, stage
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """The stage."""
        if self.stage is None:
            return "Stage", ""
        return f"{self.stage.index} {sanitize(self.stage.name)}", ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Parameters, estimate, command."""
        if self.prepared is None or self.stage is None:
            return ()
        lines = stage_lines(self.stage, self.prepared, self.base, width, height)
        below = self._below if self._below_of == self.stage.name else None
        earlier = _earlier_lines(self.stage, self.earlier, width)[: _MOST_EARLIER if below is not None else None]
        if earlier and len(lines) + 2 <= height - (_LEAST_BELOW if below is not None else 2):
            lines += [EMPTY, line((" Earlier", "bold")), *earlier[: height - len(lines) - 2]]
        return [*lines, *below(width, height - len(lines))] if below is not None else lines
