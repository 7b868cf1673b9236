"""The Plan screen's panes around the timeline: the top line, the session's facts, what was found before the start."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from autotrain_tui.plan.model import Plan
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import SATISFIED
from autotrain_tui.session.launch.preflight import Finding, Verdict
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import session_style
from autotrain_tui.tui.model.schedule import Schedule
from autotrain_tui.tui.panes.header import header_line
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, spread
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["FindingsPane", "PlanHead", "SessionFacts", "finding_lines"]

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


class FindingsPane(LineWidget):
    """What pre-flight found."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.findings: tuple[Finding, ...] = ()

    def show(self, findings: Sequence[Finding]) -> None:
        """Show these findings."""
        self.findings = tuple(findings)
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """How many problems were found."""
        count = sum(finding.verdict is not Verdict.GOOD for finding in self.findings)
        return "Before the start", "all is well" if not count else f"{count} to look at"

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The findings. In few lines, good ones share a line; those that still don't fit are counted."""
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
        if session.command:
            facts.append(("command", shlex.join(session.command)))
        lines = [
            line(" ", (fit(name if not at else "", 9), "muted"), " ", *each)
            for name, text in facts
            for at, each in enumerate(flow(sanitize(text), max(8, width - 12), "", 3))
        ]
        lines += [EMPTY, *(line(" ", *each) for each in flow(schedule.verdict, width - 2, schedule.colour))]
        return [cut(each, width) for each in lines]
