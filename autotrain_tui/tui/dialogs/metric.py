"""The headline metric of a session: one of the metrics there are, or a name that is typed."""

from __future__ import annotations

from autotrain_tui.session.history.documents import stage_metrics
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.records.command_file import Args
from autotrain_tui.text.metric_goal import metric_choice, usual_goal
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.dialogs.question import AnswerOption, QuestionDialog, Reply
from autotrain_tui.tui.model.folded_kinds import groups_of

__all__ = ["ask_metric", "metric_names", "metric_of"]

MOST_OFFERED = 12
_BETTER = {"max": "more is better", "min": "less is better"}


def metric_names(view: View) -> list[str]:
    """The metrics of quality that were read in the session, those whose goal is known first; every one if none is."""
    found: dict[str, None] = {}
    for stage in view.session.stages:
        for attempt in stage.attempts:
            found |= dict.fromkeys((*attempt.ranges, *attempt.metrics))
        found |= dict.fromkeys(stage_metrics(view, stage))
    groups = groups_of(found, view.session.metric_name)
    names = groups[0].names if groups and groups[0].kind == "quality" else found  # no learning rate, no speed
    return sorted(names, key=lambda name: (usual_goal(name) is None, name))


def ask_metric(view: View) -> QuestionDialog:
    """The question; the reply's name is `NAME:GOAL`, `typed` (its text) or `cancel`."""
    session = view.session
    now = "It has none now."
    if session.metric_name is not None:
        who = "chosen, because the plan names none" if session.metric_chosen else "named by the plan or a person"
        now = f"It is {sanitize(session.metric_name)}, {_BETTER[session.metric_goal]} ({who})."
    choices = [AnswerOption("typed", "The metric typed above (empty: no change)")]
    for name in metric_names(view)[:MOST_OFFERED]:
        goal = usual_goal(name)
        choices += [
            AnswerOption(f"{name}:{each}", f"{sanitize(name)}, {_BETTER[each]}")
            for each in ((goal,) if goal is not None else ("max", "min"))
        ]
    choices.append(AnswerOption("cancel", "Cancel"))
    text = f"Which metric do lists, best values and comparisons show? {now}"
    return QuestionDialog("Headline metric", text, choices, prompt="NAME:max or NAME:min")


def metric_of(reply: Reply | None) -> Args | None:
    """The metric command's arguments; None without a choice. Raises UsageError for what names no metric and goal."""
    if reply is None or reply.name == "cancel" or (reply.name == "typed" and not reply.text):
        return None
    name, goal = metric_choice(reply.text if reply.name == "typed" else reply.name)
    return {"name": name, "goal": goal}
