"""Find the project, its plans and the sessions folder, and make the plan of a bare command."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from autotrain_tui.errors import PlanError, UsageError
from autotrain_tui.plan.command import escaped
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.names import as_name, did_you_mean, shown
from autotrain_tui.plan.project import find_project, project_at, sessions_folder
from autotrain_tui.text.command_words import program_name

__all__ = ["find_project", "pick_plan", "plan_for_command", "plans_in", "project_at", "sessions_folder"]


def plans_in(project: Path) -> list[Path]:
    """The plan files of a project, by name; empty when there are none or the folder can't be read."""
    folder = project / "stages"
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [
        folder / name
        for name in names
        if name.endswith(".toml") and not name.startswith(".") and os.path.isfile(folder / name)
    ]


def pick_plan(project: Path | None, word: str | None, cwd: str | os.PathLike[str] = ".") -> Path:
    """The plan file that `run [PLAN]` means: a path, a name in `stages/`, else the default, else the only one.

    A relative path counts from `cwd`. Raises UsageError with the list of plans if the choice is not clear.
    """
    if word is not None and (os.sep in word or word.endswith(".toml")):
        return _plan_at(project, word, cwd)
    if project is None:
        raise UsageError("no stages/ folder here or above; create one with: autotrain-tui init -- COMMAND")
    plans = plans_in(project)
    if not plans:
        raise UsageError(f"no plan in {project / 'stages'}; add one with: autotrain-tui init -- COMMAND")
    return _default_plan(plans) if word is None else _named_plan(plans, word)


def _plan_at(project: Path | None, word: str, cwd: str | os.PathLike[str]) -> Path:
    path = Path(os.path.join(os.path.abspath(cwd), os.path.expanduser(word)))
    if not os.path.lexists(path) and project is not None and os.sep not in word:
        inside = project / "stages" / word
        if os.path.lexists(inside):
            return inside
        hint = did_you_mean(word, [plan.name for plan in plans_in(project)])
        raise PlanError("there is no such file", file=word, hint=hint)
    return path


def _default_plan(plans: list[Path]) -> Path:
    if len(plans) == 1:
        return plans[0]
    defaults = [path for path in plans if _says(path, default=True)]
    if len(defaults) == 1:
        return defaults[0]
    if defaults:
        raise UsageError(f"several plans are marked default: {_listed(defaults)}; name one")
    broken = f" ({wrong})" if (wrong := _first_error(plans)) else ""
    raise UsageError(f"no plan is marked default; name one of {_listed(plans)}{broken}")


def _first_error(plans: list[Path]) -> str:
    """The error of the first invalid plan, which may be the default one; empty if all are valid."""
    for path in plans:
        try:
            load_plan(path)
        except PlanError as error:
            return str(error)
    return ""


def _named_plan(plans: list[Path], word: str) -> Path:
    for path in plans:
        if path.stem == word:
            return path
    inside = [path for path in plans if _says(path, name=word)]
    if len(inside) == 1:
        return inside[0]
    if inside:
        raise UsageError(f'several plans are called "{word}": {_listed(inside)}; name the file')
    hint = did_you_mean(word, [path.stem for path in plans])
    nearest = f" ({hint})" if hint.startswith("did you mean") else ""  # the list is already in the message
    raise UsageError(f"there is no plan {shown(word)}; plans: {_listed(plans)}{nearest}")


def _says(path: Path, *, default: bool | None = None, name: str | None = None) -> bool:
    """Whether the plan in a file is the default or has the name; False for an invalid plan."""
    try:
        plan = load_plan(path)
    except PlanError:
        return False
    return (default is None or plan.default == default) and (name is None or plan.name == name)


def _listed(plans: list[Path]) -> str:
    return ", ".join(path.stem for path in plans)


def plan_for_command(argv: Sequence[str], cwd: str | os.PathLike[str]) -> Plan:
    """The plan of `run -- COMMAND`: one stage that runs the words as they are in `cwd`, without a budget.

    Plan and stage are named after the program: the script where an interpreter runs one. Raises UsageError for no
    words, and for words that are no text.
    """
    if not argv or not argv[0]:
        raise UsageError("run --: a command is missing (for example: run -- python train.py)")
    for word in (*argv, os.fspath(cwd)):
        if "\0" in word or not _is_unicode(word):
            raise UsageError(f"run --: {shown(word)} is not UTF-8 text; records hold only UTF-8")
    name = as_name(program_name(argv), "command")
    stage = PlanStage(name=name, index=1, command=escaped(argv), cwd=os.path.abspath(cwd))
    return Plan(name=name, stages=(stage,), max_hours=None)


def _is_unicode(word: str) -> bool:
    """Whether a word has no lone surrogates, which stand for bytes that are not UTF-8."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
