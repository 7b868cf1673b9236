"""The old system's own entry points as files of a project: thin re-exports of `autotrain_tui.api`."""

from __future__ import annotations

import os
from pathlib import Path

from autotrain_tui.plan.loading.find import plans_in
from autotrain_tui.session.launch.starter import add_files, starter

__all__ = ["add_classic"]

_SCRIPT = '''\
"""{about}"""

import sys

from autotrain_tui.api import *  # noqa: F403
from autotrain_tui.api import CLIInterface

if __name__ == "__main__":
    sys.exit(CLIInterface().main())
'''
_PACKAGE = '''\
"""The classes of the old package, from autotrain-tui."""

from autotrain_tui.api import *  # noqa: F403
'''
_MODULE = '''\
"""{name} of the old package, from autotrain-tui."""

from autotrain_tui.api import {name}

__all__ = ["{name}"]
'''
_TYPES = '''\
"""The records of the old package, from autotrain-tui."""

from autotrain_tui.api import SessionSummary, StageConfig, StageResult

__all__ = ["SessionSummary", "StageConfig", "StageResult"]
'''
_MODULES = {
    "automated_trainer": "AutomatedTrainer",
    "cli_interface": "CLIInterface",
    "progressive_config": "ProgressiveConfigManager",
    "session_manager": "SessionManager",
    "stage_runner": "TrainingStageRunner",
}
"""Module of the old package → its class."""


def add_classic(root: Path) -> tuple[list[str], list[str]]:
    """Add the entry points, and the plan `classic` if there is no plan; the files added, and those that were there.

    Raises RefusedError in a session's folder, MachineError when it can't be written.
    """
    package = "training/automated_training"
    files = {
        "automated_training.py": _SCRIPT.format(about="The old system's module and command, from autotrain-tui."),
        "automated_training_refactored.py": _SCRIPT.format(about="The old system's command, from autotrain-tui."),
        f"{package}/__init__.py": _PACKAGE,
        f"{package}/types.py": _TYPES,
        **{f"{package}/{module}.py": _MODULE.format(name=name) for module, name in _MODULES.items()},
    }
    if not os.path.isdir(root / "training"):  # what is a package already, or none on purpose, stays as it is
        files["training/__init__.py"] = ""
    content = {name: text.encode() for name, text in files.items()}
    if not plans_in(root):
        content["stages/classic.toml"] = (starter() / "classic.toml").read_bytes()
    return add_files(root, content)
