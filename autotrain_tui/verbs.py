"""The verbs of the command line: `VERBS` is the only list; each group's module is imported when it is asked for.

A module offers `add_options(parser, verb)` and `run(options) -> int`; `options.verb` is the verb's name.
"""

from __future__ import annotations

__all__ = ["GROUPS", "MODULES", "VERBS"]

GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Training": {
        "run": ("run", "start a session of a plan, or of one command: run -- python train.py"),
        "plan": ("plan", "show a plan's stages, estimates and whether they fit the budget (= --test-config)"),
        "attach": ("attach", "open the screen on a session"),
        "resume": ("resume", "go on after a pause or a freeze, or with a session that nobody runs any more"),
        "wait": ("wait", "wait for a session's end and exit as its run would"),
    },
    "Looking": {
        "ls": ("ls", "list all sessions, newest first"),
        "show": ("show", "one session: its stages, attempts, figures, and why each ended"),
        "logs": ("logs", "print a stage's log; -f follows it"),
        "metrics": ("metrics", "print the metrics that were read, or all their points with --json"),
        "compare": ("compare", "two or more sessions side by side: what differs, and what came of it"),
        "export": ("export", "a session as CSV, JSON or a Markdown report"),
    },
    "Acting on a running session": {
        "pause": ("act", "save a checkpoint, end the stage and free the GPU; resume goes on from there"),
        "freeze": ("act", "stop every process of the stage where it stands; its memory stays taken"),
        "skip": ("act", "end a running stage, or never start a waiting one; the plan goes on (--undo takes it back)"),
        "hold": ("act", "don't start a waiting stage until it is released"),
        "release": ("act", "let a held stage start"),
        "retry": ("act", "a new attempt of a stage, from its checkpoint or --from-scratch"),
        "checkpoint": ("act", "ask the stage to save a checkpoint now and go on"),
        "budget": ("act", "give the session more or less time: +1h, -30m, 6h, none"),
        "stop": ("act", "end the session cleanly; it can be resumed later"),
        "kill": ("act", "end the session now, without waiting for a checkpoint"),
    },
    "Keeping house": {
        "note": ("note", "write a note or tags to a session"),
        "init": ("init", "add stages/ with plans to start from to this folder"),
        "clean": ("clean", "remove old sessions: says what it would remove, --yes removes it"),
        "doctor": ("doctor", "check this machine and the project before training"),
    },
}
"""Verbs by the heading they stand under in the help: name to (module, help)."""

VERBS: dict[str, str] = {name: text for group in GROUPS.values() for name, (_, text) in group.items()}
MODULES: dict[str, str] = {name: module for group in GROUPS.values() for name, (module, _) in group.items()}
