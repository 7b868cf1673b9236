"""The verb table is whole: command line, runner, keys, questions and docs each have every verb, and none besides."""

from __future__ import annotations

import importlib
import pkgutil
import string
from collections import Counter

import autotrain_tui.cli.commands
from autotrain_tui.cli import main as cli
from autotrain_tui.runner.control.handlers import HANDLERS
from autotrain_tui.tui.model.actions import ACTIONS
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS
from autotrain_tui.verbs import COMMANDS, GROUPS, REQUESTS, VERBS
from tests import verb_table

TOGGLED = {verb.toggles for verb in VERBS.values() if verb.toggles}


def test_every_command_has_a_module_and_every_module_a_command() -> None:
    """A verb's module offers `add_options` and `run`, and no module that does is without a verb."""
    package = autotrain_tui.cli.commands
    modules = {
        name
        for _, name, _ in pkgutil.iter_modules(package.__path__)
        if {"add_options", "run"} <= set(importlib.import_module(f"{package.__name__}.{name}").__all__)
    }
    assert {verb.module for verb in COMMANDS.values()} == modules


def test_what_is_no_command_is_a_flag_of_one(capsys) -> None:
    """`skip --undo` and `retry --from-scratch` are a command with one of its flags."""
    for verb in VERBS.values():
        command, *flags = verb.command.split()
        assert (command == verb.name) == (verb.name in COMMANDS)
        assert cli.main([command, "--help"]) == 0
        shown = capsys.readouterr().out
        assert all(flag in shown for flag in flags)


def test_help_lists_every_command_under_its_group(capsys) -> None:
    """`--help` has the four groups, each with its verbs and their help, and no other verb."""
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for group in GROUPS:
        lines = shown.split(f"\n{group}:\n", 1)[1].split("\n\n", 1)[0].splitlines()
        listed = [tuple(line.split(maxsplit=1)) for line in lines]
        assert listed == [(verb.name, verb.help) for verb in COMMANDS.values() if verb.group == group]


def test_every_request_has_a_handler_and_every_handler_a_request() -> None:
    """What the command file may say is what the runner can do."""
    assert set(HANDLERS) == set(REQUESTS)
    assert {verb.request for verb in VERBS.values() if verb.request} == set(REQUESTS)
    assert all(verb.request for verb in VERBS.values() if verb.group == "Control")


def test_every_request_has_a_key_and_every_key_an_action() -> None:
    """Each verb of the runner has a key and a label; a verb that another one toggles shares a key with it or has its own."""
    keyed = {verb.name for verb in VERBS.values() if verb.key}
    assert {verb.name for verb in VERBS.values() if verb.request} == keyed
    named = {action.name for action in ACTIONS}
    assert named <= keyed
    assert keyed - named <= TOGGLED
    for verb in VERBS.values():
        assert not verb.key or verb.label
        if verb.toggles in keyed - named:
            assert VERBS[verb.toggles].key == verb.key
    assert max(Counter(action.key for action in ACTIONS).values()) == 1


def test_every_action_is_a_binding_of_the_screens() -> None:
    """The bindings of a session's screens are the actions, with key, label and help from the table."""
    bound = {(binding.id, binding.key, binding.description, binding.tooltip) for binding in ACTION_BINDINGS}
    assert bound == {
        (f"session.{verb.name}", verb.key, verb.label, verb.key_help)
        for verb in (VERBS[action.name] for action in ACTIONS)
    }


def test_what_may_end_training_asks() -> None:
    """Each verb that can end training has a question, and only those have one."""
    for verb in VERBS.values():
        assert verb.danger == verb.asks, verb.name
        for text in verb.questions.values():
            for part in (text.title, text.text, text.yes):
                names = {name for _, name, _, _ in string.Formatter().parse(part) if name}
                assert names <= ({"stage"} if verb.target == "stage" else set())


def test_the_documented_table_is_the_table() -> None:
    """docs/command-line.md has every verb with its group, key and help; `python -m tests.verb_table` writes it."""
    assert verb_table.documented() == verb_table.rows()
