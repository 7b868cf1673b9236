"""The checksum of event files: CRC-32C (Castagnoli), masked as TFRecord files mask it.

Polynomial and check value: RFC 3720, appendix B.4. Mask and framing: TensorFlow, `core/lib/hash/crc32c.h` and
`core/lib/io/record_writer.h`. The standard library has no CRC-32C; two bytes at a time from a table of 65,536 entries
is the fastest way without one.
"""

from __future__ import annotations

import functools
import struct

__all__ = ["crc32c", "length_crc", "masked_crc"]

_POLYNOMIAL = 0x82F63B78
_MASK = 0xA282EAD8


def _shifted(register: int) -> int:
    for _ in range(8):
        register = register >> 1 ^ (_POLYNOMIAL if register & 1 else 0)
    return register


@functools.cache
def _tables() -> tuple[list[int], list[int]]:
    """The register after one byte, and after two (little-endian); made at the first use, in 20 ms."""
    one = [_shifted(byte) for byte in range(256)]
    two = [
        one[byte ^ high] ^ once >> 8
        for high in range(256)
        for byte, once in ((one[low] & 255, one[low]) for low in range(256))
    ]
    return one, two


def crc32c(data: bytes) -> int:
    """The checksum of some bytes, unmasked."""
    one, two = _tables()
    register = 0xFFFFFFFF
    pairs = len(data) >> 1
    for pair in struct.unpack_from(f"<{pairs}H", data):
        register = two[(register ^ pair) & 0xFFFF] ^ register >> 16
    if len(data) & 1:
        register = one[(register ^ data[-1]) & 255] ^ register >> 8
    return register ^ 0xFFFFFFFF


def masked_crc(data: bytes) -> int:
    """The checksum as a record holds it."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF


@functools.lru_cache(maxsize=1024)
def length_crc(length: int) -> int:
    """The masked checksum of a record's length. Most records of a file have one of a few lengths."""
    return masked_crc(struct.pack("<Q", length))
