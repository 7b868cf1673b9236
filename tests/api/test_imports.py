"""Where the classic classes can be imported from, and what that costs those who don't want them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import automated_training
import autotrain_tui
from autotrain_tui import api
from tests.api.projects import REPOSITORY

NAMES = [
    "AutomatedTrainer",
    "CLIInterface",
    "ProgressiveConfigManager",
    "SessionManager",
    "SessionSummary",
    "StageConfig",
    "StageResult",
    "TrainingStageRunner",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_classes_are_the_same_from_everywhere(name: str) -> None:
    """From the package, from its api module and from the old module's name."""
    assert getattr(autotrain_tui, name) is getattr(api, name) is getattr(automated_training, name)
    assert name in autotrain_tui.__all__
    assert name in automated_training.__all__
    assert name in dir(autotrain_tui)
    assert getattr(api, name).__doc__


def test_type_checkers_see_the_same_names() -> None:
    """The stub names what the package offers at run time."""
    tree = ast.parse(Path(autotrain_tui.__file__).with_suffix(".pyi").read_text())
    (names,) = (ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign))
    imported = {alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert names == autotrain_tui.__all__
    assert imported == {*names} - {"__version__"}


def test_another_name_is_no_attribute() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'AutomatedTrainr'"):
        _ = autotrain_tui.AutomatedTrainr


@pytest.mark.process
def test_the_package_alone_loads_none_of_it() -> None:
    """A training program that imports the helper pays for the standard library's modules only."""
    code = "import sys, autotrain_tui.stage; print(*[n for n in sys.modules if n.startswith('autotrain_tui')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, text=True, capture_output=True, check=True)
    assert done.stdout.split() == ["autotrain_tui", "autotrain_tui.stage"]


@pytest.mark.process
def test_the_api_loads_no_screen() -> None:
    """Neither textual nor rich."""
    code = "import sys, autotrain_tui.api; print(sorted({n.split('.')[0] for n in sys.modules} & {'textual', 'rich'}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, text=True, capture_output=True, check=True)
    assert done.stdout == "[]\n"
