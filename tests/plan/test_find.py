"""Finding: the project, its plans, the sessions' folder, and the plan of a bare command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.command import resolve_command
from autotrain_tui.plan.dump import dump_plan
from autotrain_tui.plan.loading.find import (
    find_project,
    pick_plan,
    plan_for_command,
    plans_in,
    project_at,
    sessions_folder,
)
from autotrain_tui.plan.loading.load import load_plan, parse_plan
from autotrain_tui.plan.loading.overrides import resolve
from autotrain_tui.plan.warnings import file_warnings

STAGE = "[[stage]]\nname = 'a'\ncommand = 'true'\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stages").mkdir()
    return tmp_path


def add(project: Path, name: str, head: str = "") -> Path:
    path = project / "stages" / f"{name}.toml"
    path.write_text(f"{head}\n{STAGE}")
    return path


def test_the_project_is_the_nearest_folder_with_stages(project: Path) -> None:
    """From below it is found; a session's folder, which holds stages/ too, is passed by; a file is no folder."""
    session = project / "sessions" / "20260101-000000-x"
    inner = session / "stages" / "1-a"
    inner.mkdir(parents=True)
    (session / "journal.jsonl").touch()
    (project / "src").mkdir()
    (project / "src" / "stages").touch()
    for start in (project, project / "src", session, inner):
        assert find_project(start) == project
    assert project_at(project) == project
    with pytest.raises(UsageError, match="--project"):
        project_at(session)


def test_the_sessions_folder_can_be_put_elsewhere(project: Path, tmp_path: Path) -> None:
    """The flag wins over the variable, the variable over the project's own."""
    environ = {"AUTOTRAIN_SESSIONS_DIR": "from-env"}
    assert sessions_folder(project, "from-flag", environ, tmp_path) == tmp_path / "from-flag"
    assert sessions_folder(project, None, environ, tmp_path) == tmp_path / "from-env"
    assert sessions_folder(project, None, {}, tmp_path / "x") == project / "sessions"
    assert sessions_folder(None, None, {}, tmp_path / "x") == tmp_path / "x" / "sessions"


def test_the_only_plan_needs_no_name(project: Path) -> None:
    """Hidden files and other files in stages/ are no plans."""
    path = add(project, "a")
    (project / "stages" / ".b.toml").touch()
    (project / "stages" / "train.py").touch()
    (project / "stages" / "d.toml").mkdir()
    assert plans_in(project) == [path]
    assert pick_plan(project, None) == path


def test_a_default_that_is_broken_is_named(project: Path) -> None:
    """A plan that can't be read may be the one that is marked: the error says what is wrong with it."""
    add(project, "a")
    add(project, "b", "default = true\nepocs = 3")
    with pytest.raises(
        UsageError, match=r"no plan is marked default; name one of a, b \(.*b\.toml: epocs: unknown key"
    ):
        pick_plan(project, None)


def test_of_several_the_default_is_taken(project: Path) -> None:
    """A broken plan beside it doesn't matter; none or two defaults are an error with the list."""
    add(project, "a")
    chosen = add(project, "b", "default = true")
    (project / "stages" / "c.toml").write_text("broken")
    assert pick_plan(project, None) == chosen
    add(project, "d", "default = true")
    with pytest.raises(UsageError, match="several plans are marked default: b, d"):
        pick_plan(project, None)
    add(project, "b")
    add(project, "d")
    with pytest.raises(UsageError, match="name one of a, b, c, d"):
        pick_plan(project, None)


def test_a_plan_is_named_by_its_file_or_its_own_name(project: Path) -> None:
    """Or by a path; a word that means none is an error with the list and the nearest."""
    path = add(project, "digits", "name = 'numbers'")
    add(project, "other")
    for word in ("digits", "numbers", "digits.toml", "stages/digits.toml", str(path)):
        assert pick_plan(project, word, project) == path
    with pytest.raises(UsageError, match='no plan "digit"; plans: digits, other .did you mean "digits"'):
        pick_plan(project, "digit")
    with pytest.raises(UsageError, match='did you mean "digits.toml"'):
        pick_plan(project, "digit.toml", project)
    assert pick_plan(None, "stages/x.toml", project) == project / "stages" / "x.toml"


def test_without_a_project_the_way_out_is_told(tmp_path: Path) -> None:
    """No stages/ folder, or an empty one, names init."""
    for project in (None, tmp_path):
        with pytest.raises(UsageError, match="autotrain-tui init"):
            pick_plan(project, None)


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["python", "train.py", "--lr", "1"], "train"),
        (["/usr/bin/python3.12", "-u", "src/fit model.py"], "fit-model"),
        (["python", "-m", "app.train"], "app.train"),
        (["python", "-c", "print(1)"], "python"),
        (["./run.sh"], "run.sh"),
        (["..", "x"], "command"),
        (["-x"], "x"),
        (["torchrun", "train.py"], "torchrun"),
        (["x" * 100], "x" * 64),
    ],
)
def test_a_bare_command_becomes_a_plan(argv: list[str], name: str) -> None:
    """Named after its program, without a budget, run word for word where it was given."""
    plan = resolve(plan_for_command(argv, "/tmp"))
    stage = plan.stages[0]
    assert (plan.name, stage.name, plan.max_hours, stage.cwd) == (name, name, None, "/tmp")
    assert resolve_command(stage, {}) == argv
    assert parse_plan(dump_plan(plan), "copy") == plan


def test_braces_in_a_bare_command_are_literal() -> None:
    """Nothing in it is taken for a placeholder."""
    argv = ["echo", "{python}", '{"a": {}}', ""]
    assert resolve_command(plan_for_command(argv, "/").stages[0], {"python": "no"}) == argv


@pytest.mark.parametrize("argv", [[], [""], ["a", "\udcff"], ["a\0b"]])
def test_what_no_record_can_hold_is_refused(argv: list[str]) -> None:
    """No words at all, and bytes that are no text."""
    with pytest.raises(UsageError, match="run --"):
        plan_for_command(argv, "/")


def test_files_that_others_can_write_are_named(project: Path) -> None:
    """The plan's file and the programs of its commands."""
    (project / "train.py").touch()
    path = add(project, "a", "")
    path.write_text("[[stage]]\nname = 'a'\ncommand = 'python train.py --x missing.py'\n")
    os.chmod(path, 0o644)
    os.chmod(project / "train.py", 0o644)
    assert file_warnings(load_plan(path), project) == []
    os.chmod(path, 0o666)
    os.chmod(project / "train.py", 0o646)
    found = file_warnings(load_plan(path), project)
    assert [sentence.split(" is writable by every user")[0] for sentence in found] == [
        str(path),
        str(project / "train.py"),
    ]
