"""Plans with a search as texts, shared by the tests of sweeps."""

from __future__ import annotations

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.model import Plan, SweepSettings

PARAMS = """\
lr = { min = 1e-4, max = 1e-1, log = true }
batch_size = [32, 64, 128]
dropout = { min = 0.0, max = 0.5, step = 0.1 }
momentum = { min = 1, max = 9, integer = true }
"""

COMMAND = '["train", "{lr}", "{batch_size}", ["{dropout}", "{momentum}"]]'
METRIC = 'metric = { name = "accuracy", goal = "max" }'


def sweep_text(
    settings: str = 'method = "halving"\ntrials = 16',
    params: str = PARAMS,
    *,
    stage: str = "epochs = 20",
    after: str = "",
    command: str = COMMAND,
    head: str = METRIC,
) -> str:
    """A plan whose first stage, `search`, is a search; `after` follows it."""
    return (
        f'name = "tune"\ncommand = {command}\n{head}\n[[stage]]\nname = "search"\n{stage}\n'
        f"[stage.sweep]\n{settings}\n[stage.sweep.params]\n{params}\n{after}\n"
    )


def sweep_plan(settings: str = 'method = "halving"\ntrials = 16', params: str = PARAMS, **parts: str) -> Plan:
    """That plan, loaded."""
    return parse_plan(sweep_text(settings, params, **parts), "plan.toml")


def sweep_settings(settings: str, params: str = PARAMS) -> SweepSettings:
    """The settings of that plan's search."""
    found = sweep_plan(settings, params, command='["train"]').stages[0].sweep
    assert found is not None
    return found
