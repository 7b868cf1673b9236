"""Fixtures of the command line's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A project of its own; what a test leaves running is ended."""
    with Desk(tmp_path / "project", tmp_path_factory.getbasetemp() / "bytecode").cleaned() as made:
        yield made
