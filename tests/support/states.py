"""The states that the demo shows: what `tests.tui.sessions` makes, and what is about more than one session or stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.records.folder import SessionFolder
from tests.tui.rank_sessions import make_ranks
from tests.tui.search_sessions import make_search
from tests.tui.sessions import STATES, append, make_session, stage_infos


class DemoState(msgspec.Struct, frozen=True):
    """One state: `make` writes it into a folder of sessions and returns the session to show, None for home."""

    name: str
    text: str
    make: Callable[[Path], SessionFolder | None]
    living: bool = False
    """Whether a runner carries the session: the process that made it stands in for one."""


SESSION_STATES = {
    "starting": "a stage starts and has printed nothing",
    "running": "the third of five stages runs",
    "pausing": "a person has paused; the stage saves its checkpoint",
    "paused": "the stage has saved and released the GPU",
    "frozen": "SIGSTOP: the GPU's memory stays taken",
    "stopping": "a person has stopped the session; the stage still runs",
    "failed": "a stage failed with a traceback (out of memory)",
    "finished": "all five stages succeeded",
    "stopped": "stopped by a person before its end",
    "budget": "ended as planned because the next stage does not fit the budget",
    "interrupted": "the runner is gone in mid-stage",
    "lost": "a stage ended without an exit record",
    "waiting": "the next stage waits for a GPU",
    "held": "the next stage is held by a person",
    "empty": "a stage runs and its log is empty",
    "many": "a thousand stages, forty of them done",
    "retry": "a stage failed and runs again with half the batch",
}
"""The states of `tests.tui.sessions`, in words."""

ENDED = {"failed", "finished", "stopped", "budget", "interrupted", "lost"}


def _session(state: str) -> DemoState:
    return DemoState(
        state, SESSION_STATES[state], lambda sessions: make_session(sessions, state), living=state not in ENDED
    )


def _home(sessions: Path) -> None:
    """No session at all."""
    sessions.mkdir(parents=True, exist_ok=True)


def _history(sessions: Path) -> None:
    """A session in each state of the ended ones, over and over, all with names of their own."""
    for number in range(18):
        state = sorted(ENDED)[number % len(ENDED)]
        plan = ("digits", "speech", "translation")[number % 3]
        make_session(sessions, state, plan=plan, name=f"202611{28 - number:02d}-{number % 24:02d}0000-{plan}")


def _forty(sessions: Path) -> SessionFolder:
    """Forty stages, the thirteenth runs."""
    return make_session(sessions, "running", stages=stage_infos(40), done=12)


def _long_names(sessions: Path) -> SessionFolder:
    """Names of 64 characters, the longest that a plan may give."""
    infos = [
        msgspec.structs.replace(info, name=f"{info.name}-{'with-a-name-that-goes-on-and-on-' * 2}"[:64], needs=[])
        for info in stage_infos()
    ]
    plan = ("digits-of-a-plan-with-a-long-name-" * 2)[:64]
    return make_session(sessions, "running", stages=infos, plan=plan, name=f"20261122-150403-{plan}")


def _cjk(sessions: Path) -> SessionFolder:
    """Names whose letters are two cells wide."""
    names = (
        "基础训练第一阶段",
        "データ拡張と微調整",
        "정제단계학습률조정실험",
        "深度微调与蒸馏的最后一个长名字阶段",
        "仕上げ",
    )
    infos = [
        msgspec.structs.replace(info, name=name, description=f"{name}：{name}", needs=[])
        for name, info in zip(names, stage_infos(), strict=True)
    ]
    return make_session(sessions, "running", stages=infos, plan="手写数字识别", name="20261122-150403-digits")


def _alerts(sessions: Path) -> SessionFolder:
    """What a runner warns about, and a command that it refused."""
    folder = make_session(sessions, "running")
    stage = "refinement"
    append(folder, ev.Alert(kind="stall", stage=stage, text="no output for 10 min"))
    append(folder, ev.Alert(kind="nan", stage=stage, text="loss is nan at step 5625"))
    append(folder, ev.Alert(kind="gpu_memory", text="GPU 0: 97% of its memory is used"))
    append(folder, ev.Alert(kind="disk", text="2.1 GiB are left on the disk of the session"))
    append(folder, ev.LogShrunk(stage=stage, attempt=1, lost_bytes=4096))
    refused = ev.CommandTaken(id="1", verb="checkpoint", stage=stage, accepted=False, reason="no checkpoint_signal")
    append(folder, refused)
    return folder


DEMOS: dict[str, DemoState] = {
    demo.name: demo
    for demo in (
        *map(_session, STATES),
        DemoState("forty", "forty stages, the thirteenth runs", _forty, living=True),
        DemoState("long-names", "plan and stages with names of 64 characters", _long_names, living=True),
        DemoState("cjk", "names whose letters are two cells wide", _cjk, living=True),
        DemoState("alerts", "a running stage with every kind of alert", _alerts, living=True),
        DemoState("ranks", "four ranks of which one failed", make_ranks),
        DemoState("search", "a search of sixteen trials, three of them run", make_search, living=True),
        DemoState(
            "searched", "a search that is decided", lambda sessions: make_search(sessions, decided=True), living=True
        ),
        DemoState("home", "a project without a session", _home),
        DemoState("history", "eighteen sessions that ended in every way", _history),
    )
}
"""Name → state."""
