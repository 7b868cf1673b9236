"""Shell signs in commands, and variables in `env` values."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.expansion import expand, unexpanded, variables_in
from autotrain_tui.plan.shell_signs import shell_signs
from autotrain_tui.plan.warnings import plan_warnings
from tests.plan.plans import one


@pytest.mark.parametrize(
    ("command", "sign"),
    [
        ("python3 prep.py && python3 train.py", '"&&"'),
        ("python3 prep.py || true", '"||"'),
        ("python3 train.py 2>&1 | tee log.txt", '"|"'),
        ("python3 train.py > log.txt", '">"'),
        ("python3 train.py >log.txt", '">log.txt"'),
        ("python3 train.py 2>err.txt", '"2>err.txt"'),
        ("python3 train.py &", '"&"'),
        ("python3 prep.py; python3 train.py", '"prep.py;"'),
        ("python3 train.py < data.txt", '"<"'),
        ("python3 train.py --data $DATA", '"$DATA"'),
        ("python3 train.py --data ${DATA}/train", '"${DATA}/train"'),
        ("python3 train.py --data ~/data", '"~/data"'),
        ("python3 train.py --now $(date)", '"$(date)"'),
        ("python3 train.py --now `date`", '"`date`"'),
    ],
)
def test_what_only_a_shell_understands_is_told(command: str, sign: str) -> None:
    """The sentence names the sign and how a shell is asked for."""
    (sentence,) = shell_signs(shlex.split(command))
    assert sign in sentence
    assert '["bash", "-o", "pipefail", "-c"' in sentence


def test_a_variable_in_front_of_the_program_belongs_into_env() -> None:
    """NAME=value before the program is told with the key that sets it."""
    (sentence,) = shell_signs(["CUDA_VISIBLE_DEVICES=0", "python3", "train.py"])
    assert 'env = { CUDA_VISIBLE_DEVICES = "0" }' in sentence


@pytest.mark.parametrize(
    "words",
    [
        ["bash", "-c", "python3 prep.py && python3 train.py > log"],
        ["/bin/sh", "-c", "a | b"],
        ["env", "A=1", "bash", "-o", "pipefail", "-c", "a | b"],
        ["env", "CUDA_VISIBLE_DEVICES=0", "python3", "train.py"],
        ["python3", "-c", "print(1 > 0 and $x)"],
        ["python3", "train.py", "--filter", "a>b", "lr=0.1", "--pattern", "a|b", "--price", "$5", "x~y", "R&D", "->"],
        ["python3", "train.py", "--sep", "=>", ">=2"],
        [],
    ],
)
def test_ordinary_words_are_left_alone(words: list[str]) -> None:
    """A shell of the command's own, code in one word, and signs inside of words are no mistake."""
    assert shell_signs(words) == []


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_words_can_be_looked_at(words: list[str]) -> None:
    """Whatever the words are, the answer is at most two sentences of one line."""
    found = shell_signs(words)
    assert len(found) <= 2
    assert all("\n" not in sentence for sentence in found)


def test_braces_stand_for_variables_and_two_dollars_for_one() -> None:
    """`${NAME}` is replaced once, `$$` is a dollar, `$NAME` stays, a name that is not set stands for nothing."""
    environ = {"PATH": "/bin:${A}", "A": "1"}
    assert expand("/opt/x:${PATH}", environ) == "/opt/x:/bin:${A}"
    assert expand("$${A} $$ $A ${NONE}.", environ) == "${A} $ $A ."
    assert variables_in("${A}/$${B}/${C}") == ["A", "C"]


@given(st.text(st.characters(exclude_characters="$")))
def test_a_value_without_a_dollar_is_itself(value: str) -> None:
    """Only a dollar means something."""
    assert expand(value, {}) == value


def test_what_is_not_expanded_is_told() -> None:
    """`$NAME` and `~` at a path's start are named with what to write instead; `$$NAME` and `a~b` are meant."""
    assert unexpanded("/x:$PATH") == "$PATH"
    assert unexpanded("~/hf") == "~"
    assert unexpanded("/a:~/b") == "~"
    assert [unexpanded(text) for text in ("$$PATH", "a~b", "${PATH}", "cost $5", "")] == [None] * 5
    plan = one('command = ["train"]\nenv = { LD_LIBRARY_PATH = "/opt:$LD_LIBRARY_PATH", HF_HOME = "~/hf" }')
    told = " ".join(plan_warnings(plan))
    assert "${LD_LIBRARY_PATH}" in told
    assert "${HOME}" in told


def test_a_secret_is_not_referred_to() -> None:
    """A reference to a variable that names a secret is refused with env_from."""
    with pytest.raises(PlanError, match=r"HF_TOKEN.*env_from"):
        one('command = ["train"]\nenv = { X = "${HF_TOKEN}" }')
