"""`run` without a screen, with the real runner: how it ends, what it prints, and what it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.lock import owner_alive, read_owner
from tests.cli.project import Project, until

pytestmark = pytest.mark.process

RESULT = "import json, os\njson.dump({'accuracy': 0.9}, open(os.environ['AUTOTRAIN_RESULT'], 'w'))\n"


def test_a_plan_that_succeeds(project: Project) -> None:
    """`run --no-ui` in a pipe ends 0, tells each stage's start and end in plain lines, and leaves a finished session."""
    project.plan(stages=("one", "two"), head='metric = { name = "accuracy", goal = "max" }', one=RESULT, two=RESULT)
    done = project.run("run", "--no-ui")
    assert done.returncode == 0, done.stderr
    for words in (
        "session 2",
        "one  starts",
        "one  succeeded in 0:00, accuracy 0.900",
        "two  succeeded",
        "session succeeded",
    ):
        assert words in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    (row,) = project.json("ls")["sessions"]
    assert (row["outcome"], row["stages_done"], row["metric"]["best"]) == ("succeeded", 2, 0.9)
    assert project.folders()[0].path.stat().st_mode & 0o777 == 0o700


def test_a_stage_that_fails(project: Project) -> None:
    """The status is 1, the last lines of the log stand on stdout, and what comes after has not started."""
    project.plan(stages=("one", "two"), one="print('before')\nraise SystemExit('that was \\x1b[2J it')\n")
    done = project.run("run")
    assert done.returncode == 1
    assert "stdout is not a terminal" in done.stderr
    assert "failed after" in done.stdout
    assert "    | before" in done.stdout
    assert "    | that was  it" in done.stdout
    assert project.states() == {"one": "failed", "two": "pending"}


def test_a_plan_of_another_project_runs_there(project: Project, tmp_path: Path) -> None:
    """Its program is that project's, its session is kept there, and both are told."""
    project.plan("mine", one="print('this is mine')\n")
    other = Project(tmp_path / "other")
    other.plan("theirs", one="print('this is theirs')\n")
    done = project.run("run", "--no-ui", str(other.root / "stages" / "theirs.toml"))
    assert done.returncode == 0, done.stderr
    assert str(other.root) in done.stderr
    assert project.folders() == []
    (folder,) = other.folders()
    assert "this is theirs" in next(folder.path.glob("stages/*/attempt-1/log")).read_text()
    told = project.run("plan", str(other.root / "stages" / "theirs.toml"))
    assert str(other.root) in told.stdout


def test_quiet_says_only_what_went_wrong(project: Project) -> None:
    """-q prints nothing of a good run, and of a bad one the error on stderr."""
    project.plan("good")
    project.plan("bad", one="print('why')\nexit(7)\n")
    good, bad = project.run("run", "good", "-q"), project.run("run", "bad", "--no-ui", "--quiet")
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "exit code 7" in bad.stderr
    assert "    | why" in bad.stderr


def test_verbose_has_the_stages_own_lines(project: Project) -> None:
    """-v passes on every line a stage prints, in order and made printable, before the sentence of its end."""
    project.plan(one="for i in range(3000): print(i)\nprint('\\x1b]0;x\\x07last', end='')\n")
    done = project.run("run", "-v", "--no-ui")
    lines = [line.removeprefix("one | ") for line in done.stdout.splitlines() if line.startswith("one | ")]
    assert lines == [*map(str, range(3000)), "last"]
    assert done.stdout.rindex("one | last") < done.stdout.index("succeeded in")


def test_json_is_the_journal(project: Project) -> None:
    """`run --json` prints the journal's lines byte for byte, the end last, and nothing else."""
    project.plan(stages=("one", "two"))
    done = project.run("run", "--json")
    assert done.returncode == 0
    assert done.stdout == project.folders()[0].journal.read_text()
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["type"], last["outcome"]) == ("session_finished", "succeeded")


