"""From the command in a plan to the words that are run: placeholders, text commands, the interpreter.

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
    """The placeholders of a command: those that must have a value, and those whose list is left out without one."""

    required: frozenset[str]
    optional: frozenset[str]


def placeholders(command: Command) -> Placeholders:
    """The placeholders of a command; ValueError with what is wrong where a brace stands alone."""
    required = {name for part in command if isinstance(part, str) for name in _names_in(part)}
    optional = {name for part in command if not isinstance(part, str) for word in part for name in _names_in(word)}
    return Placeholders(frozenset(required), frozenset(optional - required))


def _names_in(word: str) -> list[str]:
    """The placeholders of one word, in order; ValueError for a brace that belongs to none."""
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
    """Words that are meant literally, as a plan's command holds them."""
    return tuple(word.replace("{", "{{").replace("}", "}}") for word in words)


def resolve_command(stage: PlanStage, values: Mapping[str, str | None]) -> list[str]:
    """The words to run. A name that `values` lacks or maps to None has no value.

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
    """A parameter as the command line carries it: truth values as true and false, numbers so that they read back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def parameter_values(plan: Plan, stage: PlanStage, environ: Mapping[str, str], running: str) -> dict[str, str | None]:
    """What the plan's side knows: the parameters, python, mode, stage and stage_index; None where there is no value.

    `environ` is the runner's environment and `running` the interpreter that runs us, for `{python}`.
    """
    values: dict[str, str | None] = dict.fromkeys(NUMBERS)
    values |= {name: None for other in plan.stages for name in other.params}
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
