"""The two tokens of a server, and the cookie that stands for one in a browser.

A token is 32 random bytes as text. The read token shows everything; the command token may also send commands.
The cookie is an HMAC of the token, so that a stolen cookie cannot be used as a token and ends with it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from enum import IntEnum
from pathlib import Path

import msgspec

from autotrain_tui.errors import UsageError
from autotrain_tui.session.records.folder import write_new

__all__ = ["AccessTokens", "Rights", "tokens_from", "tokens_new"]

_BYTES = 32
_SHORTEST = 40
"""Characters of a token in a file: 32 bytes as URL-safe base64 are 43."""


class Rights(IntEnum):
    """What a request may do."""

    NOTHING = 0
    READ = 1
    COMMAND = 2


class AccessTokens(msgspec.Struct, frozen=True):
    """The server's tokens; `command` is empty unless commands are allowed."""

    read: str
    command: str = ""

    def rights_of_token(self, token: str) -> Rights:
        """What a token gives; the comparison takes the same time whatever the token is."""
        given = token.encode("utf-8", "replace")
        command = bool(self.command) and hmac.compare_digest(given, self.command.encode())
        read = hmac.compare_digest(given, self.read.encode())
        return Rights.COMMAND if command else Rights.READ if read else Rights.NOTHING

    def rights_of_cookie(self, value: str) -> Rights:
        """What the value of a cookie gives."""
        given = value.encode("utf-8", "replace")
        command = bool(self.command) and hmac.compare_digest(given, _cookie(self.command))
        read = hmac.compare_digest(given, _cookie(self.read))
        return Rights.COMMAND if command else Rights.READ if read else Rights.NOTHING

    def cookie_for(self, rights: Rights) -> str:
        """The value of the cookie that gives these rights."""
        return _cookie(self.command if rights is Rights.COMMAND else self.read).decode()


def _cookie(token: str) -> bytes:
    return hmac.new(token.encode(), b"autotrain-tui cookie", hashlib.sha256).hexdigest().encode()


def tokens_new(*, commands: bool) -> AccessTokens:
    """New tokens, for one start."""
    return AccessTokens(secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES) if commands else "")


def tokens_from(path: Path, *, commands: bool) -> AccessTokens:
    """The tokens of a file: the read token in its first line, the command token in its second.

    A missing file is written, mode 0600. Raises UsageError for a file that others can read or that holds no tokens.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        made = tokens_new(commands=True)
        write_new(path, f"{made.read}\n{made.command}\n".encode())
        return made if commands else AccessTokens(made.read)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise UsageError(f"{path}: a token file must be your own and private; run: chmod 600 {path}")
        lines = file.read(4096).decode("utf-8", "replace").split()
    wanted = 2 if commands else 1
    good = len(lines) >= wanted and all(len(line) >= _SHORTEST and line.isascii() for line in lines[:wanted])
    if not good or (commands and lines[0] == lines[1]):
        raise UsageError(
            f"{path}: expected {wanted} different token(s) of at least {_SHORTEST} characters, one a line; "
            "remove the file and serve writes new ones"
        )
    return AccessTokens(lines[0], lines[1] if commands else "")
