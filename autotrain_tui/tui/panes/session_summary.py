"""A session on paper: how it went, stage by stage, and what it was run from."""

from __future__ import annotations

import shlex

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.notes import read_notes
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import session_style
from autotrain_tui.tui.panes.notice import notice_lines
from autotrain_tui.tui.panes.stage_text import stage_line
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line

__all__ = ["local_time", "session_summary_lines"]


def local_time(text: str | None) -> str:
    """A journal's moment in the reader's own time: `2026-11-22 16:04`."""
    import time

    moment = from_iso(text)
    return fmt.UNKNOWN if moment is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def session_summary_lines(view: View, width: int) -> list[Line]:
    """The summary, `width` cells."""
    session = view.session
    style = session_style(view)
    lines: list[Line] = [
        line(
            " ",
            (style.sign, style.colour),
            " ",
            (style.word, f"{style.colour} bold"),
            (f"  {sanitize(session.plan)} · {sanitize(session.mode)}", ""),
        )
    ]
    lines += [line(" ", *each) for each in flow(sanitize(session.description), width - 2, "muted", 2)]
    if session.command:
        lines += [line(" ", *each) for each in flow(sanitize(shlex.join(session.command)), width - 2, "", 4)]
    lines.append(EMPTY)
    facts = [
        ("started", local_time(session.started or session.created)),
        ("ended", local_time(session.ended) if session.ended else fmt.UNKNOWN),
        (
            "running",
            fmt.clock(view.elapsed_seconds)
            + (f" of {fmt.clock(session.budget_seconds)}" if session.budget_seconds else ""),
        ),
        ("host", sanitize(session.host)),
        ("commit", (session.git_commit or fmt.UNKNOWN)[:12] + (" with changes" if session.git_dirty else "")),
    ]
    notes = read_notes(view.folder)
    if notes.tags:
        facts.append(("tags", " ".join(sanitize(tag) for tag in notes.tags)))
    if notes.note:
        facts.append(("note", sanitize(notes.note)))
    lines += [line(" ", (fit(name, 9), "muted"), text) for name, text in facts]
    lines.append(EMPTY)
    digits = len(str(len(session.stages)))
    lines += [stage_line(view, stage, width, digits) for stage in session.stages[:200]]
    words = notice_lines(view, "", width)[1:]
    if words:
        lines += [EMPTY, *words]
    return [cut(each, width) for each in lines]
