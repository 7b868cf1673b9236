"""Blocks that can't hold a text, told by one byte of it that they lack.

`bytes.find` of one byte is memchr, which looks at 32 bytes at once: about five times as fast as the search for a text
of several bytes. Which of its bytes is rare a filter learns: the one that was missing last is tried first.
"""

from __future__ import annotations

from autotrain_tui.logs.line_starts import lines_with

__all__ = ["AnyText", "ByteFilter"]


class ByteFilter:
    """The bytes of one text. Used by any thread: a lost update costs only time."""

    def __init__(self, text: bytes, *, case: bool) -> None:
        """`case` False: letters of ASCII count in both cases."""
        self._bytes: tuple[tuple[bytes, ...], ...] = tuple(
            dict.fromkeys(
                (byte,) if case or byte.lower() == byte.upper() else (byte.lower(), byte.upper())
                for byte in (bytes((value,)) for value in text)
            )
        )

    def lacks(self, block: bytes) -> bool:
        """Whether a byte of the text is nowhere in the block. False says nothing."""
        for either in self._bytes:
            if either[0] not in block and (len(either) == 1 or either[1] not in block):
                if either is not self._bytes[0]:
                    self._bytes = (either, *(other for other in self._bytes if other is not either))
                return True
        return False


class AnyText:
    """Lines that hold one of several texts."""

    def __init__(self, *texts: bytes) -> None:
        self.texts = texts
        self._texts = [(text, ByteFilter(text, case=True)) for text in texts]

    def lacking(self, block: bytes) -> bool:
        """Whether the block holds none of them, as far as single bytes tell."""
        return all(needed.lacks(block) for _, needed in self._texts)

    def starts(self, block: bytes) -> list[int]:
        """The starts of these lines in a block of whole lines, ascending."""
        return sorted({at for text, needed in self._texts if not needed.lacks(block) for at in lines_with(block, text)})
