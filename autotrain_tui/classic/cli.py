"""`CLIInterface`: the classic command line, with its own exit codes: 0 done, 1 anything else."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from autotrain_tui.classic.plan import default_plan
from autotrain_tui.classic.trainer import AutomatedTrainer
from autotrain_tui.cli.options import number, whole
from autotrain_tui.errors import AutotrainError, UsageError
from autotrain_tui.plan.warnings import LONG_HOURS
from autotrain_tui.session.launch.project_paths import find_paths
from autotrain_tui.text.sanitize import sanitize

__all__ = ["CLIInterface"]

log = logging.getLogger("autotrain_tui.classic")


class _Parser(argparse.ArgumentParser):
    """Raises instead of leaving, so that every mistake has the classic exit code."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see --help)")


class CLIInterface:
    """`python automated_training.py …`."""

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Carry out a command line without the program's name (None: the process's own); 0 done, 1 anything else.

        Done is also a session that its time limit ended. Prints the preview on stdout, everything else on stderr.
        """
        try:
            options = _parser().parse_args(list(sys.argv[1:] if argv is None else argv))
        except UsageError as error:
            return _say(str(error))
        except SystemExit as leave:  # after --help
            return 1 if leave.code else 0
        with _logging(options):
            try:
                return _carry_out(options)
            except (AutotrainError, ValueError, OSError) as error:
                return _say(str(error))
            except KeyboardInterrupt:
                return _say("interrupted")


def _carry_out(options: argparse.Namespace) -> int:
    trainer = AutomatedTrainer(
        mode=options.mode,
        scale=options.scale,
        max_total_time_hours=options.max_hours,
        dataset_limit_override=options.dataset_limit,
        batch_size_override=options.batch_size,
        timeout_multiplier=options.timeout_multiplier,
        verbose=options.verbose,
    )
    if options.max_hours > LONG_HOURS:
        log.warning("warning: --max-hours %g is more than %g hours: check the value", options.max_hours, LONG_HOURS)
    if options.test_config:
        _preview(trainer)
        return 0
    with _ended_by_sigterm():
        trainer.run_automated_training()
    return 0 if all(result.success for result in trainer.session_manager.training_history) else 1


def _parser() -> _Parser:
    parser = _Parser(
        prog="automated_training.py",
        allow_abbrev=False,
        description="Train stage after stage, from little data to much, until the time is used up.",
    )
    parser.add_argument(
        "--mode",
        default="development",
        metavar="MODE",
        help="development, research, validation, production, or a mode of the plan (default: %(default)s)",
    )
    parser.add_argument("--scale", type=number, metavar="X", help="passed to the training program")
    parser.add_argument(
        "--max-hours", type=number, default=8.0, metavar="H", help="time limit in hours (default: %(default)s)"
    )
    parser.add_argument("--dataset-limit", type=whole, metavar="N", help="number of examples, for every stage")
    parser.add_argument("--batch-size", type=whole, metavar="N", help="batch size, for every stage")
    parser.add_argument(
        "--timeout-multiplier",
        type=number,
        default=2.0,
        metavar="X",
        help="a stage's time limit is its estimate times X (default: %(default)s)",
    )
    parser.add_argument("--test-config", action="store_true", help="show the stages and whether they fit, and exit")
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-v", "--verbose", action="store_true", help="print the stages' output too")
    loudness.add_argument("-q", "--quiet", action="store_true", help="print only errors")
    return parser


def _preview(trainer: AutomatedTrainer) -> None:
    """The stages with their estimates, the sum, and whether it fits."""
    print(f"mode {trainer.mode}, at most {trainer.max_total_time_hours:g} h; {_command_words()}")
    for info in trainer.get_stages_preview().values():
        config = info["config"]
        print(
            f"{info['summary']}: {config.dataset_limit:,} examples, {config.epochs} epochs, "
            f"batch size {config.batch_size}, {info['estimated_time_minutes']:.1f} min"
        )
    hours = trainer.estimate_total_time()
    verdict = "fits" if trainer.can_fit_in_time_limit() else "does not fit"
    print(f"Total: {hours * 60:.1f} min ({hours:.1f} h); {verdict} the limit of {trainer.max_total_time_hours:g} hours")


def _command_words() -> str:
    """Which plan's command would be run; the preview itself needs none."""
    try:
        return f"stages run as in plan {default_plan(find_paths()).name}"
    except UsageError as error:
        return f"no plan to run: {sanitize(str(error))}"


def _say(text: str) -> int:
    """A sentence on stderr, and the exit code that goes with it."""
    print(f"automated_training: {sanitize(text)}", file=sys.stderr)
    return 1


@contextmanager
def _logging(options: argparse.Namespace) -> Iterator[None]:
    """The classic logger on stderr while the command runs, unless the program has its logging there already."""
    level, former = (logging.ERROR if options.quiet else logging.INFO), log.level
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    shown = any(
        isinstance(other, logging.StreamHandler) and other.stream is sys.stderr
        for other in logging.getLogger().handlers
    )
    log.setLevel(level)
    if not shown:
        log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(former)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM stops the session cleanly, as Ctrl-C does; otherwise the session would continue without this process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
