"""The metrics of a session by kind: quality first; the other kinds are folded until a person unfolds them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from autotrain_tui.metrics.parsing.series_kinds import KINDS, SeriesKind, series_kind

__all__ = ["FoldedKinds", "MetricGroup", "groups_of"]


class MetricGroup(msgspec.Struct, frozen=True):
    """The metrics of one kind, in their order."""

    kind: SeriesKind
    names: tuple[str, ...]
    folded: bool = False


def groups_of(names: Iterable[str], headline: str | None) -> list[MetricGroup]:
    """The kinds that have a metric, quality first. The headline is one of quality, whatever its name."""
    found: dict[SeriesKind, list[str]] = {kind: [] for kind in KINDS}
    for name in names:
        found["quality" if name == headline else series_kind(name)].append(name)
    return [MetricGroup(kind, tuple(members)) for kind, members in found.items() if members]


class FoldedKinds:
    """Which kinds a person has unfolded. Quality is never folded, and nothing is if there is no quality."""

    def __init__(self) -> None:
        self._unfolded: set[SeriesKind] = set()

    def groups(self, names: Iterable[str], headline: str | None, *, all_open: bool) -> list[MetricGroup]:
        """The kinds with what is folded now; `all_open`: nothing is, because the names are a choice already."""
        found = groups_of(names, headline)
        if all_open or not found or found[0].kind != "quality":
            return found
        return [found[0], *(self._as_shown(group) for group in found[1:])]

    def _as_shown(self, group: MetricGroup) -> MetricGroup:
        return msgspec.structs.replace(group, folded=group.kind not in self._unfolded)

    def toggle(self, kind: SeriesKind | None = None) -> None:
        """Fold or unfold a kind; without one all of them."""
        if kind is not None:
            self._unfolded ^= {kind}
        elif self._unfolded:
            self._unfolded.clear()
        else:
            self._unfolded.update(KINDS)

    @property
    def any_unfolded(self) -> bool:
        """Whether a person has unfolded a kind."""
        return bool(self._unfolded)
