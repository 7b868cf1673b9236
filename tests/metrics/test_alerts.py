"""What is told and what is not."""

from __future__ import annotations

import random

from autotrain_tui.metrics.alerts import Alerts, MetricAlert, is_loss
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading


def feed_all(alerts: Alerts, values: list[float], name: str = "loss") -> list[MetricAlert]:
    return [alert for i, value in enumerate(values) for alert in alerts.feed(Reading(name, value, i), float(i))]


def falling(count: int) -> list[float]:
    chance = random.Random(3)
    return [2.0 / (1 + i / 20) + chance.random() * 0.1 for i in range(count)]


def test_a_loss_that_is_no_number() -> None:
    """Told once an episode, with its step; other metrics' nan is not told."""
    alerts = Alerts()
    told = alerts.feed(NotFinite("val_loss", 7), 1.0)
    assert [(alert.kind, alert.metric, alert.text) for alert in told] == [
        ("nan", "val_loss", "val_loss is not a finite number at step 7")
    ]
    assert alerts.feed(NotFinite("val_loss", 8), 2.0) == []
    alerts.feed(Reading("val_loss", 0.5, 9), 3.0)
    assert len(alerts.feed(NotFinite("val_loss", 10), 4.0)) == 1
    assert alerts.feed(NotFinite("lr", 10), 4.0) == []


def test_a_metric_that_is_no_number_any_more() -> None:
    """Any metric that had values and then is nan three times in a row is told once; one that never had is not."""
    alerts = Alerts()
    for step in range(5):
        alerts.feed(Reading("accuracy", 0.5, step), float(step))
    told = [alert for step in range(5, 20) for alert in alerts.feed(NotFinite("accuracy", step), float(step))]
    assert [(alert.kind, alert.metric) for alert in told] == [("nan", "accuracy")]
    assert [alerts.feed(NotFinite("f1", step), float(step)) for step in range(20)] == [[]] * 20
    once = Alerts()
    for step in range(40):
        event = NotFinite("accuracy", step) if step % 5 == 4 else Reading("accuracy", 0.5, step)
        assert once.feed(event, float(step)) == []


def test_a_loss_that_stays_the_same() -> None:
    """A loss equal to its last digit over fifty steps is told once; few digits, noise, and a step again are not."""
    told = feed_all(Alerts(), [0.9, 0.8, *[0.6931] * 120])
    assert [(alert.kind, alert.value) for alert in told] == [("plateau", 0.6931)]
    assert feed_all(Alerts(), [0.01] * 120) == []
    assert feed_all(Alerts(), [0.6931, 0.6932] * 60) == []
    assert feed_all(Alerts(), [0.6931] * 120, "accuracy") == []
    again = Alerts()
    assert [again.feed(Reading("loss", 0.6931, 7), float(now)) for now in range(120)] == [[]] * 120


def test_a_spike() -> None:
    """One outlier is told once; a falling, noisy loss is quiet."""
    values = falling(60)
    assert feed_all(Alerts(), values) == []
    values[50:50] = [25.0, 24.0]
    told = feed_all(Alerts(), values)
    assert [(alert.kind, alert.value) for alert in told] == [("spike", 25.0)]
    assert "at step 50" in told[0].text


def test_no_spike_early_or_in_other_metrics() -> None:
    """The first readings may jump as they like, and so may metrics that are no loss."""
    assert feed_all(Alerts(), [0.5, 80.0, 0.5, 90.0]) == []
    assert feed_all(Alerts(), [0.1] * 40 + [50.0], name="grad_norm") == []


def test_a_plateau() -> None:
    """A headline metric that gets no better for half of its readings is told once, and again after a better one."""
    alerts = Alerts(("accuracy", "max"))
    rising = [i / 20 for i in range(12)]
    told = feed_all(alerts, rising + [0.5] * 30, name="accuracy")
    assert [alert.kind for alert in told] == ["plateau"]
    assert feed_all(alerts, [0.7], name="accuracy") == []
    assert [alert.kind for alert in feed_all(alerts, [0.6] * 80, name="accuracy")] == ["plateau"]


def test_no_plateau_while_it_improves() -> None:
    """A slow but steady gain is none, for both goals."""
    assert feed_all(Alerts(("accuracy", "max")), [i / 1000 for i in range(300)], name="accuracy") == []
    assert feed_all(Alerts(("err", "min")), [1 - i / 1000 for i in range(300)], name="err") == []


def test_a_stall() -> None:
    """Progress that stays away far longer than it ever did is told once, and again after it went on."""
    alerts = Alerts()
    for step in range(30):
        alerts.feed(Progress(step, 100), step * 10.0)
    assert alerts.tick(290 + 59) == []
    told = alerts.tick(290 + 61)
    assert [alert.kind for alert in told] == ["stall"]
    assert alerts.tick(1000) == []
    alerts.feed(Progress(31, 100), 1001.0)
    assert alerts.tick(1001 + 61) != []


def test_a_long_evaluation_is_part_of_the_rhythm() -> None:
    """A wait as long as one before is no stall."""
    alerts, now = Alerts(), 0.0
    for epoch in range(3):
        for step in range(10):
            now += 1.0
            alerts.feed(Progress(step, 10, epoch + 1.0), now)
        now += 100.0
    assert alerts.tick(now + 300.0) == []
    assert alerts.tick(now + 500.0) != []


def test_silence_alone_is_no_stall() -> None:
    """A stage that never showed progress, or showed the same again and again, has no rhythm."""
    alerts = Alerts()
    assert alerts.tick(1e6) == []
    for i in range(50):
        alerts.feed(Progress(3, 100), float(i))
        alerts.feed(Reading("loss", 0.5), float(i))
    assert alerts.tick(1e6) == []


def test_what_a_loss_is() -> None:
    """Losses by the words of their names."""
    assert is_loss("train/loss")
    assert is_loss("valid_1's binary_logloss")
    assert is_loss("val_ppl")
    assert not is_loss("accuracy")
    assert not is_loss("lr")
