"""msgspec, imported the short way: for plain commands, half of whose time is imports."""

from __future__ import annotations

import sys

__all__ = ["import_msgspec"]


def import_msgspec() -> None:
    """Import msgspec without typing_extensions and without uuid; nothing when msgspec or the former is there already.

    msgspec (`_utils.py`) takes typing's own names where typing_extensions is missing, and those of Python 3.11 are all
    it wants. Where typing_extensions is installed (Textual wants it) it would draw in inspect, ast and tokenize: 8 ms,
    nearly as much as the bare interpreter. Of uuid its core takes two classes, to know values of them: no record of
    ours has one, and uuid draws in platform, which takes as long. Whoever imports one of them later gets it as ever.
    Call it before there are threads.
    """
    if "msgspec" in sys.modules or "typing_extensions" in sys.modules:
        return
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # "can't be imported": The import system, 5.3.1
    stands_in = "uuid" not in sys.modules
    if stands_in:
        uuid = sys.modules["uuid"] = type(sys)("uuid")
        vars(uuid).update(UUID=type("UUID", (), {}), SafeUUID=type("SafeUUID", (), {"unknown": None}))
    try:
        import msgspec  # noqa: F401  imported for those who import it after us
    finally:
        del sys.modules["typing_extensions"]
        if stands_in:
            del sys.modules["uuid"]
