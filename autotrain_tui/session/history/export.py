"""A session written out: a table of all its points (CSV), one document (JSON), or a report (Markdown)."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
from typing import Any

from autotrain_tui.errors import MachineError, UsageError
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.history.list_row import past_best
from autotrain_tui.session.history.metric_points import series_of
from autotrain_tui.session.history.usage_text import usage_text
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.records.read_file import read_small
from autotrain_tui.text import format as fmt
from autotrain_tui.text.redact import redact, redact_all
from autotrain_tui.text.sanitize import sanitize

__all__ = ["FORMATS", "export_text", "form_of", "write_export"]

FORMATS = ("csv", "json", "md")


def write_export(text: str, path: str) -> None:
    """Write it to a new file. Raises MachineError, also for a file that is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise MachineError(f"{path} exists; export never overwrites a file, choose another name") from None
    except OSError as error:
        raise MachineError(f"{path}: {error.strerror}") from error


def form_of(path: str | None) -> str:
    """What a file's ending asks for; md without a file. Raises UsageError."""
    if path is None:
        return "md"
    ending = path.rpartition(".")[2].lower()
    form = {"csv": "csv", "json": "json", "md": "md", "markdown": "md"}.get(ending)
    if form is None:
        raise UsageError(f"{path}: unknown ending; name a format with --format: {', '.join(FORMATS)}")
    return form


def export_text(view: View, form: str) -> str:
    """The session in one of FORMATS, secrets hidden."""
    if form == "csv":
        return _csv(view)
    document: dict[str, Any] = redact_all(show(view))
    return _json(view, document) if form == "json" else _markdown(document)


def _csv(view: View) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["session", "stage", "attempt", "metric", "axis", "x", "value", "time", "line_x", "superseded"])
    for series in series_of(view):
        writer.writerows(
            [
                *(view.folder.id, series.stage, series.attempt, _cell(series.name), series.axis, x, value, time),
                x + series.offset,
                int(series.superseded_from is not None and x >= series.superseded_from),
            ]
            for x, value, time in series.points
        )
    return out.getvalue()


def _cell(text: str) -> str:
    """A name that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection)."""
    text = sanitize(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _json(view: View, document: dict[str, Any]) -> str:
    session = view.session
    plan = read_small(view.folder.plan, 1 << 20)
    document |= {
        "series": [
            {
                "stage": series.stage,
                "attempt": series.attempt,
                "name": series.name,
                "axis": series.axis,
                "points": series.points,
                "offset": series.offset,
                "superseded_from": series.superseded_from,
            }
            for series in series_of(view)
        ],
        "plan_text": redact(plan.decode(errors="replace")) if plan is not None else None,
        "plan_hash": session.plan_hash,
        "git": {"commit": session.git_commit, "dirty": session.git_dirty},
        "versions": dict(session.versions),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _markdown(document: dict[str, Any]) -> str:
    state = document["outcome"] or document["state"]
    lines = [
        f"# {_md(document['plan'])}: {_md(document['id'])}",
        "",
        f"- {_md(state)}" + (f": {_md(document['reason'])}" if document["reason"] else ""),
        f"- mode {_md(document['mode'])}, on {_md(document['host'] or fmt.UNKNOWN)}",
        f"- started {document['started'] or fmt.UNKNOWN}, ended {document['ended'] or fmt.UNKNOWN}",
        f"- running time {fmt.clock(document['elapsed_seconds'])}"
        + (f" of {fmt.clock(document['budget_seconds'])}" if document["budget_seconds"] is not None else ""),
    ]
    if document["command"]:
        lines.append(f"- command {_md(shlex.join(document['command']))}")
    if document["metric"] is not None:
        metric = document["metric"]
        best, last = fmt.value(metric["best"]), fmt.value(metric["last"])
        where = [fmt.place(metric["best_step"], metric["best_epoch"])]
        if len(document["stages"]) > 1 and metric["best_stage"]:
            where.append(f"of {_md(metric['best_stage'])}")
        lines.append(f"- {_md(metric['name'])}: {' '.join(['best', best, *filter(None, where)])}, last {last}")
    if document["note"] or document["tags"]:
        lines.append("- " + _md(" ".join([*(f"#{tag}" for tag in document["tags"]), document["note"]])))
    lines += [
        "",
        "| # | stage | state | time | best | metrics | parameters |",
        "| ---: | --- | --- | ---: | --- | --- | --- |",
    ]
    for stage in document["stages"]:
        metrics = ", ".join(f"{_md(name)} {fmt.value(value)}" for name, value in stage["metrics"].items())
        params = ", ".join(f"{_md(name)} {_md(str(value))}" for name, value in stage["params"].items())
        lines.append(
            f"| {stage['index']} | {_md(stage['name'])} | {stage['state']}{', in doubt' * bool(stage['doubts'])} | "
            f"{fmt.clock(stage['elapsed_seconds'])} | {_best(stage)} | {metrics} | {params} |"
        )
    lines += _usage(document)
    lines += _past_best(document)
    lines += _doubts(document)
    lines += _attempts(document)
    return "\n".join(lines) + "\n"


def _best(stage: dict[str, Any]) -> str:
    """The stage's best value of the headline metric, and where it was reached."""
    if stage["best"] is None:
        return ""
    return f"{fmt.value(stage['best'])} {fmt.place(stage['best_step'], stage['best_epoch'])}".rstrip()


def _usage(document: dict[str, Any]) -> list[str]:
    """What each attempt took of the machine."""
    lines = [
        f"- {_md(stage['name'])}, attempt {attempt['attempt']}: {_md(text)}"
        for stage in document["stages"]
        for attempt in stage["attempts"]
        if (text := usage_text(attempt["usage"], attempt["elapsed_seconds"]))
    ]
    return ["", "## Memory and processor time", "", *lines] if lines else []


def _past_best(document: dict[str, Any]) -> list[str]:
    """What the curves say."""
    said = [(stage["name"], found) for stage in document["stages"] if (found := past_best(stage)) is not None]
    lines = [f"- {_md(name)}: {_md(found['text'])}" for name, found in said]
    return ["", "## What the curves say", "", *lines] if lines else []


def _doubts(document: dict[str, Any]) -> list[str]:
    """The signs that an end is not what it says."""
    lines = [
        f"- {_md(stage['name'])}: {_md(doubt['text'])}" for stage in document["stages"] for doubt in stage["doubts"]
    ]
    return ["", "## In doubt", "", *lines] if lines else []


def _attempts(document: dict[str, Any]) -> list[str]:
    """What is worth saying of attempts: each that ended otherwise than by itself and well."""
    lines = [
        f"- {_md(stage['name'])}, attempt {attempt['attempt']}: {attempt['state']}"
        + (f", exit code {attempt['exit_code']}" if attempt["exit_code"] else "")
        + (f", signal {attempt['signal']}" if attempt["signal"] else "")
        + (f": {_md(attempt['reason'])}" if attempt["reason"] else "")
        for stage in document["stages"]
        for attempt in stage["attempts"]
        if attempt["state"] not in ("succeeded", "imported")
    ]
    return ["", "## Attempts that did not succeed", "", *lines] if lines else []


def _md(text: str) -> str:
    """Plain text that Markdown takes as it is."""
    text = sanitize(text)
    for sign in "\\`*_{}[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text
