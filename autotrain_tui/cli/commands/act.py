"""The control verbs: pause, freeze, skip, hold, retry, checkpoint, budget, stop and so on.

`runner/control/handlers.py` carries them out. Here the arguments become a request, and its answer lines, a document,
and an exit status.
"""

from __future__ import annotations

import argparse
import re

from autotrain_tui.cli.commands.run_output import announce
from autotrain_tui.cli.context import store_of
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.cli.targets import select, stage_for
from autotrain_tui.cli.wait_for_effect import wait_for_effect
from autotrain_tui.errors import RefusedError, UsageError
from autotrain_tui.plan.loading.sets import parse_set
from autotrain_tui.session.history.effects import effect_text
from autotrain_tui.session.journal.journal_file import JournalReader
from autotrain_tui.session.journal.session_view import View, load_view, settled
from autotrain_tui.session.launch.acknowledge import acknowledge
from autotrain_tui.session.launch.choose_metric import choose_metric
from autotrain_tui.session.launch.send_command import Answer, await_answer, send_command
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.command_file import Args, new_command
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.durations import amount_in
from autotrain_tui.text.metric_goal import metric_choice
from autotrain_tui.verbs import VERBS

__all__ = ["add_options", "add_words", "answered", "print_refusal", "run"]


def add_words(parser: argparse.ArgumentParser, verb: str) -> None:
    """[SESSION] [STAGE], --reason, --wait and --json."""
    on_stage = VERBS[verb].target == "stage"
    parser.add_argument(
        "words",
        nargs="*",
        metavar="SESSION STAGE" if on_stage else "SESSION",
        help="a session, a stage of it, or both" if on_stage else "a session",
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="recorded with the session")
    parser.add_argument("--wait", action="store_true", help="return when it has taken effect, not when accepted")
    add_json(parser)


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:
    """[SESSION] [STAGE], and the flags of this verb alone."""
    add_words(parser, verb)
    if verb == "skip":
        parser.add_argument("--undo", action="store_true", help="undo a skip while that is possible")
    if verb == "retry":
        parser.add_argument(
            "--from-scratch", action="store_true", help="start over; the checkpoints are kept in checkpoints.before-N"
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            dest="sets",
            help="change a parameter (repeatable)",
        )


def run(options: argparse.Namespace) -> int:
    """Send the request and print the answer; 0 when it was accepted, 3 when it was refused."""
    verb = "unskip" if options.verb == "skip" and options.undo else options.verb
    words, args = _words_of(verb, options.words)
    if verb == "retry":
        args = _retry_args(options)
    folder: SessionFolder | None = None
    stage: str | None = None
    try:
        folder, view, stage = select(store_of(options), words, verb)
        stage = stage_for(verb, view, stage)
        if _freezes(verb, view, stage):
            announce(FREEZE_WARNING)
        if verb in ("metric", "acknowledge") and settled(view).alive is False:
            if verb == "metric":
                choose_metric(folder, str(args["name"]), str(args["goal"]), options.reason)
            else:
                acknowledge(folder, args, options.reason)
            answer = Answer(new_command(verb, folder, reason=options.reason, args=args), accepted=True, reason="")
        elif verb == "retry" and settled(view).alive is False:
            answer = _retry_with_new_runner(folder, stage, options.reason, args)
        else:
            answer = send_command(folder, verb, stage=stage, reason=options.reason, args=args)
    except RefusedError as error:
        if options.json:
            print_refusal(folder, verb, stage, error)
        raise
    return answered(folder, stage, answer, options)


FREEZE_WARNING = (
    "a frozen stage keeps its GPU memory; a distributed stage may fail if frozen longer than its "
    "collective timeout (10 to 30 minutes)"
)


def _freezes(verb: str, view: View, stage: str | None) -> bool:
    """Whether the request stops processes (SIGSTOP): a pause does for a stage that is not resumable."""
    if view.alive is False:  # there is no runner to do it
        return False
    selected = view.session.stage(stage) if stage is not None else None
    return verb == "freeze" or (verb == "pause" and selected is not None and not selected.info.resumable)


def answered(folder: SessionFolder, stage: str | None, answer: Answer, options: argparse.Namespace) -> int:
    """Print the answer; with --wait return when the request has taken effect."""
    verb = answer.command.verb
    if options.json:
        _print_document(folder, verb, stage, answer.command.id, accepted=answer.accepted, reason=answer.reason)
    if not answer.accepted:
        raise RefusedError(f"{verb}{f' {stage}' if stage else ''}: {answer.reason or 'refused'}")
    if options.wait:
        wait_for_effect(folder, verb, stage)
    if not options.json:
        print(effect_text(verb, load_view(folder), stage))
    return 0


def print_refusal(folder: SessionFolder | None, verb: str, stage: str | None, error: RefusedError) -> None:
    """The document of a command that was not sent; session null: none was selected."""
    _print_document(folder, verb, stage, None, accepted=False, reason=str(error))


def _print_document(
    folder: SessionFolder | None, verb: str, stage: str | None, command: str | None, *, accepted: bool, reason: str
) -> None:
    document = {
        "version": 1,
        "id": command,
        "command": verb,
        "session": folder.id if folder is not None else None,
        "stage": stage,
        "accepted": accepted,
        "reason": reason,
    }
    print_json(document)


# ---- arguments of a verb --------------------------------------------------------------------------------------------


def _words_of(verb: str, words: list[str]) -> tuple[list[str], Args]:
    """The words that name a session and a stage, and the arguments in the others. Raises UsageError."""
    if verb == "budget":
        return amount_in(words)
    if verb == "metric":
        if not words:
            raise UsageError("metric: expected NAME:max or NAME:min")
        name, goal = metric_choice(words[-1])
        return list(words[:-1]), {"name": name, "goal": goal}
    if verb == "extend":
        from autotrain_tui.plan.loading.extension import extension_in  # few commands are about searches

        return extension_in(words)
    if verb == "acknowledge" and words and (words[-1] == "all" or _ALERT.fullmatch(words[-1])):
        return list(words[:-1]), {} if words[-1] == "all" else {"alert": int(words[-1])}
    return list(words), {}


_ALERT = re.compile(r"\d{1,7}")
"""The number of an alert; the day that a session's id begins with has eight digits."""


def _retry_args(options: argparse.Namespace) -> Args:
    args: Args = {"from_scratch": True} if options.from_scratch else {}
    for text in options.sets:
        key, value, plain_text = parse_set(text)
        args[f"set:{key}"] = value if isinstance(value, str | int | float | bool) else plain_text
    return args


def _retry_with_new_runner(folder: SessionFolder, stage: str | None, reason: str, args: Args) -> Answer:
    """A session without a runner gets one, which carries the retry out first and then continues the plan."""
    reader = JournalReader(folder.journal)
    reader.poll()
    command = new_command("retry", folder, stage=stage, reason=reason, args=args)
    spawn_runner(folder, then=command)
    return await_answer(folder, command, reader)
