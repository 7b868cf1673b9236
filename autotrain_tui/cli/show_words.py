"""The words of `show` about a best value, a stage's metrics and an attempt's end. Standard library only."""

from __future__ import annotations

from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from autotrain_tui.session.history.list_row import Json

__all__ = ["best_place_text", "end_text", "metrics_text"]


def best_place_text(metric: Json, stages: int) -> str:
    """Where the best value was reached: the epoch or step, and the stage if there are several."""
    where = fmt.place(metric.get("best_step"), metric.get("best_epoch"))
    of = f"of {sanitize(metric['best_stage'])}" if stages > 1 and metric.get("best_stage") else ""
    return "".join(f" {text}" for text in (where, of) if text)


def metrics_text(metrics: Json) -> str:
    """The first metrics with their last values, and how many more there are."""
    shown = [f"{sanitize(name)} {fmt.value(value)}" for name, value in list(metrics.items())[:4]]
    return " ".join(shown) + (f" and {len(metrics) - 4} more" if len(metrics) > 4 else "")


def end_text(attempt: Json) -> str:
    """How an attempt ended, with who sent the signal, and what of its log is gone."""
    if attempt["exit_code"] is not None:
        end = f"exit {attempt['exit_code']}"
    elif attempt["signal"] is not None:
        end = f"signal {attempt['signal']}" + (f" sent by {attempt['sent_by']}" if attempt["sent_by"] else "")
    else:
        end = ""
    if attempt.get("failed_rank") is not None:
        end = ""  # the reason names the rank first, and the exit status after it
    text = ": ".join(part for part in (end, attempt["reason"]) if part)
    gone = attempt.get("log_begins")
    return f"{text}; {fmt.size(gone)} of the log's head dropped" if gone else text
