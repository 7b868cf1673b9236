"""`doctor`: what could keep training from starting or from being recorded, found before it does."""

from __future__ import annotations

import argparse
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from autotrain_tui.cli.commands.checkup import machine, read_gpus, sessions_disk
from autotrain_tui.cli.commands.tracker_check import plan_trackers, session_trackers
from autotrain_tui.cli.context import here
from autotrain_tui.cli.event_file_check import session_event_files
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json, add_overrides
from autotrain_tui.cli.plan_args import chosen_plan
from autotrain_tui.cli.text_table import paint
from autotrain_tui.errors import MachineError, PlanError, UsageError
from autotrain_tui.gauges.sample import GpuReading
from autotrain_tui.plan.loading.find import plans_in
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.loading.overrides import resolve
from autotrain_tui.session.launch.machine_check import machine_facts
from autotrain_tui.session.launch.preflight import Finding, Verdict, preflight
from autotrain_tui.session.launch.prepare import prepare
from autotrain_tui.session.launch.project_paths import ProjectPaths
from autotrain_tui.text.sanitize import sanitize

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """PLAN, the changes that `run` takes, --notify, --submit and --json."""
    parser.add_argument(
        "plan", nargs="?", metavar="PLAN", help="the plan to check (default: the plan that run would start)"
    )
    parser.add_argument(
        "--notify", action="store_true", help="send a test message to each receiver of the plan's [notify]"
    )
    parser.add_argument(
        "--submit",
        action="store_true",
        help='submit a short job for the stages with launcher = "slurm" or "ray", and judge it',
    )
    add_json(parser)
    add_overrides(parser)


def run(options: argparse.Namespace) -> int:
    """Check everything; 0, or 4 when the machine fails a check, 2 when the plan does."""
    place = here(options)
    gpus = read_gpus()
    of_machine = [*machine(gpus), *sessions_disk(place.sessions), *session_trackers(place.sessions)]
    of_machine += session_event_files(place.sessions)
    of_plan = list(_plan(options, place, gpus))
    if options.submit:
        of_plan += _trial(options, place)
    if options.notify:
        of_machine += _messages(options, place)
    findings = [*of_machine, *of_plan]
    if options.json:
        print_json(
            {
                "version": 1,
                "findings": [
                    {"check": each.check, "verdict": str(each.verdict), "text": each.text} for each in findings
                ],
            }
        )
    else:
        _print(findings)
    if any(each.verdict is Verdict.FAIL for each in of_machine):
        return MachineError.exit_code
    return PlanError.exit_code if any(each.verdict is Verdict.FAIL for each in of_plan) else 0


def _plan(options: argparse.Namespace, place: ProjectPaths, gpus: GpuReading) -> Iterator[Finding]:
    """The plan as `run` would take it, before a start; of the project's others only whether they can be read."""
    chosen = None
    try:
        plan, overrides, place = chosen_plan(options, place)
        chosen = plan.path
        prepared = prepare(plan, overrides, root=place.root, sessions=place.sessions)
    except UsageError as error:
        named = options.plan is not None or isinstance(error, PlanError)
        yield Finding("plan", Verdict.FAIL if named else Verdict.NOTE, str(error))
    else:
        yield Finding("plan", Verdict.GOOD, f"{prepared.plan.name}: {len(prepared.plan.stages)} stages, valid")
        yield from preflight(prepared, machine_facts(prepared.plan, place.sessions, gpus))
        yield from plan_trackers(prepared.plan)
    if options.plan is None and place.project is not None:
        for path in plans_in(place.project):
            if chosen is None or path != chosen:
                yield from _readable(path)


def _trial(options: argparse.Namespace, place: ProjectPaths) -> Iterator[Finding]:
    """A short job of the plan's kind, and what came back."""
    from autotrain_tui.session.launch.ray_trial import try_ray_job  # only with --submit
    from autotrain_tui.session.launch.slurm_trial import try_job

    try:
        plan, overrides, place = chosen_plan(options, place)
        stages = prepare(plan, overrides, root=place.root, sessions=place.sessions).plan.stages
        yield from try_job(stages, place.sessions)
        yield from try_ray_job(stages, place.sessions)
    except UsageError:
        return  # the plan's own finding says it


def _messages(options: argparse.Namespace, place: ProjectPaths) -> Iterator[Finding]:
    """A test message to each receiver of the plan's `[notify]`, and what came back."""
    from autotrain_tui.notify.delivery import deliver  # it takes the modules of HTTP, which no other check needs
    from autotrain_tui.notify.message import test_message

    try:
        plan, _, _ = chosen_plan(options, place)
    except UsageError:
        return  # the plan's own finding says it
    if plan.notify is None:
        yield Finding("notify", Verdict.NOTE, f"{plan.name} has no [notify]; no message was sent")
        return
    message = test_message(plan.name, host=socket.gethostname(), link=plan.notify.link)
    for name in plan.notify.to:
        url = os.environ.get(name, "")
        if not url:
            yield Finding("notify", Verdict.FAIL, f"{name} is not set; no message was sent to it")
            continue
        done = deliver(url, message)
        tries = "" if done.tries == 1 else f" after {done.tries} tries"
        yield Finding(
            "notify", Verdict.GOOD if done.good else Verdict.FAIL, f"{name} ({done.form}): {done.answer}{tries}"
        )


def _readable(path: Path) -> Iterator[Finding]:
    try:
        resolve(load_plan(path))
    except UsageError as error:
        yield Finding("plan", Verdict.NOTE, str(error))


def _print(findings: list[Finding]) -> None:
    words = {Verdict.GOOD: ("ok", "succeeded"), Verdict.NOTE: ("note", "warning"), Verdict.FAIL: ("FAIL", "failed")}
    width = max(len(each.check) for each in findings)
    for each in findings:
        word, colour = words[each.verdict]
        print(f"{paint(f'{word:<4}', colour)}  {each.check:<{width}}  {sanitize(each.text)}")
