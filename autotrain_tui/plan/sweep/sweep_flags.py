"""A search from the command line: `--sweep lr=1e-4..1e-1:log --trials 12`, over a command that has no plan."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from autotrain_tui.errors import UsageError
from autotrain_tui.plan import sweep_settings
from autotrain_tui.plan.model import Plan, SweepSettings
from autotrain_tui.plan.names import NUMBERS, is_identifier, shown
from autotrain_tui.plan.read import Location

__all__ = ["search_of_flags", "searched"]

_FORM = "expected NAME=A,B,C or NAME=MIN..MAX with :log, :int or :step=S"
_WHOLE = tuple(name for name in NUMBERS if name != "scale")


def search_of_flags(sweeps: Sequence[str], trials: int | None, method: str | None, seed: int | None) -> SweepSettings:
    """The search that the flags describe. Raises UsageError; PlanError for values that no search can have.

    Without `method`: a grid if every key has a list or a step and the number of trials is not given, else halving.
    """
    params: dict[str, object] = {}
    for text in sweeps:
        name, value = _param(text)
        if name in params:
            raise UsageError(f"--sweep {name}: the name is given twice")
        params[name] = value
    finite = all(isinstance(value, list) or (isinstance(value, dict) and "step" in value) for value in params.values())
    raw: dict[str, object] = {"method": method or ("grid" if finite and trials is None else "halving")}
    raw |= {name: value for name, value in (("trials", trials), ("seed", seed)) if value is not None}
    if raw["method"] != "grid" and trials is None:
        raise UsageError(f"--sweep: say how many settings to try, for example --trials 12 (method {raw['method']})")
    # Each key by itself first, so that an error names the flag that a person wrote.
    for name, value in params.items():
        sweep_settings.swept_param(name, value, Location(f"--sweep {name}"))
    return sweep_settings.sweep({**raw, "params": params}, Location("--sweep"))


def _param(text: str) -> tuple[str, object]:
    """One flag as the name and what a plan would hold: a list, or the table of a range."""
    name, sign, rest = text.partition("=")
    name = name.strip()
    if not sign or not rest.strip() or not all(is_identifier(part) for part in name.split(".")):
        raise UsageError(f"--sweep {shown(text)}: {_FORM}")
    span, *options = rest.strip().split(":")
    low, dots, high = span.partition("..")
    if not dots:
        return name, [_value(word.strip()) for word in rest.split(",")]
    table: dict[str, object] = {"min": _number(low, text), "max": _number(high, text)}
    for option in options:
        if option == "log":
            table["log"] = True
        elif option == "int":
            table["integer"] = True
        elif option.startswith("step="):
            table["step"] = _number(option.removeprefix("step="), text)
        else:
            raise UsageError(f"--sweep {shown(text)}: unknown option {shown(option)}; {_FORM}")
    if name in _WHOLE:
        table["integer"] = True
    return name, table


def _number(word: str, text: str) -> int | float:
    try:
        return int(word)
    except ValueError:
        pass
    try:
        return float(word)
    except ValueError:
        raise UsageError(f"--sweep {shown(text)}: {shown(word)} is not a number") from None


def _value(word: str) -> object:
    """A listed value: a number or a boolean as TOML reads it, else the text."""
    try:
        return float(word) if re.fullmatch(r"[+-]?\d+[eE][+-]?\d+", word) else tomllib.loads(f"value = {word}")["value"]
    except (ValueError, RecursionError):
        return word


def searched(plan: Plan, argv: Iterable[str], settings: SweepSettings) -> Plan:
    """The plan of `run -- COMMAND` as a search; in the command only the swept names are placeholders."""
    names = "|".join(re.escape(param.name) for param in settings.params)
    parts = re.compile(rf"(\{{(?:{names})\}})")
    command = tuple("".join(_part(piece, place) for place, piece in enumerate(parts.split(word))) for word in argv)
    return replace(plan, stages=(replace(plan.stages[0], command=command, sweep=settings),))


def _part(piece: str, place: int) -> str:
    """A piece of a word: every second one is a placeholder, the others are literal."""
    return piece if place % 2 else piece.replace("{", "{{").replace("}", "}}")
