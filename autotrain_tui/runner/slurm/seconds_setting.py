"""Times that the environment of the runner can set."""

from __future__ import annotations

import math
from collections.abc import Mapping

__all__ = ["seconds_setting"]


def seconds_setting(environ: Mapping[str, str], name: str, usual: float, least: float, most: float) -> float:
    """What the variable says, kept between `least` and `most`; `usual` if it says no number."""
    try:
        said = float(environ.get(name, ""))
    except ValueError:
        return usual
    return usual if math.isnan(said) else min(max(said, least), most)
