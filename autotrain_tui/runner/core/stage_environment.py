"""A stage's environment: the values of its placeholders and its variables (DESIGN sections 6 and 7)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.command import parameter_values
from autotrain_tui.plan.distributed import (
    engine_program,
    engine_words,
    missing_engine,
    node_words,
    rank_variables,
    usable_cpus,
)
from autotrain_tui.plan.expansion import expand
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.needs_chain import needs_chain
from autotrain_tui.plan.sweep.winner import best_values
from autotrain_tui.runner.core.best_before import best_before
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.session.records.folder import AttemptFolder, SessionFolder

__all__ = ["RANK", "StageEnvironment", "changed_stage", "previous_checkpoints"]

RANK: Final = Path(__file__).parents[1] / "rank.py"
"""The program that every rank of a distributed stage is started by."""

STEPS: Final = Path(__file__).parents[1] / "steps.py"
"""What starts srun, and sends its ranks the signals."""

NODE: Final = Path(__file__).parents[1] / "node.py"
"""What starts torchrun on each of several nodes, and sends its ranks the signals."""

_FIELDS = {"dataset_limit", "epochs", "batch_size", "scale", "timeout_minutes"}


def changed_stage(stage: PlanStage, changes: Mapping[str, str | int | float | bool | None]) -> PlanStage:
    """The stage with the changes of a retry applied. Raises PlanError for a parameter that it doesn't have."""
    fields = {name: value for name, value in changes.items() if name in _FIELDS}
    others = {name: value for name, value in changes.items() if name not in _FIELDS and value is not None}
    unknown = set(others) - set(stage.params)
    if unknown:
        raise PlanError(f"stage {stage.name} has no parameter {min(unknown)!r}", place="--set")
    return replace(stage, params={**stage.params, **others}, **fields)  # type: ignore[arg-type]


def previous_checkpoints(session: Session, folder: SessionFolder, name: str) -> Path | None:
    """`checkpoints/` of the nearest earlier stage in the `needs` chain that succeeded; None when there is none."""

    def needs_of(name: str) -> Sequence[str] | None:
        found = session.stage(name)
        return None if found is None else found.info.needs

    for needed in needs_chain(needs_of(name) or (), needs_of):
        stage = session.stage(needed)
        if stage is not None and stage.state is StageState.SUCCEEDED:
            winner = stage.winners[0] if stage.winners else needed  # a search has its winner's checkpoint
            return folder.stage(stage.info.index, winner) / "checkpoints"
    return None


class StageEnvironment:
    """Placeholder values and environment of one attempt."""

    def __init__(
        self, plan: Plan, stage: PlanStage, session: Session, folder: SessionFolder, number: int, *, resume: bool
    ) -> None:
        self.plan, self.stage, self.session, self.number, self.resume = plan, stage, session, number, resume
        self.folder = folder
        self.stage_dir = folder.stage(stage.index, stage.name)
        self.attempt: AttemptFolder = folder.attempt(stage.index, stage.name, number)
        self.checkpoints = self.stage_dir / "checkpoints"
        self.previous = previous_checkpoints(session, folder, stage.name)

    def values(self) -> dict[str, str | None]:
        """Every placeholder's value."""
        return {
            **parameter_values(self.plan, self.stage, os.environ, sys.executable),
            **best_values(best_before(self.plan, self.session, self.stage)),
            "attempt": str(self.number),
            "stage_dir": str(self.stage_dir),
            "session_dir": str(self.folder.path),
            "result_path": str(self.attempt.result),
            "metrics_path": str(self.attempt.metrics),
            "checkpoint_dir": str(self.checkpoints),
            "previous_checkpoint_dir": str(self.previous) if self.previous is not None else None,
            "resume": "1" if self.resume else "0",
        }

    def ours(self) -> dict[str, str]:
        """The variables of DESIGN section 7, and AUTOTRAIN_PARAMS: mode and parameters as JSON, for `params()`."""
        variables = {
            "AUTOTRAIN_SESSION_DIR": str(self.folder.path),
            "AUTOTRAIN_STAGE": self.stage.name,
            "AUTOTRAIN_STAGE_INDEX": str(self.stage.index),
            "AUTOTRAIN_ATTEMPT": str(self.number),
            "AUTOTRAIN_STAGE_DIR": str(self.stage_dir),
            "AUTOTRAIN_RESULT": str(self.attempt.result),
            "AUTOTRAIN_METRICS": str(self.attempt.metrics),
            "AUTOTRAIN_CHECKPOINT_DIR": str(self.checkpoints),
            "AUTOTRAIN_RESUME": "1" if self.resume else "0",
            "AUTOTRAIN_PARAMS": json.dumps({"mode": self.plan.mode, **self.stage.parameters}),
            "PYTHONUNBUFFERED": "1",
        }
        if self.stage.distributed is not None:
            variables |= {
                "AUTOTRAIN_ATTEMPT_DIR": str(self.attempt.path),
                "AUTOTRAIN_RANK_PY": str(RANK),
                "AUTOTRAIN_NPROC_PER_NODE": str(self.stage.ranks // self.stage.distributed.nnodes),
            }
        if self.previous is not None:
            variables["AUTOTRAIN_PREVIOUS_CHECKPOINT_DIR"] = str(self.previous)
        return variables

    def declared(self) -> dict[str, str]:
        """What the plan itself sets: its `env`, unexpanded, for the records.

        Raises PlanError when a name of `env_from` isn't set.
        """
        missing = [name for name in self.stage.env_from if name not in os.environ]
        if missing:
            raise PlanError(f"{missing[0]} is not set in the environment", place=f"stage {self.stage.name}: env_from")
        return dict(self.stage.env)

    def variables(self, extra: Mapping[str, str]) -> dict[str, str]:
        """The command's whole environment: ours over the runner's own, the plan's over ours, then `extra` (GPUs).

        An AUTOTRAIN_ variable of an outer session is not handed on.
        """
        base = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AUTOTRAIN_") or name == "AUTOTRAIN_SESSIONS_DIR"
        }
        around = {**base, **rank_variables(self.stage, base, usable_cpus()), **self.ours(), **extra}
        return {**around, **{name: expand(value, around) for name, value in self.declared().items()}}

    def with_ranks(self, command: list[str], python: str) -> list[str]:
        """The words that start the stage: of one process its command, else the engine's, each rank by `rank.py`.

        Raises PlanError if the engine's program is not there.
        """
        settings = self.stage.distributed
        if settings is None or settings.engine == "none":
            return command
        path = self.stage.env.get("PATH")
        path = os.environ.get("PATH") if path is None else expand(path, os.environ)
        missing = missing_engine(self.stage, python, path)
        if missing:
            raise PlanError(missing, place=f"stage {self.stage.name}: distributed")
        program = engine_program(settings.engine, python, path) or settings.engine
        records = str(self.attempt.ranks / settings.engine)
        words = engine_words(settings, program, self.stage.ranks, records)
        if settings.engine == "srun":
            words = [*self._ours(STEPS), "scancel", *words]
        elif settings.nnodes > 1:  # one torchrun on each node
            words = [*self._ours(STEPS), "files", *node_words(settings), *self._ours(NODE), *words]
        return [*words, *self._ours(RANK), *command]

    def _ours(self, program: Path) -> list[str]:
        """The words that run a program of ours on this attempt."""
        return [sys.executable, "-I", "-S", str(program), str(self.attempt.path)]

    def cwd(self) -> Path:
        """Where the command runs: the plan's `cwd`, below the project root unless absolute."""
        project = Path(self.session.project) if self.session.project else Path.cwd()
        return project / self.stage.cwd if self.stage.cwd else project
