"""What a job needs of this program, in its attempt's folder: the shim as source and as bytecode, and what starts it.

A later version of the program changes no job that waits. Compiling the shim on the node would be 0.1 s of every start,
so its bytecode travels too; a node whose interpreter can't run that compiles the source.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from autotrain_tui.runner.launchers.local import SHIM, compiled
from autotrain_tui.session.records.folder import replace_file

__all__ = ["SHIM_START", "write_shim"]

SHIM_COPY: Final = "shim.py"
SHIM_BYTECODE: Final = "shim.pyc"

SHIM_START: Final = "start.py"
"""What the job runs, with the attempt's folder as its only word."""

START: Final = f'''"""Become the shim: by its bytecode if this interpreter can run that, else by its source."""

import marshal
import os
import sys

import _frozen_importlib_external as loader

folder = os.path.dirname(os.path.abspath(__file__))
code = None
try:
    with open(os.path.join(folder, "{SHIM_BYTECODE}"), "rb") as file:
        data = file.read()
    if data[:4] == loader.MAGIC_NUMBER:
        code = marshal.loads(memoryview(data)[16:])
except (OSError, EOFError, ValueError, TypeError):
    pass
if code is None:
    with open(os.path.join(folder, "{SHIM_COPY}"), "rb") as file:
        code = compile(file.read(), "{SHIM_COPY}", "exec", dont_inherit=True)
exec(code, {{"__name__": "__main__", "__file__": __file__}})
'''


def write_shim(folder: Path) -> None:
    """Write the three files. Raises OSError."""
    replace_file(folder / SHIM_COPY, SHIM.read_bytes(), sync=False)
    if (bytecode := compiled(SHIM)) != SHIM:
        with contextlib.suppress(OSError):  # without it, or with a torn one, the source is compiled
            replace_file(folder / SHIM_BYTECODE, bytecode.read_bytes(), sync=False)
    replace_file(folder / SHIM_START, START.encode())  # synced, and with it the folder's names
