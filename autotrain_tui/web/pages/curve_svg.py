"""A drawing of `reading.curve_drawing` as SVG: it fills its box at any width, and its texts keep their size.

The lines are in an inner SVG whose two axes are stretched; grid and texts are placed by percent. The script draws the
same elements (`drawCurve` of page.js).
"""

from __future__ import annotations

from typing import Any

from autotrain_tui.web.pages.markup import Markup, tag

__all__ = ["curve_figure", "spark"]

_PHONE, _LETTER = 320, 6.5
"""Pixels of a small screen's curve, and of a letter."""
_TOP, _HEIGHT = 7, 81
"""Where the plot stands in its box, in percent."""
_UNDER_STAGES = 12
"""A tick above this place in percent has its text under its line: the names of the stages stand over it."""


def curve_figure(drawing: dict[str, Any], *, source: str, large: bool = False) -> Markup:
    """A curve with its title and facts. `source`: the address from which the script draws it anew."""
    caption = tag(
        "figcaption",
        tag("span", drawing["title"], class_="name"),
        tag("span", drawing["facts"], class_="facts"),
        tag("span", "outliers are cut off", class_="cut") if drawing["cut"] else None,
    )
    plot = _plot(drawing) if drawing["lines"] else tag("p", drawing["empty"], class_="empty")
    box = tag("div", plot, class_="plot", tabindex="0", role="group", aria_label=_spoken(drawing))
    name = "curve large" if large else "curve"
    return tag("figure", caption, box, _legend(drawing), class_=name, data_curve=source)


def _plot(drawing: dict[str, Any]) -> Markup:
    lines = [
        tag("path", d=line["d"], class_=f"line {line['colour']}{' quiet' if line['quiet'] else ''}")
        for line in drawing["lines"]
    ]
    inner = tag(
        "svg", *lines, class_="lines", y=f"{_TOP}%", height=f"{_HEIGHT}%", viewBox="0 0 1000 1000",
        preserveAspectRatio="none",
    )  # fmt: skip
    parts = _grid(drawing)
    texts = [part for part in parts if part.startswith("<text")]  # over the curves, to be read
    return tag("svg", *(part for part in parts if part not in texts), inner, *texts, class_="chart", aria_hidden="true")


def _grid(drawing: dict[str, Any]) -> list[Markup]:
    parts = []
    for share, text in drawing["y_ticks"]:
        y = round(_TOP + share * _HEIGHT / 100, 2)
        parts.append(tag("line", x1="0", x2="100%", y1=f"{y}%", y2=f"{y}%", class_="grid"))
        below = y < _UNDER_STAGES
        parts.append(tag("text", text, x="2", y=f"{y}%", dy="11" if below else "-3", class_="tick"))
    for share, text in drawing["x_ticks"]:
        if 3 < share < 97:
            parts.append(tag("text", text, x=f"{share}%", y="98%", class_="tick middle"))
    places = [*(share for share, _ in drawing["borders"][1:]), 100.0]
    for (share, text), end in zip(drawing["borders"], places, strict=False):
        if share > 0:
            bottom = f"{_TOP + _HEIGHT}%"
            parts.append(tag("line", x1=f"{share}%", x2=f"{share}%", y1="0", y2=bottom, class_="border"))
        if end - share > 4:
            parts.append(
                tag(
                    "text",
                    _shortened(text, (end - share) * _PHONE / 100),
                    x=f"{share}%",
                    dx="4",
                    y="5%",
                    class_="stage",
                )
            )
    return parts


def _shortened(label: str, room: float) -> str:
    """A stage's label for a width in pixels; the script knows the real width."""
    most = int(room / _LETTER)
    return label if len(label) <= most else f"{label[: most - 1]}…" if most > 6 else label.partition(" ")[0]


def _legend(drawing: dict[str, Any]) -> Markup | None:
    labels = dict.fromkeys((line["label"], line["colour"]) for line in drawing["lines"] if line["label"])
    if len(labels) < 2:
        return None
    return tag("ul", *(tag("li", label, class_=colour) for label, colour in labels), class_="legend")


def _spoken(drawing: dict[str, Any]) -> str:
    """The curve for who does not see it."""
    return f"{drawing['title']}: {drawing['facts'] or drawing['empty']}"


def spark(values: list[int]) -> Markup | None:
    """A small curve of values from 0 to 100."""
    if len(values) < 2:
        return None
    step = 1000 / (len(values) - 1)
    words = [f"{'L' if place else 'M'}{round(place * step)} {100 - value}" for place, value in enumerate(values)]
    path = "".join(words)
    return tag(
        "svg",
        tag("path", d=f"{path}L1000 100L0 100Z", class_="area"),
        tag("path", d=path, class_="line"),
        class_="spark",
        viewBox="0 -4 1000 108",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
