"""Names of series that come from several files: two folders with the same tag must not become one curve.

Keras writes `epoch_loss` into `train/` and into `validation/`, a cross-validation `val_loss` into five folders, and
`add_scalars("loss", {"a": …, "b": …})` the tag `loss` into `loss_a/` (torch) or `loss/a/` (tensorboardX).
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from autotrain_tui.metrics.parsing.metric_names import MAX_NAME, is_split_word, words_of

__all__ = ["SeriesNames"]

_MOST_NAMES = 1000
_MOST_COUNTED = 100_000


class SeriesNames:
    """Gives each pair of folder and tag its name; the first folder that has a tag keeps the tag itself.

    A folder that is named after a part of the data (`train`, `validation`) always stands before the tag, and one that
    `add_scalars` made behind it.
    """

    def __init__(self, owners: Mapping[str, str] | None = None) -> None:
        """`owners`: name → folder, as `owners` was when an earlier runner ended."""
        self.owners: dict[str, str] = dict(owners or {})
        self._known: dict[tuple[str, str], str] = {}
        self._left_out: set[int] = set()

    @property
    def left_out(self) -> int:
        """Names over the cap of a thousand."""
        return len(self._left_out)

    def name(self, folder: str, tag: str) -> str:
        """The series' name; empty if there are too many."""
        known = self._known.get((folder, tag))
        if known is not None:
            return known
        name = self._choose(folder, tag)
        if name not in self.owners and len(self.owners) >= _MOST_NAMES:
            if len(self._left_out) < _MOST_COUNTED:
                self._left_out.add(hash((folder, tag)))
            return ""
        self.owners.setdefault(name, folder)
        self._known[folder, tag] = name
        return name

    def _choose(self, folder: str, tag: str) -> str:
        last = os.path.basename(folder)
        joined = f"{tag.replace('/', '_')}_"
        if last.startswith(joined) and last != joined:
            tag = f"{tag}/{last.removeprefix(joined)}"[:MAX_NAME]
        elif os.path.dirname(folder).endswith(f"/{tag}"):
            tag = f"{tag}/{last}"[:MAX_NAME]
        elif is_split_word(last) and not any(map(is_split_word, words_of(tag))):
            tag = f"{last}/{tag}"[:MAX_NAME]
        candidates = [tag, f"{last}/{tag}", f"{os.path.basename(os.path.dirname(folder))}/{last}/{tag}"]
        for name in candidates:
            if self.owners.get(name, folder) == folder and len(name) <= MAX_NAME:
                return name
        number = 2
        while self.owners.get(f"{tag[: MAX_NAME - 8]}@{number}", folder) != folder:
            number += 1
        return f"{tag[: MAX_NAME - 8]}@{number}"
