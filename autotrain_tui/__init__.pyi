# What a type checker sees: at run time `__init__.py` imports the classic classes on first use.

from autotrain_tui.api import AutomatedTrainer as AutomatedTrainer
from autotrain_tui.api import CLIInterface as CLIInterface
from autotrain_tui.api import ProgressiveConfigManager as ProgressiveConfigManager
from autotrain_tui.api import SessionManager as SessionManager
from autotrain_tui.api import SessionSummary as SessionSummary
from autotrain_tui.api import StageConfig as StageConfig
from autotrain_tui.api import StageResult as StageResult
from autotrain_tui.api import TrainingStageRunner as TrainingStageRunner

__version__: str
__all__ = [
    "AutomatedTrainer",
    "CLIInterface",
    "ProgressiveConfigManager",
    "SessionManager",
    "SessionSummary",
    "StageConfig",
    "StageResult",
    "TrainingStageRunner",
    "__version__",
]
