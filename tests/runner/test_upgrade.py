"""A runner lives through an upgrade of the package: what it imports late is there, and from now on it imports nothing late."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "autotrain_tui"

LATE = {
    "autotrain_tui.gauges.tree": ["ProcessTrees"],
    "autotrain_tui.gauges.portable": ["PortableSystem", "PortableTrees"],
}
"""What a runner from before the move (c2ebc5a) imports inside functions and has not loaded at its start.

Read off its source: of the imports of ours in functions of `session`, `runner`, `metrics`, `gauges` and `plan`, those
of `gauges.gpu`, `runner.leases`, `metrics.formats`, `plan.names`, `session.clock` and `session.sanitise` name modules
that `runner.__main__` has loaded by then, and `session.summary` is imported by watchers only.
"""

LOADED = {
    "autotrain_tui.gauges.disk": {"Disk"},
    "autotrain_tui.gauges.proc": {"LINUX", "ProcessStat", "command_line", "read_bytes", "read_leader", "read_stat"},
    "autotrain_tui.gauges.rates": {"Rates"},
    "autotrain_tui.gauges.sample": {
        "CpuSample",
        "DiskSample",
        "MemorySample",
        "NetSample",
        "ProcessSample",
        "StageShare",
    },
}
"""Modules of c2ebc5a that its runner holds under the names of today, with what today's late modules take from them."""


@pytest.mark.parametrize("module", sorted(LATE))
def test_what_a_former_runner_imports_late_is_there(module: str) -> None:
    """A runner of the former version finds the modules that it imports while it runs, called as it calls them."""
    loaded = importlib.import_module(module)
    for name in LATE[module]:
        parameters = inspect.signature(getattr(loaded, name)).parameters.values()
        required = [each.name for each in parameters if each.default is each.empty]
        assert required == (["disk_path"] if name == "PortableSystem" else []), name
        assert [each.name for each in parameters][-1] == "clock", name


def test_what_it_imports_late_fits_what_it_has_loaded() -> None:
    """Late modules take from modules that the former runner has loaded only names which these had already."""
    waiting, seen = [*LATE], set(LOADED)
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        for node in ast.walk(ast.parse(_file(module).read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autotrain_tui"):
                assert node.module is not None
                names = {alias.name for alias in node.names}
                assert names <= LOADED.get(node.module, names), f"{module} takes {names} from {node.module}"
                waiting.append(node.module)


@pytest.mark.process
def test_the_shim_is_where_a_former_runner_starts_it() -> None:
    """`runner/shim.py` takes an attempt's folder as its only word: so does every runner start it, old or new."""
    shim = PACKAGE / "runner" / "shim.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(shim), "/nonexistent/attempt-1"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "/nonexistent/attempt-1" in done.stderr or "No such file" in done.stderr


@pytest.mark.process
def test_the_runner_imports_nothing_of_ours_late() -> None:
    """Every import of ours inside a function of the runner's modules names a module that is loaded at its start."""
    code = (
        "import autotrain_tui.runner.__main__, sys; print(*(m for m in sys.modules if m.startswith('autotrain_tui')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "autotrain_tui.runner.runner" in loaded
    late = {
        f"{module} imports {node.module}"
        for module in loaded
        for function in ast.walk(ast.parse(_file(module).read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autotrain_tui")
        if node.module not in loaded
    }
    assert not late - {
        # at the start of the runner all the same: it opens the journal before its first stage
        "autotrain_tui.session.journal.journal_file imports autotrain_tui.session.journal.without_secrets",
        # at its start, too, for a plan with a stage that is a job of Ray
        "autotrain_tui.runner.__main__ imports autotrain_tui.runner.ray.ray_launcher",
        # where the system is not Linux; there the runner's gauges have loaded it
        "autotrain_tui.gauges.system imports autotrain_tui.gauges.portable",
    }


def _file(module: str) -> Path:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
