"""The API and the pages: the same documents as the command line, and sessions in every state."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import httpx
import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.session.records.folder import SessionFolder
from tests.tui.sessions import STATES, make_session


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
