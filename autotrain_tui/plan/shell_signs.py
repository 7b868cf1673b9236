"""Signs in a command that only a shell understands, although no shell reads a plan's command.

A word is looked at only where a person must have meant a shell: operators that stand alone, a redirection at a word's
start, `$NAME`, `~/`, and `NAME=value` in front of the program. Words with blanks (`-c "print(a > b)"`) are code of
another language and are left alone, as is everything behind a shell that the command itself starts.
Operators: POSIX.1-2024, Shell Command Language, sections 2.6 and 2.10.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from autotrain_tui.plan.names import shown

__all__ = ["SHELL_COMMAND", "shell_signs"]

SHELL_COMMAND = '["bash", "-o", "pipefail", "-c", "…"]'
"""How a plan starts a shell of its own, in which a pipe fails when one of its programs does."""

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "fish"})
_OPERATOR = re.compile(r"&&|\|\||\|&?|;{1,2}|&|<<?-?|[0-9]*>>?\|?|&>>?|[0-9]*[<>]&[0-9-]*")
_REDIRECTION = re.compile(r"(?:[0-9]*>>?|&>>?|<)(?![=(])\S+")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\}|\()|`")
_BLANK = re.compile(r"\s")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


def shell_signs(words: Sequence[str]) -> list[str]:
    """A sentence for each kind of sign in a command's words; empty when a shell would read them no other way."""
    if not words or _starts_shell(words):
        return []
    found = []
    assignment = _ASSIGNMENT.fullmatch(words[0])
    if assignment is not None:
        name, value = assignment.groups()
        found.append(
            f"{shown(words[0])} stands in front of the program, but no shell reads the command; "
            f'write env = {{ {name} = "{value}" }}'
        )
    signs = [sign for word in words if (sign := _sign(word)) is not None]
    if signs:
        listed = ", ".join(dict.fromkeys(signs))
        found.append(
            f"the command holds {listed}, but no shell reads it: the program gets these characters as they are; "
            f"for a shell write command = {SHELL_COMMAND}"
        )
    return found


def _starts_shell(words: Sequence[str]) -> bool:
    """Whether the command starts a shell itself (`bash -c …`, also behind `env` and its like)."""
    programs = [os.path.basename(word) for word in words[:4]]
    return any(name in _SHELLS for name in programs)


def _sign(word: str) -> str | None:
    """The sign as it is told, or None where the word is an ordinary one."""
    if _OPERATOR.fullmatch(word):
        return shown(word)
    if _BLANK.search(word):
        return None
    if _REDIRECTION.fullmatch(word):
        return shown(word)
    if len(word) > 1 and word.endswith(";"):
        return shown(word)
    if word == "~" or word.startswith("~/") or _VARIABLE.search(word):
        return shown(word)
    return None
