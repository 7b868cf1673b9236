"""What was left of a command's processes when it had ended.

A module of its own, because a plain command reads it from the journal and needs no other record of an attempt.
"""

import msgspec

__all__ = ["Swept"]


class Swept(msgspec.Struct, frozen=True):
    """A process that outlived the command and was killed; `left`: it could not be killed (another user's process)."""

    pid: int
    command: str
    left: bool = False
