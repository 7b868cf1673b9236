"""`show`: one session, in full."""

from __future__ import annotations

import os
import time

from autotrain_tui.cli.context import here
from autotrain_tui.cli.fast_imports import import_msgspec
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json, add_session
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.cli.show_words import best_place_text, end_text, metrics_text
from autotrain_tui.cli.text_table import paint, print_table
from autotrain_tui.session.history.index import Index, records, stamp
from autotrain_tui.session.history.list_row import ListRow, past_best, source_word
from autotrain_tui.session.history.usage_text import usage_text
from autotrain_tui.session.records.session_ids import folder_names, has_journal
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.text.utc_time import seconds_of

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    import argparse

    from autotrain_tui.session.history.list_row import Json

__all__ = ["add_options", "document_of", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION and --json."""
    add_session(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Show it."""
    with ReadWatch.of(options):
        document = document_of(options)
    if options.json:
        print_json(document)
    else:
        _print(document)
    return 0


def document_of(options: argparse.Namespace) -> Json:
    """The `show` document of the selected session, from the index if it is finished. Raises RefusedError."""
    sessions = str(here(options).sessions)
    index = Index(sessions)
    name = _known(sessions, options.session, index)
    document = index.document(name) if name is not None else None
    if document is not None:
        return _with_trackers(document)
    import_msgspec()  # from here on it costs what it costs: the journal must be read
    from autotrain_tui.cli.context import session_of
    from autotrain_tui.session.history.documents import show
    from autotrain_tui.session.journal.session_view import load_view

    folder = session_of(options)
    found = records(str(folder.path))
    view = load_view(folder)
    document = show(view)
    if found is not None and view.finished and view.alive is False and str(folder.path.parent) == sessions:
        before = stamp(*found)
        index.keep_row(folder.id, ListRow.of({key: document[key] for key in _ROW_KEYS}), before)
        index.keep_document(folder.id, document, before)
        index.save(folder_names(sessions, index.names))
    return document


_ROW_KEYS = (
    "id",
    "plan",
    "mode",
    "host",
    "state",
    "outcome",
    "started",
    "ended",
    "elapsed_seconds",
    "stages_done",
    "stages_total",
    "doubts",
    "metric",
    "title",
    "params",
    "winners",
    "source",
    "tags",
    "note",
)


def _with_trackers(document: Json) -> Json:
    """A document of the index: what was sent to trackers may have changed without the journal."""
    if document.get("trackers") or os.path.isdir(os.path.join(document["path"], "track")):
        import_msgspec()
        from pathlib import Path

        from autotrain_tui.session.history.tracker_documents import tracker_documents
        from autotrain_tui.session.records.folder import SessionFolder

        document["trackers"] = tracker_documents(SessionFolder(Path(document["path"])))
    document.setdefault("trackers", [])
    return document


def _known(sessions: str, word: str | None, index: Index) -> str | None:
    """The selected session, where names and the index tell which it is; None where they don't."""
    if word is not None and os.sep in word:
        return None
    names = folder_names(sessions, index.names)
    if word is None and any(
        row is None and has_journal(sessions, name) for name, row in zip(names, index.rows(names), strict=True)
    ):
        return None  # only where no session may be live is it the latest
    if word is None or word == "latest":
        return next((name for name in names if has_journal(sessions, name)), None)
    if word in names and has_journal(sessions, word):
        return word
    matches = [name for name in names if name.startswith(word) and has_journal(sessions, name)]
    return matches[0] if len(matches) == 1 else None


def _print(document: Json) -> None:
    ended = document["state"] == "finished" and document["source"] is not None
    state = document["outcome"] or (source_word(document["source"]) if ended else document["state"])
    print(f"{paint(document['id'], 'bold')}  {paint(state, state)}" + _reason(document["reason"]))
    budget = f" of {fmt.clock(document['budget_seconds'])}" if document["budget_seconds"] is not None else ""
    print(
        f"plan {sanitize(document['plan'])}, mode {sanitize(document['mode'])}, "
        f"on {sanitize(document['host'] or '–')}, {fmt.clock(document['elapsed_seconds'])}{budget}"
    )
    if document["source"]:
        how = "watches" if document["source"].get("watched") else "imported from"
        print(f"{how} {sanitize(document['source']['path'])} ({sanitize(document['source']['kind'])})")
    if document["command"]:
        import shlex  # few sessions have one

        print(f"command {sanitize(shlex.join(document['command']))}")
    print(f"started {_local(document['started'])}, ended {_local(document['ended'])}")
    runner = document["runner"]
    if document["state"] != "finished":
        alive = {True: f"process {runner['pid']} on {runner['host']}", None: f"unknown (on {runner['host']})"}
        print(f"runner {alive.get(runner['alive'], 'none; start one with: autotrain-tui resume')}")
    if document.get("warning"):
        print(paint(sanitize(document["warning"]), "error"))
    if document["metric"] is not None and document["metric"]["best"] is not None:
        metric = document["metric"]
        chosen = " (chosen: the plan names no metric)" if metric.get("chosen") else ""
        best = f"best {fmt.value(metric['best'])}{best_place_text(metric, len(document['stages']))}"
        print(f"{sanitize(metric['name'])} last {fmt.value(metric['last'])}, {best}{chosen}")
    if document["tags"] or document["note"]:
        print(sanitize(" ".join([*(f"#{tag}" for tag in document["tags"]), document["note"]])))
    print(document["path"])
    print()
    _print_stages(document["stages"])
    _print_alerts(document["alerts"])
    _print_trackers(document)
    for problem in document["problems"]:
        print(paint(f"records: {sanitize(problem)}", "warning"))


_ALERTS_SHOWN = 20


def _print_alerts(alerts: list[Json]) -> None:
    """The alerts that stand, the newest last, each with the number that `acknowledge` takes."""
    standing = [alert for alert in alerts if not alert["acknowledged"]]
    if standing:
        print(f"\nalerts, until acknowledged with: autotrain-tui acknowledge [SESSION] [all|N] ({len(standing)})")
    for alert in standing[-_ALERTS_SHOWN:]:
        stage = f"{sanitize(alert['stage'])}: " if alert["stage"] else ""
        text = (
            f"{alert['seq']:>6}  {_local(alert['time'])}  {stage}{sanitize(alert['kind'])}: {sanitize(alert['text'])}"
        )
        print(paint(text, "warning"))


def _print_trackers(document: Json) -> None:
    """Where its numbers go."""
    if not document.get("trackers"):
        return
    from autotrain_tui.session.history.tracker_documents import tracker_sentence

    print()
    for tracker in document["trackers"]:
        bad = tracker["error"] or tracker["problems"]
        text = f"{tracker['target']} {tracker['to']}: {tracker_sentence(tracker, document['id'])}"
        print(paint(sanitize(text), "warning") if bad else sanitize(text))
        for problem in tracker["problems"]:
            print(paint(f"  {sanitize(problem)}", "warning"))


def _print_stages(stages: list[Json]) -> None:
    rows = []
    for stage in stages:
        params = " ".join(f"{sanitize(name)}={sanitize(str(value))}" for name, value in stage["params"].items())
        took = (
            fmt.clock(stage["elapsed_seconds"])
            if stage["elapsed_seconds"] is not None
            else fmt.estimate(stage["estimate_seconds"])
        )
        rows.append(
            [
                str(stage["index"]),
                sanitize(stage["name"]),
                _state(stage),
                took,
                _progress(stage),
                metrics_text(stage["metrics"]),
                params,
            ]
        )
        if stage.get("sweep"):
            from autotrain_tui.session.history.sweep_documents import search_sentence  # only searches pay for it

            rows.append(["", "", "", "", "", "", sanitize(search_sentence(stage))])
        if stage["decision"]:
            rows.append(["", "", "", "", "", "", sanitize(stage["decision"])])
        rows += [
            [
                "",
                f"  attempt {attempt['attempt']}",
                attempt["state"],
                fmt.clock(attempt["elapsed_seconds"]),
                "",
                "",
                sanitize(end_text(attempt)),
            ]
            for attempt in stage["attempts"]
            if len(stage["attempts"]) > 1 or attempt["reason"] or attempt.get("log_begins")
        ]
        rows += [
            ["", f"  attempt {attempt['attempt']}" if len(stage["attempts"]) > 1 else "", "", "", "", "", used]
            for attempt in stage["attempts"]
            if (used := usage_text(attempt.get("usage"), attempt["elapsed_seconds"]))
        ]
        if (said := past_best(stage)) is not None:
            rows.append(["", "", "", "", "", "", sanitize(said["text"])])
        rows += [
            ["", "", "", "", "", "", sanitize(f"{doubt['kind']}: {doubt['text']}")]
            for doubt in stage["doubts"]
            if doubt["text"] not in stage["reason"]
        ]
        if stage["reason"] and not any(attempt["reason"] == stage["reason"] for attempt in stage["attempts"]):
            rows.append(["", "", "", "", "", "", sanitize(stage["reason"])])
    print_table(
        ["#", "STAGE", "STATE", "TIME", "DONE", "METRICS", "PARAMETERS, REASONS"],
        rows,
        right=(0, 3, 4),
        shrinks=(6, 5),
        state=2,
    )


def _state(stage: Json) -> str:
    """The state, and whether the end is in doubt."""
    return f"{stage['state']}, in doubt" if stage["doubts"] else str(stage["state"])


def _progress(stage: Json) -> str:
    fraction = stage["progress"]["fraction"]
    return fmt.percent(fraction * 100) if fraction is not None else ""


def _reason(reason: str) -> str:
    return f": {sanitize(reason)}" if reason else ""


def _local(iso: str | None) -> str:
    """A UTC time as local date and time, `2026-11-22 15:04`."""
    if not iso:
        return fmt.UNKNOWN
    seconds = seconds_of(iso)
    if seconds is not None:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    from datetime import datetime  # for other forms than the journal's

    try:
        return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return fmt.UNKNOWN
