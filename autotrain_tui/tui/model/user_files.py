"""A person's own keys and themes: `keys.toml` and `themes/*.toml` in `~/.config/autotrain-tui`.

Reads files, a stat where there are none. What is wrong in them is told in sentences and left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["UserTheme", "config_folder", "read_keys", "read_themes"]

_LARGEST = 1 << 16
_COLOURS = (
    "primary", "secondary", "warning", "error", "success", "accent", "foreground", "background", "surface", "panel",
)  # fmt: skip


class UserTheme(msgspec.Struct, frozen=True):
    """A theme as a file has it: colours by Textual's names, and our own variables."""

    name: str
    dark: bool
    colours: Mapping[str, str]
    variables: Mapping[str, str]


def config_folder(environment: Mapping[str, str]) -> Path:
    """`$XDG_CONFIG_HOME/autotrain-tui`, else `~/.config/autotrain-tui`."""
    base = environment.get("XDG_CONFIG_HOME", "")
    return Path(base if os.path.isabs(base) else os.path.expanduser("~/.config")) / "autotrain-tui"


def read_keys(folder: Path) -> tuple[dict[str, str], list[str]]:
    """The names of keys' actions with their keys (`"session.pause" = "f2"`), and what is wrong."""
    table, problems = _table(folder / "keys.toml")
    keys: dict[str, str] = {}
    for name, value in table.items():
        words = [value] if isinstance(value, str) else value
        if isinstance(words, list) and words and all(isinstance(word, str) and word for word in words):
            keys[name] = ",".join(words)
        else:
            problems.append(f'keys.toml: {name}: expected a key, or a list of keys: "f2", ["f2", "ctrl+k"]')
    return keys, problems


def read_themes(folder: Path, is_colour: Callable[[str], bool]) -> tuple[list[UserTheme], list[str]]:
    """The themes of `themes/`, each named like its file, and what is wrong."""
    themes: list[UserTheme] = []
    problems: list[str] = []
    try:
        names = sorted(name for name in os.listdir(folder / "themes") if name.endswith(".toml"))
    except OSError:
        return [], []
    for name in names:
        table, wrong = _table(folder / "themes" / name)
        problems += [f"themes/{each}" for each in wrong]
        dark, variables = table.pop("dark", True), table.pop("variables", {})
        unknown = [key for key in table if key not in _COLOURS]
        colours = {**table, **(variables if isinstance(variables, dict) else {})}
        bad = [key for key, value in colours.items() if not (isinstance(value, str) and is_colour(value))]
        if unknown or bad or not isinstance(dark, bool) or not isinstance(variables, dict) or "primary" not in table:
            what = f"unknown {unknown[0]}" if unknown else f"{bad[0]} is no colour" if bad else "primary is missing"
            problems += [] if wrong else [f"themes/{name}: {what}; colours: {', '.join(_COLOURS)}"]
            continue
        themes.append(UserTheme(name.removesuffix(".toml"), dark, table, variables))
    return themes, problems


def _table(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The file as a table; empty where there is none."""
    try:
        with open(path, "rb") as file:
            text = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [f"{path.name}: {error.strerror}"]
    import tomllib  # few people have such a file

    try:
        return tomllib.loads(text.decode()), []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return {}, [f"{path.name}: {error}"]
