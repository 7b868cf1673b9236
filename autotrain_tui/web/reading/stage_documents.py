"""The stages of a session as the page shows them, made again only when a stage has changed.

The page looks twice a second, and nearly all stages of a session with thousands of them are at rest: what is made of
them is kept once, for all states that patches are made from.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autotrain_tui.session.history.documents import stage_document
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.web.reading.safe_text import safe_document
from autotrain_tui.web.reading.session_texts import stage_texts

__all__ = ["StageDocuments", "StageView"]

Json = dict[str, Any]


class StageView(NamedTuple):
    """A stage in the state of a session: the `show` document with the trials by name, and the page's texts."""

    name: str
    document: Json
    texts: Json


class StageDocuments:
    """What was made of each stage, and of which record and headline metric."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Stage, tuple[str | None, str | None], StageView]] = {}

    def of(self, view: View, stage: Stage) -> StageView:
        """The stage, as it was made before if nothing but its record says how it looks."""
        headline = view.session.metric_name, view.session.metric_goal
        known = self._known.get(stage.name)
        if known is not None and known[0] is stage and known[1] == headline and _is_at_rest(view, stage):
            return known[2]
        made = StageView(stage.name, _document(view, stage), stage_texts(view, stage))
        if _is_at_rest(view, stage):
            self._known[stage.name] = stage, headline, made
        else:
            self._known.pop(stage.name, None)
        return made


def _document(view: View, stage: Stage) -> Json:
    document: Json = safe_document(stage_document(view, stage))
    document["trials"] = {trial["name"]: trial for trial in document["trials"]}
    return document


def _is_at_rest(view: View, stage: Stage) -> bool:
    """Whether neither clocks, nor live values, nor other records say more of it than its own."""
    alone = stage.info.search is None and not any(attempt.ranks or attempt.engine for attempt in stage.attempts)
    ended = all(attempt.end is not None for attempt in stage.attempts)
    return alone and ended and stage.state not in ACTIVE and stage.name not in view.live
