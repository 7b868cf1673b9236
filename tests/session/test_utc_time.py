"""Times of records as numbers, against datetime."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.text.utc_time import day_of, seconds_of


@given(st.datetimes(min_value=datetime(1000, 1, 1)), st.sampled_from(["", ".5", ".120", ".000001"]))  # noqa: DTZ001
def test_a_time_of_a_record_is_what_datetime_makes_of_it(moment: datetime, fraction: str) -> None:
    """To the last bit, with and without a fraction."""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
    assert seconds_of(text) == datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Z",
        "2026-11-22",
        "2026-11-22T15:04:03",
        "2026-11-22T15:04:03+01:00",
        "2026-11-22 15:04:03Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T15:04:60Z",
        "2026-11-22T15:04:03.Z",
        "2026-11-22T15:04:03.12x4Z",
        "2026-11-22T15:04:0³Z",
        "-026-11-22T15:04:03Z",
    ],
)
def test_any_other_text_is_left_to_datetime(text: str) -> None:
    """None: it may still be a time in another form, or none."""
    assert seconds_of(text) is None


@given(st.dates())
def test_days_are_counted_as_by_the_calendar(day: date) -> None:
    """From 1970-01-01 on, and before it."""
    assert timedelta(day_of(day.year, day.month, day.day)) == datetime(
        day.year, day.month, day.day, tzinfo=UTC
    ) - datetime(1970, 1, 1, tzinfo=UTC)
