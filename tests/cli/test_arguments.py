"""From words to a verb and its options."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from autotrain_tui import verbs
from autotrain_tui.cli import main as cli
from autotrain_tui.errors import UsageError
from autotrain_tui.text.durations import amount_in


def parsed(line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, argparse.Namespace]:
    """What the command line would call, without calling it."""
    import importlib

    got: list[argparse.Namespace] = []
    modules = sorted({verb.module for verb in verbs.COMMANDS.values()})
    # all are imported before any is changed: one that takes another's `run` would keep the changed one for good
    for loaded in [importlib.import_module(f"autotrain_tui.cli.commands.{module}") for module in modules]:
        monkeypatch.setattr(loaded, "run", lambda options: got.append(options) or 0)
    assert cli.main(line.split()) == 0
    return got[0].verb, got[0]


@pytest.mark.parametrize(
    ("line", "verb", "values"),
    [
        ("", "attach", {"session": None}),
        ("--project /p", "attach", {"project": "/p"}),
        ("--no-ui --dataset-limit 100 --max-hours 1", "run", {"no_ui": True, "dataset_limit": 100, "max_hours": 1.0}),
        ("--mode research", "run", {"mode": "research", "no_ui": False}),
        ("-q", "run", {"quiet": True}),
        ("--test-config --batch-size 8", "plan", {"batch_size": 8}),
        ("run", "run", {"plan": None, "command": None, "json": False}),
        ("run digits --no-ui -v", "run", {"plan": "digits", "verbose": True}),
        ("--no-ui run digits", "run", {"plan": "digits", "no_ui": True}),
        ("--sessions-dir /s ls", "ls", {"sessions_dir": "/s"}),
        ("ls --sessions-dir=/s --json", "ls", {"sessions_dir": "/s", "json": True}),
        (
            "run --set a=1 --set b.c=x --skip one,two --skip three",
            "run",
            {"sets": ["a=1", "b.c=x"], "skip": ["one,two", "three"]},
        ),
        ("run --max-hours none", "run", {"max_hours": "none"}),
        (
            "run -- python -m train --json -- x",
            "run",
            {"command": ["python", "-m", "train", "--json", "--", "x"], "json": False},
        ),
        ("run --json -- true", "run", {"command": ["true"], "json": True}),
        ("--detach run -- true", "run", {"command": ["true"], "detach": True}),
        ("pause", "pause", {"words": []}),
        ("pause latest one --reason no --wait", "pause", {"words": ["latest", "one"], "reason": "no", "wait": True}),
        ("pause latest --reason no one", "pause", {"words": ["latest", "one"]}),
        ("skip --undo one", "skip", {"words": ["one"], "undo": True}),
        ("retry one --from-scratch --set batch_size=16", "retry", {"from_scratch": True, "sets": ["batch_size=16"]}),
        ("extend search +4", "extend", {"words": ["search", "+4"]}),
        ("extend latest lr=0.1 n=2", "extend", {"words": ["latest", "lr=0.1", "n=2"]}),
        ("budget -30m", "budget", {"words": ["-30m"]}),
        ("budget latest -1:30:00 --json", "budget", {"words": ["latest", "-1:30:00"], "json": True}),
        ("budget +1h latest", "budget", {"words": ["+1h", "latest"]}),
        ("logs -f --stage one --attempt 2 -n 5", "logs", {"follow": True, "stage": "one", "attempt": 2, "lines": 5}),
        ("resume --detach --budget +2h", "resume", {"detach": True, "budget": "+2h", "words": []}),
        ("compare a b c", "compare", {"sessions": ["a", "b", "c"]}),
        ("export latest --format csv", "export", {"session": "latest", "format": "csv"}),
        (
            "clean --keep 3 --older-than 2w --max-size 1.5G",
            "clean",
            {"keep": 3, "older_than": 14 * 86400.0, "max_size": 3 * (1 << 29)},
        ),
        ("note latest fine --tag a --tag b", "note", {"text": "fine", "tag": ["a", "b"]}),
        ("wait --timeout 2", "wait", {"timeout": 2.0}),
    ],
)
def test_words_become_a_verb_with_options(
    line: str, verb: str, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line of words calls one verb with these options, flags of every verb before or after it."""
    called, options = parsed(line, monkeypatch)
    assert called == verb
    assert {name: getattr(options, name) for name in values} == values


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rum", "did you mean"),
        ("frobnicate", "unknown verb"),
        ("stages/digits.toml", "autotrain-tui run stages/digits.toml"),
        ("-- python train.py", "run --"),
        ("--frobnicate", "--frobnicate"),
        ("run --max-hours 0", "positive"),
        ("run --max-hours nan", "positive"),
        ("run --max-hours inf", "positive"),
        ("run --max-hours -3", "positive"),
        ("run --dataset-limit 1.5", "whole"),
        ("run --dataset-limit 0", "whole"),
        ("run --batch-size many", "whole"),
        ("run --scale 0", "positive"),
        ("run --timeout-multiplier -1", "positive"),
        ("run one two", "two"),
        ("run digits -- true", "got both"),
        ("run --max 3", "--max"),
        ("run --no-ui --detach", "choose one"),
        ("run --max-hour 3", 'did you mean "--max-hours"'),
        ("show --jsn", 'did you mean "--json"'),
        ("pause --reson=x", 'did you mean "--reason"'),
        ("logs --folow", 'did you mean "--follow"'),
        ("note latest \udcff", "not UTF-8 text"),
        ("pause a b c", "3 words"),
        ("stop a b", "2 words"),
        ("budget", "amount"),
        ("budget --frob 1h", "--frob"),
        ("budget soon", "amount"),
        ("ls -n 0", "whole"),
        ("clean", "clean: expected sessions"),
        ("clean --older-than long", "age"),
        ("clean --max-size big", "size"),
        ("logs --attempt x", "whole"),
        ("export --format xml", "xml"),
        ("--project /nonexistent plan", "stages/"),
    ],
)
def test_what_can_not_be_understood_is_one_sentence_and_status_2(
    line: str, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake on the command line exits 2 with a sentence on stderr that names it, and prints nothing else."""
    (tmp_path / "stages").mkdir()
    monkeypatch.chdir(tmp_path)
    assert cli.main(line.split()) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert out == ""
    assert not (tmp_path / "sessions").exists()


def test_help_names_every_verb_and_each_verb_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` lists all verbs; every verb answers `--help` with status 0."""
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for verb in verbs.COMMANDS:
        assert f"\n  {verb} " in shown
        assert cli.main([verb, "--help"]) == 0
        assert f"autotrain-tui {verb}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` names the program and its version."""
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("autotrain-tui 0.")


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("+1h", {"add_seconds": 3600.0}),
        ("-30m", {"add_seconds": -1800.0}),
        ("6h", {"seconds": 21600.0}),
        ("none", {"seconds": None}),
        ("1h30m", {"seconds": 5400.0}),
        ("1:30:00", {"seconds": 5400.0}),
        ("1.5", {"seconds": 5400.0}),
        ("+2d", {"add_seconds": 172800.0}),
        ("90s", {"seconds": 90.0}),
        ("+0:10", {"add_seconds": 600.0}),
    ],
)
def test_amounts_of_time(text: str, args: dict[str, float | None]) -> None:
    """`budget` takes more, less, a whole time or none."""
    assert amount_in([text]) == ([], args)
    assert amount_in(["20260101", text]) == (["20260101"], args)
    if not text.replace(".", "").isdigit():
        assert amount_in([text, "20260101"]) == (["20260101"], args)


def test_no_amount_is_a_mistake() -> None:
    """Without an amount `budget` says what one looks like."""
    with pytest.raises(UsageError, match=r"\+1h"):
        amount_in(["latest"])
