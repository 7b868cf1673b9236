"""The old system's module name: its classes, and `python automated_training.py …` as its command line.

Everything is in `autotrain_tui.api`; docs/classic-api.md explains it.
"""

from __future__ import annotations

import sys

from autotrain_tui.api import (
    AutomatedTrainer,
    CLIInterface,
    ProgressiveConfigManager,
    SessionManager,
    SessionSummary,
    StageConfig,
    StageResult,
    TrainingStageRunner,
)

__all__ = [
    "AutomatedTrainer",
    "CLIInterface",
    "ProgressiveConfigManager",
    "SessionManager",
    "SessionSummary",
    "StageConfig",
    "StageResult",
    "TrainingStageRunner",
    "main",
]


def main() -> int:
    """The command line of this process; its exit code."""
    return CLIInterface().main()


if __name__ == "__main__":
    sys.exit(main())
