"""The query language for sessions, on the command line (`ls TERM…`) and in History. Pure, standard library only.

A query is words with blanks between them; all of them must hold. A word with quotes may hold blanks; one that begins
with `-` or `!` must not hold.

| word | holds for sessions |
| --- | --- |
| `digits` | whose id, plan, title, mode, host, state, outcome, tags or note contain it (upper and lower case are one) |
| `state:failed` | `state` is the state or the outcome; also `plan title mode host tag note id outcome metric` |
| `accuracy>0.9` | whose headline metric is called so and whose best value is above; also `>= < <= = !=` |
| `lr>0.01`, `optimizer=adam` | whose parameter (of a plan or of a command's words) is so; a metric of the name wins |
| `best>0.9`, `last>0.9` | the headline metric's, whatever it is called |
| `stages>=3`, `time>2h` | by stages done, by running time (`s m h d`) |
| `age<7d` | begun less long ago (`s m h d w`) |
"""

from __future__ import annotations

import operator
import re
import shlex

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autotrain_tui.session.history.list_row import Json

__all__ = ["QueryError", "matcher"]

_COMPARED = re.compile(r"([^<>=!:\s]+)(<=|>=|!=|<|>|=)(.*)")
_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne}
_SPANS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_AMOUNT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)")
_FIELDS = ("id", "plan", "mode", "host", "state", "outcome", "tag", "note", "metric", "title")
_NUMBERS = ("best", "last", "time", "elapsed", "stages", "age")


class QueryError(ValueError):
    """An invalid query: the text names the word and what was expected."""


def matcher(words: str | Sequence[str], now: float | None = None) -> Callable[[Json], bool]:
    """A test whether a row of `ls --json` matches a query; all words must match.

    `now`: Unix seconds, for ages (default: the clock). Raises QueryError.
    """
    tests = [_test(word, now) for word in (_split(words) if isinstance(words, str) else words)]
    return lambda row: all(test(row) for test in tests)


def _split(text: str) -> list[str]:
    """The words without quotes; an unclosed quote counts as a letter."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="")
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
    try:
        return list(lexer)
    except ValueError:
        return text.split()


def _test(word: str, now: float | None) -> Callable[[Json], bool]:
    if len(word) > 1 and word[0] in "-!":
        held = _test(word[1:], now)
        return lambda row: not held(row)
    compared = _COMPARED.fullmatch(word)
    if compared is not None:
        return _number_test(word, compared[1], compared[2], compared[3].strip().lower(), now)
    name, colon, rest = word.partition(":")
    if colon and name.lower() in _FIELDS:
        return _field_test(name.lower(), rest.lower())
    text = word.lower()
    return lambda row: text in _text_of(row)


def _field_test(name: str, wanted: str) -> Callable[[Json], bool]:
    """`name:wanted`; states are whole words or their beginnings, the others may contain it."""
    if name == "tag":
        return lambda row: any(wanted == str(tag).lower() for tag in row.get("tags") or ())
    if name in ("state", "outcome"):
        return lambda row: any(
            str(row.get(key) or "").startswith(wanted) and bool(wanted)
            for key in (("state", "outcome") if name == "state" else ("outcome",))
        )
    if name == "metric":
        return lambda row: wanted in str((row.get("metric") or {}).get("name") or "").lower()
    return lambda row: wanted in str(row.get(name) or "").lower()


def _number_test(word: str, name: str, sign: str, value: str, now: float | None) -> Callable[[Json], bool]:
    key = name.lower()
    compare = _SIGNS[sign]
    amount = _AMOUNT.fullmatch(value)
    if amount is None or amount[2] not in _SPANS:
        if sign in ("=", "!=") and key not in _NUMBERS and value:
            same = _field_test(key, value) if key in _FIELDS else _parameter_test(key, value)
            return same if sign == "=" else lambda row: not same(row)
        raise QueryError(f"{word}: expected a number, got {value or 'nothing'}; try {name}{sign}0.9 or time{sign}2h")
    if amount[2] and key not in ("time", "age", "elapsed"):
        raise QueryError(f"{word}: {name} takes no unit; write {name}{sign}{amount[1]}")
    number = float(amount[1]) * _SPANS[amount[2]]

    def holds(row: Json) -> bool:
        found = _number_of(row, key, now)
        return found is not None and bool(compare(found, number))

    return holds


def _parameter_test(key: str, wanted: str) -> Callable[[Json], bool]:
    return lambda row: str(_parameter(row, key)).lower() == wanted


def _parameter(row: Json, key: str) -> object:
    """A parameter that all stages share, by its name in any case; None without it."""
    found = row.get("params") or {}
    return found.get(key, next((value for name, value in found.items() if name.lower() == key), None))


def _number_of(row: Json, key: str, now: float | None) -> float | None:
    """A row's number by name; None if it has none."""
    metric = row.get("metric") or {}
    if key in ("best", "last"):
        value = metric.get(key)
    elif key in ("time", "elapsed"):
        value = row.get("elapsed_seconds")
    elif key == "stages":
        value = row.get("stages_done")
    elif key == "age":
        value = _age(row, now)
    elif str(metric.get("name") or "").lower() == key:
        value = metric.get("best")
    else:
        value = _parameter(row, key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _age(row: Json, now: float | None) -> float | None:
    """Seconds since the session began."""
    from autotrain_tui.session.records.clock import from_iso  # for start-up: only ages need it

    began = from_iso(row.get("started"))
    if began is None:
        return None
    if now is None:
        import time

        now = time.time()
    return now - began


def _text_of(row: Json) -> str:
    """The text that a plain word is searched in."""
    parts = [row.get(key) for key in ("id", "plan", "title", "mode", "host", "state", "outcome", "note")]
    return " ".join(str(part) for part in (*parts, *(row.get("tags") or ())) if part).lower()
