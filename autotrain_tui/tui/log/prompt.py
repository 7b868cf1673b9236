"""The prompt at the foot of a log, for a search, a filter or a line number."""

from __future__ import annotations

from collections.abc import Callable
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
_HINTS = {"search": "text to find", "filter": "words to show, !words to hide", "line": "line number, 50 %, or 15:04"}
_CONTEXTS = (0, 1, 3, 10)
_CASES: tuple[bool | None, ...] = (None, True, False)


class _Toggle(Static):
    """A switch of the prompt, for the mouse; its key does the same."""

    class Toggled(Message):
        """The switch was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, action: str, tooltip: str) -> None:
        super().__init__(markup=False)
        self.tooltip = tooltip
        self._action = action

    def on_click(self, event: events.Click) -> None:
        """Do what the key does."""
        event.stop()
        self.post_message(self.Toggled(self._action))


class LogPrompt(Horizontal):
    """Asks for one thing at a time: `open`, then a call of `submit` (Enter) or `cancel` (Escape)."""

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
        Binding("escape", "leave", "Cancel", id="log.prompt.leave", tooltip="Close without a change"),
        Binding("ctrl+r", "regex", "Regex", id="log.prompt.regex", tooltip="Take the text as a regular expression"),
        Binding(
            "ctrl+t", "case", "Case", id="log.prompt.case", tooltip="Match case: if capitals are typed, always, never"
        ),
        Binding("ctrl+o", "context", "Context", id="log.prompt.context", tooltip="Lines of context around each match"),
        Binding("up", "recall(-1)", "Earlier", id="log.prompt.earlier", tooltip="The previous text", show=False),
        Binding("down", "recall(1)", "Later", id="log.prompt.later", tooltip="The next text", show=False),
    ]

    regex = reactive(False)
    """Take the text as a regular expression."""
    case: reactive[bool | None] = reactive(None)
    """Match case? None: if the text has capitals."""
    context = reactive(0)
    """Lines of context around each line that the filter shows."""

    def __init__(
        self, preview: Callable[[str, str], None], submit: Callable[[str, str], None], cancel: Callable[[], None]
    ) -> None:
        """Called with the kind and the text: `preview` when they change, `submit` on Enter; `cancel` on Escape."""
        super().__init__()
        self.kind = ""
        """What is asked for; "" while the prompt is closed."""
        self._preview, self._submit, self._cancel = preview, submit, cancel
        self._typed: dict[str, list[str]] = {kind: [] for kind in _SIGNS}
        self._recalled = 0

    def compose(self) -> ComposeResult:
        """Sign, text, error, switches."""
        yield Static(id="sign", markup=False)
        yield Input(select_on_focus=False)
        yield Static(id="wrong", markup=False)
        yield _Toggle("regex", "Regular expression (Ctrl+R)")
        yield _Toggle("case", "Match case (Ctrl+T)")
        yield _Toggle("context", "Lines of context (Ctrl+O)")

    def open(self, kind: str, text: str = "") -> None:
        """Ask for a "search", a "filter" or a "line", with a text to start from."""
        self.kind, self._recalled = kind, 0
        self.query_one("#sign", Static).update(_SIGNS[kind])
        entry = self.query_one(Input)
        entry.placeholder = _HINTS[kind]
        entry.value = text
        entry.cursor_position = len(text)
        self.show_error("")
        self._show_toggles()
        self.display = True
        self.screen.set_focus(entry, scroll_visible=False)  # at once: after `focus` the next keys would miss it

    def close(self) -> None:
        """Hide the prompt."""
        self.kind = ""
        self.display = False

    @property
    def is_open(self) -> bool:
        """Is something being asked?"""
        return bool(self.kind)

    def show_error(self, wrong: str) -> None:
        """Show what is wrong with the text; "" shows nothing."""
        label = self.query_one("#wrong", Static)
        label.update(wrong)
        label.display = bool(wrong)

    def action_leave(self) -> None:
        """Close without a change."""
        self._cancel()

    def action_regex(self) -> None:
        """Take the text as a regular expression, or literally."""
        self.regex = not self.regex
        self._switched()

    def action_case(self) -> None:
        """Match case: if capitals are typed, always, never."""
        self.case = _CASES[(_CASES.index(self.case) + 1) % len(_CASES)]
        self._switched()

    def action_context(self) -> None:
        """More lines of context; after the most, none."""
        self.context = _CONTEXTS[(_CONTEXTS.index(self.context) + 1) % len(_CONTEXTS)]
        self._switched()

    def action_recall(self, step: int) -> None:
        """The previous submitted text, or the next one."""
        typed = self._typed.get(self.kind, [])
        self._recalled = min(0, max(-len(typed), self._recalled + step))
        self.query_one(Input).value = typed[self._recalled] if self._recalled else ""
        self.query_one(Input).action_end()

    @on(_Toggle.Toggled)
    async def _toggled(self, event: _Toggle.Toggled) -> None:
        event.stop()
        await self.run_action(event.action)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        typed = self._typed[self.kind]
        if event.value and typed[-1:] != [event.value]:
            typed.append(event.value)
        self._submit(self.kind, event.value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.show_error("")
        if self.kind:
            self._preview(self.kind, event.value)

    def _switched(self) -> None:
        self._show_toggles()
        self._preview(self.kind, self.query_one(Input).value)

    def _show_toggles(self) -> None:
        case = {None: "^T smart case", True: "^T match case", False: "^T any case"}[self.case]
        texts = ("^R regex", case, f"^O ±{self.context} lines")
        states = (self.regex, self.case is True, self.context > 0)
        shown = (self.kind != "line", self.kind != "line", self.kind == "filter")
        for toggle, text, state, visible in zip(self.query(_Toggle), texts, states, shown, strict=True):
            toggle.update(text)
            toggle.set_class(state, "-on")
            toggle.display = visible
