"""`log_limit_mb`: a stage that prints on and on keeps its log near the limit, and nothing that is kept is touched."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from itertools import pairwise
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.cli.follow_lines import StageLogs
from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.open_log import begins_at
from autotrain_tui.logs.query import Pattern, TextQuery
from autotrain_tui.logs.scanner import LineScan
from autotrain_tui.runner.attempt import log_limit
from autotrain_tui.runner.attempt.log_limit import LEAST_SLACK, LogLimit
from autotrain_tui.runner.attempt.output_reader import OutputReader
from autotrain_tui.runner.attempt.read_pace import ALWAYS_READ, PER_LOOK, SAMPLE
from autotrain_tui.runner.core.disk_space import AHEAD
from autotrain_tui.session.journal.events import LogDropped
from autotrain_tui.session.records.folder import AttemptFolder
from tests.faults.ledger import rows_of
from tests.log.dropping import drop, taken
from tests.runner.rig import Rig, plan, python, session, wait_for

PHASES, LINES, STEP_LINES = 5, 80_000, 1000
"""Five times 4 MB of lines, each when it is let go; a step every thousand lines. 4 MB are no flood: all is read."""

STAGE = python(r"""
import os, time
for phase in range(5):
    while not os.path.exists(os.environ["AUTOTRAIN_SESSION_DIR"] + f"/go-{phase}"):
        time.sleep(0.01)
    with open(1, "wb", closefd=False) as out:
        for n in range(phase * 80_000, (phase + 1) * 80_000):
            if n % 1000 == 0:
                out.write(b"step %d loss: %.6f\n" % (n, 1 / (n + 1)))
            out.write(b"line %08d %s\n" % (n, b"x" * 35))
""")
BOUND = ALWAYS_READ + LEAST_SLACK + AHEAD + (1 << 16)
"""Bytes of disk: what is kept, what is waited for, what is kept ready ahead of a log; the file's own blocks."""


def text(phases: int) -> bytes:
    """What the stage prints."""
    return b"".join(
        (b"step %d loss: %.6f\n" % (n, 1 / (n + 1)) if n % STEP_LINES == 0 else b"")
        + b"line %08d %s\n" % (n, b"x" * 35)
        for n in range(phases * LINES)
    )


@pytest.fixture(autouse=True)
def holes(tmp_path: Path) -> None:
    """Skip where no hole can be made."""
    (tmp_path / "probe").write_bytes(bytes(8192))
    drop(tmp_path / "probe", 4096)


def steps(log: Path) -> list[object]:
    return [row[3] for row in rows_of(log.with_name("readings.jsonl")) if row[1] == "loss"]


def let_go(rig: Rig, log: Path, phase: int, size: int) -> None:
    (rig.folder.path / f"go-{phase}").touch()
    wait_for(lambda: log.exists() and log.stat().st_size == size, f"phase {phase} to be printed: {rig.tell()}")


