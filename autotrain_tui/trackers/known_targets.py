"""The trackers by name: those of this package, and those that other packages offer as entry points."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.names import did_you_mean, shown
from autotrain_tui.plan.track_settings import ENTRY_POINT_GROUP, tracker_names
from autotrain_tui.trackers.target import Place, Target

__all__ = ["open_target"]

_OURS = {
    "tensorboard": "autotrain_tui.trackers.tensorboard_target:TensorboardTarget",
    "mlflow": "autotrain_tui.trackers.mlflow_target:MlflowTarget",
    "wandb": "autotrain_tui.trackers.wandb_target:WandbTarget",
    "trackio": "autotrain_tui.trackers.trackio_target:TrackioTarget",
}
"""Name → module and class, imported when it is asked for: the others need packages that may not be here."""


def open_target(name: str, place: Place) -> Target:
    """The tracker of that name for a session. Raises UsageError if there is none or it cannot be loaded."""
    if name in _OURS:
        module, _, attribute = _OURS[name].partition(":")
        target: Target = getattr(import_module(module), attribute)(place)
        return target
    return _offered(name)(place)


def _offered(name: str) -> Callable[[Place], Target]:
    from importlib.metadata import entry_points  # for start-up: 20 ms that only trackers of other packages need

    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.name == name:
            try:
                found: Callable[[Place], Target] = point.load()
            except Exception as error:  # noqa: BLE001  another package's code: whatever it raises is reported
                raise UsageError(f"{point.value} can't be loaded: {type(error).__name__}: {error}") from None
            return found
    hint = did_you_mean(name, tracker_names())
    raise UsageError(f"there is no tracker {shown(name)}" + (f"; {hint}" if hint else ""))
