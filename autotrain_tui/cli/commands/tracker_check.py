"""What `doctor` says of trackers: whether the plan's can be reached, and how the newest session's numbers are sent.

Never more than a note: a tracker that is down does not keep training from starting or from being recorded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from autotrain_tui.plan.model import Plan, Scalar
from autotrain_tui.plan.track_settings import missing_trackers
from autotrain_tui.session.history.tracker_documents import tracker_documents, tracker_sentence
from autotrain_tui.session.launch.preflight import Finding, Verdict
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.session_ids import folder_names

__all__ = ["plan_trackers", "session_trackers"]


def plan_trackers(plan: Plan) -> Iterator[Finding]:
    """A finding for each target of the plan's `[track]`."""
    missing = missing_trackers(plan)
    yield from (Finding("track", Verdict.NOTE, sentence.removeprefix("track: ")) for sentence in missing)
    for name, settings in plan.track.items():
        if name == "mlflow":
            yield _mlflow(settings)
        elif name == "wandb" and not any("wandb" in sentence for sentence in missing):
            online = bool(os.environ.get("WANDB_API_KEY"))
            yield Finding("track", Verdict.GOOD, f"wandb: {'online' if online else 'offline: no WANDB_API_KEY is set'}")


def _mlflow(settings: object) -> Finding:
    from autotrain_tui.trackers.mlflow_rest import MlflowError, MlflowRest  # HTTP, which other checks do not need
    from autotrain_tui.trackers.target import TargetDownError

    assert isinstance(settings, dict)
    uri: Scalar = settings["uri"]
    try:
        MlflowRest(str(uri)).get("experiments/get-by-name?experiment_name=Default")
    except MlflowError:
        pass  # it has answered
    except TargetDownError as error:
        return Finding("track", Verdict.NOTE, f"mlflow {uri}: {error}; its points would wait")
    return Finding("track", Verdict.GOOD, f"mlflow {uri}: it answers")


def session_trackers(sessions: Path) -> Iterator[Finding]:
    """How far the followers of the newest session are that has any."""
    for name in folder_names(str(sessions)):
        folder = SessionFolder(sessions / name)
        documents = tracker_documents(folder)
        for each in documents:
            bad = each["error"] or each["problems"] or (each["alive"] is False and each["state"] != "done")
            text = f"{name}: {each['target']} {each['to']}: {tracker_sentence(each, name)}"
            yield Finding("track", Verdict.NOTE if bad else Verdict.GOOD, text)
        if documents:
            return
