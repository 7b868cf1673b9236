"""Several progress bars of one log, made into one answer to: how far is it?

Bars nest (epochs outside, batches inside), restart (one bar an epoch), and take turns with bars that are not training
at all (validation, saving, downloading). What a bar counts is told from its description and from what it does.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["BarTracker", "ReportPlace", "is_aside"]

# Descriptions of bars that say nothing about how far the training is. Words as tqdm, datasets, huggingface_hub,
# Lightning and Keras users write them.
_ASIDE = lazy_pattern(
    r"\b(?:val|valid|validat\w*|test\w*|eval\w*|sanity|predict\w*|infer\w*|map|filter\w*|download\w*|upload\w*|load\w*"
    r"|sav\w+|writ\w+|fetch\w*|generating|tokeni[sz]\w*|adding|build\w*|truncat\w*|pack\w*|cast\w*|dropping|creat\w*"
    r"|extract\w*|resolv\w*|checkpoint\w*|shards?|preprocess\w*|prepar\w*|cach\w*|scan\w*|read\w*|comput\w*|encod\w*"
    r"|collect\w*|convert\w*|import\w*|flatten\w*|unpack\w*|index\w*|calibrat\w*|materializ\w*|dev)\b",
    re.IGNORECASE | re.ASCII,
)
_EPOCHS = lazy_pattern(r"\bepochs?\b", re.IGNORECASE | re.ASCII)
_MAX_BARS = 32


def is_aside(description: str) -> bool:
    """Whether a bar's description says that it is not the training that advances."""
    return _ASIDE.search(description.replace("_", " ")) is not None


class ReportPlace(msgspec.Struct, frozen=True, gc=False):
    """Where a bar's values stand: `step` over the whole run, and what to tell about progress."""

    step: int | None = None
    epoch: float | None = None
    progress: Progress | None = None


class BarState(msgspec.Struct, gc=False):
    """What is known of one bar."""

    count: int = 0
    total: int | None = None
    restarts: int = 0
    outer_at_restart: int = 0
    follows_outer: bool = False  # it started again exactly once for each step of the bar around it


