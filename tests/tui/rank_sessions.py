"""Sessions by hand whose last stage has ranks: one of four failed, or all four run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.journal_file import JournalReader
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.folder import SessionFolder
from tests.tui.sessions import ELSEWHERE, make_session

REASON = "rank 2 failed first: RuntimeError: CUDA error: an illegal memory access was encountered; exit code 1"
VICTIM = "[rank{rank}]: Signal 15 (SIGTERM) received, ending\n"
FAILURE = """Traceback (most recent call last):
  File "/home/ada/digits/train.py", line 88, in <module>
    loss.backward()
RuntimeError: CUDA error: an illegal memory access was encountered
"""
TABLE = """============================================================
train.py FAILED
------------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2026-11-22_15:26:03
  host      : lab
  rank      : 2 (local_rank: 2)
  exitcode  : 1 (pid: 4270)
============================================================
"""


def make_ranks(
    sessions: Path, *, failed: bool = True, ranks: int = 4, nodes: int = 1, host: str | None = None
) -> SessionFolder:
    """A session in which the stage `refinement` is torchrun with some ranks; if `failed`, rank 2 has failed first."""
    folder = make_session(sessions, "failed" if failed else "running", host=host)
    events = [_with_ranks(event, ranks) for event in JournalReader(folder.journal).poll().events]
    folder.journal.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
    attempt = folder.attempt(3, "refinement", 1)
    lines = attempt.log.read_text().splitlines(keepends=True)
    attempt.ranks.mkdir()
    for rank in range(ranks):
        end = "" if not failed else FAILURE if rank == 2 else VICTIM.format(rank=rank)
        own = [line.replace(" ex/s", f" ex/s on gpu {rank}") for line in lines[: len(lines) - (20 if rank == 2 else 0)]]
        attempt.rank_log(rank).write_text("".join(own) + end)
        record = {
            "rank": rank,
            "local_rank": rank % max(1, ranks // nodes),
            "world_size": ranks,
            "node": f"n{1 + rank * nodes // ranks}",
            "pid": 4268 + rank,
            "start_time": 1,
            "boot_id": (identity.boot_id() or "") if host != ELSEWHERE else "another-boot",
        }
        (attempt.ranks / f"{rank}.json").write_bytes(msgspec.json.encode(record))
    attempt.log.write_text(TABLE if failed else "")
    return folder


def _with_ranks(event: ev.Event, ranks: int) -> ev.Event:
    if isinstance(event, ev.AttemptStarting) and event.stage == "refinement":
        return msgspec.structs.replace(event, engine="torchrun", ranks=ranks)
    if isinstance(event, ev.AttemptEnded) and event.stage == "refinement":
        lines = FAILURE.splitlines()
        return msgspec.structs.replace(event, failed_rank=2, reason=REASON, failure="", lines=lines)
    return event
