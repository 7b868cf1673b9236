"""`export --to tensorboard`: what the event files hold, and what TensorBoard itself shows of them.

The tests marked `service` need tensorboard in this interpreter, or in the one that AUTOTRAIN_TENSORBOARD_PYTHON names.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.metrics.curves.readings_file import ReadingsWriter
from autotrain_tui.metrics.files.event_file import EventFileTail
from autotrain_tui.metrics.files.masked_crc import crc32c
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.trackers.event_writer import EventWriter
from autotrain_tui.trackers.place import place_of
from autotrain_tui.trackers.target import Batch, MetricPoints, Place, TargetDownError, TrackedRun
from autotrain_tui.trackers.tensorboard_target import TensorboardTarget
from tests.cli.project import HAND, created, finished, hand_made, ran, runner_started
from tests.trackers.sessions import Growing, follower

PYTHON = os.environ.get("AUTOTRAIN_TENSORBOARD_PYTHON") or (
    sys.executable if importlib.util.find_spec("tensorboard") else ""
)

Points = list[tuple[int, float]]


def session(tmp_path: Path, *attempts: tuple[bool, dict[str, Points]], **end: object) -> SessionFolder:
    """A session of one stage `one` with these attempts: whether each resumes, and its points."""
    made: list[ev.Event] = [created("one"), runner_started()]
    for number, (resume, _) in enumerate(attempts, 1):
        start, *rest = ran("one", 1, number, **{"state": "failed" if number < len(attempts) else "succeeded", **end})
        assert isinstance(start, ev.AttemptStarting)
        made += [msgspec.structs.replace(start, resume=resume), *rest]
        if number < len(attempts):
            made += [ev.StageReset(stage="one", reason="retry")]
    folder = hand_made(tmp_path / "sessions", [*made, finished()])
    for number, (_, metrics) in enumerate(attempts, 1):
        place = folder.attempt(1, "one", number).path
        place.mkdir(parents=True)
        rows = [(step + 0.5, name, value, step, None) for name, points in metrics.items() for step, value in points]
        writer = ReadingsWriter(place / "readings.jsonl")
        writer.append(sorted(rows), 0, 0)
        writer.close()
    return folder


def export(folder: SessionFolder, *more: str) -> int:
    return cli.main(["export", str(folder.path), "--to", "tensorboard", *more])


def shown(target: Path) -> dict[str, dict[str, Points]]:
    """Run → tag → points, by our own reader."""
    runs: dict[str, dict[str, Points]] = {}
    for path in sorted(target.rglob("*tfevents*")):
        tail = EventFileTail(path)
        tags = runs.setdefault(str(path.parent.relative_to(target / HAND)), {})
        for scalars in tail.poll():
            for tag, step, _, value in scalars:
                tags.setdefault(tag, []).append((step, value))
        assert len(tail.starts) == 1
        assert (tail.damaged, tail.unknown, tail.broken) == (0, 0, "")
    return runs


def read_by_tensorboard(target: Path) -> dict[str, dict]:
    """Reader → run → tag → points, values as text."""
    script = Path(__file__).with_name("read_with_tensorboard.py")
    done = subprocess.run([PYTHON, script, target], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def line(begin: int, end: int, sign: float = 1.0) -> Points:
    return [(step, sign * step / 4) for step in range(begin, end)]


CASES: dict[str, tuple[list[tuple[bool, dict[str, Points]]], dict[str, dict[str, Points]]]] = {
    "plain": ([(False, {"loss": line(0, 5)})], {"one": {"loss": line(0, 5)}}),
    "overlap": (
        [(False, {"loss": line(1, 9)}), (True, {"loss": line(5, 12, -1.0)})],
        {"one": {"loss": line(1, 5) + line(5, 12, -1.0)}},
    ),
    "from 0": (
        [(False, {"loss": line(0, 5)}), (True, {"loss": line(0, 4, -1.0)})],
        {"one": {"loss": line(0, 4) + [(step + 4, value) for step, value in line(0, 4, -1.0)]}},
    ),
    "twice": (
        [(False, {"loss": line(1, 9)}), (True, {"loss": line(6, 9)}), (True, {"loss": line(4, 7, -1.0)})],
        {"one": {"loss": line(1, 4) + line(4, 7, -1.0)}},
    ),
    "scratch": (
        [(False, {"loss": line(0, 5)}), (False, {"loss": line(0, 3, -1.0)})],
        {"one": {"loss": line(0, 5)}, "one@attempt-2": {"loss": line(0, 3, -1.0)}},
    ),
    "names": (
        [
            (
                False,
                {"val/acc@10": line(1, 3), "mAP50-95(B)": line(1, 3), "Größe ü": line(1, 3), "a" * 10_000: line(1, 3)},
            )
        ],
        {},
    ),
    "large": (
        [(False, {"loss": [(0, 1e300), (2**40, -1e300)]})],
        {"one": {"loss": [(0, math.inf), (2**40, -math.inf)]}},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_attempt_has_a_file_with_the_points_that_count(tmp_path: Path, case: str) -> None:
    """Repeated points are left out, points counted from 0 stand behind, a retry from scratch is another run."""
    attempts, expected = CASES[case]
    folder = session(tmp_path, *attempts)
    assert export(folder) == 0
    target = folder.path / "tensorboard"
    found = shown(target)
    assert len(list(target.rglob("*tfevents*"))) == len(attempts)
    if case == "names":
        tags = found["one"]
        assert {"val/acc@10", "mAP50-95(B)", "Größe ü"} < set(tags)
        assert max(map(len, tags)) < 600
        assert all(points == line(1, 3) for points in tags.values())
    else:
        assert found == expected


def test_a_second_export_gives_the_same_bytes(tmp_path: Path) -> None:
    """Our own files are replaced, nothing else is left in the folder."""
    folder = session(tmp_path, *CASES["overlap"][0])
    assert export(folder) == 0
    first = {path: path.read_bytes() for path in (folder.path / "tensorboard").rglob("*") if path.is_file()}
    assert export(folder) == 0
    assert {path: path.read_bytes() for path in (folder.path / "tensorboard").rglob("*") if path.is_file()} == first


def test_a_file_of_another_program_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It stays as it is, status 3, and the message names it and the flag."""
    folder = session(tmp_path, *CASES["plain"][0])
    other = tmp_path / "out" / HAND / "one" / "events.out.tfevents.1.host"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"not ours")
    assert export(folder, "-o", str(tmp_path / "out")) == 3
    assert other.read_bytes() == b"not ours"
    assert "-o DIR" in capsys.readouterr().err
    assert os.listdir(other.parent) == [other.name]


