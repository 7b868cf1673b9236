"""A Slurm cluster of three nodes on this machine, from the Debian packages slurm-wlm and munge, in a temporary folder.

`slurmd -N n1` and its own port make a node; all of them are this host. `munged` has its own key and socket, so that no
file outside of the folder is touched. Needs root, as slurmd does. The daemons end by SIGKILL: their own ends take long.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NODES = ("n1", "n2", "n3")

CONFIG = """
ClusterName={name}
FirstJobId={first_job}
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={root}/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool-%n
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd-%n.pid
SlurmctldLogFile={root}/slurmctld.log
SlurmdLogFile={root}/slurmd-%n.log
ProctrackType=proctrack/{tracks_by}
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
KillWait=3
SlurmdTimeout=5
MessageTimeout=3
MinJobAge=20
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=1,sched_interval=2,bf_interval=2
{nodes}
PartitionName=main Nodes=n[1-3] Default=YES MaxTime=60 PriorityTier=1
PartitionName=brief Nodes=n3 MaxTime=5 PriorityTier=1
PartitionName=first Nodes=n[1-3] MaxTime=60 PriorityTier=10
"""


def missing() -> str:
    """Why no cluster can be started here; empty if one can."""
    absent = [
        name for name in ("munged", "slurmctld", "slurmd", "sbatch") if shutil.which(name, path=search_path()) is None
    ]
    if absent:
        return f"no Slurm here: {', '.join(absent)} missing (Debian: apt-get install slurm-wlm munge)"
    return "" if os.getuid() == 0 else "slurmd needs root"


def no_cgroup() -> str:
    """Why processes can't be tracked by cgroup here; empty if they can."""
    freezer = Path("/sys/fs/cgroup/freezer/tasks")
    return "" if freezer.exists() and os.access(freezer, os.W_OK) else "no freezer cgroup (version 1) to write to here"


def search_path() -> str:
    return f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, below those that the system gives to connections of others (ip(7))."""
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().randrange(12_000, 32_000)
        with socket.socket() as each, suppress(OSError):
            each.bind(("127.0.0.1", port))
            found += [port] if port not in found else []
    return found


class SlurmCluster:
    """One cluster; `config` is what SLURM_CONF has to name."""

    def __init__(self, root: Path, tracks_by: str = "linuxproc") -> None:
        self.root = root
        self.config = root / "slurm.conf"
        ports, host = free_ports(1 + len(NODES)), socket.gethostname()
        nodes = "\n".join(
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=4 RealMemory=1000 State=UNKNOWN"
            for node, port in zip(NODES, ports[1:], strict=True)
        )
        for name in ("munge", "state", *(f"spool-{node}" for node in NODES)):
            (root / name).mkdir(parents=True)
        # munged refuses a folder of its socket that others can't enter or can write to
        for folder in (root, root / "munge"):
            folder.chmod(0o755)
        key = root / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        # clusters on one machine share the folders of cgroups: a job's is named by its node and number
        names = {"name": f"t{os.getpid()}", "first_job": os.getpid() % 60_000 * 1000 + 1, "host": host, "root": root}
        self.config.write_text(CONFIG.format(**names, ports=ports, tracks_by=tracks_by, nodes=nodes))
        if tracks_by == "cgroup":
            lines = ["CgroupPlugin=cgroup/v1", "CgroupMountpoint=/sys/fs/cgroup", "CgroupAutomount=no"]
            (root / "cgroup.conf").write_text("\n".join(lines) + "\n")
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.untold: set[str] = set()
        """Jobs that ended while no controller was there: slurmstepd tells it so only 15 s later, and nobody waits for it."""

    def start(self) -> None:
        """Start every daemon; returns when all nodes are idle."""
        munge = self.root / "munge"
        self.daemon(
            "munged", "munged", "--foreground", "--force", f"--key-file={munge}/key", f"--socket={munge}/socket",
            f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed",
        )  # fmt: skip
        wait_for((munge / "socket").exists, "munged")
        self.controller()
        for node in NODES:
            self.node(node)
        wait_for(lambda: self.tool("sinfo", "-h", "-N", "-p", "main", "-o", "%T").split() == ["idle"] * 3, "idle nodes")

    @contextmanager
    def setting(self, **settings: object) -> Iterator[None]:
        """Other settings for a while, `SlurmdTimeout=2`, say."""
        before = self.config.read_text()
        names = "|".join(settings)
        rest = re.sub(rf"(?m)^({names})=.*\n", "", before)
        try:
            self.config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()) + rest)
            self.tool("scontrol", "reconfigure")
            yield
        finally:
            self.config.write_text(before)
            self.tool("scontrol", "reconfigure")

    def controller(self) -> None:
        self.daemon("slurmctld", "slurmctld", "-D", "-f", str(self.config))

    def node(self, name: str, *, without: Path | None = None) -> None:
        """Start a node; `without` is a folder that it does not share: it sees an empty one of its own there."""
        words = ["slurmd", "-D", "-N", name, "-f", str(self.config)]
        if without is not None:
            hide = 'mount -t tmpfs none "$0" && exec "$@"'
            words = ["unshare", "--mount", "sh", "-c", hide, str(without), *words]
        self.daemon(name, *words)

    def daemon(self, name: str, *words: str) -> None:
        with open(self.root / f"{name}.out", "ab") as out:
            self.daemons[name] = subprocess.Popen(
                words, env=self.environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """End one daemon; what it has started lives on."""
        daemon = self.daemons.pop(name)
        daemon.kill()
        daemon.wait()

    def end(self, name: str) -> None:
        """End one daemon cleanly: a controller saves its state, without which it would give numbers of jobs twice."""
        daemon = self.daemons.pop(name)
        daemon.terminate()
        daemon.wait(120)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "SLURM_CONF": str(self.config), "PATH": search_path()}

    def tool(self, *words: str) -> str:
        """The output of one of Slurm's tools; empty if it failed."""
        done = subprocess.run(words, env=self.environment(), capture_output=True, text=True, check=False, timeout=60)
        return done.stdout if done.returncode == 0 else ""

    def act(self, *words: str) -> None:
        """Run one of Slurm's tools; fails with its words if it could not do it."""
        done = subprocess.run(words, env=self.environment(), capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{words}: {done.stderr}"

    def jobs(self) -> list[str]:
        """The ids of jobs that have not ended, as far as their nodes could tell."""
        listed = self.tool("squeue", "-h", "-t", "PD,R,CF,S,CG", "-o", "%i").split()
        return [job for job in listed if job not in self.untold]

    def clear(self) -> None:
        """Cancel every job, and wait until the nodes are idle."""
        if jobs := self.jobs():
            self.tool("scancel", "--full", "--signal=KILL", *jobs)
            self.tool("scancel", *jobs)
        wait_for(lambda: not self.jobs(), "an empty queue")

    def stop(self) -> None:
        """End every daemon, and what waits for one: a slurmstepd tells no controller for ever that its job has ended."""
        for name in list(self.daemons):
            self.kill(name)
        ours = f"SLURM_CONF={self.config}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (folder / "comm").read_bytes() == b"slurmstepd\n" and ours in (
                    folder / "environ"
                ).read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)


def wait_for(condition, what: str, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.05)
