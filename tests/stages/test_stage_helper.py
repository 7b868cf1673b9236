"""The optional helper for training programs, and the ten lines that docs/training-program.md shows."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from autotrain_tui import stage as helper
from autotrain_tui.metrics.metrics_file import MetricsFileReader
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from autotrain_tui.metrics.result_file import read_result
from tests.stages.digits_program import PROJECT, environment

PAGE = (PROJECT / "docs" / "training-program.md").read_text()


@pytest.fixture(autouse=True)
def no_runner(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AUTOTRAIN_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def metrics(tmp_path, monkeypatch):
    path = tmp_path / "metrics.jsonl"
    monkeypatch.setenv("AUTOTRAIN_METRICS", str(path))
    return path


@pytest.fixture
def result_file(tmp_path, monkeypatch):
    path = tmp_path / "result.json"
    monkeypatch.setenv("AUTOTRAIN_RESULT", str(path))
    return path


def python(code: str, *, wait_for: str = "", send: signal.Signals | None = None, **variables: object):
    """A program of these lines; with `send` it gets that signal once it has printed `wait_for`. Its code and output."""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    with process:
        output = ""
        if send is not None:
            for line in process.stdout:
                output += line
                if wait_for in line:
                    process.send_signal(send)
                    break
        output += process.stdout.read()
    return process.returncode, output


@pytest.mark.process
def test_import_is_cheap():
    """Importing the helper brings in the standard library and nothing else of the package."""
    code, output = python("import sys; import autotrain_tui.stage; print('\\n'.join(sys.modules))")
    assert code == 0
    ours = {name for name in output.split() if name.startswith("autotrain_tui")}
    assert ours == {"autotrain_tui", "autotrain_tui.stage"}
    heavy = {"textual", "rich", "msgspec", "psutil", "asyncio", "pynvml", "tomli_w"}
    assert not heavy & set(output.split())


def test_harmless_without_a_runner(tmp_path, monkeypatch, capfd):
    """Nothing is written, printed or known."""
    monkeypatch.chdir(tmp_path)
    helper.log(step=1, loss=0.5)
    helper.result(accuracy=1.0)
    assert helper.params() == {}
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_log_is_read_as_it_was_meant(metrics):
    """Places and metrics come out of the runner's own reader."""
    helper.log(step=10, epoch=1, total=100, loss=0.5, accuracy=np.float32(0.25), tokens=np.int64(7), nothing=None)
    helper.log(epoch=1.5, loss=1)
    reader = MetricsFileReader()
    found = reader.feed(metrics.read_bytes())
    readings = [(event.name, event.value, event.step, event.epoch) for event in found if isinstance(event, Reading)]
    assert readings == [
        ("loss", 0.5, 10, 1.0),
        ("accuracy", 0.25, 10, 1.0),
        ("tokens", 7.0, 10, 1.0),
        ("loss", 1.0, None, 1.5),
    ]
    assert [(event.step, event.total) for event in found if isinstance(event, Progress)] == [(10, 100), (None, None)]
    assert reader.skipped == 0
    assert metrics.stat().st_mode & 0o777 == 0o600


def test_loss_that_is_no_number_is_told(metrics):
    """NaN and infinity reach the runner as what they are."""
    helper.log(step=1, loss=math.nan, grad=-math.inf)
    assert MetricsFileReader().feed(metrics.read_bytes())[:2] == [
        NotFinite("loss", 1, None),
        NotFinite("grad", 1, None),
    ]


def test_nothing_to_say_writes_nothing(metrics):
    """A call without a value leaves no line."""
    helper.log()
    helper.log(loss=None)
    assert not metrics.exists()


@pytest.mark.parametrize("value", ["0.5", b"1", [1.0], {"a": 1}, object(), 1j, np.zeros(2)])
@pytest.mark.parametrize("running", [True, False])
def test_what_is_no_number_is_an_error(value, running, request):
    """Text, lists and arrays are named, with and without a runner."""
    if running:
        request.getfixturevalue("metrics")
    with pytest.raises(TypeError, match="loss must be a number, not"):
        helper.log(loss=value)


