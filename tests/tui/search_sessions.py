"""A session with a search, made by hand: trials that run, rest at rungs, failed, and in the end a winner."""

from __future__ import annotations

import math
import os
import random
import time
from functools import cache
from pathlib import Path

import msgspec

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.event_base import SearchDefinition
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.clock import iso
from autotrain_tui.session.records.folder import SessionFolder, make_private_dir
from autotrain_tui.session.records.heartbeat import Heartbeat, Live, ProgressFigures
from autotrain_tui.session.records.lock import LockOwner
from tests.tui.sessions import Writer

EPOCHS = 20
RUNGS = (2, 6, 18)
PACE = 20.0
"""Seconds of an epoch."""

PLAN = """\
name = "tune"
command = ["python", "train.py", "{lr}", "{batch_size}", "{optimizer}", "{epochs}"]
metric = { name = "accuracy", goal = "max" }
[[stage]]
name = "search"
epochs = 20
[stage.sweep]
method = "halving"
trials = 16
[stage.sweep.params]
lr = { min = 1e-4, max = 1e-1, log = true }
batch_size = { values = [32, 64, 128] }
optimizer = { values = ["adam", "sgd"] }
[[stage]]
name = "final"
epochs = 40
"""


@cache
def drawn(number: int) -> dict[str, object]:
    """A trial's setting, made once: no caller may change it."""
    source = random.Random(number)
    lr = float(f"{10 ** source.uniform(-4, -1):.6g}")
    return {"lr": lr, "batch_size": source.choice([32, 64, 128]), "optimizer": source.choice(["adam", "sgd"])}


@cache
def value(number: int, epoch: float) -> float:
    """A trial's accuracy after an epoch: best near lr 0.01, and a little better with adam."""
    setting = drawn(number)
    end = 0.97 - 0.16 * abs(math.log10(setting["lr"]) + 2) - 0.03 * (setting["optimizer"] == "sgd")
    return round(end * (1 - 0.5 ** (epoch / 2)) + random.Random(f"{number}{epoch}").gauss(0, 0.004), 4)


