"""autotrain-tui: plan a model's training in stages, run it, watch it, keep its history.

The classic classes are imported when they are first asked for: training programs import `autotrain_tui.stage`, and
that must cost them next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
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

__version__ = "0.1.0"
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


def __getattr__(name: str) -> object:
    """The classic classes, on first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # only those who ask for the classic classes pay for them

    found: object = getattr(importlib.import_module(f"{__name__}.api"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