def test_format_and_to_exclude_each_other(tmp_path: Path) -> None:
    """Status 2."""
    assert export(session(tmp_path, *CASES["plain"][0]), "--format", "csv") == 2


def test_secrets_are_hidden_in_texts(tmp_path: Path) -> None:
    """The reason of an end is redacted, the results of the attempt stand in a text."""
    secret = "hf_" + "a1B2" * 8
    folder = session(
        tmp_path, (False, {"loss": line(0, 2)}), reason=f"API_KEY={secret} was refused", metrics={"f1": 0.5}
    )
    assert export(folder) == 0
    (path,) = (folder.path / "tensorboard").rglob("*tfevents*")
    data = path.read_bytes()
    assert secret.encode() not in data
    assert b"| f1 | 0.5 |" in data


def test_the_checksum_has_its_check_value() -> None:
    """CRC-32C of the digits 1 to 9, as every catalogue of checksums has it."""
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


def written(path: Path, points: Points, tag: str = "loss") -> bytes:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    writer = EventWriter(descriptor)
    writer.begin_file(1.0, 0)
    writer.scalars(tag, [step for step, _ in points], [1.5] * len(points), [value for _, value in points])
    writer.flush()
    os.close(descriptor)
    return path.read_bytes()


def test_a_torn_record_waits_for_its_rest(tmp_path: Path) -> None:
    """A file that grows byte by byte yields each point once, in order."""
    points = [(-3, 0.5), (0, math.inf), (1, 1.0), (200, 2.0), (2**50, 3.0)]
    data = written(tmp_path / "whole", points)
    path = tmp_path / "events"
    path.touch()
    tail, found = EventFileTail(path), []
    for byte in range(len(data)):
        with path.open("ab") as file:
            file.write(data[byte : byte + 1])
        found += [scalar for scalars in tail.poll() for scalar in scalars]
    assert found == [("loss", step, 1.5, value) for step, value in points]
    assert tail.offset == len(data)


