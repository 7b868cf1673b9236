"""Progress as programs print it: bars that change their words, per cent, counts beyond their total."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Progress
from autotrain_tui.metrics.progress_tracker import ProgressEstimate, ProgressTracker


def follow(text: str) -> list[ProgressEstimate]:
    """What is shown after each line, a second apart."""
    reader, tracker, looks = LogReader(), ProgressTracker(), []
    for i, line in enumerate(text.rstrip("\n").split("\n")):
        for event in reader.feed(line.encode() + b"\n"):
            if isinstance(event, Progress):
                tracker.feed(event, float(i))
        looks.append(tracker.estimate_at(float(i)))
    return looks


def bar(words: str, count: int, total: int, post: str = "") -> str:
    return f"\r{words}{100 * count // total:3d}%|##   | {count}/{total} [00:01<00:01,  9.0it/s{post}]\n"


def test_a_bar_that_changes_its_words_is_one_bar() -> None:
    """`warmup` that goes on as `sample` keeps its steps and its total."""
    text = "".join(bar("warmup: " if i < 5 else "sample: ", i, 10) for i in range(1, 11))
    looks = follow(text)
    assert [look.step for look in looks] == list(range(1, 11))
    assert looks[-1].fraction == 1.0


def test_an_evaluation_at_the_end_does_not_replace_the_training() -> None:
    """Once a bar with metrics is complete, a bar without any is not the training's."""
    text = "".join(bar("", i, 90, f", loss=0.{i}") for i in (30, 60, 90)) + "".join(bar("", i, 12) for i in (1, 6, 12))
    assert follow(text)[-1].total == 90
    assert all(look.fraction == 1.0 for look in follow(text)[2:])


def test_a_bar_of_preparing_gives_way_to_the_training() -> None:
    """A complete bar of other work, and a metric after it, do not keep the training's bar out."""
    text = bar("", 1000, 1000) + "Baseline accuracy: 0.5\n" + "".join(bar("", i, 90) for i in (1, 2, 3))
    assert (follow(text)[-1].step, follow(text)[-1].total) == (3, 90)


def test_a_second_training_replaces_the_first() -> None:
    """A bar with metrics of its own is another training."""
    text = bar("", 90, 90, ", loss=0.5") + "".join(bar("", i, 12, f", loss=0.{i}") for i in (1, 6))
    assert (follow(text)[-1].step, follow(text)[-1].total) == (6, 12)


@pytest.mark.parametrize(
    ("form", "fraction"),
    [
        ("\rProgress:  {p}% words/sec/thread:   1234 ETA:   0h 1m\n", 0.6),
        ("PROGRESS: at {p}% examples, 1234 words/s\n", 0.6),
        ("Training " + "\u2501" * 30 + " {p}% 0:00:12\n", 0.6),
        ("fitting: {p}% complete\n", 0.6),
    ],
)
def test_per_cent_is_progress(form: str, fraction: float) -> None:
    """Where a log tells per cent alone, that is how far it is."""
    looks = follow("".join(form.format(p=p) for p in (20, 40, 60)))
    assert looks[-1].fraction == pytest.approx(fraction)
    assert looks[-1].step is None


@pytest.mark.parametrize(
    "line", ["validation: 50% complete\n", "acc 60%\n", "disk 45% used\n", "loading weights: 50% done\n"]
)
def test_per_cent_of_something_else(line: str) -> None:
    """Other work's per cent, and a metric's, are no progress."""
    assert follow(line)[-1].fraction is None


def test_rich_counts_with_commas() -> None:
    """Rich's columns `1,024/2,000 [ 0:00:04 < 0:00:04 , 230 it/s ]` are a bar; beyond its total it is complete."""
    form = " 50% " + "\u2501" * 20 + " {}/2,000  [ 0:00:04 < 0:00:04 , 230 it/s ]\n"
    looks = follow("".join(form.format(n) for n in ("512", "1,024", "2,048")))
    assert [look.step for look in looks] == [512, 1024, 2048]
    assert looks[1].fraction == pytest.approx(0.512)
    assert looks[1].rate == 230.0


def test_chains_side_by_side() -> None:
    """Chains that count one after another each count to their total, and the fraction never runs back."""
    text = "".join(
        f"Chain {c}: Iteration:  {i} / 2000 [ {i // 20}%]  (Warmup)\n" for c in (1, 2) for i in (500, 1000, 2000)
    )
    fractions = [look.fraction for look in follow(text)]
    assert fractions == sorted(fractions)
    assert fractions[1] == 0.5


def epochs_of(heading: str, *, after: str = "") -> str:
    """Three epochs: a heading, a bar without a name for each, what may follow it, a line of values."""
    bars = "".join(bar("", i, 40) for i in (0, 20, 40))
    return "".join(f"{heading.format(epoch)}\n{bars}{after}loss: {1 / epoch:.4f}\n" for epoch in (1, 2, 3))


