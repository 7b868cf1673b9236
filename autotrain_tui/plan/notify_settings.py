"""The reader and writer of `[notify]`, and which of its variables are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from autotrain_tui.plan import read
from autotrain_tui.plan.model import NotifySettings, Plan
from autotrain_tui.plan.names import NOTIFY_KINDS, is_environment_name, shown
from autotrain_tui.plan.read import Location, Reader

__all__ = ["missing_targets", "notify", "write_notify"]


def missing_targets(plan: Plan, environ: Mapping[str, str]) -> list[str]:
    """A sentence for each variable of `to` without a value; empty if there is none."""
    if plan.notify is None:
        return []
    return [f"notify: {name} is not set; no message is sent to it" for name in plan.notify.to if not environ.get(name)]


def notify(value: object, at: Location) -> NotifySettings:
    """Who is sent a message, about what, and with which link. Raises PlanError."""
    readers: dict[str, Reader[Any]] = {
        "to": read.list_of(_variable),
        "on": read.list_of(read.one_of(NOTIFY_KINDS)),
        "link": _link,
    }
    found = read.record(value, at, readers, required=("to",))
    for key in ("to", "on"):
        names = found.get(key)
        if names is not None and not names:
            raise at.key(key).error("the list is empty", "leave [notify] out to send nothing")
        if names is not None and len(set(names)) < len(names):
            raise at.key(key).error("a name occurs twice")
    return NotifySettings(**found)


def _variable(value: object, at: Location) -> str:
    """The name of a variable. An error does not repeat what may be a URL: URLs of receivers are secrets."""
    name = read.text(value, at)
    if is_environment_name(name):
        return name
    if ":" in name or "/" in name:
        raise at.error(
            "expected the name of an environment variable, found what looks like a URL",
            'put the URL, which is a secret, in a variable: to = ["TRAIN_WEBHOOK"]',
        )
    raise at.error(f"invalid name of an environment variable: {shown(name)}")


def _link(value: object, at: Location) -> str:
    link = read.text_or_empty(value, at)
    if not link:
        return link
    try:
        parts = urlsplit(link)
    except ValueError:
        raise at.error(f"invalid URL {shown(link)}") from None
    if parts.scheme not in {"http", "https"} or not parts.netloc or not link.isprintable() or " " in link:
        raise at.expected("a URL with http:// or https://", link)
    if parts.password is not None:
        raise at.error("a plan must not contain a URL with a password")
    return link


def write_notify(value: NotifySettings | None) -> object:
    """The settings as a table; empty if there are none."""
    if value is None:
        return {}
    table: dict[str, object] = {"to": list(value.to)}
    if value.on != NOTIFY_KINDS:
        table["on"] = list(value.on)
    return {**table, "link": value.link} if value.link else table
