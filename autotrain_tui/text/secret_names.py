"""Which names probably stand for a secret: the one rule for a plan's `env`, for reports and for exports."""

from __future__ import annotations

import re

__all__ = ["is_secret_name"]

_SECRET_WORDS = frozenset(
    {"KEY", "APIKEY", "TOKEN", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS"}
)
_SECRET_ENDINGS = ("APIKEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD")


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name probably holds a secret: one of its words is KEY, TOKEN, SECRET, PASSWORD, …

    Words are what underscores, other punctuation and camelCase separate, so that HF_TOKEN and apiKey match,
    MAX_TOKENS, MONKEY and TOKENIZERS_PARALLELISM don't.
    """
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    words = [word.rstrip("0123456789").upper() for word in re.split(r"[^A-Za-z0-9]+", spaced)]
    return any(word in _SECRET_WORDS or word.endswith(_SECRET_ENDINGS) for word in words)