@pytest.mark.parametrize(
    "heading", ["Epoch {}/3", "INFO - Epoch [{}/3]", "Training epoch {}/3...", "=== Epoch {} of 3 ==="]
)
@pytest.mark.parametrize("after", ["", "".join(bar("", i, 10) for i in (0, 5, 10)), bar("", 0, 40) + bar("", 40, 40)])
def test_a_bar_below_an_epochs_heading_is_that_epochs(heading: str, after: str) -> None:
    """`Epoch 2/3` above a bar without a name: the bar counts within the epoch, and a second one is an evaluation's."""
    looks = follow(epochs_of(heading, after=after))
    told = [look.fraction for look in looks]
    assert told == sorted(told)
    assert sorted(set(told)) == pytest.approx([0, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6, 1])
    assert [(look.step, look.epoch) for look in looks][2 :: len(looks) // 3] == [(20, 1.0), (20, 2.0), (20, 3.0)]


@pytest.mark.parametrize("heading", ["Epoch {}", "Epoch {}\n-------------------------------"])
def test_epochs_of_nobody_knows_how_many_have_no_fraction(heading: str) -> None:
    """A bar that is complete once in each epoch says nothing of the whole, from the first epoch on."""
    looks = follow(epochs_of(heading))
    assert {look.fraction for look in looks} == {None}
    assert (looks[-1].step, looks[-1].total, looks[-1].epoch) == (40, 40, 3.0)


def test_a_bar_that_starts_again_was_not_the_whole_work() -> None:
    """Without a heading, the second start of a bar shows that its total is one epoch's."""
    looks = follow("".join("".join(bar("", i, 40) for i in (0, 20, 40)) + "loss: 0.5\n" for _ in range(3)))
    assert [look.fraction for look in looks] == [0.0, 0.5, 1.0, 1.0] + [None] * 8


def test_a_bar_around_the_headings_is_the_whole_work() -> None:
    """`tqdm(range(3))` with `Epoch 2` printed in its loop counts the epochs."""
    looks = follow("".join(bar("", epoch, 3) + f"Epoch {epoch + 1}\nloss: 0.5\n" for epoch in range(3)) + bar("", 3, 3))
    assert [look.fraction for look in looks][::3] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_chains_in_turn_are_one_work() -> None:
    """numpyro says how many chains it samples one after the other; its bar runs once for each, under two names."""
    text = (
        "/home/user/run.py:17: UserWarning: There are not enough devices to run parallel chains: expected 3 but got 1. "
        "Chains will be drawn sequentially. If you are running MCMC in CPU, consider using "
        "`numpyro.set_host_device_count(3)` at the beginning of your program.\n"
    )
    chain = bar("", 0, 100) + "".join(bar("warmup: " if i < 50 else "sample: ", i, 100) for i in (25, 75, 100))
    looks = follow(text + 3 * chain)[1:]
    assert [look.fraction for look in looks] == pytest.approx(
        [part / 12 for part in (0, 1, 3, 4, 4, 5, 7, 8, 8, 9, 11, 12)]
    )
    assert (looks[-1].step, looks[-1].total) == (300, 300)


def test_epochs_beside_steps_from_zero_are_as_many_as_told() -> None:
    """`[24/25][157/158]` ends an example of DCGAN: where its steps begin at 0 as well, 25 is a count."""
    looks = follow("".join(f"[{epoch}/4][{i}/10] Loss_D: 0.5 Loss_G: 4.1\n" for epoch in range(4) for i in range(10)))
    told = [look.fraction for look in looks]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(0.975)


def test_ignites_bar_is_drawn_once_before_it_says_its_epoch() -> None:
    """The first drawing tells no epoch; a fraction of it would run back."""
    text = "[1/10]  10%|#   [00:00<00:00]\n" + "".join(
        f"Epoch [{epoch}/2]: [{i}/10]  {10 * i}%|#   , loss=0.5 [00:00<00:00]\n" for epoch in (1, 2) for i in (1, 5, 10)
    )
    told = [look.fraction for look in follow(text)]
    assert told[0] is None
    assert told[1:] == pytest.approx([0.05, 0.25, 0.5, 0.55, 0.75, 1.0])


def test_fastais_rows_tell_what_is_behind() -> None:
    """The bars of quick epochs say an earlier one's number; the row of the last epoch ends the work."""
    text = "epoch     train_loss  valid_loss  time\n"
    for epoch, said in enumerate((1, 2, 2, 2)):
        text += f"Epoch {said}/4 : |----| 0.00% [0/5 00:00<00:00]\nEpoch {said}/4 : |####| 100.00% [5/5 00:00<00:00]\n"
        text += f"{epoch}         0.5{epoch}0000    0.6{epoch}0000    00:00\n"
    told = [look.fraction for look in follow(text)][1:]
    assert told == sorted(told)
    assert told[2::3] == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_a_count_of_a_total_in_words_is_progress() -> None:
    """`Trial 3 of 10` counts as `Trial 3/10` does, beside names that no list knows."""
    looks = follow("".join(f"Trial {i} of 10 | blorp {0.1 * i * i:.3f}\n" for i in range(1, 11)))
    assert (looks[-1].step, looks[-1].total, looks[-1].fraction) == (10, 10, 1.0)
