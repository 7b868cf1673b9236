"""What the state of a session keeps of stages that have ended: all that is known of them, in few bytes."""

from __future__ import annotations

import gc
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.attempt_end import AttemptEnd
from autotrain_tui.session.journal.fold import Fold
from autotrain_tui.session.journal.journal_file import decode_line
from autotrain_tui.session.records.swept import Swept
from autotrain_tui.session.records.usage import Usage
from tests.session.test_fold import RUNNER, numbered

NUMBERS = st.none() | st.integers(-(2**80), 2**80)
ENDS = st.builds(
    AttemptEnd,
    NUMBERS,
    NUMBERS,
    st.none() | st.text(),
    st.text(),
    st.none() | st.text(),
    st.text(),
    st.none() | st.floats(allow_nan=False),
    st.lists(st.text()).map(tuple),
    st.lists(st.builds(Swept, st.integers(0, 2**70), st.text(), st.booleans()), max_size=2).map(tuple),
    st.lists(st.builds(ev.Doubt, st.text(), st.text()), max_size=2).map(tuple),
    st.none() | st.integers(0, 9),
    st.none() | st.builds(Usage, st.none() | st.floats(0, 1e9), st.none() | st.integers(0, 2**70)),
)


@given(ENDS)
def test_an_end_says_what_it_was_made_of(end: AttemptEnd) -> None:
    """Every field comes back as it was given, numbers of any size too, and another reason changes nothing else."""
    fields = (
        end.exit_code, end.signal, end.sent_by, end.reason, end.failure, end.time, end.elapsed_seconds, end.lines,
        end.swept, end.doubts, end.failed_rank, end.usage,
    )  # fmt: skip
    again = AttemptEnd(*fields)
    assert again == end
    assert hash(again) == hash(end)
    assert again.with_reason("other").reason == "other"
    assert again.with_reason(end.reason) == end
    assert isinstance(end.lines, tuple)
    assert end.usage is None or isinstance(end.usage, Usage)


def short_stage(number: int) -> list[ev.Event]:
    """The events of a stage that ran for a moment and printed no number."""
    name = f"stage{number}"
    return [
        ev.AttemptStarting(stage=name, attempt=1, folder=f"stages/{number}-{name}/attempt-1", command=["./short"]),
        ev.AttemptRunning(stage=name, attempt=1, pid=10_000 + number),
        ev.AttemptEnded(stage=name, attempt=1, state="succeeded", exit_code=0, elapsed_seconds=0.25 + number / 1e6,
                        usage=Usage(0.01 + number / 1e6, 5_000_000 + number, 4_000_000 + number)),
    ]  # fmt: skip


def test_an_ended_stage_is_kept_in_few_bytes() -> None:
    """A thousand ended stages take less than 650 bytes each beyond what they took before they ran."""
    count = 1000
    stages = [ev.StageDefinition(f"stage{number}", number) for number in range(count)]
    created = ev.SessionCreated(plan="p", id="s", boot_id="b", stages=stages)
    events = numbered(created, RUNNER, *(event for number in range(count) for event in short_stage(number)))
    lines = [msgspec.json.encode(event) for event in events]
    reader = Fold()
    tracemalloc.start()
    try:
        for line in lines[:2]:
            reader.feed(ev_of(line))
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for line in lines[2:]:
            reader.feed(ev_of(line))
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert reader.session is not None
    assert [stage.attempt.end.usage.max_rss_bytes for stage in reader.session.stages if stage.attempt is not None
            and stage.attempt.end is not None and stage.attempt.end.usage is not None
            ] == [5_000_000 + number for number in range(count)]  # fmt: skip
    assert taken / count < 650


def test_parameters_that_only_equal_the_stage_s_stay_as_they_were() -> None:
    """Those of most attempts are the stage's own record; True, 1 and 1.0 are equal and not the same."""
    stages = [ev.StageDefinition("one", 1, params={"x": 1}), ev.StageDefinition("two", 2, params={"x": 1})]
    starts = [
        ev.AttemptStarting(stage=name, attempt=1, folder="f", command=["c"], params={"x": value})
        for name, value in (("one", 1), ("two", True))
    ]
    reader = Fold()
    for event in numbered(ev.SessionCreated(plan="p", id="s", boot_id="b", stages=stages), RUNNER, *starts):
        reader.feed(event)
    assert reader.session is not None
    one, two = reader.session.stages
    assert one.attempt is not None
    assert one.attempt.params is one.info.params
    assert two.attempt is not None
    assert two.attempt.params["x"] is True


def ev_of(line: bytes) -> ev.Event:
    """The event of a line of the journal."""
    event = decode_line(line)
    if not isinstance(event, ev.Event):
        pytest.fail(f"no event: {event}")
    return event
