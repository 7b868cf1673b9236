"""Work beside the screen: a coroutine function that runs as a Textual worker of a group. Its errors are told once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, ParamSpec, TypeAlias
from weakref import WeakKeyDictionary

from textual.app import App
from textual.dom import DOMNode
from textual.worker import Worker, WorkType

from autotrain_tui.text.sanitize import sanitize

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["background", "run_in_background", "tell_error"]

Work: TypeAlias = Callable[[], Coroutine[None, None, None]]
_With = ParamSpec("_With")
"""A method's parameters, `self` the first of them."""

_TOLD: WeakKeyDictionary[App[None], set[str]] = WeakKeyDictionary()
"""Where in the code the errors of each application came from that were told."""


def run_in_background(node: DOMNode, work: Work, group: str, *, exclusive: bool = True) -> Worker[None]:
    """Start `work`; if it is `exclusive`, what runs in its group is cancelled first. An exception ends only the work,
    and is told.

    `work` is a function and not its coroutine: a worker that is cancelled before its start never calls it, and a
    coroutine that nobody awaits is a RuntimeWarning.
    """

    async def guarded() -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  whatever it is, the screen goes on without this work
            tell_error(node.app, error, group)

    started: WorkType[None] = guarded
    return node.run_worker(started, group=group, exclusive=exclusive, exit_on_error=False)


def background(
    group: str, *, exclusive: bool = True
) -> Callable[[Callable[_With, Coroutine[None, None, None]]], Callable[_With, Worker[None]]]:
    """For a coroutine method of a widget: a call starts it so and returns at once, as with `textual.work`."""

    def decorate(method: Callable[_With, Coroutine[None, None, None]]) -> Callable[_With, Worker[None]]:
        @functools.wraps(method)
        def start(*args: _With.args, **kwargs: _With.kwargs) -> Worker[None]:
            node = args[0]
            assert isinstance(node, DOMNode)
            return run_in_background(node, functools.partial(method, *args, **kwargs), group, exclusive=exclusive)

        return start

    return decorate


def tell_error(app: App[None], error: BaseException, what: str) -> None:
    """Tell of an error that nothing expected, once for each line of code: it may come again with every second."""
    where = _place_of(error.__traceback__)
    told = _TOLD.setdefault(app, set())
    if where in told:
        return
    told.add(where)
    text = sanitize(f"{what}: {type(error).__name__}: {error} ({where})")
    app.notify(text, title="Internal error", severity="error", markup=False)


def _place_of(trace: TracebackType | None) -> str:
    """The file's name and the line that raised."""
    if trace is None:
        return "unknown line"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
