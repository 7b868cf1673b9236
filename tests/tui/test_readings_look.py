"""The curves are read when there may be something new."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from autotrain_tui.tui.model.readings_look import ReadingsLook


def _curves(path: Path, read: int) -> Any:
    return SimpleNamespace(behind=False, places=lambda _view: [(path, read)])


def _read(look: ReadingsLook, curves: Any) -> None:
    look.begin()
    look.done(None, curves)  # type: ignore[arg-type]


def test_a_file_that_grew_is_read(tmp_path: Path) -> None:
    """Nothing is due while a file is as long as what was read of it; once it has grown the curves are."""
    path, look = tmp_path / "readings.jsonl", ReadingsLook()
    path.write_bytes(b"12345")
    curves = _curves(path, 5)
    assert look.is_due(curves)
    _read(look, curves)
    look.look()
    assert not look.is_due(curves)
    path.write_bytes(b"1234567890")
    look.look()
    assert look.is_due(curves)


def test_other_reasons_to_read(tmp_path: Path) -> None:
    """Other curves, curves that lag behind, a change of the session, and now and then without a reason."""
    curves, look = _curves(tmp_path / "missing", 0), ReadingsLook()
    _read(look, curves)
    look.look()
    assert not look.is_due(curves)
    assert look.is_due(_curves(tmp_path / "missing", 0))
    curves.behind = True
    assert look.is_due(curves)
    curves.behind = False
    look.session_changed()
    assert look.is_due(curves)
    _read(look, curves)
    for _ in range(20):
        look.look()
    assert look.is_due(curves)


def test_a_change_during_the_look_is_kept(tmp_path: Path) -> None:
    """What the event loop notes while a thread looks at the files is not overwritten by what the thread has seen."""
    look = ReadingsLook()

    class Place:
        """A file whose size is asked for while the session changes."""

        def __fspath__(self) -> str:
            look.session_changed()
            return str(tmp_path / "missing")

    curves = SimpleNamespace(behind=False, places=lambda _view: [(Place(), 0)])
    _read(look, curves)
    look.look()
    assert look.is_due(curves)  # type: ignore[arg-type]
