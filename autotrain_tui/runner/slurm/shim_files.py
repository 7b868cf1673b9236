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

GAUGES_START: Final = "gauges.py"
"""What writes a node's gauges: beside the shim on the first node, started by `runner/rank.py` on the others."""

PACKAGE: Final = str(Path(__file__).parents[3])
"""The folder that has this package: importable wherever that disk is, by an interpreter that has what it needs."""

GAUGES: Final = f"""
import json, os, sys, time
folder, node, owner, what = sys.argv[1:]
for _ in range(10):  # the command's start comes first; a short one has no gauges
    time.sleep(0.1)
    if not os.path.exists("/proc/" + owner):
        sys.exit()
sys.path.insert(0, {PACKAGE!r})
try:
    from autotrain_tui.gauges.node_gauges import write_until_end
except ImportError:
    os.makedirs(os.path.join(folder, "nodes"), mode=0o700, exist_ok=True)
    why = "autotrain_tui is not importable by " + sys.executable + " there"
    with open(os.open(os.path.join(folder, "nodes", node + ".json"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        json.dump({{"node": node, "why": why}}, file)
else:
    write_until_end(folder, node, int(owner), command=what == "command")
"""
"""That program, for an interpreter that looks for packages as ever but not in its folder."""

START: Final = f'''"""Become the shim: by its bytecode if this interpreter can run that, else by its source.

A process beside it, no child of its, writes the gauges of the node.
"""

import marshal
import os
import sys

import _frozen_importlib_external as loader

folder = os.path.dirname(os.path.abspath(__file__))


def write_gauges(owner):
    """Twice forked: the shim is to have no child but its own. Further nodes use the same interpreter."""
    os.makedirs(os.path.join(folder, "nodes"), mode=0o700, exist_ok=True)
    with open(os.open(os.path.join(folder, "nodes", "python"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(sys.executable)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        if not os.fork():
            os.setsid()
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            os.nice(10)
            node = os.environ.get("SLURMD_NODENAME") or os.uname().nodename
            words = [sys.executable, "-I", os.path.join(folder, "{GAUGES_START}"), folder, node, str(owner), "command"]
            os.execv(sys.executable, words)
    finally:
        os._exit(0)


if not os.path.exists(os.path.join(folder, "started.json")):
    try:
        write_gauges(os.getpid())
    except OSError:
        pass  # a full disk, no process: the stage goes before its gauges
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
    """Write the files. Raises OSError."""
    replace_file(folder / GAUGES_START, GAUGES.encode(), sync=False)
    replace_file(folder / SHIM_COPY, SHIM.read_bytes(), sync=False)
    if (bytecode := compiled(SHIM)) != SHIM:
        with contextlib.suppress(OSError):  # without it, or with a torn one, the source is compiled
            replace_file(folder / SHIM_BYTECODE, bytecode.read_bytes(), sync=False)
    replace_file(folder / SHIM_START, START.encode())  # synced, and with it the folder's names
