"""What a plain command may import, and msgspec without typing_extensions."""

from __future__ import annotations

import importlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import autotrain_tui
from autotrain_tui.cli.options import add_common
from autotrain_tui.cli.parser import parser_for
from autotrain_tui.cli.short_parser import ShortParser
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.lock import LockOwner
from tests.cli.project import created, finished, hand_made, ran, runner_started

pytestmark = pytest.mark.process


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=240).stdout


def test_readers_import_neither_typing_extensions_nor_what_it_needs() -> None:
    """After the short way, reading a session has imported none of the modules that make a plain command slow."""
    loaded = python(
        "import sys; from autotrain_tui.cli.fast_imports import import_msgspec as short; short(); "
        "import autotrain_tui.session.history.documents, autotrain_tui.session.history.store; print(*sys.modules)"
    ).split()
    assert "msgspec" in loaded
    assert not {"typing_extensions", "inspect", "dataclasses", "subprocess", "shutil", "uuid", "platform"} & set(loaded)


def test_typing_extensions_can_be_imported_afterwards() -> None:
    """Nothing is left behind: who wants typing_extensions gets it, before and after."""
    assert python(
        "from autotrain_tui.cli.fast_imports import import_msgspec as short; short(); import typing_extensions; "
        "short(); print(typing_extensions.Never)"
    )
    assert (
        python(
            "import typing_extensions; from autotrain_tui.cli.fast_imports import import_msgspec as short; short(); "
            "import msgspec, typing_extensions as again; print(again is typing_extensions)"
        )
        == "True\n"
    )


def test_uuid_can_be_imported_afterwards() -> None:
    """The real one, and a record that is written meanwhile does not mind."""
    code = (
        "from autotrain_tui.cli.fast_imports import import_msgspec as short; short(); import msgspec, uuid; "
        "print(uuid.uuid4().version, msgspec.json.encode({'a': 1}).decode())"
    )
    assert python(code) == '4 {"a":1}\n'


def test_what_stood_in_is_loaded_when_it_is_asked_for() -> None:
    """Schemas, addresses of paths, decimal numbers and translations are the real ones after the short way."""
    code = (
        "from autotrain_tui.cli import fast_imports as short; short.import_pathlib(); short.import_argparse(); short.import_msgspec(); "
        "import sys; print(*sys.modules); import msgspec, pathlib, decimal, gettext, argparse; "
        "print(msgspec.json.schema(int), type(msgspec.inspect.type_info(int)).__name__, "
        "pathlib.Path('/a b').as_uri(), pathlib.PureWindowsPath('c:/a b').is_absolute(), pathlib.warnings.warn.__name__, decimal.Decimal('1.5') * 2, gettext.translation.__name__, "
        "argparse.ArgumentParser(prog='p').format_usage().strip())"
    )
    loaded, used = python(code).splitlines()
    names = {
        "urllib.parse",
        "ntpath",
        "warnings",
        "ipaddress",
        "gettext",
        "decimal",
        "textwrap",
        "msgspec.inspect",
        "msgspec._json_schema",
    }
    assert not names & set(loaded.split())
    assert used == "{'type': 'integer'} IntType file:///a%20b True warn 3.0 translation usage: p [-h]"


