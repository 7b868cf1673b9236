"""GPUs for stages that ask for them: measured, leased across sessions, released at the end."""

from __future__ import annotations

import logging
from pathlib import Path

from autotrain_tui.errors import UnreadableError
from autotrain_tui.gauges.gpus import Gpus
from autotrain_tui.runner.gpus.leases import GpuLeases, GpusUnavailable, Lease, LeaseHolder
from autotrain_tui.session.records.process_identity import Identity

__all__ = ["GpuAllocator"]

log = logging.getLogger(__name__)


class GpuAllocator:
    """The session's leases, by stage."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._gpus: Gpus | None = None
        self._leases: GpuLeases | None = None
        self._held: dict[str, Lease] = {}
        self._to_retake: dict[str, Path] = {}

    def claim(self, stage: str, count: int, attempt_dir: Path, memory: int | None = None) -> Lease | GpusUnavailable:
        """The `count` GPUs with most free memory for the attempt, or why there are none now.

        `memory`: bytes that it declares to take on each. Raises MachineError.
        """
        gpus, leases = self._open()
        reading = gpus.reading()
        gpus.ask()
        try:
            lease = leases.claim(count, reading, LeaseHolder(self._session, stage, str(attempt_dir)), memory)
        except UnreadableError as error:  # nothing is known by it: the stage waits, and it is asked again
            return GpusUnavailable(f"waits for the leases of the GPUs: {error}")
        if isinstance(lease, Lease):
            self._held[stage] = lease
        return lease

    def bind(self, stage: str, processes: list[Identity]) -> None:
        """Record the attempt's processes in its lease, so that the lease outlives this runner with them."""
        lease = self._held.get(stage)
        if lease is not None:
            lease.bind(processes)

    def retake(self, stage: str, attempt_dir: Path) -> None:
        """Take the lease of an adopted attempt again; later, if its file can't be read now."""
        try:
            lease = self._open()[1].retake(str(attempt_dir))
        except UnreadableError as error:
            if stage not in self._to_retake:
                log.warning("stage %s: its GPU lease is asked for again: %s", stage, error)
            self._to_retake[stage] = attempt_dir
            return
        self._to_retake.pop(stage, None)
        if lease is not None:
            self._held[stage] = lease

    def keep(self) -> None:
        """Call now and then: see `Lease.keep`."""
        for stage, attempt_dir in tuple(self._to_retake.items()):
            self.retake(stage, attempt_dir)
        for lease in self._held.values():
            try:
                lease.keep()
            except UnreadableError as error:  # the next call asks again; a lack of descriptors ends no runner
                log.warning("%s", error)

    def release(self, stage: str) -> None:
        """The stage's attempt has ended."""
        self._to_retake.pop(stage, None)
        lease = self._held.pop(stage, None)
        if lease is not None:
            lease.release()

    def close(self) -> None:
        """End the measuring threads; leases end with the process."""
        if self._gpus is not None:
            self._gpus.close()

    def _open(self) -> tuple[Gpus, GpuLeases]:
        if self._gpus is None or self._leases is None:
            self._gpus, self._leases = Gpus(), GpuLeases()
            self._gpus.ask()
        return self._gpus, self._leases
