"""What may be seen by others, and what is data and not code (FAULTS X5, X8, X9, X10, X15, X17; item 7 of privacy)."""

from __future__ import annotations

import ast
import json
import os
import re
import stat
from pathlib import Path

import pytest

import autotrain_tui
from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.history.store import Store
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.launch.prepare import prepare
from autotrain_tui.session.records.attempt_files import Started, read_record
from tests.faults.ledger import rows_of
from tests.runner.rig import plan, python, session, wait_for
from tests.runner.stages import TRAINER

SECRETS = {
    "HF_TOKEN": "hf_verysecretvalue000111",
    "WANDB_API_KEY": "wandbsecret4242",
    "MY_PASSWORD": "opensesame99",
    "https_proxy": "http://someone:proxypassword77@proxy.example:3128",
}


@pytest.mark.parametrize("umask", [0, 0o177])
def test_all_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    """Folders 0700, files 0600, be the umask open or closed; the stage itself keeps the umask it was given.

    The program's own result and metric lines are made private at its end.
    """
    before = os.umask(umask)
    try:
        code = python(
            "import os, time\nmask = os.umask(0)\nos.umask(mask)\nprint('umask', oct(mask), flush=True)\n"
            "for name in ('RESULT', 'METRICS'): open(os.environ['AUTOTRAIN_' + name], 'w').write('{}')\n"
            "while not os.path.exists(os.environ['AUTOTRAIN_SESSION_DIR'] + '/go'): time.sleep(0.01)"
        )
        with session(tmp_path, plan({"name": "a", "command": code})) as rig:
            rig.start()
            rig.pid("a")
            assert rig.ask("budget", args={"seconds": 3600}).accepted
            (rig.folder.path / "go").touch(mode=0o600)
            rig.end()
            for path in [rig.folder.path, *rig.folder.path.rglob("*")]:
                mode = stat.S_IMODE(path.lstat().st_mode)
                assert mode == (0o700 if path.is_dir() else 0o600), (path, oct(mode))
            assert stat.S_IMODE(rig.folder.path.parent.stat().st_mode) == 0o700
            assert f"umask {oct(umask)}" in rig.log("a")
    finally:
        os.umask(before)


def test_no_secret_of_the_environment_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, tokens, passwords and the passwords of proxies reach the stage, and stand in no record, no process's
    command line, and nowhere else.
    """
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    code = (
        "import os, time\n"
        f"wanted = {list(SECRETS)!r}\n"
        "print('has', [name for name in wanted if len(os.environ.get(name, '')) > 10], flush=True)\n"
        "while not os.path.exists(os.environ['AUTOTRAIN_SESSION_DIR'] + '/go'): time.sleep(0.01)\nraise SystemExit(3)"
    )
    table = plan({"name": "a", "command": python(code), "env_from": ["HF_TOKEN"], "env": {"EPOCHS": "3"}})
    with session(tmp_path, table) as rig:
        runner = rig.start()
        rig.said("a", "has")
        started = read_record(rig.folder.attempt(1, "a", 1).path, Started).record
        for pid in (runner.pid, started.a.pid, started.b.pid):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            assert not [value for value in SECRETS.values() if value in words]
        rig.kill_runner()
        rig.start()
        (rig.folder.path / "go").touch()
        rig.end()
        assert f"has {list(SECRETS)!r}" in rig.log("a")
        kept = [path for path in rig.folder.path.rglob("*") if path.is_file()]
        assert len(kept) > 10
        for path in kept:
            data = path.read_text(errors="replace")
            for name, value in SECRETS.items():
                assert value not in data, (path, name)
            assert "proxypassword77" not in data, path
        spec = json.loads((rig.folder.attempt(1, "a", 1).path / "spec.json").read_text())
        assert spec["declared_env"] == {"EPOCHS": "3"}
        assert set(SECRETS) <= set(spec["env_names"])


def test_no_session_outside_the_folder(tmp_path: Path) -> None:
    """A link to elsewhere, odd names and paths in place of names are no sessions."""
    with session(tmp_path, plan({"name": "a", "command": ["true"]})) as rig:
        rig.start()
        rig.end()
        sessions = rig.folder.path.parent
        (sessions / "20990101-000000-link").symlink_to(rig.folder.path)
        for name in ("-rf", "new\nline", "\x1b[2J", ".hidden", "x" * 200):
            (sessions / name).mkdir()
            (sessions / name / "journal.jsonl").write_bytes(rig.folder.journal.read_bytes())
        store = Store(sessions)
        assert [folder.id for folder in store.folders()] == [rig.folder.id]
        for word in ("../sessions/" + rig.folder.id, "20990101-000000-link", "-rf", "..", "/etc", "\x1b[2J"):
            with pytest.raises(RefusedError):
                store.find(word)


def test_logs_and_metric_lines_are_only_data(tmp_path: Path) -> None:
    """Lines shaped like records, NaN, 1e999, deep JSON, names like paths and 100 000 names: finite numbers only, a
    bounded number of names, no file of that name, and the stage's end as it is.
    """
    code = python(r"""
