"""The command line: arguments become a call of one verb. It imports as little as possible: start-up time is imports.

The verb may stand before or after the flags that belong to every verb. Without a verb any flag of `run` means `run`
(so old command lines work), `--test-config` means `plan`, and no argument opens the screen.
"""

from __future__ import annotations

import gc
import os
import sys

from autotrain_tui.verbs import COMMANDS, GROUPS

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import SimpleNamespace
    from typing import Any

__all__ = ["entry", "main"]

_OVERRIDES = frozenset(
    {
        "--mode",
        "--scale",
        "--max-hours",
        "--dataset-limit",
        "--batch-size",
        "--timeout-multiplier",
        "--set",
        "--start-from",
        "--only",
        "--skip",
        "--python",
    }
)
"""The flags that change a plan; each takes the next word with it."""

_FLAGS_WITH_VALUE = _OVERRIDES | {"--project", "--sessions-dir"}
"""The flags that may stand before a verb and take the next word with them."""

_RUN_FLAGS = _OVERRIDES | {"--no-ui", "--detach", "--json", "-v", "--verbose", "-q", "--quiet"}
"""Any of these without a verb means `run`."""

_SHORT = frozenset({"ls", "show"})
"""Verbs that collect no garbage, and load argparse only for words that need it."""


_WITHOUT_LIBRARIES = (["--help"], ["-h"], ["--version"], ["-V"])
"""First words that are answered with texts alone."""


def entry() -> None:
    """The console script. Never returns: the exit status of DESIGN section 8 is the process's."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us (>&-)
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  open to the end
        getattr(sys, name).reconfigure(errors="replace")  # a terminal without a sign for – must not fail
    gc.disable()  # a short command ends before there is anything to collect
    if sys.argv[1:2] not in _WITHOUT_LIBRARIES:
        from autotrain_tui.cli.fast_imports import import_pathlib

        import_pathlib()
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        pass
    except OSError:
        code = code or 4
    # All files are written and closed by now; finalising the interpreter would only take time.
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line (without the program's name); the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if sys.platform == "win32":
        print("autotrain-tui: Windows is not supported (training needs POSIX processes); use WSL 2", file=sys.stderr)
        return 4
    try:
        return _dispatch(words)
    except BrokenPipeError:
        _drop_stdout()
        return 0
    except KeyboardInterrupt:
        return 130
    except SystemExit as leave:  # argparse, after --help
        return leave.code if isinstance(leave.code, int) else 0
    except Exception as error:  # noqa: BLE001  the edge: everything becomes a sentence and a status
        return _report(error)


def _dispatch(words: list[str]) -> int:
    _check_text(words)
    verb, rest, command = _split(words)
    if verb is None and any(word in {"-h", "--help"} for word in rest):
        print(_help())
        return 0
    if verb is None and any(word in {"-V", "--version"} for word in rest):
        from autotrain_tui import __version__

        print(f"autotrain-tui {__version__}")
        return 0
    if verb is None:
        verb = _default_verb(rest, command)
    from autotrain_tui.cli.fast_imports import import_argparse

    if verb not in _SHORT:
        import_argparse()
    # importlib.import_module would cost a hundredth of a plain command
    __import__(f"autotrain_tui.cli.commands.{COMMANDS[verb].module}")
    module = sys.modules[f"autotrain_tui.cli.commands.{COMMANDS[verb].module}"]
    options: Any = _short_options(verb, module.add_options, rest) if verb in _SHORT else None
    if options is None:
        import_argparse()
        from autotrain_tui.cli.parser import parser_for

        parser = parser_for(verb)
        module.add_options(parser, verb)
        options = parser.parse_args(rest)
    options.command = command
    if verb not in _SHORT:
        gc.enable()
    code: int = module.run(options)
    return code


def _short_options(verb: str, add_options: Callable[[Any, str], None], words: list[str]) -> SimpleNamespace | None:
    """The options of a plain command; None if argparse must be asked."""
    from autotrain_tui.cli.options import add_common
    from autotrain_tui.cli.short_parser import ShortParser

    parser: Any = ShortParser()
    add_common(parser, verb)
    add_options(parser, verb)
    found: SimpleNamespace | None = parser.parse(words)
    return found


def _check_text(words: list[str]) -> None:
    """Raise UsageError for a word that is no UTF-8 text: neither a record nor a document could hold it."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            from autotrain_tui.errors import UsageError
            from autotrain_tui.plan.names import shown

            raise UsageError(f"{shown(word)} is not UTF-8 text; records and JSON hold only UTF-8") from None


