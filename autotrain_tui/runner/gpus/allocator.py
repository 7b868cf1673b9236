"""GPUs for stages that ask for them: measured, leased across sessions, released at the end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.errors import UnreadableError
from autotrain_tui.gauges.gpus import Gpus
from autotrain_tui.gauges.sample import GpuSample
from autotrain_tui.runner.gpus.leases import GpuLeases, GpusUnavailable, Lease, LeaseHolder, gpu_key
from autotrain_tui.session.records.process_identity import Identity

__all__ = ["GpuAllocator"]

log = logging.getLogger(__name__)


RESERVE = 512 << 20
"""Bytes of a GPU that stay free: a CUDA context takes some hundred MiB that no program counts as its own."""


def _fits(gpu: GpuSample | None, taken: int, memory: int) -> bool:
    """Whether so many bytes more fit on the GPU, on which stages take `taken` in all."""
    if gpu is None or gpu.memory_total is None or gpu.memory_used is None:
        return False
    return gpu.memory_total - max(gpu.memory_used, taken) >= memory + RESERVE


class GpuAllocator:
    """The session's leases, by stage."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._gpus: Gpus | None = None
        self._leases: GpuLeases | None = None
        self._held: dict[str, Lease] = {}
        self._to_retake: dict[str, Path] = {}
        self._processes: dict[str, list[Identity]] = {}
        """The processes of each stage that has a lease; several stages may share one."""

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
            self._processes[stage] = processes
            self._bind_all(lease)

    def _bind_all(self, lease: Lease) -> None:
        """Record the processes of all stages that share the lease."""
        sharing = [stage for stage, held in self._held.items() if held is lease]
        lease.bind([process for stage in sharing for process in self._processes.get(stage, [])])

    def share(self, stage: str, attempt_dir: Path, hosts: Mapping[str, int], memory: int) -> Lease | GpusUnavailable:
        """The GPUs of one of the stages `hosts`, with the bytes that each of these takes, if `memory` more fit there.

        Counted is the larger of what is measured and what the stages on it take: one that has just begun has not taken
        its memory yet.
        """
        reading = self._open()[0].reading()
        samples = {gpu_key(gpu): gpu for gpu in reading.gpus}
        reason = "no other trial has a GPU"
        for host in hosts:
            lease = self._held.get(host)
            if lease is None or not lease.environment:  # of an adopted attempt the variables are not known
                continue
            taken = sum(bytes_ for name, bytes_ in hosts.items() if self._held.get(name) is lease)
            reason = f"{memory / 2**30:.1f} GiB more do not fit on the GPU of {host}"
            if all(_fits(samples.get(key), taken, memory) for key in lease.gpus):
                lease.share(str(attempt_dir))
                self._held[stage] = lease
                return lease
        return GpusUnavailable(f"waits for GPU memory: {reason}")

    def retake(self, stage: str, attempt_dir: Path) -> None:
        """Take the lease of an adopted attempt again; later, if its file can't be read now."""
        shared = next((lease for lease in self._held.values() if lease.covers(str(attempt_dir))), None)
        if shared is not None:
            self._held[stage] = shared
            return
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
        self._processes.pop(stage, None)
        lease = self._held.pop(stage, None)
        if lease is None:
            return
        if any(held is lease for held in self._held.values()):
            self._bind_all(lease)
        else:
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
