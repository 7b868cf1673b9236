"""Patterns that are compiled at their first use, and a mistake in one that must not wait for it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

from autotrain_tui import metrics
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern


def patterns() -> Iterator[object]:
    """Every pattern of the package that a module names, also in a list of them."""
    for module in pkgutil.walk_packages(metrics.__path__, metrics.__name__ + "."):
        for value in vars(importlib.import_module(module.name)).values():
            for each in value if isinstance(value, list | tuple) else [value]:
                if isinstance(each, type(lazy_pattern(""))):
                    yield each


def test_it_acts_as_the_compiled_pattern() -> None:
    """Methods and attributes are those of the compiled pattern, which is made once."""
    lazy, compiled = lazy_pattern(r"(?P<digit>\d)x", re.IGNORECASE), re.compile(r"(?P<digit>\d)x", re.IGNORECASE)
    assert "match" not in vars(lazy)
    assert lazy.match("1X")["digit"] == "1"  # type: ignore[index]
    assert (lazy.pattern, lazy.flags, lazy.groups) == (compiled.pattern, compiled.flags, compiled.groups)
    assert lazy.match is lazy.match


def test_every_pattern_can_be_compiled() -> None:
    """No reader has a pattern that fails at its first use."""
    found = [pattern.groups for pattern in patterns()]  # type: ignore[attr-defined]
    assert len(found) > 100