def test_a_command_without_a_plan(project: Project, tmp_path: Path) -> None:
    """`run -- COMMAND` needs no project, keeps its words as they are, uses ./sessions and has no budget."""
    words = [sys.executable, "-c", "import sys; print(sys.argv[1:])", "{x}", "a b", "--json", "--"]
    done = project.run("run", "--no-ui", "--", *words, cwd=tmp_path, env=project.environment | {"PWD": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    (session,) = [path for path in (tmp_path / "sessions").iterdir() if path.name[0] != "."]
    (log,) = session.glob("stages/*/attempt-1/log")
    assert log.read_text() == "['{x}', 'a b', '--json', '--']\n"
    document = project.json("show", "--sessions-dir", str(tmp_path / "sessions"))
    assert document["budget_seconds"] is None


def test_two_commands_that_differ_in_a_flag(project: Project) -> None:
    """The command and its parameters are in show, ls, export and History's filter; compare names the flag that differs."""
    (project.root / "train.py").write_text("print('loss 0.5')\n")
    for rate in ("0.3", "0.01"):
        words = (sys.executable, "train.py", "--lr", rate, "--api-key", "SESAME")
        done = project.run("run", "--no-ui", "--", *words)
        assert done.returncode == 0, done.stderr
    first, second = project.folders()
    shown = project.json("show", first.id)
    assert shown["command"][1:] == ["train.py", "--lr", "0.3", "--api-key", "[hidden]"]
    assert (shown["title"], shown["plan"]) == ("train.py lr=0.3 api_key=[hidden]", "train")
    assert shown["stages"][0]["params"] == {"lr": 0.3, "api_key": "[hidden]"}
    [row] = project.json("ls", "lr<0.1")["sessions"]
    assert (row["id"], row["title"]) == (second.id, "train.py lr=0.01 api_key=[hidden]")
    differ = project.json("compare", first.id, second.id)["parameters"]
    assert {"stage": "train", "name": "lr", "values": [0.3, 0.01]} in differ
    for verb in (("ls",), ("show", first.id), ("export", first.id), ("export", "--format", "json", first.id)):
        out = project.run(*verb).stdout
        assert "train.py" in out
        assert "SESAME" not in out


def test_classic_flags_at_the_root(project: Project) -> None:
    """`autotrain-tui --no-ui --dataset-limit 100 --max-hours 1` just runs, with those values."""
    project.plan(head="dataset_limit = 5\nbatch_size = 2\n", one="import sys; print(sys.argv)\n")
    assert project.run("--no-ui", "--dataset-limit", "100", "--max-hours", "2").returncode == 0
    document = project.json("show")
    assert document["budget_seconds"] == 7200
    assert document["stages"][0]["params"] == {"dataset_limit": 100, "batch_size": 2}


def test_start_from_only_and_skip(project: Project) -> None:
    """Stages that are left out are skipped with the flag as the reason; what needs them runs."""
    project.plan(stages=("a", "b", "c"))
    assert project.run("run", "--no-ui", "--start-from", "b", "--skip", "c").returncode == 0
    document = project.json("show")
    assert [(stage["state"], stage["reason"]) for stage in document["stages"]] == [
        ("skipped", "--start-from b"),
        ("succeeded", ""),
        ("skipped", "--skip c"),
    ]


def test_detached(project: Project) -> None:
    """--detach prints the id once the runner has the session, and `wait` exits as the run would."""
    project.plan(one="import time; time.sleep(0.3); exit(4)\n")
    done = project.run("run", "--detach")
    assert done.returncode == 0
    (folder,) = project.folders()
    assert done.stdout == f"{folder.id}\n"
    assert read_owner(folder) is not None
    waited = project.run("wait", done.stdout.strip())
    assert waited.returncode == 1
    assert waited.stdout == f"{folder.id}: failed\n"
    document = json.loads(project.run("run", "--detach", "--json").stdout)
    assert document["id"] == project.folders()[-1].id
    assert project.run("wait", "latest").returncode == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "default"),
        (("nope",), "no plan"),
        (("stages/nope.toml",), "nope.toml"),
        (("a", "--mode", "fast"), "--mode"),
        (("a", "--set", "epoch=3"), "--set"),
        (("a", "--set", "epochs=many"), "epochs"),
        (("a", "--set", "x"), "key=value"),
        (("a", "--skip", "ones"), "--skip"),
        (("a", "--only", "one", "--skip", "one"), "both"),
        (("a", "--skip", "one"), "no stage is left"),
        (("a", "--start-from", "two"), "--start-from"),
        (("a", "--max-hours", "1e12"), "--max-hours"),
        (("unknown",), "epcohs"),
        (("lack",), "dataset_limit"),
        (("later",), "lsf"),
        (("broken",), "TOML"),
        (("first",), "previous_checkpoint_dir"),
    ],
)
def test_what_can_not_be_run_makes_nothing(project: Project, words: tuple[str, ...], text: str) -> None:
    """A bad plan or a bad flag is one sentence, status 2, and no session."""
    project.plan("a")
    project.plan("b")
    for name, plan in {
        "unknown": 'command = ["true"]\nepcohs = 3\n[[stage]]\nname = "one"\n',
        "lack": 'command = ["echo", "{dataset_limit}"]\n[[stage]]\nname = "one"\n',
        "later": 'command = ["true"]\nlauncher = "lsf"\n[[stage]]\nname = "one"\n',
        "broken": "command = [\n",
        "first": 'command = ["echo", "{previous_checkpoint_dir}"]\n[[stage]]\nname = "one"\n',
    }.items():
        (project.root / "stages" / f"{name}.toml").write_text(plan)
    done = project.run("run", "--no-ui", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not project.sessions.exists()


def test_what_will_go_wrong_is_said_before(project: Project) -> None:
    """A missing script is a warning before the start and a failed stage after it, both naming it."""
    project.plan()
    (project.root / "t-one.py").unlink()
    done = project.run("run", "--no-ui")
    assert done.returncode == 1
    assert f"warning: stage one: there is no {project.root / 't-one.py'}" in done.stderr
    planned = project.run("plan")
    assert (planned.returncode, "t-one.py" in planned.stdout) == (0, True)


def test_plan_shows_what_would_run(project: Project) -> None:
    """`plan --json` has the contract's keys, resolved parameters and commands; --test-config is the same; nothing is made."""
    project.plan(
        stages=("a", "b"), head="dataset_limit = 2000\nepochs = 20\nbatch_size = 32\n[modes.research]\nscale = 2.0"
    )
    document = project.json("plan", "--mode", "research", "--batch-size", "64", "--skip", "b")
    assert {"version", "plan", "mode", "budget_seconds", "total_estimate_seconds", "fits", "stages"} <= set(document)
    assert (document["plan"], document["mode"], document["budget_seconds"], document["fits"]) == (
        "t",
        "research",
        3600,
        True,
    )
    stage = document["stages"][0]
    assert {"name", "index", "params", "command", "estimate_seconds", "estimate_source"} <= set(stage)
    assert stage["params"] == {"dataset_limit": 2000, "epochs": 20, "batch_size": 64, "scale": 2.0}
    assert stage["command"][1:] == ["t-a.py"]
    assert (stage["estimate_seconds"], document["total_estimate_seconds"]) == (840, 840)
    assert document["stages"][1]["skipped"] == "--skip b"
    assert json.loads(project.run("--test-config", "--json").stdout)["mode"] == "development"
    tight = project.run("plan", "--max-hours", "0.1")
    assert (tight.returncode, "does not fit" in tight.stdout) == (0, True)
    assert not project.sessions.exists()


@pytest.mark.parametrize("words", [(), ("attach",), ("attach", "latest")])
def test_the_screen_needs_a_terminal(project: Project, words: tuple[str, ...]) -> None:
    """Without a terminal the bare program and `attach` exit 2 and say what to do."""
    done = project.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "terminal" in done.stderr


def test_records_that_can_not_be_written(project: Project) -> None:
    """A sessions folder that can't be made exits 4."""
    project.plan()
    project.sessions.write_text("in the way")
    done = project.run("run", "--no-ui")
    assert done.returncode == 4
    assert "sessions" in done.stderr


def test_estimates_learn_from_what_ran(project: Project) -> None:
    """After a session the plan's estimates come from it, but not for another command."""
    project.plan(one="import time; time.sleep(0.2)\n")
    assert project.json("plan")["stages"][0]["estimate_seconds"] is None
    assert project.run("run", "-q").returncode == 0
    stage = project.json("plan")["stages"][0]
    assert 0.2 <= stage["estimate_seconds"] < 20
    assert "earlier" in stage["estimate_source"]
    project.plan(stages=("one",), head="")
    plan = project.root / "stages" / "t.toml"
    plan.write_text(plan.read_text().replace("t-one.py", "./t-one.py"))
    assert project.json("plan")["stages"][0]["estimate_seconds"] is None


def test_bars_on_a_terminal(project: Project) -> None:
    """On a terminal a live bar shows epoch and metric; at the end only sentences are left."""
    import pty

    project.plan(
        head="epochs = 4",
        one="import time\nfor e in range(1, 5):\n"
        "    print(f'epoch {e}/4 loss {1 / e:.3f}', flush=True)\n"
        "import os\nwhile not os.path.exists('go'): time.sleep(0.01)\n",
    )
    master, slave = pty.openpty()
    child = project.start(
        "run",
        "--no-ui",
        stdin=slave,
        stdout=slave,
        stderr=slave,
        text=False,
        env=project.environment | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"},
    )
    os.close(slave)
    out = b""
    try:
        while block := os.read(master, 65536):
            out += block
            if b"loss 0." in out:
                (project.root / "go").touch()
    except OSError:
        pass  # EIO: the other end is closed
    os.close(master)
    assert child.wait() == 0
    text = out.decode()
    assert "loss 0." in text
    assert "━" in text
    assert "Ctrl-C stops cleanly" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h")


def test_the_runner_dies_under_the_watch(project: Project) -> None:
    """A watcher whose runner is killed says so with what to do and exits 1; resume carries on with the living stage."""
    project.plan(one="import os, time\nprint('up', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.01)\n")
    child = project.start("run", "--no-ui")
    project.said("one", "up")
    (folder,) = project.folders()
    until(lambda: load_view(folder).session.stages[0].state == "running", "running in the journal")
    owner = read_owner(folder)
    assert owner is not None
    os.kill(owner.pid, 9)
    _, err = child.communicate(timeout=120)
    assert child.returncode == 1
    assert f"autotrain-tui resume {folder.id}" in err
    assert owner_alive(owner) is False
    assert project.json("ls")["sessions"][0]["state"] == "interrupted"
    followed = project.run("logs", "-f")
    assert (followed.stdout, "has no active runner" in followed.stderr) == ("up\n", True)
    (project.root / "go").touch()
    assert project.run("resume", "--no-ui").returncode == 0
    assert project.states() == {"one": "succeeded"}
    assert len(project.json("show")["stages"][0]["attempts"]) == 1


def test_an_interpreter_found_by_a_relative_path_runs_the_stages(project: Project) -> None:
    """`PATH=.venv/bin:$PATH python -m autotrain_tui`: runner and stages start in other folders than the command."""
    project.plan()
    folder = os.path.relpath(os.path.dirname(sys.executable), project.root)
    environment = project.environment | {"PATH": f"{folder}:{os.environ['PATH']}"}
    environment.pop("VIRTUAL_ENV", None)
    command = ["python", "-m", "autotrain_tui", "run", "--no-ui"]
    done = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert project.states() == {"one": "succeeded"}


def test_a_search_over_a_command(project: Project) -> None:
    """`run --sweep` runs the command once for each value, fills only the swept names, and names the best as winner."""
    program = "import sys; print('epoch 1/1 accuracy ' + sys.argv[1]); assert sys.argv[2] == '{n}'"
    words = ["--sweep", "lr=0.25,0.75,0.5", "--metric", "accuracy:max", "--set", "jobs=3"]
    done = project.run("run", "--no-ui", *words, "--", sys.executable, "-c", program, "{lr}", "{n}")
    assert done.returncode == 0, done.stderr
    found = project.json("trials")["trials"]
    assert {row["params"]["lr"]: row["winner"] for row in found} == {0.25: False, 0.75: True, 0.5: False}
    assert [row["best"] for row in found] == [0.75, 0.5, 0.25]
    assert {row["state"] for row in found} == {"succeeded"}
