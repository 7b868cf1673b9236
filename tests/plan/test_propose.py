"""`tpe`: its first settings are draws, the others are Optuna's, and the same trials give the same proposal."""

from __future__ import annotations

import importlib.util
import math

import pytest

from autotrain_tui.plan.loading.overrides import resolve
from autotrain_tui.plan.sweep.draw import draw_trials
from autotrain_tui.plan.sweep.propose import STARTERS, Tried, missing_proposer, proposed
from tests.plan.sweep_plans import sweep_plan, sweep_settings

TPE = 'method = "tpe"\ntrials = 24'


def value(params) -> float:
    """A value that is best at lr 0.003, batch_size 64 and dropout 0.2."""
    return -abs(math.log10(params["lr"]) + 2.5) - abs(params["dropout"] - 0.2) - (params["batch_size"] != 64) * 0.3


def test_first_settings_are_draws():
    """Before there is enough to learn from, the settings are those that the seed draws, with or without Optuna."""
    settings = sweep_settings(TPE)
    tried: list[Tried] = []
    for setting in draw_trials(settings)[:STARTERS]:
        assert proposed(settings, "max", tried) == setting
        tried.append(Tried(setting.params, None))
    assert proposed(settings, "max", tried) == draw_trials(settings)[STARTERS]


def test_missing_package_is_one_sentence(monkeypatch):
    """Without Optuna a plan with `tpe` says what to install; other plans need nothing."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install 'autotrain-tui[sweep]'" in missing_proposer(resolve(sweep_plan(TPE)))
    assert missing_proposer(resolve(sweep_plan())) == ""


def test_proposals_are_settings_and_repeat():
    """Proposals stay in the ranges, are new, and are the same again for the same trials, failed and running ones too."""
    pytest.importorskip("optuna", reason="the extra `sweep` is not installed")
    settings = sweep_settings(TPE)
    tried: list[Tried] = []
    for number in range(1, 17):
        found = proposed(settings, "max", tried)
        assert found.number == number
        assert found == proposed(settings, "max", tried)
        params = found.params
        assert 1e-4 <= params["lr"] <= 1e-1
        assert params["batch_size"] in {32, 64, 128}
        assert params["dropout"] in {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}
        assert params["momentum"] in range(1, 10)
        assert all(params != each.params for each in tried)
        tried.append(Tried(params, {3: math.nan, 5: None}.get(number, value(params))))
