"""Trains nothing, and logs as real programs do: run by an interpreter that has the writers.

python write_with_real.py WRITER FOLDER: half of the points, then it waits for FOLDER/go, then the others.
FOLDER/truth.json gets {series: [[step or epoch, value], …]}.
"""

from __future__ import annotations

import csv
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator

Log = Callable[[int, dict[str, float]], None]


def main(name: str, folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    truth: dict[str, list[list[float]]] = {}
    log = WRITERS[name](folder)
    for step, values in points():
        if step == 5:
            while not os.path.exists(os.path.join(folder, "go")):
                log(-1, {})  # tensorboardX flushes what its thread has taken so far
                time.sleep(0.1)
        log(step, values)
        for series, value in values.items():
            if math.isfinite(value):
                truth.setdefault(series, []).append([step, value])
    time.sleep(0.5)
    log(-1, {})
    with open(os.path.join(folder, "truth.json"), "w") as file:
        json.dump(truth, file)


def points() -> Iterator[tuple[int, dict[str, float]]]:
    for step in range(10):
        yield step, {"train/loss": 0.5**step, "lr": 0.125}
        if step == 7:  # the first value of a name that came late, and one that is none
            yield step, {"val/acc": 0.75, "grad_norm": math.nan}


def torch(folder: str) -> Log:
    from torch.utils.tensorboard import SummaryWriter

    return scalars(SummaryWriter(os.path.join(folder, "runs")))


def tensorboardx(folder: str) -> Log:
    from tensorboardX import SummaryWriter

    return scalars(SummaryWriter(os.path.join(folder, "runs")))


def scalars(writer: object) -> Log:
    def log(step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)
        if step < 0:
            writer.flush()

    return log


def tensorboard(folder: str) -> Log:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(os.path.join(folder, "runs"))

    def log(step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
            writer.add_event(Event(wall_time=time.time(), step=step, summary=summary))
        if step < 0:
            writer.flush()

    return log


def lightning(folder: str) -> Log:
    from lightning.pytorch.loggers import CSVLogger

    logger = CSVLogger(folder, name="lightning_logs", flush_logs_every_n_steps=1)

    def log(step: int, values: dict[str, float]) -> None:
        if values:
            logger.log_metrics(values, step)
        logger.save()

    return log


def csv_writer(folder: str) -> Log:
    names = ["epoch", "train/loss", "lr", "val/acc", "grad_norm"]
    file = open(os.path.join(folder, "log.csv"), "w", newline="")  # noqa: SIM115
    writer = csv.DictWriter(file, names)
    writer.writeheader()

    def log(step: int, values: dict[str, float]) -> None:
        if values:
            writer.writerow({"epoch": step, **values})
        file.flush()

    return log


WRITERS = {
    "torch": torch,
    "tensorboardX": tensorboardx,
    "tensorboard": tensorboard,
    "lightning": lightning,
    "csv": csv_writer,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
