"""Records on the disk are read without trust: what is none is None, with a reason, and nothing raises."""

from __future__ import annotations

import json
import math
import os
import stat

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.session.records.attempt_files import (
    Exit,
    Failure,
    RunningRecord,
    Spec,
    Started,
    StopOrder,
    Swept,
    link_record,
    read_record,
    replace_record,
)  # fmt: skip
from autotrain_tui.session.records.process_identity import Identity, is_alive, own_identity, start_time

GOOD = [
    Spec("s", 1, ["python", "ü", os.fsdecode(b"\xff")], "/tmp", True, 0.5, {"A": "1"}, ["PATH"], 0o22),
    Started(Identity(2, 3), Identity(4, 5), "boot", "host", "time"),
    Started(cancelled=True),
    RunningRecord(12, 34, "time"),
    StopOrder(15, None, "me", "time", 1.5, [15], sent=True),
    Exit(exit_code=3, swept=[Swept(5, "x")], error=Failure("not_found", "x", "y")),
    Exit(signal=9, sent_by="me", elapsed_seconds=1.0, cpu_seconds=0.1, max_rss_bytes=5),
    Exit(),
]


@pytest.mark.parametrize("record", GOOD, ids=lambda record: type(record).__name__)
def test_a_record_reads_as_it_was_written(tmp_path, record):
    """Written and read again a record is the same, private, and one line of ASCII."""
    replace_record(tmp_path, record)
    assert read_record(tmp_path, type(record)).record == record
    path = tmp_path / record.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().isascii()
    assert os.listdir(tmp_path) == [record.FILE]


def test_nothing_there_is_absent(tmp_path):
    """No file is no record and no fault."""
    reading = read_record(tmp_path, Exit)
    assert reading.absent
    assert not reading.reason


EXITS = [
    b"", b"{", b"null", b"[]", b"7", b'"x"', b"\0" * 50, b"\xff\xfe", b'{"exit_code": 0}{"exit_code": 0}',
    b'{"exit_code": "0"}', b'{"exit_code": 256}', b'{"exit_code": -1}', b'{"exit_code": 1.5}', b'{"exit_code": true}',
    b'{"signal": 0}', b'{"signal": 65}', b'{"exit_code": 0, "signal": 9}', b'{"elapsed_seconds": -1}',
    b'{"elapsed_seconds": NaN}', b'{"elapsed_seconds": 1e999}', b'{"swept": {}}', b'{"swept": [1]}', b"[" * 200_000,
    b'{"max_rss_bytes": ' + b"9" * 6000 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("content", EXITS, ids=range(len(EXITS)))
def test_what_is_no_exit_record_is_none_with_a_reason(tmp_path, content):
    """Torn, wrong, contradicting and absurd records are not believed; the reason names the file."""
    (tmp_path / "exit.json").write_bytes(content)
    reading = read_record(tmp_path, Exit)
    assert reading.record is None
    assert "exit.json" in reading.reason


def test_links_folders_pipes_and_giants_are_no_records(tmp_path):
    """A link to a perfect record, a folder, a pipe (without blocking) and a huge file are refused."""
    path = tmp_path / "exit.json"
    (tmp_path / "real").write_text('{"exit_code": 0}')
    path.symlink_to(tmp_path / "real")
    assert read_record(tmp_path, Exit).reason
    path.unlink()
    path.mkdir()
    assert read_record(tmp_path, Exit).reason
    path.rmdir()
    os.mkfifo(path)
    assert read_record(tmp_path, Exit).reason
    path.unlink()
    with open(path, "wb") as file:
        file.truncate(1 << 30)
    assert "too large" in read_record(tmp_path, Exit).reason


def test_later_versions_only_add(tmp_path):
    """Unknown keys are ignored, and missing optional ones have their defaults."""
    (tmp_path / "exit.json").write_text('{"exit_code": 0, "mood": "fine"}')
    assert read_record(tmp_path, Exit).record == Exit(exit_code=0)


@pytest.mark.parametrize("pid", [0, 1, -1, 1 << 40])
def test_pids_that_mean_others_are_no_identities(tmp_path, pid):
    """pid 0, 1, negative and impossible ones make the record unreadable, so nobody signals them."""
    (tmp_path / "running.json").write_text(json.dumps({"pid": pid, "start_time": 1}))
    assert read_record(tmp_path, RunningRecord).record is None
    (tmp_path / "started.json").write_text(
        json.dumps({"a": {"pid": pid, "start_time": 1}, "b": {"pid": 5, "start_time": 1}})
    )
    assert read_record(tmp_path, Started).record is None


def test_the_first_link_wins(tmp_path):
    """Of two records for one place the first stays, the second says that it lost, and no temporary file is left."""
    assert link_record(tmp_path, Exit(exit_code=1))
    assert not link_record(tmp_path, Exit(exit_code=2))
    assert read_record(tmp_path, Exit).record == Exit(exit_code=1)
    assert os.listdir(tmp_path) == ["exit.json"]


def test_a_link_that_can_not_be_made_says_why(tmp_path, monkeypatch):
    """A file system without hard links is named as that."""

    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(OSError, match="does not support hard links"):
        link_record(tmp_path, Exit())
    assert os.listdir(tmp_path) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_any_value_is_dumped_as_json_by_the_shim(value):
    """The shim's own small JSON writer and reader agree with the standard library's."""
    from autotrain_tui.runner import shim

    text = shim.dumps(value) if _finite(value) else None
    if text is not None:
        assert text.isascii()
        assert json.loads(text) == value == shim.loads(text)


def _finite(value) -> bool:
    match value:
        case float():
            return math.isfinite(value)
        case list():
            return all(map(_finite, value))
        case dict():
            return all(map(_finite, value.values()))
        case _:
            return True


@given(st.binary(max_size=200))
def test_any_bytes_are_read_by_the_shim_or_refused(data):
    """Whatever stands in a record, the shim's reader yields a value or ValueError, as it expects."""
    from autotrain_tui.runner import shim

    try:
        value = shim.loads(data.decode(errors="surrogateescape"))
    except (ValueError, RecursionError):
        return
    assert value is None or isinstance(value, bool | int | float | str | list | dict)


def test_the_shim_and_the_package_agree_on_identities():
    """Start time, boot and machine are the same to both, so that each can check what the other wrote."""
    from autotrain_tui.runner import shim
    from autotrain_tui.session.records import process_identity as identity

    me = own_identity()
    assert shim.identity(os.getpid()) == msgspec.to_builtins(me)
    assert shim.boot_id() == identity.boot_id()
    assert shim.machine_id() == identity.machine_id()
    assert os.uname().nodename == identity.host()
    assert is_alive(me)
    assert not is_alive(Identity(me.pid, me.start_time + 1))
    assert start_time(2**22 + 1) is None
