"""`clean`: list old sessions; with --yes, or after a question, move them to the trash; with --now delete them."""

from __future__ import annotations

import argparse
import re
import sys
import time
from dataclasses import dataclass

from autotrain_tui.cli.context import here
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.cli.text_table import print_table
from autotrain_tui.errors import AutotrainError, RefusedError, UsageError
from autotrain_tui.session.history.index import Index
from autotrain_tui.session.history.remove import (
    TRASH,
    Size,
    empty_trash,
    measure,
    remove_leftovers,
    remove_session,
    trash_session,
)
from autotrain_tui.session.history.store import Broken, Store
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.session_ids import session_names
from autotrain_tui.text.escape_filter import size_text

__all__ = ["add_options", "run"]

_UNITS = {"": 86400.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "w": 7 * 86400.0}
_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """What to remove, and whether to."""
    parser.add_argument("sessions", nargs="*", metavar="SESSION", help="only these sessions")
    parser.add_argument("--older-than", type=_age, metavar="AGE", help="ended more than AGE ago: 30d, 12h, 4w")
    parser.add_argument("--keep", type=_count, metavar="N", help="all but the newest N")
    parser.add_argument(
        "--max-size", type=_size, metavar="SIZE", help="the oldest, until the others take at most SIZE: 20G"
    )
    parser.add_argument("--yes", action="store_true", help="move them to the trash; without it they are only listed")
    parser.add_argument("--now", action="store_true", help="delete them at once; alone: delete what is in the trash")
    add_json(parser)


@dataclass(frozen=True, slots=True)
class Old:
    """A finished session that may be removed."""

    folder: SessionFolder
    ended: float
    size: Size
    plan: str


def run(options: argparse.Namespace) -> int:
    """Show, ask, remove; 0, or 3 when something was left alone, 4 when the disk said no."""
    store = Store(here(options).sessions)
    if not options.sessions and options.older_than is options.keep is options.max_size is None:
        if options.now:
            return _empty(store, options)
        raise UsageError("clean: expected sessions, or --older-than 30d, --keep 20, --max-size 20G")
    selected = _selected(store, options)
    if not options.json:
        _print(selected)
    if not selected or not (options.yes or options.now or _says_yes(options, selected)):
        if options.json:
            _print_document(selected, removed=[])
        elif selected:
            print("nothing removed; --yes moves them to the trash, --now deletes them")
        return 0
    removed, worst = _remove(store, selected, now=options.now)
    if removed and not options.now and not options.json:
        print(f"moved to {store.path / TRASH}; delete what is there with: autotrain-tui clean --now")
    if options.json:
        _print_document(selected, removed)
    return worst


def _selected(store: Store, options: argparse.Namespace) -> list[Old]:
    """The finished sessions that every given condition agrees on, oldest first."""
    views = [view for view in store.views() if not isinstance(view, Broken)]
    named = {store.find(word).path for word in options.sessions}
    for view in views:
        if view.folder.path in named and not _removable(view):
            raise RefusedError(f"session {view.folder.id} is {view.state}; only finished sessions can be removed")
    spared = {view.folder.path for view in views[: options.keep or 0]}
    old = [
        Old(view.folder, from_iso(view.session.ended) or 0.0, measure(view.folder), view.session.plan)
        for view in views
        if _removable(view)
    ]
    selected = [one for one in old if (not named or one.folder.path in named) and one.folder.path not in spared]
    if options.older_than is not None:
        selected = [one for one in selected if time.time() - one.ended > options.older_than]
    selected.sort(key=lambda one: one.folder.id)
    if options.max_size is not None:
        kept = [view.folder for view in views if not _removable(view)]
        total = sum(one.size.total for one in old) + sum(measure(folder).total for folder in kept)
        selected = _until_small(selected, total - options.max_size)
    return selected


def _removable(view: View) -> bool:
    """Finished and without a runner; a runner on another host counts as alive."""
    return view.finished and view.alive is False


def _until_small(oldest: list[Old], too_much: int) -> list[Old]:
    taken = []
    for one in oldest:
        if too_much <= 0:
            break
        taken.append(one)
        too_much -= one.size.total
    return taken


def _empty(store: Store, options: argparse.Namespace) -> int:
    """Delete what is in the trash."""
    gone = empty_trash(str(store.path))
    if options.json:
        _print_document([], gone)
    else:
        print(f"{len(gone)} session{'s' * (len(gone) != 1)} deleted from the trash" if gone else "the trash is empty")
    return 0


def _remove(store: Store, selected: list[Old], *, now: bool) -> tuple[list[str], int]:
    """Move them to the trash, or delete them `now`; the ids of those that are gone, and the exit status."""
    index = Index(str(store.path))
    removed, worst = [], 0
    remove_leftovers(str(store.path))
    for one in selected:
        try:
            remove_session(one.folder) if now else trash_session(one.folder)
        except AutotrainError as error:
            print(f"autotrain-tui: {error}", file=sys.stderr)
            worst = max(worst, error.exit_code)
            continue
        removed.append(one.folder.id)
        index.forget(one.folder.id)
    index.save(session_names(str(store.path)))
    return removed, worst


def _says_yes(options: argparse.Namespace, selected: list[Old]) -> bool:
    """Ask, where there is somebody to ask."""
    if options.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    answer = input(f"move {len(selected)} session{'s' if len(selected) > 1 else ''} to the trash? [y/N] ")
    return answer.strip().lower() in {"y", "yes"}


def _print(selected: list[Old]) -> None:
    if not selected:
        print("nothing to remove")
        return
    rows = [
        [
            one.folder.id,
            one.plan,
            time.strftime("%Y-%m-%d", time.localtime(one.ended)),
            size_text(one.size.total),
            size_text(one.size.checkpoints),
            f"kept: has {one.size.foreign}" if one.size.foreign else "",
        ]
        for one in selected
    ]
    print_table(["SESSION", "PLAN", "ENDED", "SIZE", "CHECKPOINTS", ""], rows, right=(3, 4), shrinks=(5, 1))
    total = sum(one.size.total for one in selected if not one.size.foreign)
    print(f"{len(selected)} session{'s' if len(selected) > 1 else ''}, {size_text(total)}")


def _print_document(selected: list[Old], removed: list[str]) -> None:
    print_json(
        {
            "version": 1,
            "removed": removed,
            "sessions": [
                {
                    "id": one.folder.id,
                    "size_bytes": one.size.total,
                    "checkpoint_bytes": one.size.checkpoints,
                    "left_alone": one.size.foreign or None,
                }
                for one in selected
            ],
        }
    )


def _age(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([mhdw]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"expected an age such as 30d, 12h or 4w, got {text!r}")
    return float(match[1]) * _UNITS[match[2]]


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmgt]?)(i?b)?", text.lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"expected a size such as 20G or 500M, got {text!r}")
    return int(float(match[1]) * _SIZES[match[2]])


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}")
    return int(text)
