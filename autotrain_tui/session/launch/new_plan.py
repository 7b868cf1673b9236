"""A short commented plan for a project that has none: of one command, or a skeleton to fill in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import tomli_w

from autotrain_tui.errors import PlanError, RefusedError, UsageError
from autotrain_tui.plan.command import escaped
from autotrain_tui.plan.loading.find import plans_in
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.names import NUMBERS, RESERVED_PLACEHOLDERS, as_name, is_identifier, shown
from autotrain_tui.session.launch.starter import add_files
from autotrain_tui.text.command_words import program_name
from autotrain_tui.text.secret_names import is_secret_name

__all__ = ["NewPlan", "add_plan", "plan_text"]

_LINE = 110
_KEYS = ("dataset_limit", "epochs", "batch_size")
"""Parameters that are keys of a stage; the others stand in `params`."""

_NAMED = re.compile(r"(?P<before>(?:--?|)(?P<name>[A-Za-z_][\w-]*)=)(?P<value>.*)", re.DOTALL)
_FLAG = re.compile(r"--?(?P<name>[A-Za-z_][\w-]*)")
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_FRACTION = re.compile(r"-?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|-?\.\d+(?:[eE][+-]?\d{1,3})?")

_SKELETON_COMMAND = ["{python}", "train.py", "--epochs", "{epochs}", "--batch-size", "{batch_size}"]

_HEAD = """\
# A plan: what to train, in stages. `autotrain-tui plan` shows and checks it, `autotrain-tui run` starts it.
# docs/plans.md of autotrain-tui explains every key.
"""
_SETTINGS = """\
max_hours = 8.0                  # the budget: a stage starts only if its estimate fits what is left
# metric = { name = "accuracy", goal = "max" }   # the headline; without it, one is chosen from what is printed
# resumable = true               # only if the program saves a checkpoint on SIGTERM, and continues from it
#                                # when AUTOTRAIN_RESUME=1; then `pause` frees the GPU
"""
_MORE_STAGES = """
# Stages run one after the other. Another one has a name and the values that differ:
# [[stage]]
# name = "longer"
"""


class NewPlan(msgspec.Struct, frozen=True):
    """The plan's name, its file from the project's root, which plan file is the default, and whether it was added."""

    name: str
    file: str
    default: str
    added: bool


def add_plan(root: Path, argv: Sequence[str] | None) -> NewPlan:
    """Write `stages/NAME.toml` for these words, or for None a skeleton. It is the default unless another plan is.

    A skeleton leaves a file that is there as it is. Raises UsageError for words that are no command, RefusedError if
    a command's file is there or `root` is no place for a project, MachineError when it can't be written.
    """
    if argv is not None and (not argv or not argv[0]):
        raise UsageError("init --: a command is missing (for example: init -- python train.py --epochs 20)")
    for word in argv or ():
        if "\0" in word:
            raise UsageError(f"init --: {shown(word)} is not text")
    name = as_name(program_name(argv), "command") if argv is not None else "train"
    file = f"stages/{name}.toml"
    default = next((str(path.relative_to(root)) for path in plans_in(root) if _is_default(path)), "")
    text = plan_text(argv, name, default=not default)
    added, _ = add_files(root, {file: text.encode()})
    if not added and argv is not None:
        raise RefusedError(f"{root / file} exists and is not overwritten; edit it, or move it away first")
    return NewPlan(name, file, default or file, bool(added))


def _is_default(path: Path) -> bool:
    try:
        return load_plan(path).default
    except PlanError:
        return False


def plan_text(argv: Sequence[str] | None, name: str, *, default: bool) -> str:
    """The plan as TOML with comments. Numbers of the command become parameters of its stage."""
    command: Sequence[str] = _SKELETON_COMMAND
    values: Mapping[str, int | float] = {"epochs": 20, "batch_size": 32}
    if argv is not None:
        command, values = _parametrised(argv)
    sign = "" if default else "# "
    lines = [
        f'name = "{name}"',
        f"{sign}default = true                   # `run` without the name of a plan takes this one",
        *_command_lines(command),
    ]
    stage = ["[[stage]]", f'name = "{name}"']
    stage += [f"{key} = {values[key]}" for key in _KEYS if key in values]
    params = [f"{key} = {value!r}" for key, value in values.items() if key not in _KEYS]
    stage += ["[stage.params]", *params] if len(params) > 3 else [f"params = {{ {', '.join(params)} }}"] * bool(params)
    more = _MORE_STAGES + "".join(f"# {key} = {value}\n" for key, value in list(values.items())[:1] if key in _KEYS)
    return _HEAD + "\n".join(lines) + "\n" + _SETTINGS + "\n" + "\n".join(stage) + "\n" + more


def _command_lines(words: Sequence[str]) -> list[str]:
    """`command = […]` in lines of at most `_LINE` characters, as far as its words allow."""
    quoted = [tomli_w.dumps({"x": word}).removeprefix("x = ").rstrip("\n") for word in words]
    whole = f"command = [{', '.join(quoted)}]"
    if len(whole) <= _LINE:
        return [whole]
    lines, row = ["command = ["], " "
    for word in quoted:
        if len(row) + len(word) + 2 > _LINE and row.strip():
            lines, row = [*lines, row], " "
        row += f" {word},"
    return [*lines, row, "]"]


def _parametrised(argv: Sequence[str]) -> tuple[list[str], dict[str, int | float]]:
    """The command with placeholders for its numbers, and their values by name."""
    words, values = list(escaped(argv)), dict[str, int | float]()
    for at, word in enumerate(argv[1:], 1):
        named, flag = _NAMED.fullmatch(word), _FLAG.fullmatch(argv[at - 1]) if at > 1 else None
        match = named or flag
        if match is None:
            continue
        name = match["name"].replace("-", "_")
        value = _number(named["value"] if named is not None else word)
        if value is None or not _is_free(name, value) or name in values:
            continue
        words[at] = f"{named['before']}{{{name}}}" if named is not None else f"{{{name}}}"
        values[name] = value
    return words, values


def _is_free(name: str, value: float) -> bool:
    """Whether a parameter may have this name: a key of a stage takes only positive whole numbers."""
    if name in _KEYS:
        return isinstance(value, int) and 0 < value < 10**9
    taken = name in RESERVED_PLACEHOLDERS or name in NUMBERS
    return is_identifier(name) and not taken and not is_secret_name(name)


def _number(text: str) -> int | float | None:
    """A number whose text a program reads back as the same number; None for any other word."""
    if _WHOLE.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text) and not re.match(r"-?0\d", text) and not re.fullmatch(r"-?\d+", text):
        number = float(text)
        return number if math.isfinite(number) else None
    return None
