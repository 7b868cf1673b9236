"""The order in which the stages before a stage are looked at."""

from __future__ import annotations

from autotrain_tui.plan.needs_chain import needs_chain

NEEDS = {"d": ("b", "c"), "b": ("a",), "c": ("a", "x"), "a": ()}


def test_the_nearest_comes_first_and_each_once() -> None:
    """By levels, the one that is named last first; a stage that is not there is passed over, a cycle ends."""
    assert list(needs_chain(NEEDS["d"], NEEDS.get)) == ["c", "b", "a"]
    assert list(needs_chain(("p",), {"p": ("q",), "q": ("p",)}.get)) == ["p", "q"]
    assert list(needs_chain((), NEEDS.get)) == []
