"""Two or more sessions side by side: the parameters that differ, and the results. Pure."""

from __future__ import annotations

from typing import Any

__all__ = ["Json", "better", "comparison", "goals_of", "lone_stages", "without_lone_stages"]

Json = dict[str, Any]


def comparison(documents: list[Json]) -> Json:
    """The differences between sessions, from their `show` documents.

    `{"version", "sessions": [id], "parameters": [{"stage", "name", "values": [one a session]}], "results": [{"stage"
    (null: the session), "name", "values"}]}`; only parameters with differing values; null where a session has none.
    """
    stages = [{stage["name"]: stage for stage in document["stages"]} for document in documents]
    metrics = list(dict.fromkeys(doc["metric"]["name"] for doc in documents if doc["metric"] is not None))
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
        "results": [entry for entry in results if any(value is not None for value in entry["values"])],
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


def goals_of(documents: list[Json]) -> dict[str, str]:
    """The sessions' headline metrics, each with `max` or `min`."""
    return {doc["metric"]["name"]: doc["metric"]["goal"] for doc in documents if doc["metric"] is not None}


def better(entry: Json, goals: dict[str, str]) -> list[int]:
    """The indexes of the best values of an entry of `results`; empty if all are equal or no goal is known."""
    name = entry["name"]
    goal = goals.get(name.removeprefix("best ").removeprefix("last "))
    known = [value for value in entry["values"] if isinstance(value, int | float)]
    if goal is None or len(known) < 2 or min(known) == max(known):
        return []
    best = max(known) if goal == "max" else min(known)
    return [place for place, value in enumerate(entry["values"]) if value == best]


def lone_stages(document: Json) -> list[str]:
    """One sentence for each session with stages that no other session has; one first if no stage is in two of them."""
    owners = {
        entry["stage"]: [place for place, value in enumerate(entry["values"]) if value is not None]
        for entry in document["results"]
        if entry["stage"] is not None and entry["name"] == "state"
    }
    lone = [name for name, places in owners.items() if len(places) == 1]
    sentences = ["no stage in common"] if lone and len(lone) == len(owners) else []
    for place, session in enumerate(document["sessions"]):
        names = [name for name in lone if owners[name] == [place]]
        if names:
            sentences.append(f"only in {session}: {', '.join(names)}")
    return sentences


def without_lone_stages(document: Json) -> Json:
    """The comparison without the rows of stages that one session alone has, and with the results that differ first."""
    shared = {
        entry["stage"]
        for entry in document["results"]
        if entry["name"] == "state" and sum(value is not None for value in entry["values"]) > 1
    }
    kept = {
        part: [entry for entry in document[part] if entry["stage"] is None or entry["stage"] in shared]
        for part in ("parameters", "results")
    }
    kept["results"].sort(key=lambda entry: entry["stage"] is not None and not _differ(entry["values"]))
    return {**document, **kept}


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
