"""The plan that the words of `run` and `plan` name, and the changes that their flags make."""

from __future__ import annotations

import argparse

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.loading.find import pick_plan, plan_for_command
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.plan.model import Plan
from autotrain_tui.session.launch.project_paths import ProjectPaths, paths_of_plan

__all__ = ["chosen_plan", "other_project", "overrides_of"]


def chosen_plan(options: argparse.Namespace, here: ProjectPaths) -> tuple[Plan, Overrides, ProjectPaths]:
    """The plan that the arguments name, the overrides of the flags, and where it runs. Raises UsageError.

    A plan file of another project runs in that project, and its session is kept there.
    """
    wanted = overrides_of(options)
    if options.command is None:
        if flag := search_flag(options):
            raise UsageError(f"{flag} takes a command after --; in a plan a search is written as [stage.sweep]")
        plan = load_plan(pick_plan(here.project, options.plan, here.cwd))
        return plan, wanted, paths_of_plan(plan.path, here, options.project, options.sessions_dir)
    if options.plan is not None:
        raise UsageError(f"run takes a plan or a command after --, got both ({options.plan})")
    plan = plan_for_command(options.command, here.cwd)
    return (_searched(plan, options) if search_flag(options) else plan), wanted, here


def search_flag(options: argparse.Namespace) -> str:
    """The first of the flags of a search that was given; empty if none was."""
    flags = {"--sweep": "sweeps", "--trials": "trials", "--method": "method", "--seed": "seed"}
    return next((flag for flag, name in flags.items() if getattr(options, name, None) not in (None, [])), "")


def _searched(plan: Plan, options: argparse.Namespace) -> Plan:
    """The command as a search over what --sweep names. Raises UsageError."""
    from autotrain_tui.plan.sweep.sweep_flags import search_of_flags, searched  # few commands are searches

    if not options.sweeps:
        raise UsageError(f"{search_flag(options)} needs --sweep, for example: --sweep lr=1e-4..1e-1:log")
    if options.metric is None:
        raise UsageError("--sweep: a search needs a metric to judge by, for example: --metric accuracy:max")
    return searched(
        plan, options.command, search_of_flags(options.sweeps, options.trials, options.method, options.seed)
    )


def other_project(here: ProjectPaths, chosen: ProjectPaths) -> str:
    """The message for a plan of another project; empty for one of this project."""
    if chosen is here or chosen.project is None:
        return ""
    return (
        f"the plan belongs to another project: it runs in {chosen.project}, its session is kept in {chosen.sessions}; "
        f"later commands find it with --project {chosen.project}"
    )


def overrides_of(options: argparse.Namespace) -> Overrides:
    """The flags as the plan's own record of them."""
    return Overrides(
        mode=options.mode,
        scale=options.scale,
        max_hours=options.max_hours,
        dataset_limit=options.dataset_limit,
        batch_size=options.batch_size,
        timeout_multiplier=options.timeout_multiplier,
        python=options.python,
        metric=options.metric,
        sets=tuple(options.sets),
        start_from=options.start_from,
        only=_each(options.only),
        skip=_each(options.skip),
    )


def _each(words: list[str]) -> tuple[str, ...]:
    """`--skip a --skip b` and `--skip a,b` alike: no stage's name holds a comma. An empty word names no stage: it is
    kept, to be refused (`--only "$UNSET"` must not run everything).
    """
    return tuple(part for word in words for part in word.split(","))
