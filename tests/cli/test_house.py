"""init, doctor, the warning about logout, secrets, tables, and what a plain command may import."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.cli import main as cli
from autotrain_tui.cli.commands.checkup import sessions_disk
from autotrain_tui.cli.logout_check import logout_ends_training
from autotrain_tui.cli.text_table import table
from autotrain_tui.session.launch.preflight import Verdict
from autotrain_tui.text.redact import redact, redact_all, redact_words
from tests.cli.desk import Desk, created, finished, hand_made, ran, runner_started


def test_init_adds_the_starter_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`init` makes a project of any folder; what is there stays, and a second time adds only what is missing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "digits.toml").write_text("mine")
    assert cli.main(["init"]) == 0
    assert (tmp_path / "stages" / "digits.toml").read_text() == "mine"
    assert (tmp_path / "stages" / "classic.toml").exists()
    assert (tmp_path / "stages" / "digits" / "train.py").exists()
    capsys.readouterr()
    (tmp_path / "stages" / "digits.toml").unlink()
    assert cli.main(["init", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["added"] == ["stages/digits.toml"]
    assert "stages/classic.toml" in document["kept"]
    assert cli.main(["plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"] == "digits"
    assert not (tmp_path / "sessions").exists()


def test_no_project_in_a_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session's folder is no place for a project."""
    (tmp_path / "journal.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init"]) == 3
    assert not (tmp_path / "stages").exists()


@pytest.mark.process
def test_doctor_checks_machine_disk_and_plan(desk: Desk) -> None:
    """A sound place is status 0; a plan that can't start is 2; a folder that can't be written is 4."""
    desk.plan()
    document = desk.json("doctor")
    checks = {finding["check"]: finding["verdict"] for finding in document["findings"]}
    assert {"autotrain-tui", "system", "textual", "sessions", "disk", "plan", "logout"} <= set(checks)
    assert set(checks.values()) <= {"good", "note"}
    (desk.root / "t-one.py").unlink()
    assert desk.run("doctor").returncode == 2
    desk.sessions.write_text("in the way")
    done = desk.run("doctor")
    assert done.returncode == 4
    assert "FAIL" in done.stdout
    assert sorted(path.name for path in desk.root.iterdir()) == ["sessions", "stages"]


@pytest.mark.process
def test_doctor_asks_another_process_for_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that keeps no other process out is no lock: two runners could carry one session."""
    assert [each.verdict for each in sessions_disk(tmp_path) if each.check == "sessions"] == [Verdict.GOOD]
    monkeypatch.setattr(fcntl, "flock", lambda _descriptor, _operation: None)
    (found,) = (each for each in sessions_disk(tmp_path) if each.check == "sessions")
    assert found.verdict is Verdict.FAIL
    assert "keep no other process out" in found.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("configuration", "cgroup", "ends"),
    [
        ("[Login]\nKillUserProcesses=yes\n", "0::/user.slice/user-1000.slice/session-3.scope\n", True),
        ("[Login]\n#KillUserProcesses=yes\n", "0::/user.slice/user-1000.slice/session-3.scope\n", False),
        ("[Login]\nKillUserProcesses=no\n", "0::/user.slice/user-1000.slice/session-3.scope\n", False),
        (
            "[Login]\nKillUserProcesses=yes\n",
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope\n",
            False,
        ),
    ],
)
def test_logout_that_would_end_training(tmp_path: Path, configuration: str, cgroup: str, ends: bool) -> None:
    """Told only where logind kills a login's processes and we are in that login's scope, with what to do instead."""
    for name, text in {"etc/systemd/logind.conf": configuration, "proc/self/cgroup": cgroup}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    words = logout_ends_training({"XDG_SESSION_ID": "3"}, str(tmp_path))
    assert ("systemd-run --user --scope" in words) == ends
    assert logout_ends_training({}, str(tmp_path)) == ""


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("WANDB_API_KEY=0123456789abcdef", "0123456789abcdef"),
        ('{"token": "abc def"}', "abc"),
        ("--api-key sk1234567890abcdefgh", "sk1234567890abcdefgh"),
        ("train --api-key short", "short"),
        ('command = ["train", "--api-key", "short"]', "short"),
        ("password: hunter2", "hunter2"),
        ("http://me:pw@host/x", "me:pw"),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("ghp_" + "a" * 36, "a" * 36),
    ],
)
def test_secrets_are_hidden(text: str, hidden: str) -> None:
    """What is named like a secret or has a token's shape doesn't leave."""
    assert hidden not in redact(text)
    assert "[hidden]" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "tokens: 512",
        "max_tokens=512",
        "keys = 3 of 4",
        "monkey=banana",
        "step 10 loss 0.5 accuracy 0.9",
        "https://host/x",
        "tokenizer: bert-base-uncased",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    """Numbers of tokens and the like are no secrets."""
    assert redact(text) == text


def test_the_word_after_a_secret_flag_is_hidden() -> None:
    """In a list of words a flag's value is a word of its own."""
    words = ["train", "--api-key", "abc", "--lr", "0.1", "-k", "v", "--token", "--max-tokens", "5", "--hf-token=xyz"]
    assert redact_words(words) == [
        *["train", "--api-key", "[hidden]", "--lr", "0.1", "-k", "v", "--token", "--max-tokens", "5"],
        "--hf-token=[hidden]",
    ]


