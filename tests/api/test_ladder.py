"""The classic figures: stages, descriptions, estimates."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from autotrain_tui import ProgressiveConfigManager, StageConfig

LADDER = {
    1: (2000, 20, 32, "Foundation Learning (small data, many epochs)", 8.0),
    2: (5000, 15, 64, "Consolidation (medium data, medium epochs)", 10.5),
    3: (10000, 12, 64, "Refinement (large data, fewer epochs)", 16.8),
    4: (20000, 8, 128, "Mastery (very large data, few epochs)", 16.0),
    5: (50000, 5, 128, "Perfection (massive data, minimal epochs)", 25.0),
}


def test_the_five_stages_have_the_classic_figures() -> None:
    """Examples, epochs, batch, words and minutes are those of the old system, exactly."""
    stages = ProgressiveConfigManager().get_all_stages_info()
    assert list(stages) == [1, 2, 3, 4, 5]
    for number, (limit, epochs, batch, words, minutes) in LADDER.items():
        info = stages[number]
        assert info["config"] == StageConfig(limit, epochs, batch, words, number)
        assert info["estimated_time_minutes"] == pytest.approx(minutes, abs=1e-9)
        assert info["summary"] == f"Stage {number}: {words}"


@pytest.mark.parametrize("number", [6, 7, 1000])
def test_beyond_five_it_is_the_fifth(number: int) -> None:
    """Under its own number."""
    assert ProgressiveConfigManager().get_stage_config(number) == StageConfig(*LADDER[5][:4], number)


def test_overrides_replace_a_figure_and_say_so() -> None:
    """In every stage, dataset before batch, in the description and the summary."""
    both = ProgressiveConfigManager(dataset_limit_override=100, batch_size_override=16)
    for number, info in both.get_all_stages_info().items():
        words = LADDER[number][3] + " (dataset: 100) (batch: 16)"
        assert info["config"] == StageConfig(100, LADDER[number][1], 16, words, number)
        assert info["summary"] == f"Stage {number}: {words}"
    assert ProgressiveConfigManager(500).get_stage_config(2).description.endswith("epochs) (dataset: 500)")
    assert ProgressiveConfigManager(None, 8).get_stage_config(9).description.endswith("epochs) (batch: 8)")


@pytest.mark.parametrize(
    ("limit", "epochs", "batch", "mode", "minutes"),
    [
        (2000, 20, 32, "development", 8.0),
        (2000, 20, 32, "research", 20.0),
        (2000, 20, 32, "validation", 40.0),
        (2000, 20, 32, "production", 40.0),
        (2000, 20, 32, "anything", 40.0),
        (10000, 10, 63, "development", 20.0),
        (10000, 10, 64, "development", 14.0),
        (10000, 10, 127, "development", 14.0),
        (10000, 10, 128, "development", 10.0),
        (1, 1, 1, "development", 12.0),
        (100, 1, 1, "development", 12.0),
        (101, 1, 1, "development", 10.0),
        (1000, 1, 1, "development", 10.0),
        (1001, 1, 1, "development", 8.0),
        (100, 1000, 1, "development", 20.0),
    ],
)
def test_an_estimate_follows_the_rule(limit: int, epochs: int, batch: int, mode: str, minutes: float) -> None:
    """Rate of the mode, less for large batches, at least 12, 10 or 8 minutes."""
    config = StageConfig(limit, epochs, batch, "", 1)
    assert ProgressiveConfigManager().estimate_stage_time(config, mode) == pytest.approx(minutes, abs=1e-9)


def test_an_estimate_is_for_development_unless_said() -> None:
    """The preview as well."""
    ladder = ProgressiveConfigManager()
    assert ladder.estimate_stage_time(ladder.get_stage_config(5)) == 25.0
    assert ladder.get_all_stages_info("research")[5]["estimated_time_minutes"] == 62.5


@pytest.mark.parametrize("value", [0, -1, 2.5, "100", True, float("nan"), float("inf"), 10**13, [], b"1"])
def test_an_override_is_a_positive_whole_number(value: object) -> None:
    """Anything else is a ValueError that names the parameter."""
    with pytest.raises(ValueError, match="dataset_limit_override: expected a whole number"):
        ProgressiveConfigManager(dataset_limit_override=value)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="batch_size_override: expected a whole number"):
        ProgressiveConfigManager(batch_size_override=value)  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers() -> None:
    """A whole number of another package counts as one."""
    numpy = pytest.importorskip("numpy")
    config = ProgressiveConfigManager(numpy.int64(100)).get_stage_config(numpy.int32(2))
    assert (config.dataset_limit, config.stage) == (100, 2)
    assert type(config.dataset_limit) is int


@pytest.mark.parametrize("number", [0, -1, 1.5, "1", None, True, float("nan")])
def test_a_stage_number_counts_from_one(number: object) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match="stage: expected a whole number"):
        ProgressiveConfigManager().get_stage_config(number)  # type: ignore[arg-type]


BAD_CONFIGS = [
    (StageConfig(0, 1, 1, "", 1), "dataset_limit"),
    (StageConfig(1, 0, 1, "", 1), "epochs"),
    (StageConfig(1, 1, -5, "", 1), "batch_size"),
    (StageConfig(1, 1.5, 1, "", 1), "epochs"),  # type: ignore[arg-type]
    (StageConfig(1, 1, 1, 7, 1), "description"),  # type: ignore[arg-type]
    (StageConfig(1, 1, 1, "\0", 1), "description"),
    (StageConfig(1, 1, 1, "", 0), "stage"),
    (SimpleNamespace(dataset_limit=1), "without epochs"),
    ("stage", "without dataset_limit"),
    (None, "without dataset_limit"),
]


@pytest.mark.parametrize(("config", "words"), BAD_CONFIGS)
def test_a_configuration_that_cannot_be_meant_is_refused(
    config: object, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """`validate_stage_config` says False and logs why, an estimate of it is a ValueError that says the same."""
    ladder = ProgressiveConfigManager()
    assert ladder.validate_stage_config(config) is False  # type: ignore[arg-type]
    assert words in caplog.text
    with pytest.raises(ValueError, match=words):
        ladder.estimate_stage_time(config)  # type: ignore[arg-type]


def test_a_configuration_of_the_ladder_is_valid() -> None:
    """And so is any object with the five attributes, as old programs have their own records."""
    ladder = ProgressiveConfigManager()
    config = ladder.get_stage_config(3)
    assert ladder.validate_stage_config(config) is True
    own = SimpleNamespace(dataset_limit=2000, epochs=20, batch_size=32, description="own", stage=1)
    assert ladder.validate_stage_config(own) is True  # type: ignore[arg-type]
    assert ladder.estimate_stage_time(own) == 8.0  # type: ignore[arg-type]


def test_a_mode_is_a_text() -> None:
    """Any one, but a text."""
    ladder = ProgressiveConfigManager()
    with pytest.raises(ValueError, match="mode: expected a string"):
        ladder.estimate_stage_time(ladder.get_stage_config(1), 3)  # type: ignore[arg-type]
