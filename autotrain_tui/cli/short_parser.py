"""The flags of a plain command without argparse, whose import and parser take it a twentieth of its time.

It takes the same declarations and understands what most people type; anything else (`--flag=value`, `-h`, a mistake)
is argparse's to understand, or to refuse in words.
"""

from __future__ import annotations

from types import SimpleNamespace

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ShortParser"]


class ShortParser:
    """The part of argparse.ArgumentParser that declares flags and at most one kind of plain words."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}
        self._flags: dict[str, tuple[str, Callable[[str], object] | None]] = {}
        """Flag → the attribute's name, and what makes its value of the next word; None: it takes no word."""
        self._words, self._many = "", False

    def set_defaults(self, **values: object) -> None:
        """Attributes of the result."""
        self._values.update(values)

    def add_argument(  # noqa: PLR0917  argparse's signature
        self,
        name: str,
        nargs: str = "",
        metavar: str = "",  # noqa: ARG002  for messages
        help: str = "",  # noqa: A002, ARG002  for messages
        action: str = "",
        type: Callable[[str], object] = str,  # noqa: A002  argparse's name
    ) -> None:
        """One flag (`store_true` or with a value), or the plain words (`?` or `*`)."""
        if not name.startswith("-"):
            self._words, self._many = name, nargs == "*"
            return
        attribute = name.lstrip("-").replace("-", "_")
        self._flags[name] = attribute, None if action else type
        self._values[attribute] = False if action else None

    def parse(self, words: Sequence[str]) -> SimpleNamespace | None:
        """What argparse would make of these words; None if it has to be asked."""
        values, last = dict(self._values), -1
        plain: list[str] = []
        rest = iter(enumerate(words))
        for place, word in rest:
            if not word.startswith("-"):
                if plain and place != last + 1:  # flags between them
                    return None
                plain.append(word)
                last = place
            elif word not in self._flags:
                return None
            else:
                attribute, made = self._flags[word]
                value = next(rest, (0, "-"))[1] if made else ""
                if value.startswith("-"):
                    return None
                try:
                    values[attribute] = made(value) if made else True
                except Exception:  # noqa: BLE001  argparse tells it
                    return None
        if len(plain) > 1 and not self._many:
            return None
        values[self._words] = plain if self._many else plain[0] if plain else None
        return SimpleNamespace(**values)
