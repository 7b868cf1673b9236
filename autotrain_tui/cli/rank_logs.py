"""The logs of all ranks of an attempt as one: whole lines, each with its rank in front."""

from __future__ import annotations

from collections.abc import Iterator

from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.rank_files import logged_ranks

__all__ = ["RankLogs"]

_BLOCK = 1 << 16


class RankLogs:
    """The logs from where we begin to where they end now; lines of one rank keep their order.

    Logs carry no times, so lines of several ranks stand in the order in which they were read.
    """

    def __init__(self, folder: AttemptFolder, ranks: list[int], lines: int | None) -> None:
        """`lines`: begin with this many of each rank's last lines."""
        self._folder, self._lines = folder, lines
        self._files: dict[int, tuple[LogFile, int, bytes]] = {}
        self._width = len(str(max(ranks, default=0)))
        for rank in ranks:
            self._open(rank)

    def _open(self, rank: int) -> None:
        file = LogFile(str(self._folder.rank_log(rank)))
        file.refresh()
        offset = file.first
        if self._lines is not None:
            offset = min((line.start for line in file.last(self._lines)), default=offset)
        self._files[rank] = (file, offset, b"")

    def blocks(self) -> Iterator[bytes]:
        """What is new since the last call, line by line."""
        for rank in logged_ranks(self._folder.path):
            if rank not in self._files:
                self._open(rank)
        for rank in self._files:
            yield from self._of(rank)

    def _of(self, rank: int) -> Iterator[bytes]:
        file, offset, rest = self._files[rank]
        if file.refresh().is_new_text:
            offset = file.first
        head = self._head(rank)
        while True:
            at, block = file.kept(offset, _BLOCK)
            offset = at + len(block)
            if not block:
                break
            *lines, rest = (rest + block).split(b"\n")
            if lines:
                yield b"".join(head + line + b"\n" for line in lines)
        self._files[rank] = (file, offset, rest)

    def _head(self, rank: int) -> bytes:
        return f"{rank:>{self._width}} | ".encode()

    def rest(self) -> bytes:
        """The last lines that no newline ended."""
        found = b"".join(self._head(rank) + left + b"\n" for rank, (_, _, left) in self._files.items() if left)
        self._files = {rank: (file, offset, b"") for rank, (file, offset, _) in self._files.items()}
        return found
