"""Session folders made by hand, as a runner would have written them: every state a screen may meet.

`python -m tests.support.demo STATE` makes one and shows it (the runner named in the lock is that very process).
"""

from __future__ import annotations

import math
import os
import random
import time
from functools import cache
from pathlib import Path

import msgspec

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.journal_file import JournalReader
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.clock import iso
from autotrain_tui.session.records.folder import SessionFolder, make_private_dir
from autotrain_tui.session.records.heartbeat import Heartbeat, Live, ProgressFigures
from autotrain_tui.session.records.lock import LockOwner

STATES = (
    "starting",
    "running",
    "pausing",
    "paused",
    "frozen",
    "stopping",
    "failed",
    "finished",
    "stopped",
    "budget",
    "interrupted",
    "lost",
    "waiting",
    "held",
    "empty",
    "many",
    "retry",
)

STAGES = (
    ("foundation", 2000, 20, 480.0),
    ("consolidation", 5000, 15, 700.0),
    ("refinement", 10000, 12, 1000.0),
    ("mastery", 20000, 10, 960.0),
    ("perfection", 40000, 8, 1500.0),
)
ELSEWHERE = "another-host"


class Writer:
    """Writes a session's journal with a clock of its own that ends now."""

    def __init__(self, folder: SessionFolder, host: str, lasted: float) -> None:
        self.folder, self.host = folder, host
        self.seq, self.at = 0, -lasted
        self.now, self.mono = time.time(), time.monotonic()
        self.boot = (identity.boot_id() or "") if host != ELSEWHERE else "another-boot"
        if host == ELSEWHERE:
            self.now, self.mono = 1795359843.0, 50000.0

    def write(self, event: ev.Event, after: float = 0.0) -> None:
        self.at = min(0.0, self.at + after)
        self.seq += 1
        event = msgspec.structs.replace(event, seq=self.seq, time=iso(self.now + self.at), mono=self.mono + self.at)
        with open(self.folder.journal, "ab") as file:
            file.write(msgspec.json.encode(event) + b"\n")


def append(folder: SessionFolder, event: ev.Event) -> None:
    """One more event, as the runner would write it now."""
    seq = max(old.seq for old in JournalReader(folder.journal).poll().events) + 1
    event = msgspec.structs.replace(event, seq=seq, time=iso(time.time()), mono=time.monotonic())
    with open(folder.journal, "ab") as file:
        file.write(msgspec.json.encode(event) + b"\n")


def stage_infos(count: int = 5) -> list[ev.StageDefinition]:
    infos = []
    for index in range(1, count + 1):
        name, limit, epochs, seconds = STAGES[(index - 1) % 5]
        if count > 5:
            name = f"{name}-{index:04d}"
        infos.append(
            ev.StageDefinition(
                name,
                index,
                f"Stage {name}",
                {"dataset_limit": limit, "epochs": epochs, "batch_size": 32},
                [infos[-1].name] if infos else [],
                seconds,
                "3 earlier sessions, ±10 %",
                0.1,
                resumable=True,
                checkpoint=True,
                epochs=epochs,
            )
        )
    return infos


@cache
def accuracy(stage: int, share: float) -> float:
    """A plausible headline: rises over the stages, noisy within one."""
    low, high = 0.82 + 0.035 * stage, 0.90 + 0.02 * stage
    return min(
        0.999, low + (high - low) * (1 - math.exp(-3 * share)) + random.Random(f"{stage}{share}").gauss(0, 0.003)
    )


# Hundreds of tests write the same few files, and what costs is their text: each is made once.


@cache
def readings_text(stage: int, seconds: float, share: float, epochs: int, points: int = 120) -> bytes:
    """What a stage's readings file holds after `share` of its time, `seconds` long."""
    lines = []
    for number in range(max(2, int(points * share))):
        done = number / points
        t, step, epoch = seconds * number / max(1, points * share), number * 10, done * epochs
        loss = 0.9 * math.exp(-2.2 * (stage + done) / 2) + 0.04 + random.Random(number).random() * 0.03
        lines += [
            msgspec.json.encode([round(t, 3), name, round(value, 5), step, round(epoch, 3)])
            for name, value in (("accuracy", accuracy(stage, done)), ("loss", loss), ("lr", 3e-4 * (1 - done)))
        ]
    return b"".join(line + b"\n" for line in lines)


