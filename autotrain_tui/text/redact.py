"""Remove secrets from texts that leave the machine: reports and exports (FAULTS X15, X16). In doubt it removes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from autotrain_tui.text.secret_names import is_secret_name

__all__ = ["HIDDEN", "redact", "redact_all", "redact_words"]

HIDDEN = "[hidden]"

# KEY=value, "api_key": "value", --token value; the name's last word decides, as for a plan's env.
_NAMED = re.compile(
    r"(?<![A-Za-z0-9])(?P<name>(?:[A-Za-z0-9]+[_-])*(?:api_?key|key|token|secret|password|passwd|passphrase|credentials?))"
    r"(?P<sign>[\"']?\s*(?:=|:)\s*[\"']?|\s+(?=[A-Za-z0-9+/_.-]{16,}))(?P<value>[^\s\"',;&}\]]+)",
    re.IGNORECASE,
)
# `--api-key VALUE` in one text, and `"--api-key", "VALUE"` as a list in TOML or JSON: a flag's next word is its value.
_FLAG = re.compile(
    r"(?<![A-Za-z0-9-])(?P<flag>--?(?:[A-Za-z0-9]+[_-])*"
    r"(?:api_?key|key|token|secret|password|passwd|passphrase|credentials?))"
    r"(?P<sign>[\"']\s*,\s*[\"']|[ \t]+(?=[^\s-]))(?P<value>[^\s\"',;&}\]]+)",
    re.IGNORECASE,
)
_FLAG_ALONE = re.compile(r"--?(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)")
_USERINFO = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{0,20}://)[^\s/@:]*:[^\s/@]+@", re.IGNORECASE)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE)
# Tokens with a known form (GitHub, Hugging Face, OpenAI and Anthropic, AWS, Slack, Google).
_SHAPED = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{30,})"
)


def redact(text: str) -> str:
    """The text with what looks like a secret replaced."""
    text = _USERINFO.sub(lambda match: f"{match['scheme']}{HIDDEN}@", text)
    text = _BEARER.sub(lambda match: f"{match[1]} {HIDDEN}", text)
    text = _SHAPED.sub(HIDDEN, text)
    text = _FLAG.sub(lambda match: f"{match['flag']}{match['sign']}{HIDDEN}", text)
    return _NAMED.sub(lambda match: f"{match['name']}{match['sign']}{HIDDEN}", text)


def redact_words(words: Sequence[str]) -> list[str]:
    """A command's words with secrets replaced: in a word, and the word after a flag such as `--api-key`."""
    found: list[str] = []
    value_next = False
    for word in words:
        flag = _FLAG_ALONE.fullmatch(word)
        found.append(HIDDEN if value_next and flag is None and word else redact(word))
        value_next = flag is not None and is_secret_name(flag["name"])
    return found


def redact_all(value: Any) -> Any:  # a JSON value in, the same shape out
    """A JSON document with every text in it redacted, and the values under names that are secrets' hidden whole."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {
            name: HIDDEN if isinstance(item, str) and item and _secret(name) else redact_all(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_all(item) for item in value]
    return value


def _secret(name: object) -> bool:
    return isinstance(name, str) and is_secret_name(name)