def test_damage_is_counted_and_a_wrong_length_stops(tmp_path: Path) -> None:
    """Data that is no event is skipped by its checksum; behind a wrong length nothing is read."""
    path = tmp_path / "events"
    data = bytearray(written(path, line(0, 4)))
    records, at = [], 0
    while at < len(data):
        records.append(at)
        at += int.from_bytes(data[at : at + 8], "little") + 16
    data[records[3] + 12] = 0xFF
    path.write_bytes(data)
    tail = EventFileTail(path)
    assert [step for scalars in tail.poll() for _, step, _, _ in scalars] == [0, 2, 3]
    assert (tail.damaged, tail.broken) == (1, "")
    data[records[4]] ^= 1
    path.write_bytes(data)
    tail = EventFileTail(path)
    assert [step for scalars in tail.poll() for _, step, _, _ in scalars] == [0]
    assert f"byte {records[4]}" in tail.broken


def test_a_replaced_file_is_read_from_its_start(tmp_path: Path) -> None:
    """Another inode under the same name, and a shorter file, both begin anew."""
    path = tmp_path / "events"
    written(path, line(0, 5))
    tail = EventFileTail(path)
    assert sum(map(len, tail.poll())) == 5
    written(tmp_path / "other", line(0, 9))
    (tmp_path / "other").rename(path)
    assert sum(map(len, tail.poll())) == 9
    written(path, line(0, 2))
    assert sum(map(len, tail.poll())) == 2
    assert tail.replaced == 2


@pytest.mark.service
@pytest.mark.process
@pytest.mark.skipif(not PYTHON, reason="needs tensorboard, here or in the interpreter of AUTOTRAIN_TENSORBOARD_PYTHON")
@pytest.mark.parametrize("case", [name for name in CASES if name != "large"])
def test_tensorboards_three_readers_show_the_same(tmp_path: Path, case: str) -> None:
    """Both loaders of the server and EventAccumulator show exactly the points that our reader finds."""
    folder = session(tmp_path, *CASES[case][0])
    target = tmp_path / "logs"
    assert export(folder, "-o", str(target)) == 0
    expected = {
        f"{HAND}/{run}": {tag: [[step, str(value)] for step, value in points] for tag, points in tags.items()}
        for run, tags in shown(target).items()
    }
    for reader, runs in read_by_tensorboard(target).items():
        assert runs == expected, reader


def live(folder: SessionFolder, target: Path) -> None:
    """Another follower as of a process of its own."""
    one = follower(folder, TensorboardTarget(place_of(folder, {"folder": str(target)})), "tensorboard")
    one.send_once()


def grow(tmp_path: Path, case: str, target: Path) -> Growing:
    """A session that is followed while it grows: resumed behind, with an overlap, from 0, with a target killed."""
    growing = Growing(tmp_path)
    growing.begin()
    live(growing.folder, target)
    growing.points(*line(1, 5))
    growing.points(*line(1, 3), name="val", epochs=True)
    live(growing.folder, target)
    growing.points(*line(5, 9))
    live(growing.folder, target)
    growing.end()
    if case == "killed":
        record = (growing.folder.track / "tensorboard.json").read_bytes()
        growing.points(*line(9, 12))
        live(growing.folder, target)
        (growing.folder.track / "tensorboard.json").write_bytes(record)
    growing.begin(resume=True)
    live(growing.folder, target)
    begin = {"behind": 9, "overlap": 5, "from 0": 0, "killed": 12, "late": 5}[case]
    growing.points(*line(begin, begin + 4, -1.0))
    live(growing.folder, target)
    if case == "killed":
        record = (growing.folder.track / "tensorboard.json").read_bytes()
        growing.points(*line(16, 20))
        live(growing.folder, target)
        (growing.folder.track / "tensorboard.json").write_bytes(record)
    growing.points((begin + 4, -7.0))
    growing.points((2 if case == "late" else 3, 8.0), name="val", epochs=True)
    live(growing.folder, target)
    growing.end("succeeded", metrics={"f1": 0.5})
    growing.finish()
    live(growing.folder, target)
    return growing


LIVE = ("behind", "overlap", "from 0", "killed", "late")


def purged(target: Path) -> dict[str, dict[str, Points]]:
    """What TensorBoard should show of files in their order: each START mark drops what is not below its step."""
    runs: dict[str, dict[str, Points]] = {}
    for path in sorted(target.rglob("*tfevents*")):
        tail = EventFileTail(path)
        found = [scalar for scalars in tail.poll() for scalar in scalars]
        tags = runs.setdefault(str(path.parent.relative_to(target / HAND)), {})
        (start,) = (mark[0] for mark in tail.starts)
        for tag in tags:
            tags[tag] = [point for point in tags[tag] if point[0] < start]
        for tag, step, _, value in found:
            tags.setdefault(tag, []).append((step, value))
    return runs


