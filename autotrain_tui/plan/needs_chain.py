"""The stages that a stage stands on, through the chain of `needs`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

__all__ = ["needs_chain"]


def needs_chain(needs: Sequence[str], needs_of: Callable[[str], Sequence[str] | None]) -> Iterator[str]:
    """Names of the chain, each once: the nearest first, of those equally near the one that is named last.

    `needs_of` gives the `needs` of a stage, None for one that is not there; that one is passed over.
    """
    seen: set[str] = set()
    level = list(needs)
    while level:
        further: list[str] = []
        for name in reversed(level):
            found = needs_of(name)
            if found is None or name in seen:
                continue
            seen.add(name)
            yield name
            further += found
        level = further
