"""The stages of a session as the page shows them: of those at rest only a checksum is kept, and a few documents.

The page looks twice a second, and nearly all stages of a session with thousands of them are at rest: the checksum says
that such a stage is as before, and its document can be made again from its record, which the session has anyway.
"""

from __future__ import annotations

import zlib
from array import array
from typing import Any, NamedTuple

import msgspec

from autotrain_tui.session.history.documents import stage_document
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.web.reading.safe_text import safe_document
from autotrain_tui.web.reading.session_texts import stage_texts

__all__ = ["Headline", "StageDocuments", "StageView", "headline_of"]

Json = dict[str, Any]
Headline = tuple[str | None, str | None]
"""The headline metric's name and goal."""

_MOST_KEPT = 256
"""Documents of stages at rest: each is 5 KiB, and they are asked for again by the next reader."""


def headline_of(view: View) -> Headline:
    """The session's headline metric, of which the documents of all stages speak."""
    return view.session.metric_name, view.session.metric_goal


class StageView(NamedTuple):
    """A stage in the state of a session: the `show` document with the trials by name, and the page's texts."""

    name: str
    document: Json
    texts: Json


class StageDocuments:
    """What the stages look like; those at rest are made again when somebody needs them."""

    def __init__(self) -> None:
        self._headline: Headline = (None, None)
        self._at_rest: list[Stage | None] = []
        """The record of which each checksum was made, by the stage's place; None if the stage is not at rest."""
        self._sums = array("I")
        self._kept: dict[str, tuple[Stage, StageView]] = {}

    def look(self, view: View) -> dict[int, StageView]:
        """The stages that are not at rest, by their places in the session; the others are as `checksum` says."""
        stages, live = view.session.stages, view.live
        if headline_of(view) != self._headline or len(stages) < len(self._at_rest):
            self._headline, self._at_rest, self._sums = headline_of(view), [], array("I")
            self._kept.clear()
        missing = len(stages) - len(self._at_rest)
        self._at_rest.extend([None] * missing)
        self._sums.extend([0] * missing)
        lively: dict[int, StageView] = {}
        for place, (stage, known) in enumerate(zip(stages, self._at_rest, strict=True)):
            if stage is known and stage.name not in live:
                continue
            if _is_at_rest(view, stage):
                made = self.of(view, stage)
                self._at_rest[place] = stage
                self._sums[place] = zlib.crc32(msgspec.json.encode((made.document, made.texts)))
            else:
                lively[place] = _made(view, stage)
                self._at_rest[place], self._sums[place] = None, 0
        return lively

    @property
    def checksum(self) -> int:
        """Of all stages that are at rest, as they were at the last `look`."""
        return zlib.crc32(self._sums.tobytes())

    def of(self, view: View, stage: Stage) -> StageView:
        """A stage that is at rest, now or in a state that was kept, with the headline metric as it is now."""
        known = self._kept.pop(stage.name, None)
        if known is None or known[0] is not stage:
            known = stage, _made(msgspec.structs.replace(view, live={}), stage)
        self._kept[stage.name] = known
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return known[1]


def _made(view: View, stage: Stage) -> StageView:
    return StageView(stage.name, _document(view, stage), stage_texts(view, stage))


def _document(view: View, stage: Stage) -> Json:
    document: Json = safe_document(stage_document(view, stage))
    document["trials"] = {trial["name"]: trial for trial in document["trials"]}
    return document


def _is_at_rest(view: View, stage: Stage) -> bool:
    """Whether neither clocks, nor live values, nor other records say more of it than its own."""
    alone = stage.info.search is None and not any(attempt.ranks or attempt.engine for attempt in stage.attempts)
    ended = all(attempt.end is not None for attempt in stage.attempts)
    return alone and ended and stage.state not in ACTIVE and stage.name not in view.live