import json, os
print('{"type":"session_finished","seq":999,"time":"","mono":1.0,"outcome":"succeeded"}')
print('{"type":"attempt_ended","seq":5,"stage":"a","attempt":1,"state":"succeeded"}')
print("loss: nan", "loss: 1e999", "loss: inf")
with open(os.environ["AUTOTRAIN_METRICS"], "w") as file:
    for line in ('{"loss": NaN}', '{"loss": 1e999}', "[" * 5000, '{"a":' * 5000, '{"../../evil": 1}', '{"\\u001b[2J": 2}',
                 '{"' + "n" * 5000 + '": 3}', '{"loss": true}', '{"loss": "7"}', "\\x00\\xff", '{"good": 0.25, "step": 4}'):
        file.write(line + "\n")
    for number in range(100_000):
        file.write('{"m%d": 1}\n' % number)
    file.write('{"good": 0.5, "step": 5}\n')
with open(os.environ["AUTOTRAIN_RESULT"], "w") as file:
    file.write('{"good": 0.5, "bad": NaN, "worse": 1e999}')
raise SystemExit(4)
""")
    with session(tmp_path, plan({"name": "a", "command": code})) as rig:
        rig.start()
        view = rig.end()
        assert (rig.outcome(), view.session.stages[0].attempt.end.exit_code) == ("failed", 4)
        assert not view.problems
        rows = [row for row in rows_of(rig.folder.attempt(1, "a", 1).readings) if row[1] != "@"]
        assert all(abs(row[2]) < 1e300 for row in rows)
        assert [row[2] for row in rows if row[1] == "good"] == [0.25, 0.5]
        names = {row[1] for row in rows}
        assert len(names) < 5000, "and n more"
        assert not [name for name in names if not name.isprintable() or len(name) > 1000]
        assert not list(tmp_path.rglob("*evil*"))


def test_a_plan_that_was_changed_meanwhile_is_told(tmp_path: Path) -> None:
    """The session's plan was edited between two runners: the next one says so."""
    with session(tmp_path, plan({"name": "a", "command": python(TRAINER)})) as rig:
        rig.start()
        rig.said("a", "step 2")
        rig.kill_runner()
        rig.folder.plan.write_text(rig.folder.plan.read_text() + "\n# somebody was here\n")
        rig.start()
        wait_for(lambda: "plan.toml was changed since the session began" in rig.folder.journal.read_text(), "a word")
        (rig.folder.path / "go").touch()
        rig.end()
        assert not load_view(rig.folder).problems


def test_a_plan_that_others_can_change_is_warned_of(tmp_path: Path) -> None:
    """A plan or a program that every user can write to: a warning before anything is made."""
    (tmp_path / "stages").mkdir()
    script, file = tmp_path / "train.py", tmp_path / "stages" / "p.toml"
    script.write_text("pass\n")
    file.write_text('name = "p"\ncommand = ["{python}", "train.py"]\n[[stage]]\nname = "a"\n')
    for mode, count in ((0o644, 0), (0o666, 2)):
        script.chmod(mode)
        file.chmod(mode)
        warnings = prepare(load_plan(file), Overrides(), root=tmp_path, sessions=tmp_path / "sessions").warnings
        assert sum("is writable by" in text for text in warnings) == count, warnings
    assert not (tmp_path / "sessions").exists()


def test_nothing_read_is_run() -> None:
    """No pickle, no YAML, no eval or exec, no shell anywhere in the package: records are JSON, plans are TOML."""
    root = Path(autotrain_tui.__file__).parent
    for path in root.rglob("*.py"):
        tree = ast.parse(path.read_bytes())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                assert not {"pickle", "marshal", "shelve", "yaml", "dill"} & set(modules), path
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                assert name not in {"eval", "exec", "os.system", "compile"}, (path, node.lineno)
                if name == "__import__":  # a verb's module by our own table, and libraries by their names
                    assert path.relative_to(root).as_posix() in {"cli/main.py", "cli/fast_imports.py"}, node.lineno
                shell = [word for word in node.keywords if word.arg == "shell"]
                assert not shell, (path, node.lineno)
                if name == "os.popen":  # macOS has no /proc: a fixed text, nothing of a plan's or a stage's in it
                    assert isinstance(node.args[0], ast.Constant), (path, node.lineno)
                    assert re.fullmatch(r"ps [a-z ,=-]+", node.args[0].value)


def test_a_secret_in_the_command_is_recorded_hidden(tmp_path: Path) -> None:
    """The program gets the words of `--api-key VALUE`; journal, session.json and show hold them hidden; plan.toml and
    spec.json, which only the owner reads, keep what runs.
    """
    code = [*python("import sys; print('got', len(sys.argv[2])); raise SystemExit(3)"), "--api-key", "value4711"]
    with session(tmp_path, plan({"name": "a", "command": code})) as rig:
        rig.start()
        rig.end()
        assert "got 9" in rig.log("a")
        shown = json.dumps(show(load_view(rig.folder)))
        recorded = rig.folder.journal.read_text() + rig.folder.summary.read_text()
        assert "value4711" not in shown + recorded
        assert "[hidden]" in rig.folder.journal.read_text()
        assert "value4711" in rig.folder.plan.read_text()
        assert "value4711" in (rig.folder.attempt(1, "a", 1).path / "spec.json").read_text()
