"""`compare`: two or more sessions side by side: what differed in what they were given, and what came of it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from autotrain_tui import figures
from autotrain_tui.errors import UsageError
from autotrain_tui.session.report import show
from autotrain_tui.session.view import load_view
from autotrain_tui.verbs.options import add_json
from autotrain_tui.verbs.table import plain, print_table
from autotrain_tui.verbs.where import store_of

__all__ = ["add_options", "comparison", "run"]

Json = dict[str, Any]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION SESSION … and --json."""
    parser.add_argument("sessions", nargs="+", metavar="SESSION", help="two or more")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print it. Raises UsageError for fewer than two sessions."""
    store = store_of(options)
    folders = list({folder.path: folder for folder in map(store.find, options.sessions)}.values())
    if len(folders) < 2:
        raise UsageError("compare takes two or more different sessions")
    document = comparison([show(load_view(folder)) for folder in folders])
    if options.json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        _print(document)
    return 0


def comparison(documents: list[Json]) -> Json:
    """What differs between sessions, from their `show` documents.

    `{"version", "sessions": [id], "parameters": [{"stage", "name", "values": [one a session]}], "results": [{"stage"
    (null: the session), "name", "values"}]}`; only parameters with differing values; null where a session has none.
    """
    stages = [{stage["name"]: stage for stage in document["stages"]} for document in documents]
    metrics = list(dict.fromkeys(doc["metric"]["name"] for doc in documents if doc["metric"] is not None))
    parameters = [_entry(None, key, [document[key] for document in documents])
                  for key in ("plan", "mode", "host", "budget_seconds")]
    results = [_entry(None, "outcome", [_word(document) for document in documents]),
               _entry(None, "elapsed_seconds", [document["elapsed_seconds"] for document in documents])]
    results += [_entry(None, f"{which} {metric}", [_headline(document, metric, which) for document in documents])
                for metric in metrics for which in ("best", "last")]
    for name in dict.fromkeys(name for each in stages for name in each):
        found = [each.get(name) for each in stages]
        keys = dict.fromkeys(key for stage in found if stage is not None for key in stage["params"])
        parameters += [_entry(name, key, [stage["params"].get(key) if stage else None for stage in found])
                       for key in keys]
        results += [_entry(name, key, [stage[key] if stage else None for stage in found])
                    for key in ("state", "elapsed_seconds")]
        results += [_entry(name, metric, [stage["metrics"].get(metric) if stage else None for stage in found])
                    for metric in metrics]
    return {"version": 1, "sessions": [document["id"] for document in documents],
            "parameters": [entry for entry in parameters if _differ(entry["values"])],
            "results": [entry for entry in results if any(value is not None for value in entry["values"])]}


def _entry(stage: str | None, name: str, values: list[Any]) -> Json:
    return {"stage": stage, "name": name, "values": values}


def _differ(values: list[Any]) -> bool:
    return any(value != values[0] or type(value) is not type(values[0]) for value in values)


def _word(document: Json) -> str:
    return str(document["outcome"] or document["state"])


def _headline(document: Json, metric: str, which: str) -> float | None:
    headline = document["metric"]
    value: float | None = headline[which] if headline is not None and headline["name"] == metric else None
    return value


def _print(document: Json) -> None:
    head = ["", *document["sessions"]]
    right = range(1, len(head))
    if document["parameters"]:
        print_table(["WHAT DIFFERS", *head[1:]], [_row(entry) for entry in document["parameters"]], right=right)
    else:
        print("they were given the same")
    print()
    print_table(["WHAT CAME OF IT", *head[1:]], [_row(entry) for entry in document["results"]], right=right)


def _row(entry: Json) -> list[str]:
    label = entry["name"].replace("elapsed_seconds", "time").replace("_seconds", "")
    cells = [_text(entry["name"], value) for value in entry["values"]]
    return [plain(f"{entry['stage']}: {label}" if entry["stage"] else label), *cells]


def _text(name: str, value: Any) -> str:
    if value is None:
        return figures.UNKNOWN
    if name.endswith("_seconds"):
        return figures.clock(value)
    return figures.value(value, 8) if isinstance(value, float) else plain(str(value))
