"""`plan` and `--test-config`: a plan as it would be run, with estimates, and whether it fits its budget."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator

from autotrain_tui.cli.context import here
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json, add_overrides, add_quietness
from autotrain_tui.cli.plan_args import chosen_plan, other_project
from autotrain_tui.cli.text_table import paint, print_table
from autotrain_tui.errors import PlanError
from autotrain_tui.plan.distributed import described, usable_cpus
from autotrain_tui.plan.sweep.describe import described_search
from autotrain_tui.session.launch.finding import Verdict
from autotrain_tui.session.launch.plan_document import plan_document
from autotrain_tui.session.launch.prepare import Prepared, prepare
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """PLAN, --json, and the changes that `run` takes."""
    parser.add_argument(
        "plan",
        nargs="?",
        metavar="PLAN",
        help="a file, or a name in stages/ (default: the plan marked default, else the only one)",
    )
    parser.add_argument(
        "--test-config", action="store_true", help="accepted for old command lines; this verb is what it means"
    )
    parser.add_argument("--no-ui", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--detach", action="store_true", help=argparse.SUPPRESS)
    add_quietness(parser)
    add_json(parser)
    add_overrides(parser)


def run(options: argparse.Namespace) -> int:
    """Show it; nothing is made. Raises UsageError for a plan that can't be used."""
    working = here(options)
    plan, overrides, place = chosen_plan(options, working)
    prepared = prepare(plan, overrides, root=place.root, sessions=place.sessions)
    if options.json:
        print_json(plan_document(prepared))
    else:
        if elsewhere := other_project(working, place):
            print(sanitize(elsewhere))
        _print(prepared, verbose=options.verbose)
    return PlanError.exit_code if prepared.missing else 0


def _print(prepared: Prepared, *, verbose: bool) -> None:
    plan = prepared.plan
    print(
        f"{paint(sanitize(plan.name), 'bold')}: {sanitize(plan.description)}"
        if plan.description
        else sanitize(plan.name)
    )
    print(
        f"mode {plan.mode}, strategy {sanitize(plan.strategy)}, {plan.jobs} at a time"
        if plan.jobs > 1
        else f"mode {plan.mode}, strategy {sanitize(plan.strategy)}"
    )
    print()
    rows = []
    for stage, estimate in zip(plan.stages, prepared.estimates, strict=True):
        params = " ".join(f"{sanitize(name)}={sanitize(str(value))}" for name, value in stage.parameters.items())
        skipped = prepared.skipped.get(stage.name)
        time = "skipped" if skipped is not None else fmt.estimate(estimate.seconds)
        source = skipped if skipped is not None else "" if estimate.seconds is None else estimate.source
        rows.append([str(stage.index), stage.name, params, time, source, sanitize(stage.description)])
    print_table(["#", "STAGE", "PARAMETERS", "TIME", "FROM", "DESCRIPTION"], rows, right=(0, 3), shrinks=(5, 4, 2))
    if verbose:
        print()
        for stage, words in zip(plan.stages, prepared.commands, strict=True):
            print(f"{stage.name}: {sanitize(shlex.join(words))}")
    print()
    print(_verdict(prepared))
    for stage in plan.stages:
        if stage.sweep is not None:
            print(sanitize(f"{stage.name}: {described_search(stage)}"))
        if stage.distributed is not None:
            print(sanitize(f"{stage.name}: {described(stage, usable_cpus())}"))
    for text, colour in _cluster(prepared):
        print(paint(sanitize(text), colour))
    for item in prepared.missing:
        print(paint(f"error: {item.place}: {sanitize(item.text)}", "failed"))
    for item in prepared.unsupported:
        print(paint(f"not in this version: {item.place}: {sanitize(item.text)}; run refuses it", "warning"))
    for warning in prepared.warnings:
        print(paint(f"warning: {sanitize(warning)}", "warning"))


def _cluster(prepared: Prepared) -> Iterator[tuple[str, str]]:
    """What the cluster has for the stages that are jobs, a line and its colour each."""
    stages = [stage for stage in prepared.plan.stages if stage.name not in prepared.skipped]
    if not any(stage.launcher == "slurm" for stage in stages):
        return
    from autotrain_tui.session.launch.slurm_check import cluster_of, slurm_findings  # few plans need it

    for each in slurm_findings(stages, cluster_of(stages)):
        yield f"{each.check}: {each.text}", "warning" if each.verdict is not Verdict.GOOD else "dim"


def _verdict(prepared: Prepared) -> str:
    """One line: the total and whether it fits the budget. Of a guess only the misfit is told as if it were known."""
    total, budget = prepared.total_seconds, prepared.plan.budget_seconds
    if total is None:
        return (
            "total time unknown; no time limit" if budget is None else f"budget {fmt.clock(budget)}; total time unknown"
        )
    guessed = prepared.guessed
    about = (
        f"no history yet: classic guess {fmt.estimate(total)} (rough)" if guessed else f"{fmt.estimate(total)} in total"
    )
    if budget is None:
        return f"{about}; no time limit"
    if total <= budget:
        return f"{about}; " + (f"budget {fmt.clock(budget)}" if guessed else f"fits the budget of {fmt.clock(budget)}")
    misfit = (
        f"does not fit the budget of {fmt.clock(budget)}: a stage starts only if its estimate fits the remaining time"
    )
    return paint(f"{about}; {misfit}", "warning")
