"""The table of keys in docs/keys.md, made from the bindings themselves: `python -m tests.key_table` writes it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from textual.binding import Binding

import autotrain_tui.tui

DOCUMENT = Path(__file__).parents[1] / "docs" / "keys.md"
START, END = "<!-- keys: python -m tests.key_table -->\n", "<!-- end of keys -->\n"


def bindings() -> Iterator[Binding]:
    """Every binding with a name that a class of the screen declares."""
    for module in pkgutil.walk_packages(autotrain_tui.tui.__path__, "autotrain_tui.tui."):
        for kind in vars(importlib.import_module(module.name)).values():
            declared = vars(kind).get("BINDINGS", ()) if isinstance(kind, type) else ()
            yield from (each for each in declared if isinstance(each, Binding) and each.id)


def rows() -> str:
    """The table as Markdown, by name."""
    found: dict[str, tuple[dict[str, None], str]] = {}
    for binding in bindings():
        keys, _ = found.setdefault(str(binding.id), ({}, (binding.tooltip or binding.description).replace("|", "\\|")))
        keys |= dict.fromkeys(binding.key.split(","))
    lines = ["| name | key | does |", "| --- | --- | --- |"]
    lines += [
        f"| `{name}` | {' '.join(f'`{key}`' for key in sorted(keys))} | {text} |"
        for name, (keys, text) in sorted(found.items())
    ]
    return "\n".join(lines) + "\n"


def documented() -> str:
    """The table as it stands in the document."""
    return DOCUMENT.read_text(encoding="utf-8").split(START, 1)[1].split(END, 1)[0]


def write() -> None:
    """Put the table between the document's markers."""
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(START, 1)
    DOCUMENT.write_text(before + START + rows() + END + rest.split(END, 1)[1], encoding="utf-8")


if __name__ == "__main__":
    write()
