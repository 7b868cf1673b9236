"""Variables in a plan's `env` values: `${NAME}` stands for a variable of the environment, `$$` for a dollar sign.

A value is expanded when an attempt starts; plans and records keep the text as it was written.
Nothing else is expanded: `$NAME` and `~` stay as they are, and `unexpanded` tells a person so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["expand", "unexpanded", "variables_in"]

_TOKEN = re.compile(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_BARE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
_HOME = re.compile(r"(?:^|:)~(?=$|[/:])")


def expand(value: str, environ: Mapping[str, str]) -> str:
    """The value with every `${NAME}` replaced by `environ[NAME]`, or by nothing where it is not set; once only."""
    return _TOKEN.sub(lambda match: "$" if match[1] is None else environ.get(match[1], ""), value)


def variables_in(value: str) -> list[str]:
    """The names that `${NAME}` in the value refers to, in order."""
    return [name for name in (match[1] for match in _TOKEN.finditer(value)) if name is not None]


def unexpanded(value: str) -> str | None:
    """The first `$NAME` or `~` that a shell would expand and we pass on as it is; None without one."""
    rest = _TOKEN.sub("", value)
    bare = _BARE.search(rest)
    if bare is not None:
        return bare[0]
    return "~" if _HOME.search(rest) else None
