"""msgspec the short way."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.process


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=240).stdout


def test_readers_import_neither_typing_extensions_nor_what_it_needs() -> None:
    """After the short way, reading a session has imported none of the modules that make a plain command slow."""
    loaded = python(
        "import sys; from autotrain_tui.cli.fast_imports import import_msgspec as short; short(); "
        "import autotrain_tui.session.history.documents, autotrain_tui.session.history.store; print(*sys.modules)"
    ).split()
    assert "msgspec" in loaded
    assert not {"typing_extensions", "inspect", "dataclasses", "subprocess", "shutil"} & set(loaded)


def test_typing_extensions_can_be_imported_afterwards() -> None:
    """Nothing is left behind: who wants typing_extensions gets it, before and after."""
    assert python(
        "from autotrain_tui.cli.fast_imports import import_msgspec as short; short(); import typing_extensions; "
        "short(); print(typing_extensions.Never)"
    )
    assert (
        python(
            "import typing_extensions; from autotrain_tui.cli.fast_imports import import_msgspec as short; short(); "
            "import msgspec, typing_extensions as again; print(again is typing_extensions)"
        )
        == "True\n"
    )
