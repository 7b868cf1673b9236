"""Flags that several verbs share, and the values they take. Without argparse: see `short_parser.py`."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    import argparse

__all__ = ["add_common", "add_json", "add_overrides", "add_quietness", "add_session", "number", "whole"]


def add_common(parser: argparse.ArgumentParser, verb: str) -> None:
    """The flags that every verb takes."""
    parser.set_defaults(verb=verb, temporary=False)  # temporary: the session is of a demo, and removed afterwards
    parser.add_argument("--project", metavar="DIR", help="the folder with stages/")
    parser.add_argument("--sessions-dir", metavar="DIR", help="the folder of sessions")


def add_session(parser: argparse.ArgumentParser) -> None:
    """The SESSION that a reading verb takes."""
    parser.add_argument(
        "session",
        nargs="?",
        metavar="SESSION",
        help="id, start of an id, or latest (default: the running session, else the latest)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json` of a verb that prints one document."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_quietness(parser: argparse.ArgumentParser) -> None:
    """-v or -q."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument("-v", "--verbose", action="store_true", help="without a screen: print the stages' output too")
    either.add_argument("-q", "--quiet", action="store_true", help="without a screen: print only errors")


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """The flags that change a plan for one session."""
    group = parser.add_argument_group("overrides for this session")
    group.add_argument("--mode", help="development, research, validation, production, or a mode of the plan")
    group.add_argument("--scale", type=number, metavar="X", help="passed to the training program")
    group.add_argument(
        "--max-hours", type=_hours, metavar="H", help="time limit in hours, or none (default: max_hours of the plan)"
    )
    group.add_argument("--dataset-limit", type=whole, metavar="N", help="number of examples, for every stage")
    group.add_argument("--batch-size", type=whole, metavar="N", help="batch size, for every stage")
    group.add_argument(
        "--timeout-multiplier",
        type=number,
        metavar="X",
        help="a stage's time limit is its estimate_minutes times X (default: 2.0)",
    )
    group.add_argument("--metric", metavar="NAME:GOAL", help="headline metric; GOAL is max or min")
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="sets",
        help="any other key of the plan, or STAGE.KEY (repeatable)",
    )
    group.add_argument("--start-from", metavar="STAGE", help="skip the stages before it")
    group.add_argument("--only", action="append", default=[], metavar="STAGE", help="run only this stage (repeatable)")
    group.add_argument("--skip", action="append", default=[], metavar="STAGE", help="skip this stage (repeatable)")
    group.add_argument("--python", metavar="PATH", help="interpreter for {python} where the plan sets no python")


def whole(text: str) -> int:
    """A positive whole number."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise _refused(f"expected a positive whole number, got {text!r}")
    return value


def number(text: str) -> float:
    """A positive finite number."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise _refused(f"expected a positive number, got {text!r}")
    return value


def _refused(text: str) -> argparse.ArgumentTypeError:
    """What argparse takes as the reason of its message."""
    import argparse  # only for who mistypes

    return argparse.ArgumentTypeError(text)


def _hours(text: str) -> float | str:
    return "none" if text == "none" else number(text)
