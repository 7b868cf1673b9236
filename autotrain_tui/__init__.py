"""autotrain-tui: plan a model's training in stages, run it, watch it, keep its history.

The classic classes are imported on first use: training programs import `autotrain_tui.stage`, and that must cost them
next to nothing. `__init__.pyi` has their types.
"""

from __future__ import annotations

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
    import importlib  # only those who use the classic classes pay for them

    value: object = getattr(importlib.import_module(f"{__name__}.api"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
