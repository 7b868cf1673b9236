"""A real torch DDP stage: torchrun, two ranks, gloo. Skipped where torch is missing (FAULTS S2).

AUTOTRAIN_TEST_TORCH names an interpreter that has torch, when it isn't the one the tests run in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.test_frozen import letter
from tests.runner.rig import Rig, plan, session, wait_for

PYTHON = os.environ.get("AUTOTRAIN_TEST_TORCH", sys.executable)

DDP = r"""
import os, time
import torch, torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
dist.init_process_group("gloo")
rank = dist.get_rank()
model = DistributedDataParallel(torch.nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
step = 0
while True:  # all leave in the same step: a rank whose peer is gone fails
    step += 1
    optimizer.zero_grad()
    loss = model(torch.ones(8, 4)).pow(2).mean()
    loss.backward()
    optimizer.step()
    os.write(1, f"rank {rank} pid {os.getpid()} step {step} at {time.monotonic():.6f}\n".encode())
    everyone = torch.tensor([float(os.path.exists(os.environ["AUTOTRAIN_SESSION_DIR"] + "/go"))])
    dist.all_reduce(everyone)
    if everyone.item():
        break
os.write(1, f"rank {rank} is done\n".encode())  # in one piece: both ranks write to one file
os._exit(0)  # torch 2.13's gloo may abort where the group ends in one rank before the other
"""


def has_torch() -> bool:
    return subprocess.run([PYTHON, "-c", "import torch.distributed"], check=False, capture_output=True).returncode == 0


def steps(rig: Rig) -> list[tuple[int, int, float]]:
    """Rank, pid and moment of each step."""
    found = re.findall(r"^rank (\d) pid (\d+) step \d+ at ([\d.]+)$", rig.log("a"), re.MULTILINE)
    return [(int(rank), int(pid), float(moment)) for rank, pid, moment in found]


def test_every_rank_of_a_ddp_stage_stops_and_goes_on(tmp_path: Path, record_property: pytest.RecordProperty) -> None:
    """Pause of a DDP stage stops torchrun and both ranks, which lead sessions of their own, within 100 ms; not a step
    is made until it is resumed; then both go on to their end.
    """
    if not has_torch():
        pytest.skip(f"{PYTHON} has no torch")
    script = tmp_path / "ddp.py"
    script.write_text(DDP)
    command = [PYTHON, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", str(script)]
    with session(tmp_path, plan({"name": "a", "command": command})) as rig:
        rig.start()
        wait_for(lambda: {rank for rank, _, _ in steps(rig)} == {0, 1}, "both ranks to train", patience=120)
        pids = {pid for _, pid, _ in steps(rig)} | {rig.pid("a")}
        assert len({os.getsid(pid) for pid in pids}) > 1, "ranks lead sessions of their own"
        asked = time.monotonic()
        assert rig.ask("pause").accepted  # not resumable: a freeze
        answered = time.monotonic()
        assert rig.stage("a").state == "frozen"
        assert {letter(pid) for pid in pids} == {"T"}
        last = max(moment for _, _, moment in steps(rig))
        count = len(steps(rig))
        record_property("seconds_to_last_step", round(last - asked, 4))
        record_property("seconds_to_answer", round(answered - asked, 4))
        print(
            f"last step {1000 * (last - asked):.0f} ms after the pause was asked for, answer after {1000 * (answered - asked):.0f} ms"
        )
        assert last - asked < 0.1
        time.sleep(1.0)
        assert len(steps(rig)) == count
        assert rig.ask("resume").accepted
        for rank in (0, 1):
            wait_for(lambda rank=rank: [one for one in steps(rig)[count:] if one[0] == rank], f"rank {rank} to go on")
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert all(f"rank {rank} is done" in rig.log("a") for rank in (0, 1))
