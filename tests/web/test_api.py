"""The API and the pages: the same documents as the command line, and sessions in every state."""

from __future__ import annotations

import contextlib
import html
import io
from pathlib import Path

import httpx
import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.session.history.comparison import comparison
from autotrain_tui.session.history.comparison_text import in_common
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.web.reading.session_texts import session_texts
from tests.support.demo import hold_lock
from tests.tui.sessions import STATES, make_session, stage_infos


def printed(*words: str) -> bytes:
    """What the command line prints into a pipe."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out):
        assert cli.main(list(words)) == 0
    out.seek(0)
    return out.buffer.read()  # type: ignore[no-any-return]


async def test_documents_are_those_of_the_command_line(
    reader: httpx.AsyncClient, finished: SessionFolder, tmp_path: Path
) -> None:
    """Each document is byte for byte what the verb prints with --json."""
    other = make_session(tmp_path / "sessions", "failed", name="20261121-150403-digits")
    where = ("--json", "--sessions-dir", str(tmp_path / "sessions"))
    pairs = {
        "/api/sessions": ("ls",),
        "/api/sessions?q=state:failed": ("ls", "state:failed"),
        "/api/sessions?n=1": ("ls", "-n", "1"),
        f"/api/sessions/{finished.id}": ("show", finished.id),
        f"/api/sessions/{finished.id}/metrics": ("metrics", finished.id),
        f"/api/sessions/{finished.id}/metrics?stage=mastery&name=loss": (
            "metrics",
            finished.id,
            "mastery",
            "--name",
            "loss",
        ),
        f"/api/compare?ids={finished.id},{other.id}": ("compare", finished.id, other.id),
        f"/api/sessions/{finished.id}/compare?ids={other.id}": ("compare", finished.id, other.id),
    }
    for path, words in pairs.items():
        answer = await reader.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.content == printed(*words, *where), path


@pytest.mark.parametrize("path", ["?q=accuracy>x", "/a/compare?ids=", "/{id}/metrics?stage=none"])
async def test_wrong_requests_are_sentences(reader: httpx.AsyncClient, finished: SessionFolder, path: str) -> None:
    """What cannot be answered is a document with one sentence."""
    answer = await reader.get(f"/api/sessions{path.replace('{id}', finished.id)}")
    assert answer.status_code in (400, 404)
    assert len(answer.json()["error"]) > 10


@pytest.mark.parametrize("state", STATES)
async def test_every_state_has_its_page(reader: httpx.AsyncClient, tmp_path: Path, state: str) -> None:
    """A session in any state is a page with its stages, and a row of the list."""
    folder = make_session(tmp_path / "sessions", state)
    page = await reader.get(f"/s/{folder.id}")
    assert page.status_code == 200, page.text
    assert "foundation" in page.text
    assert f"/s/{folder.id}" in (await reader.get("/")).text


async def test_names_and_lines_are_text(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """HTML and escape sequences in a log reach the page as text, and a secret does not reach it."""
    folder = make_session(tmp_path / "sessions", "running")
    (log,) = folder.path.glob("stages/3-*/attempt-1/log")
    with log.open("ab") as file:  # noqa: ASYNC230  a few bytes
        file.write(b"<script>alert(1)</script> \x1b[31mred\x1b[0m API_KEY=abcdef123456\n")
    page = (await reader.get(f"/s/{folder.id}")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; red API_KEY=[hidden]" in page
    assert "<script>alert" not in page
    assert "\x1b" not in page


async def test_logs_are_read_in_windows(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """A log's lines come from an offset on, before it, or from the end, each with its offset."""
    folder = make_session(tmp_path / "sessions", "running")
    (path,) = folder.path.glob("stages/3-*/attempt-1/log")
    text = path.read_bytes()
    address = f"/api/sessions/{folder.id}/log"
    last = (await reader.get(f"{address}?limit=5")).json()
    assert len(last["lines"]) == 5
    assert last["next"] == last["size"] == len(text)
    before = (await reader.get(f"{address}?limit=3&back=1&offset={last['offset']}")).json()
    assert before["next"] == last["offset"]
    first = (await reader.get(f"{address}?limit=2&offset=0")).json()
    assert [line["at"] for line in first["lines"]] == [0, text.index(b"\n") + 1]


