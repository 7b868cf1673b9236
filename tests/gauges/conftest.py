"""A stub NVML library, compiled once a run, and programs that load it through the real binding."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

PRELUDE = """
import json, os, sys, time, msgspec
from autotrain_tui.gauges.gpus import Gpus
from autotrain_tui.gauges.nvidia import NvidiaSource

def until(condition):
    for _ in range(24000):
        if condition():
            return
        time.sleep(0.005)
    raise SystemExit("the condition never came true")

def gpus(**words):
    return Gpus({"NVML": NvidiaSource()}, **words)

def answered():
    g = gpus()
    g.ask()
    until(lambda: g.reading().time is not None)
    return g.reading()

def show(value):
    print(msgspec.json.encode(value).decode())
"""


def until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    """Waits for a condition, looking every 5 ms."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "the condition never came true"
        time.sleep(0.005)


@pytest.fixture(scope="session")
def stub_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stub as libnvidia-ml.so.1."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the NVML stub with")
    folder = tmp_path_factory.mktemp("nvml")
    source = Path(__file__).with_name("stub_nvml.c")
    target = folder / "libnvidia-ml.so.1"
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-D_GNU_SOURCE", "-o", str(target), str(source)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def nvml(stub_folder: Path) -> Callable[..., Any]:
    """Runs a program against the stub in a process of its own and returns the JSON that it printed last."""

    def run(program: str, **stub: str) -> Any:
        environ = os.environ | {"LD_LIBRARY_PATH": str(stub_folder)}
        environ |= {f"STUB_{name.upper()}": value for name, value in stub.items()}
        done = subprocess.run(
            [sys.executable, "-c", PRELUDE + program], env=environ, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, done.stderr
        return msgspec.json.decode(done.stdout.splitlines()[-1])

    return run
