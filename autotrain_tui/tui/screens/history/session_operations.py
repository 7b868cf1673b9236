"""What can be done to a session in History: resume it, run it again, export, describe and delete it.

Each asks what it must, does the work in a thread, and notifies of the result.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal

from autotrain_tui.errors import AutotrainError, UsageError
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.dialogs.question import LineDialog, QuestionDialog, ask_question
from autotrain_tui.tui.model.actions import Question, find_action
from autotrain_tui.tui.widgets.background_work import run_in_background

if TYPE_CHECKING:
    from autotrain_tui.plan.loading.overrides import Overrides
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.model.session_rows import SessionRow
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

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


class SessionOperations:
    """The actions of History. `changed` is called when the sessions must be read again."""

    def __init__(self, screen: ModeScreen, host: Host, changed: Callable[[], None]) -> None:
        self._screen, self._host, self._changed = screen, host, changed

    def check(self, operation: str, row: SessionRow | None) -> bool | None:
        """Whether an operation is possible on this row: True; None greys its key, False hides it."""
        if row is None or row.trouble or self._host.read_only:
            return False
        if operation == "delete":
            return True if row.finished else None
        return operation != "resume" or row.fields.get("outcome") != "succeeded"

    def start(self, operation: str, folder: SessionFolder) -> None:
        """Begin `resume`, `again`, `delete`, `export` or `note`; it asks what it must."""
        carry_out = {
            "resume": self._resume,
            "again": self._run_again,
            "delete": self._delete,
            "export": self._export,
            "note": self._note,
        }[operation]
        run_in_background(self._screen, partial(carry_out, folder), "operation")

    async def _ask(self, question: QuestionDialog) -> str | None:
        """The typed line of a reply that agrees; None for any other."""
        reply = await self._screen.app.push_screen_wait(question)
        return reply.text if reply is not None and reply.name == "yes" else None

    def _notify(self, text: str, title: str = "", *, error: bool = False) -> None:
        severity: Literal["error", "information"] = "error" if error else "information"
        self._screen.app.notify(sanitize(text), title=title, severity=severity, markup=False)

    async def _resume(self, folder: SessionFolder) -> None:
        """Start a runner for an unfinished session, and show it."""
        from autotrain_tui.session.journal.session_view import load_view
        from autotrain_tui.tui.model.command_sender import send

        try:
            view = await asyncio.to_thread(load_view, folder)
        except AutotrainError as error:
            self._notify(str(error), "Resume", error=True)
            return
        request = find_action("pause").request(view, None)
        if request is None or not request.start:
            self._notify("It is finished." if view.finished else "It has a runner; Enter shows it.", "Resume")
            return
        refusal = await asyncio.to_thread(send, folder, request)
        if refusal:
            self._notify(refusal, "Resume: refused", error=True)
        else:
            self._host.open_session(folder)

    async def _run_again(self, folder: SessionFolder) -> None:
        """Start a new session with the same plan, with optional changes."""
        text = f"A new session with the plan of {sanitize(folder.id)}, as it was then."
        prompt = "changes, such as epochs=3 mode=research (optional)"
        changes = await self._ask(LineDialog("Run again?", text, "Start", prompt=prompt))
        if changes is None:
            return
        try:
            new = await asyncio.to_thread(self._start_again, folder, overrides_of(changes))
        except AutotrainError as error:
            self._notify(str(error), "Not started", error=True)
            return
        self._host.open_session(new)

    def _start_again(self, folder: SessionFolder, overrides: Overrides) -> SessionFolder:
        from autotrain_tui.plan.loading.load import load_plan
        from autotrain_tui.session.journal.session_view import load_view
        from autotrain_tui.session.launch.prepare import prepare, start

        host = self._host
        root = host.project or host.sessions.parent
        prepared = prepare(load_plan(folder.plan), overrides, root=root, sessions=host.sessions)
        command = load_view(folder).session.command
        return start(prepared, root=root, sessions=host.sessions, command_line=sys.argv, command=command)

    async def _delete(self, folder: SessionFolder) -> None:
        """Move a finished session to the trash, after a question."""
        from autotrain_tui.session.history.remove import TRASH, measure, trash_session
        from autotrain_tui.text.escape_filter import size_text

        size = await asyncio.to_thread(measure, folder)
        text = (
            f"{sanitize(folder.id)} takes {size_text(size.total)}, {size_text(size.checkpoints)} of them checkpoints. "
            f"It is moved to {TRASH} in the folder of sessions; autotrain-tui clean --now deletes what is there."
        )
        question = ask_question(Question("Remove this session?", text, "Move to trash"))
        if await self._ask(question) is None:
            return
        try:
            await asyncio.to_thread(trash_session, folder)
        except AutotrainError as error:
            self._notify(str(error), "Not removed", error=True)
            return
        if folder.id in self._host.marked:
            self._host.marked.remove(folder.id)
        self._notify(f"{folder.id} is in {TRASH}")
        self._changed()

    async def _export(self, folder: SessionFolder) -> None:
        """Write it to a file: the ending says in which format."""
        text = (
            "The file's ending decides what is written: .csv (every point), .json (all of it), "
            ".md (a report to read). Nothing is overwritten."
        )
        path = await self._ask(LineDialog("Export", text, "Write", prompt="file", value=f"{folder.id}.md"))
        if not path:
            return
        try:
            await asyncio.to_thread(_write, folder, path)
        except AutotrainError as error:
            self._notify(str(error), "Nothing was written", error=True)
            return
        self._notify(f"written: {path}", "Export")

    async def _note(self, folder: SessionFolder) -> None:
        """Change the note and the tags: words that begin with # are tags."""
        from autotrain_tui.session.records.notes import LONGEST_NOTE, Notes, is_tag, notes_to_change, write_notes

        try:
            notes = notes_to_change(folder)
        except AutotrainError as error:
            self._notify(str(error), "The note was not changed", error=True)
            return
        value = " ".join([*(f"#{tag}" for tag in notes.tags), notes.note])
        text = "What is worth remembering of it. Words that begin with # are tags."
        line = await self._ask(LineDialog("Note and tags", text, "Save", prompt="#tag another word", value=value))
        if line is None:
            return
        words = line.split(" ")
        tags = list(dict.fromkeys(word[1:] for word in words if word.startswith("#") and is_tag(word[1:])))
        note = " ".join(word for word in words if not (word.startswith("#") and is_tag(word[1:]))).strip()
        try:
            await asyncio.to_thread(write_notes, folder, Notes(note[:LONGEST_NOTE], tags))
        except AutotrainError as error:
            self._notify(str(error), "The note was not saved", error=True)
        self._changed()


def _write(folder: SessionFolder, path: str) -> None:
    """Raises UsageError for an ending that says nothing, MachineError, RecordsError."""
    from autotrain_tui.session.history.export import export_text, form_of, write_export  # first needed here
    from autotrain_tui.session.journal.session_view import load_view

    write_export(export_text(load_view(folder), form_of(path)), path)
