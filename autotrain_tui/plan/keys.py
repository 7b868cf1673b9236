"""The registry of keys: for each key of a plan how it is read from TOML, written back, and merged.

Stages, the plan and modes share most keys; keys of only one of them have their own table here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autotrain_tui.plan import (
    distributed,
    notify_settings,
    ray_settings,
    read,
    slurm_settings,
    sweep_settings,
    track_settings,
    values,
)
from autotrain_tui.plan.names import LAUNCHERS
from autotrain_tui.plan.read import Location, Reader

__all__ = ["MODE_KEYS", "OWN_KEYS", "PLAN_KEYS", "STAGE_KEYS", "Key", "merged", "read_keys"]


def _same(value: Any) -> Any:
    """The writer of values that need no conversion."""
    return value


@dataclass(frozen=True, slots=True)
class Key:
    """How one key is read, and how its typed value is written as TOML. `adds`: an inner table extends the outer one."""

    read: Reader[Any]  # each key has its own type; the record it ends in states it
    write: Callable[[Any], Any] = _same
    adds: bool = False


STAGE_KEYS: dict[str, Key] = {
    "command": Key(values.command, values.write_command),
    "dataset_limit": Key(read.whole(1, 10**12)),
    "epochs": Key(read.whole(1, 10**9)),
    "batch_size": Key(read.whole(1, 10**9)),
    "scale": Key(read.number(0, 1e12, above=True)),
    "params": Key(values.params, values.as_table, adds=True),
    "env": Key(values.env, values.as_table, adds=True),
    "env_from": Key(read.list_of(values.environment_name), values.as_list, adds=True),
    "cwd": Key(read.text),
    "python": Key(read.text),
    "needs": Key(read.list_of(read.name), values.as_list),
    "estimate_minutes": Key(values.minutes),
    "timeout_minutes": Key(values.minutes),
    "timeout_multiplier": Key(read.number(0, 1000, above=True)),
    "stop": Key(values.stop, values.write_stop),
    "checkpoint_signal": Key(values.signal),
    "linger_seconds": Key(read.number(0, 3600)),
    "resumable": Key(read.flag),
    "pty": Key(read.flag),
    "gpus": Key(read.whole(1, 1024)),
    "gpu_memory_gib": Key(read.number(0, 1e6, above=True)),
    "launcher": Key(read.one_of(LAUNCHERS)),
    "distributed": Key(distributed.settings, distributed.write_settings),
    "slurm": Key(slurm_settings.table, slurm_settings.write_table, adds=True),
    "ray": Key(ray_settings.table, ray_settings.write_table, adds=True),
    "retries": Key(values.retries, values.write_retries, adds=True),
    "gate": Key(values.gate, values.write_gate),
    "sweep": Key(sweep_settings.sweep, sweep_settings.write_sweep),
    "metrics": Key(read.list_of(values.metric_pattern), values.write_metrics),
    "metric_files": Key(read.list_of(read.text), values.as_list),
    "log_limit_mb": Key(read.number(0, 1e9, above=True)),
    "strict": Key(read.flag),
}
"""The keys of a stage; at the plan's top level they are defaults of every stage, in a mode they override both."""

OWN_KEYS: dict[str, Key] = {"name": Key(read.name), "description": Key(read.text_or_empty)}
"""The keys that a stage and a plan each have for themselves."""

PLAN_KEYS: dict[str, Key] = {
    "default": Key(read.flag),
    "metric": Key(values.metric, values.write_metric),
    "max_hours": Key(values.hours, values.write_hours),
    "jobs": Key(read.whole(1, 1000)),
    "hold_after_failures": Key(read.whole(0, 1000)),
    "strategy": Key(read.name),
    "after_last": Key(read.one_of(("stop", "repeat"))),
    "mode": Key(read.name),
    "on_alert": Key(values.plain_command, values.as_list),
    "notify": Key(notify_settings.notify, notify_settings.write_notify),
    "track": Key(track_settings.track, track_settings.write_track),
}
"""The keys that are allowed only plan-wide."""

_NOT_IN_MODES = ("default", "metric", "mode")

MODE_KEYS: dict[str, Key] = {
    **STAGE_KEYS,
    **{name: key for name, key in PLAN_KEYS.items() if name not in _NOT_IN_MODES},
}
"""The keys that a mode may override."""


def read_keys(raw: Mapping[str, object], keys: Mapping[str, Key], at: Location) -> dict[str, Any]:
    """The typed values of those keys of `raw` that `keys` knows; the caller has refused the others."""
    return {name: keys[name].read(value, at.key(name)) for name, value in raw.items() if name in keys}


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The values of two levels together: `above` wins, and tables such as `params` and `env` are joined."""
    result = dict(below)
    for name, value in above.items():
        joins = name in result and name in STAGE_KEYS and STAGE_KEYS[name].adds
        result[name] = _joined(result[name], value) if joins else value
    return result


def _joined(below: Any, above: Any) -> Any:
    if isinstance(below, Mapping):
        return {**below, **above}
    return (*below, *(item for item in above if item not in below))
