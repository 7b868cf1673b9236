"""The trials of a search below its stage; the script draws the same rows (`showTrials` of page.js)."""

from __future__ import annotations

from typing import Any

from autotrain_tui.web.pages.markup import Markup, tag

__all__ = ["trials_table"]

Json = dict[str, Any]


def trials_table(trials: Json | None, label: str) -> Markup | None:
    """The table of `reading.trial_texts`; None for a stage that is no search."""
    if trials is None:
        return None
    head = tag("tr", tag("th", "trial", scope="col"), tag("th", "last", scope="col"), tag("th", "best", scope="col"))
    table = tag("table", tag("thead", head), tag("tbody", *map(_row, trials["rows"])), aria_label=f"Trials of {label}")
    rows = len(trials["rows"])
    return tag(
        "details",
        tag("summary", "Trials"),
        table,
        tag("p", trials["more"], class_="until", data_is="more"),
        class_="trials",
        open=trials["open"],
        hidden=not rows,
    )


def _row(row: Json) -> Markup:
    setting = tag(
        "td",
        tag("b", row["sign"], title=row["word"]),
        tag("span", f"{row['number']} · {row['params']}", class_="setting"),
        tag("small", row["facts"]),
    )
    return tag("tr", setting, tag("td", row["last"]), tag("td", row["best"]), class_=row["colour"])
