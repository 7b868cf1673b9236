"""The parser of one verb."""

from __future__ import annotations

import argparse
import re

from autotrain_tui.cli.options import add_common
from autotrain_tui.cli.text_table import width
from autotrain_tui.errors import UsageError
from autotrain_tui.verbs import VERBS

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

__all__ = ["parser_for"]


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
    add_common(parser, verb)
    return parser
