"""What can be done to a session of the row: go on with it, run it again, export, describe and delete it.

Each asks what it must, does the work in a thread, and says what became of it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from textual import work

from autotrain_tui.errors import AutotrainError, UsageError
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.dialogs.question import LineDialog, ask_question
from autotrain_tui.tui.model.actions import Question, Request, find_action
from autotrain_tui.tui.screens.history.session_reader import SessionReading

if TYPE_CHECKING:
    from autotrain_tui.plan.loading.overrides import Overrides

__all__ = ["SessionOperations", "overrides_of"]


def overrides_of(text: str) -> Overrides:
    """`mode=research epochs=3 max_hours=2` as changes to a plan. Raises UsageError."""
    from autotrain_tui.plan.loading.overrides import Overrides

    mode, hours, sets = None, None, []
    for word in text.split():
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise UsageError(f"{sanitize(word)}: write name=value, for example epochs=3")
        if key == "mode":
            mode = value
        elif key == "max_hours":
            try:
                hours = float(value)
            except ValueError:
                raise UsageError(f"max_hours={sanitize(value)}: expected a number of hours") from None
        else:
            sets.append(word)
    return Overrides(mode=mode, max_hours=hours, sets=tuple(sets))


class SessionOperations(SessionReading):
    """The actions of History. Subclasses say which session is meant."""

    @property
    def meant(self) -> SessionFolder | None:
        """The session under the cursor, unless its records can't be read."""
        raise NotImplementedError

    def _say(self, error: AutotrainError, title: str) -> None:
        self.app.notify(sanitize(str(error)), title=title, severity="error", markup=False)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_go_on(self) -> None:
        """Start a runner for a session that is not done, and show it."""
        from autotrain_tui.session.journal.session_view import load_view
        from autotrain_tui.tui.model.command_sender import send

        folder = self.meant
        if folder is None:
            return
        try:
            view = await asyncio.to_thread(load_view, folder)
        except AutotrainError as error:
            self._say(error, "Go on")
            return
        request = find_action("pause").request(view, None)
        if not isinstance(request, Request) or not request.start:
            self.app.notify(
                "It is done." if view.finished else "It has a runner; Enter shows it.", title="Go on", markup=False
            )
            return
        refusal = await asyncio.to_thread(send, folder, request)
        if refusal:
            self.app.notify(refusal, title="Go on: refused", severity="error", markup=False)
        else:
            self.app.open_session(folder)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_again(self) -> None:
        """Run the same plan once more, with changes if a person wants some."""
        folder = self.meant
        if folder is None:
            return
        question = LineDialog(
            "Run again?",
            f"A new session with the plan of {sanitize(folder.id)}, as it was then.",
            "Start it",
            prompt="changes, such as epochs=3 mode=research (may stay empty)",
        )
        reply = await self.app.push_screen_wait(question)
        if reply is None or reply.name != "yes":
            return
        try:
            self.app.open_session(await asyncio.to_thread(self._start_again, folder, overrides_of(reply.text)))
        except AutotrainError as error:
            self._say(error, "It was not started")

    def _start_again(self, folder: SessionFolder, overrides: Overrides) -> SessionFolder:
        from autotrain_tui.plan.loading.load import load_plan
        from autotrain_tui.session.launch.prepare import prepare, start

        app = self.app
        root = app.project or app.sessions.parent
        prepared = prepare(load_plan(folder.plan), overrides, root=root, sessions=app.sessions)
        return start(prepared, root=root, sessions=app.sessions, command_line=sys.argv)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_delete(self) -> None:
        """Remove a finished session for ever, after a question."""
        from autotrain_tui.session.history.remove import measure, remove_session
        from autotrain_tui.text.escape_filter import size_text

        folder = self.meant
        if folder is None:
            return
        size = await asyncio.to_thread(measure, folder)
        text = (
            f"{sanitize(folder.id)} takes {size_text(size.total)}, {size_text(size.checkpoints)} of them checkpoints. "
            "Logs, metrics and checkpoints are gone for ever then."
        )
        question = Question("Delete this session?", text, "Delete it for ever")
        reply = await self.app.push_screen_wait(ask_question(question))
        if reply is None or reply.name != "yes":
            return
        try:
            await asyncio.to_thread(remove_session, folder)
        except AutotrainError as error:
            self._say(error, "It was not deleted")
            return
        if folder.id in self.app.marked:
            self.app.marked.remove(folder.id)
        self.app.notify(f"{sanitize(folder.id)} is gone, {size_text(size.total)} are free", markup=False)
        self.look()

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_export(self) -> None:
        """Write it to a file: the ending says what it becomes."""
        folder = self.meant
        if folder is None:
            return
        question = LineDialog(
            "Export",
            "The file's ending says what is written: .csv (every point), .json (all of it), "
            ".md (a report to read). Nothing is overwritten.",
            "Write it",
            prompt="file",
            value=f"{folder.id}.md",
        )
        reply = await self.app.push_screen_wait(question)
        if reply is None or reply.name != "yes" or not reply.text:
            return
        try:
            await asyncio.to_thread(_export, folder, reply.text)
        except AutotrainError as error:
            self._say(error, "Nothing was written")
            return
        self.app.notify(f"written: {reply.text}", title="Export", markup=False)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_note(self) -> None:
        """Change the note and the tags: words that begin with # are tags."""
        from autotrain_tui.session.records.notes import LONGEST_NOTE, Notes, is_tag, read_notes, write_notes

        folder = self.meant
        if folder is None:
            return
        notes = read_notes(folder)
        value = " ".join([*(f"#{tag}" for tag in notes.tags), notes.note])
        question = LineDialog(
            "Note and tags",
            "What is worth remembering of it. Words that begin with # are tags.",
            "Keep it",
            prompt="#tag another word",
            value=value,
        )
        reply = await self.app.push_screen_wait(question)
        if reply is None or reply.name != "yes":
            return
        words = reply.text.split(" ")
        tags = list(dict.fromkeys(word[1:] for word in words if word.startswith("#") and is_tag(word[1:])))
        note = " ".join(word for word in words if not (word.startswith("#") and is_tag(word[1:]))).strip()
        try:
            await asyncio.to_thread(write_notes, folder, Notes(note[:LONGEST_NOTE], tags))
        except AutotrainError as error:
            self._say(error, "The note was not kept")
        self.look()


def _export(folder: SessionFolder, path: str) -> None:
    """Raises UsageError for an ending that says nothing, MachineError, RecordsError."""
    from autotrain_tui.cli.commands.export import export_text, form_of, write_export  # the command's own way to write
    from autotrain_tui.session.journal.session_view import load_view

    write_export(export_text(load_view(folder), form_of(path)), path)
