"""A list of entries: what it says while it has none."""

from __future__ import annotations

from autotrain_tui.tui.widgets.list_view import ListView


def test_a_list_is_called_empty_only_when_that_is_known() -> None:
    """Before the first entries were read, nothing is said of their number."""
    plans: ListView[str] = ListView("Plans", lambda _entry, _width: [], empty="No plan yet.")
    assert "reading …" in str(plans.paint(40, 5))
    plans.show([])
    assert "No plan yet." in str(plans.paint(40, 5))
