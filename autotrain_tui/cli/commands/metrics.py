"""`metrics`: what was measured in a session; with --json every point."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from autotrain_tui.cli.context import store_of
from autotrain_tui.cli.explain_output import explain_log
from autotrain_tui.cli.json_output import write_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.cli.targets import select
from autotrain_tui.cli.text_table import print_table
from autotrain_tui.errors import UsageError
from autotrain_tui.plan.names import did_you_mean, shown
from autotrain_tui.session.history.metric_points import MetricSeries, metrics_json, sampled_of, series_of
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """[SESSION] [STAGE], --stage, --name and --json."""
    what = "a session, a stage of it, or both; or a log or a file of metrics"
    parser.add_argument("words", nargs="*", metavar="SESSION STAGE", help=what)
    parser.add_argument("--stage", metavar="NAME", help="only this stage")
    parser.add_argument("--name", action="append", default=[], metavar="METRIC", help="only this metric (repeatable)")
    parser.add_argument(
        "--explain",
        nargs="?",
        const="",
        metavar="LOG",
        help="print what was read of a log, what was left out and why (default: the log of the stage's last attempt)",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print them."""
    if options.explain:
        return explain_log(Path(options.explain), options)
    if (path := _file(options.words)) is not None:
        from autotrain_tui.cli.file_metrics import print_file_metrics  # the readers cost the other verbs nothing

        return print_file_metrics(path, options.name, as_json=options.json)
    _, view, word = select(store_of(options), list(options.words), "metrics")
    name = word if word is not None else options.stage
    if name is not None and view.session.stage(name) is None:
        hint = did_you_mean(name, [stage.name for stage in view.session.every_stage])
        raise UsageError(f"session {view.folder.id} has no stage {shown(name)}" + (f" ({hint})" if hint else ""))
    if options.explain is not None:
        return explain_log(_log_of(view, name), options)
    with ReadWatch(str(view.folder.path)):
        selected = [series for series in series_of(view, name) if not options.name or series.name in options.name]
    if options.json:
        write_json(metrics_json(view, selected))
    else:
        _print(view, selected)
    return 0


def _file(words: list[str]) -> Path | None:
    """The file that the only word names; a word without a slash that could be a session's is one only if it ends so."""
    if len(words) != 1 or not (os.sep in words[0] or "." in words[0]):
        return None
    path = Path(words[0])
    if path.is_file():
        return path
    if os.sep in words[0] and not path.is_dir():
        raise UsageError(f"{shown(words[0])}: expected a file or a session, found nothing")
    return None


def _log_of(view: View, name: str | None) -> Path:
    """The log of the last attempt of a stage, or of the last stage that has one."""
    stages = [stage for stage in view.session.every_stage if (name is None or stage.name == name) and stage.attempts]
    if not stages:
        raise UsageError(
            f"session {view.folder.id} has no log yet; to explain a file: autotrain-tui metrics --explain LOG"
        )
    return view.folder.at(stages[-1].attempts[-1].folder).log


def _print(view: View, selected: list[MetricSeries]) -> None:
    if not selected:
        print(f"{view.folder.id}: no metrics yet; they are read from the stages' output and from AUTOTRAIN_METRICS")
        return
    rows = []
    for series in selected:
        values = [point[1] for point in series.points]
        rows.append(
            [
                series.stage,
                str(series.attempt),
                sanitize(series.name),
                fmt.value(values[-1]),
                fmt.value(min(values)),
                fmt.value(max(values)),
                fmt.count(len(values)),
                series.axis,
            ]
        )
    print_table(
        ["STAGE", "ATTEMPT", "METRIC", "LAST", "MIN", "MAX", "POINTS", "AXIS"],
        rows,
        right=(1, 3, 4, 5, 6),
        shrinks=(2,),
    )
    for stage, attempt, sampled in sampled_of(view):
        why = sampled.reason or "the log is read again after the attempt's end"
        print(
            f"{stage}, attempt {attempt}: sampled, {fmt.size(sampled.skipped_bytes)} of the log were skipped "
            f"while it grew; {sanitize(why)}"
        )
