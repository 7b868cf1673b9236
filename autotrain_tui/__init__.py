"""autotrain-tui: plan a model's training in stages, run it, watch it, keep its history."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__"]
