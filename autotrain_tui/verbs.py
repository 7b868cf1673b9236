"""The verb table: everything a person can ask for, once, for command line, keys, palette, help, runner and docs.

Pure data that imports nothing, because every plain command reads it. To add a verb: one entry in `_TABLE`, and what
carries it out: a module of `cli/commands/`, for a request to the runner a handler in `runner/control/handlers.py`, and
for a key a function in `tui/model/actions.py`. A module of `cli/commands/` offers `add_options(parser, verb)` and
`run(options) -> int`; `options.verb` is the verb's name. `tests/test_verbs.py` tells what is missing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    Group = Literal["Run", "Inspect", "Control", "Maintain"]
    Target = Literal["none", "session", "stage"]

__all__ = ["COMMANDS", "GROUPS", "REQUESTS", "VERBS", "QuestionText", "Verb"]

GROUPS: tuple[Group, ...] = ("Run", "Inspect", "Control", "Maintain")
"""The headings of the help, in order."""


class QuestionText:
    """What a key asks before it sends the verb. `{stage}` stands for the stage's name; the other answer is Cancel."""

    __slots__ = ("reason", "text", "title", "yes")

    def __init__(self, title: str, text: str, yes: str, *, reason: bool = False) -> None:
        self.title, self.text, self.yes = title, text, yes
        self.reason = reason
        """Whether the person may give a reason."""


class Verb:
    """One act, and how each front end names it."""

    __slots__ = (
        "command",
        "danger",
        "footer",
        "group",
        "help",
        "key",
        "label",
        "module",
        "name",
        "questions",
        "request",
        "target",
        "toggles",
    )

    def __init__(
        self,
        name: str,
        group: Group,
        target: Target,
        help: str,  # noqa: A002  the column's name
        *,
        module: str = "",
        command: str = "",
        request: str = "",
        key: str = "",
        label: str = "",
        footer: bool = False,
        toggles: str = "",
        questions: Mapping[str, QuestionText] | None = None,
        danger: bool = False,
    ) -> None:
        self.name = name
        self.group: Group = group
        self.target: Target = target
        """What may be named on the command line: nothing, a session, or a session and a stage of it."""
        self.help = help
        """What it does: a clause without a capital and a full stop."""
        self.module = module
        """The module of `cli/commands/` that carries it out; empty for a flag of another verb."""
        self.command = command or name
        """How it is written on the command line."""
        self.request = request or (name if module == "act" else "")
        """The verb of the command file that the runner takes; empty for what needs no runner."""
        self.key, self.label = key, label or name.capitalize()
        """The key of the screen, in Textual's name (empty without one), and what it is called there."""
        self.footer = footer
        """Whether the bottom line shows the key."""
        self.toggles = toggles
        """The verb that the same key sends when it undoes this one."""
        self.questions = dict(questions or {})
        """Situation → the question a key asks first. The command line never asks."""
        self.danger = danger
        """Whether it can end training: then a key must ask."""

    @property
    def asks(self) -> bool:
        """Whether a key asks before it sends the verb."""
        return bool(self.questions)

    @property
    def key_help(self) -> str:
        """The help as the screen shows it beside the key."""
        text = self.help[0].upper() + self.help[1:]
        return f"{text}; again: {self.toggles}" if self.toggles else text


_SKIP_QUESTIONS = {
    "running": QuestionText(
        "Skip {stage}?",
        "Stage {stage} is stopped; it may save a checkpoint first. The plan continues without it.",
        "Skip {stage}",
        reason=True,
    ),
    "waiting": QuestionText(
        "Skip {stage}?",
        "Stage {stage} will not run; the plan continues without it. u undoes the skip while that is possible.",
        "Skip {stage}",
        reason=True,
    ),
}
_RETRY_QUESTIONS = {
    "resumable": QuestionText(
        "Retry {stage}?",
        "The running attempt is stopped. A new attempt starts from its last checkpoint.",
        "Stop and retry",
    ),
    "running": QuestionText(
        "Retry {stage}?", "The running attempt is stopped. A new attempt starts from the beginning.", "Stop and retry"
    ),
    "succeeded": QuestionText(
        "Run {stage} again?", "Stage {stage} has succeeded. A new attempt of it is started.", "Run again"
    ),
}
_SCRATCH_QUESTION = QuestionText(
    "Retry {stage} from scratch?",
    "A new attempt starts without a checkpoint. The present checkpoints are kept in checkpoints.before-N.",
    "Start over",
)
_STOP_QUESTION = QuestionText(
    "Stop the session?",
    "Running stages may save a checkpoint, then end. The session can be resumed later.",
    "Stop session",
    reason=True,
)
_KILL_QUESTION = QuestionText(
    "Kill the session?",
    "Every process is killed now, without a checkpoint. Unsaved work is lost.",
    "Kill session",
    reason=True,
)

