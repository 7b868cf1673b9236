"""Orders to the shim of a job: files in the attempt's folder that it answers, and a signal that says there is one.

A signal that is lost costs five seconds, not the order: the shim looks by itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from autotrain_tui.session.records.attempt_files import StopOrder, encode
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import replace_file
from autotrain_tui.session.records.job_files import Order, OrderDone
from autotrain_tui.session.records.read_file import read_file
from autotrain_tui.slurm.tools import ToolAnswer, ask

__all__ = ["OrderFiles"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
LARGEST = 1 << 16

_ANSWER_SECONDS = 20.0
"""How long an answer is waited for: the shim looks every 5 s, a network file system shows a new file within 10 s."""


class OrderFiles:
    """The orders of one attempt, numbered from 1."""

    def __init__(
        self, folder: Path, job: Callable[[], str | None], run: Callable[[list[str]], ToolAnswer] = ask
    ) -> None:
        """`job`: the job's id, None while it is unknown."""
        self._folder, self._job, self._run = folder, job, run
        self._last, self.stop = self._earlier()
        """`stop`: the last order to end, also one of an earlier runner."""

    def _earlier(self) -> tuple[int, StopOrder | None]:
        number, stop = 0, None
        while (order := self._read(f"order-{number + 1}.json", Order)) is not None:
            number += 1
            stop = _as_stop_order(order) or stop
        return number, stop

    def _read(self, name: str, kind: type[Order]) -> Order | None:
        import json  # as the records do: it keeps what is not UTF-8

        import msgspec

        data = read_file(self._folder / name, LARGEST, ours=True).data
        if data is None:
            return None
        try:
            return msgspec.convert(json.loads(data), kind)
        except (ValueError, msgspec.ValidationError):
            return None

    async def give(self, order: Order) -> int:
        """Write the order and tell the shim; its number. Raises OSError if it can't be written."""
        number = self._last + 1
        replace_file(self._folder / f"order-{number}.json", encode(order))
        self._last = number
        self.stop = _as_stop_order(order) or self.stop
        await self._poke()
        return number

    async def done(self, number: int, ended: Callable[[], bool], patience: float = _ANSWER_SECONDS) -> OrderDone | None:
        """The shim's answer; None if none came in time, or the attempt has ended."""
        import json

        import msgspec

        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and not ended():
            data = read_file(self._folder / f"order-{number}.done.json", LARGEST, ours=True).data
            if data is not None:
                try:
                    return msgspec.convert(json.loads(data), OrderDone)
                except (ValueError, msgspec.ValidationError):
                    return None
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def _poke(self) -> None:
        """Signal the shim through Slurm; if that fails it finds the order within five seconds."""
        job = self._job()
        if job is None:
            return
        answer = await asyncio.to_thread(self._run, ["scancel", "--signal=USR2", "--batch", job])
        if not answer.good:
            log.info("job %s was not told of an order: %s", job, answer.trouble)


def _as_stop_order(order: Order) -> StopOrder | None:
    """An order to end, as supervisors read it. Its clock is this machine's, from now."""
    if order.verb not in ("stop", "kill"):
        return None
    grace = 0.0 if order.verb == "kill" else order.grace_seconds
    number = order.signal if order.verb == "stop" and order.signal else 9
    return StopOrder(number, grace, order.sent_by, order.time or now_iso(), time.monotonic(), [number], sent=True)