def settled(log: Path, phase: int) -> None:
    """All steps so far are read, and the log is near its limit again."""
    wait_for(lambda: len(steps(log)) == (phase + 1) * LINES // STEP_LINES, f"the steps of phase {phase}")
    wait_for(lambda: taken(log) <= BOUND, f"the log to be near its limit after phase {phase}")


@pytest.mark.process
def test_a_log_stays_near_its_limit_and_keeps_its_tail_and_its_metrics(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """20 MB with a limit of 1 MB, the runner killed on the way: the disk's blocks stay bounded while one lives, the tail
    is whole, each step is read once, the journal knows where the log begins, and every reader begins there and says so.
    """
    whole = text(PHASES)
    sizes = [len(text(phase + 1)) for phase in range(PHASES)]
    with session(tmp_path, plan({"name": "a", "command": STAGE, "log_limit_mb": 1})) as rig:
        rig.start()
        log = rig.folder.attempt(1, "a", 1).log
        for phase in (0, 1):
            let_go(rig, log, phase, sizes[phase])
            settled(log, phase)
        rig.kill_runner()
        begins = begins_at(log)
        let_go(rig, log, 2, sizes[2])
        assert begins_at(log) == begins, "without a runner nothing is dropped"
        rig.start()
        settled(log, 2)
        for phase in (3, 4):
            let_go(rig, log, phase, sizes[phase])
            settled(log, phase)
        rig.end()
        assert rig.outcome() == "succeeded"
        starting = next(event for event in rig.events if type(event).__name__ == "AttemptStarting")
        drops = [event for event in rig.events if isinstance(event, LogDropped)]
        folder, attempt = rig.folder, rig.stage("a").attempts[-1]

    begins = begins_at(log)
    kept = len(whole) - begins
    assert ALWAYS_READ <= kept <= ALWAYS_READ + LEAST_SLACK + 100
    assert taken(log) <= BOUND
    assert log.stat().st_size == len(whole)
    assert log.read_bytes() == bytes(begins) + whole[begins:]
    assert whole[begins - 1] == ord("\n")
    assert steps(log) == list(range(0, PHASES * LINES, STEP_LINES))
    assert [drops[0].before, drops[-1].begins_at, attempt.log_begins] == [0, begins, begins]
    assert all(one.begins_at == other.before < other.begins_at for one, other in pairwise(drops))

    said = f"autotrain-tui: first {begins / 2**20:.1f} MiB dropped (log_limit_mb = 1)\n"
    for words, expected in (((), whole[begins:]), (("-f",), whole[begins:]), (("-n", "2"), whole[-100:])):
        assert cli.main(["logs", *words, "--sessions-dir", str(folder.path.parent)]) == 0
        out, err = capfdbinary.readouterr()
        assert (out == expected, err.decode()) == (True, said)
    assert cli.main(["show", "--json", "--sessions-dir", str(folder.path.parent)]) == 0
    shown = json.loads(capfdbinary.readouterr().out)
    assert shown["stages"][0]["attempts"][0]["log_begins"] == begins
    assert cli.main(["show", "--sessions-dir", str(folder.path.parent)]) == 0
    assert b"of the log's head dropped" in capfdbinary.readouterr().out

    file = LogFile(str(log))
    file.refresh()
    index = LineIndex(file)
    while index.step():
        pass
    assert index.total() == whole[begins:].count(b"\n")
    for wanted, found in ((b"line 00399999", [len(whole) - 50]), (b"line 00000001", [])):
        scan = LineScan(file, TextQuery((Pattern(wanted.decode()),)))
        while scan.step():
            pass
        assert list(scan.after(0)) == found

    logs = StageLogs(folder)
    logs.follow(starting)
    lines = list(iter(logs.read, []))
    assert "more dropped by log_limit_mb" in lines[0][1]
    assert lines[-1][-1] == f"a | {whole[-50:-1].decode()}"


@pytest.mark.parametrize(("separator", "offset"), [(b"\n", 1), (b"\r", 1), (b"x", 0)])
def test_the_head_ends_at_a_line_s_start(tmp_path: Path, separator: bytes, offset: int) -> None:
    """After a newline, or where there is none after a bar's redraw; a giant line is cut in two, as the limit counts."""
    path = tmp_path / "log"
    path.write_bytes((b"y" * 999 + separator) * 8000)
    limit = LogLimit(path, 5, lambda size: size)
    assert limit.look()
    assert limit.begins == begins_at(path) == 3_000_000
    assert path.read_bytes()[3_000_000 - offset :] == bytes(offset) + (b"y" * 999 + separator) * 5000
    assert not limit.look()
    again = LogLimit(path, 5, lambda size: size)
    assert again.begins == 3_000_000


def test_what_is_still_needed_stays(tmp_path: Path) -> None:
    """Nothing that metrics were not read from is dropped, nothing of the last 4 MiB, and nothing for a little over."""
    path = tmp_path / "log"
    path.write_bytes(b"a line\n" * 1_000_000)
    limit = LogLimit(path, 0.001, lambda _size: 0)
    assert limit.look(), "it is over its limit"
    assert begins_at(path) == 0, "yet nobody has read it"
    limit = LogLimit(path, 0.001, lambda size: size)
    limit.look()
    assert 0 <= 7_000_000 - begins_at(path) - ALWAYS_READ < 7
    begins = limit.begins
    with path.open("ab") as out:
        out.write(b"a line\n" * (LEAST_SLACK // 8))
    assert not limit.look()
    assert begins_at(path) == begins


def test_a_log_that_others_cut_begins_anew(tmp_path: Path) -> None:
    """After a truncation the log begins at its first byte again, and the limit holds for what is written then."""
    path = tmp_path / "log"
    path.write_bytes(b"a line\n" * 1_000_000)
    limit = LogLimit(path, 1, lambda size: size)
    limit.look()
    os.truncate(path, 0)
    path.write_bytes(b"b line\n" * 100)
    assert not limit.look()
    assert limit.begins == 0
    path.write_bytes(b"c line\n" * 2_000_000)
    assert limit.look()
    assert 0 <= 14_000_000 - limit.begins - ALWAYS_READ < 7


def test_where_no_hole_can_be_made_one_alert_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file system refuses: nothing is dropped, nothing is journaled, it is told once and not tried again."""
    path = tmp_path / "log"
    path.write_bytes(b"a line\n" * 1_000_000)
    tries: list[int] = []
    alerts: list[str] = []

    def refused(_descriptor: int, end: int) -> int:
        tries.append(end)
        return errno.EOPNOTSUPP

    async def told(begins: int, _limit: float) -> None:
        assert begins == 0

    monkeypatch.setattr(log_limit, "punch", refused)
    limit = LogLimit(path, 1, lambda size: size)
    asyncio.run(limit.run(told, alerts.append))
    asyncio.run(limit.finish(told))
    assert len(tries) == 1
    assert alerts == [f"log_limit_mb = 1 does nothing here, the log grows on: {os.strerror(errno.EOPNOTSUPP).lower()}"]
    assert path.read_bytes() == b"a line\n" * 1_000_000


async def test_metrics_are_read_before_their_lines_go(tmp_path: Path) -> None:
    """What is not read, or read and not yet on the disk, may not be dropped; of a flood all but the last 4 MiB may."""
    folder = AttemptFolder(tmp_path / "attempt")
    folder.path.mkdir()
    found: list[object] = []
    reader = OutputReader(folder, [], lambda: 0.0, lambda event, _now: found.append(event))
    folder.log.write_bytes(b"step 1 loss: 0.5\n" + b"words\n" * 10)
    size = folder.log.stat().st_size
    assert reader.may_drop(size) == 0
    folder.readings.mkdir()  # its record can't be written
    with pytest.raises(OSError, match=r"directory|regular"):
        await reader.look()
        await reader.look()
    assert found
    assert reader.may_drop(size) == 0
    folder.readings.rmdir()
    await reader.look()
    assert reader.may_drop(size) == size
    flood = size + ALWAYS_READ + PER_LOOK
    assert reader.may_drop(flood) == size
    assert reader.may_drop(flood + 1) == flood + 1 - ALWAYS_READ


async def test_a_flood_is_thinned_and_its_end_is_not(tmp_path: Path) -> None:
    """Of what is read of a flood each metric's last value in a slice is recorded; of its last 4 MiB each one."""
    folder = AttemptFolder(tmp_path / "attempt")
    folder.path.mkdir()
    seen: list[object] = []
    reader = OutputReader(folder, [], lambda: 0.0, lambda event, _now: seen.append(event))
    count, size = 20_000, 1000
    folder.log.write_bytes(b"".join((b"step %d loss: 0.5 " % n).ljust(size - 1) + b"\n" for n in range(count)))
    assert await reader.look()
    assert len(seen) > SAMPLE // size / 2, "alerts and progress hear of all that is read"
    assert steps(folder.log) == [], "whether it is the flood's end is not known yet"
    with folder.log.open("ab") as out:
        out.write(b"".join((b"step %d loss: 0.5 " % n).ljust(size - 1) + b"\n" for n in range(count, 2 * count)))
    assert await reader.look()
    assert 0 < len(steps(folder.log)) <= 1
    await reader.finish()
    reader.close()
    read = steps(folder.log)
    assert read[-4193:] == list(range(2 * count - 4193, 2 * count)), (
        "4 MiB hold 4194 of its lines, the first cut in two"
    )
