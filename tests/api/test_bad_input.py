"""Bad input over the command line: every flag and key out of range, of the wrong type, contradictory or misspelt.

One sentence on stderr, exit status 2, and nothing is made: the rules themselves are tested in tests/plan.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from autotrain_tui.cli import text_table as table
from autotrain_tui.cli.main import main
from tests.api.projects import PLAN, Project

BIG = "9" * 30

FLAGS: list[tuple[list[str], str]] = [
    # a budget
    (["--max-hours", "0"], "--max-hours: expected a positive number, got '0'"),
    (["--max-hours", "-1"], "--max-hours: expected a positive number"),
    (["--max-hours=-0.0"], "--max-hours: expected a positive number"),
    (["--max-hours", "nan"], "--max-hours: expected a positive number"),
    (["--max-hours", "inf"], "--max-hours: expected a positive number"),
    (["--max-hours", "1e400"], "--max-hours: expected a positive number"),
    (["--max-hours", "1e9"], "--max-hours: expected a number above 0 and up to 10000, found 1000000000.0"),
    (["--max-hours", "1000000000"], "up to 10000"),
    (["--max-hours", "8h"], "--max-hours: expected a positive number"),
    (["--max-hours", ""], "--max-hours: expected a positive number"),
    (["--max-hours"], "--max-hours: expected one argument"),
    # whole numbers
    (["--dataset-limit", "0"], "--dataset-limit: expected a positive whole number, got '0'"),
    (["--dataset-limit", "-100"], "--dataset-limit: expected a positive whole number"),
    (["--dataset-limit", "1e3"], "--dataset-limit: expected a positive whole number"),
    (["--dataset-limit", "2.5"], "--dataset-limit: expected a positive whole number"),
    (["--dataset-limit", "all"], "--dataset-limit: expected a positive whole number"),
    (["--dataset-limit", BIG], "--dataset-limit: expected a whole number from 1 to 1000000000000"),
    (["--batch-size", "0"], "--batch-size: expected a positive whole number"),
    (["--batch-size", "nan"], "--batch-size: expected a positive whole number"),
    (["--batch-size", BIG], "--batch-size: expected a whole number from 1 to 1000000000"),
    # other numbers
    (["--scale", "0"], "--scale: expected a positive number"),
    (["--scale", "-1.5"], "--scale: expected a positive number"),
    (["--scale", "nan"], "--scale: expected a positive number"),
    (["--scale", "1e13"], "--scale: expected a number above 0 and up to 1e+12"),
    (["--timeout-multiplier", "0"], "--timeout-multiplier: expected a positive number"),
    (["--timeout-multiplier", "inf"], "--timeout-multiplier: expected a positive number"),
    (["--timeout-multiplier", "1001"], "--timeout-multiplier: expected a number above 0 and up to 1000"),
    # words
    (["--mode", "developement"], 'there is no mode "developement" (did you mean "development"?)'),
    (["--mode", ""], '--mode: there is no mode ""'),
    (["--mode", "../x"], "there is no mode"),
    (["--python", ""], "--python"),
    (["--start-from", "onyl"], 'there is no stage "onyl" (did you mean "only"?)'),
    (["--start-from", "0"], "there is no stage"),
    (["--start-from", "99"], "there is no stage"),
    (["--start-from", ""], '--start-from: there is no stage ""'),
    (["--only", ""], '--only: there is no stage ""'),
    (["--skip", "only,"], '--skip: there is no stage ""'),
    (["--only", "last"], "there is no stage"),
    (["--skip", "last"], "there is no stage"),
    (["--skip", "only"], "no stage is left to run"),
    (["--only", "only", "--skip", "only"], 'stage "only" is both selected and skipped'),
    # --set
    (["--set", "epochs"], "expected key=value"),
    (["--set", "=3"], "expected key=value"),
    (["--set", "epcohs=3"], 'did you mean "epochs"?'),
    (["--set", "epochs=0"], "--set epochs: expected a whole number from 1"),
    (["--set", "epochs=many"], "--set epochs: expected a whole number"),
    (["--set", "only.epocs=3"], 'did you mean "epochs"?'),
    (["--set", "max_hours=0"], "--set max_hours: expected a number above 0"),
    (["--set", "max_hours=nan"], "--set max_hours: expected a number above 0"),
    (["--set", "max_hours=1e9"], "up to 10000"),
    (["--set", "jobs=0"], "--set jobs: expected a whole number from 1"),
    (["--set", "strategy=laddder"], 'did you mean "ladder"?'),
    (["--set", "mode=research"], "use --mode"),
    (["--set", "stop.signal=KILL"], "cannot catch"),
    (["--set", "stop.grace=3"], 'did you mean "grace_seconds"?'),
    (["--set", "after_last=repeat", "--max-hours", "none"], "needs a budget"),
    (["--set", "adaptive.patience=0"], "adaptive.patience"),
    # flags that are none
    (["--max-hour", "3"], "unrecognized arguments: --max-hour"),
    (["--dataset_limit", "3"], "unrecognized arguments: --dataset_limit"),
    (["--epochs", "3"], "unrecognized arguments"),
    (["-x"], "unrecognized arguments: -x"),
    # plans that are none
    (["quik"], 'there is no plan "quik"; plans: quick (did you mean "quick"?)'),
    (["quik.toml"], 'there is no such file (did you mean "quick.toml"?)'),
    (["stages"], 'there is no plan "stages"'),
    (["./stages"], "expected a regular file"),
    (["quick", "quick"], "unrecognized arguments: quick"),
    (["--project", "/nonexistent"], "expected a project folder, which contains stages/"),
]


@pytest.mark.parametrize(("words", "said"), FLAGS, ids=[" ".join(words) for words, _ in FLAGS])
@pytest.mark.parametrize(
    "verb", [["plan"], ["run", "--no-ui"], ["run", "--test-config"], ["run", "--detach"]], ids=" ".join
)
def test_a_bad_flag_is_one_sentence_and_exit_status_2(
    project: Project, verb: list[str], words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names the flag or key and what would do; nothing is shown or started."""
    assert main([*verb, *words]) == 2
    _one_sentence(said, project, capsys)


