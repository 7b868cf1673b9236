"""A session in a list: its row of `ls --json`, and the same as the cells of a table, in one line of text.

A list of ten thousand sessions needs one of the two for most sessions and the parsed row for few, so each is extracted
from the line on request. Standard library only.
"""

from __future__ import annotations

from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

__all__ = ["HEAD", "ListRow", "compact", "past_best", "source_word"]

HEAD = ("SESSION", "STATE", "STAGES", "TIME", "MODE", "BEST", "TITLE", "NOTE")
"""The headings of the cells."""


class ListRow:
    """One session of a list."""

    __slots__ = ("_row", "ended", "line")

    def __init__(self, line: str, row: Json | None = None, *, ended: bool = True) -> None:
        """`line`: the cells, then the row as JSON, with tabs between them; none of these can hold a tab.

        `ended`: whether the row is final until the records change.
        """
        self.ended = ended
        self.line = line
        self._row = row

    @classmethod
    def of(cls, row: Json, text: str = "", *, ended: bool = True) -> ListRow:
        """From a row, and its JSON without white space if available."""
        return cls("\t".join((*_cells(row), text or compact(row))), row, ended=ended)

    @property
    def text(self) -> str:
        """The row as JSON."""
        return self.line.rpartition("\t")[2]

    @property
    def cells(self) -> list[str]:
        """The row as printable cells: see HEAD."""
        return self.line.split("\t")[:-1]

    @property
    def row(self) -> Json:
        """The row, parsed."""
        if self._row is None:
            import json  # 2 ms

            self._row = json.loads(self.text)
        return self._row


def compact(document: Json) -> str:
    """A JSON object without white space."""
    import json  # 2 ms

    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def past_best(stage: Json) -> Json | None:
    """What the curves of a stage's last attempt say, from a document of `show --json`."""
    attempts = stage["attempts"]
    return attempts[-1].get("past_best") if attempts else None


def source_word(source: Json | None) -> str:
    """How a finished session without an outcome stands."""
    return "end unknown" if source is not None and source.get("watched") else "imported"


def _cells(row: Json) -> tuple[str, ...]:
    metric = row["metric"]
    best = metric["best"] if metric else None
    remark = " ".join([*(f"#{tag}" for tag in row["tags"]), row["note"]]) if row["tags"] else row["note"]
    cells = (
        row["id"],
        _word(row),
        f"{row['stages_done']}/{row['stages_total']}",
        fmt.clock(row["elapsed_seconds"]),
        row["mode"],
        f"{metric['name']} {fmt.value(best)}" if best is not None else "",
        row["title"],
        remark,
    )
    together = "".join(cells)
    return cells if together.isascii() and together.isprintable() else tuple(map(sanitize, cells))


def _word(row: Json) -> str:
    """The state or outcome as one word."""
    if row["state"] == "finished":
        word = "out of budget" if row["outcome"] == "budget" else str(row["outcome"] or source_word(row.get("source")))
        return f"{word}, in doubt" if row.get("doubts") else word
    return str(row["state"])