def make_search(
    sessions: Path, *, trials: int = 16, decided: bool = False, name: str = "20261122-150403-tune", second: bool = False
) -> SessionFolder:
    """A session whose first stage is a search of `trials` trials; `second` adds another search, which waits.

    The best three run (two of them beyond their first rung), the worst one failed, the others rest at a rung.
    """
    host = identity.host()
    sessions.mkdir(parents=True, exist_ok=True)
    folder = SessionFolder(sessions / name)
    for path in (folder.path, folder.control, folder.done, folder.path / "stages"):
        make_private_dir(path)
    folder.plan.write_text(PLAN)
    writer = Writer(folder, host, 2400.0)
    search = SearchDefinition("halving", trials, rungs=[float(rung) for rung in RUNGS])
    stages = [
        ev.StageDefinition("search", 1, "16 settings", {"epochs": EPOCHS}, resumable=True, epochs=EPOCHS, search=search)
    ]
    if second:
        stages.append(msgspec.structs.replace(stages[0], name="refine", index=2, needs=["search"]))
    stages.append(ev.StageDefinition("final", 3, "The winner's", {"epochs": 40}, ["search"], 300.0, epochs=40))
    writer.write(
        ev.SessionCreated(
            id=name, plan="tune", mode="development", budget_seconds=8 * 3600.0, metric_name="accuracy", stages=stages,
            host=host, boot_id=writer.boot, project="/home/ada/digits", jobs=3,
        )
    )  # fmt: skip
    pid = os.getpid()
    writer.write(ev.RunnerStarted(pid=pid, boot_id=writer.boot, host=host), 0.1)
    ranked = sorted(range(1, trials + 1), key=lambda number: -value(number, 2))
    living = [] if decided else ranked[:3]
    for number in sorted(range(1, trials + 1), key=lambda number: (number in living, number)):
        writer.at = max(writer.at, -4.2 * PACE) if number in living else writer.at
        far = (
            len(RUNGS)
            if number == ranked[0]
            else 2
            if number in ranked[:2]
            else 1
            if number in ranked[: trials // 3]
            else 0
        )
        _trial(folder, writer, number, far, living=number in living, decided=decided, failed=number == ranked[-1])
    if decided:
        winner = f"search.{ranked[0]:02d}"
        reason = f"{winner} is the best of {trials} trials"
        writer.write(ev.SweepEnded(stage="search", state="succeeded", winners=[winner], reason=reason))
    else:
        beats = {f"search.{number:02d}": _live(number) for number in living}
        folder.heartbeat.write_bytes(msgspec.json.encode(Heartbeat(1, pid, iso(time.time()), beats)))
    owner = LockOwner(pid, identity.start_time(pid), writer.boot, host)
    folder.lock.write_bytes(msgspec.json.encode(owner))
    return folder


def _live(number: int) -> Live:
    figures = ProgressFigures(4 * 60, EPOCHS * 60, 4, EPOCHS, 4 / EPOCHS, 41.0)
    return Live(1, figures, 90.0, 8.0, "own", {"accuracy": value(number, 4)}, value(number, 4), 4096)


def _trial(
    folder: SessionFolder, writer: Writer, number: int, far: int, *, living: bool, decided: bool, failed: bool
) -> None:
    """One trial: `far` rungs are behind it; it runs, rests at the next one, has failed, or has ended."""
    name = f"search.{number:02d}"
    info = ev.StageDefinition(
        name,
        1,
        params={"epochs": EPOCHS},
        resumable=True,
        epochs=EPOCHS,
        sweep="search",
        trial=number,
        swept=drawn(number),
    )
    settings = ", ".join(f"{key} {value}" for key, value in drawn(number).items())
    writer.write(ev.StageAdded(info=info, reason=f"trial {number}: {settings}"))
    place = folder.attempt(1, name, 1).path
    place.parent.mkdir(exist_ok=True)
    place.mkdir()
    writer.write(
        ev.AttemptStarting(stage=name, attempt=1, folder=str(place.relative_to(folder.path)), command=["python"]), 0.1
    )
    writer.write(ev.AttemptRunning(stage=name, attempt=1, pid=4242 + number), 0.1)
    complete = decided and far == len(RUNGS)
    epochs = 4 if living else EPOCHS if complete else RUNGS[min(far, 2)]
    with open(place / "readings.jsonl", "wb") as file:
        file.writelines(
            msgspec.json.encode([epoch * PACE, "accuracy", value(number, epoch), epoch * 60, epoch]) + b"\n"
            for epoch in range(1, epochs + 1)
        )
    (place / "log").write_text("".join(f"epoch {e}/20 accuracy {value(number, e):.4f}\n" for e in range(1, epochs + 1)))
    writer.write(ev.Decision(strategy="ladder", stage=None, reason="next"), 0.0 if living else epochs * PACE)
    end = {"metrics": {"accuracy": value(number, epochs)}, "best": max(value(number, e) for e in range(1, epochs + 1))}
    if failed:
        writer.write(ev.AttemptEnded(stage=name, attempt=1, state="failed", exit_code=1, reason="exit code 1", **end))
        return
    for rung in range(1 if living else min(far, 2) + 1):
        on = rung < far and (not living or rung == 0)
        judged = ev.TrialJudged(
            stage=name, rung=rung, value=value(number, RUNGS[rung]), promoted=on, reason=f"rung {rung + 1}"
        )
        writer.write(judged)
    if living:
        return
    state = "succeeded" if complete else "paused"
    if not complete:
        writer.write(ev.StageStopping(stage=name, attempt=1, intent="pause", by="sweep"))
    writer.write(ev.AttemptEnded(stage=name, attempt=1, state=state, exit_code=0, result=complete, **end))
