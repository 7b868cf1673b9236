"""Regular expressions that are compiled at their first use.

The readers have two hundred of them, which take 70 ms to compile: the start of every process that can read a log. Most
processes read none, and most logs need a few.
"""

from __future__ import annotations

import re
from typing import AnyStr, cast

__all__ = ["lazy_pattern"]


class _LazyPattern:
    """Stands for a compiled pattern. A method of it is looked up once, and found on this object from then on."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        """The compiled pattern's attribute."""
        if name == "_compiled":
            self._compiled = re.compile(self._source, self._flags)
            return self._compiled
        found = self.__dict__[name] = getattr(self._compiled, name)
        return found


def lazy_pattern(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives; a mistake in the pattern shows at its first use."""
    return cast("re.Pattern[AnyStr]", _LazyPattern(source, flags))
