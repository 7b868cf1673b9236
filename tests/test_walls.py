"""The walls between the parts: who may import whom, and what start-up must not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "autotrain_tui"

ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "plan": {"errors"},
    "metrics": {"errors"},
    "gauges": {"errors"},
    "figures": set(),
    "session": {"errors", "figures", "plan", ""},
    "runner": {"errors", "figures", "plan", "session", "metrics", "gauges", ""},
    "stage": set(),
}
"""Part → parts it may import; "" is the package itself (its version). What isn't named stands on top of all."""

LOW = ["plan", "metrics", "gauges", "session", "runner"]


def imports(path: Path) -> list[tuple[int, str]]:
    """Every module a file imports, at whatever depth in it, without those for the type checker only."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            found.append((node.lineno, module))
            if module == "autotrain_tui":
                found += [(node.lineno, f"autotrain_tui.{alias.name}") for alias in node.names if alias.name[0] != "_"]
    return found


def part_of(module: str) -> str:
    return module.removeprefix("autotrain_tui").lstrip(".").split(".")[0]


@pytest.mark.parametrize("part", sorted(ALLOWED))
def test_arrows_point_down(part: str) -> None:
    """A part imports itself and what lies below it, nothing else of the package."""
    files = [PACKAGE / f"{part}.py"] if (PACKAGE / f"{part}.py").exists() else sorted((PACKAGE / part).rglob("*.py"))
    assert files
    for path in files:
        for line, module in imports(path):
            if module.split(".")[0] == "autotrain_tui":
                target = part_of(module)
                assert target in ALLOWED[part] | {part}, f"{path}:{line}: {part} imports {module}"


def test_nobody_imports_the_runner() -> None:
    """The runner is a program of its own: only its own files import it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if (PACKAGE / "runner") not in path.parents:
            for line, module in imports(path):
                assert part_of(module) != "runner" or not module.startswith("autotrain_tui"), f"{path}:{line}"


@pytest.mark.parametrize("part", LOW)
def test_textual_and_rich_stay_on_top(part: str) -> None:
    """Nothing below the screen imports textual; rich is for drawing, but for its table of character widths."""
    for path in sorted((PACKAGE / part).rglob("*.py")):
        for line, module in imports(path):
            drawing = module.split(".")[0] in ("textual", "rich") and module != "rich.cells"
            assert not drawing, f"{path}:{line}: imports {module}"


@pytest.mark.parametrize("name", ["runner/shim.py", "stage.py"])
def test_what_runs_in_strange_processes_needs_only_the_standard_library(name: str) -> None:
    """The shim and the training program's helper import nothing but the standard library."""
    for line, module in imports(PACKAGE / name):
        top = module.split(".")[0]
        assert top in sys.stdlib_module_names or top == "__future__", f"{name}:{line}: imports {module}"


@pytest.mark.parametrize(
    ("code", "never"),
    [
        ("import autotrain_tui.stage", {"textual", "rich", "msgspec", "psutil", "asyncio"}),
        ("import autotrain_tui.runner.shim", {"textual", "rich", "msgspec", "psutil", "asyncio", "subprocess"}),
        ("import autotrain_tui.runner.__main__", {"textual", "rich", "pynvml", "psutil"}),
        ("import autotrain_tui.cli.main; autotrain_tui.cli.main.main(['--version'])", {"textual", "rich", "asyncio"}),
        (
            "import autotrain_tui.cli.main; autotrain_tui.cli.main.main(['ls', '--json', '--sessions-dir', '/nonexistent'])",
            {"textual", "rich", "psutil", "asyncio"},
        ),
        (
            "import autotrain_tui.tui.app, autotrain_tui.tui.screens.run.screen, autotrain_tui.tui.screens.home.screen",
            {"psutil", "pynvml", "secrets", "json", "autotrain_tui.plan.model", "autotrain_tui.gauges.sampler"},
        ),
    ],
)
@pytest.mark.process
def test_start_up_loads_only_what_it_needs(code: str, never: set[str]) -> None:
    """What a process doesn't need is not imported: start-up is imports."""
    code += "\nimport sys; print(' '.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not never & set(done.stderr.split())
