"""The relay: shim A under a parent that sends it TERM, USR1 and USR2, as a batch system does, and the order files."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, ASYNC230, ASYNC240  nothing else runs in these loops
from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

from autotrain_tui.runner import rank
from autotrain_tui.session.records.attempt_files import Exit, RelaySettings, Spec, Started, StopOrder, read_record
from autotrain_tui.session.records.process_identity import is_alive
from autotrain_tui.session.records.rank_files import read_ranks

from .conftest import log_of, py, shims, until

SLOW_SAVE = (
    "import os, signal, time\n"
    "def save(*_): time.sleep(0.5); os.write(1, b'saved\\n'); os._exit(0)\n"
    "signal.signal(signal.SIGTERM, save); signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b'checkpoint\\n'))\n"
    "print('ready', flush=True)\nwhile True: time.sleep(1)"
)
DEAF = (
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(1000)"
)
TWO_RANKS = f"""
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'the engine was told\\n'))
ranks = [
    subprocess.Popen(
        [sys.executable, '-I', '-S', {rank.__file__!r}, sys.argv[1], sys.executable, '-c', sys.argv[2]],
        env=dict(os.environ, RANK=str(number), LOCAL_RANK=str(number), WORLD_SIZE='2'), start_new_session=True,
    )
    for number in (0, 1)
]
for each in ranks:
    each.wait()
print('ranks ended', [each.returncode for each in ranks], flush=True)
"""


async def relayed(start, *command, linger=0.05, **settings):
    """An attempt whose shim A relays."""
    folder = start.folder()
    command = [word.replace("FOLDER", str(folder)) for word in command]
    spec = Spec("s", 1, list(command), str(folder), False, linger, relay=RelaySettings(**settings))
    attempt = await start.launcher.start(folder, spec, start.environment(folder))
    start.all.append(attempt)
    return attempt


async def ready(start, code, **settings):
    attempt = await relayed(start, *py(code), **settings)
    await until(lambda: "ready" in log_of(attempt))
    return attempt


async def ranks_ready(start, code, **settings):
    """Two ranks below an engine of our own, each saying `ready` in its own log."""
    attempt = await relayed(start, sys.executable, "-c", TWO_RANKS, "FOLDER", code, **settings)
    logs = [attempt.folder / "ranks" / f"{number}.log" for number in (0, 1)]
    await until(lambda: all(log.exists() and "ready" in log.read_text() for log in logs))
    return attempt, logs


def poke(attempt, number):
    os.kill(shims(attempt.folder)[0].pid, number)


def give(attempt, order, number=1):
    path = attempt.folder / f"order-{number}.json"
    path.with_suffix(".new").write_text(json.dumps(order))
    path.with_suffix(".new").rename(path)


async def answer(attempt, number=1):
    path = attempt.folder / f"order-{number}.done.json"
    await until(path.exists)
    return json.loads(path.read_text())


async def end_of(attempt):
    return await asyncio.wait_for(attempt.wait(), 60)


async def test_term_from_outside_lets_the_stage_save(start):
    """TERM to shim A becomes a stop order that names the batch system; the stage saves, and its record is written."""
    attempt = await ready(start, SLOW_SAVE, term_by="slurm")
    poke(attempt, signal.SIGTERM)
    end = await end_of(attempt)
    assert (end.exit_code, end.signal, end.sent_by) == (0, None, "slurm")
    assert "saved" in log_of(attempt)


async def test_term_that_reached_everyone_is_not_sent_twice(start):
    """Where the batch system signals every process itself, the relay only writes down who asked."""
    attempt = await ready(start, DEAF.replace("signal.SIG_IGN", "lambda *_: print('told', flush=True)"),
                          term_reaches_all=True)  # fmt: skip
    poke(attempt, signal.SIGTERM)
    await until(lambda: read_record(attempt.folder, StopOrder).record)
    give(attempt, {"verb": "checkpoint", "signal": int(signal.SIGCONT), "to": "command"})
    poke(attempt, signal.SIGUSR2)
    assert (await answer(attempt))["accepted"]
    assert read_record(attempt.folder, StopOrder).record.sent_by == "slurm"
    assert "told" not in log_of(attempt)


async def test_the_limits_warning_is_a_stop_order_with_the_time_left(start):
    """USR1 to shim A stops the stage, and ends it for good before the limit does."""
    attempt = await ready(start, DEAF, warning_seconds=0.5, warning_by="limit")
    poke(attempt, signal.SIGUSR1)
    end = await end_of(attempt)
    assert (end.exit_code, end.signal, end.sent_by) == (None, signal.SIGKILL, "limit")


async def test_a_term_that_is_ignored_ends_with_our_kill_and_a_record(start):
    """With a grace for TERM the relay kills first, so that the batch system's own kill finds the record written."""
    attempt = await ready(start, DEAF, term_grace_seconds=0.3)
    poke(attempt, signal.SIGTERM)
    assert (await end_of(attempt)).signal == signal.SIGKILL