_TABLE = (
    Verb("run", "Run", "none", "start a session of a plan, or of one command: run -- python train.py", module="run"),
    Verb("plan", "Run", "none", "show a plan's stages, estimates and whether they fit the budget", module="plan"),
    Verb("demo", "Run", "none", "train the example in a temporary folder, which is removed at the end", module="demo"),
    Verb("attach", "Run", "session", "open the screen on a session", module="attach"),
    Verb(
        "resume",
        "Run",
        "stage",
        "continue a paused or frozen stage, or start a runner for an unfinished session",
        module="resume",
        request="resume",
        key="enter",
        footer=True,
    ),
    Verb("serve", "Run", "session", "show the sessions as a web page, to this machine only", module="serve"),
    Verb("wait", "Run", "session", "wait until a session ends, and exit with its status", module="wait"),
    Verb("ls", "Inspect", "none", "list sessions, newest first", module="ls"),
    Verb("show", "Inspect", "session", "show a session: stages, attempts, metrics, and why each ended", module="show"),
    Verb("logs", "Inspect", "stage", "print a stage's log; -f follows it", module="logs"),
    Verb("metrics", "Inspect", "stage", "print the metrics of a session; --json prints every point", module="metrics"),
    Verb("trials", "Inspect", "stage", "list the trials of a search: settings, rungs and values", module="trials"),
    Verb("watch", "Inspect", "none", "show a run that something else started, from its log or folder", module="watch"),
    Verb("compare", "Inspect", "session", "compare sessions: parameters that differ, and results", module="compare"),
    Verb("export", "Inspect", "session", "export a session as CSV, JSON, a report or to a tracker", module="export"),
    Verb(
        "pause",
        "Control",
        "stage",
        "save a checkpoint, end the attempt and free the GPU",
        module="act",
        key="p",
        footer=True,
        toggles="resume",
    ),
    Verb(
        "freeze",
        "Control",
        "stage",
        "stop every process of the stage (SIGSTOP); its memory stays allocated",
        module="act",
        key="P",
        toggles="resume",
    ),
    Verb(
        "skip",
        "Control",
        "stage",
        "end a running stage, or never start a waiting one; the plan continues",
        module="act",
        key="s",
        footer=True,
        questions=_SKIP_QUESTIONS,
        danger=True,
    ),
    Verb(
        "unskip",
        "Control",
        "stage",
        "undo a skip while that is possible",
        command="skip --undo",
        request="unskip",
        key="u",
        label="Undo skip",
        footer=True,
    ),
    Verb(
        "retry",
        "Control",
        "stage",
        "start a new attempt of a stage, from its last checkpoint",
        module="act",
        key="r",
        footer=True,
        questions=_RETRY_QUESTIONS,
        danger=True,
    ),
    Verb(
        "scratch",
        "Control",
        "stage",
        "start a new attempt of a stage, from the beginning",
        command="retry --from-scratch",
        request="retry",
        key="R",
        label="From scratch",
        questions={"": _SCRATCH_QUESTION},
        danger=True,
    ),
    Verb("hold", "Control", "stage", "keep a waiting stage from starting", module="act", key="H", toggles="release"),
    Verb("release", "Control", "stage", "let a held stage start", module="act", key="H"),
    Verb(
        "stop",
        "Control",
        "session",
        "end the session; a resumable stage saves a checkpoint first",
        module="act",
        key="x",
        footer=True,
        questions={"": _STOP_QUESTION},
        danger=True,
    ),
    Verb(
        "kill",
        "Control",
        "session",
        "end the session now, without a checkpoint",
        module="act",
        key="X",
        questions={"": _KILL_QUESTION},
        danger=True,
    ),
    Verb(
        "checkpoint", "Control", "stage", "ask the stage to save a checkpoint now and continue", module="act", key="K"
    ),
    Verb(
        "budget",
        "Control",
        "session",
        "change the session's time limit: +1h, -30m, 6h, none",
        module="act",
        key="b",
        footer=True,
    ),
    Verb("metric", "Control", "session", "change the headline metric: NAME:max or NAME:min", module="act", key="M"),
    Verb("extend", "Control", "stage", "add trials to a search: +4, or lr=0.02", module="act", key="plus"),
    Verb("acknowledge", "Control", "session", "mark alerts as seen: all, or the one numbered N", module="act", key="A"),
    Verb(
        "import",
        "Maintain",
        "none",
        "make a read-only session from files of TensorBoard, W&B or CSV",
        module="imported",
    ),
    Verb("note", "Maintain", "session", "write a note or tags to a session", module="note"),
    Verb("init", "Maintain", "none", "add stages/ with a plan: init -- python train.py --epochs 20", module="init"),
    Verb("clean", "Maintain", "session", "list old sessions; --yes moves them to the trash", module="clean"),
    Verb("doctor", "Maintain", "none", "check this machine and the project before training", module="doctor"),
)

VERBS: dict[str, Verb] = {verb.name: verb for verb in _TABLE}
"""Every verb by its name, in the order of the help."""

COMMANDS: dict[str, Verb] = {verb.name: verb for verb in _TABLE if verb.module}
"""Those that are words of the command line; the others are flags of one of these."""

REQUESTS: dict[str, Verb] = {verb.name: verb for verb in _TABLE if verb.request == verb.name}
"""Those that the runner takes, by the word in the command file."""
