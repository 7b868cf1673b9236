"""What the tests of the house read in the package's source: each file is parsed once, and only what they need is kept.

A whole tree is hundreds of objects a file; kept for a run, they are looked through for garbage again and again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["Definition", "definitions", "import_statements"]


class Definition(NamedTuple):
    """A class or a function, wherever it stands."""

    name: str
    line: int
    lines: int
    is_class: bool
    methods: frozenset[str]
    """Of a class: the functions in its body."""
    on_top: bool
    """Whether it stands in the module itself, not in a class, a function or an `if`."""


def definitions(path: Path) -> tuple[Definition, ...]:
    """Every class and function of a file."""
    return _read(path)[0]


def import_statements(path: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """Every import of a file, in functions and for the type checker too."""
    return _read(path)[1]


@cache
def _read(path: Path) -> tuple[tuple[Definition, ...], tuple[ast.Import | ast.ImportFrom, ...]]:
    tree = ast.parse(path.read_text())
    found, imports = [], []
    for node in _statements(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            functions = [part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            is_class = isinstance(node, ast.ClassDef)
            lines = (node.end_lineno or 0) - node.lineno + 1
            methods = frozenset(functions if is_class else ())
            found.append(Definition(node.name, node.lineno, lines, is_class, methods, node in tree.body))
    return tuple(found), tuple(imports)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement in a node; no expression has one."""
    for part in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, part, ()):
            yield child
            if not isinstance(child, ast.Expr):
                yield from _statements(child)