@cache
def log_text(stage: int, epochs: int, share: float, lines: int = 400) -> str:
    """What a stage's log holds after `share` of its time."""
    written = []
    for number in range(int(lines * share)):
        done = number / lines
        epoch = int(done * epochs) + 1
        clock = f"15:{number // 60 % 60:02d}:{number % 60:02d}"
        written.append(
            f"{clock} epoch {epoch}/{epochs} step {number % 40 * 30:>4}/1250"
            f" loss {0.9 * math.exp(-3 * done) + 0.05:.4f} accuracy {accuracy(stage, done):.4f}"
            f" lr {3e-4 * (1 - done):.1e} {405 + number % 17} ex/s\n"
        )
        if number % 40 == 39:
            written.append(f"{clock} validation: accuracy {accuracy(stage, done):.4f} loss {0.2:.4f}\n")
            written.append(f"{clock} checkpoint saved: checkpoints/epoch-{epoch}.pt\n")
    return "".join(written)


def make_session(
    sessions: Path,
    state: str,
    *,
    host: str | None = None,
    plan: str = "digits",
    name: str = "20261122-150403-digits",
    stages: list[ev.StageDefinition] | None = None,
    done: int | None = None,
) -> SessionFolder:
    """A session in `state`; `host` ELSEWHERE makes every clock stand still (pictures that never differ).

    `stages` are the plan's (default: five, or the thousand of `many`), of which `done` have succeeded.
    """
    host = identity.host() if host is None else host
    sessions.mkdir(parents=True, exist_ok=True)
    folder = SessionFolder(sessions / name)
    for path in (folder.path, folder.control, folder.done, folder.path / "stages"):
        make_private_dir(path)
    lasted = {"finished": 905.0, "budget": 905.0, "waiting": 910.0, "held": 910.0, "starting": 907.0, "retry": 1350.0}
    writer = Writer(folder, host, lasted.get(state, 1353.0))
    infos = stage_infos(1000 if state == "many" else 5) if stages is None else stages
    writer.write(
        ev.SessionCreated(
            id=name,
            plan=plan,
            description="Handwritten digits, five stages of growing data",
            mode="development",
            scale=0.1,
            budget_seconds=8 * 3600.0,
            metric_name="accuracy",
            stages=infos,
            host=host,
            boot_id=writer.boot,
            project="/home/ada/digits",
        )
    )
    pid = os.getpid() if host != ELSEWHERE and state not in ("interrupted", "lost-runner") else 999_999_99
    writer.write(ev.RunnerStarted(pid=pid, boot_id=writer.boot, host=host), 0.1)
    if done is None:
        done = {"empty": 0, "many": 40, "finished": 5, "budget": 3}.get(state, 2)
    for info in infos[:done]:
        run_stage(folder, writer, info, 1.0, seconds=900.0 / done)
        finish_stage(writer, info)
    if state == "waiting":
        writer.write(ev.StageWaiting(stage=infos[2].name, reason="no GPU is free: 2 wanted, 0 of 8 free"), 5)
    elif state == "held":
        writer.write(ev.StageHeld(stage=infos[2].name, reason="look at the curve first", by="ada@lab"), 5)
    elif state not in ("finished", "budget"):
        last_stage(folder, writer, infos[done], state)
    end_session(writer, state)
    owner = LockOwner(pid, identity.start_time(pid) if pid == os.getpid() else 1, writer.boot, host)
    folder.lock.write_bytes(msgspec.json.encode(owner))
    return folder


def run_stage(
    folder: SessionFolder,
    writer: Writer,
    info: ev.StageDefinition,
    share: float,
    *,
    seconds: float,
    attempt: int = 1,
    resume: bool = False,
) -> None:
    place = folder.attempt(info.index, info.name, attempt).path
    place.parent.mkdir(exist_ok=True)
    place.mkdir()
    writer.write(
        ev.AttemptStarting(
            stage=info.name,
            attempt=attempt,
            folder=str(place.relative_to(folder.path)),
            command=["python", "train.py"],
            resume=resume,
        ),
        0.2,
    )
    writer.write(ev.AttemptRunning(stage=info.name, attempt=attempt, pid=4242 + info.index), 0.2)
    (place / "log").write_text(log_text(info.index, info.epochs or 10, share), encoding="utf-8")
    (place / "readings.jsonl").write_bytes(readings_text(info.index, seconds, share, info.epochs or 10))
    writer.write(ev.Decision(strategy="ladder", stage=info.name, reason="next"), seconds)


