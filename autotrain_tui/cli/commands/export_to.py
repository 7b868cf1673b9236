"""`export --to`: a session's numbers to a tracker, once or until the session ends."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.cli.context import session_of
from autotrain_tui.errors import MachineError, PlanError, RefusedError, UsageError
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.model import Scalar
from autotrain_tui.plan.read import Location
from autotrain_tui.plan.track_settings import mlflow_uri
from autotrain_tui.session.history.tracker_documents import tracker_documents, tracker_sentence
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.tracker_state import follower_alive, trackers_of
from autotrain_tui.trackers.known_targets import open_target
from autotrain_tui.trackers.place import follower_lock, place_of, state_path
from autotrain_tui.trackers.target import TargetDownError
from autotrain_tui.trackers.tensorboard import export_to_tensorboard
from autotrain_tui.trackers.track_follower import Follower

__all__ = ["run_to"]

Settings = Mapping[str, Scalar]


def run_to(options: argparse.Namespace) -> int:
    """Send it. Raises UsageError for settings that are missing, RefusedError, MachineError."""
    if options.format is not None:
        raise UsageError(f"--format and --to exclude each other; --to {options.to} has one form only")
    folder = session_of(options)
    planned = _planned(folder, options.to)
    settings = _settings(options.to, options.output, planned, load_view(folder).session.plan)
    if options.to == "tensorboard" and not options.follow:
        return _event_files(folder, settings)
    path = state_path(folder, options.to, settings, settings if options.output is None else planned)
    with follower_lock(path, 0):
        follower = Follower(folder, options.to, open_target(options.to, place_of(folder, settings)), path)
        if options.follow:
            follower.follow()
        else:
            _send(follower, options.to)
    (found,) = (each for each in tracker_documents(folder) if each["to"] == follower.state.to)
    print(f"{options.to} {follower.state.to}: {tracker_sentence(found, folder.id)}")
    for problem in follower.state.problems:
        print(f"  {problem}")
    return MachineError.exit_code if follower.state.state == "gave up" else 0


def _send(follower: Follower, name: str) -> None:
    try:
        follower.send_once()
    except TargetDownError as error:
        raise MachineError(
            f"{name} {follower.state.to}: {error}; {follower.state.points} points were sent; "
            "the same command goes on from there"
        ) from error
    except OSError as error:
        raise MachineError(f"{error.filename}: can't be read: {error.strerror or error}") from error


def _planned(folder: SessionFolder, name: str) -> Settings | None:
    with contextlib.suppress(PlanError):
        return load_plan(folder.plan).track.get(name)
    return None


def _settings(name: str, output: str | None, planned: Settings | None, plan: str) -> Settings:
    """What the plan says, and `-o` over it."""
    settings = dict(planned or {})
    if name == "tensorboard":
        return settings if output is None else {"folder": os.path.abspath(output)}
    if name == "mlflow":
        uri = output or settings.get("uri") or os.environ.get("MLFLOW_TRACKING_URI")
        if uri is None:
            raise UsageError("the server is missing; name it with -o http://HOST:PORT or in MLFLOW_TRACKING_URI")
        return {**settings, "uri": mlflow_uri(uri, Location("-o"))}
    if name in {"wandb", "trackio"}:
        return {**settings, "project": output or settings.get("project") or plan}
    return settings if output is None else {**settings, "to": output}


def _event_files(folder: SessionFolder, settings: Settings) -> int:
    """All event files at once, the same each time. Raises RefusedError while a follower writes there."""
    view = load_view(folder)
    target = Path(view.session.project or "/") / str(settings["folder"]) if settings else folder.path / "tensorboard"
    for state in trackers_of(folder):
        if (state.target, state.to) == ("tensorboard", str(target)) and follower_alive(state) is not False:
            raise RefusedError(f"{target}: a follower writes this session there; choose another folder with -o DIR")
    exported = export_to_tensorboard(view, target)
    print(f"{exported.points} points in {exported.files} event files; show them with: tensorboard --logdir {target}")
    return 0
