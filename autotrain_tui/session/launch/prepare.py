"""From a plan and a person's changes to a running session; command line and screen both start sessions this way.

`prepare` resolves and checks without writing anything; `start` makes the session and starts its runner.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.command import parameter_values, resolve_command
from autotrain_tui.plan.distributed import missing_engine
from autotrain_tui.plan.estimate import Estimate, Estimator, Observation
from autotrain_tui.plan.estimate_source import CLASSIC_GUESS
from autotrain_tui.plan.expansion import expand, variables_in
from autotrain_tui.plan.loading.choice import skipped_by
from autotrain_tui.plan.loading.overrides import Overrides, resolve
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.names import RUN_TIME_PLACEHOLDERS
from autotrain_tui.plan.notify_settings import missing_targets
from autotrain_tui.plan.sweep.propose import missing_proposer
from autotrain_tui.plan.sweep.search_estimate import search_estimate
from autotrain_tui.plan.sweep.winner import open_placeholders
from autotrain_tui.plan.track_settings import missing_trackers
from autotrain_tui.plan.unsupported import Unsupported, unsupported
from autotrain_tui.plan.warnings import file_warnings, plan_warnings
from autotrain_tui.session.history.observations import observations
from autotrain_tui.session.launch.controller_check import slurm_troubles
from autotrain_tui.session.launch.ray_check import ray_troubles
from autotrain_tui.session.launch.start_runner import create_session, spawn_runner
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["Prepared", "create", "prepare", "start"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan as a session would run it, and what is known before it does."""

    plan: Plan
    estimates: tuple[Estimate, ...]
    """One for each stage, in order."""
    skipped: Mapping[str, str]
    """Stages that are not to run: name to reason."""
    commands: tuple[tuple[str, ...], ...]
    """Each stage's command line; values that only a starting attempt has are left as placeholders."""
    unsupported: tuple[Unsupported, ...] = ()
    missing: tuple[Unsupported, ...] = ()
    """What starts stages (torchrun, mpirun, Slurm, Ray) and is not here or does not answer: place, and the way out."""
    warnings: tuple[str, ...] = field(default=())
    """What will probably go wrong, a sentence each; none forbids a start."""

    @property
    def refused(self) -> tuple[Unsupported, ...]:
        """Why no session can be started from it here; empty if one can."""
        return (*self.unsupported, *self.missing)

    @property
    def total_seconds(self) -> float | None:
        """The estimate of all stages that are to run; None when one of them is unknown."""
        total = 0.0
        for stage, estimate in zip(self.plan.stages, self.estimates, strict=True):
            if stage.name in self.skipped:
                continue
            if estimate.seconds is None:
                return None
            total += estimate.seconds
        return total

    @property
    def guessed(self) -> bool:
        """Whether the estimate of a stage that is to run is only the classic guess."""
        return any(
            estimate.source == CLASSIC_GUESS
            for stage, estimate in zip(self.plan.stages, self.estimates, strict=True)
            if stage.name not in self.skipped
        )

    @property
    def fits(self) -> bool | None:
        """Whether the estimates fit the budget; None when that can't be told."""
        if self.plan.budget_seconds is None:
            return True
        return None if self.total_seconds is None else self.total_seconds <= self.plan.budget_seconds


def prepare(
    plan: Plan, overrides: Overrides, *, root: Path, sessions: Path, past: Sequence[Observation] | None = None
) -> Prepared:
    """The plan resolved, estimated and checked; nothing is made. `root` is the folder that stages run in.

    `past` is what is known of earlier sessions, if the caller has it already; else it is read.
    Raises UsageError (PlanError) when the plan can't be run with these changes.
    """
    resolved = resolve(plan, overrides)
    skipped = skipped_by(resolved, overrides)
    estimator = Estimator(observations(sessions, resolved) if past is None else past, resolved.mode)
    commands = tuple(_words(resolved, stage, skipped) for stage in resolved.stages)
    warnings = [
        *file_warnings(resolved, root),
        *plan_warnings(resolved),
        *missing_targets(resolved, os.environ),
        *missing_trackers(resolved),
        *(
            warning
            for stage, words in zip(resolved.stages, commands, strict=True)
            if stage.name not in skipped
            for warning in _stage_warnings(stage, words, root)
        ),
    ]
    return Prepared(
        resolved,
        tuple(
            estimator.estimate(stage)
            if stage.sweep is None
            else search_estimate(stage, resolved.jobs, estimator.estimate)
            for stage in resolved.stages
        ),
        skipped,
        commands,
        tuple(unsupported(resolved)),
        tuple(_missing_engines(resolved, skipped)),
        tuple(dict.fromkeys(warnings)),
    )


