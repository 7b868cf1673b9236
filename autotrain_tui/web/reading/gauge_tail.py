"""The last minutes of a session's recorded gauges, for the page: only the end of the file is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from autotrain_tui.text import format as fmt

__all__ = ["GaugeTail", "Json", "gauge_cards", "gauges_since", "recent_gauges"]

Json = dict[str, Any]
_BYTES = 64 * 1024
_CURVE = 120
"""Samples of a small curve: 20 minutes."""


class _GaugeRecord(msgspec.Struct):
    t: float
    v: dict[str, float]


_DECODER = msgspec.json.Decoder(_GaugeRecord)


class GaugeTail(msgspec.Struct, frozen=True):
    """Samples in order (Unix seconds, gauges by name), and the offset of what comes next."""

    samples: tuple[tuple[float, dict[str, float]], ...]
    offset: int


def recent_gauges(path: Path) -> GaugeTail:
    """The end of the file."""
    try:
        size = os.stat(path).st_size
    except OSError:
        return GaugeTail((), 0)
    return gauges_since(path, max(0, size - _BYTES))


def gauges_since(path: Path, offset: int) -> GaugeTail:
    """The samples whose lines begin at an offset or after; at most 64 KiB of them, the last."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return GaugeTail((), 0)
    except OSError:
        return GaugeTail((), offset)  # not readable just now: read on from there, nothing is sent twice
    try:
        size = os.fstat(descriptor).st_size
        begin = max(min(offset, size), size - _BYTES)
        data = os.pread(descriptor, _BYTES, begin)
    except OSError:
        return GaugeTail((), offset)
    finally:
        os.close(descriptor)
    end = data.rfind(b"\n") + 1
    samples = []
    for line in data[:end].split(b"\n"):
        try:
            record = _DECODER.decode(line)
        except msgspec.DecodeError:
            continue  # the first one may be cut, a crash may have torn one
        samples.append((record.t, record.v))
    return GaugeTail(tuple(samples), begin + end)


def gauge_cards(samples: tuple[tuple[float, dict[str, float]], ...]) -> list[Json]:
    """What the machine does, each as a name, a text, a percentage if it is one, and its last values."""
    if not samples:
        return []
    now = samples[-1][1]
    cards = [
        {
            "name": key.removesuffix(".use").replace("gpu", "GPU ").replace("amd", "AMD "),
            "text": _gpu_text(now, key.removesuffix(".use")),
            "percent": round(now[key]),
            "curve": _curve(samples, key, 100.0),
        }
        for key in sorted(now)
        if key.endswith(".use")
    ]
    if "cpu" in now:
        load = f" · load {now['load']:.1f}" if "load" in now else ""
        cards.append(_card("CPU", f"{fmt.percent(now['cpu'])}{load}", now["cpu"], _curve(samples, "cpu", 100.0)))
    if "memory" in now:
        cards.append(_card("Memory", fmt.size(now["memory"]), None, _curve(samples, "memory", None)))
    if "disk.free" in now:
        written = f" · writes {fmt.rate(now['disk.write'])}" if "disk.write" in now else ""
        cards.append(_card("Disk", f"{fmt.room(now['disk.free'])}{written}", None, _curve(samples, "disk.write", None)))
    return cards


def _card(name: str, text: str, percent: float | None, curve: list[int]) -> Json:
    return {"name": name, "text": text, "percent": round(percent) if percent is not None else None, "curve": curve}


def _gpu_text(now: dict[str, float], key: str) -> str:
    words = [fmt.percent(now[f"{key}.use"])]
    if f"{key}.memory" in now:
        words.append(fmt.size(now[f"{key}.memory"]))
    if f"{key}.temperature" in now:
        words.append(f"{now[f'{key}.temperature']:.0f} °C")
    if f"{key}.power" in now:
        words.append(f"{now[f'{key}.power']:.0f} W")
    return " · ".join(words)


def _curve(samples: tuple[tuple[float, dict[str, float]], ...], name: str, most: float | None) -> list[int]:
    """The last values as whole numbers from 0 to 100, of `most` or of the highest."""
    values = [sample[name] for _, sample in samples[-_CURVE:] if name in sample]
    top = most or max(values, default=0.0) or 1.0
    return [max(0, min(100, round(100 * value / top))) for value in values]
