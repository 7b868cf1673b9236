"""The state of the session as a whole: no active runner, failed and why, finished and how well.

A few lines under the header, there only when there is something to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui.session.history.headline import best_place
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Failed, Lost, Session
from autotrain_tui.session.journal.transitions import Outcome, SessionState
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import OUTCOMES, all_held, ended_how, stages_done
from autotrain_tui.tui.panes.curve_sentences import curve_sentences
from autotrain_tui.tui.widgets.line import Line, cut, flow, line, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["Notice", "notice_lines"]

_LAST_LINES, _FEW_LINES = 4, 2
_LOW_WINDOW = 30


def notice_lines(view: View, trouble: str, width: int, last_words: int = _LAST_LINES) -> list[Line]:
    """The notice in lines of `width` cells, with a bar in the state's colour; empty when all is well."""
    session, state = view.session, view.state
    room = width - 4
    if trouble:
        return _barred(flow(sanitize(trouble), room, "error", 3), "error", width)
    lines: list[Line] = []
    colour = "muted"
    if state is SessionState.INTERRUPTED:
        colour = "error"
        who = "Training continues, but the session" if session.active else "The session"
        lines.append(
            line(
                ("?", "error"),
                (f" {who} has no active runner", "bold"),
                (" · press ", ""),
                ("Enter", "key"),
                " to resume it",
            )
        )
    elif state is SessionState.FINISHED and session.outcome is not None:
        colour = OUTCOMES[session.outcome].colour
        lines += _outcome(view, session, session.outcome, room)
        lines += curve_sentences(session, room)
    failure = _failure(session, room, last_words)
    if failure and state is not SessionState.FINISHED:
        colour = "error"
    lines += failure
    if state is SessionState.RUNNING and all_held(session):
        lines.append(line(("‖", "muted"), " The rest waits for a held stage · ", ("H", "key"), " releases it"))
    if view.alive is None and state is not SessionState.FINISHED:
        words = f"· this session runs on {sanitize(session.host)}: the state of its runner can't be seen from here"
        lines.append(line((words, "muted")))
    return _barred(lines, colour, width)


def _barred(lines: Sequence[Line], colour: str, width: int) -> list[Line]:
    return [cut(line(("▌ ", colour), *each), width) for each in lines]


def _outcome(view: View, session: Session, outcome: Outcome, width: int) -> list[Line]:
    """The summary of a finished session, and what can be done now."""
    style = OUTCOMES[outcome]
    facts = [f"{stages_done(session)} of {len(session.stages)} stages", f"in {fmt.clock(view.elapsed_seconds)}"]
    best = best_place(view)
    if session.metric_name and best is not None:
        words = ["best", sanitize(session.metric_name), fmt.value(best.value), fmt.place(best.step, best.epoch)]
        facts.append(" ".join(filter(None, words)) + (f" ({sanitize(best.stage)})" if len(session.stages) > 1 else ""))
    head = line((style.sign, style.colour), " ", (style.word, f"{style.colour} bold"), " · " + " · ".join(facts))
    keys = {
        Outcome.SUCCEEDED: (),
        Outcome.FAILED: (("r", " retries the stage"), ("Enter", " resumes")),
        Outcome.STOPPED: (("Enter", " resumes it"),),
        Outcome.BUDGET: (("Enter", " gives it more time and resumes it"),),
    }[outcome]
    hint: list[tuple[str, str]] = []
    for key, text in keys:
        hint += [(" · " if hint else "  ", "muted"), (key, "key"), (text, "")]
    lines = [head]
    if hint and width_of(head) + width_of(hint) + 3 <= width:
        lines, hint = [line(*head, ("  ", ""), *hint)], []
    if session.reason and outcome is Outcome.BUDGET:
        lines += [line("  ", *each) for each in flow(sanitize(session.reason), width - 2, "muted", 2)]
    return [*lines, line(*hint)] if hint else lines


def _failure(session: Session, width: int, last_words: int) -> list[Line]:
    """The first stage that failed or was lost: why, and its last words."""
    for stage in session.stages:
        if isinstance(stage.status, Failed | Lost):
            end = stage.status.end
            kind = f" ({sanitize(end.failure)})" if end.failure else ""
            reason, how = sanitize(end.reason), ended_how(end)
            text = f"{sanitize(stage.name)} {stage.state}{kind}: {reason or how}"
            if reason and end.exit_code is not None and how not in reason.replace("exit code", "exit"):
                text += f" · {how}"
            head = flow(text, width - 2, "error", 2)
            lines = [line(("✗ " if not at else "  ", "error"), *each) for at, each in enumerate(head)]
            return [*lines, *(line("  ", (sanitize(words), "muted")) for words in end.lines[-last_words:])]
    return []


class Notice(LineWidget):
    """The lines, as high as they need."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.view: View | None = None
        self.trouble = ""
        self.add_class("-silent")

    def show(self, view: View, trouble: str = "", *, told: bool = False) -> None:
        """Say what this view calls for; take no room when it calls for nothing, or when another pane has told it."""
        self.view, self.trouble = view, trouble
        silent = (told and not trouble) or not notice_lines(view, trouble, 80)
        self.set_class(silent, "-silent")  # a style set here would beat -too-small's
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  as high as needed
        """The lines."""
        if self.view is None:
            return ()
        few = self.screen.size.height < _LOW_WINDOW
        return notice_lines(self.view, self.trouble, width, _FEW_LINES if few else _LAST_LINES)