def create(
    prepared: Prepared, *, root: Path, sessions: Path, command_line: Sequence[str] = (), command: Sequence[str] = ()
) -> SessionFolder:
    """Make the session without a runner. Raises PlanError for what this version can't do, MachineError."""
    if prepared.unsupported:
        first = prepared.unsupported[0]
        raise PlanError(
            first.text,
            file=str(prepared.plan.path or f'plan "{prepared.plan.name}"'),
            place=first.place,
            hint="autotrain-tui plan shows all such keys",
        )
    if prepared.missing:
        first = prepared.missing[0]
        raise PlanError(first.text, file=str(prepared.plan.path or f'plan "{prepared.plan.name}"'), place=first.place)
    return create_session(
        prepared.plan,
        sessions=sessions,
        project=root,
        estimates=prepared.estimates,
        skipped=prepared.skipped,
        command_line=command_line,
        command=command,
    )


def start(
    prepared: Prepared, *, root: Path, sessions: Path, command_line: Sequence[str] = (), command: Sequence[str] = ()
) -> SessionFolder:
    """Make the session and start its runner; returns when the runner has taken it. Raises as `create`."""
    folder = create(prepared, root=root, sessions=sessions, command_line=command_line, command=command)
    spawn_runner(folder)
    return folder


def _missing_engines(plan: Plan, skipped: Mapping[str, str]) -> Iterator[Unsupported]:
    yield from ray_troubles(plan, skipped)
    yield from slurm_troubles(plan, skipped)
    if text := missing_proposer(plan):
        search = next(stage for stage in plan.stages if stage.sweep is not None and stage.sweep.method == "tpe")
        yield Unsupported(f"stage[{search.index}].sweep.method", text)
    for stage in plan.stages:
        if stage.name in skipped or stage.distributed is None or stage.launcher != "local":
            continue
        python = parameter_values(plan, stage, os.environ, os.path.abspath(sys.executable))["python"] or ""
        if text := missing_engine(stage, python, _search_path(stage)):
            yield Unsupported(f"stage[{stage.index}].distributed.engine", text)


def _words(plan: Plan, stage: PlanStage, skipped: Mapping[str, str]) -> tuple[str, ...]:
    """The stage's command line as far as it is known now. Raises PlanError for a placeholder without a value."""
    values = parameter_values(plan, stage, os.environ, os.path.abspath(sys.executable))
    values |= {name: f"{{{name}}}" for name in (*RUN_TIME_PLACEHOLDERS, *open_placeholders(plan, stage))}
    if not _has_earlier(plan, stage, skipped):
        values["previous_checkpoint_dir"] = None
    return tuple(resolve_command(stage, values))


def _has_earlier(plan: Plan, stage: PlanStage, skipped: Mapping[str, str]) -> bool:
    """Whether a stage before it in the chain of `needs` is to run."""
    ahead, seen = list(stage.needs), set[str]()
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in skipped:
            return True
        ahead += plan.stage(name).needs
    return False


def _stage_warnings(stage: PlanStage, words: Sequence[str], root: Path) -> list[str]:
    """Whether the stage can start: its folder, its program, its script, its environment."""
    cwd = root / stage.cwd if stage.cwd else root
    if not cwd.is_dir():
        return [f"stage {stage.name}: its working folder {cwd} is not there"]
    found = []
    program = words[0]
    if os.sep in program:
        path = cwd / program
        if not path.exists():
            found.append(f"stage {stage.name}: there is no {path}")
        elif not os.access(path, os.X_OK):
            found.append(f"stage {stage.name}: {path} is not executable")
    elif shutil.which(program, path=_search_path(stage)) is None:
        found.append(f"stage {stage.name}: no program {program} is on PATH")
    if len(words) > 1 and words[1].endswith(".py") and not words[1].startswith("-") and not (cwd / words[1]).exists():
        found.append(f"stage {stage.name}: there is no {cwd / words[1]}")
    found += [
        f"stage {stage.name}: env {name}: ${{{used}}} is not set and stands for nothing"
        for name, value in stage.env.items()
        for used in variables_in(value)
        if used not in os.environ and not used.startswith("AUTOTRAIN_")
    ]
    found += [f"stage {stage.name}: {name} (env_from) is not set" for name in stage.env_from if name not in os.environ]
    return found


def _search_path(stage: PlanStage) -> str | None:
    """The PATH that the stage's program is looked for on."""
    own = stage.env.get("PATH")
    return os.environ.get("PATH") if own is None else expand(own, os.environ)
