"""The line at a log's foot in which a search, a filter or a line number is typed."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static

__all__ = ["LogPrompt"]

_SIGNS = {"search": "/", "filter": "&", "line": ":"}
_HINTS = {"search": "text to find", "filter": "words to show, !words to hide", "line": "line number, or 50 %"}
_CONTEXTS = (0, 1, 3, 10)
_CASES: tuple[bool | None, ...] = (None, True, False)


class _Toggle(Static):
    """A switch of the prompt, resolved by mouse; the key beside it works it too."""

    class Pressed(Message):
        """It was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, action: str, tooltip: str) -> None:
        super().__init__(markup=False)
        self.tooltip = tooltip
        self._action = action

    def on_click(self, event: events.Click) -> None:
        """The mouse does what the key does."""
        event.stop()
        self.post_message(self.Pressed(self._action))


class LogPrompt(Horizontal):
    """Asks for one thing at a time: `ask`, then an `Answered`, or a `Left` when nothing is wanted."""

    DEFAULT_CSS = """
    LogPrompt {
        dock: bottom;
        height: 1;
        background: $panel;
        display: none;
        & Static { width: auto; padding: 0 1; color: $muted; }
        & Static.-on { color: $accent; text-style: bold; }
        & #sign { color: $accent; text-style: bold; padding: 0 0 0 1; }
        & #wrong { color: $error; }
        & Input, & Input:focus { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="log.prompt.leave", tooltip="Leave without a change"),
        Binding("ctrl+r", "regex", "Regex", id="log.prompt.regex", tooltip="Take it as a regular expression"),
        Binding("ctrl+t", "case", "Case", id="log.prompt.case", tooltip="Capitals: when typed, always, never"),
        Binding("ctrl+o", "context", "Context", id="log.prompt.context", tooltip="Lines shown around each found one"),
        Binding("up", "recall(-1)", "Earlier", id="log.prompt.earlier", tooltip="What was typed before", show=False),
        Binding("down", "recall(1)", "Later", id="log.prompt.later", tooltip="What was typed after it", show=False),
    ]

    regex = reactive(False)
    """Take the text as a regular expression."""
    case: reactive[bool | None] = reactive(None)
    """Do capitals matter? None: when some are typed."""
    context = reactive(0)
    """Lines shown around each line that a filter finds."""

    class Typed(Message):
        """The text or a switch has changed, and nothing is decided."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Answered(Message):
        """Enter was pressed."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Left(Message):
        """Escape was pressed, or the focus went elsewhere."""

        def __init__(self, kind: str) -> None:
            super().__init__()
            self.kind = kind

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self._typed: dict[str, list[str]] = {kind: [] for kind in _SIGNS}
        self._recalled = 0

    def compose(self) -> ComposeResult:
        """Sign, text, what is wrong with it, switches."""
        yield Static(id="sign", markup=False)
        yield Input(select_on_focus=False)
        yield Static(id="wrong", markup=False)
        yield _Toggle("regex", "Regular expression (Ctrl+R)")
        yield _Toggle("case", "Capitals (Ctrl+T)")
        yield _Toggle("context", "Lines around each found one (Ctrl+O)")

    def ask(self, kind: str, text: str = "") -> None:
        """Ask for a "search", a "filter" or a "line", with a text to begin with."""
        self.kind, self._recalled = kind, 0
        self.query_one("#sign", Static).update(_SIGNS[kind])
        entry = self.query_one(Input)
        entry.placeholder = _HINTS[kind]
        entry.value = text
        entry.cursor_position = len(text)
        self.say("")
        self._show_toggles()
        self.display = True
        self.screen.set_focus(entry, scroll_visible=False)  # at once: `focus` would let the next keys go astray

    def close(self) -> None:
        """Ask for nothing any more."""
        self.kind = ""
        self.display = False

    @property
    def asking(self) -> bool:
        """Is something being asked?"""
        return bool(self.kind)

    def say(self, wrong: str) -> None:
        """Say what is wrong with what was typed."""
        label = self.query_one("#wrong", Static)
        label.update(wrong)
        label.display = bool(wrong)

    def action_leave(self) -> None:
        """Leave without a change."""
        self.post_message(self.Left(self.kind))

    def action_regex(self) -> None:
        """Take the text as a regular expression, or as it stands."""
        self.regex = not self.regex
        self._switched()

    def action_case(self) -> None:
        """Capitals matter when typed, always, never."""
        self.case = _CASES[(_CASES.index(self.case) + 1) % len(_CASES)]
        self._switched()

    def action_context(self) -> None:
        """More lines around each found one; after the most, none."""
        self.context = _CONTEXTS[(_CONTEXTS.index(self.context) + 1) % len(_CONTEXTS)]
        self._switched()

    def action_recall(self, step: int) -> None:
        """What was typed before, or after that."""
        typed = self._typed.get(self.kind, [])
        self._recalled = min(0, max(-len(typed), self._recalled + step))
        self.query_one(Input).value = typed[self._recalled] if self._recalled else ""
        self.query_one(Input).action_end()

    @on(_Toggle.Pressed)
    async def _pressed(self, event: _Toggle.Pressed) -> None:
        event.stop()
        await self.run_action(event.action)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        typed = self._typed[self.kind]
        if event.value and typed[-1:] != [event.value]:
            typed.append(event.value)
        self.post_message(self.Answered(self.kind, event.value))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.say("")
        if self.kind:
            self.post_message(self.Typed(self.kind, event.value))

    def _switched(self) -> None:
        self._show_toggles()
        self.post_message(self.Typed(self.kind, self.query_one(Input).value))

    def _show_toggles(self) -> None:
        case = {None: "^T smart case", True: "^T Case", False: "^T any case"}[self.case]
        texts = ("^R regex", case, f"^O ±{self.context} lines")
        states = (self.regex, self.case is True, self.context > 0)
        shown = (self.kind != "line", self.kind != "line", self.kind == "filter")
        for toggle, text, state, visible in zip(self.query(_Toggle), texts, states, shown, strict=True):
            toggle.update(text)
            toggle.set_class(state, "-on")
            toggle.display = visible
