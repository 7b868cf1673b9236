"""Commands from the page: only with their token, each asked once, answered by a real runner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from autotrain_tui.session.journal.events import CommandTaken
from autotrain_tui.session.journal.journal_file import read_journal
from autotrain_tui.web.guard.access_tokens import AccessTokens
from autotrain_tui.web.settings import ServeSettings
from autotrain_tui.web.web_app import web_app
from tests.cli.project import Project, until
from tests.tui.sessions import make_session
from tests.web.conftest import BASE

SENT = {"Origin": BASE, "Accept": "application/json"}


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose first stage runs until it is stopped."""
    with Project(tmp_path / "project").cleaned() as made:
        made.plan(stages=("one", "two"), one="import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
        assert made.run("run", "--detach").returncode == 0
        made.said("one", "begun")
        yield made


async def test_the_read_token_sends_nothing(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """With the read token a command is 403, writes no file, and its page has no button."""
    folder = make_session(tmp_path / "sessions", "running")
    answer = await reader.post(f"/s/{folder.id}/command", data={"verb": "stop"}, headers=SENT)
    assert answer.status_code == 403
    assert list(folder.control.glob("*.json")) == []
    assert 'id="commands"' not in (await reader.get(f"/s/{folder.id}")).text


@pytest.mark.process
async def test_a_runner_takes_commands_from_the_page(
    settings: ServeSettings, tokens: AccessTokens, project: Project
) -> None:
    """Hold, release, budget and stop act as from the command line, the journal says `web`, and a refusal says why, with
    the way back.
    """
    there = msgspec.structs.replace(settings, sessions=project.sessions)
    (folder,) = project.folders()
    headers = {**SENT, "Authorization": f"Bearer {tokens.command}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(web_app(there)), base_url=BASE, headers=headers
    ) as client:

        async def send(**fields: str) -> httpx.Response:
            return await client.post(f"/s/{folder.id}/command", data=fields)

        page = (await client.get(f"/s/{folder.id}")).text
        assert page.count("<details") >= 4
        assert "Stop session" in page
        assert (await send(verb="hold", stage="two")).json()["accepted"]
        assert project.states()["two"] == "held"
        assert (await send(verb="release", stage="two")).json()["accepted"]
        assert (await send(verb="budget", amount="+1h")).json()["accepted"]
        refused = (await send(verb="checkpoint", stage="one")).json()
        assert not refused["accepted"]
        assert refused["reason"]
        for verb in ("kill", "clean", "run", "retry", ""):
            assert (await send(verb=verb)).status_code == 400
        assert (await send(verb="budget", amount="soon")).status_code == 400
        assert (await send(verb="hold", stage="none")).status_code == 400
        assert (await send(verb="stop", reason="enough")).json()["accepted"]
        until(lambda: project.states()["one"] == "stopped", "the end of the stage")
        until(lambda: project.json("show", "latest")["runner"]["alive"] is False, "the end of the runner")
        late = await client.post(
            f"/s/{folder.id}/command", data={"verb": "pause", "stage": "one"}, headers={"Accept": "text/html"}
        )
        assert late.status_code == 409
        assert f'href="/s/{folder.id}"' in late.text
    taken = [event for event in read_journal(folder.journal).events if isinstance(event, CommandTaken)]
    assert {event.by for event in taken} == {"web"}
