"""Questions: what will happen, the safe answer first, an optional line of text."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from autotrain_tui.tui.model.actions import Question
from autotrain_tui.tui.widgets.line import Line, cut, flow, line, tint
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["AnswerOption", "LineDialog", "QuestionDialog", "Reply", "ask_question", "leave_question"]


class AnswerOption(msgspec.Struct, frozen=True):
    """An answer: its name, its words, whether it ends something."""

    name: str
    text: str
    grave: bool = False


class Reply(msgspec.Struct, frozen=True):
    """What was answered, and what was typed."""

    name: str
    text: str = ""


class AnswerList(LineWidget, can_focus=True):
    """The answers, one a line."""

    class Picked(Message):
        """An answer was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, choices: Sequence[AnswerOption]) -> None:
        super().__init__()
        self.choices = tuple(choices)
        self.cursor = 0

    def move(self, by: int) -> None:
        """To another answer."""
        self.cursor = (self.cursor + by) % len(self.choices)
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line each
        """The answers, the one that Enter gives marked."""
        lines = []
        for at, choice in enumerate(self.choices):
            chosen = at == self.cursor
            colour = ("error bold" if choice.grave else "accent bold") if chosen else ("error" if choice.grave else "")
            row = cut(line(("▸ " if chosen else "  ", "accent"), (choice.text, colour)), width)
            lines.append(tint(row, "cursor", width) if chosen else row)
        return lines

    def on_click(self, event: events.Click) -> None:
        """Take the answer under the mouse."""
        if event.y < len(self.choices):
            self.post_message(self.Picked(self.choices[event.y].name))


class _TextLines(LineWidget):
    """The question's text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  as high as the text
        """The sentences, broken between words and where the text itself breaks."""
        return [each for part in self.text.split("\n") for each in flow(part, width)]


class QuestionDialog(ModalScreen[Reply | None]):
    """A question with its answers; None when it was put aside with Escape."""

    CSS_PATH = os.path.join(os.path.dirname(__file__), "dialogs.tcss")  # a subclass may lie in another folder
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="dialog.cancel", tooltip="Cancel the question"),
        Binding(
            "up,shift+tab",
            "move(-1)",
            "Previous",
            id="dialog.up",
            show=False,
            priority=True,
            tooltip="The previous answer",
        ),
        Binding("down,tab", "move(1)", "Next", id="dialog.down", show=False, priority=True, tooltip="Next answer"),
        Binding(
            "enter", "take", "Answer", id="dialog.take", show=False, priority=True, tooltip="Give the marked answer"
        ),
    ]

    def __init__(self, title: str, text: str, choices: Sequence[AnswerOption], *, prompt: str = "") -> None:
        super().__init__()
        self.heading, self.text, self.prompt = title, text, prompt
        self.choices = AnswerList(choices)

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box") as box:
            box.border_title = self.heading.replace("[", r"\[")
            box.border_subtitle = "Enter answers, Esc cancels"
            yield _TextLines(self.text)
            if self.prompt:
                yield Input(placeholder=self.prompt, compact=True, select_on_focus=False)
            yield self.choices

    def action_move(self, by: int) -> None:
        """To another answer."""
        self.choices.move(by)

    def action_take(self) -> None:
        """Give the marked answer."""
        self._answer(self.choices.choices[self.choices.cursor].name)

    @on(AnswerList.Picked)
    def _picked(self, event: AnswerList.Picked) -> None:
        self._answer(event.name)

    def _answer(self, name: str) -> None:
        typed = self.query(Input)
        self.dismiss(Reply(name, typed.first().value.strip() if typed else ""))


class LineDialog(QuestionDialog):
    """A question with a line to change; the reply's text is the line, name `yes` when it is to be taken."""

    def __init__(self, title: str, text: str, yes: str, *, prompt: str, value: str = "") -> None:
        super().__init__(title, text, (AnswerOption("yes", yes), AnswerOption("no", "Cancel")), prompt=prompt)
        self._value = value

    def on_mount(self) -> None:
        """The line as it is."""
        field = self.query_one(Input)
        field.value = self._value
        field.cursor_position = len(self._value)
        field.focus()


def ask_question(question: Question) -> QuestionDialog:
    """A yes-or-no question; the reply's name is `yes` or `no`, or `plain` for its third answer."""
    if question.plain:  # nothing runs that could be ended: what is proposed comes first
        choices = (("yes", question.yes), ("plain", question.plain), ("no", question.no))
        return QuestionDialog(question.title, question.text, [AnswerOption(*each) for each in choices])
    return QuestionDialog(
        question.title,
        question.text,
        (AnswerOption("no", question.no), AnswerOption("yes", question.yes, grave=True)),
        prompt="reason (optional)" if question.reason else "",
    )


def leave_question(*, training: bool, can_stop: bool) -> QuestionDialog:
    """What `q` asks; the reply's name is `detach`, `stop` or `cancel`."""
    text = (
        "Training continues without this screen; autotrain-tui shows it again."
        if training
        else "Nothing is running here."
    )
    first = AnswerOption("detach", "Detach (training goes on)" if training else "Leave")
    stop = (AnswerOption("stop", "Stop at a checkpoint", grave=True),) if can_stop else ()
    return QuestionDialog("Leave?", text, (first, *stop, AnswerOption("cancel", "Cancel")))
