"""Curves: all metrics of a session, one of them large, and several sessions compared."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from autotrain_tui.session.history.comparison_text import cell_text, row_label
from autotrain_tui.tui.model.compared_curves import short_id
from autotrain_tui.web.pages.curve_svg import curve_figure
from autotrain_tui.web.pages.markup import Markup, tag
from autotrain_tui.web.pages.page_frame import page, top
from autotrain_tui.web.pages.session_page import session_header
from autotrain_tui.web.reading.safe_text import safe

__all__ = ["compare_page", "metrics_page"]

Json = dict[str, Any]
_AXES = ("time", "step", "epoch")


def metrics_page(
    session: str, summary: Json, names: list[str], drawings: list[Json], *, chosen: str, view: Json
) -> str:
    """All curves, or the `chosen` one large with its tools; `view`: axis, log, x0 and x1 as in the address."""
    if chosen:
        source = f"/api/sessions/{session}/curve?{urlencode({'name': chosen, **view})}"
        body = [tag("section", _tools(chosen, drawings[0], view), curve_figure(drawings[0], source=source, large=True),
                    class_="card")]  # fmt: skip
    else:
        cards = [
            tag(
                "a",
                curve_figure(drawing, source=f"/api/sessions/{session}/curve?{urlencode({'name': name})}"),
                href=f"?{urlencode({'name': name})}",
                class_="card",
            )
            for name, drawing in zip(names, drawings, strict=True)
        ]
        body = [tag("div", *cards, class_="grid-of-curves") if cards else tag("p", "No metrics yet.", class_="empty")]
    header = session_header(session, summary, "metrics")
    return page(f"Metrics · {summary['title']}", *body, kind="metrics", header=header, session=session)


def _tools(name: str, drawing: Json, view: Json) -> Markup:
    low, high = drawing["x"]
    middle, width = (low + high) / 2, high - low
    part = {"axis": view["axis"], "log": view["log"]}
    inside = {**part, "x0": low, "x1": high}

    def link(text: str, values: Json, *, here: bool = False) -> Markup:
        return tag("a", text, href=f"?{urlencode({'name': name, **values})}", aria_current="true" if here else None)

    return tag(
        "p",
        tag("a", "All metrics", href="?"),
        *(link(f"by {axis}", {**part, "axis": axis}, here=axis == view["axis"]) for axis in _AXES),
        link("log scale", {**inside, "log": "" if view["log"] else "1"}, here=bool(view["log"])),
        link("zoom in", {**part, "x0": middle - width / 4, "x1": middle + width / 4}),
        link("zoom out", {**part, "x0": middle - width, "x1": middle + width}),
        link("←", {**part, "x0": low - width / 2, "x1": high - width / 2}),
        link("→", {**part, "x0": low + width / 2, "x1": high + width / 2}),
        link("whole", part),
        class_="tools",
    )


def compare_page(
    sessions: list[str], document: Json, better: list[list[int]], drawings: list[Json], *, sentences: list[str]
) -> str:
    """What is not shared (`sentences`), parameters that differ, results with the better one marked, the curves over
    one another.
    """
    head = tag(
        "tr",
        tag("th", ""),
        *(tag("th", tag("a", safe(short_id(name)), href=f"/s/{name}", title=name)) for name in sessions),
    )
    shared = [tag("p", safe(sentence), class_="note") for sentence in sentences]
    parts = [
        *([tag("section", *shared, class_="card")] if shared else []),
        _table("Parameters that differ", head, document["parameters"], [[] for _ in document["parameters"]]),
        _table("Results", head, document["results"], better),
    ]
    figures = [tag("div", curve_figure(drawing, source=""), class_="card") for drawing in drawings]
    return page(
        "Compare",
        *parts,
        tag("div", *figures, class_="grid-of-curves"),
        kind="compare",
        header=top(tag("h1", "Compare")),
    )


def _table(title: str, head: Markup, entries: list[Json], better: list[list[int]]) -> Markup:
    rows = [
        tag(
            "tr",
            tag("th", safe(row_label(entry)), scope="row"),
            *(
                tag("td", safe(cell_text(entry["name"], value)), class_="better" if place in best else None)
                for place, value in enumerate(entry["values"])
            ),
        )
        for entry, best in zip(entries, better, strict=True)
    ]
    table = tag("table", tag("thead", head), tag("tbody", *rows)) if rows else tag("p", "None.", class_="empty")
    return tag("section", tag("h2", title), tag("div", table, class_="scroll", tabindex="0"), class_="card")
