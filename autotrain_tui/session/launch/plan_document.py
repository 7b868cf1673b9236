"""A plan as it would be run, as the document of `plan --json`."""

from __future__ import annotations

from autotrain_tui.plan.sweep.describe import search_document
from autotrain_tui.session.launch.prepare import Prepared

__all__ = ["plan_document"]


def plan_document(prepared: Prepared) -> dict[str, object]:
    """The document of `plan --json` (DESIGN section 10)."""
    plan = prepared.plan
    return {
        "version": 1,
        "plan": plan.name,
        "mode": plan.mode,
        "budget_seconds": plan.budget_seconds,
        "total_estimate_seconds": prepared.total_seconds,
        "fits": prepared.fits,
        "stages": [
            {
                "name": stage.name,
                "index": stage.index,
                "params": dict(stage.parameters),
                "command": list(words),
                "estimate_seconds": estimate.seconds,
                "estimate_source": estimate.source,
                "estimate_spread": estimate.spread,
                "needs": list(stage.needs),
                "description": stage.description,
                "skipped": prepared.skipped.get(stage.name),
                "ranks": stage.ranks or None,
                "sweep": search_document(stage.sweep, stage) if stage.sweep is not None else None,
                "engine": stage.distributed.engine if stage.distributed is not None else None,
            }
            for stage, words, estimate in zip(plan.stages, prepared.commands, prepared.estimates, strict=True)
        ],
        "file": str(plan.path) if plan.path is not None else None,
        "description": plan.description,
        "strategy": plan.strategy,
        "unsupported": [{"place": item.place, "text": item.text} for item in prepared.unsupported],
        "missing": [{"place": item.place, "text": item.text} for item in prepared.missing],
        "warnings": list(prepared.warnings),
    }