class BarTracker:
    """The bars seen so far, few of them; told apart by description without digits, and total."""

    __slots__ = (
        "_bars",
        "_between",
        "_epochs",
        "_main",
        "_nameless",
        "_quick",
        "_quick_key",
        "_round",
        "_rounds",
        "epochs",
        "has_begun",
        "trains",
    )

    def __init__(self) -> None:
        self._bars: dict[tuple[str, int | None], BarState] = {}
        self._epochs: BarState | None = None
        self.epochs: int | None = None  # the total of a bar that counts epochs
        self._main: tuple[str, int | None] | None = None
        self._between: set[tuple[str, int | None]] = set()
        self._quick: BarState | None = None  # the only bar that counts, as long as nothing else is seen
        self._quick_key = ""
        self._rounds = 0  # how often the log says that its bar will run; 0 where it says nothing
        self._round = (0, 0, 0)  # those that are done, and the bar's count and total in the one that runs
        self.trains = False  # metrics were told while the main bar ran
        self.has_begun = False  # a bar without a description was drawn once
        self._nameless: tuple[str, int | None] | None = None  # the main bar before it got its description

    def see(
        self, key: str, count: int, total: int | None, rate: float | None, *, has_values: bool = False
    ) -> ReportPlace:
        """A bar that does not say its epoch shows `count` of `total`; `key` is its description without digits.

        `has_values`: metrics stand beside it.
        """
        quick = self._quick
        if quick is not None and self.goes_on(key, count, total):
            quick.count = count
            self.trains = self.trains or has_values
            return ReportPlace(count, None, Progress(count, total, None, None, rate))
        self._quick = None
        if self._rounds and total and count <= total and self._round[2] in {0, total}:
            return self._see_round(count, total, rate)
        if total is not None and count > total:
            total = None if (key, total) not in self._bars else total
        if _EPOCHS.search(key) and total is not None:
            return self._see_epochs(count, total, rate)
        if len(self._bars) >= _MAX_BARS:
            self._bars.clear()
            self._main = None
        name = (key, total)
        bar = self._bars.get(name)
        if bar is None:
            bar = self._bars[name] = BarState(count, total)
            self._describe(name, count)
        elif name == self._nameless:  # they are two bars after all
            self._main, self._nameless = name, None
        restarted = count < bar.count
        bar.count = count
        if restarted:
            bar.restarts += 1
        if self._epochs is not None:
            return self._inside_epochs(self._epochs, count, total, rate)
        main = self._bars.get(self._main) if self._main is not None else None
        if main is None or (main is not bar and main.total is not None and main.count >= main.total):
            if main is not None and self.trains and not has_values:
                return ReportPlace(None, None, None)  # the training's bar is complete: this is an evaluation's
            self.trains = has_values
            return self._take_over(name, bar, rate)
        if main is bar:
            self.trains = self.trains or has_values
            if not bar.restarts:
                self._quick, self._quick_key = bar, key
            return self._alone(name, bar, rate)
        return self._inside(main, bar, rate, restarted=restarted)

    def expect_rounds(self, rounds: int) -> None:
        """The log says how often its bar will run from now on."""
        self._rounds, self._round, self._quick = rounds, (0, 0, 0), None

    def _see_round(self, count: int, total: int, rate: float | None) -> ReportPlace:
        """One of several runs of a bar, whose description may change in each."""
        done, last, _ = self._round
        done = min(done + (count < last), self._rounds - 1)
        self._round = (done, count, total)
        return ReportPlace(done * total + count, None, Progress(done * total + count, self._rounds * total, rate=rate))

    def has(self, key: str, total: int | None) -> bool:
        """Whether a bar was seen, or could be one within another that is not complete."""
        main = self._bars.get(self._main) if self._main is not None else None
        is_open = main is not None and main.total is not None and main.count < main.total
        return self._epochs is not None or is_open or (key, total) in self._bars

    def goes_on(self, key: str, count: int, total: int | None) -> bool:
        """Whether a bar that shows `count` is the only one that counts, and further on than before."""
        quick = self._quick
        return (
            quick is not None
            and self._quick_key == key
            and quick.total == total
            and quick.count <= count <= (total or count)
        )

    def see_values(self) -> None:
        """A line told metrics: a bar that runs meanwhile is the training's."""
        if self._main is None:
            self.trains = False
            return
        main = self._bars.get(self._main)
        self.trains = main is not None and (main.total is None or main.count < main.total)

    def _describe(self, name: tuple[str, int | None], count: int) -> None:
        """A bar that goes on under another description, as `set_description` in its loop makes it."""
        main = self._bars.get(self._main) if self._main is not None else None
        if main is None or self._main is None or main.restarts or main.count > count:
            return
        if self._main[1] != name[1]:
            if self._main[0] == name[0] and count > main.count and name[1] is not None and main.total != main.count:
                self._main = name  # its total is an estimate: any other bar is drawn at 0 first
            return
        goes_on = name[1] is not None and 0 < main.count < name[1]
        if self._main[0] == "" or goes_on:
            self.trains = self.trains and main.count < (name[1] or 0)
            self._main, self._nameless = name, self._main

    def _see_epochs(self, count: int, total: int, rate: float | None) -> ReportPlace:
        self._epochs = BarState(count, total)
        self.epochs = total
        number = float(min(count + 1, total))
        done = count >= total
        # the rate is of epochs, not of steps: only a log without an inner bar could use it, as steps
        return ReportPlace(None, number, Progress(None, None, number, total, rate, within_epoch=done))

    def _inside_epochs(self, outer: BarState, count: int, total: int | None, rate: float | None) -> ReportPlace:
        number = min(outer.count + 1, outer.total or 1)
        step = (number - 1) * total + count if total is not None else count
        progress = Progress(count, total, float(number), outer.total, rate, within_epoch=total is not None)
        return ReportPlace(step, float(number), progress)

    def _take_over(self, name: tuple[str, int | None], bar: BarState, rate: float | None) -> ReportPlace:
        before, self._main = self._main, name
        if name in self._between:
            self._main = before
            return ReportPlace(None, None, None)
        if bar.restarts and before is not None:
            self._between.add(before)  # it runs between two rounds of this one: an evaluation
        return self._alone(name, bar, rate)

    def _alone(self, name: tuple[str, int | None], bar: BarState, rate: float | None) -> ReportPlace:
        del name
        if not bar.restarts:
            return ReportPlace(bar.count, None, Progress(bar.count, bar.total, None, None, rate))
        number = float(bar.restarts + 1)
        step = bar.restarts * bar.total + bar.count if bar.total is not None else bar.count
        progress = Progress(bar.count, bar.total, number, None, rate, within_epoch=bar.total is not None)
        return ReportPlace(step, number, progress)

    def _inside(self, main: BarState, bar: BarState, rate: float | None, *, restarted: bool) -> ReportPlace:
        if restarted:
            bar.follows_outer = main.count - bar.outer_at_restart == 1
            bar.outer_at_restart = main.count
        elif bar.count == 0 and not bar.restarts:
            bar.outer_at_restart = main.count
        if bar.follows_outer:
            return self._inside_epochs(main, bar.count, bar.total, rate)
        return ReportPlace(None, None, None)
