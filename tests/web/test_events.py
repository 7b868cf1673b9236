"""The events of a session: exact after any event id, also on a server that was started anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.web.reading.session_stream import StateVersions, merge_patch, news_since, present_cursor
from autotrain_tui.web.reading.stream_cursor import StreamCursor, parse_cursor
from tests.tui.sessions import make_session


@pytest.fixture
def running(tmp_path: Path) -> SessionFolder:
    """A session whose third stage runs."""
    return make_session(tmp_path / "sessions", "running")


def events(
    folder: SessionFolder, cursor: StreamCursor, versions: StateVersions | None = None
) -> list[tuple[str, Any, str]]:
    """What is new since a cursor: name, data, id."""
    data, _ = news_since(load_view(folder), cursor, versions or StateVersions())
    found = []
    for frame in data.decode().split("\n\n")[:-1]:
        name, text, key = (line.partition(": ")[2] for line in frame.split("\n"))
        found.append((name, json.loads(text), key))
    return found


def append(folder: SessionFolder, name: str, text: bytes) -> None:
    """More of a file of the running attempt."""
    (path,) = folder.path.glob(f"stages/3-*/attempt-1/{name}")
    with path.open("ab") as file:
        file.write(text)


counts = st.integers(0, 99)
offsets = st.integers(0, 10**12)


@given(
    state=st.sampled_from(["", "0a1b2c3d"]),
    attempts=st.lists(counts, max_size=30),
    growing=st.lists(st.tuples(counts, counts, offsets), max_size=5),
    log=st.none() | st.tuples(counts, counts, offsets),
    gauges=offsets,
)
def test_a_cursor_is_its_text(state: str, attempts: list[int], growing: Any, log: Any, gauges: int) -> None:
    """A cursor comes back from its text as it was."""
    cursor = StreamCursor(state, tuple(attempts), tuple(growing), log, gauges)
    assert parse_cursor(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["", "x", "....", "a.b.c.d.e", "..::..1", ".9x999999.." + ".1", ".1x1." + "1:1:1," * 9000 + "..1"]
)
def test_a_text_that_is_no_cursor_is_none(text: str) -> None:
    """What is no event id of ours is as good as none, whatever its length."""
    assert parse_cursor(text) is None


json_values = st.recursive(
    st.integers() | st.text(max_size=3), lambda inner: st.dictionaries(st.sampled_from("abcd"), inner), max_leaves=12
)
documents = st.dictionaries(st.sampled_from("abcd"), json_values)


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, as the RFC writes it."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merged(target.get(name), value)
    return target


@given(documents, documents)
def test_a_patch_makes_one_document_of_another(before: Any, after: Any) -> None:
    """Merging the patch into the old document gives the new one."""
    assert merged(before, merge_patch(before, after)) == after


def test_a_page_goes_on_where_it_was_drawn(running: SessionFolder) -> None:
    """From a page's cursor come the whole state and the end of the log, and no point that is in its curve."""
    found = events(running, present_cursor(load_view(running)))
    names = [name for name, _, _ in found]
    assert names[:2] == ["begin", "state"]
    assert "points" not in names
    state = found[1][1]
    assert state["shown"]["word"] == "running"
    assert list(state["stages"]) == ["foundation", "consolidation", "refinement", "mastery", "perfection"]


def test_a_resumed_stream_repeats_and_loses_nothing(running: SessionFolder) -> None:
    """After the id of any event come exactly the lines and points behind it, with a server that knows nothing else."""
    cursor = parse_cursor(events(running, present_cursor(load_view(running)))[-1][2])
    assert cursor is not None
    append(running, "log", b"first\nsecond\nunfinished")
    append(running, "readings.jsonl", b'[900.5,"loss",0.25,7000,6.1]\n[901,"@",1,2,null]\n[902,"torn')
    after = {name: (data, key) for name, data, key in events(running, cursor)}
    assert [line["text"] for line in after["log"][0]["lines"]] == ["first", "second"]
    assert after["points"][0]["rows"] == [[900.5, "loss", 0.25, 7000, 6.1]]
    middle, end = parse_cursor(after["points"][1]), parse_cursor(after["log"][1])
    assert middle is not None
    assert end is not None
    again = {name: data for name, data, _ in events(running, middle)}
    assert [line["text"] for line in again["log"]["lines"]] == ["first", "second"]
    assert "points" not in again
    append(running, "log", b" now\n")
    append(running, "readings.jsonl", b'"]\n[903,"loss",0.2,7100,6.2]\n')
    last = {name: data for name, data, _ in events(running, end)}
    assert [line["text"] for line in last["log"]["lines"]] == ["unfinished now"]
    assert [row[0] for row in last["points"]["rows"]] == [903]


def test_a_known_state_is_patched(finished: SessionFolder) -> None:
    """Who has a state that the server still knows gets a patch, and nothing where nothing has changed."""
    versions = StateVersions()
    view = load_view(finished)
    data, cursor = news_since(view, present_cursor(view), versions)
    assert b"event: begin" in data
    assert news_since(view, cursor, versions)[0] == b""
    (finished.path / "notes.json").write_text('{"note": "look", "tags": []}')
    patched, _ = news_since(view, cursor, versions)
    assert b"event: begin" not in patched
    assert json.loads(patched.split(b"data: ")[1].split(b"\n")[0])["note"] == "look"


def test_a_flood_is_skipped_and_said_so(running: SessionFolder) -> None:
    """Of a megabyte of new log only the end is sent, with the number of bytes before it."""
    cursor = parse_cursor(events(running, present_cursor(load_view(running)))[-1][2])
    assert cursor is not None
    append(running, "log", b"a line of the flood\n" * 50_000)
    (data,) = [data for name, data, _ in events(running, cursor) if name == "log"]
    assert data["skipped"] > 800_000
    assert len(data["lines"]) < 7000
    assert data["lines"][-1]["text"] == "a line of the flood"


def test_no_descriptor_stays_open(running: SessionFolder) -> None:
    """Between two looks the server holds no file of the session."""
    events(running, present_cursor(load_view(running)))
    held = [
        os.readlink(f"/proc/self/fd/{name}")
        for name in os.listdir("/proc/self/fd")
        if os.path.exists(f"/proc/self/fd/{name}")
    ]
    assert not [path for path in held if path.startswith(str(running.path))]
