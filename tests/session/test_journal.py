"""The journal: whole records in, whole records out, whatever happened to the file."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal import journal_file
from autotrain_tui.session.journal.journal_file import JournalReader, JournalWriter, decode_line, read_journal
from autotrain_tui.session.records.first_decoding import FIRST_DECODING


def test_decoders_are_made_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """msgspec ends the process if a class is used by a second thread before the first one has made its decoder."""
    monkeypatch.setattr(journal_file, "_decoders", {})
    made: list[bool] = []

    decoder = msgspec.json.Decoder

    def watched(*types: object) -> object:
        made.append(FIRST_DECODING.locked())
        return decoder(*types)

    monkeypatch.setattr(journal_file.msgspec.json, "Decoder", watched)
    assert decode_line(b'{"type":"alert","seq":1,"time":"t","kind":"k","text":"x"}') is not None
    assert made
    assert all(made)


def write(path: Path, count: int) -> list[ev.Event]:
    writer = JournalWriter(path)
    written: list[ev.Event] = []
    for number in range(count):
        event = writer.stamp(ev.Alert(kind="test", text=f"event {number} — é"))
        writer.append(event, sync=False)
        written.append(event)
    writer.close()
    return written


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Events come back equal and in order, numbered without a gap."""
    written = write(tmp_path / "j", 5)
    read = read_journal(tmp_path / "j")
    assert list(read.events) == written
    assert [event.seq for event in read.events] == [1, 2, 3, 4, 5]
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600


@given(st.integers(0, 400))
def test_a_cut_anywhere_loses_only_the_torn_line(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """However the last write was cut, whole records stay, and the next writer glues nothing."""
    path = tmp_path_factory.mktemp("cut") / "j"
    written = write(path, 3)
    data = path.read_bytes()
    cut = min(cut, len(data))
    path.write_bytes(data[:cut])
    whole = data[:cut].count(b"\n")
    assert list(read_journal(path).events) == written[:whole]
    writer = JournalWriter(path, last_seq=whole)
    kept = len(read_journal(path).events)
    assert kept - whole in (0, 1)  # a record without its newline is whole
    added = writer.stamp(ev.Alert(kind="next", text=""))
    writer.append(added)
    writer.close()
    assert list(read_journal(path).events) == [*written[:kept], added]
    assert not read_journal(path).problems


@pytest.mark.parametrize(
    ("damage", "problems"),
    [
        (b"\0" * 5000 + b"\n", 1),
        (b"not json\n", 1),
        (b"[1, 2]\n", 1),
        (b'{"type": "alert"}\n', 1),
        (b'{"type":"alert","seq":"x","kind":"k","text":"t"}\n', 1),
        (b"[" * 100_000 + b"\n", 1),
        (b"\n\n  \n", 0),
        (b'{"type":"of a later version","seq":9,"new":1}\n', 0),
        ("\u202e\x1b[2J\n".encode(), 1),
    ],
)
def test_damage_in_the_middle_is_told_and_passed_over(tmp_path: Path, damage: bytes, problems: int) -> None:
    """A line that is no record costs nothing but itself."""
    path = tmp_path / "j"
    written = write(path, 2)
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + damage + second)
    read = read_journal(path)
    assert list(read.events) == written
    assert len(read.problems) == problems


@pytest.mark.parametrize("size", [20 << 30, 48 << 20])
def test_a_file_without_line_ends_is_refused_at_once(tmp_path: Path, size: int) -> None:
    """Twenty gigabytes of nothing, or a line of more than 32 MiB: the rest of it is not read."""
    write(tmp_path / "j", 1)
    if size > 1 << 30:
        os.truncate(tmp_path / "j", size)
    else:
        with open(tmp_path / "j", "ab") as file:
            file.write(b"x" * size)
    reader = JournalReader(tmp_path / "j")
    with pytest.raises(RecordsError, match="without a line end"):
        reader.poll()
    assert reader.offset <= 40 << 20


def test_a_long_line_is_passed_over(tmp_path: Path) -> None:
    """A line of 20 MiB is damage like any other, also if there are two of them."""
    first = write(tmp_path / "j", 1)
    with open(tmp_path / "j", "ab") as file:
        file.write(b"x" * (20 << 20) + b"\n" + b"y" * (20 << 20) + b"\n")
        file.write(msgspec.json.encode(msgspec.structs.replace(first[0], seq=2)) + b"\n")
    read = read_journal(tmp_path / "j")
    assert [event.seq for event in read.events] == [1, 2]
    assert read.problems


def test_two_records_glued_are_both_read(tmp_path: Path) -> None:
    """A record behind the torn start of another is found."""
    path = tmp_path / "j"
    written = write(path, 2)
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first[:20] + second)
    assert list(read_journal(path).events) == [written[1]]
    path.write_bytes(first.rstrip() + second)
    assert list(read_journal(path).events) == written


def test_a_growing_journal_is_read_piece_by_piece(tmp_path: Path) -> None:
    """A reader that polls sees each event once, a torn line when it is whole."""
    path = tmp_path / "j"
    reader = JournalReader(path)
    assert reader.poll().events == ()
    write(path, 2)
    data = path.read_bytes()
    seen: list[ev.Event] = []
    path.write_bytes(b"")
    for end in range(0, len(data) + 1, 7):
        path.write_bytes(data[:end])
        seen += reader.poll().events
    path.write_bytes(data)
    seen += reader.poll().events
    assert [event.seq for event in seen] == [1, 2]


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A journal of a later version is refused with the version that can read it."""
    path = tmp_path / "j"
    event = ev.SessionCreated(seq=1, plan="p", version=99, versions={"autotrain-tui": "7.1"})
    path.write_bytes(msgspec.json.encode(event) + b"\n")
    with pytest.raises(RecordsError, match=r"7\.1"):
        read_journal(path)


@pytest.mark.parametrize("kind", ["link", "directory", "fifo"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    """A link, a folder or a pipe in the journal's place is refused at once."""
    path = tmp_path / "j"
    if kind == "link":
        write(tmp_path / "elsewhere", 1)
        path.symlink_to(tmp_path / "elsewhere")
    elif kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(RecordsError):
        read_journal(path)
    with pytest.raises(OSError):
        JournalWriter(path)


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    """A write that can't be done whole is taken back, and the next one works."""
    path = tmp_path / "j"
    writer = JournalWriter(path)
    import resource
    import signal

    writer.append(writer.stamp(ev.Alert(kind="a", text="")))
    size = path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, before[1]))
        event = writer.stamp(ev.Alert(kind="b", text="x" * 100))
        with pytest.raises(OSError):
            writer.append(event)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.stat().st_size == size
    writer.append(event)
    writer.close()
    assert [found.kind for found in read_journal(path).events] == ["a", "b"]
