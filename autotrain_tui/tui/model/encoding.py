"""Whether the terminal shows more than ASCII, as the locale in the environment says."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["is_plain"]

_COERCED = "C.UTF-8"
"""Python sets LC_CTYPE to this where LANG is C (PEP 538): not a setting of the user."""


def is_plain(environment: Mapping[str, str]) -> bool:
    """Whether the environment names an encoding of the terminal's that is not UTF-8. Nothing said: UTF-8."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        said = environment.get(name, "")
        if said and not (name == "LC_CTYPE" and said == _COERCED and environment.get("LANG") in ("C", "POSIX")):
            return "utf8" not in said.lower().replace("-", "")
    return False
