"""Plans as texts, shared by the tests of this folder."""

from __future__ import annotations

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.model import Plan

DESIGN_EXAMPLE = """\
name = "digits"
description = "Handwritten digits, five stages of growing data"
default = true                   # `run` without PLAN takes this one
command = ["{python}", "stages/digits/train.py", "--dataset-limit", "{dataset_limit}", "--epochs", "{epochs}",
           "--batch-size", "{batch_size}", ["--scale", "{scale}"], "--output-json-path", "{result_path}"]
metric = { name = "accuracy", goal = "max" }
max_hours = 8.0
resumable = true                 # the program saves a checkpoint on the stop signal and goes on from it
strategy = "ladder"

[modes.development]              # chosen with --mode; values override the plan's
scale = 0.1

[[stage]]
name = "foundation"
description = "Foundation Learning (small data, many epochs)"
dataset_limit = 2000
epochs = 20
batch_size = 32
"""

LADDER = ((2000, 20, 32), (5000, 15, 64), (10000, 12, 64), (20000, 8, 128), (50000, 5, 128))


def ladder_text(head: str = "", sizes: tuple[tuple[int, int, int], ...] = LADDER) -> str:
    """A plan with one stage per (dataset_limit, epochs, batch_size), named s1, s2, …"""
    stages = "".join(
        f'[[stage]]\nname = "s{number}"\ndataset_limit = {limit}\nepochs = {epochs}\nbatch_size = {batch}\n'
        for number, (limit, epochs, batch) in enumerate(sizes, 1)
    )
    return (
        f'name = "plan"\ncommand = ["train", "{{epochs}}"]\nmetric = {{ name = "acc", goal = "max" }}\n{head}\n{stages}'
    )


def ladder(head: str = "", sizes: tuple[tuple[int, int, int], ...] = LADDER) -> Plan:
    """That plan, loaded."""
    return parse_plan(ladder_text(head, sizes), "plan.toml")


def one(stage: str = "", head: str = "") -> Plan:
    """A plan of one stage `a` that runs `true`, with more lines in the stage and in the head."""
    return parse_plan(f'command = ["true"]\n{head}\n[[stage]]\nname = "a"\n{stage}\n', "plan.toml")
