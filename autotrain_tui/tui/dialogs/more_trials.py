"""More trials for a search: usual numbers, or a number or values that are typed."""

from __future__ import annotations

import shlex

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.loading.extension import extension_in
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.records.command_file import Args
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.dialogs.question import AnswerOption, QuestionDialog, Reply

__all__ = ["ask_trials", "trials_of"]

_NUMBERS = (4, 8, 16)


def ask_trials(view: View, search: str) -> QuestionDialog:
    """The question; the reply's name is a number, `typed` (its text) or `cancel`."""
    trials = view.session.trials_of(search)
    example = " ".join(f"{name}={value}" for name, value in trials[-1].info.swept.items()) if trials else "lr=0.01"
    choices = [AnswerOption("typed", "What is typed above (empty: no change)")]
    choices += [AnswerOption(f"+{number}", f"{number} more, drawn as the others") for number in _NUMBERS]
    choices.append(AnswerOption("cancel", "Cancel"))
    text = f"Add trials to {sanitize(search)}: a number of them, or one trial with a value for each swept key."
    return QuestionDialog("More trials", text, choices, prompt=sanitize(f"+4, or {example}"))


def trials_of(reply: Reply | None) -> Args | None:
    """The command's arguments; None without any. Raises UsageError for what is neither a number nor values."""
    if reply is None or reply.name == "cancel" or (reply.name == "typed" and not reply.text):
        return None
    try:
        words = shlex.split(reply.text) if reply.name == "typed" else [reply.name]
    except ValueError:
        raise UsageError("a quotation mark is not closed") from None
    rest, args = extension_in(words)
    if rest:
        raise UsageError(f"expected a number or NAME=VALUE, got {rest[-1][:40]!r}")
    return args
