"""The line at a screen's foot whose words narrow a list."""

from __future__ import annotations

from textual.widgets import Input

__all__ = ["FilterInput"]


class FilterInput(Input):
    """Out of sight until it is opened; emptied and put away by `put_away`."""

    DEFAULT_CSS = """
    FilterInput { height: 1; padding: 0 1; background: $panel; display: none; }
    FilterInput.-open { display: block; }
    FilterInput.-wrong { color: $error; }
    """

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, id="filter", compact=True)

    @property
    def in_use(self) -> bool:
        """Does it narrow anything, or is it about to?"""
        return bool(self.value) or self.has_class("-open")

    def open(self) -> None:
        """Show it and have the next key, at once, be for it."""
        self.add_class("-open")
        self.screen.set_focus(self)

    def put_away(self) -> None:
        """No words, and out of sight."""
        self.value = ""
        self.remove_class("-open")
