"""Preflight: checks before the start whether a plan can train as it should.

Pure: facts in, findings out. `machine_check` beside it gathers the facts about the machine and earlier sessions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.timeline import timeline
from autotrain_tui.session.launch.finding import Finding, Verdict
from autotrain_tui.session.launch.prepare import Prepared
from autotrain_tui.session.launch.slurm_check import slurm_findings
from autotrain_tui.slurm.cluster import Cluster
from autotrain_tui.text import format as fmt

__all__ = ["Facts", "Finding", "Verdict", "preflight", "troubles"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks are made against. Sizes are bytes; None is unknown: then that check is left out."""

    disk_free: int | None = None
    """Room on the disk that sessions are written to."""
    disk_written: int | None = None
    """The most that an earlier session of the plan wrote."""
    gpu_free: tuple[int | None, ...] | None = None
    """Free memory of each GPU; empty = there is none, None = no driver has answered."""
    gpu_used: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """The most GPU memory that each stage of the plan took in earlier sessions."""
    cluster: Cluster | str | None = None
    """The cluster that jobs go to; why it can't be asked."""


def preflight(prepared: Prepared, facts: Facts = Facts()) -> tuple[Finding, ...]:
    """The findings of all checks, failures first, then notes."""
    found = [*_support(prepared), *_programs(prepared), *_budget(prepared), *_disk(facts), *_gpus(prepared, facts)]
    found += slurm_findings(_wanted(prepared), facts.cluster)
    order = (Verdict.FAIL, Verdict.NOTE, Verdict.GOOD)
    return tuple(sorted(found, key=lambda finding: order.index(finding.verdict)))


def troubles(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that a person should see before the start."""
    return tuple(finding for finding in findings if finding.verdict is not Verdict.GOOD)


def _support(prepared: Prepared) -> Iterator[Finding]:
    for item in prepared.unsupported:
        yield Finding("plan", Verdict.FAIL, f"{item.place}: {item.text}")
    for item in prepared.missing:
        yield Finding("engine", Verdict.FAIL, f"{item.place}: {item.text}")


def _programs(prepared: Prepared) -> Iterator[Finding]:
    """Programs, scripts, working folders and variables, as `prepare` looked for them."""
    stages = _wanted(prepared)
    for warning in prepared.warnings:
        stage = next((stage for stage in stages if warning.startswith(f"stage {stage.name}: ")), None)
        if stage is None:
            yield Finding("plan", Verdict.NOTE, warning)
        else:
            yield Finding("command", Verdict.FAIL, warning, stage.name)
    if not any(warning.startswith("stage ") for warning in prepared.warnings):
        count = f"all {len(stages)} stages" if len(stages) != 1 else "the stage"
        yield Finding("command", Verdict.GOOD, f"programs and working folder of {count} exist")


def _wanted(prepared: Prepared) -> list[PlanStage]:
    return [stage for stage in prepared.plan.stages if stage.name not in prepared.skipped]


def _budget(prepared: Prepared) -> Iterator[Finding]:
    """Whether the plan fits its budget, and which stage is the first that doesn't."""
    plan, budget = prepared.plan, prepared.plan.budget_seconds
    if budget is None:
        return
    estimates = {stage.name: estimate for stage, estimate in zip(plan.stages, prepared.estimates, strict=True)}
    bars = timeline(plan, estimates, frozenset(prepared.skipped))
    end = max((bar.end for bar in bars), default=0.0)
    beyond = [bar for bar in bars if bar.end > budget]
    limit = fmt.short_clock(budget)
    if not beyond:
        unknown = sum(not bar.known for bar in bars)
        if unknown:
            yield Finding(
                "budget",
                Verdict.NOTE,
                f"the duration of {_stages(unknown)} is unknown; a stage is started while any of the {limit} is left",
            )
        else:
            yield Finding("budget", Verdict.GOOD, f"about {fmt.short_clock(end)} of {limit}")
        return
    first = beyond[0]
    yield Finding(
        "budget",
        Verdict.NOTE,
        f"{_adapted(plan)}{first.stage} would end {_over(first.end - budget)} after "
        f"the budget of {limit}; it starts only if its estimate fits by then",
        first.stage,
    )


def _adapted(plan: Plan) -> str:
    return "before fit-budget scales it, " if plan.strategy == "fit-budget" else ""


def _over(seconds: float) -> str:
    return fmt.short_clock(max(1.0, seconds))


def _stages(count: int) -> str:
    return "one stage" if count == 1 else f"{count} stages"


def _disk(facts: Facts) -> Iterator[Finding]:
    free, written = facts.disk_free, facts.disk_written
    if free is None:
        return
    room = fmt.room(free)
    if written is None:
        verdict = Verdict.GOOD if free >= 1 << 30 else Verdict.NOTE
        yield Finding("disk", verdict, f"{room}; no earlier session to compare with")
    elif written > free:
        yield Finding(
            "disk",
            Verdict.FAIL,
            f"{room}, but an earlier session wrote {fmt.size(written)}; remove old sessions with: autotrain-tui clean",
        )
    else:
        verdict = Verdict.NOTE if written * 2 > free else Verdict.GOOD
        yield Finding("disk", verdict, f"{room}; an earlier session wrote {fmt.size(written)}")


def _gpus(prepared: Prepared, facts: Facts) -> Iterator[Finding]:
    """Whether the machine has the GPUs that stages request, with memory for what stages took earlier."""
    free = facts.gpu_free
    if free is None:
        return
    good = ""
    for stage in _wanted(prepared):
        if stage.launcher != "local":
            continue
        if stage.gpus is not None and stage.gpus > len(free):
            there = f"{len(free) or 'none'} present"
            yield Finding(
                "GPU",
                Verdict.FAIL,
                f"stage {stage.name}: needs {_gpu_count(stage.gpus)}, {there}: it would wait forever",
                stage.name,
            )
            continue
        yield from _declared_memory(stage, free)
        used = facts.gpu_used.get(stage.name)
        room = _room(free, stage.gpus)
        if used is None or room is None or not free:
            continue
        if used > room:
            yield Finding(
                "GPU memory",
                Verdict.NOTE,
                f"stage {stage.name}: used {fmt.size(used)} in an earlier session, {fmt.room(room)} now",
                stage.name,
            )
        else:
            good = f"{fmt.room(room)}; stage {stage.name} used {fmt.size(used)} in an earlier session"
    if good:
        yield Finding("GPU memory", Verdict.GOOD, good)


def _declared_memory(stage: PlanStage, free: tuple[int | None, ...]) -> Iterator[Finding]:
    """Whether as many GPUs as the stage wants have the memory free that it declares."""
    wanted = stage.gpu_memory_bytes
    if wanted is None or stage.gpus is None:
        return
    if sum(each is None or each >= wanted for each in free) < stage.gpus:
        most = fmt.size(max((each for each in free if each is not None), default=0))
        yield Finding(
            "GPU memory",
            Verdict.NOTE,
            f"stage {stage.name}: declares {fmt.size(wanted)} on {_gpu_count(stage.gpus)}, "
            f"at most {most} free now: it would wait",
            stage.name,
        )


def _room(free: tuple[int | None, ...], count: int | None) -> int | None:
    """Free memory of the `count` freest GPUs, of all without a count; None if none reports it."""
    known = sorted((each for each in free if each is not None), reverse=True)
    return sum(known[:count] if count is not None else known) if known else None


def _gpu_count(count: int) -> str:
    return "a GPU" if count == 1 else f"{count} GPUs"
