"""What is new in a session since a cursor, as server-sent events; all of it is read from files and kept by nobody.

| event | data |
| --- | --- |
| `begin` | `{}`: the state that follows is whole, not a patch |
| `state` | a merge patch (RFC 7396) of the `show` document, stages and trials by name, and `shown`, the page's texts |
| `points` | `{"stage", "attempt", "rows": [[t, name, value, step, epoch]], "skipped": bytes}` |
| `log` | `{"stage", "attempt", "lines": [{"at", "text", "kind"}], "skipped": bytes}`, whole lines |
| `gauges` | `{"time", "cards"}` |
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import msgspec

from autotrain_tui.errors import RefusedError
from autotrain_tui.logs.log_file import Line
from autotrain_tui.metrics.curves.readings_file import ReadingsTail
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.web.reading.gauge_tail import gauge_cards, gauges_since, recent_gauges
from autotrain_tui.web.reading.log_window import attempt_log, line_documents, log_of
from autotrain_tui.web.reading.safe_text import safe
from autotrain_tui.web.reading.state_versions import StateVersions, merge_patch
from autotrain_tui.web.reading.stream_cursor import StreamCursor

__all__ = ["Frames", "StateVersions", "merge_patch", "news_since", "present_cursor"]

Json = dict[str, Any]
Frames = tuple[bytes, StreamCursor]
"""Events as bytes, and the cursor after them."""

_MOST_BYTES = 128 * 1024
"""Of readings or of a log in one event; what is more is skipped and said so."""


def present_cursor(view: View) -> StreamCursor:
    """The cursor of who knows everything up to now but the state: a page that was just drawn."""
    growing = [
        (place, attempt.number, _line_end(str(view.folder.at(attempt.folder).readings)))
        for place, stage in enumerate(view.session.every_stage)
        for attempt in stage.attempts
        if attempt.end is None
    ]
    gauges = recent_gauges(view.folder.gauges).offset
    attempts = tuple(len(stage.attempts) for stage in view.session.every_stage)
    return StreamCursor("", attempts, tuple(growing), None, gauges)


def news_since(view: View, cursor: StreamCursor, versions: StateVersions) -> Frames:
    """Everything that is new since the cursor; blocks."""
    parts: list[bytes] = []
    at = cursor
    for name, data, after in _events(view, cursor, versions):
        at = after
        words = name.encode(), msgspec.json.encode(data), str(at).encode()
        parts.append(b"event: %b\ndata: %b\nid: %b\n\n" % words)
    return b"".join(parts), at


def _events(view: View, cursor: StreamCursor, versions: StateVersions) -> Iterator[tuple[str, Json, StreamCursor]]:
    key = versions.add(view)
    if key != cursor.state:
        patch = versions.patch(view, cursor.state, key)
        if patch is None:
            yield "begin", {}, cursor
            patch = versions.whole(view, key)
        cursor = msgspec.structs.replace(cursor, state=key)
        if patch:
            yield "state", patch, cursor
    for data, cursor in _points(view, cursor):  # noqa: B020  the cursor moves on
        yield "points", data, cursor
    for data, cursor in _log(view, cursor):  # noqa: B020  the cursor moves on
        yield "log", data, cursor
    tail = gauges_since(view.folder.gauges, cursor.gauges)
    if tail.samples:
        cursor = msgspec.structs.replace(cursor, gauges=tail.offset)
        yield (
            "gauges",
            {"time": tail.samples[-1][0], "cards": gauge_cards(recent_gauges(view.folder.gauges).samples)},
            cursor,
        )


def _points(view: View, cursor: StreamCursor) -> Iterator[tuple[Json, StreamCursor]]:
    """The readings of attempts that may have grown or are new."""
    offsets = {(place, number): offset for place, number, offset in cursor.open}
    for place, stage in enumerate(view.session.every_stage):
        known = cursor.attempts[place] if place < len(cursor.attempts) else 0
        for attempt in stage.attempts:
            at = offsets.get((place, attempt.number), 0 if attempt.number > known else None)
            if at is None:
                continue
            path = str(view.folder.at(attempt.folder).readings)
            begin = max(at, _line_end(path, before=_size(path) - _MOST_BYTES))
            tail = ReadingsTail(path, begin, insists=True)
            try:
                rows = tail.poll()
            except OSError:
                continue  # not readable just now: the next event asks again, from the same place
            offsets[place, attempt.number] = tail.offset
            if attempt.end is not None:
                del offsets[place, attempt.number]
            counts = list(cursor.attempts) + [0] * (place + 1 - len(cursor.attempts))
            counts[place] = max(counts[place], attempt.number)
            growing = tuple((*key, offset) for key, offset in sorted(offsets.items()))
            moved = msgspec.structs.replace(cursor, attempts=tuple(counts), open=growing)
            if rows or begin > at:
                data = {"stage": safe(stage.name), "attempt": attempt.number, "rows": rows, "skipped": begin - at}
                yield data, moved
            elif moved != cursor:
                yield {"stage": safe(stage.name), "attempt": attempt.number, "rows": [], "skipped": 0}, moved
            cursor = moved


def _log(view: View, cursor: StreamCursor) -> Iterator[tuple[Json, StreamCursor]]:
    """The new whole lines of the log that is read now."""
    if not any(stage.attempts for stage in view.session.every_stage):
        return
    stage, attempt = log_of(view)
    try:
        file = attempt_log(view, attempt)
    except RefusedError:
        return
    place = next(place for place, one in enumerate(view.session.every_stage) if one.name == stage.name)
    if file.problem:
        return  # not readable just now: what was sent stays, and the next event asks again
    same = cursor.log is not None and cursor.log[:2] == (place, attempt.number) and cursor.log[2] <= file.size
    at = cursor.log[2] if same and cursor.log is not None else file.first
    begin = at
    if file.size - at > _MOST_BYTES:
        begin = file.start_of(file.size - _MOST_BYTES)
    lines: list[Line] = []
    while (found := file.forward(lines[-1].next if lines else begin, 500)) and found[0].complete:
        lines += [line for line in found if line.complete]
        if not found[-1].complete:
            break
    if lines or not same:
        end = lines[-1].next if lines else begin
        data = {
            "stage": safe(stage.name),
            "attempt": attempt.number,
            "lines": line_documents(lines),
            "skipped": begin - at,
        }
        yield data, msgspec.structs.replace(cursor, log=(place, attempt.number, end))


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _line_end(path: str, before: int | None = None) -> int:
    """Where the last whole line (that ends before a place) ends; 0 if there is none."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            end = os.fstat(file.fileno()).st_size if before is None else max(0, before)
            begin = max(0, end - 4096)
            return begin + os.pread(file.fileno(), end - begin, begin).rfind(b"\n") + 1
    except OSError:
        return 0
