"""A log's lines for the first picture, with a rule where an epoch begins."""

from __future__ import annotations

from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.opening.cells import fit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autotrain_tui.tui.opening.cells import Line

__all__ = ["BACK", "log_rows"]

_EPOCH = rb"\bepochs?[\"']?(?:\s*[:=#\[(]\s*|\s+)(\d+)(?:\.\d*)?(?:\s*(?:/|of)\s*(\d+))?"
"""As `tui.log.epoch_rules`."""
BACK = 12
"""Lines above those in sight in which the epoch before is looked for."""


def log_rows(lines: list[bytes], width: int) -> list[Line]:
    """The lines, with a thin rule where an epoch begins."""
    rows: list[Line] = []
    last, find, alone = -1, None, False  # alone: the line before was the only one of its epoch
    if any(b"epoch" in line.lower() for line in lines):
        import re  # few logs have none, and those need not wait for it

        find = re.compile(_EPOCH, re.IGNORECASE).search
    for raw in lines:
        found = find(raw, 0, 2048) if find is not None else None
        if found is not None and len(found[1]) > 9:
            found = None
        if found is None:
            alone = False
        else:
            if 0 <= last < int(found[1]) and not alone:
                of = f"/{found[2].decode()}" if found[2] else ""
                rows.append([(f" ── epoch {int(found[1])}{of} ".ljust(width + 1, "─")[: width + 1] + " ", "faint")])
            alone = last != int(found[1]) and (last >= 0 or int(found[1]) <= 1)
            last = int(found[1])
        rows.append([(" " + fit(_shown(raw), width) + " ", "")])
    return rows


def _shown(raw: bytes) -> str:
    """A log's line as a terminal would leave it: what a bar drew last."""
    text = raw.rstrip(b"\r").rpartition(b"\r")[2].expandtabs(8)
    return text.decode() if text.isascii() and text.decode().isprintable() else sanitize(text)