@pytest.mark.parametrize("case", LIVE)
def test_a_live_run_shows_what_a_backfill_shows(tmp_path: Path, case: str) -> None:
    """What the START marks leave of files that grew, over resumes and a killed follower, is what counts."""
    growing = grow(tmp_path, case, tmp_path / "live")
    assert export(growing.folder, "-o", str(tmp_path / "whole")) == 0
    assert purged(tmp_path / "live") == shown(tmp_path / "whole")


@pytest.mark.service
@pytest.mark.process
@pytest.mark.skipif(not PYTHON, reason="needs tensorboard, here or in the interpreter of AUTOTRAIN_TENSORBOARD_PYTHON")
@pytest.mark.parametrize("case", LIVE)
def test_tensorboards_three_readers_show_a_live_run_as_a_backfill(tmp_path: Path, case: str) -> None:
    """All three show of the grown files exactly what they show of a backfill."""
    growing = grow(tmp_path, case, tmp_path / "live")
    assert export(growing.folder, "-o", str(tmp_path / "whole")) == 0
    found = {name: read_by_tensorboard(tmp_path / name) for name in ("live", "whole")}
    for reader, runs in found["live"].items():
        assert runs == found["whole"][reader], reader


def test_export_follow_writes_as_the_plans_follower(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with the session, says what was sent, and a second one sends nothing."""
    folder = session(tmp_path, *CASES["overlap"][0])
    assert export(folder, "--follow") == 0
    assert "all 11 points sent" in capsys.readouterr().out
    assert shown(folder.path / "tensorboard") == CASES["overlap"][1]
    files = {path: path.read_bytes() for path in folder.path.glob("tensorboard/**/*tfevents*")}
    assert export(folder, "--follow") == 0
    assert {path: path.read_bytes() for path in files} == files


def test_a_full_disk_leaves_no_half_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was half written is taken back, the follower says it and goes on when there is room."""
    growing = Growing(tmp_path)
    growing.begin()
    growing.points(*line(0, 5))
    target = TensorboardTarget(place_of(growing.folder, {}))
    one = follower(growing.folder, target, "tensorboard")
    one.send_once()
    (path,) = growing.folder.path.rglob("*tfevents*")
    before = path.read_bytes()
    growing.points(*line(5, 9))
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        write(descriptor, bytes(data)[:21])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("autotrain_tui.trackers.event_writer.os.write", full)
        with pytest.raises(TargetDownError, match="No space left"):
            one.send_once()
    assert path.read_bytes() == before
    one.send_once()
    assert shown(growing.folder.path / "tensorboard") == {"one": {"loss": line(0, 9)}}


def test_an_export_beside_a_follower_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While one writes into the same folder; another folder is free."""
    growing = Growing(tmp_path)
    growing.begin()
    growing.points(*line(0, 5))
    follower(growing.folder, TensorboardTarget(place_of(growing.folder, {})), "tensorboard").send_once()
    assert export(growing.folder) == 3
    assert "-o DIR" in capsys.readouterr().err
    assert export(growing.folder, "-o", str(tmp_path / "out")) == 0


def test_a_clock_that_was_set_back_keeps_the_order_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second attempt begins before the first by its clock: its file is still read behind it."""
    target = TrackedTensorboard(tmp_path)
    target.send(1, 2_000_000_000.0, line(0, 4))
    target.send(2, 1_000_000_000.0, line(4, 8))
    names = [path.name for path in sorted((tmp_path / "tensorboard").rglob("*tfevents*"))]
    assert [name.rpartition("attempt-")[2] for name in names] == ["000001", "000002"]


class TrackedTensorboard:
    """One run of the target, attempt after attempt."""

    def __init__(self, folder: Path) -> None:
        self.target = TensorboardTarget(Place(HAND, folder, str(folder), "hand", {}))
        self.memory: dict[str, str] = {}

    def send(self, attempt: int, started: float, points: Points) -> None:
        run = TrackedRun("one", attempt, attempt > 1, started, None, "running", {}, {}, {}, {}, self.memory)
        steps, values = zip(*points, strict=True)
        series = MetricPoints("loss", steps, [started] * len(steps), values)
        self.target.begin(run)
        self.target.send(run, Batch([series], None, lambda _: []))
