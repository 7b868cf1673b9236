"""The classic API: the old system's classes, parameters and defaults, over this engine. docs/classic-api.md explains.

Synchronous: a call that trains returns when training has ended. Also importable from `autotrain_tui` and from
`automated_training`.
"""

from __future__ import annotations

from autotrain_tui.classic.cli import CLIInterface
from autotrain_tui.classic.ladder import ProgressiveConfigManager, StageInfo
from autotrain_tui.classic.records import SessionSummary, StageConfig, StageResult
from autotrain_tui.classic.session_log import SessionManager
from autotrain_tui.classic.stage_runner import TrainingStageRunner
from autotrain_tui.classic.trainer import AutomatedTrainer

__all__ = [
    "AutomatedTrainer",
    "CLIInterface",
    "ProgressiveConfigManager",
    "SessionManager",
    "SessionSummary",
    "StageConfig",
    "StageInfo",
    "StageResult",
    "TrainingStageRunner",
]
