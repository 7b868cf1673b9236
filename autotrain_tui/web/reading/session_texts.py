"""A session in words: the texts of its page, ready to be shown, made in one place for the server and the script."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from autotrain_tui.session.history.documents import stage_estimate
from autotrain_tui.session.history.headline import best_place, last_of, stage_metrics
from autotrain_tui.session.history.sweep_documents import searched_seconds, sweep_document
from autotrain_tui.session.history.usage_text import usage_text
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Searching, Session, Stage
from autotrain_tui.session.journal.transitions import ACTIVE, SATISFIED, StageState
from autotrain_tui.session.records.clock import iso
from autotrain_tui.text import format as fmt
from autotrain_tui.tui.model.labels import STAGES, end_of, ended_how, stage_style, stages_done
from autotrain_tui.web.reading.safe_text import safe
from autotrain_tui.web.reading.state_style import page_sign, view_style
from autotrain_tui.web.reading.trial_texts import search_facts, trial_texts

__all__ = ["Json", "seconds_left", "session_texts"]

Json = dict[str, Any]
_MOST_LINES = 20
_MOST_PROBLEMS = 3


def session_texts(view: View, stages: Mapping[str, Json] | None = None) -> Json:
    """The header, the stages and the last error of a session as texts; `stages` are used if they are known already.

    `progress` and the stages' `percent` are 0 to 100 or null, `until` is UTC (ISO 8601) or null.
    """
    session, style = view.session, view_style(view)
    left = seconds_left(view)
    return {
        "title": safe(session.plan),
        "sign": page_sign(style),
        "colour": style.colour,
        "word": style.word,
        "reason": safe(session.reason),
        "warning": _warning(view),
        "stages_done": f"{stages_done(session)} of {len(session.stages)} stages",
        "elapsed": fmt.clock(view.elapsed_seconds),
        "budget": _budget(session),
        "source": _source(session),
        "left": f"~{fmt.short_clock(left)} left" if left is not None and not view.finished else "",
        "until": iso(60 * round((time.time() + left) / 60))
        if left is not None and view.alive and not view.finished and session.ticking_since is not None
        else None,
        "progress": _progress(view, left),
        "headline": _headline(view),
        "stages": stages if stages is not None else {stage.name: stage_texts(view, stage) for stage in session.stages},
        "error": _error(view),
    }


def seconds_left(view: View) -> float | None:
    """The time that the stages still need, one after the other; None where one has no estimate."""
    total = 0.0
    for stage in view.session.stages:
        if stage.state in SATISFIED or stage.state in (StageState.FAILED, StageState.LOST, StageState.STOPPED):
            continue
        live = view.live.get(stage.name)
        if live is not None and live.eta_seconds is not None and stage.state in ACTIVE:
            total += live.eta_seconds
            continue
        seconds, _ = stage_estimate(view, stage)
        if seconds is None:
            return None
        total += max(0.0, seconds - stage.elapsed(view.mono))
    return total


def _progress(view: View, left: float | None) -> int | None:
    """How far the plan is, by time; by stages and what is done of those that run where times are not known."""
    session = view.session
    if view.finished and all(stage.state in SATISFIED for stage in session.stages):
        return 100
    if (
        left is not None and view.elapsed_seconds + left > 0 and (left or not view.finished)
    ):  # it failed: not all is done
        return int(100 * view.elapsed_seconds / (view.elapsed_seconds + left))
    if not session.stages:
        return None
    parts = sum(_fraction(view, stage) or 0.0 for stage in session.stages if stage.state not in SATISFIED)
    return int(100 * (stages_done(session) + parts) / len(session.stages))


def _fraction(view: View, stage: Stage) -> float | None:
    """How much of a running stage or a search is done, 0 to 1; None where that is not known."""
    if isinstance(stage.status, Searching) and (sweep := sweep_document(view, stage)) is not None:
        return float(sweep["ended"] / sweep["trials"])
    live = view.live.get(stage.name)
    return live.progress.fraction if live is not None and stage.state in ACTIVE else None


def _warning(view: View) -> str:
    """What is not as it looks: a runner that is silent, parts that are damaged or cannot be read; one line each."""
    lines = [view.warning, *view.problems[:_MOST_PROBLEMS]]
    if (more := len(view.problems) - _MOST_PROBLEMS) > 0:
        lines.append(f"{more} more: autotrain-tui show {view.folder.id}")
    return "\n".join(safe(line) for line in lines if line)


def _budget(session: Session) -> str:
    """The time limit; what another program ran has none to be told of."""
    if session.source is not None:
        return ""
    return f"of {fmt.clock(session.budget_seconds)}" if session.budget_seconds is not None else "no time limit"


def _source(session: Session) -> str:
    """What a session without a runner of its own was made of."""
    source = session.source
    if source is None:
        return ""
    return f"{'watches' if source.watched else 'imported from'} {safe(source.path)} ({safe(source.kind)})"


def _headline(view: View) -> str:
    name = view.session.metric_name
    last, best = last_of(view), best_place(view)
    if name is None or (last is None and best is None):
        return ""
    if best is None:
        return f"{safe(name)} {fmt.value(last)}"
    return f"{safe(name)} {fmt.value(last)} · best {fmt.value(best.value)} {fmt.place(best.step, best.epoch)}".rstrip()


def stage_texts(view: View, stage: Stage) -> Json:
    """A stage of the list as texts."""
    style = stage_style(stage)
    fraction = _fraction(view, stage)
    return {
        "label": f"{stage.info.index} {safe(stage.name)}",
        "sign": page_sign(style),
        "colour": style.colour,
        "word": style.word,
        "time": _time(view, stage),
        "percent": int(fraction * 100) if fraction is not None else None,
        "facts": _facts(view, stage),
        "metric": _metric(view, stage),
        "reason": safe(stage.reason) if stage.state is not StageState.SUCCEEDED else "",
        "warnings": _warnings(stage),
        "usage": _usage(view, stage),
        "trials": trial_texts(view, stage),
    }


def _time(view: View, stage: Stage) -> str:
    if stage.attempts:
        return fmt.clock(stage.elapsed(view.mono))
    if (searched := searched_seconds(view, stage)) is not None:
        return fmt.clock(searched)
    return fmt.estimate(stage.info.estimate_seconds) if stage.state not in SATISFIED else ""


def _facts(view: View, stage: Stage) -> str:
    """The progress of a running stage: epoch, rate, time left; of a search how far it is."""
    if stage.info.search is not None:
        return search_facts(view, stage)
    live = view.live.get(stage.name)
    if live is None or stage.state not in ACTIVE:
        attempts = len(stage.attempts)
        return f"attempt {attempts}" if attempts > 1 else ""
    progress = live.progress
    words = []
    if progress.epoch is not None:
        words.append(f"epoch {progress.epoch:g}" + (f"/{progress.epochs:g}" if progress.epochs is not None else ""))
    elif progress.step is not None:
        words.append(f"step {fmt.count(progress.step)}")
    if progress.rate is not None:
        words.append(f"{fmt.value(progress.rate)} /s")
    if live.eta_seconds is not None:
        spread = f" ±{fmt.clock(live.eta_spread_seconds)}" if live.eta_spread_seconds else ""
        words.append(f"~{fmt.clock(live.eta_seconds)}{spread} left")
    if live.message:
        words.append(safe(live.message))
    return " · ".join(words)


def _warnings(stage: Stage) -> str:
    """Why a success is in doubt, and that a metric has passed its best: one line each."""
    lines = [f"{doubt.kind}: {doubt.text}" for doubt in stage.doubts if doubt.text not in stage.reason]
    if stage.attempts and (past := stage.attempts[-1].past_best) is not None:
        lines.append(past.text)
    return "\n".join(safe(line) for line in lines)


def _usage(view: View, stage: Stage) -> str:
    """What each attempt took of the machine: one line each."""
    lines = []
    for attempt in stage.attempts:
        if attempt.end is None or attempt.end.usage is None:
            continue
        text = usage_text(msgspec.to_builtins(attempt.end.usage), attempt.elapsed(view.mono))
        if text:
            lines.append(f"attempt {attempt.number}: {text}" if len(stage.attempts) > 1 else text)
    return "\n".join(lines)


def _metric(view: View, stage: Stage) -> str:
    """The headline metric's last value, else the first metric's."""
    metrics = stage_metrics(view, stage)
    name = view.session.metric_name
    if name is not None and name in metrics:
        return fmt.value(metrics[name])
    return next((f"{safe(other)} {fmt.value(value)}" for other, value in metrics.items()), "")


def _error(view: View) -> Json | None:
    """The last stage that failed or was lost: what happened, and the end of its log."""
    failed = [stage for stage in view.session.stages if stage.state in (StageState.FAILED, StageState.LOST)]
    if not failed:
        return None
    stage = failed[-1]
    end = end_of(stage)
    how = ended_how(end) if end is not None else ""
    reason = safe(stage.reason)
    text = ": ".join(part for part in (how, reason if reason != how else "") if part)
    lines = [safe(line) for line in end.lines[-_MOST_LINES:]] if end is not None else []
    return {"title": f"{safe(stage.name)} {STAGES[stage.state].word}", "text": text, "lines": lines}
