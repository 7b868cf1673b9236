"""One session, live: state, stages, the headline's curve, the machine, what broke, the end of the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from autotrain_tui.session.journal.state import AlertRecord
from autotrain_tui.web.pages.curve_svg import curve_figure, spark
from autotrain_tui.web.pages.log_lines import log_lines
from autotrain_tui.web.pages.markup import Markup, join, tag
from autotrain_tui.web.pages.page_frame import page, top
from autotrain_tui.web.pages.trials_table import trials_table
from autotrain_tui.web.reading.safe_text import safe

__all__ = ["SessionPage", "session_header", "session_page"]

Json = dict[str, Any]
_ALERTS_SHOWN = 5


class SessionPage(msgspec.Struct, frozen=True):
    """What the page shows, read at one moment."""

    id: str
    summary: Json
    gauges: list[Json]
    log: Json | None
    curve: Json | None
    alerts: Sequence[AlertRecord] = ()
    """Those that nobody has acknowledged, oldest first."""
    cursor: str = ""
    """The event id from which the stream goes on."""
    metric: str = ""
    commands: Markup | None = None
    running: bool = False


def session_page(shown: SessionPage) -> str:
    """The page as HTML."""
    summary = shown.summary
    source = f"/api/sessions/{shown.id}/curve?name={quote(shown.metric, safe='')}"
    curve = curve_figure(shown.curve, source=source) if shown.curve is not None else None
    curves = tag("div", curve or tag("p", "No metric yet.", class_="empty"), class_="card curves")
    side = (_glance(summary), shown.commands, _stages(summary), _gauges(shown.gauges), _alerts(shown.id, shown.alerts))
    parts = [tag("div", *side, class_="side"), tag("div", _error(summary["error"]), curves, _log(shown), class_="wide")]
    return page(
        f"{summary['sign']} {summary['title']}",
        *parts,
        kind="session",
        header=session_header(shown.id, summary, "live"),
        refresh=5 if shown.running else 0,
        session=shown.id,
        cursor=shown.cursor,
    )


def session_header(session: str, summary: Json, here: str) -> Markup:
    """The header of a session's pages: its state, and the ways between the pages."""
    places = (("live", "Live", ""), ("metrics", "Metrics", "/metrics"), ("log", "Log", "/log"))
    links = [
        tag("a", text, href=f"/s/{session}{path}", aria_current="page" if name == here else None)
        for name, text, path in places
    ]
    return top(
        tag("h1", summary["title"], title=session),
        tag(
            "span",
            tag("b", summary["sign"], data_is="sign"),
            " ",
            tag("span", summary["word"], data_is="word"),
            class_=f"state {summary['colour']}",
            id="state",
        ),
        tag("nav", *links, aria_label="Session"),
    )


def _glance(summary: Json) -> Markup:
    progress = summary["progress"]
    until = summary["until"]
    return tag(
        "section",
        tag(
            "p",
            tag("strong", f"{progress} %" if progress is not None else "", data_is="percent"),
            tag("span", summary["left"], data_is="left"),
            tag("span", "until ", _clock(until), hidden=not until),
            class_="big",
        ),
        tag("progress", max="100", value=str(progress or 0), data_is="bar", aria_label="Progress of the plan"),
        tag(
            "p",
            tag("span", summary["stages_done"], data_is="stages_done"),
            tag("span", tag("span", summary["elapsed"], data_is="elapsed"), " ", summary["budget"]),
            tag("span", summary["headline"], data_is="headline"),
            class_="facts",
        ),
        tag("p", summary["reason"], data_is="reason", class_="reason"),
        tag("p", summary["warning"], data_is="warning", class_="reason unread", role="status"),
        tag("p", summary["source"], class_="source") if summary["source"] else None,
        class_="card glance",
        id="glance",
        aria_label="Progress",
    )


def _clock(until: str | None) -> Markup:
    return tag("time", f"{until[11:16]} UTC", datetime=until) if until else tag("time")


def _error(error: Json | None) -> Markup:
    lines = "\n".join(error["lines"]) if error else ""
    return tag(
        "section",
        tag("h2", error["title"] if error else "", data_is="title"),
        tag("p", error["text"] if error else "", data_is="text"),
        tag("pre", lines, data_is="lines", tabindex="0", hidden=not lines),
        class_="card error",
        id="error",
        hidden=error is None,
    )


def _stages(summary: Json) -> Markup:
    rows = [_stage(stage, number) for number, stage in enumerate(summary["stages"].values())]
    return tag("section", tag("h2", "Stages"), tag("ol", *rows, class_="stages"), class_="card", id="stages")


def _stage(stage: Json, number: int) -> Markup:
    percent = stage["percent"]
    return tag(
        "li",
        tag("b", stage["sign"], data_is="sign", title=stage["word"]),
        tag("span", stage["label"], class_="name"),
        tag("span", stage["word"], class_="word", data_is="word"),
        tag("span", stage["time"], class_="time", data_is="time"),
        tag("span", stage["metric"], class_="metric", data_is="metric"),
        tag("progress", max="100", value=str(percent or 0), hidden=percent is None, data_is="percent",
            aria_label=f"Progress of {stage['label']}"),
        tag("span", " · ".join(part for part in (stage["facts"], stage["reason"]) if part), class_="facts",
            data_is="facts"),
        tag("span", stage["warnings"], class_="warnings", data_is="warnings"),
        tag("span", stage["usage"], class_="usage", data_is="usage"),
        trials_table(stage["trials"], stage["label"]),
        class_=stage["colour"],
        data_stage=str(number),
    )  # fmt: skip


def _gauges(gauges: list[Json]) -> Markup:
    cards = [
        tag(
            "li",
            tag("span", card["name"], class_="name"),
            tag("span", card["text"], class_="text"),
            spark(card["curve"]),
            class_="hot" if (card["percent"] or 0) >= 95 and card["name"] == "CPU" else None,
        )
        for card in gauges
    ]
    return tag(
        "section",
        tag("h2", "Machine"),
        tag("ul", *cards, class_="gauges"),
        class_="card",
        id="gauges",
        hidden=not cards,
    )


def _alerts(session: str, alerts: Sequence[AlertRecord]) -> Markup | None:
    """The alerts that stand, the newest first, and how a person acknowledges them."""
    if not alerts:
        return None
    rows = [
        tag(
            "li",
            tag("time", alert.time[11:16], datetime=alert.time),
            f" {safe(alert.stage)}: {safe(alert.text)}" if alert.stage else f" {safe(alert.text)}",
        )
        for alert in reversed(alerts[-_ALERTS_SHOWN:])
    ]
    older = len(alerts) - len(rows)
    until = f"{f'{older} older; ' if older else ''}until acknowledged with: autotrain-tui acknowledge {session}"
    return tag(
        "section",
        tag("h2", f"Alerts ({len(alerts)})"),
        tag("ul", *rows, class_="alerts"),
        tag("p", until, class_="until"),
        class_="card warning",
        id="alerts",
    )


def _log(shown: SessionPage) -> Markup:
    log = shown.log
    if log is None:
        body = tag("p", "No log yet: nothing has started.", class_="empty")
        title = Markup("Log")
    else:
        body = log_lines(log["lines"], live=True)
        title = join([f"Log · {log['stage']}", f" · attempt {log['attempt']}" if log["attempt"] > 1 else ""])
    head = tag("h2", tag("span", title, id="log-title"), tag("a", "All of it", href=f"/s/{shown.id}/log"))
    return tag("section", head, body, class_="card log")
