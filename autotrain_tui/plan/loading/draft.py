"""Changes to a plan from a form: texts, each read as the plan reads such a value.

Each invalid text gets the plan's error message, so that all errors are visible at once.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autotrain_tui.errors import PlanError, UsageError
from autotrain_tui.plan.keys import PLAN_KEYS, STAGE_KEYS, Key
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.plan.loading.sets import parse_set
from autotrain_tui.plan.read import Location

__all__ = ["FIELDS", "Draft", "field_of", "overrides_of"]

_KEYS: dict[str, Key] = {
    "scale": STAGE_KEYS["scale"],
    "max_hours": PLAN_KEYS["max_hours"],
    "dataset_limit": STAGE_KEYS["dataset_limit"],
    "batch_size": STAGE_KEYS["batch_size"],
}
FIELDS = (*_KEYS, "sets")
"""The form's texts: the classic flags, and `sets` for any other key (`epochs=3 mastery.batch_size=64`)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A form. `texts` by field; an empty or missing one leaves the plan's value. `mode` None: the plan's."""

    mode: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    skip: frozenset[str] = frozenset()

    def text(self, name: str) -> str:
        """A field's text without surrounding blanks."""
        return self.texts.get(name, "").strip()

    @property
    def changed(self) -> bool:
        """Whether it changes anything."""
        return self.mode is not None or bool(self.skip) or any(self.text(name) for name in self.texts)


def overrides_of(draft: Draft) -> tuple[Overrides, dict[str, str]]:
    """The changes, and an error for each invalid field; an invalid field changes nothing."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, key in _KEYS.items():
        text = draft.text(name)
        if not text:
            continue
        try:
            values[name] = _read(name, key, text)
        except UsageError as error:
            errors[name] = str(error)
    sets: tuple[str, ...] = ()
    try:
        sets = tuple(shlex.split(draft.text("sets")))
        for word in sets:
            parse_set(word)
    except UsageError as error:
        sets, errors["sets"] = (), str(error)
    except ValueError:
        errors["sets"] = "a quotation mark is not closed"
    return Overrides(mode=draft.mode, sets=sets, skip=tuple(sorted(draft.skip)), **values), errors


def _read(name: str, key: Key, text: str) -> object:
    """The text as TOML reads it, checked as the plan's key; hours may also be the text none."""
    _, value, _ = parse_set(f"{name}={text}")
    key.read(value, Location(name))
    return value


def field_of(error: UsageError) -> str | None:
    """The field that caused an error of the whole plan: `--set`, a flag or the mode."""
    where = error.file if isinstance(error, PlanError) else str(error)
    if where.startswith("--set"):
        return "sets"
    name = where.partition(":")[0].removeprefix("--").replace("-", "_")
    return name if name in (*_KEYS, "mode", "skip") else None
