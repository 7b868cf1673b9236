"""A plan with the form's changes: resolved, estimated and checked, for the Plan screen.

Reads files: called in a thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from autotrain_tui.errors import AutotrainError, UsageError
from autotrain_tui.gauges.sample import GpuReading
from autotrain_tui.plan.estimate import Observation
from autotrain_tui.plan.loading.draft import Draft, field_of, overrides_of
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.model import Plan
from autotrain_tui.session.history.observations import observations
from autotrain_tui.session.launch.machine_check import machine_facts
from autotrain_tui.session.launch.preflight import Facts, Finding, Verdict, preflight
from autotrain_tui.session.launch.prepare import Prepared, prepare
from autotrain_tui.text.sanitize import sanitize

__all__ = ["OpenPlan", "ResolvedDraft", "open_plan", "resolve_draft", "session_plan"]


class OpenPlan(msgspec.Struct, frozen=True):
    """A plan that is open: as its file says, as it would run unchanged, and its earlier runs."""

    path: Path
    plan: Plan
    root: Path
    sessions: Path
    base: Prepared
    observations: Sequence[Observation]
    facts: Facts


class ResolvedDraft(msgspec.Struct, frozen=True):
    """The result of a draft. `prepared` is None when it can't be run; `errors` by field, `""` for the whole."""

    prepared: Prepared | None
    findings: tuple[Finding, ...] = ()
    errors: Mapping[str, str] = {}

    @property
    def startable(self) -> bool:
        """Whether it can be started at all."""
        return self.prepared is not None and not self.errors and not self.prepared.refused


def open_plan(path: Path, root: Path, sessions: Path, gpus: GpuReading | None) -> OpenPlan:
    """Read the plan and its earlier runs. Raises UsageError when the plan can't be used."""
    plan = load_plan(path)
    base = prepare(plan, overrides_of(Draft())[0], root=root, sessions=sessions)
    return OpenPlan(
        path, plan, root, sessions, base, observations(sessions, base.plan), machine_facts(plan, sessions, gpus)
    )


def resolve_draft(opened: OpenPlan, draft: Draft) -> ResolvedDraft:
    """The plan with the draft's changes; a field that can't be read is marked and left out."""
    overrides, errors = overrides_of(draft)
    marked = {name: sanitize(text) for name, text in errors.items()}
    try:
        prepared = prepare(opened.plan, overrides, root=opened.root, sessions=opened.sessions, past=opened.observations)
    except UsageError as error:
        text = sanitize(str(error).replace(str(opened.path), opened.path.name))
        marked[field_of(error) or ""] = text
        return ResolvedDraft(None, _wrong(marked), marked)
    except AutotrainError as error:
        marked[""] = sanitize(str(error))
        return ResolvedDraft(None, _wrong(marked), marked)
    return ResolvedDraft(prepared, (*_wrong(marked), *preflight(prepared, opened.facts)), marked)


def session_plan(path: Path, root: Path, sessions: Path) -> Prepared | None:
    """A session's own plan, which is resolved already; None when it can't be read."""
    try:
        return prepare(load_plan(path), overrides_of(Draft())[0], root=root, sessions=sessions)
    except AutotrainError:
        return None


def _wrong(errors: Mapping[str, str]) -> tuple[Finding, ...]:
    return tuple(Finding("value", Verdict.FAIL, text) for text in errors.values())
