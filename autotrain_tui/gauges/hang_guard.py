"""Query a source that may hang from a separate thread, so that no caller waits for it.

Not the event loop's executor: a few hanging calls there would hold up every other user of it, and the interpreter
waits for its threads at exit. A daemon thread stuck in a driver is simply left behind.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Watch"]

T = TypeVar("T")


class Watch(Generic[T]):
    """The last answer of `measure`, renewed when asked for; the thread starts with the first question.

    `measure` runs only in the thread. `finish`, if given, runs there once after `close`.
    """

    def __init__(
        self,
        name: str,
        measure: Callable[[], T],
        *,
        patience: float = 5.0,
        finish: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.patience = name, patience
        self._measure, self._finish, self._clock = measure, finish, clock
        self._wanted = threading.Event()
        self._closed = False
        self._asked: float | None = None
        self._answer: tuple[T, float] | None = None
        self._failure: str | None = None
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        """Request a new answer; returns at once. A request while one is pending has no effect."""
        if self._asked is not None or self._closed:
            return
        self._asked = self._clock()
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=f"gauge-{self.name}", daemon=True)
            self._thread.start()
        self._wanted.set()

    @property
    def answer(self) -> T | None:
        """The last answer, however old; None before the first."""
        return self._answer[0] if self._answer else None

    @property
    def answered(self) -> float | None:
        """When the last answer came, by the clock given (monotonic seconds)."""
        return self._answer[1] if self._answer else None

    @property
    def failure(self) -> str | None:
        """The error of the last request; None if it was answered."""
        return self._failure

    def overdue(self) -> float | None:
        """Seconds that a request has been pending, if more than `patience`; else None."""
        asked = self._asked
        waited = self._clock() - asked if asked is not None else 0.0
        return waited if waited > self.patience else None

    def close(self) -> None:
        """Let the thread end after its current request; does not wait for it."""
        self._closed = True
        self._wanted.set()

    def _serve(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._closed:
                break
            answer, failure = self._answer, None
            try:
                answer = (self._measure(), self._clock())
            except Exception as error:  # noqa: BLE001  the thread's last line: a gauge that breaks is shown, not raised
                failure = f"{type(error).__name__}: {error}"
            # first: whoever sees the answer can ask for the next one
            self._asked = None
            self._answer, self._failure = answer, failure
        if self._finish is not None:
            self._finish()
