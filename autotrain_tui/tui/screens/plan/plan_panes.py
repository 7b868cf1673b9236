"""The Plan screen's panes around the timeline: the top line, the focused stage, what was found before the start."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence

from autotrain_tui.plan.estimate import Observation
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import SATISFIED
from autotrain_tui.session.launch.preflight import Finding, Verdict
from autotrain_tui.session.launch.prepare import Prepared
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import session_style
from autotrain_tui.tui.model.schedule import Schedule
from autotrain_tui.tui.panes.header import header_line
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, right, spread, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["FindingsPane", "PlanHead", "SessionFacts", "StagePane", "finding_lines", "stage_lines"]

_LABEL = 13
_NARROW = 60
_SIGNS = {Verdict.FAIL: ("✗", "error"), Verdict.NOTE: ("!", "warning"), Verdict.GOOD: ("✓", "success")}


class PlanHead(LineWidget):
    """The top line: which plan, how it is run, whether it fits; or the session that runs."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.plan: Plan | None = None
        self.view: View | None = None
        self.schedule: Schedule | None = None
        self.trouble = ""

    def show_plan(self, plan: Plan | None, schedule: Schedule | None, trouble: str = "") -> None:
        """A plan, and how it stands to its budget; `trouble` instead when that can't be said."""
        self.plan, self.view, self.schedule, self.trouble = plan, None, schedule, trouble
        self.repaint()

    def show_session(self, view: View, schedule: Schedule) -> None:
        """A session."""
        self.plan, self.view, self.schedule = None, view, schedule
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line
        """The line."""
        if self.view is not None:
            return (header_line(self.view, width),)
        plan, schedule = self.plan, self.schedule
        if plan is None:
            return (line(" ", (self.trouble or "no plan", "muted")),)
        at_once = f" · {plan.jobs} at once" if plan.jobs > 1 else ""
        how = f" · {sanitize(plan.mode)} · {sanitize(plan.strategy)}{at_once}"
        head = line(" ", (sanitize(plan.name), "bold"), (how, "muted"))
        end = (
            line((self.trouble, "error"), " ")
            if self.trouble or schedule is None
            else (line((schedule.verdict, schedule.colour), " "))
        )
        return (spread(head, end, width),)


def stage_lines(stage: PlanStage, prepared: Prepared, base: Plan | None, width: int, height: int) -> list[Line]:
    """A stage of a plan in full; what differs from the plan's file is marked with what it says there.

    In few lines the parameters share one.
    """
    place = stage.index - 1
    then = base.stages[place].parameters if base is not None and place < len(base.stages) else {}
    parameters = [_parameter(name, value, then.get(name, value)) for name, value in stage.parameters.items()]
    command = _command_lines(prepared.commands[place], width)
    about = [line(" ", *each) for each in flow(sanitize(stage.description), width - 2, "muted", 2)]
    skipped = prepared.skipped.get(stage.name)
    if skipped is not None:
        about.append(line(" ", (f"left out ({sanitize(skipped)}); s takes it in again", "warning")))
    estimate = prepared.estimates[place]
    words = "not known: nothing like it has run here"
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


def _earlier_lines(stage: PlanStage, past: Sequence[Observation], width: int) -> list[Line]:
    """What such stages took, the latest first: when, how long, and what they were given otherwise."""
    lines = []
    same = [seen for seen in past if seen.stage == stage.name]
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
            or "given the same"
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


def finding_lines(findings: Sequence[Finding], width: int) -> list[Line]:
    """Each finding with its sign, its check and its sentence, which may take several lines."""
    lines: list[Line] = []
    room = max(12, width - 16)
    for finding in findings:
        sign, colour = _SIGNS[finding.verdict]
        text = flow(sanitize(finding.text), room, "" if finding.verdict is not Verdict.GOOD else "muted")
        for at, each in enumerate(text):
            lines.append(
                line(
                    " ",
                    (sign if not at else " ", colour),
                    " ",
                    (
                        fit(finding.check if not at else "", 11),
                        colour if finding.verdict is not Verdict.GOOD else "muted",
                    ),
                    " ",
                    *each,
                )
            )
    return [cut(each, width) for each in lines]


class StagePane(LineWidget):
    """Any lines about the stage under the cursor."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.prepared: Prepared | None = None
        self.stage: PlanStage | None = None
        self.base: Plan | None = None
        self.past: Sequence[Observation] = ()

    def show(
        self, prepared: Prepared | None, stage: PlanStage | None, base: Plan | None, past: Sequence[Observation]
    ) -> None:
        """A stage of a plan that has not been started, what the plan's file says of it, what stages took earlier."""
        self.prepared, self.stage, self.base, self.past = prepared, stage, base, past
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
        earlier = _earlier_lines(self.stage, self.past, width)
        if earlier and len(lines) + 2 <= height - 2:
            lines += [EMPTY, line((" Earlier", "bold")), *earlier[: height - len(lines) - 2]]
        return lines


class FindingsPane(LineWidget):
    """What pre-flight found."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.findings: tuple[Finding, ...] = ()

    def show(self, findings: Sequence[Finding]) -> None:
        """Other findings."""
        self.findings = tuple(findings)
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """How many troubles there are."""
        count = sum(finding.verdict is not Verdict.GOOD for finding in self.findings)
        return "Before the start", "all is well" if not count else f"{count} to look at"

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The findings. In little room what is well shares a line; what doesn't fit even so is counted."""
        lines = finding_lines(self.findings, width)
        if len(lines) > height or width < _NARROW:
            wrong = [each for each in self.findings if each.verdict is not Verdict.GOOD]
            good = dict.fromkeys(each.check for each in self.findings if each.verdict is Verdict.GOOD)
            lines = finding_lines(wrong, width)
            if good:
                lines.append(cut(line(" ", ("✓", "success"), " ", (" · ".join(good), "muted")), width))
        if len(lines) > height:
            lines = [*lines[: height - 1], line("   ", (f"… {len(lines) - height + 1} more lines", "muted"))]
        return lines


class SessionFacts(LineWidget):
    """A session beside its timeline: how far, how long yet, and what can be done to it."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.view: View | None = None
        self.schedule: Schedule | None = None

    def show(self, view: View, schedule: Schedule) -> None:
        """Draw this session."""
        self.view, self.schedule = view, schedule
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """Its state."""
        return "Session", session_style(self.view).word if self.view is not None else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  what doesn't fit is not shown
        """Facts, then what the strategy said last."""
        view, schedule = self.view, self.schedule
        if view is None or schedule is None:
            return ()
        session = view.session
        done = sum(stage.state in SATISFIED for stage in session.stages)
        budget = session.budget_seconds
        facts = [
            ("id", session.id),
            ("stages", f"{done} of {len(session.stages)}"),
            ("ran", fmt.clock(view.elapsed_seconds)),
            (
                "budget",
                f"{fmt.clock(budget)}, {fmt.clock(max(0.0, budget - view.elapsed_seconds))} left"
                if budget is not None
                else "none",
            ),
            ("strategy", session.strategy),
            ("mode", session.mode),
        ]
        lines = [line(" ", (fit(name, 9), "muted"), " ", sanitize(text)) for name, text in facts]
        lines += [EMPTY, *(line(" ", *each) for each in flow(schedule.verdict, width - 2, schedule.colour))]
        return [cut(each, width) for each in lines]
