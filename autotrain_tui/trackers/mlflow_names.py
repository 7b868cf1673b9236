"""Names that MLflow takes for metrics and parameters: one that it refuses would lose the whole batch.

Legal are letters and digits of any script, `_ . : / -` and spaces, at most 250, as a path in its shortest form (seen
with mlflow 3.17.2).
"""

from __future__ import annotations

import hashlib
import re

from autotrain_tui.text.redact import redact
from autotrain_tui.text.sanitize import sanitize

__all__ = ["LONGEST", "LegalNames"]

LONGEST = 250
_ILLEGAL = re.compile(r"[^\w .:/-]")


class LegalNames:
    """The legal name of each name of a run; those that had to be changed are kept in the run's memory."""

    def __init__(self, memory: dict[str, str]) -> None:
        self._memory = memory
        self._legal = {name: key.removeprefix(_KEY) for key, name in memory.items() if key.startswith(_KEY)}
        self._taken = {legal: name for name, legal in self._legal.items()}

    def of(self, name: str) -> str:
        """The same for the same name; two names never share one."""
        if name in self._legal:
            return self._legal[name]
        found = _ILLEGAL.sub("_", redact(sanitize(name)))
        found = "/".join(part for part in found.split("/") if part not in {"", ".", ".."}) or "_"
        if len(found) > LONGEST or self._taken.get(found, name) != name:
            found = f"{found[: LONGEST - 13]}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:12]}"
        self._legal[name], self._taken[found] = found, name
        if found != name:
            self._memory[_KEY + found] = name
        return found


_KEY = "name:"
