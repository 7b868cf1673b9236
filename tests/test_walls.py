"""The walls between the rooms: which folder imports which, that no import goes in a circle, what start-up must not load."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source import import_statements

PACKAGE = Path(__file__).parent.parent / "autotrain_tui"

RECORDS = "session.records session.journal"
SESSION = f"{RECORDS} session.history session.launch"
MODE = f"errors text plan plan.loading gauges {SESSION} tui.model tui.widgets tui.charts tui.panes tui.dialogs tui.screens.base"

WALLS: dict[str, str] = {
    # files of the package itself; "" is its __init__, from which others take the version
    "": "",
    "errors": "",
    "stage": "",
    "verbs": "",
    # texts, then plans: no clock, no process
    "text": "errors",
    "plan": "errors text",
    "plan.sweep": "errors plan",  # searches: settings, draws, who goes on; strategies and checks use it
    "plan.strategies": "errors plan plan.sweep",
    "plan.loading": "errors text plan plan.strategies plan.sweep",
    # logs, numbers and the machine's values; none of them knows a session
    "logs": "text",
    "metrics.parsing": "",
    "metrics.formats": "metrics.parsing",
    "metrics.curves": "",
    "metrics": "text plan metrics.parsing metrics.formats metrics.curves",  # plan: the record of a headline metric
    "metrics.files": "metrics.parsing",  # numbers out of files beside the log: event files, CSV
    "gauges": "",
    # Slurm's own tools: how they are asked and what they answer
    "slurm": "",
    # Ray's REST interface
    "ray": "",
    # sessions: their files, what happened, what became of it, what comes before a runner
    "session": "",
    "session.records": "errors text",
    "session.journal": "errors text session.records",
    "notify": f"text plan {RECORDS}",
    "session.history": f"errors text plan plan.loading metrics.parsing metrics.curves {RECORDS}",
    "session.launch": f"errors text plan plan.loading plan.strategies plan.sweep gauges slurm ray metrics metrics.curves metrics.files {RECORDS} session.history",
    # numbers sent elsewhere: reads sessions, and writes the forms that metrics.files reads
    "trackers": f"errors text plan plan.loading metrics.curves metrics.files {RECORDS}",
    # the runner, a program of its own
    "runner.core": f"errors plan plan.sweep {RECORDS}",
    "runner.processes": f"errors {RECORDS}",
    "runner.launchers": "errors session.records runner.processes",
    "runner.slurm": "errors slurm session.records runner.processes runner.launchers",
    "runner.ray": "errors ray slurm session.records runner.processes runner.launchers runner.slurm",
    "runner.gpus": "errors gauges session.records runner.core",
    "runner.attempt": f"errors text logs plan gauges metrics metrics.parsing metrics.curves metrics.files {RECORDS} "
    "runner.core runner.processes runner.launchers",
    "runner.services": f"errors text plan notify gauges {RECORDS} runner.core runner.gpus runner.attempt",
    "runner.context": f"errors plan plan.strategies plan.sweep {RECORDS} session.history "
    "runner.core runner.launchers runner.gpus runner.attempt",
    "runner.schedule": f"errors plan plan.strategies plan.sweep metrics.curves {SESSION} "
    "runner.core runner.launchers runner.gpus runner.attempt runner.context",
    # runs that something else started: the readers of an attempt without anything that could reach it
    "runner.watch": f"errors text plan metrics.parsing metrics.files {RECORDS} runner.core runner.attempt runner.services",
    "runner.control": f"verbs errors text plan plan.sweep {RECORDS} runner.core runner.context",
    "runner": f"errors text plan plan.loading {SESSION} runner.core runner.processes runner.launchers runner.slurm runner.ray "
    "runner.gpus "
    "runner.attempt runner.services runner.context runner.schedule runner.control",
    # the screen: what it shows, what draws, what asks, the modes, the application
    # logs: the last lines of a log, for the glance of a small window
    "tui.model": f"verbs errors text logs plan plan.loading metrics metrics.parsing metrics.curves gauges {SESSION}",
    "tui.widgets": "text",
    "tui.charts": "text metrics.curves tui.model tui.widgets",
    "tui.log": "text logs tui.widgets",
    "tui.panes": f"text plan metrics.parsing gauges {SESSION} tui.model tui.widgets tui.charts",
    "tui.dialogs": f"errors text plan.loading {RECORDS} session.history tui.model tui.widgets",
    # panes: what a window too small for any screen shows
    "tui.screens.base": f"errors text {SESSION} tui.model tui.widgets tui.charts tui.dialogs tui.panes",
    "tui.screens.home": MODE,
    "tui.screens.run": f"{MODE} tui.log",
    "tui.screens.metrics": MODE,
    "tui.screens.history": MODE,
    "tui.screens.plan": f"{MODE} plan.sweep tui.log",  # the log of a stage stands below its figures
    "tui.screens.system": MODE,
    "tui.screens.trials": MODE,
    "tui.screens": "tui.model tui.screens.base tui.screens.home tui.screens.run tui.screens.metrics "
    "tui.screens.history tui.screens.plan tui.screens.system tui.screens.trials",
    "tui.opening": "text",  # the first picture: drawn before anything else is imported
    "tui": f"{RECORDS} tui.opening tui.model tui.widgets tui.dialogs tui.screens.base tui.screens",
    # the web page: it reads as the screen does (tui.model has no Textual: curves, labels, what may be asked for now)
    "web.guard": "errors session.records",
    "web.reading": f"errors text plan plan.loading logs metrics.curves gauges {SESSION} tui.model",
    "web.pages": f"verbs errors text {SESSION} tui.model web.reading",
    "web": f"verbs errors text {SESSION} tui.model web.guard web.reading web.pages",
    # the command line, and the classic API over all
    "cli": f"verbs errors text metrics metrics.parsing metrics.curves metrics.files plan plan.loading plan.sweep logs {SESSION}",
    "cli.commands": f"verbs errors text plan plan.loading plan.sweep logs gauges {SESSION} trackers notify cli tui tui.opening web.guard web",
    "classic": f"errors text plan plan.loading {SESSION} cli",
    "api": "classic",
    "__main__": "cli",
}
"""Folder → folders that it may import, itself aside; each line only names lines above it.