CONTRADICTIONS: list[tuple[list[str], str]] = [
    (["run", "--no-ui", "--detach"], "choose one"),
    (["run", "-v", "-q"], "not allowed with argument -v/--verbose"),
    (["--quiet", "--no-ui", "--verbose"], "not allowed with argument -q/--quiet"),
    (["run", "quick", "--", "true"], "run takes a plan or a command after --, got both (quick)"),
    (["run", "--"], "a command is missing"),
    (["run", "--", ""], "a command is missing"),
    (["--", "true"], "autotrain-tui run -- COMMAND"),
    (["rnu"], 'unknown verb "rnu" (did you mean "run"?)'),
    (["quick"], "unknown verb"),
    (["stages/quick.toml"], "autotrain-tui run stages/quick.toml"),
    (["--max-hours", "-1"], "expected a positive number"),
    (["--no-ui", "--dataset-limit", "0"], "expected a positive whole number"),
    (["--test-config", "--max-hours", "nan"], "expected a positive number"),
    (["--maxhours", "3", "--no-ui"], 'unknown flag "--maxhours" (did you mean "--max-hours"?)'),
    (["--dataset_limit", "3"], 'unknown flag "--dataset_limit" (did you mean "--dataset-limit"?)'),
]


@pytest.mark.parametrize(("words", "said"), CONTRADICTIONS, ids=[" ".join(words) for words, _ in CONTRADICTIONS])
def test_words_that_contradict_each_other_are_refused(
    project: Project, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The classic flags at the root are checked like those of `run`."""
    assert main(words) == 2
    _one_sentence(said, project, capsys)


HEAD = 'command = ["true"]\n'
STAGE = '[[stage]]\nname = "a"\n'

KEYS: list[tuple[str, str]] = [
    ("", "a plan needs at least one stage"),
    (HEAD, "a plan needs at least one stage"),
    (HEAD + "stage = []", "a plan needs at least one stage"),
    (HEAD + "[stage]\nname = 'a'", "write [[stage]], with two brackets"),
    (STAGE, 'the key "command" is missing'),
    (HEAD + "[[stage]]\n", 'the key "name" is missing'),
    (HEAD + STAGE + STAGE, 'already has the name "a"'),
    (HEAD + STAGE + "needs = ['b']", 'there is no stage "b"'),
    (HEAD + STAGE + "needs = ['a']", "form a cycle: a needs a"),
    (HEAD + STAGE + "epocs = 3", 'did you mean "epochs"?'),
    (HEAD + STAGE + "epochs = 0", "stage[1].epochs: expected a whole number from 1"),
    (HEAD + STAGE + "epochs = '3'", 'expected a whole number, found "3"'),
    (HEAD + STAGE + "scale = nan", "stage[1].scale: expected a number above 0"),
    (HEAD + "max_hours = 0\n" + STAGE, "max_hours: expected a number above 0"),
    (HEAD + "max_hours = -1\n" + STAGE, "max_hours: expected a number above 0"),
    (HEAD + "max_hours = nan\n" + STAGE, "max_hours: expected a number above 0"),
    (HEAD + "max_hours = 1e9\n" + STAGE, "up to 10000"),
    (HEAD + STAGE + "retries = { oom = { cuont = 1 } }", 'did you mean "count"?'),
    (HEAD + STAGE + "env = { HF_TOKEN = 'x' }", 'env_from = ["HF_TOKEN"]'),
    (HEAD + STAGE + "command = ['x', '{epoch}']", 'did you mean "epochs"?'),
    (HEAD + STAGE + "command = ['x', '{epochs}']", "the placeholder {epochs} has no value"),
    (HEAD + "after_last = 'repeat'\nmax_hours = 'none'\n" + STAGE, "needs a budget"),
    (HEAD + "name = '-x'\n" + STAGE, "invalid name"),
    ("name = 3\n" + HEAD + STAGE, "name: expected a string"),
    (HEAD + STAGE + "x = ", "invalid TOML"),
    ("\0", "invalid TOML"),
    ("#" * (1 << 20) + "\n" + HEAD + STAGE, "at most 1 MiB"),
    ("a = " + "[" * 40 + "]" * 40, "too deep"),
]


@pytest.mark.parametrize(("text", "said"), KEYS, ids=[f"key{number}" for number in range(len(KEYS))])
@pytest.mark.parametrize("verb", [["plan"], ["run", "--no-ui"]], ids=" ".join)
def test_a_bad_plan_is_one_sentence_and_exit_status_2(
    project: Project, verb: list[str], text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the file and the place; nothing is made."""
    (project.root / "stages" / "bad.toml").write_text(text)
    assert main([*verb, "stages/bad.toml"]) == 2
    assert "bad.toml" in _one_sentence(said, project, capsys)


def _one_sentence(said: str, project: Project, capsys: pytest.CaptureFixture[str]) -> str:
    """What stderr says, checked: one printable line with `said` in it, and not a trace anywhere else."""
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    assert err.startswith("autotrain-tui: ")
    assert len(err) < 500
    assert sorted(os.listdir(project.root)) == ["orders.json", "stages", "train.py"]
    return err


def test_the_largest_budget_is_shown_with_a_warning(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """More than 72 hours is unusual, and allowed up to 10000."""
    assert main(["plan", "--max-hours", "10000"]) == 0
    assert "416d 16h" in capsys.readouterr().out
    assert main(["plan", "--max-hours", "none"]) == 0
    assert "no time limit" in capsys.readouterr().out


def test_a_plan_of_one_stage_is_shown(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """As a table with one row."""
    assert main(["plan"]) == 0
    assert "only" in capsys.readouterr().out


def test_a_plan_of_a_thousand_stages_is_shown_row_by_row(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each stage is one line of at most the terminal's width, the sum comes last, and --json has them all."""
    monkeypatch.setattr(table, "width", lambda pipe=0: 80)
    stages = "".join(
        f'[[stage]]\nname = "stage-{number}"\nepochs = {number}\ndataset_limit = 1000\nbatch_size = 8\n'
        for number in range(1, 1001)
    )
    head = PLAN.partition("[[stage]]")[0]
    (project.root / "stages" / "quick.toml").write_text(head + stages)
    assert main(["plan"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if "stage-" in line]
    assert len(rows) == 1000
    assert rows[-1].split()[:2] == ["1000", "stage-1000"]
    assert max(map(len, rows)) <= 80
    assert "does not fit the budget of 8:00:00" in lines[-1]
    assert main(["plan", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [stage["index"] for stage in document["stages"]] == list(range(1, 1001))
    assert document["fits"] is False


def test_no_plan_at_all_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outside of a project, and in one without plans."""
    monkeypatch.chdir(tmp_path)
    assert main(["plan"]) == 2
    assert "create one with: autotrain-tui init" in capsys.readouterr().err
    (tmp_path / "stages").mkdir()
    assert main(["run", "--no-ui"]) == 2
    assert "add one with: autotrain-tui init -- COMMAND" in capsys.readouterr().err