@pytest.mark.parametrize("words", ["--help", "ls", "ls --json", "show", "show --json", "logs", "metrics", "wait"])
def test_plain_commands_never_load_the_screen(tmp_path: Path, words: str) -> None:
    """textual and rich are imported only to draw; `ls` and `show` of a known session don't even need msgspec."""
    folder = hand_made(tmp_path, [])
    folder.journal.unlink()
    events = [created("one"), runner_started(), *ran("one", folder=folder, log="x\n"), finished()]
    from autotrain_tui.session.journal.journal_file import JournalWriter

    writer = JournalWriter(folder.journal)
    for event in events:
        writer.append(writer.stamp(event), sync=False)
    writer.close()
    code = (
        "import sys; from autotrain_tui.cli.main import main; code = main(sys.argv[1:]);"
        "print(' '.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    for _ in range(2):  # the second time the index answers
        done = subprocess.run(
            [sys.executable, "-c", code, *words.split(), "--sessions-dir", str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
        )
    loaded = set(done.stderr.split())
    assert not loaded & {"textual", "rich", "asyncio", "psutil"}
    if words.split(maxsplit=1)[0] in ("--help", "ls", "show"):
        assert not loaded & {"msgspec", "typing", "dataclasses", "subprocess"}
    if words.split(maxsplit=1)[0] in ("--help", "ls"):
        assert "json" not in loaded


@pytest.mark.parametrize("word", ["--help", "-h", "--version", "-V"])
def test_texts_need_no_library(word: str) -> None:
    """The list of verbs and the version come without pathlib and argparse, which cost a third of the time."""
    found = subprocess.run(
        [sys.executable, "-S", "-X", "importtime", "-m", "autotrain_tui", word],
        cwd=Path(autotrain_tui.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "autotrain-tui" in found.stdout
    loaded = {line.rpartition("|")[2].strip() for line in found.stderr.splitlines()}
    assert "autotrain_tui.cli.main" in loaded
    assert not loaded & {"pathlib", "argparse", "re"}


@pytest.mark.parametrize("words", ["ls", "show"])
def test_a_live_session_is_read_without_what_is_not_needed_for_it(tmp_path: Path, words: str) -> None:
    """Neither argparse nor the records of attempts; and no annotation of a record is compiled."""
    folder = hand_made(tmp_path, [created("one", "two"), runner_started(), *ran("one")])
    owner = LockOwner(os.getpid(), identity.start_time(os.getpid()), identity.boot_id(), identity.host())
    folder.lock.write_bytes(msgspec.json.encode(owner))
    code = (
        "import re, sys; from autotrain_tui.cli import fast_imports, main; "  # re: the installed script has it too
        "sys.addaudithook(lambda event, found: event == 'compile' and found[1] == '<string>' and print(found, file=sys.stderr)); "
        "fast_imports.import_pathlib(); code = main.main(sys.argv[1:]); "
        "print(' '.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words.split(), "--sessions-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "running" in done.stdout
    *compiled, modules = done.stderr.splitlines()
    # a text of collections.namedtuple, and the one ForwardRef by which msgspec learns how these are called
    assert [line for line in compiled if "lambda _cls" not in line] == ["(b'Foo', '<string>')"]
    loaded = set(modules.split())
    assert "autotrain_tui.session.journal.session_view" in loaded
    needless = {
        "argparse",
        "datetime",
        "math",
        "json",
        "importlib",
        "ntpath",
        "warnings",
        "fcntl",
        "subprocess",
        "inspect",
    }
    assert not loaded & (needless | {"autotrain_tui.session.records.attempt_files"})


WORDS = ["", "a", "-n", "3", "0", "--json", "--project", "--sessions-dir", "/p", "--project=/p", "-h", "--", "-x"]


@pytest.mark.parametrize("verb", ["ls", "show"])
def test_the_short_parser_agrees_with_argparse(verb: str) -> None:
    """Where it answers at all, it answers as argparse does; and what people type it answers."""
    module = importlib.import_module(f"autotrain_tui.cli.commands.{verb}")
    short, long = ShortParser(), parser_for(verb)
    for parser in (short, long):
        module.add_options(parser, verb)
    add_common(short, verb)  # type: ignore[arg-type]
    answered = set()
    for count in range(4):
        for words in itertools.product(WORDS, repeat=count):
            if (found := short.parse(words)) is not None:
                assert vars(found) == vars(long.parse_args(words))
                answered.add(" ".join(words))
    assert {"", "--json", "a", "a --json", "--project /p --json"} <= answered
    assert ("-n 3 a" in answered) == (verb == "ls")
