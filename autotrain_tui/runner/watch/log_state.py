"""Whether a watched log is still there, and whether it is still text."""

from __future__ import annotations

import os
from pathlib import Path

from autotrain_tui.text.binary_data import is_binary

__all__ = ["LogState"]

_TAIL = 4096


class LogState:
    """Looked at often; tells each change once."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.message = ""
        """What a person should know now; empty if all is well."""
        self._size = -1

    def change(self) -> str:
        """One sentence if something has changed since the last look; empty if nothing has."""
        before, self.message = self.message, self._look()
        if self.message == before:
            return ""
        return self.message or f"{self.path.name} is there again"

    def _look(self) -> str:
        try:
            with open(os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size == self._size:
                    return self.message
                self._size = size
                file.seek(max(0, size - _TAIL))
                tail = file.read(_TAIL)
        except FileNotFoundError:
            return f"{self.path.name} is gone: it was moved or deleted"
        except OSError as error:
            return f"{self.path.name} can't be read now: {error.strerror}"
        return f"{self.path.name} holds binary data now" if is_binary(tail) else ""
