"""The reader and writer of `[track]`, and which of its trackers are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from autotrain_tui.plan import read
from autotrain_tui.plan.model import Plan, Scalar
from autotrain_tui.plan.names import did_you_mean, is_name, shown
from autotrain_tui.plan.read import Location, Reader

__all__ = ["ENTRY_POINT_GROUP", "TRACKERS", "missing_trackers", "mlflow_uri", "track", "tracker_names", "write_track"]

TRACKERS = ("tensorboard", "mlflow", "wandb", "trackio")
"""The trackers of this package; others are offered by entry points."""

ENTRY_POINT_GROUP = "autotrain_tui.trackers"

_PACKAGES = {"wandb": "wandb", "trackio": "trackio"}
"""The package that a tracker needs; also the name of the extra that installs it."""


def tracker_names() -> tuple[str, ...]:
    """Every tracker that can be named here."""
    from importlib.metadata import entry_points  # for start-up: 20 ms that only plans of other trackers need

    return (*TRACKERS, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP)))


def missing_trackers(plan: Plan) -> list[str]:
    """A sentence for each tracker of the plan that this environment does not have; empty if there is none."""
    if not plan.track:
        return []
    from importlib.util import find_spec  # for start-up, as above

    found = []
    for name in plan.track:
        package = _PACKAGES.get(name)
        if package is not None and find_spec(package) is None:
            install = f"install it with: pip install 'autotrain-tui[{name}]'"
            found.append(f"track: the package {package} is not installed, nothing is sent to it; {install}")
        elif name not in TRACKERS and name not in (known := tracker_names()):
            hint = did_you_mean(name, known)
            found.append(
                f"track: there is no tracker {shown(name)}, nothing is sent to it" + (f"; {hint}" * bool(hint))
            )
    return found


def track(value: object, at: Location) -> Mapping[str, Mapping[str, Scalar]]:
    """Each tracker with its settings. Raises PlanError."""
    found: dict[str, Mapping[str, Scalar]] = {}
    for name, item in read.table(value, at).items():
        here = at.key(name)
        if not is_name(name):
            raise here.error(f"invalid name of a tracker: {shown(name)}")
        settings = _READERS.get(name, _other)(item, here)
        if settings is not None:
            found[name] = settings
    return found


def write_track(value: Mapping[str, Mapping[str, Scalar]]) -> object:
    """The trackers as a table."""
    return {name: dict(settings) or True for name, settings in value.items()}


def _tensorboard(value: object, at: Location) -> Mapping[str, Scalar] | None:
    """true: the session's own folder; a text: that folder; false: none."""
    if isinstance(value, bool):
        return {} if value else None
    if isinstance(value, dict):
        return read.record(value, at, {"folder": read.text})
    if not isinstance(value, str):
        raise at.expected("true, or the folder for the event files", value)
    return {"folder": read.text(value, at)}


def _record(readers: Mapping[str, Reader[Any]], required: tuple[str, ...]) -> Reader[Mapping[str, Scalar] | None]:
    return lambda value, at: read.record(value, at, readers, required=required)


def _other(value: object, at: Location) -> Mapping[str, Scalar] | None:
    """Settings of a tracker of another package: only it knows them."""
    if isinstance(value, bool):
        return {} if value else None
    return read.table_of(read.scalar)(value, at)


def mlflow_uri(value: object, at: Location) -> str:
    """The address of an MLflow server. Raises PlanError; the error does not repeat a password."""
    address = read.text(value, at)
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  raises ValueError for a port that is none
    except ValueError:
        raise at.error("invalid URL") from None
    if parts.password is not None or parts.username is not None:
        hint = "put them in the variables MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        raise at.error("a plan must not contain a URL with a name and a password", hint)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not address.isprintable() or " " in address:
        hint = "start a server with: mlflow server; a folder or a database has no REST interface"
        raise at.expected("the URL of an MLflow server, with http:// or https://", address, hint)
    return address.rstrip("/")


_READERS: dict[str, Reader[Mapping[str, Scalar] | None]] = {
    "tensorboard": _tensorboard,
    "mlflow": _record({"uri": mlflow_uri, "experiment": read.text}, ("uri",)),
    "wandb": _record({"project": read.text, "entity": read.text}, ("project",)),
    "trackio": _record({"project": read.text}, ("project",)),
}
