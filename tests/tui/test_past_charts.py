"""A chart of a gauge goes on when the samples of a whole column are there."""

from __future__ import annotations

from autotrain_tui.tui.panes.past_charts import PastCharts


def _curves(count: int) -> dict[str, list[float | None]]:
    return {"cpu": [float(number % 100) for number in range(count)]}


def test_a_chart_stands_still_until_a_column_is_full() -> None:
    """With two samples a column every second sample brings new curves; another stage brings them at once."""
    past, forty_cells = PastCharts(), 40
    first = past.take("a", _curves(100), forty_cells, "stage")
    assert first == _curves(100)
    assert past.take("a", _curves(100), forty_cells, "stage") is first
    assert past.take("b", _curves(101), forty_cells, "stage") is first
    assert past.take("c", _curves(102), forty_cells, "stage") == _curves(102)
    assert past.take("d", _curves(103), forty_cells, "another") == _curves(103)


def test_the_first_samples_come_at_once_and_fill_the_chart() -> None:
    """While there are fewer samples than columns, each is drawn when it comes, several columns wide."""
    past = PastCharts()
    past.take("a", _curves(4), 40, "stage")
    values = past.take("b", _curves(5), 40, "stage")["cpu"]
    assert len(values) == 5
    row = "".join(text for text, _ in past.chart(0, [50.0] * 5, (40, 1), 100.0, "")[0])
    assert len(row.strip()) > 20


def test_a_chart_is_drawn_once_for_the_same_curves() -> None:
    """The lines are the same objects until there are new curves, or another size."""
    past = PastCharts()
    values = past.take("a", _curves(100), 40, "stage")["cpu"]
    drawn = past.chart(0, values, (40, 3), 100.0, "")
    assert len(drawn) == 3
    assert past.chart(0, values, (40, 3), 100.0, "") is drawn
    assert len(past.chart(0, values, (40, 2), 100.0, "")) == 2
    past.take("b", _curves(101), 40, "another")
    assert past.chart(0, values, (40, 3), 100.0, "") is not drawn
