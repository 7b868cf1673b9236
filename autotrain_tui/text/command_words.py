"""What a command's words say: the parameters it gives a program, and a title that tells two runs apart. Pure.

`--flag value`, `--flag=value` and `key=value` (Hydra, OmegaConf, dd) are parameters; a flag alone is true.
Secrets are hidden by `redact_words` before, and here by the parameter's name.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Sequence

from autotrain_tui.text.redact import HIDDEN, redact_words
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.text.secret_names import is_secret_name

__all__ = ["command_parameters", "command_title", "program_name"]

Value = str | int | float | bool

MOST_PARAMETERS = 64
LONGEST_VALUE = 200
TITLE_CELLS = 80
_TITLE_VALUE = 24

_INTERPRETER = re.compile(r"(python|pypy)[0-9.]*|bash|sh|zsh|node|Rscript|julia|perl|ruby")
_PLACEHOLDER = re.compile(r"\{[A-Za-z_]\w*\}")
_SHELL = re.compile(r"bash|sh|zsh")
_FLAG = re.compile(r"--?(?P<name>[A-Za-z][\w./-]{0,63})(?:=(?P<value>.*))?", re.DOTALL)
_SETTING = re.compile(r"[+~]{0,2}(?P<name>[A-Za-z_][\w./@-]{0,63})=(?P<value>.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_TRUTH = {"true": True, "false": False}


def command_parameters(words: Sequence[str], *, searched: bool = False) -> dict[str, Value]:
    """The parameters in a command's words, in order; `-` in a name is `_`. At most 64; the last of a name wins.

    `searched`: each trial of a search fills the placeholders, so that `--lr {lr}` gives no value.
    """
    found: dict[str, Value] = {}
    for name, text in _parts(words):
        if searched and text is not None and _PLACEHOLDER.fullmatch(text):
            continue
        if name is not None and (name in found or len(found) < MOST_PARAMETERS):
            found[name] = HIDDEN if is_secret_name(name) and text not in (None, "") else _value(text)
    return found


def command_title(words: Sequence[str], *, searched: bool = False) -> str:
    """The program and its parameters in one printable line of at most 80 characters: `train.py lr=0.3`.

    `searched`: a parameter that each trial of a search fills has no value yet: `train.py epochs=8 · search of lr`.
    """
    if not words:
        return ""
    begin = _program_index(words)
    named, sought = [os_name(words[begin])], list[str]()
    for name, text in _parts(words):
        if searched and text is not None and _PLACEHOLDER.fullmatch(text):
            sought.append(text[1:-1] if name is None else name)
        elif name is None:
            named.append(_cut(os_name(text or ""), _TITLE_VALUE))
        elif text is None:
            named.append(name)
        else:
            named.append(f"{name}={_cut(HIDDEN if is_secret_name(name) and text else text, _TITLE_VALUE)}")
    search = _cut(sanitize(f" · search of {', '.join(dict.fromkeys(sought))}"), TITLE_CELLS // 2) if sought else ""
    return _cut(sanitize(" ".join(part for part in named if part)), TITLE_CELLS - len(search)) + search


def program_name(words: Sequence[str]) -> str:
    """The word that names a command: `python -u train.py` is train, `python -m app.train` is app.train."""
    begin = _program_index(words)
    name = os_name(words[begin])
    is_script = begin > 0 and words[begin - 1] != "-m"
    return (name.rpartition(".")[0] or name) if is_script else name


def os_name(path: str) -> str:
    """A path's last part; a word without a slash as it is."""
    return path.rstrip("/").rpartition("/")[2] or path


def _program_index(words: Sequence[str]) -> int:
    """Where the word stands that names the command: the script if an interpreter executes one."""
    if not _INTERPRETER.fullmatch(os_name(words[0])):
        return 0
    for number, word in enumerate(words[1:], 1):
        if word == "-m" and number + 1 < len(words):
            return number + 1
        if word == "-c":
            break
        if not word.startswith("-"):
            return number
    return 0


def _parts(words: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Each word behind the program as (parameter's name or None, its text or None for a flag alone)."""
    words = redact_words(words)
    rest = _arguments(words)
    place = 0
    while place < len(rest):
        word = rest[place]
        place += 1
        flag = _FLAG.fullmatch(word)
        if flag is None:
            setting = _SETTING.fullmatch(word)
            yield (_name(setting["name"]), setting["value"]) if setting is not None else (None, word)
            continue
        text = flag["value"]
        if text is None and place < len(rest) and _is_value(rest[place]):
            text = rest[place]
            place += 1
            while _NUMBER.fullmatch(text.rpartition(" ")[2]) and place < len(rest) and _NUMBER.fullmatch(rest[place]):
                text, place = f"{text} {rest[place]}", place + 1  # --layers 64 128
        yield _name(flag["name"]), text


def _arguments(words: Sequence[str]) -> Sequence[str]:
    """The words behind the program; of `bash -c TEXT` the words of the text."""
    if len(words) > 1 and "-c" in words[1:] and _SHELL.fullmatch(os_name(words[0])):
        text = words[min(list(words).index("-c") + 1, len(words) - 1)]
        try:
            return redact_words(shlex.split(text))
        except ValueError:
            return text.split()
    begin = _program_index(words)
    if not begin and "-c" in words and words and _INTERPRETER.fullmatch(os_name(words[0])):
        return words[list(words).index("-c") + 2 :]  # what follows the program's text
    return words[begin + 1 :]


def _is_value(word: str) -> bool:
    return (not word.startswith("-") and _SETTING.fullmatch(word) is None) or _NUMBER.fullmatch(word) is not None


def _name(text: str) -> str:
    return text.replace("-", "_")


def _value(text: str | None) -> Value:
    if text is None:
        return True
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if _NUMBER.fullmatch(text) and len(text) <= 40:
        number = float(text)
        whole = re.fullmatch(r"[+-]?\d+", text)
        if whole and abs(number) < 2**53:
            return int(text)
        if math.isfinite(number):
            return number
    return sanitize(text)[:LONGEST_VALUE]


def _cut(text: str, cells: int) -> str:
    return text if len(text) <= cells else text[: cells - 1] + "…"
