"""The form of changes to a plan: a field for each, what the plan says shown where nothing is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from autotrain_tui.plan.loading.draft import Draft
from autotrain_tui.plan.model import Plan
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.cards import PlanCard
from autotrain_tui.tui.panes.card_lines import plan_lines
from autotrain_tui.tui.widgets.button import Button
from autotrain_tui.tui.widgets.line import Line, cut, flow, line
from autotrain_tui.tui.widgets.line_widget import LineWidget, frame_title
from autotrain_tui.tui.widgets.option_select import OptionSelect

__all__ = ["PlanForm", "planned"]


class _Field(msgspec.Struct, frozen=True):
    name: str
    label: str
    help: str


_FIELDS = (
    _Field("scale", "scale", "Passed to the training program"),
    _Field("max_hours", "hours", "The budget in hours, or none"),
    _Field("dataset_limit", "dataset limit", "Examples, in every stage"),
    _Field("batch_size", "batch size", "In every stage"),
    _Field("sets", "other", "Any key of the plan: epochs=3 mastery.batch_size=64"),
)


def planned(plan: Plan, name: str) -> str:
    """The plan's own value, shown in a field that is empty."""
    if name == "max_hours":
        return "none" if plan.max_hours is None else f"{plan.max_hours:g}"
    if name == "sets":
        return "key=value …"
    values = sorted({value for stage in plan.stages if (value := getattr(stage, name)) is not None})
    if not values:
        return "–"
    return f"{values[0]:g}" if len(values) == 1 else f"{_short(values[0])} … {_short(values[-1])}"


def _short(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 10000 and value % 100 == 0 else f"{value:g}"


class _About(LineWidget):
    """What the plan is, and how it went last."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.card: PlanCard | None = None

    def show(self, card: PlanCard) -> None:
        """Another plan."""
        self.card = card
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  as high as it is
        """Description, file, last result."""
        card = self.card
        if card is None or card.prepared is None:
            return ()
        about = flow(sanitize(card.prepared.plan.description), width - 1, "muted", 3)
        last = (line(" ", *plan_lines(card, width)[2][1:]),) if card.last is not None else ()
        lines = (*(line(" ", *each) for each in about), line(" ", (sanitize(card.path.name), "faint")), *last)
        return [cut(each, width) for each in lines]


class PlanForm(VerticalScroll, can_focus=False):
    """Fields, and the button that starts. It posts `Edited` at each keystroke, with the form's content."""

    BINDING_GROUP_TITLE = "Form"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", "Up", id="form.up", show=False, tooltip="The previous field"),
        Binding("down", "app.focus_next", "Down", id="form.down", show=False, tooltip="The next field"),
        Binding("escape", "leave", "Back", id="form.back", tooltip="From the form to the timeline"),
        Binding("ctrl+r", "clear", "Reset", id="form.clear", tooltip="Undo every change"),
    ]

    class Edited(Message):
        """Something was typed or chosen."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.draft = Draft()
        self.plan: Plan | None = None

    def compose(self) -> ComposeResult:
        """Mode, fields, start."""
        with Horizontal(classes="field"):
            yield Static("mode", markup=False, classes="label", id="label-mode")
            yield OptionSelect(id="mode")
        for field in _FIELDS:
            with Horizontal(classes="field"):
                yield Static(field.label, markup=False, classes="label", id=f"label-{field.name}")
                entry = Input(id=field.name, compact=True, select_on_focus=False)
                entry.tooltip = field.help
                yield entry
        yield Button("▶ Start", id="start")
        yield _About(id="about")

    def load(self, plan: Plan, draft: Draft) -> None:
        """Another plan, with the changes that were typed for it before."""
        self.plan, self.draft = plan, draft
        with self.prevent(Input.Changed):
            self.query_one(OptionSelect).show(plan.mode_names, draft.mode or plan.mode)
            for field in _FIELDS:
                entry = self.query_one(f"#{field.name}", Input)
                entry.placeholder = sanitize(planned(plan, field.name))
                entry.value = draft.texts.get(field.name, "")
        self._title()

    def show_card(self, card: PlanCard) -> None:
        """What the plan is, below the fields."""
        self.query_one(_About).show(card)

    def mark(self, errors: Mapping[str, str]) -> None:
        """Mark the fields that can't be used."""
        for name, label in (("mode", "mode"), *((field.name, field.label) for field in _FIELDS)):
            bad = name in errors
            self.query_one(f"#label-{name}", Static).update(f"✗ {label}" if bad else label)
            self.query_one(f"#label-{name}").parent.set_class(bad, "-bad")  # type: ignore[union-attr]  # composed so

    def toggle(self, stage: str) -> None:
        """Leave the stage out, or include it again."""
        self._change(Draft(self.draft.mode, self.draft.texts, self.draft.skip ^ {stage}))

    def action_clear(self) -> None:
        """Everything as planned."""
        if self.plan is not None:
            self.load(self.plan, Draft())
            self._change(Draft())

    def action_leave(self) -> None:
        """To the timeline."""
        self.screen.set_focus(self.screen.query_one("#timeline"))

    def focus_first(self) -> None:
        """Begin to change something."""
        self.query_one(f"#{_FIELDS[1].name}", Input).focus()

    def focus_wrong(self, errors: Mapping[str, str]) -> None:
        """To the first field that can't be used."""
        wrong = next((field.name for field in _FIELDS if field.name in errors), None)
        if wrong is not None:
            self.query_one(f"#{wrong}", Input).focus()

    def on_resize(self) -> None:
        """Place the frame's facts again."""
        self._title()

    def _title(self) -> None:
        count = (
            (self.draft.mode is not None)
            + len(self.draft.skip)
            + sum(bool(self.draft.text(field.name)) for field in _FIELDS)
        )
        facts = f"{count} change{'s' if count != 1 else ''}" if count else "no changes"
        self.border_title = frame_title("Changes", facts, self.outer_size.width)

    def _change(self, draft: Draft) -> None:
        self.draft = draft
        self._title()
        self.post_message(self.Edited(draft))

    @on(Input.Changed)
    @on(OptionSelect.OptionChanged)
    def _typed(self, event: Input.Changed | OptionSelect.OptionChanged) -> None:
        event.stop()
        if self.plan is None:
            return
        mode = self.query_one(OptionSelect).value
        texts = {field.name: self.query_one(f"#{field.name}", Input).value for field in _FIELDS}
        self._change(Draft(mode if mode != self.plan.mode else None, texts, self.draft.skip))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Enter in a field leads to the button: a second one starts."""
        event.stop()
        self.query_one(Button).focus()
