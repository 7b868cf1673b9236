"""What of a session was sent to trackers, and how far that is: for `show`, `doctor` and the screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from autotrain_tui.session.records.folder import SessionFolder

if TYPE_CHECKING:
    from autotrain_tui.session.records.tracker_state import TrackerState

__all__ = ["tracker_documents", "tracker_sentence"]

Json = dict[str, Any]


def tracker_documents(folder: SessionFolder) -> list[Json]:
    """`trackers` of `show --json`: one object for each target that the session was sent to."""
    if not folder.track.is_dir():
        return []
    from autotrain_tui.session.records.tracker_state import trackers_of  # start-up: few sessions have trackers

    states = trackers_of(folder)
    sizes = _readings(folder) if states else {}
    return [_document(state, sizes) for state in states]


def _document(state: TrackerState, sizes: dict[str, int]) -> Json:
    from autotrain_tui.session.records.tracker_state import follower_alive  # as above

    read = {place: offset for run in state.runs.values() for place, (_, offset) in run.read.items()}
    return {
        "target": state.target,
        "to": state.to,
        "state": state.state,
        "alive": follower_alive(state),
        "points": state.points,
        "waiting": state.waiting,
        "superseded": sum(run.superseded for run in state.runs.values()),
        "unread_bytes": sum(max(0, size - read.get(place, 0)) for place, size in sizes.items()),
        "error": state.error,
        "since": state.since or None,
        "tries": state.tries,
        "problems": list(state.problems),
        "time": state.time or None,
    }


def _readings(folder: SessionFolder) -> dict[str, int]:
    """Attempt's folder → bytes of its readings."""
    found = {}
    for path in folder.path.glob("stages/*/attempt-*/readings.jsonl"):
        try:
            found[str(path.parent.relative_to(folder.path))] = os.stat(path).st_size
        except OSError:
            continue
    return found


def tracker_sentence(document: Json, session: str) -> str:
    """One sentence on an element of `trackers`."""
    kept = document.get("superseded", 0) if document["target"] != "tensorboard" else 0
    also = f"; it keeps {kept:,} that a resumed attempt has repeated, the newer ones last" if kept else ""
    return _progress_sentence(document, session) + also


def _progress_sentence(document: Json, session: str) -> str:
    """How far it is."""
    points, waiting = document["points"], document["waiting"]
    sent = f"{points:,} points sent" + (f", {waiting:,} wait" if waiting else "")
    again = f"autotrain-tui export {session} --to {document['target']} --follow"
    if document["state"] == "refused":
        return f"nothing is sent: {document['error']}"
    if document["state"] == "gave up":
        return f"{sent}; given up: {document['error']}; send the rest with: {again}"
    if document["state"] == "done":
        rest = document["unread_bytes"]
        return f"{sent}; there are newer points: send them with: {again}" if rest else f"all {points:,} points sent"
    if document["alive"] is False:
        return f"{sent}; its process has ended, start it again with: {again}"
    if document["error"]:
        since = f" since {document['since'][11:19]} UTC" if document["since"] else ""
        tries = f", {document['tries']} tries" if document["tries"] > 1 else ""
        return f"down{since}{tries}: {document['error']}; {sent}; it is tried again"
    return sent
