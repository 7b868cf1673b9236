"""The session's keys: what each would do now, the question it calls for, sending it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from msgspec import structs
from textual import getters, work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from autotrain_tui.errors import UsageError
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.tui.model.actions import ACTIONS, Request, find_action

if TYPE_CHECKING:
    from autotrain_tui.tui.app import AutotrainApp

__all__ = ["ACTION_BINDINGS", "SessionKeys"]

ACTION_BINDINGS: list[BindingType] = [
    Binding(
        action.key,
        f"act({action.name!r})",
        action.label,
        id=f"session.{action.name}",
        tooltip=action.help,
        show=action.shown,
    )
    for action in ACTIONS
]
"""The session's keys, straight from the table."""


class SessionKeys(Screen[None]):
    """A screen on the session that is open."""

    BINDING_GROUP_TITLE = "Session"
    BINDINGS: ClassVar[list[BindingType]] = ACTION_BINDINGS

    if TYPE_CHECKING:
        app: getters.app[AutotrainApp]

    def __init__(self) -> None:
        super().__init__()
        self._requests: tuple[Request | None, ...] = ()

    @property
    def view(self) -> View | None:
        """The session as it stands."""
        feed = self.app.feed
        return feed.view if feed is not None else None

    @property
    def chosen(self) -> Stage | None:
        """The stage that a person looks at."""
        return None

    def offer_keys(self) -> None:
        """Have the bottom line drawn anew, when what the keys would do has changed."""
        requests = tuple(self.request(action.name) for action in ACTIONS)
        if requests != self._requests:
            self._requests = requests
            self.refresh_bindings()

    def request(self, name: str) -> Request | None:
        """What an action of the table would do now."""
        view = self.view
        return find_action(name).request(view, self.chosen) if view is not None else None

    def label_of(self, binding: Binding) -> str:
        """What a key is called now."""
        if binding.id is not None and binding.id.startswith("session."):
            request = self.request(binding.id.removeprefix("session."))
            if request is not None:
                return request.label
        return binding.description

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing now are greyed; those of rare use are not shown at all."""
        if action != "act":
            return True
        name = str(parameters[0])
        if self.request(name) is not None:
            return True
        return None if self.view is not None and name in {"pause", "skip", "retry", "stop"} else False

    def action_act(self, name: str) -> None:
        """Do what the table says, after the question it calls for."""
        request = self.request(name)
        if request is not None:
            self.carry_out(request)

    @work(group="requests", exit_on_error=False)
    async def carry_out(self, request: Request) -> None:
        """Ask if need be, send, and say so when it was refused."""
        from autotrain_tui.tui.dialogs.question import ask_question  # first needed when somebody asks for something

        feed = self.app.feed
        if feed is None:
            return
        reason = ""
        if request.verb == "budget":
            changed = await self._ask_budget(request)
            if changed is None:
                return
            request = changed
        if request.question is not None:
            reply = await self.app.push_screen_wait(ask_question(request.question))
            if reply is None or reply.name != "yes":
                return
            reason = reply.text
        from autotrain_tui.tui.model.command_sender import (
            send,  # what starts a runner is imported when somebody wants it
        )

        refusal = await asyncio.to_thread(send, feed.folder, request, reason)
        if refusal:
            self.app.notify(refusal, title=f"{request.label}: refused", severity="error", markup=False)

    async def _ask_budget(self, request: Request) -> Request | None:
        """The request with the time that was chosen; None when there is nothing to send."""
        from autotrain_tui.tui.dialogs.budget import amount_of, ask_budget  # as above

        if self.view is None:
            return None
        try:
            args = amount_of(await self.app.push_screen_wait(ask_budget(self.view)))
        except UsageError as error:
            self.app.notify(str(error), title="Budget", severity="error", markup=False)
            return None
        return structs.replace(request, args=args) if args is not None else None
