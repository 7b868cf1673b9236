"""Readers and writers of the values that have a shape: commands, tables of parameters, stop orders, retry rules, …"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from autotrain_tui.plan import command as commands
from autotrain_tui.plan import read
from autotrain_tui.plan.expansion import variables_in
from autotrain_tui.plan.model import Command, Gate, Metric, MetricPattern, RetryRule, Scalar, StopSettings
from autotrain_tui.plan.names import (
    FAILURE_ACTIONS,
    FAILURE_CLASSES,
    NUMBERS,
    RESERVED_PLACEHOLDERS,
    SIGNALS,
    did_you_mean,
    is_environment_name,
    is_identifier,
    shown,
)
from autotrain_tui.plan.read import Location, Reader
from autotrain_tui.text.secret_names import is_secret_name

MOST_HOURS = 10_000.0
"""Hours; more than a year is a typing error."""

_URL_WITH_PASSWORD = re.compile(r"://[^/@:\s]*:[^/@\s]+@")
_FACTOR = re.compile(r"x\d{1,6}(\.\d{1,6})?")


def command(value: object, at: Location) -> Command:
    """The words of a stage's command: a list of texts and nested lists, or one text that is split."""
    if isinstance(value, str):
        parts: Command = tuple(_word(word, at) for word in _split(value, at))
    elif isinstance(value, list):
        parts = tuple(_part(item, at.item(number)) for number, item in enumerate(value, 1))
    else:
        raise at.expected("a list of strings or one string", value)
    if not parts:
        raise at.error("the command is empty")
    if not isinstance(parts[0], str) or not parts[0]:
        raise at.item(1).error("expected the program's name as a non-empty string")
    return parts


def _split(value: str, at: Location) -> tuple[str, ...]:
    try:
        return commands.split_text(read.text(value, at))
    except ValueError as error:
        raise at.error(f"cannot split the string into words: {str(error).lower()}") from None


def _part(value: object, at: Location) -> str | tuple[str, ...]:
    return read.list_of(_word)(value, at) if isinstance(value, list) else _word(value, at)


def _word(value: object, at: Location) -> str:
    word = read.text_or_empty(value, at)
    try:
        commands.placeholders((word,))
    except ValueError as error:
        raise at.error(str(error)) from None
    return word


def write_command(value: Command) -> object:
    """A command as TOML holds it."""
    return [part if isinstance(part, str) else list(part) for part in value]


def plain_command(value: object, at: Location) -> tuple[str, ...]:
    """The words of a command without placeholders."""
    words = _split(value, at) if isinstance(value, str) else read.list_of(read.text)(value, at)
    if not words:
        raise at.error("the command is empty")
    return words


def params(value: object, at: Location) -> dict[str, Scalar]:
    """Parameters beyond those that are keys of their own; each name can be a placeholder."""
    raw = read.table(value, at)
    for name in raw:
        if name in NUMBERS:
            raise at.key(name).error("this is a key of the stage; set it outside of params")
        if name in RESERVED_PLACEHOLDERS:
            raise at.key(name).error("this name is reserved for a built-in placeholder")
        if not is_identifier(name):
            raise at.key(name).error(
                f"{shown(name)} cannot be the name of a placeholder",
                "use letters, digits and _, and start with no digit",
            )
    return read.table_of(read.scalar)(raw, at)


def env(value: object, at: Location) -> dict[str, str]:
    """Variables with their values, in which `${NAME}` stands for another variable; secrets are refused."""
    raw = read.table(value, at)
    for name, item in raw.items():
        if not is_environment_name(name):
            raise at.key(name).error(f"invalid name of an environment variable: {shown(name)}")
        if is_secret_name(name):
            raise at.key(name).error("a plan must not contain the value of a secret", f'use env_from = ["{name}"]')
        if isinstance(item, str) and _URL_WITH_PASSWORD.search(item):
            raise at.key(name).error("a plan must not contain a URL with a password", f'use env_from = ["{name}"]')
        secret = (
            next((used for used in variables_in(item) if is_secret_name(used)), None) if isinstance(item, str) else None
        )
        if secret is not None:
            raise at.key(name).error(f"${{{secret}}} names a secret", f'use env_from = ["{secret}"]')
    return read.table_of(read.text_or_empty)(raw, at)


def environment_name(value: object, at: Location) -> str:
    """The name of one environment variable."""
    name = read.text(value, at)
    if not is_environment_name(name):
        raise at.error(f"invalid name of an environment variable: {shown(name)}")
    return name


def signal(value: object, at: Location) -> str:
    """A signal's name without SIG; "TERM", "SIGTERM" and "sigterm" all read."""
    found = read.text(value, at)
    name = found.upper().removeprefix("SIG")
    if name in {"KILL", "STOP"}:
        raise at.error(f"a program cannot catch {name}", 'KILL follows after the grace period; use "TERM"')
    if name not in SIGNALS:
        raise at.error(f"unknown signal {shown(found)}", did_you_mean(name.lower(), SIGNALS))
    return name