A folder's name means the modules in it, and not the folders in it; what stands in the package itself is a file.
"""


def module_name(path: Path) -> str:
    """The dotted name of a file inside the package: `runner.runner`; of an `__init__.py` the folder's."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def folder_of(module: str) -> str:
    """The line of the table that a module belongs to."""
    return module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0] or module


@functools.cache
def imports(path: Path) -> tuple[tuple[int, str], ...]:
    """Line and full name of every import of a file, in functions and for the type checker too."""
    found: list[tuple[int, str]] = []
    for node in import_statements(path):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        else:
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            modules = {name for name in full if name.removeprefix("autotrain_tui.") in MODULES}
            found += [(node.lineno, name if name in modules else str(node.module)) for name in full]
    return tuple(dict.fromkeys(found))


def own_imports(module: str) -> list[tuple[int, str]]:
    """Line and module of the package, for each import of another of its modules."""
    named = [
        (line, name.removeprefix("autotrain_tui").lstrip(".")) for line, name in imports(MODULES[module]) if ours(name)
    ]
    return [(line, name) for line, name in named if name != module]


def ours(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] == "autotrain_tui"


def test_every_folder_has_its_line() -> None:
    """A folder without a line, and a line without a folder, both fail."""
    folders = {folder_of(module) for module in MODULES}
    assert folders - set(WALLS) == set(), "add a line to WALLS"
    assert set(WALLS) - folders == set(), "remove the line from WALLS"


def test_lines_name_only_lines_above_them() -> None:
    """So the folders have no circle, and the table reads from the bottom of the house to its roof."""
    above: set[str] = set()
    for folder, allowed in WALLS.items():
        assert set(allowed.split()) <= above, f"{folder}: {set(allowed.split()) - above}"
        above.add(folder)