async def test_orders_are_executed_and_answered(start):
    """Checkpoint, freeze, thaw and stop arrive as files, in order, each answered."""
    attempt = await ready(start, SLOW_SAVE)
    give(attempt, {"verb": "checkpoint", "signal": int(signal.SIGUSR1)})
    poke(attempt, signal.SIGUSR2)
    done = await answer(attempt)
    assert (done["order"], done["verb"], done["accepted"], done["processes"]) == (1, "checkpoint", True, 1)
    await until(lambda: "checkpoint" in log_of(attempt))
    give(attempt, {"verb": "freeze"}, 2)
    poke(attempt, signal.SIGUSR2)
    assert (await answer(attempt, 2))["accepted"]
    assert {member.state for member in attempt.tree()} == {"T"}
    give(attempt, {"verb": "thaw"}, 3)
    poke(attempt, signal.SIGUSR2)
    assert (await answer(attempt, 3))["accepted"]
    assert "T" not in {member.state for member in attempt.tree()}
    give(attempt, {"verb": "stop", "signal": 15, "grace_seconds": 30, "sent_by": "pause"}, 4)
    poke(attempt, signal.SIGUSR2)
    end = await end_of(attempt)
    assert (end.exit_code, end.sent_by) == (0, "pause")


async def test_an_order_without_a_poke_is_only_late(start):
    """A lost signal costs five seconds, not the order."""
    attempt = await ready(start, SLOW_SAVE)
    give(attempt, {"verb": "kill", "sent_by": "kill"})
    end = await end_of(attempt)
    assert (end.signal, end.sent_by) == (signal.SIGKILL, "kill")


async def test_what_is_no_order_is_refused_and_the_next_one_is_taken(start):
    """A file without sense is answered with the reason."""
    attempt = await ready(start, SLOW_SAVE)
    give(attempt, {"verb": "dance"})
    give(attempt, {"verb": "stop"}, 2)
    poke(attempt, signal.SIGUSR2)
    first, second = await answer(attempt), await answer(attempt, 2)
    assert not first["accepted"]
    assert "dance" in first["reason"]
    assert not second["accepted"]
    assert is_alive(attempt.stage)


async def test_a_frozen_stage_is_set_going_to_save(start):
    """A stop order reaches a frozen stage too."""
    attempt = await ready(start, SLOW_SAVE)
    give(attempt, {"verb": "freeze"})
    poke(attempt, signal.SIGUSR2)
    assert (await answer(attempt))["accepted"]
    poke(attempt, signal.SIGTERM)
    assert (await end_of(attempt)).exit_code == 0


async def test_every_rank_is_told(start):
    """With `to = "ranks"` a checkpoint and a stop reach each rank, in sessions of their own, and not the engine."""
    attempt, logs = await ranks_ready(start, SLOW_SAVE, to="ranks")
    records = read_ranks(attempt.folder)
    assert [(record.rank, record.local_rank, record.world_size) for record in records] == [(0, 0, 2), (1, 1, 2)]
    assert all(is_alive(record.identity) for record in records)
    give(attempt, {"verb": "checkpoint", "signal": int(signal.SIGUSR1)})
    poke(attempt, signal.SIGUSR2)
    assert (await answer(attempt))["processes"] == 2
    await until(lambda: all("checkpoint" in log.read_text() for log in logs))
    poke(attempt, signal.SIGTERM)
    end = await end_of(attempt)
    assert (end.exit_code, end.sent_by) == (0, "slurm")
    assert all("saved" in log.read_text() for log in logs)
    assert log_of(attempt).strip() == "ranks ended [0, 0]"


async def test_a_relay_outlives_its_guard(start):
    """Shim B killed: A takes its place, and still acts on signals."""
    attempt = await ready(start, SLOW_SAVE)
    os.kill(shims(attempt.folder)[1].pid, signal.SIGKILL)
    await until(lambda: not is_alive(shims(attempt.folder)[1]))
    give(attempt, {"verb": "checkpoint", "signal": int(signal.SIGUSR1)})
    poke(attempt, signal.SIGUSR2)
    assert (await answer(attempt))["accepted"]
    poke(attempt, signal.SIGTERM)
    assert (await end_of(attempt)).exit_code == 0


async def test_an_exit_record_of_the_runner_ends_the_job(start):
    """The runner gave the job up and linked the exit record: the command is ended, and that record stays."""
    attempt = await ready(start, SLOW_SAVE)
    started = read_record(attempt.folder, Started).record
    attempt.close()  # whoever watches a local attempt would not believe that record
    (attempt.folder / "exit.json").write_text(json.dumps({"exit_code": None, "signal": None}) + "\n")
    poke(attempt, signal.SIGUSR2)
    await until(lambda: not is_alive(started.a))
    record = read_record(attempt.folder, Exit).record
    assert record is not None
    assert not record.known


async def test_without_a_relay_signals_mean_nothing(start):
    """The shim of a local attempt still ignores every signal that its parent could send."""
    attempt = await start(*py(SLOW_SAVE))
    await until(lambda: "ready" in log_of(attempt))
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        poke(attempt, number)
    await asyncio.sleep(0.2)
    assert is_alive(attempt.stage)
    assert read_record(attempt.folder, StopOrder).absent