def stop(value: object, at: Location) -> StopSettings:
    """How a stage is asked to end."""
    found = read.record(value, at, {"signal": signal, "grace_seconds": read.number(0, 86_400)})
    return StopSettings(**found)


def write_stop(value: StopSettings) -> object:
    """A stop order as TOML holds it."""
    return {"signal": value.signal, "grace_seconds": value.grace_seconds}


def _change(value: object, at: Location) -> dict[str, Scalar]:
    raw = read.table(value, at)
    for name, item in raw.items():
        if not is_identifier(name) or name in set(RESERVED_PLACEHOLDERS) - {"scale"}:
            raise at.key(name).error("only a parameter can be changed", did_you_mean(name, NUMBERS))
        if isinstance(item, str) and name in NUMBERS and not _FACTOR.fullmatch(item):
            raise at.key(name).expected('a number or a factor such as "x0.5"', item)
    return read.table_of(read.scalar)(raw, at)


def _retry_rule(value: object, at: Location) -> RetryRule:
    readers: dict[str, Reader[Any]] = {
        "count": read.whole(0, 1000),
        "delay_seconds": read.number(0, 86_400),
        "action": read.one_of(FAILURE_ACTIONS),
        "change": _change,
    }
    return RetryRule(**read.record(value, at, readers))


def retries(value: object, at: Location) -> dict[str, RetryRule]:
    """What follows a failure, by class of failure."""
    return {
        name: rule
        for name, rule in read.record(value, at, dict.fromkeys(FAILURE_CLASSES, _retry_rule)).items()
        if isinstance(rule, RetryRule)
    }


def write_retries(value: Mapping[str, RetryRule]) -> object:
    """Retry rules as TOML holds them."""
    return {
        name: {
            "count": rule.count,
            "delay_seconds": rule.delay_seconds,
            "action": rule.action,
            **({"change": dict(rule.change)} if rule.change else {}),
        }
        for name, rule in value.items()
    }


def gate(value: object, at: Location) -> Gate:
    """A gate; its metric is "" where the plan's headline metric is meant, until the plan is whole."""
    found = read.record(value, at, {"metric": read.text, "min": read.any_number, "max": read.any_number})
    gate = Gate(**{"metric": "", **found})  # "" is filled with the headline metric when the plan is whole
    if gate.min is None and gate.max is None:
        raise at.error('a gate needs "min" or "max"')
    if gate.min is not None and gate.max is not None and gate.min > gate.max:
        raise at.error(f"min {gate.min:g} is above max {gate.max:g}")
    return gate


def write_gate(value: Gate) -> object:
    """A gate as TOML holds it."""
    bounds = {"min": value.min, "max": value.max}
    return {"metric": value.metric, **{name: bound for name, bound in bounds.items() if bound is not None}}


def _pattern(value: object, at: Location) -> str:
    found = read.text(value, at)
    if len(found) > 4096:
        raise at.error("a pattern may have at most 4096 characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning about the pattern must not become an error
            groups = re.compile(found).groupindex
    except (re.error, OverflowError, RecursionError) as error:
        raise at.error(f"invalid regular expression: {error}") from None
    if "value" not in groups:
        raise at.error("the pattern needs a group (?P<value>…) for the number")
    return found


def metric_pattern(value: object, at: Location) -> MetricPattern:
    """A metric's name and the regular expression that finds it."""
    found = read.record(value, at, {"name": read.text, "pattern": _pattern}, required=("name", "pattern"))
    return MetricPattern(**found)


def metric(value: object, at: Location) -> Metric:
    """The headline metric."""
    readers: dict[str, Reader[Any]] = {"name": read.text, "goal": read.one_of(("max", "min"))}
    return Metric(**read.record(value, at, readers, required=("name", "goal")))


def hours(value: object, at: Location) -> float | None:
    """A budget in hours; use "none" for no limit (TOML has no null)."""
    if value == "none":
        return None
    if isinstance(value, str):
        raise at.expected("a number of hours", value, 'use "none" for no limit')
    return read.number(0, MOST_HOURS, above=True)(value, at)


def write_hours(value: float | None) -> object:
    """A budget as TOML holds it."""
    return "none" if value is None else value


def write_metric(value: Metric) -> object:
    """The headline metric as a table."""
    return {"name": value.name, "goal": value.goal}


def write_metrics(value: tuple[MetricPattern, ...]) -> object:
    """The patterns as a list of tables."""
    return [{"name": pattern.name, "pattern": pattern.pattern} for pattern in value]


def as_list(value: tuple[object, ...]) -> object:
    """A tuple as TOML holds it."""
    return list(value)


def as_table(value: Mapping[str, object]) -> object:
    """A mapping as TOML holds it."""
    return dict(value)


minutes = read.number(0, MOST_HOURS * 60, above=True)
"""The reader of a duration in minutes."""
