"""What the words of `run -- COMMAND` say: parameters, a title, and nothing that is secret."""

from __future__ import annotations

import pytest

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.fold import fold
from autotrain_tui.session.journal.without_secrets import without_secrets
from autotrain_tui.text.command_words import TITLE_CELLS, command_parameters, command_title


@pytest.mark.parametrize(
    ("command", "parameters", "title"),
    [
        ("python train.py --lr 0.3", {"lr": 0.3}, "train.py lr=0.3"),
        ("python -u /data/train.py --batch-size=32 -v", {"batch_size": 32, "v": True}, "train.py batch_size=32 v"),
        ("python -m app.train opt.lr=1e-3 +data=cifar", {"opt.lr": 0.001, "data": "cifar"}, "app.train opt.lr=1e-3 data=cifar"),
        ("torchrun --nproc-per-node 2 train.py --shift -0.5", {"nproc_per_node": 2, "shift": -0.5}, "torchrun nproc_per_node=2 train.py shift=-0.5"),
        ("./train --layers 64 128 --amp true conf/a.yaml", {"layers": "64 128", "amp": True}, "train layers=64 128 amp=true a.yaml"),
        ("python -c print(1) --lr 3", {"lr": 3}, "python lr=3"),
    ],
)  # fmt: skip
def test_flags_and_settings_are_parameters(command: str, parameters: dict[str, object], title: str) -> None:
    """`--flag value`, `--flag=value`, `key=value` and flags alone are read with their types, and the title says them."""
    words = command.split()
    assert command_parameters(words) == parameters
    assert command_title(words) == title


def test_a_shell_command_is_read_too() -> None:
    """`bash -c TEXT` gives the parameters of the text's words."""
    assert command_parameters(["bash", "-c", "python train.py --lr 0.3 2>&1 | tee log"]) == {"lr": 0.3}
    assert command_parameters(["bash", "-c", "python 'train.py --lr 0.3"]) == {"lr": 0.3}


def test_a_title_of_a_search_names_what_is_searched() -> None:
    """No placeholder stands where a value would; without a search, braces are the program's own."""
    words = ["python", "train.py", "--lr", "{lr}", "--epochs", "8", "{size}"]
    assert command_title(words, searched=True) == "train.py epochs=8 · search of lr, size"
    assert command_title(words[:4], searched=True) == "train.py · search of lr"
    assert command_title(words[:4]) == "train.py lr={lr}"
    assert len(command_title([*words, *["--a-long-flag"] * 20], searched=True)) == TITLE_CELLS


def test_a_title_is_short_and_printable() -> None:
    """It has at most 80 characters, and no escape sequence of a word reaches the screen."""
    title = command_title(["python", "train.py", "--note", "\x1b[31mred\x07", *(f"--flag{n}=1" for n in range(50))])
    assert len(title) == TITLE_CELLS
    assert title.isprintable()


@pytest.mark.parametrize("search", [None, ev.SearchDefinition("random", 4)])
def test_what_the_trials_of_a_search_fill_in_is_no_parameter_of_it(search: ev.SearchDefinition | None) -> None:
    """`--lr {lr}` of a search names no value; of a plain command the braces are the program's own."""
    words = ["python", "train.py", "--lr", "{lr}", "--depth", "3"]
    stage = ev.StageDefinition("train", 1, search=search)
    session = fold([ev.SessionCreated(id="x", plan="train", command=words, command_line=[], stages=[stage])])
    assert session is not None
    assert session.stages[0].info.params == ({"lr": "{lr}"} if search is None else {}) | {"depth": 3}


def test_secrets_are_hidden_everywhere() -> None:
    """The journal's command, the parameters and the title of a session have none of the secrets in its words."""
    words = ["python", "train.py", "--api-key", "SESAME1", "--hf-token=SESAME2", "wandb_key=SESAME3", "--lr", "0.1"]
    event = ev.SessionCreated(
        id="x", plan="train", command=words, command_line=["run", "--", *words], stages=[ev.StageDefinition("train", 1)]
    )
    session = fold([without_secrets(event)])
    assert session is not None
    said = repr((session.command, session.title, session.stages, session.command_line))
    assert "SESAME" not in said
    assert session.stages[0].info.params == {
        "api_key": "[hidden]",
        "hf_token": "[hidden]",
        "wandb_key": "[hidden]",
        "lr": 0.1,
    }


def test_old_journals_have_their_command_in_the_command_line() -> None:
    """A session of an earlier version, which recorded only the whole command line, has a command too."""
    line = ["/usr/bin/autotrain-tui", "run", "--detach", "--", "python", "train.py", "--lr", "0.3"]
    session = fold([ev.SessionCreated(plan="train", command_line=line, stages=[ev.StageDefinition("train", 1)])])
    assert session is not None
    assert (session.command, session.title) == (("python", "train.py", "--lr", "0.3"), "train.py lr=0.3")
    assert session.stages[0].info.params == {"lr": 0.3}
    planned = fold([ev.SessionCreated(plan="p", plan_file="/x/p.toml", command_line=["autotrain-tui", "run", "p"])])
    assert planned is not None
    assert (planned.command, planned.title) == ((), "")
