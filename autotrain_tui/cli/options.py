"""Flags: the parser of one verb, the flags that several verbs share, and the values they take."""

from __future__ import annotations

import argparse
import math
import re

from autotrain_tui.cli.text_table import width
from autotrain_tui.errors import UsageError
from autotrain_tui.verbs import VERBS

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

__all__ = ["add_json", "add_overrides", "add_quietness", "add_session", "number", "parser_for", "whole"]


class Help(argparse.RawDescriptionHelpFormatter):
    """Knows how wide the terminal is: argparse would import shutil to ask, 3 ms of every command."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=width(pipe=80) - 2)  # two cells are argparse's own margin


class Parser(argparse.ArgumentParser):
    """Raises UsageError instead of exiting: errors are reported in one place."""

    def parse_args(self, args: Sequence[str] | None = None, namespace: None = None) -> argparse.Namespace:  # type: ignore[override]  # argparse's own has overloads for other namespaces
        """Parse; words may stand between flags, and an amount such as -30m is a word."""
        options, extra = self.parse_known_args(args, namespace)
        for word in extra:
            if not hasattr(options, "words") or (word.startswith("-") and not re.fullmatch(r"-\d[\d.:dhms]*", word)):
                self.error(f"unrecognized arguments: {' '.join(extra)}{self._nearest(word)}")
            options.words.append(word)
        return options

    def _nearest(self, word: str) -> str:
        """A hint with the verb's nearest flag; empty for a word that is not a flag, or is like none."""
        if not word.startswith("--"):
            return ""
        from autotrain_tui.plan.names import did_you_mean  # for who mistypes only

        hint = did_you_mean(word.partition("=")[0], self._option_string_actions)
        return f" ({hint})" if hint.startswith("did") else ""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with where to look."""
        raise UsageError(f"{message} (see {self.prog} --help)")


def parser_for(verb: str) -> argparse.ArgumentParser:
    """The parser of one verb, with the flags that every verb takes."""
    help_text = VERBS[verb].help
    description = f"{help_text[0].upper()}{help_text[1:]}."
    parser = Parser(prog=f"autotrain-tui {verb}", description=description, allow_abbrev=False, formatter_class=Help)
    parser.set_defaults(verb=verb, temporary=False)  # temporary: the session is of a demo, and removed afterwards
    parser.add_argument("--project", metavar="DIR", help="the folder with stages/")
    parser.add_argument("--sessions-dir", metavar="DIR", help="the folder of sessions")
    return parser


def add_session(parser: argparse.ArgumentParser) -> None:
    """The SESSION that a reading verb takes."""
    parser.add_argument(
        "session",
        nargs="?",
        metavar="SESSION",
        help="id, start of an id, or latest (default: the running session, else the latest)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json` of a verb that prints one document."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_quietness(parser: argparse.ArgumentParser) -> None:
    """-v or -q."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument("-v", "--verbose", action="store_true", help="without a screen: print the stages' output too")
    either.add_argument("-q", "--quiet", action="store_true", help="without a screen: print only errors")


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """The flags that change a plan for one session."""
    group = parser.add_argument_group("overrides for this session")
    group.add_argument("--mode", help="development, research, validation, production, or a mode of the plan")
    group.add_argument("--scale", type=number, metavar="X", help="passed to the training program")
    group.add_argument(
        "--max-hours", type=_hours, metavar="H", help="time limit in hours, or none (default: max_hours of the plan)"
    )
    group.add_argument("--dataset-limit", type=whole, metavar="N", help="number of examples, for every stage")
    group.add_argument("--batch-size", type=whole, metavar="N", help="batch size, for every stage")
    group.add_argument(
        "--timeout-multiplier",
        type=number,
        metavar="X",
        help="a stage's time limit is its estimate_minutes times X (default: 2.0)",
    )
    group.add_argument("--metric", metavar="NAME:GOAL", help="headline metric; GOAL is max or min")
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="sets",
        help="any other key of the plan, or STAGE.KEY (repeatable)",
    )
    group.add_argument("--start-from", metavar="STAGE", help="skip the stages before it")
    group.add_argument("--only", action="append", default=[], metavar="STAGE", help="run only this stage (repeatable)")
    group.add_argument("--skip", action="append", default=[], metavar="STAGE", help="skip this stage (repeatable)")
    group.add_argument("--python", metavar="PATH", help="interpreter for {python} where the plan sets no python")


def whole(text: str) -> int:
    """A positive whole number."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive whole number, got {text!r}")
    return value


def number(text: str) -> float:
    """A positive finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value <= 0:
        raise argparse.ArgumentTypeError(f"expected a positive number, got {text!r}")
    return value


def _hours(text: str) -> float | str:
    return "none" if text == "none" else number(text)
