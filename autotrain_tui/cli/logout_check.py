"""Whether logging out would end training: systemd's KillUserProcesses (FAULTS P19; logind.conf(5), loginctl(1))."""

from __future__ import annotations

import getpass
import glob
import os
import re
from collections.abc import Mapping

__all__ = ["logout_ends_training"]

_CONFIGURATION = (
    "/usr/lib/systemd/logind.conf",
    "/usr/lib/systemd/logind.conf.d/*.conf",
    "/etc/systemd/logind.conf",
    "/etc/systemd/logind.conf.d/*.conf",
    "/run/systemd/logind.conf.d/*.conf",
)


def logout_ends_training(environ: Mapping[str, str], root: str = "/") -> str:
    """A sentence with what to do, when this login's end would kill what we start; empty when it wouldn't.

    `root` is where the system's files are looked for.
    """
    if not os.path.isdir(os.path.join(root, "run/systemd/system")) or "XDG_SESSION_ID" not in environ:
        return ""
    if not _kills(root) or not _in_login_scope(root):
        return ""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        return ""
    return (
        f"this system kills your processes at logout (KillUserProcesses=yes), training included; start with: "
        f"loginctl enable-linger {user} && systemd-run --user --scope autotrain-tui …"
    )


def _kills(root: str) -> bool:
    """The last KillUserProcesses= of logind's configuration; its own default is no on most systems."""
    kills = False
    for pattern in _CONFIGURATION:
        for path in sorted(glob.glob(os.path.join(root, pattern.lstrip("/")))):
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    text = file.read(1 << 16)
            except OSError:
                continue
            for value in re.findall(r"^\s*KillUserProcesses\s*=\s*(\w+)", text, re.MULTILINE):
                kills = value.lower() in {"yes", "true", "1", "on"}
    return kills


def _in_login_scope(root: str) -> bool:
    """Whether we are in the scope of a login (session-N.scope), which is what is killed."""
    try:
        with open(os.path.join(root, "proc/self/cgroup"), encoding="utf-8") as file:
            return re.search(r"/session-[^/]*\.scope", file.read()) is not None
    except OSError:
        return False