async def test_search_finds_on_both_sides(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """A search says where the next match is, before or after a place, by text, expression or error, and where none is."""
    folder = make_session(tmp_path / "sessions", "running")
    (path,) = folder.path.glob("stages/3-*/attempt-1/log")
    path.write_bytes(b"one\nneedle\nthree\nValueError: bad\n" + b"filler\n" * 50_000 + b"needle\nend\n")
    address = f"/api/sessions/{folder.id}/log?limit=9"

    async def hit(query: str) -> object:
        return (await reader.get(f"{address}&{query}")).json()["found"]["hit"]

    far = path.read_bytes().rindex(b"needle")
    assert await hit("q=needle") == 4
    assert await hit("q=needle&offset=5") == far
    assert await hit(f"q=needle&back=1&offset={far}") == 4
    assert await hit("q=nowhere") is None
    assert await hit("errors=1") == 17
    window = (await reader.get(f"{address}&errors=1")).json()
    assert {line["text"]: line["kind"] for line in window["lines"]}["ValueError: bad"] == "error"


@pytest.mark.process
async def test_expressions_are_searched_in_a_process(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """An expression finds its line; one that is none is 400 with a sentence."""
    folder = make_session(tmp_path / "sessions", "running")
    (path,) = folder.path.glob("stages/3-*/attempt-1/log")
    path.write_bytes(b"one\nneedle 42\nthree\n")
    address = f"/api/sessions/{folder.id}/log?regex=1"
    assert (await reader.get(f"{address}&q=needle [0-9]%2B")).json()["found"]["hit"] == 4
    assert (await reader.get(f"{address}&q=(")).status_code == 400


async def test_curves_are_bounded_and_keep_their_peak(reader: httpx.AsyncClient, finished: SessionFolder) -> None:
    """A drawing has at most as many columns as asked for, round ticks, and the stages' borders; a part can be asked for."""
    address = f"/api/sessions/{finished.id}/curve?name=accuracy&width=60"
    whole = (await reader.get(address)).json()
    assert all(len(line["points"]) <= 60 for line in whole["lines"])
    assert len(whole["lines"]) == len(whole["borders"]) == 5
    assert whole["y"][0] < whole["lines"][0]["points"][0][1] < whole["y"][1]
    part = (await reader.get(f"{address}&x0=100&x1=200&log=1&axis=time")).json()
    assert part["x"] == [100, 200]
    assert part["log"]


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics?name=accuracy&log=1&axis=step", "/log", "/log?q=loss&stage=mastery"]
)
async def test_every_page_of_a_session_is_there(reader: httpx.AsyncClient, finished: SessionFolder, path: str) -> None:
    """The curves and the log of a session are pages that need no script."""
    page = await reader.get(f"/s/{finished.id}{path}")
    assert page.status_code == 200
    assert "<svg" in page.text or "<pre" in page.text


async def test_comparison_marks_the_better_one(
    reader: httpx.AsyncClient, finished: SessionFolder, tmp_path: Path
) -> None:
    """Two sessions stand side by side, with curves over one another; one alone is told how to."""
    other = make_session(tmp_path / "sessions", "failed", name="20261121-150403-digits")
    page = (await reader.get(f"/compare?ids={finished.id}&ids={other.id}")).text
    assert 'class="better"' in page
    assert 'class="legend"' in page
    alone = await reader.get(f"/compare?ids={finished.id}")
    assert alone.status_code == 400
    assert "Select 2" in alone.text


async def test_comparison_says_what_one_session_alone_has(
    reader: httpx.AsyncClient, finished: SessionFolder, tmp_path: Path
) -> None:
    """Stages and metrics that one session alone has are named in the sentences that the command line prints."""
    other = make_session(
        tmp_path / "sessions", "finished", name="20261121-150403-digits", stages=stage_infos(7)[:6], done=6
    )
    page = (await reader.get(f"/compare?ids={finished.id},{other.id}")).text
    sentences = in_common(comparison([show(load_view(folder)) for folder in (finished, other)]))
    assert sentences
    assert all(html.escape(sentence) in page for sentence in sentences)


def test_the_page_is_small() -> None:
    """Style sheet, script and icon are at most 60 KB, and mention no other host."""
    from autotrain_tui.web.pages.page_frame import static_files

    files = static_files()
    assert sum(map(len, files.values())) <= 60_000
    text = b"".join(files.values()).replace(b"http://www.w3.org/2000/svg", b"")
    assert b"http:" not in text
    assert b"https:" not in text
    assert b"innerHTML" not in text


async def test_a_long_curve_is_shown_while_it_is_read(
    reader: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readings that take longer than a request may are drawn as far as they are read; the next requests go on."""
    folder = make_session(tmp_path / "sessions", "running")
    (readings,) = folder.path.glob("stages/3-*/attempt-1/readings.jsonl")
    readings.write_text("".join(f'[{at / 50:.2f},"loss",{1 - at / 30000},{at},null]\n' for at in range(30_000)))
    monkeypatch.setattr("autotrain_tui.web.reading.watched_session._READING_SECONDS", 0.0)
    address, rounds = f"/api/sessions/{folder.id}/curve?name=loss", 0
    while (drawing := (await reader.get(address)).json())["reading"] and rounds < 100:
        assert "reading" in drawing["facts"]
        rounds += 1
    assert rounds > 2
    assert drawing["lines"][-1]["points"][-1][1] == 1 - 29_999 / 30_000
    assert "reading" not in drawing["facts"]


async def test_the_log_of_an_earlier_attempt_is_a_link_away(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """A stage of two attempts has a way to each log, and a search in the first one stays there."""
    folder = make_session(tmp_path / "sessions", "retry")
    (stage,) = [stage for stage in load_view(folder).session.stages if len(stage.attempts) == 2]
    newest = (await reader.get(f"/s/{folder.id}/log?stage={stage.name}")).text
    assert f'href="?stage={stage.name}&amp;attempt=1"' in newest
    assert "<select" in newest
    first = (await reader.get(f"/s/{folder.id}/log?stage={stage.name}&attempt=1")).text
    assert '<input name="attempt" type="hidden" value="1">' in first


@pytest.mark.parametrize(("state", "told"), [("running", True), ("paused", False), ("frozen", False)])
def test_a_paused_session_has_no_moment_of_its_end(tmp_path: Path, state: str, told: bool) -> None:
    """Time left is told while nothing runs, but not the hour: it moves on with every second of the pause."""
    folder = make_session(tmp_path / "sessions", state)
    hold_lock(folder)
    texts = session_texts(load_view(folder))
    assert texts["left"]
    assert (texts["until"] is not None) == told
