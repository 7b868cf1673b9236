"""How a person last looked at a plan's sessions: smoothing, axis, frames, filter, order, columns; a user's file.

It is `screens.json` in the state folder of the XDG Base Directory Specification; nothing depends on it, and it may be
deleted at any time. What cannot be read or written is as if it were not there.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from autotrain_tui.session.records.folder import replace_file
from autotrain_tui.session.records.read_file import read_small

__all__ = ["COMPARE", "HISTORY", "ViewSettings", "recall", "remember", "settings_file"]

HISTORY = "\nhistory"
"""What stands in place of a plan's name for the History screen, which is of all plans."""
COMPARE = "\ncompare"
"""The same for the comparison of sessions."""

_LARGEST = 256 << 10
_MOST_PLANS = 200


class ViewSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """Settings as they were left; a value that no version knows any more is passed over by who takes it."""

    axis: str = ""
    weight: float = 0.0
    log: bool = False
    loading: bool = True
    framing: str = ""
    filter: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()


class _SettingsFile(msgspec.Struct):
    plans: dict[str, ViewSettings] = {}
    """By the plan's name, the newest last."""
    version: int = 1


def settings_file() -> Path:
    """Where it is."""
    named = os.environ.get("XDG_STATE_HOME", "")
    state = named if os.path.isabs(named) else os.path.expanduser("~/.local/state")
    return Path(state) / "autotrain-tui" / "screens.json"


def recall(plan: str) -> ViewSettings | None:
    """How it was left; None if it never was, or nothing can be read."""
    return _read().plans.get(plan)


def remember(plan: str, settings: ViewSettings) -> None:
    """Keep it for the next time."""
    known = _read()
    if known.plans.get(plan, ViewSettings()) == settings:
        return
    known.plans.pop(plan, None)
    known.plans[plan] = settings
    for name in list(known.plans)[:-_MOST_PLANS]:
        del known.plans[name]
    path = settings_file()
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, msgspec.json.format(msgspec.json.encode(known)), sync=False)


def _read() -> _SettingsFile:
    with contextlib.suppress(OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        data = read_small(settings_file(), _LARGEST)
        if data is not None:
            return msgspec.json.decode(data, type=_SettingsFile)
    return _SettingsFile()
