"""A runner's voice without a runner: answers the commands that are dropped into a session's folder."""

from __future__ import annotations

import os
import threading
import time
from typing import Self

import msgspec

from autotrain_tui.session.journal.events import CommandTaken
from autotrain_tui.session.records.command_file import Command
from autotrain_tui.session.records.folder import SessionFolder
from tests.tui.sessions import append


class Answering:
    """Takes commands in a thread while the block runs; `taken` holds them."""

    def __init__(self, folder: SessionFolder, refusal: str = "") -> None:
        self.folder, self.refusal = folder, refusal
        self.taken: list[Command] = []
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self._leave.is_set():
            for name in sorted(os.listdir(self.folder.control)):
                if name.endswith(".json") and not name.startswith("."):
                    path = self.folder.control / name
                    command = msgspec.json.decode(path.read_bytes(), type=Command)
                    os.rename(path, self.folder.done / name)
                    self.taken.append(command)
                    append(
                        self.folder,
                        CommandTaken(
                            id=command.id,
                            verb=command.verb,
                            stage=command.stage,
                            accepted=not self.refusal,
                            reason=self.refusal,
                        ),
                    )
            time.sleep(0.01)
