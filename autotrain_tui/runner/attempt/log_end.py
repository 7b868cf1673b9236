"""What the end of a log says about how its program ended: an uncaught exception, or an early stop in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["says_it_stops", "traceback_at_end"]

_HEADER = re.compile(r"Traceback \(most recent call last\)")
_RANK = re.compile(r"^\[(?:rank|default)?\d+\]:\s?")
_FRAME = re.compile(r'^\s+(?:\|\s+)*File "([^"]+)"')
_STANDARD_LIBRARY = re.compile(r"^<frozen |/lib(?:64)?/python3(?:\.\d+)?t?/(?!site-packages/|dist-packages/)")
_EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*(?::|$)")
_BOX = ("│", "╭", "╰", "┃", "┏", "┗", "|", "+")
_IGNORED = re.compile(r"^(?:Exception ignored (?:in|while|on)\b|Error in atexit\._run_exitfuncs)")
_AFTERWARDS = re.compile(
    # what libraries and the interpreter print behind an exception
    r"^(?:\s"  # the rest of a message over several lines
    r"|CUDA kernel errors might|For debugging consider passing|Compile with .TORCH_USE_CUDA_DSA|Device-side assert"
    r"|wandb:|srun: |\S+:\d+: \w*Warning\b|\[W\d|.{0,200}\bProcessGroup\w+\b"
    r"|.{0,200}\d+%\|)"  # a bar that tqdm draws once more when it is closed
)


def traceback_at_end(lines: Sequence[str]) -> str:
    """The exception with whose traceback the log ends, as its last line names it; empty if it ends otherwise.

    One that the program printed and went on from is followed by other output. Left out are those that nothing raised
    to: exceptions ignored by the interpreter at its exit, and those within the standard library alone (Python's
    resource tracker, clean-up of temporary files). `lines` are without empty ones, their indentation kept.
    """
    left = [_RANK.sub("", line) for line in lines]
    while True:
        start = next((at for at in range(len(left) - 1, -1, -1) if _HEADER.search(left[at])), None)
        if start is None:
            return ""
        said = _exception(left[start + 1 :])
        if said is None:
            return ""
        before = left[start - 1] if start else ""
        if said and not _IGNORED.match(before) and _is_the_programs(left[start:]):
            return said
        left = left[: start - 1] if _IGNORED.match(before) else left[:start]


def _exception(block: Sequence[str]) -> str | None:
    """The exception's own line in what follows a header; None if something else follows it."""
    for at, line in enumerate(block):
        if line[:1].isspace() or line.startswith(_BOX):
            continue
        if not _EXCEPTION.match(line) or not all(map(_AFTERWARDS.match, block[at + 1 :])):
            return None
        return line
    return block[-1].strip() if block and block[-1].lstrip().startswith("+--") else ""  # an exception group


def _is_the_programs(block: Sequence[str]) -> bool:
    """Whether the exception passed through code that is not Python's own. Drawn boxes don't say."""
    files = [found[1] for line in block if (found := _FRAME.match(line))]
    return any(not _STANDARD_LIBRARY.search(file) for file in files) or (not files and "─" in block[0])


_STOPS = re.compile(
    r"early.?stop|stop(?:s|ped|ping)? early|(?:did|has|have|had)(?: not|n't) improve|no (?:further )?improvement"
    r"|\bpatience\b|\bconverge|stopping\b|overfitting detector|stopped (?:by|at|after|because)"
    r"|\b(?:limit|target|goal|threshold|budget|max_\w+)\b.{0,40}\breached|\breached\b.{0,40}\b(?:limit|target|goal)\b"
    r"|train_runtime|\bbest (?:model|iteration|epoch|round|checkpoint)\b"
    r"|\b(?:training|fitting|run|optimi[sz]ation)\b.{0,20}\b(?:complete|finished|done|ended|over)\b"
    r"|\b(?:finished|completed|ended) (?:the )?training\b",
    re.IGNORECASE,
)
_DIED = re.compile(r"\b(?:Killed|Segmentation fault|Aborted|Bus error|core dumped|Terminated)\b")
_LAST_WORDS = 40
_BEFORE = 3


def says_it_stops(lines: Sequence[str], step: float | None, total: float | None) -> bool:
    """Whether the program's last words say that it ends before its total on purpose, or that its training is complete.

    Its last words are those around and behind the last line that shows `step` of `total`.
    """
    shown = re.compile(rf"(?<!\d){step:g}\D{{1,20}}{total:g}(?!\d)") if step is not None and total is not None else None
    places = [at for at, line in enumerate(lines) if shown is not None and shown.search(line)]
    begin = max(0, places[-1] - _BEFORE) if places else max(0, len(lines) - _LAST_WORDS)
    words = lines[begin:]
    return any(map(_STOPS.search, words)) and not any(map(_DIED.search, words))
