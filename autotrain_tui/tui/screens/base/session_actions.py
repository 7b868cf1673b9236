"""The session's keys: what each would do now, the question it calls for, sending it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import structs
from textual.binding import Binding, BindingType

from autotrain_tui.errors import UsageError
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.actions import ACTIONS, Request, find_action
from autotrain_tui.tui.widgets.background_work import run_in_background

if TYPE_CHECKING:
    from textual.screen import Screen

    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.session.journal.state import Stage
    from autotrain_tui.tui.model.host import Host

__all__ = ["ACTION_BINDINGS", "SessionActions"]

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

_NAMED = 6
"""Trials that a question names."""

_ALWAYS_SHOWN = frozenset({"pause", "skip", "retry", "stop"})
"""Greyed, not hidden, while they can do nothing."""


class SessionActions:
    """What the keys of the verb table do to the open session. A screen owns one.

    `selected` is the stage that the person looks at; `shown` tells whether the screen shows the session at all.
    """

    def __init__(
        self,
        screen: Screen[None],
        host: Host,
        selected: Callable[[], Stage | None],
        shown: Callable[[], bool] = lambda: True,
    ) -> None:
        self._screen, self._host, self._selected, self._shown = screen, host, selected, shown
        self._requests: tuple[Request | None, ...] = ()

    def request(self, name: str) -> Request | None:
        """What an action of the table would do now."""
        if self._host.read_only:
            return None
        view = self._host.view
        return find_action(name).request(view, self._selected()) if view is not None and self._shown() else None

    def refresh(self) -> None:
        """Have the bottom line drawn again, when what the keys would do has changed."""
        requests = tuple(self.request(action.name) for action in ACTIONS)
        if requests != self._requests:
            self._requests = requests
            self._screen.refresh_bindings()

    def label(self, binding: Binding) -> str:
        """What a key is called now."""
        if binding.id is not None and binding.id.startswith("session."):
            request = self.request(binding.id.removeprefix("session."))
            if request is not None:
                return request.label
        return binding.description

    def check(self, name: str) -> bool | None:
        """Whether an action can do something now: True; None greys its key, False hides it."""
        if self.request(name) is not None:
            return True
        greyed = self._host.view is not None and name in _ALWAYS_SHOWN and not self._host.read_only
        return None if greyed else False

    def act(self, name: str) -> None:
        """Do what the table says, after the question it calls for."""
        request = self.request(name)
        if request is not None:
            self.carry_out(request)

    def acknowledge(self, alert: int | None) -> None:
        """Mark an alert as seen by its number; None: all that stand."""
        request = self.request("acknowledge")
        if request is not None:
            self.carry_out(structs.replace(request, args={} if alert is None else {"alert": alert}))

    def act_on(self, name: str, stages: Sequence[Stage]) -> None:
        """Do it to several stages, after one question for all of them; those that it can do nothing to are left.

        A key with two meanings (pause and resume) pauses if one of them runs.
        """
        view = self._host.view
        if view is None or self._host.read_only:
            return
        found = [find_action(name).request(view, stage) for stage in stages]
        requests = [
            one for one, stage in zip(found, stages, strict=True) if one is not None and one.stage == stage.name
        ]
        verbs = {request.verb for request in requests}
        if len(verbs) > 1:
            requests = [request for request in requests if request.verb == ("pause" if "pause" in verbs else name)]
        if requests:
            run_in_background(self._screen, partial(self._carry_out_all, requests), "requests", exclusive=False)

    async def _carry_out_all(self, requests: Sequence[Request]) -> None:
        first, reason, count = requests[0], "", len(requests)
        if first.question is not None:
            from autotrain_tui.tui.dialogs.question import ask_question  # first needed for the first request

            names = ", ".join(sanitize(request.stage or "") for request in requests[:_NAMED])
            text = f"{first.label}: {names}{f' and {count - _NAMED} more' if count > _NAMED else ''}."
            asked = structs.replace(
                first.question, title=f"{first.label} {count} trials?", text=text, yes=f"{first.label} {count}"
            )
            reply = await self._screen.app.push_screen_wait(ask_question(asked))
            if reply is None or reply.name != "yes":
                return
            reason = reply.text
        for request in requests:
            await self._send(request, reason)

    def carry_out(self, request: Request) -> None:
        """Ask if need be, send, and notify when it was refused."""
        run_in_background(self._screen, partial(self._carry_out, request), "requests", exclusive=False)

    async def _carry_out(self, request: Request) -> None:
        from autotrain_tui.tui.dialogs.question import ask_question  # first needed for the first request

        feed, app = self._host.feed, self._screen.app
        if feed is None:
            return
        reason = ""
        if request.verb in ("budget", "metric", "extend"):
            changed = await self._ask_args(feed.view, request)
            if changed is None:
                return
            request = changed
        if request.question is not None:
            reply = await app.push_screen_wait(ask_question(request.question))
            if reply is None or reply.name == "no":
                return
            if reply.name == "plain":
                request = structs.replace(request, args={})
            reason = reply.text
        await self._send(request, reason)

    async def _send(self, request: Request, reason: str) -> None:
        from autotrain_tui.tui.model.command_sender import (  # imports what starts a runner: only when needed
            effect_of,
            send,
        )

        feed, app = self._host.feed, self._screen.app
        if feed is None:
            return

        refusal = await asyncio.to_thread(send, feed.folder, request, reason)
        if refusal:
            app.notify(refusal, title=f"{request.label}: refused", severity="error", markup=False)
        elif effect := await asyncio.to_thread(effect_of, feed.folder, request):
            app.notify(effect, markup=False)

    async def _ask_args(self, view: View | None, request: Request) -> Request | None:
        """The request with the time, the metric or the trials that were chosen; None when there is nothing to send."""
        from autotrain_tui.tui.dialogs.budget import amount_of, ask_budget  # as above
        from autotrain_tui.tui.dialogs.metric import ask_metric, metric_of
        from autotrain_tui.tui.dialogs.more_trials import ask_trials, trials_of

        if view is None:
            return None
        app = self._screen.app
        dialog, read = {
            "budget": (partial(ask_budget, view), amount_of),
            "metric": (partial(ask_metric, view), metric_of),
            "extend": (partial(ask_trials, view, request.stage or ""), trials_of),
        }[request.verb]
        reply = await app.push_screen_wait(dialog())
        try:
            args = read(reply)
        except UsageError as error:
            app.notify(str(error), title=request.label, severity="error", markup=False)
            return None
        return structs.replace(request, args=args) if args is not None else None
