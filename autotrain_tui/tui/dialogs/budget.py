"""More or less time for a session: usual amounts, or one that is typed."""

from __future__ import annotations

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.records.command_file import Args
from autotrain_tui.text import format as fmt
from autotrain_tui.text.durations import amount_in
from autotrain_tui.tui.dialogs.question import AnswerOption, QuestionDialog, Reply

__all__ = ["AMOUNTS", "amount_of", "ask_budget"]

AMOUNTS: tuple[tuple[str, str], ...] = (
    ("+30m", "30 minutes more"),
    ("+1h", "1 hour more"),
    ("+4h", "4 hours more"),
    ("-30m", "30 minutes less"),
    ("none", "no limit"),
)


def ask_budget(view: View) -> QuestionDialog:
    """The question; the reply's name is an amount of `AMOUNTS`, `typed` (its text) or `cancel`."""
    budget = view.session.budget_seconds
    now = (
        "It has no limit now."
        if budget is None
        else (f"It has {fmt.short_clock(budget)}, of which {fmt.short_clock(view.elapsed_seconds)} are used.")
    )
    text = f"How much time may the session take? {now} The budget never ends a running stage."
    choices = [AnswerOption("typed", "The time typed above (empty: no change)")]
    choices += [
        AnswerOption(amount, words)
        for amount, words in AMOUNTS
        if budget is not None or not amount.startswith(("+", "-"))
    ]
    choices.append(AnswerOption("cancel", "Cancel"))
    return QuestionDialog("Budget", text, choices, prompt="such as 6h, +90m, -1h or none")


def amount_of(reply: Reply | None) -> Args | None:
    """The budget command's arguments; None without one. Raises UsageError for what is no amount of time."""
    if reply is None or reply.name == "cancel" or (reply.name == "typed" and not reply.text):
        return None
    return amount_in([reply.text if reply.name == "typed" else reply.name])[1]
