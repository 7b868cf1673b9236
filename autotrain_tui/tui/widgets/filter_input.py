"""The input at the foot of a screen that filters a list."""

from __future__ import annotations

from textual.widgets import Input

__all__ = ["FilterInput"]


class FilterInput(Input):
    """Hidden until `open`; `clear_and_hide` clears and hides it."""

    DEFAULT_CSS = """
    FilterInput { height: 1; padding: 0 1; background: $panel; display: none; }
    FilterInput.-open { display: block; }
    FilterInput.-wrong { color: $error; }
    """

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, id="filter", compact=True)

    @property
    def in_use(self) -> bool:
        """Does it filter, or is it open?"""
        return bool(self.value) or self.has_class("-open")

    def open(self) -> None:
        """Show it, and focus it at once, so that the next key is its text."""
        self.add_class("-open")
        self.screen.set_focus(self)

    def restore(self, words: str) -> None:
        """Filter by the words of an earlier time, in sight."""
        if words:
            self.value = words
            self.add_class("-open")

    def clear_and_hide(self) -> None:
        """Clear and hide it."""
        self.value = ""
        self.remove_class("-open")