@pytest.mark.parametrize("folder", WALLS)
def test_arrows_point_down(folder: str) -> None:
    """A folder imports itself and what its line names; the package's own `__init__`, which has the version, is free."""
    allowed = {"", folder, *WALLS[folder].split()}
    wrong = [
        f"{MODULES[module]}:{line}: {folder} imports {name}"
        for module in MODULES
        if module and folder_of(module) == folder
        for line, name in own_imports(module)
        if folder_of(name) not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def circles() -> list[list[str]]:
    """Modules that import one another in a circle (Tarjan's strongly connected components).

    The package's own `__init__` imports nothing when it runs: it finds the classic classes by name when they are asked for.
    """
    graph = {module: [name for _, name in own_imports(module) if name] for module in MODULES if module}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for target in graph[module]:
            if target not in index:
                visit(target)
            if target in stack:
                low[module] = min(low[module], low[target])
        if low[module] == index[module]:
            place = stack.index(module)
            if len(stack) - place > 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for module in graph:
        if module not in index:
            visit(module)
    return found


def test_no_module_imports_itself_through_others() -> None:
    """No circle of imports, those in functions and for the type checker included."""
    assert circles() == []


def test_the_package_resolves_its_api_by_name() -> None:
    """The one import of the package's `__init__` that runs finds `api` by its name, on first use."""
    body = ast.parse(MODULES[""].read_text()).body
    running = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in running] == ["from __future__ import annotations"]
    assert 'import_module(f"{__name__}.api")' in MODULES[""].read_text()


def test_nobody_imports_the_runner() -> None:
    """The runner is a program of its own: only its own files import it."""
    for module, path in MODULES.items():
        if module.split(".")[0] != "runner":
            wrong = [f"{path}:{line}" for line, name in own_imports(module) if name.split(".")[0] == "runner"]
            assert not wrong


@pytest.mark.parametrize(
    ("importer", "never"), [("logs", "session"), ("tui", "cli"), ("plan", "session"), ("metrics", "session")]
)
def test_rooms_that_never_know_one_another(importer: str, never: str) -> None:
    """A room and all that is in it import nothing of the other room, whatever the table says."""
    for module, path in MODULES.items():
        if module.split(".")[0] == importer:
            wrong = [f"{path}:{line}: {name}" for line, name in own_imports(module) if name.split(".")[0] == never]
            assert not wrong


TOPS = ("tui", "cli", "classic", "api", "__main__", "verbs")


@pytest.mark.parametrize("room", sorted({folder.split(".")[0] for folder in WALLS if folder} - set(TOPS)))
def test_textual_and_rich_stay_on_top(room: str) -> None:
    """Nothing below the screen imports textual; rich is for drawing, but for its table of character widths."""
    for module, path in MODULES.items():
        if module.split(".")[0] == room:
            for line, name in imports(path):
                drawing = name.split(".")[0] in ("textual", "rich") and not name.startswith("rich.cells")
                assert not drawing, f"{path}:{line}: imports {name}"


def test_textual_is_only_for_the_screen() -> None:
    """Outside of `tui` no module imports textual, the command line included."""
    for module, path in MODULES.items():
        if module.split(".")[0] != "tui":
            assert not [f"{path}:{line}" for line, name in imports(path) if name.split(".")[0] == "textual"]


@pytest.mark.parametrize(
    ("folder", "never"), [("tui.model", ("textual",)), ("tui.charts", ("textual.screen", "textual.app"))]
)
def test_what_screens_show_knows_no_screen(folder: str, never: tuple[str, ...]) -> None:
    """The model imports no textual at all, the charts nothing of its screens and applications."""
    for module, path in MODULES.items():
        if folder_of(module) == folder:
            wrong = [
                f"{path}:{line}: {name}"
                for line, name in imports(path)
                if f"{name}.".startswith(tuple(f"{n}." for n in never))
            ]
            assert not wrong


@pytest.mark.parametrize("name", ["runner/shim.py", "runner/rank.py", "runner/steps.py", "runner/node.py", "stage.py"])
def test_what_runs_in_strange_processes_needs_only_the_standard_library(name: str) -> None:
    """The shim, the ranks' wrapper and the training program's helper import nothing but the standard library."""
    for line, module in imports(PACKAGE / name):
        top = module.split(".")[0]
        beside = name == "runner/node.py" and top in ("shim", "rank")  # files beside it
        assert top in sys.stdlib_module_names or top == "__future__" or beside, f"{name}:{line}: imports {module}"


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
