"""The shipped training program as a process: what it prints, writes, and does with signals."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.stages.digits_program import PROGRAM, PROJECT, SMALL, Attempts, environment

TINY = ("--dataset-limit", "320", "--epochs", "2", "--batch-size", "32")


def arrays_of(folder: Path) -> dict[str, bytes]:
    """What a checkpoint holds, byte by byte."""
    with np.load(folder / "latest.npz") as stored:
        return {name: stored[name].tobytes() for name in stored.files}


@pytest.fixture(scope="module")
def straight(tmp_path_factory) -> Attempts:
    """A training that nothing disturbed."""
    attempts = Attempts(tmp_path_factory.mktemp("straight"))
    assert attempts.run(*SMALL) == 0
    return attempts


@pytest.mark.process
def test_it_runs_on_its_own(tmp_path):
    """Without a runner it trains, prints accuracy and loss for each epoch, and leaves no file behind."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--dataset-limit", "500", "--epochs", "2", "--batch-size", "32"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    epochs = re.findall(r"epoch (\d)/2 step 16/16 accuracy 0\.\d{4} loss \d\.\d{4} val_loss \d\.\d{4} lr", done.stdout)
    assert epochs == ["1", "2"]
    assert list(tmp_path.iterdir()) == []


def test_printed_streamed_and_stored_figures_are_the_same(straight):
    """The last printed epoch, the last metric line and the result agree to the last digit."""
    attempts = straight
    last = next(line for line in reversed(attempts.lines) if "accuracy" in line)
    printed = {name: float(value) for name, value in re.findall(r"(accuracy|loss|val_loss) ([\d.]+)", last)}
    assert attempts.result == printed
    line = attempts.metrics[-1]
    assert {name: line[name] for name in attempts.result} == attempts.result
    assert (line["step"], line["total"], line["epoch"]) == (160, 160, 4)
    assert set(line) == {"step", "total", "epoch", "lr", *attempts.result}


@pytest.mark.process
def test_result_goes_where_the_flag_says(tmp_path):
    """--output-json-path and AUTOTRAIN_RESULT both get the result; the classic spelling of the epochs works."""
    attempts = Attempts(tmp_path)
    path = tmp_path / "deep" / "out.json"
    flags = ("--dataset-limit", "160", "--additional-epochs", "1", "--batch-size", "500", "--mode", "research")
    assert attempts.run(*flags, "--output-json-path", str(path)) == 0
    assert path.read_text() == attempts.result_path.read_text()
    assert attempts.said("research")


def test_stopped_and_resumed_ends_with_the_same_bits(tmp_path, straight):
    """Two stops in the middle, two resumes: result and weights are those of a run that nothing disturbed."""
    broken = Attempts(tmp_path)
    for attempt, word in enumerate(("epoch 1/4", "epoch 2/4")):
        assert broken.signalled(word, signal.SIGTERM, *SMALL, resume=attempt > 0) == 143
        assert broken.said("stopping, checkpoint saved: checkpoints/latest.npz")
        assert not broken.result_path.exists()
    assert broken.run(*SMALL, resume=True) == 0
    assert broken.said("going on in epoch")
    assert broken.result == straight.result
    assert arrays_of(broken.checkpoints) == arrays_of(straight.checkpoints)
    assert broken.metrics[-1] == straight.metrics[-1]


@pytest.mark.process
def test_stop_while_it_still_imports(tmp_path):
    """A SIGTERM before the first batch ends it with 143, a checkpoint and no result."""
    attempts = Attempts(tmp_path)
    assert attempts.signalled("loading the data", signal.SIGTERM, *SMALL) == 143
    assert not attempts.result_path.exists()
    assert arrays_of(attempts.checkpoints)


def test_killed_and_resumed(tmp_path, straight):
    """After a SIGKILL the last epoch's checkpoint is whole, and the resumed run ends as an undisturbed one."""
    killed = Attempts(tmp_path)
    assert killed.signalled("checkpoint saved", signal.SIGKILL, *SMALL) == -signal.SIGKILL
    assert killed.run(*SMALL, resume=True) == 0
    assert killed.result == straight.result


@pytest.mark.process
def test_checkpoint_now(tmp_path):
    """SIGUSR1 saves a checkpoint and changes nothing else, also when it comes during the imports."""
    attempts = Attempts(tmp_path)
    assert attempts.signalled("loading the data", signal.SIGUSR1, *TINY) == 0
    assert attempts.said("checkpoint saved on request: ")
    assert attempts.result


@pytest.mark.process
@pytest.mark.parametrize(
    "flags",
    [
        ("--epochs", "0"),
        ("--epochs", "two"),
        ("--batch-size", "-1"),
        ("--dataset-limit", "1.5"),
        ("--scale", "0"),
        ("--scale", "nan"),
        ("--scale", "inf"),
        ("--seed", "-1"),
        ("--unknown",),
    ],
)
def test_bad_flags(tmp_path, flags):
    """What is out of range, of the wrong kind or unknown ends with 2, the flag's name, and no traceback."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *flags],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert flags[0] in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.process
def test_without_scikit_learn(tmp_path):
    """Where scikit-learn is missing it names the interpreter and the command that installs it, and ends with 4."""
    (tmp_path / "sklearn.py").write_text('raise ModuleNotFoundError("No module named \'sklearn\'", name="sklearn")\n')
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *TINY],
        cwd=tmp_path,
        env=environment(PYTHONPATH=tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert 'pip install "autotrain-tui[demo]"' in done.stdout
    assert sys.executable in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.process
def test_it_needs_nothing_of_ours(tmp_path):
    """It runs where neither autotrain-tui nor its own folder is on the module path."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *TINY],
        cwd=tmp_path,
        env=environment(PYTHONSAFEPATH=1),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sources = "".join(path.read_text() for path in (PROJECT / "stages" / "digits").glob("*.py"))
    assert "import autotrain_tui" not in sources
    assert "from autotrain_tui" not in sources
