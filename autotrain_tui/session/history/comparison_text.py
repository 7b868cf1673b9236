"""What a comparison says: which value is the better one, what is in common, and what differs first. Pure.

The screen, the command line and the web page read it, so that a value is marked by the same rule wherever it is shown:
the best value of a metric is marked if the metric has a goal, which is the plan's for the headline metric, and what the
name says for the others. Times, states and numbers without a goal have no mark.
"""

from __future__ import annotations

from autotrain_tui.session.history.comparison import Json
from autotrain_tui.text import format as fmt
from autotrain_tui.text.metric_goal import best_places, usual_goal
from autotrain_tui.text.sanitize import sanitize

__all__ = ["better", "cell_text", "differs", "goals_of", "in_common", "row_label", "what_differs"]

_NO_METRICS = ("outcome", "state", "elapsed_seconds")
_MOST_NAMES = 6


def goals_of(documents: list[Json]) -> dict[str, str]:
    """The sessions' headline metrics, each with `max` or `min`, or with "" if two sessions say otherwise."""
    goals: dict[str, str] = {}
    for metric in (document["metric"] for document in documents if document["metric"] is not None):
        name, goal = metric["name"], metric["goal"]
        goals[name] = goal if goals.get(name, goal) == goal else ""
    return goals


def better(entry: Json, goals: dict[str, str]) -> list[int]:
    """The indexes of the best values of an entry of `results`; empty if all are equal or no goal is known."""
    if entry["name"] in _NO_METRICS:
        return []
    name = entry["name"] if entry["stage"] else entry["name"].removeprefix("best ").removeprefix("last ")
    return best_places(entry["values"], goals[name] if name in goals else usual_goal(name) or "")


def in_common(document: Json) -> list[str]:
    """Sentences about what the sessions don't share: stages and metrics that one of them alone has, instead of rows of
    empty cells for them.
    """
    stages = _owners([entry for entry in document["results"] if entry["name"] == "state"], "stage")
    metrics = _owners(document["metrics"], "name")
    sentences = [*_summary("stage", stages), *_summary("metric", metrics)]
    for place, session in enumerate(document["sessions"]):
        parts = [
            f"{kind}{'s' * (len(names) > 1)} {_listed(names)}"
            for kind, owners in (("stage", stages), ("metric", metrics))
            if (names := [name for name, places in owners.items() if places == [place]])
        ]
        if parts:
            sentences.append(f"only in {session}: {'; '.join(parts)}")
    return sentences


def _owners(entries: list[Json], key: str) -> dict[str, list[int]]:
    """Which sessions have each."""
    return {
        entry[key]: [place for place, value in enumerate(entry["values"]) if value is not None]
        for entry in entries
        if entry[key] is not None
    }


def _summary(word: str, owners: dict[str, list[int]]) -> list[str]:
    """One sentence if no session shares any of them with another, or few are shared."""
    common = [name for name, places in owners.items() if len(places) > 1]
    if not owners or 2 * len(common) >= len(owners):
        return []
    if not common:
        return [f"no {word} in common"]
    return [f"{len(common)} of {len(owners)} {word}s in common: {_listed(common)}"]


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def what_differs(document: Json) -> Json:
    """The comparison as it is shown: what differs first, without stages that one session alone has.

    What is the same in every session is kept only of the session itself, not of each of its stages.
    """
    owners = _owners([entry for entry in document["results"] if entry["name"] == "state"], "stage")
    shared = {name for name, places in owners.items() if len(places) > 1}
    results = [
        entry
        for entry in document["results"]
        if entry["stage"] is None or (entry["stage"] in shared and differs(entry))
    ]
    return {
        **document,
        "parameters": [entry for entry in document["parameters"] if entry["stage"] is None or entry["stage"] in shared],
        "results": sorted(results, key=lambda entry: not differs(entry)),
    }


def differs(entry: Json) -> bool:
    """Whether an entry's values look different; what is cut off by rounding does not count."""
    return len({cell_text(entry["name"], value) for value in entry["values"]}) > 1


def row_label(entry: Json) -> str:
    """What a row is called: the stage, and the name without the key's technical parts."""
    name = entry["name"].replace("elapsed_seconds", "time").replace("_seconds", "")
    return sanitize(f"{entry['stage']}: {name}" if entry["stage"] else name)


def cell_text(name: str, value: object) -> str:
    """A value of a row, safe to show."""
    if value is None:
        return fmt.UNKNOWN
    if name.endswith("_seconds") and isinstance(value, int | float):
        return fmt.clock(value)
    return fmt.value(value, 8) if isinstance(value, float) else sanitize(str(value))
