"""What the end of a log says: an exception that ended the program, or an early stop that it speaks of."""

from __future__ import annotations

import pytest

from autotrain_tui.runner.attempt.log_end import says_it_stops, traceback_at_end

UNCAUGHT = """\
step 15/100 loss 0.2
Traceback (most recent call last):
  File "/home/me/train.py", line 5, in <module>
    main()
  File "/opt/env/lib/python3.11/site-packages/torch/nn/modules/module.py", line 1553, in _wrapped_call_impl
    return self._call_impl(*args, **kwargs)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
RuntimeError: shapes cannot be multiplied
"""

AT_END = {
    "uncaught": UNCAUGHT,
    "without a message": 'Traceback (most recent call last):\n  File "t.py", line 1, in <module>\nKeyboardInterrupt\n',
    "a message over several lines": UNCAUGHT
    + "CUDA kernel errors might be asynchronously reported\n\tat module.cu:3\n",
    "a bar that is closed behind it": UNCAUGHT + " 15%|███▌      | 15/100 [00:01<00:08, 9.9it/s]\n",
    "of a thread": "end\nException in thread Thread-1 (work):\n" + UNCAUGHT.split("\n", 1)[1],
    "of one rank": "".join(f"[rank0]: {line}\n" for line in UNCAUGHT.splitlines()[1:]),
    "chained": UNCAUGHT
    + "During handling of the above exception, another exception occurred:\n"
    + UNCAUGHT.split("\n", 1)[1].replace("RuntimeError", "ValueError"),
    "logged with a level": "ERROR:root:training failed\n" + UNCAUGHT.split("\n", 1)[1],
    "drawn by rich": "╭──── Traceback (most recent call last) ────╮\n│ /home/me/train.py:5 in <module>     │\n"
    "╰───────────────────────────────────────────╯\nRuntimeError: shapes cannot be multiplied\n",
    "before one that was ignored": UNCAUGHT
    + "Exception ignored in: <function Pool.__del__ at 0x7f>\n"
    + 'Traceback (most recent call last):\n  File "/home/me/pool.py", line 5, in __del__\nKeyError: 1\n',
    "a group": "  + Exception Group Traceback (most recent call last):\n"
    '  |   File "/home/me/t.py", line 3, in <module>\n  | ExceptionGroup: two (2 sub-exceptions)\n'
    "  +-+---------------- 1 ----------------\n    | ValueError: a\n    +------------------------------------\n",
}

NOT_AT_END = {
    "nothing": "step 1/2\nstep 2/2\n",
    "printed, and the program went on": UNCAUGHT + "skipped the bad sample\nstep 16/100 loss 0.2\n",
    "printed in the middle, one line behind it": UNCAUGHT + "done\n",
    "ignored at the exit": "done\nException ignored in: <function Pool.__del__ at 0x7f>\n"
    'Traceback (most recent call last):\n  File "/home/me/pool.py", line 5, in __del__\nKeyError: 1\n',
    "ignored at the exit, callback": "done\nException ignored in atexit callback: <function bad at 0x7f>\n"
    'Traceback (most recent call last):\n  File "/home/me/t.py", line 2, in bad\nValueError: x\n',
    "the resource tracker's": "done\nTraceback (most recent call last):\n"
    '  File "/usr/lib/python3.11/multiprocessing/resource_tracker.py", line 209, in main\n'
    "    cache[rtype].remove(name)\nKeyError: '/mp-0z'\n",
    "clean-up on a network disk": "done\nTraceback (most recent call last):\n"
    '  File "/usr/lib/python3.11/multiprocessing/util.py", line 300, in _run_finalizers\n    finalizer()\n'
    '  File "/usr/lib/python3.11/shutil.py", line 674, in _rmtree_safe_fd\n'
    "OSError: [Errno 16] Device or resource busy: '.nfs0001'\n",
    "a logging error": "--- Logging error ---\n" + UNCAUGHT.split("\n", 1)[1] + "Message: 'x'\nArguments: (1,)\n",
    "spoken of": "if it fails, look for 'Traceback (most recent call last)' in the log\nall good\n",
}


def lines(text: str) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())


@pytest.mark.parametrize("kind", AT_END)
def test_a_traceback_at_the_end_is_found(kind: str) -> None:
    """An exception that ended the program is named by its last line, whatever the interpreter and libraries add."""
    assert traceback_at_end(lines(AT_END[kind]))


@pytest.mark.parametrize("kind", NOT_AT_END)
def test_a_traceback_that_ended_nothing_is_passed_over(kind: str) -> None:
    """Caught, ignored and Python's own tracebacks say nothing about the program's work."""
    assert traceback_at_end(lines(NOT_AT_END[kind])) == ""


def test_the_exception_is_quoted() -> None:
    """The exception's line is what is told."""
    assert traceback_at_end(lines(UNCAUGHT)) == "RuntimeError: shapes cannot be multiplied"


@pytest.mark.parametrize(
    "said",
    [
        "Epoch 12: early stopping",
        "Monitored metric val_loss did not improve in the last 3 records. Signaling Trainer to stop.",
        "EarlyStopping: Training stopped early as no improvement observed in last 50 epochs.",
        "Training loss did not improve more than tol=0.000100 for 10 consecutive epochs. Stopping.",
        "Stopped by overfitting detector  (50 iterations wait)",
        "No improvement since epoch 2: early stopping",
        "Early stopping, best iteration is:",
        "`Trainer.fit` stopped: `max_steps=15` reached.",
        "{'train_runtime': 3.1, 'train_samples_per_second': 40.2, 'train_loss': 0.3, 'epoch': 1.5}",
        "target accuracy reached, stop",
        "converged after 15 steps",
        "Training complete.",
    ],
)
def test_an_early_stop_that_is_spoken_of(said: str) -> None:
    """What the usual libraries print when they stop early, and the words of a program that is through."""
    before = ["patience 5, early stopping after 3"] + [f"step {step}/100 loss 0.3" for step in range(1, 16)]
    assert says_it_stops([*before, said], 15, 100)
    assert not says_it_stops([*before, "done"], 15, 100)
    assert not says_it_stops([*before, "run.sh: line 3: 4711 Killed  python train.py", said], 15, 100)
