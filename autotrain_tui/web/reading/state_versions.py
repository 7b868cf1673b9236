"""The last states of a session that readers of its stream have, from which patches are made.

A state is what the page shows of the session as a whole and of the stages that are not at rest; of the others it has
the records, which the session has too: a thousand stages that have ended are in no state.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import msgspec

from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.web.reading.safe_text import safe_document
from autotrain_tui.web.reading.session_texts import session_texts
from autotrain_tui.web.reading.stage_documents import Headline, StageDocuments, StageView, headline_of

__all__ = ["PageState", "StateVersions", "merge_patch"]

Json = dict[str, Any]
_VERSIONS = 8
_NOTHING = StageView("", {}, {})


class PageState(msgspec.Struct, frozen=True):
    """A state: the `show` document and the page's texts without the stages, and the stages beside."""

    document: Json
    shown: Json
    headline: Headline
    stages: tuple[Stage, ...]
    lively: dict[int, StageView]
    """Those that are not at rest, by their places."""


class StateVersions:
    """The states by their checksum. What is equal in two that follow each other is kept once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, PageState] = OrderedDict()
        self._documents = StageDocuments()

    def add(self, view: View) -> str:
        """Keep the session's state as it is; its key."""
        lively = self._documents.look(view)
        document, shown = safe_document(show(view, ())), session_texts(view, {})
        told = msgspec.json.encode((document, shown, sorted(lively.items())))
        key = f"{zlib.crc32(told, self._documents.checksum):08x}"
        if self._kept:
            last = next(reversed(self._kept.values()))
            document, shown = _shared(document, last.document), _shared(shown, last.shown)
            lively = {place: _shared_view(one, last.lively.get(place)) for place, one in lively.items()}
        self._kept[key] = PageState(document, shown, headline_of(view), view.session.stages, lively)
        while len(self._kept) > _VERSIONS:
            self._kept.popitem(last=False)
        return key

    def get(self, key: str) -> PageState | None:
        """The state of a key, if it is still kept."""
        return self._kept.get(key)

    def whole(self, view: View, key: str) -> Json:
        """All of the state with that key, which is kept."""
        state = self._kept[key]
        views = [self._view(view, state, place) for place in range(len(state.stages))]
        return {
            **state.document,
            "stages": {one.document["name"]: one.document for one in views},
            "shown": {**state.shown, "stages": {one.name: one.texts for one in views}},
        }

    def patch(self, view: View, before: str, after: str) -> Json | None:
        """The patch from one state to another, which is kept; None if no patch can be made from the first."""
        old, new = self._kept.get(before), self._kept[after]
        if old is None or old.headline != new.headline:
            return None
        document, shown = merge_patch(old.document, new.document), merge_patch(old.shown, new.shown)
        documents: Json = {}
        texts: Json = {}
        for one, other in self._changed(view, old, new):
            if one is not None and (other is None or other.name != one.name):
                documents[one.document["name"]] = texts[one.name] = None
                one = None  # noqa: PLW2901  another stage stands in its place
            if other is not None:
                name, known = other.document["name"], one if one is not None else _NOTHING
                documents[name] = merge_patch(known.document, other.document)
                texts[other.name] = merge_patch(known.texts, other.texts)
        for part, stages in ((document, documents), (shown, texts)):
            if found := {name: patch for name, patch in stages.items() if patch is None or patch}:
                part["stages"] = found
        return {**document, "shown": shown} if shown else document

    def _changed(
        self, view: View, old: PageState, new: PageState
    ) -> Iterator[tuple[StageView | None, StageView | None]]:
        """The stages that may differ in two states, as they are in both."""
        for place, (one, other) in enumerate(zip_longest(old.stages, new.stages)):
            if one is other and place not in old.lively and place not in new.lively:
                continue
            yield (
                self._view(view, old, place) if one is not None else None,
                self._view(view, new, place) if other is not None else None,
            )

    def _view(self, view: View, state: PageState, place: int) -> StageView:
        """A stage as it is in a state."""
        return state.lively.get(place) or self._documents.of(view, state.stages[place])


def _shared_view(after: StageView, before: StageView | None) -> StageView:
    if before is None:
        return after
    return StageView(after.name, _shared(after.document, before.document), _shared(after.texts, before.texts))


def _shared(after: Any, before: Any) -> Any:  # JSON values
    """What came after, with what is equal in what was before."""
    if after is before:
        return before
    if isinstance(after, dict) and isinstance(before, dict):
        inner = {name: _shared(value, before[name]) if name in before else value for name, value in after.items()}
        same = inner.keys() == before.keys() and all(inner[name] is before[name] for name in before)
        return before if same else inner
    return before if type(after) is type(before) and after == before else after


def merge_patch(before: Json, after: Json) -> Json:
    """The RFC 7396 patch that makes `after` of `before`; null removes a key (a value that is null is left out)."""
    patch: Json = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if value is old and name in before:
            continue
        if isinstance(value, dict) and isinstance(old, dict):
            if inner := merge_patch(old, value):
                patch[name] = inner
        elif name not in before or old != value:
            patch[name] = value
    return patch