def _default_verb(flags: list[str], command: list[str] | None) -> str:
    """The verb of a command line without one."""
    from autotrain_tui.errors import UsageError

    if command is not None:
        raise UsageError("a command after -- needs the verb run: autotrain-tui run -- COMMAND")
    names = {flag.partition("=")[0] for flag in flags}
    if "--test-config" in names:
        return "plan"
    return "run" if names & _RUN_FLAGS else "attach"


def _split(words: list[str]) -> tuple[str | None, list[str], list[str] | None]:
    """The verb, the other words, and for `run --` and `init --` the command's own words."""
    takes_value = False
    for place, word in enumerate(words):
        if takes_value:
            takes_value = False
        elif word == "--":
            return None, words[:place], words[place + 1 :]
        elif word.startswith("-") and word != "-":
            takes_value = word in _FLAGS_WITH_VALUE
        else:
            rest = words[:place] + words[place + 1 :]
            return _verb(word, words[place - 1] if place else ""), *_without_command(word, rest)
    return None, words, None


def _without_command(verb: str, rest: list[str]) -> tuple[list[str], list[str] | None]:
    if verb not in {"run", "init"} or "--" not in rest:
        return rest, None
    place = rest.index("--")
    return rest[:place], rest[place + 1 :]


def _verb(word: str, before: str) -> str:
    """The word as a verb. Raises UsageError, or about an unknown flag before it (the word may be its value)."""
    if word in COMMANDS:
        return word
    from autotrain_tui.errors import UsageError
    from autotrain_tui.plan.names import did_you_mean, shown

    if before.startswith("--") and before not in _RUN_FLAGS | _FLAGS_WITH_VALUE | {"--test-config"}:
        hint = did_you_mean(before, _RUN_FLAGS | _FLAGS_WITH_VALUE)
        raise UsageError(
            f"unknown flag {shown(before)}" + (f" ({hint})" if hint else "; autotrain-tui --help lists the flags")
        )
    if word == "help":
        raise UsageError(
            'unknown verb "help"; autotrain-tui --help lists the verbs, autotrain-tui VERB --help the flags of one'
        )
    if word.endswith(".toml") or os.sep in word:
        raise UsageError(f"unknown verb {shown(word)}; to run a plan: autotrain-tui run {word}")
    hint = did_you_mean(word, COMMANDS)
    raise UsageError(
        f"unknown verb {shown(word)}" + (f" ({hint})" if hint else "; autotrain-tui --help lists the verbs")
    )


def _help() -> str:
    lines = [
        "usage: autotrain-tui [VERB] [flags]",
        "",
        "Plan a model's training in stages, run it, watch it, keep its history.",
        "Without a verb, the screen opens on the running session, else on Home.",
        "With a flag of `run` and no verb, the verb is run.",
    ]
    for group in GROUPS:
        lines += ["", f"{group}:"]
        lines += [f"  {verb.name:<11} {verb.help}" for verb in COMMANDS.values() if verb.group == group]
    lines += [
        "",
        "Flags of every verb:",
        "  --project DIR        the folder with stages/ (default: the nearest one, upwards)",
        "  --sessions-dir DIR   the folder of sessions (default: AUTOTRAIN_SESSIONS_DIR, else sessions/)",
        "  --version, --help    autotrain-tui VERB --help lists the flags of a verb",
        "",
        "SESSION is an id, the start of one, or latest (default: the running session, else the latest).",
        "Exit status: 0 done, 1 a stage failed, 2 usage or plan, 3 refused, 4 machine, 5 stopped, 128+n signal n.",
    ]
    return "\n".join(lines)


def _report(error: Exception) -> int:
    """One sentence on stderr, and the exit status that the error means."""
    from autotrain_tui.errors import AutotrainError, MachineError

    if isinstance(error, AutotrainError):
        return _say(str(error), error.exit_code)
    if isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        return _say(f"{file}{error.strerror or error}", MachineError.exit_code)
    if os.environ.get("AUTOTRAIN_TRACEBACK"):
        raise error
    return _say(f"internal error: {type(error).__name__}: {error} (AUTOTRAIN_TRACEBACK=1 shows the traceback)", 1)


def _say(text: str, code: int) -> int:
    from autotrain_tui.text.sanitize import sanitize

    try:
        print(f"autotrain-tui: {sanitize(text, newlines=True)}", file=sys.stderr)
    except OSError:
        pass  # stderr is closed; the exit status remains
    return code


def _drop_stdout() -> None:
    """Send what is still buffered to /dev/null: stdout is closed, and a flush at exit must not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
