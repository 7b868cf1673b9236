"""The question which metrics and parameters History has columns of."""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.dialogs.question import AnswerOption, QuestionDialog, Reply

__all__ = ["ask_columns", "columns_after"]

_MOST_OFFERED = 16
_TEXT = "The best value of each metric whose goal is known, else the last one; of a parameter what all stages share."


def ask_columns(known: Sequence[str], shown: Sequence[str]) -> QuestionDialog:
    """The question: each known name can be shown or hidden, any other typed."""
    options = [AnswerOption("done", "Done")]
    options += [
        AnswerOption(f"={name}", f"{'Hide' if name in shown else 'Show'} {sanitize(name)}")
        for name in known[:_MOST_OFFERED]
    ]
    prompt = "names of metrics or parameters (optional)" if len(known) > _MOST_OFFERED or not known else ""
    return QuestionDialog("Columns", _TEXT, options, prompt=prompt)


def columns_after(reply: Reply | None, shown: Sequence[str]) -> tuple[str, ...] | None:
    """The columns from now on; None if nothing more is to be asked."""
    if reply is None:
        return None
    if reply.name == "done":
        new = [name for name in reply.text.split() if name not in shown]
        return (*shown, *new) if new else None
    name = reply.name.removeprefix("=")
    return tuple(each for each in shown if each != name) if name in shown else (*shown, name)
