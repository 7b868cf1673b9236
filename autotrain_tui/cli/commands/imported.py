"""`import`: a read-only session from the files that another program wrote its metrics into."""

from __future__ import annotations

import argparse
from pathlib import Path

from autotrain_tui.cli.context import here
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.plan.model import Metric
from autotrain_tui.session.launch.import_runs import import_runs
from autotrain_tui.text.metric_goal import metric_choice

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """DIR, --name, --metric and --json."""
    parser.add_argument(
        "source", metavar="DIR", help="a folder of TensorBoard, W&B or a CSV logger, or one file; it is only read"
    )
    parser.add_argument("--name", default="", metavar="NAME", help="in the session's id; default: the folder's name")
    parser.add_argument("--metric", metavar="NAME:GOAL", help="the headline metric, such as val_loss:min")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Make the session and print its id."""
    metric = Metric(*metric_choice(options.metric)) if options.metric is not None else None
    folder = import_runs(Path(options.source), here(options).sessions, name=options.name, metric=metric)
    if options.json:
        print_json({"version": 1, "session": folder.id, "path": str(folder.path)})
    else:
        print(folder.id)
    return 0