def test_metrics_that_cannot_be_written_cost_no_training(tmp_path, monkeypatch, capsys):
    """It is told once on stderr, and training goes on."""
    monkeypatch.setenv("AUTOTRAIN_METRICS", str(tmp_path / "gone" / "metrics.jsonl"))
    monkeypatch.setattr(helper, "_METRICS", helper._MetricsFile())
    for step in range(3):
        helper.log(step=step, loss=0.5)
    assert capsys.readouterr().err.count("metrics are not written") == 1


def test_line_after_a_torn_one_stands_alone(metrics, monkeypatch):
    """A full disk that took half a line doesn't spoil the next one."""
    monkeypatch.setattr(helper, "_METRICS", helper._MetricsFile())
    write = os.write
    monkeypatch.setattr(helper.os, "write", lambda handle, data: write(handle, data[:5]))
    helper.log(step=1, loss=0.5)
    monkeypatch.setattr(helper.os, "write", write)
    helper.log(step=2, loss=0.25)
    reader = MetricsFileReader()
    assert reader.feed(metrics.read_bytes())[0] == Reading("loss", 0.25, 2, None)
    assert reader.skipped == 1


def test_many_writers_never_mix_lines(metrics):
    """Threads that log at once leave whole lines."""
    threads = [threading.Thread(target=lambda: [helper.log(step=n, loss=n / 7) for n in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([json.loads(line) for line in metrics.read_text().splitlines()]) == 800


def test_result_is_read_as_it_was_meant(result_file):
    """Numbers are metrics, texts and None are kept, nan becomes null, and a second call replaces the first."""
    helper.result(accuracy=0.5)
    helper.result(accuracy=np.float64(0.75), count=3, note="best", bad=math.nan, nothing=None)
    assert json.loads(result_file.read_text()) == {
        "accuracy": 0.75,
        "count": 3,
        "note": "best",
        "bad": None,
        "nothing": None,
    }
    assert read_result(result_file) == ({"accuracy": 0.75, "count": 3.0}, "")
    assert [path.name for path in result_file.parent.iterdir()] == ["result.json"]


def test_result_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    """A result that is lost must not look like success."""
    monkeypatch.setenv("AUTOTRAIN_RESULT", str(tmp_path / "gone" / "result.json"))
    with pytest.raises(FileNotFoundError):
        helper.result(accuracy=1)
    with pytest.raises(TypeError, match="accuracy must be a number"):
        helper.result(accuracy=[1])


def test_params_are_what_the_runner_gave(monkeypatch):
    """Parameters keep their types; places, attempt and resume come with the names of the placeholders."""
    given = {"mode": "research", "epochs": 3, "lr": 0.001, "name": "x", "flag": True}
    monkeypatch.setenv("AUTOTRAIN_PARAMS", json.dumps(given))
    for name, value in {
        "STAGE": "mastery",
        "STAGE_INDEX": "4",
        "ATTEMPT": "2",
        "RESUME": "1",
        "STAGE_DIR": "/s/4",
        "SESSION_DIR": "/s",
        "RESULT": "/s/r",
        "METRICS": "/s/m",
        "CHECKPOINT_DIR": "/s/c",
    }.items():
        monkeypatch.setenv(f"AUTOTRAIN_{name}", value)
    assert helper.params() == {
        **given,
        "stage": "mastery",
        "stage_index": 4,
        "attempt": 2,
        "resume": True,
        "stage_dir": "/s/4",
        "session_dir": "/s",
        "result_path": "/s/r",
        "metrics_path": "/s/m",
        "checkpoint_dir": "/s/c",
    }


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '{"a": [1], "b": null}'])
def test_odd_params_are_none(monkeypatch, text):
    """What is no flat object gives no parameters."""
    monkeypatch.setenv("AUTOTRAIN_PARAMS", text)
    assert helper.params() == {}


WAITS = """
import signal, time
from autotrain_tui.stage import should_stop
{before}
print("ready", should_stop(), flush=True)
while not should_stop():
    time.sleep(0.01)
print("stopping", should_stop())
{after}
"""


@pytest.mark.process
def test_stop_signal_is_noticed():
    """should_stop turns true at SIGTERM, and the program ends as it likes."""
    code, output = python(WAITS.format(before="", after="exit(143)"), wait_for="ready", send=signal.SIGTERM)
    assert (code, output) == (143, "ready False\nstopping True\n")


@pytest.mark.process
def test_earlier_handler_is_still_called():
    """A handler that a framework installed before does its work as well."""
    before = "import os; signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'the other one\\n'))"
    code, output = python(WAITS.format(before=before, after=""), wait_for="ready", send=signal.SIGTERM)
    assert (code, output) == (0, "ready False\nthe other one\nstopping True\n")


@pytest.mark.process
def test_asked_in_a_thread_first():
    """In a thread it only answers; the main thread can still take the signal over."""
    before = "import threading; t = threading.Thread(target=lambda: print(should_stop())); t.start(); t.join()"
    code, output = python(WAITS.format(before=before, after=""), wait_for="ready", send=signal.SIGTERM)
    assert (code, output) == (0, "False\nready False\nstopping True\n")


@pytest.mark.process
def test_forked_workers_still_end_at_sigterm():
    """A data loader's process that never asked ends as if there were no handler; one that asks gets its own answer."""
    code, output = python("""
import os, signal, time
from autotrain_tui.stage import should_stop

def ended(asks):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        if asks:
            should_stop()
        os.write(writer, b"x")  # Python drops a signal that comes before a fork is complete
        while not (asks and should_stop()):
            time.sleep(0.01)
        os._exit(7)
    os.read(reader, 1)
    os.kill(child, signal.SIGTERM)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

should_stop()
print(ended(False), ended(True), should_stop())
""")
    assert (code, output) == (0, "-15 7 False\n")


def example() -> str:
    """The program of the page."""
    found = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(found) == 1
    return found[0]


def test_page_example_has_ten_lines():
    """The example is as short as the page says, blank lines left out."""
    assert len([line for line in example().splitlines() if line]) == 10


@pytest.mark.process
def test_page_example_runs_alone(tmp_path, monkeypatch):
    """Without a runner it trains to its end."""
    monkeypatch.chdir(tmp_path)
    assert python(example()) == (0, "")
    assert json.loads((tmp_path / "state.json").read_text())[0] == 5


@pytest.mark.process
def test_page_example_under_a_runner(tmp_path):
    """It takes its parameters, logs each epoch and writes its result; a resume goes on where the stop was."""
    variables = {
        "AUTOTRAIN_METRICS": tmp_path / "m",
        "AUTOTRAIN_RESULT": tmp_path / "r",
        "AUTOTRAIN_CHECKPOINT_DIR": tmp_path,
        "AUTOTRAIN_PARAMS": '{"epochs": 3}',
        "AUTOTRAIN_RESUME": 0,
    }
    assert python(example(), **variables) == (0, "")
    full = (tmp_path / "r").read_text()
    assert [json.loads(line)["epoch"] for line in (tmp_path / "m").read_text().splitlines()] == [1, 2, 3]
    assert json.loads(full) == {"accuracy": 0.875}
    for name in ("m", "r", "state.json"):
        (tmp_path / name).unlink()
    stopping = example().replace(
        "    saved.write_text", "    os.kill(os.getpid(), signal.SIGTERM) if epoch == 2 else None\n    saved.write_text"
    )
    assert python("import os, signal\n" + stopping, **variables) == (143, "")
    assert not (tmp_path / "r").exists()
    assert python(example(), **{**variables, "AUTOTRAIN_RESUME": 1}) == (0, "")
    assert (tmp_path / "r").read_text() == full
    assert [json.loads(line)["epoch"] for line in (tmp_path / "m").read_text().splitlines()] == [1, 2, 3]


def test_page_names_every_function_and_variable():
    """The tables of the page and the code name the same things."""
    functions = re.findall(r"^\| `(\w+)\(", PAGE, re.MULTILINE)
    assert sorted(functions) == ["log", "params", "result", "should_stop"]
    source = (PROJECT / "autotrain_tui" / "runner" / "core" / "stage_environment.py").read_text()
    given = set(re.findall(r'"(AUTOTRAIN_[A-Z_]+)":', source)) | set(re.findall(r'\["(AUTOTRAIN_[A-Z_]+)"\]', source))
    table = PAGE.split("## The environment", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"`(AUTOTRAIN_[A-Z_]+)`", table)) == given
