"""Warnings before a start: long budgets, files that other users can change, visible secrets."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from autotrain_tui.plan.expansion import unexpanded
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.shared_files import shared_files
from autotrain_tui.plan.shell_signs import shell_signs
from autotrain_tui.text.secret_names import is_secret_name

__all__ = ["LONG_HOURS", "file_warnings", "plan_warnings"]

LONG_HOURS = 72.0
"""A larger budget gets a warning, as on the classic command line."""


def plan_warnings(plan: Plan) -> list[str]:
    """Sentences about a resolved plan, each without a line break; empty if there are none."""
    warnings = []
    if plan.max_hours is not None and plan.max_hours > LONG_HOURS:
        warnings.append(f"the budget of {plan.max_hours:g} hours is unusually long (over {LONG_HOURS:g})")
    if plan.max_hours is None and plan.strategy == "fit-budget":
        warnings.append('"fit-budget" has no budget (max_hours): the stages run as planned')
    for stage in plan.stages:
        warnings += _stage_warnings(stage)
    warnings += shared_files(plan)
    return list(dict.fromkeys(warnings))


def _stage_warnings(stage: PlanStage) -> list[str]:
    warnings = [
        f"{name}: parameters are visible in `ps` and in records; pass a secret with env_from"
        for name, value in stage.params.items()
        if isinstance(value, str) and is_secret_name(name)
    ]
    warnings += [
        f'stage "{stage.name}": the word after {flag} is visible in `ps`; pass a secret with env_from'
        for flag in _secret_flags(_words(stage))
    ]
    warnings += [f'stage "{stage.name}": {sentence}' for sentence in shell_signs(_words(stage))]
    warnings += [
        f'stage "{stage.name}": env {name}: {sign} is passed on as it is; '
        + (
            "write ${HOME} for a home folder"
            if sign == "~"
            else f"write ${{{sign[1:]}}} for the variable, $$ for a dollar"
        )
        for name, value in stage.env.items()
        if (sign := unexpanded(value)) is not None
    ]
    if stage.checkpoint_signal == stage.stop.signal:
        warnings.append(f'stage "{stage.name}": checkpoint_signal {stage.stop.signal} is also the stop signal')
    if (
        stage.timeout_minutes is not None
        and stage.estimate_minutes is not None
        and stage.timeout_minutes < stage.estimate_minutes
    ):
        warnings.append(
            f'stage "{stage.name}": timeout_minutes {stage.timeout_minutes:g} is less than '
            f"estimate_minutes {stage.estimate_minutes:g}"
        )
    return warnings


def _words(stage: PlanStage) -> list[str]:
    """Every word of the stage's command, those of nested lists included."""
    return [word for part in stage.command for word in ([part] if isinstance(part, str) else part)]


def _secret_flags(words: list[str]) -> list[str]:
    """Flags such as `--api-key`, whose value stands in the command itself."""
    found = []
    for word, following in zip(words, [*words[1:], "-"], strict=True):
        flag, given, _ = word.partition("=")
        if flag.startswith("-") and is_secret_name(flag.lstrip("-")) and (given or not following.startswith("-")):
            found.append(flag)
    return found


def file_warnings(plan: Plan, project: Path) -> list[str]:
    """Sentences about the plan's file and the programs of its commands, if other users can change them."""
    paths = [] if plan.path is None else [plan.path]
    for stage in plan.stages:
        folder = project / (stage.cwd or "")
        paths += [folder / word for word in stage.command if isinstance(word, str) and _may_be_file(word)]
    found = [sentence for path in dict.fromkeys(paths) if (sentence := _file_warning(path)) is not None]
    return list(dict.fromkeys(found))


def _may_be_file(word: str) -> bool:
    return "{" not in word and not word.startswith("-") and ("/" in word or "." in word)


def _file_warning(path: Path) -> str | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None  # not a file; a missing program is reported at the start
    if not stat.S_ISREG(found.st_mode):
        return None
    if found.st_uid not in {0, os.getuid()}:
        return f"{path} belongs to another user, who can change what is run"
    if found.st_mode & stat.S_IWOTH:
        return f"{path} is writable by every user; fix it with: chmod o-w"
    # Many systems give each user a group of their own and let it write; another group means other people.
    if found.st_mode & stat.S_IWGRP and found.st_gid != os.getgid():
        return f"{path} is writable by its group; fix it with: chmod g-w"
    return None
