"""Two or more sessions side by side: the parameters that differ, and the results. Pure."""

from __future__ import annotations

from typing import Any

from autotrain_tui.text.metric_goal import usual_goal

__all__ = ["Json", "comparison"]

Json = dict[str, Any]


def comparison(documents: list[Json]) -> Json:
    """The differences between sessions, from their `show` documents.

    `{"version", "sessions": [id], "parameters": [{"stage", "name", "values": [one a session]}], "results": [{"stage"
    (null: the session), "name", "values"}], "metrics": [{"stage": null, "name", "values"}]}`; only parameters with
    differing values; null where a session has none. `metrics` has every metric with its last values; those of two
    sessions whose names say which value is better are results too.
    """
    stages = [{stage["name"]: stage for stage in document["stages"]} for document in documents]
    metrics = list(dict.fromkeys(doc["metric"]["name"] for doc in documents if doc["metric"] is not None))
    every = _last_values(documents)
    parameters = [
        _entry(None, key, [document[key] for document in documents])
        for key in ("plan", "title", "mode", "host", "budget_seconds")
    ]
    results = [
        _entry(None, "outcome", [_word(document) for document in documents]),
        _entry(None, "elapsed_seconds", [document["elapsed_seconds"] for document in documents]),
    ]
    results += [
        _entry(None, f"{which} {metric}", [_headline(document, metric, which) for document in documents])
        for metric in metrics
        for which in ("best", "last")
    ]
    results += [
        _entry(None, f"last {entry['name']}", entry["values"])
        for entry in every
        if entry["name"] not in metrics and _known(entry) > 1 and usual_goal(entry["name"]) is not None
    ]
    for name in dict.fromkeys(name for each in stages for name in each):
        found = [each.get(name) for each in stages]
        keys = dict.fromkeys(key for stage in found if stage is not None for key in stage["params"])
        parameters += [
            _entry(name, key, [stage["params"].get(key) if stage else None for stage in found]) for key in keys
        ]
        results += _stage_results(name, found, metrics)
    return {
        "version": 1,
        "sessions": [document["id"] for document in documents],
        "parameters": [entry for entry in parameters if _differ(entry["values"])],
        "results": [entry for entry in results if _known(entry)],
        "metrics": every,
    }


def _stage_results(name: str, found: list[Json | None], metrics: list[str]) -> list[Json]:
    """One stage's state, time and metrics in each session; None in `found` where a session lacks the stage."""
    return [
        *(
            _entry(name, key, [stage[key] if stage else None for stage in found])
            for key in ("state", "elapsed_seconds")
        ),
        *(
            _entry(name, metric, [stage["metrics"].get(metric) if stage else None for stage in found])
            for metric in metrics
        ),
    ]


def _entry(stage: str | None, name: str, values: list[Any]) -> Json:
    return {"stage": stage, "name": name, "values": values}


def _differ(values: list[Any]) -> bool:
    return any(value != values[0] or type(value) is not type(values[0]) for value in values)


def _word(document: Json) -> str:
    return str(document["outcome"] or document["state"])


def _headline(document: Json, metric: str, which: str) -> float | None:
    headline = document["metric"]
    if headline is not None and headline["name"] == metric:
        value: float | None = headline[which]
        return value
    return _last(document, metric) if which == "last" else None


def _last_values(documents: list[Json]) -> list[Json]:
    """Every metric of any session, with its last value in each."""
    names = dict.fromkeys(name for document in documents for stage in document["stages"] for name in stage["metrics"])
    return [_entry(None, name, [_last(document, name) for document in documents]) for name in names]


def _last(document: Json, metric: str) -> float | None:
    found = (stage["metrics"].get(metric) for stage in reversed(document["stages"]))
    return next((value for value in found if value is not None), None)


def _known(entry: Json) -> int:
    """How many sessions have a value."""
    return sum(value is not None for value in entry["values"])
