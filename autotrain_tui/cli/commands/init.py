"""`init`: add stages/ with a plan of one command, a skeleton, or the starter; never overwrites a file."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.errors import UsageError
from autotrain_tui.session.launch.starter import add_starter

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from autotrain_tui.session.launch.new_plan import NewPlan

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """DIR, -- COMMAND, --demo, --classic and --json."""
    parser.usage = "autotrain-tui init [DIR] [flags]\n       autotrain-tui init [DIR] -- COMMAND [ARGUMENT …]"
    parser.add_argument("folder", nargs="?", metavar="DIR", help="the folder (default: this one)")
    parser.add_argument("--demo", action="store_true", help="add the example plans and their training programs")
    parser.add_argument(
        "--classic",
        action="store_true",
        help="add automated_training.py, automated_training_refactored.py and training/automated_training/",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Add the files that are missing. Raises UsageError, RefusedError for what is there already, MachineError."""
    if options.command is not None and (options.demo or options.classic):
        raise UsageError("init takes a command after --, or --demo, or --classic")
    root = Path(os.path.abspath(options.project or options.folder or "."))
    added: list[str] = []
    kept: list[str] = []
    plan: NewPlan | None = None
    if options.demo:
        added, kept = add_starter(root)
    if options.classic:
        from autotrain_tui.session.launch.classic_files import add_classic

        entry_points = add_classic(root)
        added, kept = added + entry_points[0], kept + entry_points[1]
    if not (options.demo or options.classic):
        from autotrain_tui.session.launch.new_plan import add_plan

        plan = add_plan(root, options.command)
        (added if plan.added else kept).append(plan.file)
    if options.json:
        name = plan.name if plan is not None else None
        print_json({"version": 1, "project": str(root), "added": added, "kept": kept, "plan": name})
        return 0
    for name in added:
        print(f"added {name}")
    if kept:
        print(f"kept {len(kept)} existing file{'s' if len(kept) > 1 else ''}")
    if plan is not None:
        print(_next_step(plan, skeleton=options.command is None))
    elif options.classic:
        print("show the stages with: python automated_training.py --test-config")
    elif added:
        print("show the plan with: autotrain-tui plan; start it with: autotrain-tui run")
    return 0


def _next_step(plan: NewPlan, *, skeleton: bool) -> str:
    """What to do with the new plan."""
    word = "" if plan.default == plan.file else f" {plan.name}"
    other = f"{plan.default} stays the default; " if word else ""
    edit = f"put your command into {plan.file}; " if skeleton else ""
    return f"{other}{edit}show the plan with: autotrain-tui plan{word}; start it with: autotrain-tui run{word}"