def test_values_under_secret_names_are_hidden_whole() -> None:
    """In a document the name decides."""
    assert redact_all({"params": {"HF_TOKEN": "a b c", "max_tokens": "5", "lr": 0.1}, "list": ["API_KEY=x1"]}) == {
        "params": {"HF_TOKEN": "[hidden]", "max_tokens": "5", "lr": 0.1},
        "list": ["API_KEY=[hidden]"],
    }


@given(
    st.lists(st.lists(st.text("az 09.é–…Жя漢字かな한글！", max_size=12), min_size=3, max_size=3), max_size=5),
    st.integers(10, 60),
)
def test_columns_line_up_in_any_width(rows: list[list[str]], room: int) -> None:
    """Every line has the same cells; only the column that may shrink is cut, and says so with …."""
    from rich.cells import cell_len

    lines = list(zip(*table(["A", "B", "C"], rows, right=(1,), shrinks=(2,), room=room), strict=True))
    assert len({tuple(map(cell_len, line)) for line in lines}) == 1
    for row, line in zip(rows, lines[1:], strict=True):
        assert [cell.strip() for cell in line[:2]] == [cell.strip() for cell in row[:2]]
        assert line[2].rstrip() == row[2].rstrip() or line[2].rstrip().endswith("…")


@pytest.mark.process
@pytest.mark.parametrize("words", ["--help", "ls", "ls --json", "show", "show --json", "logs", "metrics", "wait"])
def test_plain_commands_never_load_the_screen(tmp_path: Path, words: str) -> None:
    """textual and rich are imported only to draw; `ls` and `show` of a known session don't even need msgspec."""
    folder = hand_made(tmp_path, [])
    folder.journal.unlink()
    events = [created("one"), runner_started(), *ran("one", folder=folder, log="x\n"), finished()]
    from autotrain_tui.session.journal.journal_file import JournalWriter

    writer = JournalWriter(folder.journal)
    for event in events:
        writer.append(writer.stamp(event), sync=False)
    writer.close()
    code = (
        "import sys; from autotrain_tui.cli import main as cli; code = cli.main(sys.argv[1:]);"
        "print(' '.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    for _ in range(2):  # the second time the index answers
        done = subprocess.run(
            [sys.executable, "-c", code, *words.split(), "--sessions-dir", str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
        )
    loaded = set(done.stderr.split())
    assert not loaded & {"textual", "rich", "asyncio", "psutil"}
    if words.split(maxsplit=1)[0] in ("--help", "ls", "show"):
        assert not loaded & {"msgspec", "typing", "dataclasses", "subprocess"}