def finish_stage(
    writer: Writer, info: ev.StageDefinition, state: str = "succeeded", attempt: int = 1, **more: object
) -> None:
    writer.write(
        ev.AttemptEnded(
            stage=info.name,
            attempt=attempt,
            state=state,
            **{
                "exit_code": 0,
                "metrics": {"accuracy": accuracy(info.index, 1.0), "loss": 0.12},
                "best": min(0.999, accuracy(info.index, 1.0) + 0.002),
                "result": True,
                **more,
            },
        )
    )


def beat(folder: SessionFolder, info: ev.StageDefinition, share: float, attempt: int = 1) -> None:
    epochs = info.epochs or 10
    live = Live(
        attempt,
        ProgressFigures(int(share * 12500), 12500, int(share * epochs), epochs, share, 412.0),
        (1 - share) * 1000,
        40.0,
        "own",
        {"accuracy": 0.9513, "loss": 0.2044, "lr": 3.0e-4},
        0.9518,
        1_258_291,
    )
    folder.heartbeat.write_bytes(msgspec.json.encode(Heartbeat(1, os.getpid(), iso(time.time()), {info.name: live})))


def last_stage(folder: SessionFolder, writer: Writer, info: ev.StageDefinition, state: str) -> None:
    """The stage that makes the session what it is."""
    if state == "starting":
        place = folder.attempt(info.index, info.name, 1).path
        place.mkdir(parents=True)
        writer.write(
            ev.AttemptStarting(
                stage=info.name, attempt=1, folder=str(place.relative_to(folder.path)), command=["python", "train.py"]
            ),
            5,
        )
        return
    if state == "retry":
        run_stage(folder, writer, info, 0.3, seconds=140.0)
        finish_stage(writer, info, "failed", exit_code=1, reason="CUDA out of memory", failure="oom", result=False)
        writer.write(
            ev.RetryPlanned(
                stage=info.name, attempt=1, failure="oom", action="retry", delay_seconds=5, changes={"batch_size": 16}
            )
        )
        writer.write(ev.StageReset(stage=info.name, resume=True, changes={"batch_size": 16}), 5)
        run_stage(folder, writer, info, 0.45, seconds=300.0, attempt=2, resume=True)
        beat(folder, info, 0.45, 2)
        return
    run_stage(folder, writer, info, 0.0 if state == "empty" else 0.45, seconds=451.0)
    if state == "empty":
        (folder.attempt(info.index, info.name, 1).log).write_bytes(b"")
        return
    beat(folder, info, 0.45)
    end_last(writer, info, state)


def end_last(writer: Writer, info: ev.StageDefinition, state: str) -> None:
    name = info.name
    if state in ("pausing", "paused"):
        writer.write(
            ev.StageStopping(stage=name, attempt=1, intent="pause", by="ada@lab"), -8 if state == "pausing" else 0
        )
    if state == "paused":
        finish_stage(writer, info, "paused", sent_by="ada@lab", best=0.951)
    elif state == "frozen":
        writer.write(ev.StageFrozen(stage=name, attempt=1, processes=9, by="ada@lab"))
    elif state == "stopping":
        writer.write(ev.SessionStopping(by="ada@lab"))
        writer.write(ev.StageStopping(stage=name, attempt=1, intent="stop", by="ada@lab"), -6)
    elif state == "stopped":
        writer.write(ev.SessionStopping(by="ada@lab"))
        finish_stage_stopped(writer, info)
    elif state == "failed":
        finish_stage(
            writer,
            info,
            "failed",
            exit_code=1,
            reason="exit 1",
            failure="oom",
            result=False,
            lines=[
                "Traceback (most recent call last):",
                '  File "train.py", line 214, in <module>',
                "    loss.backward()",
                "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB [/bold] (GPU 0; 79.10 GiB total)",
            ],
        )
    elif state == "lost":
        finish_stage(
            writer, info, "lost", exit_code=None, reason="its shims are gone and left no exit record", result=False
        )


def finish_stage_stopped(writer: Writer, info: ev.StageDefinition) -> None:
    writer.write(ev.StageStopping(stage=info.name, attempt=1, intent="stop", by="ada@lab"))
    finish_stage(writer, info, "stopped", sent_by="ada@lab", result=False)


def end_session(writer: Writer, state: str) -> None:
    outcome = {
        "failed": "failed",
        "lost": "failed",
        "finished": "succeeded",
        "stopped": "stopped",
        "budget": "budget",
    }.get(state)
    if outcome:
        reason = {
            "failed": "stage refinement failed",
            "lost": "stage refinement was lost",
            "stopped": "",
            "budget": "mastery would take about 16 min, 12 min are left",
        }.get(state, "")
        writer.write(ev.SessionFinished(outcome=outcome, reason=reason), 0.1)
