"""Every mistake in a plan is one clear error with the file, the place and, where there is one, the nearest name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.loading.load import load_plan, parse_plan

HEAD = 'name = "p"\ncommand = ["true"]\n'
STAGE = '[[stage]]\nname = "a"\n'

# head, stage, place of the error, words that the error must hold
BAD: list[tuple[str, str, str, str]] = [
    # keys
    ("epocs = 3", "", "epocs", 'did you mean "epochs"?'),
    ("", "epocs = 3", "stage[1].epocs", 'did you mean "epochs"?'),
    ("", "batch-size = 3", "stage[1].batch-size", 'did you mean "batch_size"?'),
    ("", "Epochs = 3", "stage[1].Epochs", 'did you mean "epochs"?'),
    ("", "max_hours = 3", "stage[1].max_hours", "only plan-wide"),
    ("", "strategy = 'ladder'", "stage[1].strategy", "only plan-wide"),
    ("stages = 3", "", "stages", 'did you mean "stage"?'),
    ("[mode.development]\nscale = 1", "", "mode", "expected a string"),
    ("[modes.research]\nepoch = 1", "", "modes.research.epoch", 'did you mean "epochs"?'),
    ("[modes.research]\ndefault = true", "", "modes.research.default", "a mode cannot change this key"),
    ("[modes.'../x']\nscale = 1", "", "modes.../x", "invalid name"),
    ("modes = 3", "", "modes", "expected a table"),
    ("mode = 'develop'", "", "mode", 'did you mean "development"?'),
    # types and ranges
    ("", "epochs = 'many'", "stage[1].epochs", 'expected a whole number, found "many"'),
    ("", "epochs = 2.5", "stage[1].epochs", "expected a whole number, found 2.5"),
    ("", "epochs = true", "stage[1].epochs", "expected a whole number, found true"),
    ("", "epochs = 0", "stage[1].epochs", "from 1 to"),
    ("", "epochs = -1", "stage[1].epochs", "from 1 to"),
    ("", "dataset_limit = 10000000000000", "stage[1].dataset_limit", "from 1 to"),
    ("", "batch_size = []", "stage[1].batch_size", "found a list"),
    ("", "scale = 0", "stage[1].scale", "a number above 0"),
    ("", "scale = nan", "stage[1].scale", "a number above 0"),
    ("", "scale = -inf", "stage[1].scale", "a number above 0"),
    ("", "scale = 1e999", "stage[1].scale", "a number above 0"),
    ("max_hours = 0", "", "max_hours", "a number above 0"),
    ("max_hours = -8", "", "max_hours", "a number above 0"),
    ("max_hours = nan", "", "max_hours", "a number above 0"),
    ("max_hours = 1e9", "", "max_hours", "up to 10000"),
    ("max_hours = '8'", "", "max_hours", "expected a number of hours"),
    ("max_hours = true", "", "max_hours", "found true"),
    ("jobs = 0", "", "jobs", "from 1 to"),
    ("default = 'yes'", "", "default", "expected true or false"),
    ("description = 3", "", "description", "put it in quotes"),
    ("resumable = 1", "", "resumable", "expected true or false"),
    ("", "timeout_minutes = 0", "stage[1].timeout_minutes", "above 0"),
    ("", "timeout_multiplier = -2", "stage[1].timeout_multiplier", "above 0"),
    ("", "linger_seconds = -1", "stage[1].linger_seconds", "from 0"),
    ("", "gpus = 0", "stage[1].gpus", "from 1 to"),
    ("", "gpu_memory_gib = 0", "stage[1].gpu_memory_gib", "above 0"),
    ("", "log_limit_mb = 0", "stage[1].log_limit_mb", "above 0"),
    ("", "cwd = ''", "stage[1].cwd", "non-empty"),
    ("", 'cwd = "a\\u0000b"', "stage[1].cwd", "NUL"),
    ("", "python = 3.11", "stage[1].python", "put it in quotes"),
    ("", "launcher = 'slrum'", "stage[1].launcher", 'did you mean "slurm"?'),
    ("after_last = 'again'", "", "after_last", 'one of "stop", "repeat"'),
    ("after_last = []", "", "after_last", "found a list"),
    ("after_last = 'repeat'\nmax_hours = 'none'", "", "strategy", "needs a budget"),
    ("on_alert = []", "", "on_alert", "empty"),
    ("on_alert = 'say \"x'", "", "on_alert", "no closing quotation"),
    ("notify = 'X'", "", "notify", "expected a table"),
    ("notify = {}", "", "notify", 'the key "to" is missing'),
    ("notify = { to = [] }", "", "notify.to", "empty"),
    ("notify = { to = ['A', 'A'] }", "", "notify.to", "twice"),
    ("notify = { to = ['A-B'] }", "", "notify.to[1]", "invalid name of an environment variable"),
    ("notify = { to = ['https://hooks.slack.com/x'] }", "", "notify.to[1]", 'to = ["TRAIN_WEBHOOK"]'),
    ("notify = { to = ['A'], on = ['finish'] }", "", "notify.on[1]", 'did you mean "finished"?'),
    ("notify = { to = ['A'], link = 'runs' }", "", "notify.link", "http://"),
    ("notify = { to = ['A'], link = 'https://me:pw@x.org' }", "", "notify.link", "password"),
    ("notify = { to = ['A'], when = [] }", "", "notify.when", "unknown key"),
    # names
    ("name2 = 'x'", "", "name2", 'did you mean "name"?'),
    ("", "name = '../x'", "", "overwrite"),
    # commands and placeholders
    ("command = 3", "", "", "overwrite"),
    ("", "command = []", "stage[1].command", "empty"),
    ("", "command = ''", "stage[1].command", "non-empty"),
    ("", "command = '  '", "stage[1].command", "empty"),
    ("", "command = 7", "stage[1].command", "expected a list of strings or one string, found 7"),
    ("", "command = ['']", "stage[1].command[1]", "expected the program's name"),
    ("", "command = [['x']]", "stage[1].command[1]", "expected the program's name"),
    ("", "command = ['x', 3]", "stage[1].command[2]", "put it in quotes"),
    ("", "command = ['x', ['y', ['{epochs}']]]", "stage[1].command[2][2]", "expected a string, found a list"),
    ("", "command = 'train \"x'", "stage[1].command", "no closing quotation"),
    ("", "command = ['x', '{epoch}']", "stage[1].command", 'did you mean "epochs"?'),
    ("", "command = ['x', '{0}']", "stage[1].command[2]", "single brace"),
    ("", "command = ['x', '{epochs!r}']", "stage[1].command[2]", "single brace"),
    ("", "command = ['x', '{stage.name}']", "stage[1].command[2]", "single brace"),
    ("", "command = ['x', 'a}']", "stage[1].command[2]", "}}"),
    ("", "command = ['x', ['{']]", "stage[1].command[2][1]", "{{"),
    ("", "command = 'x {'", "stage[1].command", "single brace"),
    # params and environment
    ("", "params = 3", "stage[1].params", "expected a table"),
    ("", "params = { epochs = 3 }", "stage[1].params.epochs", "key of the stage"),
    ("", "params = { python = 'x' }", "stage[1].params.python", "reserved"),
    ("", "params = { 'a b' = 3 }", "stage[1].params.a b", "cannot be the name of a placeholder"),
    ("", "params = { lr = nan }", "stage[1].params.lr", "finite"),
    ("", "params = { lr = [1] }", "stage[1].params.lr", "expected a string, a number, true or false"),
    ("", "params = { d = 2024-01-01 }", "stage[1].params.d", "found a date"),
    ("", "params = { n = 99999999999999999999 }", "stage[1].params.n", "64 bits"),
    ("", "env = { A = 3 }", "stage[1].env.A", "put it in quotes"),
    ("", "env = { 'A B' = 'x' }", "stage[1].env.A B", "invalid name of an environment variable"),
    ("", "env = { 'A=B' = 'x' }", "stage[1].env.A=B", "invalid name of an environment variable"),
    ("", "env = { HF_TOKEN = 'x' }", "stage[1].env.HF_TOKEN", 'env_from = ["HF_TOKEN"]'),
    ("", "env = { WANDB_API_KEY = 'x' }", "stage[1].env.WANDB_API_KEY", "env_from"),
    ("", "env = { dbPassword = 'x' }", "stage[1].env.dbPassword", "env_from"),
    ("", "env = { AWS_SECRET_ACCESS_KEY = 'x' }", "stage[1].env.AWS_SECRET_ACCESS_KEY", "env_from"),
    ("", "env = { HTTPS_PROXY = 'http://me:pw@host:1' }", "stage[1].env.HTTPS_PROXY", "URL with a password"),
    ("", "env_from = 'HOME'", "stage[1].env_from", "expected a list"),
    ("", "env_from = ['A B']", "stage[1].env_from[1]", "invalid name of an environment variable"),
    # stop, retries, gate, metrics
    ("", "stop = 'TERM'", "stage[1].stop", "expected a table"),
    ("", "stop = { signal = 'KILL' }", "stage[1].stop.signal", "cannot catch"),
    ("", "stop = { signal = 'SIGSTOP' }", "stage[1].stop.signal", "cannot catch"),
    ("", "stop = { signal = 'TREM' }", "stage[1].stop.signal", "unknown signal"),
    ("", "stop = { signal = 15 }", "stage[1].stop.signal", "put it in quotes"),
    ("", "stop = { grace = 3 }", "stage[1].stop.grace", 'did you mean "grace_seconds"?'),
    ("", "stop = { grace_seconds = -3 }", "stage[1].stop.grace_seconds", "from 0"),
    ("", "checkpoint_signal = 'USR3'", "stage[1].checkpoint_signal", "unknown signal"),
    ("", "retries = { memory = { count = 1 } }", "stage[1].retries.memory", "known: "),
    ("", "retries = { oom = 2 }", "stage[1].retries.oom", "expected a table"),
    ("", "retries = { oom = { action = 'again' } }", "stage[1].retries.oom.action", "retry_from_scratch"),
    ("", "retries = { oom = { count = -1 } }", "stage[1].retries.oom.count", "from 0"),
    ("", "retries = { oom = { change = { batch_size = 'half' } } }", "stage[1].retries.oom.change.batch_size", "x0.5"),
    ("", "retries = { oom = { change = { python = 'x' } } }", "stage[1].retries.oom.change.python", "parameter"),
    ("", "gate = { min = 0.9 }", "stage[1].gate", "the gate has no metric"),
    ("", "gate = { metric = 'acc' }", "stage[1].gate", '"min" or "max"'),
    ("", "gate = { metric = 'acc', min = 2, max = 1 }", "stage[1].gate", "above max"),
    ("", "gate = { metric = 'acc', min = inf }", "stage[1].gate.min", "finite"),
    ("metric = 'acc'", "", "metric", "expected a table"),
    ("metric = { name = 'acc' }", "", "metric", 'the key "goal" is missing'),
    ("metric = { name = 'acc', goal = 'up' }", "", "metric.goal", 'one of "max", "min"'),
    ("metric = { name = 'acc', goals = 'max' }", "", "metric.goals", 'did you mean "goal"?'),
    ("", "metrics = [{ name = 'x', pattern = '(' }]", "stage[1].metrics[1].pattern", "invalid regular expression"),
    ("", "metrics = [{ name = 'x', pattern = 'loss' }]", "stage[1].metrics[1].pattern", "(?P<value>"),
    ("", "metrics = [{ pattern = '(?P<value>.)' }]", "stage[1].metrics[1]", '"name" is missing'),
    ("", "metrics = { name = 'x' }", "stage[1].metrics", "expected a list"),
    # needs
    ("", "needs = 'b'", "stage[1].needs", "expected a list"),
    ("", "needs = ['b']", "stage[1].needs[1]", 'no stage "b"'),
    ("", "needs = ['a']", "stage[1].needs", "form a cycle: a needs a"),
    # strategies
    ("strategy = 'adaptve'", "", "strategy", 'did you mean "adaptive"?'),
    ("strategy = 'adaptive'", "", "strategy", "headline metric"),
    ("strategy = 'geometric'", "", "strategy", "no dataset_limit or no epochs"),
    ("strategy = 'fit-budget'\njobs = 2", "", "strategy", "one stage at a time"),
    ("strategy = 'fit-budget'\nafter_last = 'repeat'", "", "strategy", "ladder"),
    ("[adaptive]\npatient = 3", "", "adaptive.patient", 'did you mean "patience"?'),
    ("[geometric]\ngrowth = 1", "", "geometric.growth", "above 1"),
    ("[ladder]\nx = 1", "", "ladder.x", "unknown key"),
    ("[adaptve]\npatience = 3", "", "adaptve", 'did you mean "adaptive"?'),
    ("adaptive = 3", "", "adaptive", "expected a table"),
    # TOML itself
    ("description = 'a'\ndescription = 'b'", "", "", "line 4"),
    ("x = ", "", "", "invalid TOML"),
    (f"x = {'1' * 5000}", "", "", "invalid TOML"),
    ("x = " + "[" * 3000, "", "", "too deep"),
    ("x = " + "[" * 30 + "]" * 30, "", "", "too deep"),
    ("[" + ".".join(["a"] * 300) + "]", "", "", "too deep"),
    (".".join(["a"] * 300_000) + " = 1", "", "", "too deep"),
    ("x = 'lone\x01control'", "", "", "invalid TOML"),
]


@pytest.mark.parametrize(("head", "stage", "place", "words"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_a_bad_plan_is_one_clear_error(head: str, stage: str, place: str, words: str) -> None:
    """The error names the file, the place and what is wrong, in one short line that a terminal can show."""
    tables = head.startswith("[")
    text = HEAD + ("" if tables else head + "\n") + STAGE + stage + "\n"
    text += head if tables else ""
    with pytest.raises(PlanError) as caught:
        parse_plan(text, "stages/p.toml")
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert message.startswith("stages/p.toml: " + (f"{place}: " if place else ""))
    assert words in message
    assert message.isprintable()
    assert len(message) < 600


WHOLE = [
    ("", "stage", "at least one stage"),
    ("name = 'p'\n", "stage", "[[stage]]"),
    ("stage = []\n", "stage", "at least one stage"),
    ("stage = 3\n", "stage", "expected a list of tables"),
    ("stage = [3]\n", "stage[1]", "expected a table"),
    ("[stage]\nname = 'a'\n", "stage", "two brackets"),
    ("[[stage]]\n", "stage[1]", '"name" is missing'),
    ("[[stage]]\nname = 'a'\n", "stage[1]", '"command" is missing'),
    ("command = 'x'\n[[stage]]\nname = 'a'\n[[stage]]\nname = 'a'\n", "stage[2].name", "already has the name"),
    ("name = '-rf'\n[[stage]]\nname = 'a'\n", "name", "invalid name"),
]


@pytest.mark.parametrize(("text", "place", "words"), WHOLE)
def test_a_plan_without_its_parts_is_refused(text: str, place: str, words: str) -> None:
    """A missing, empty or wrongly written list of stages says how a stage begins."""
    with pytest.raises(PlanError) as caught:
        parse_plan(text, "p.toml")
    assert str(caught.value).startswith(f"p.toml: {place}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "-rf", "a/b", "a b", "a\nb", "\x1b[2J", "x" * 65, "ä", "a\n", "\u202e", "CON:"]
)
def test_names_that_could_harm_a_path_or_a_terminal_are_refused(name: str) -> None:
    """A name of a stage or plan is 1 to 64 harmless characters, and the error shows it inertly."""
    quoted = '"' + "".join(f"\\u{ord(char):04x}" for char in name) + '"'
    for text in (f"command = 'x'\n[[stage]]\nname = {quoted}\n", f"name = {quoted}\n[[stage]]\nname = 'a'\n"):
        with pytest.raises(PlanError) as caught:
            parse_plan(text, "p.toml")
        assert "invalid name" in str(caught.value)
        assert str(caught.value).isprintable()


def test_a_cycle_is_named_along_its_ring() -> None:
    """Stages that need each other are told in the order of their needs, without those that only lead there."""
    text = "command = 'x'\n" + "".join(
        f"[[stage]]\nname = '{name}'\nneeds = ['{needed}']\n" for name, needed in [("a", "b"), ("b", "c"), ("c", "b")]
    )
    with pytest.raises(PlanError, match="form a cycle: b needs c needs b"):
        parse_plan(text, "p.toml")


def test_a_long_ring_is_found_without_recursion() -> None:
    """A cycle of 1000 stages is an error like any other."""
    text = "command = 'x'\n" + "".join(
        f"[[stage]]\nname = 's{number}'\nneeds = ['s{(number + 1) % 1000}']\n" for number in range(1000)
    )
    with pytest.raises(PlanError, match="form a cycle"):
        parse_plan(text, "p.toml")


def test_files_that_hold_no_plan_are_refused_without_blocking(tmp_path: Path) -> None:
    """A FIFO, a folder, a device, a missing file, a huge one and bytes that are no text each say what they are."""
    fifo = tmp_path / "fifo.toml"
    os.mkfifo(fifo)
    huge = tmp_path / "huge.toml"
    with open(huge, "wb") as file:
        file.truncate(1024 * 1024 + 1)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b'name = "x"\n\xff\xfe')
    private = tmp_path / "link.toml"
    private.symlink_to(private)
    for path, words in [
        (fifo, "regular file"),
        (tmp_path, "regular file"),
        (Path("/dev/null"), "regular file"),
        (tmp_path / "none.toml", "no such file"),
        (tmp_path / "a\0b.toml", "null"),
        (huge, "1 MiB"),
        (binary, "line 2 is not valid UTF-8"),
        (private, "can't be read"),
    ]:
        with pytest.raises(PlanError, match=words):
            load_plan(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_plan_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    """A file without permission is an error about the file, not a traceback."""
    path = tmp_path / "p.toml"
    path.write_text(HEAD + STAGE)
    path.chmod(stat.S_IWUSR)
    with pytest.raises(PlanError, match="permission denied"):
        load_plan(path)
