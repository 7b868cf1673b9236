"""Two nodes with two ranks each by torchrun through srun. Skipped where torch is missing.

AUTOTRAIN_TEST_TORCH names an interpreter that has torch, when it isn't the one the tests run in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.runner.rig import session, wait_for

from .rig import attempt_folder, record, slurm_plan
from .test_slurm_ranks import nodes_of

PYTHON = os.environ.get("AUTOTRAIN_TEST_TORCH", sys.executable)

TRAIN = """
import json, os, pathlib, signal, sys, time
import torch
rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
torch.manual_seed(7)
inputs = torch.randn(64, 3)
wanted = inputs @ torch.tensor([[1.0], [-2.0], [0.5]])
model = torch.nn.Linear(3, 1)
if world > 1:
    torch.distributed.init_process_group("gloo")
    model = torch.nn.parallel.DistributedDataParallel(model)
asked = []
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"checkpoint\\n"))
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
waits = pathlib.Path(os.environ.get("AUTOTRAIN_SESSION_DIR", ".")) / "wait"
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(30):
    optimizer.zero_grad()
    loss = (model(inputs[rank::world]) - wanted[rank::world]).pow(2).mean()
    loss.backward()
    optimizer.step()
    print("step", step, "loss", loss.item(), flush=True)
while waits.exists() and not asked:
    time.sleep(0.1)
if asked:
    time.sleep(1); print("saved", flush=True)
    sys.exit(0)
whole = (model(inputs) - wanted).pow(2).mean().item()
if rank == 0:
    text = json.dumps({"accuracy": whole})
    print(text, flush=True)
    if "AUTOTRAIN_RESULT" in os.environ:
        open(os.environ["AUTOTRAIN_RESULT"], "w").write(text)
if world > 1:  # a rank whose peer leaves before it may abort, also in the end of the group: each waits outside of torch
    here = pathlib.Path(os.environ["AUTOTRAIN_SESSION_DIR"])
    (here / f"done.{rank}").touch()
    while not all((here / f"done.{number}").exists() for number in range(world)):
        time.sleep(0.05)
    os._exit(0)
"""


def has_torch() -> bool:
    return subprocess.run([PYTHON, "-c", "import torch.distributed"], check=False, capture_output=True).returncode == 0


@pytest.fixture(autouse=True)
def torch(cluster):
    if not has_torch():
        pytest.skip("torch is not installed; AUTOTRAIN_TEST_TORCH can name an interpreter that has it")


def torch_plan(tmp_path, **keys):
    (tmp_path / "train.py").write_text(TRAIN)
    stage = {"name": "a", "command": [PYTHON, "train.py"], "python": PYTHON, "resumable": True, **keys}
    return slurm_plan(stage, distributed={"engine": "torchrun", "nnodes": 2, "nproc_per_node": 2})


def test_two_nodes_train_to_the_result_of_one_process(cluster, tmp_path):
    """Four ranks on two nodes, each with a part of the batch, come to what one process with the whole batch does."""
    with session(tmp_path, torch_plan(tmp_path)) as rig:
        rig.start()
        rig.end(240)
        assert rig.outcome() == "succeeded", rig.log("a")
        alone = subprocess.run([PYTHON, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
        whole = json.loads(alone.stdout.splitlines()[-1])["accuracy"]
        assert rig.stage("a").attempt.metrics["accuracy"] == pytest.approx(whole, rel=1e-4)
        assert [record(rig, f"ranks/{number}.json")["world_size"] for number in range(4)] == [4] * 4
        assert rig.stage("a").attempt.place == "n[1-2]"


def test_checkpoint_and_pause_reach_every_rank_and_not_torchrun(cluster, tmp_path):
    """SIGUSR1 would end torchrun: only the ranks get it, on both nodes, and all of them save at a pause."""
    with session(tmp_path, torch_plan(tmp_path, checkpoint_signal="USR1")) as rig:
        (rig.folder.path / "wait").touch()
        rig.start()

        def logs():
            paths = [attempt_folder(rig) / "ranks" / f"{number}.log" for number in range(4)]
            return [path.read_text() if path.exists() else "" for path in paths]

        wait_for(lambda: all("step 29" in log for log in logs()), "four ranks", 240)
        rig.until("a", "running")
        # both nodes are this machine; the ranks are those below each node's torchrun
        first, second = ({record(rig, f"ranks/{number}.json")["pid"] for number in pair} for pair in ((0, 1), (2, 3)))

        def ranks_of_nodes():  # a sample may be from before the ranks were there
            return {name: frozenset(node & (first | second)) for name, node in nodes_of(rig).items()}

        wait_for(lambda: all(ranks_of_nodes().values()), "the ranks among the nodes' processes")
        assert list(ranks_of_nodes()) == ["n1", "n2"]
        assert set(ranks_of_nodes().values()) == {frozenset(first), frozenset(second)}
        rig.ask("checkpoint", "a")
        wait_for(lambda: all("checkpoint" in log for log in logs()), "four checkpoints")
        rig.ask("pause", "a")
        rig.until("a", "paused")
        assert all("saved" in log for log in logs())
