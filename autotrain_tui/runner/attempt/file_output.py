"""An attempt's metric files for the runner: found and read in a thread, and what is known of them kept on the disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping

import msgspec

from autotrain_tui.metrics.files.metric_files import FileBatch, MetricFiles
from autotrain_tui.runner.attempt.metric_files_record import FollowedRecord, MetricFilesRecord
from autotrain_tui.session.records.attempt_files import read_record, replace_record
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.read_file import Unread

__all__ = ["FileOutput"]

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 5.0
"""How long the end of an attempt waits for files that cannot be read."""


class FileOutput:
    """The metric files of one attempt. Without `metric_files` in the plan there are none, and `look` finds nothing."""

    def __init__(self, attempt: AttemptFolder, patterns: tuple[str, ...]) -> None:
        self._attempt, self._patterns = attempt, patterns
        self._record: MetricFilesRecord | None = None
        self._files: MetricFiles | None = None
        self._begins: list[int] = []
        self._unread = Unread()
        self._looking: asyncio.Future[list[FileBatch]] | None = None
        """A look in its thread, whose points nobody has taken yet."""

    @property
    def names(self) -> set[str]:
        """The names that came from files, also from those of an earlier runner."""
        record = self._known()
        return set(record.names) if record is not None else set()

    def restore(self, offsets: Mapping[int, int], furthest: Mapping[str, float]) -> None:
        """After a restart of the runner: continue where the former one's record ends.

        `offsets`: file → bytes that were read; `furthest`: name → last step that was recorded.
        """
        record = self._known()
        if record is None:
            return
        files = self._files = MetricFiles(record.patterns, record.folder, record.before, record.names)
        for number, known in enumerate(record.files):
            begin = max(known.begin, offsets.get(number, 0))
            with contextlib.suppress(OSError):
                if known.head is not None and not known.head.begins(known.path):
                    files.follow(known.path, 0, furthest)
                    continue
            files.follow(known.path, begin)
        self._begins = [known.begin for known in record.files]

    async def look(self, *, search: bool = False) -> list[FileBatch]:
        """What is new. A failure of the disk is no failure of the attempt: it is asked again.

        A thread can't be cancelled: what was read for a caller that is gone goes to the next one, which waits for it.
        """
        while self._patterns:
            begins = self._looking is None
            if self._looking is None:
                self._looking = asyncio.ensure_future(asyncio.to_thread(self._look, search=search))
            try:
                batches = await asyncio.shield(self._looking)
            except Exception:
                self._looking = None
                if not begins:
                    continue  # that was an earlier caller's look: one of our own tells whether it goes on failing
                raise
            self._looking = None
            if begins or batches:
                return batches
        return []

    async def finish(self) -> list[FileBatch]:
        """The next part of what is left after the attempt's end; empty when there is no more."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            batches = await self.look(search=True)
            unread = self._files is not None and self._files.unread
            if batches or not unread or time.monotonic() > deadline:
                return batches
            await asyncio.sleep(0.25)

    def troubles(self) -> list[str]:
        """Sentences for a person, each once."""
        if self._files is None:
            return []
        self._unread.note(self._files.unread)
        text = self._unread.new_text()
        return [*self._files.troubles(), *([text] if text else [])]

    def _known(self) -> MetricFilesRecord | None:
        """The record; None if this plan has no files. Without one, what matches now was there before."""
        if self._record is None and self._patterns:
            self._record = read_record(self._attempt.path, MetricFilesRecord).record
        return self._record

    def _look(self, *, search: bool) -> list[FileBatch]:
        if self._files is None:
            record = self._known()
            if record is None:
                return []
            self._files = MetricFiles(record.patterns, record.folder, record.before, record.names)
        batches = self._files.look(search=search)
        if batches:
            self._keep(self._files)
        return batches

    def _keep(self, files: MetricFiles) -> None:
        """Write the record if there are new files or names: before any of their points is recorded."""
        record = self._record
        assert record is not None
        begins = [*self._begins, *(file.begin for file in files.files[len(self._begins) :])]
        new = [FollowedRecord(file.path, begin, file.head) for file, begin in zip(files.files, begins, strict=True)]
        if new != record.files or len(files.names.owners) != len(record.names):
            self._record = msgspec.structs.replace(record, files=new, names=dict(files.names.owners))
            try:
                replace_record(self._attempt.path, self._record)
            except OSError as error:
                log.warning("%s: can't be written: %s", self._attempt.path / record.FILE, error.strerror)
