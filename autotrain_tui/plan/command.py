"""From a plan's command to the words that are executed: placeholders, string commands, the interpreter.

No shell and no str.format: a placeholder is `{identifier}` and nothing else, a value stays within its word whatever
characters it holds, and `{{` `}}` are literal braces.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.model import Command, Plan, PlanStage, Scalar
from autotrain_tui.plan.names import NUMBERS, shown

__all__ = [
    "Placeholders",
    "escaped",
    "interpreter",
    "parameter_values",
    "placeholders",
    "resolve_command",
    "split_text",
    "value_text",
]

_TOKEN = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The placeholders of a command: required ones, and optional ones, left out without a value."""

    required: frozenset[str]
    optional: frozenset[str]


def placeholders(command: Command) -> Placeholders:
    """The placeholders of a command; ValueError for a single brace."""
    required = {name for part in command if isinstance(part, str) for name in _names_in(part)}
    optional = {name for part in command if not isinstance(part, str) for word in part for name in _names_in(word)}
    return Placeholders(frozenset(required), frozenset(optional - required))


def _names_in(word: str) -> list[str]:
    """The placeholders of one word, in order; ValueError for a single brace."""
    names = []
    for match in _TOKEN.finditer(word):
        if match[1] is not None:
            names.append(match[1])
        elif len(match[0]) == 1:
            raise ValueError(f"{shown(word)} contains a single brace; write {match[0] * 2} for a literal brace")
    return names


def split_text(text: str) -> tuple[str, ...]:
    """The words of a command given as one text, split as a POSIX shell splits words; ValueError for an open quote."""
    return tuple(shlex.split(text))


def escaped(words: Iterable[str]) -> tuple[str, ...]:
    """Literal words, escaped as in a plan's command."""
    return tuple(word.replace("{", "{{").replace("}", "}}") for word in words)


def resolve_command(stage: PlanStage, values: Mapping[str, str | None]) -> list[str]:
    """The words to execute. A name that is missing in `values` or None has no value.

    Raises PlanError naming the placeholder when one outside a nested list has no value.
    """
    words: list[str] = []
    for part in stage.command:
        if isinstance(part, str):
            words.append(_filled(part, values, stage))
        elif all(values.get(name) is not None for word in part for name in _names_in(word)):
            words.extend(_filled(word, values, stage) for word in part)
    if not words or not words[0]:
        raise PlanError("the command is empty after its placeholders are filled", place=f'stage "{stage.name}"')
    return words


def _filled(word: str, values: Mapping[str, str | None], stage: PlanStage) -> str:
    """One word with its placeholders replaced, in one pass, so that a value is never read for placeholders again."""

    def replacement(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0][0]
        value = values.get(name)
        if value is None:
            raise PlanError(
                f"the placeholder {{{name}}} has no value",
                place=f'the command of stage "{stage.name}"',
                hint="set it, or put its words in a nested list, which is left out if it has no value",
            )
        return value

    return _TOKEN.sub(replacement, word)


def value_text(value: Scalar) -> str:
    """A parameter as text for the command line: booleans as true and false, numbers without loss."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def parameter_values(plan: Plan, stage: PlanStage, environ: Mapping[str, str], running: str) -> dict[str, str | None]:
    """The values known from the plan: parameters, python, mode, stage and stage_index; None for no value.

    `environ` is the runner's environment and `running` the interpreter that runs us, for `{python}`.
    """
    values: dict[str, str | None] = dict.fromkeys(NUMBERS)
    values |= dict.fromkeys(plan.parameter_names)
    values |= {name: value_text(value) for name, value in stage.parameters.items()}
    values["python"] = interpreter(stage, environ, running)
    values["mode"] = plan.mode
    values["stage"] = stage.name
    values["stage_index"] = str(stage.index)
    return values


def interpreter(stage: PlanStage, environ: Mapping[str, str], running: str) -> str:
    """What `{python}` stands for: the stage's own, else the active environment's, else `running`.

    Links are never followed: an environment's interpreter is a link whose own path is what makes it that environment's.
    """
    if stage.python:
        return stage.python
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if environ.get(variable):
            return f"{environ[variable].rstrip('/')}/bin/python"
    return running
