"""MLflow as a target: an experiment for the plan, a run for each stage, metrics in batches of a thousand.

A run is found again by its tag `autotrain.run`, so that there is one run id for all attempts, whatever is restarted.
The same points may be sent twice: MLflow keeps equal ones once. Points that a resumed attempt repeats stay beside the
new ones, which come later; a backfill never sends them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.trackers.mlflow_names import LegalNames
from autotrain_tui.trackers.mlflow_rest import MlflowError, MlflowRest, NoAnswerError
from autotrain_tui.trackers.target import Batch, MetricPoints, Place, TargetDownError, TargetRefusedError, TrackedRun

__all__ = ["MlflowTarget"]

_LONGEST_VALUE = {"params": 6000, "tags": 5000}
_MOST_POINTS, _FEWEST_POINTS = 1000, 10
_MOST = 100
"""Parameters, and tags, in a batch."""
_STATUS = {"succeeded": "FINISHED", "failed": "FAILED", "lost": "FAILED"}
"""The state of an attempt that has ended → the run's status; all others are KILLED."""


class MlflowTarget:
    """A server and an experiment. `memory` of a run: its id, its first parameters, names that were changed."""

    most_points = _MOST_POINTS
    """Fewer while the server needs too long for them."""

    def __init__(self, place: Place) -> None:
        self._uri = str(place.settings["uri"])
        self._experiment = str(place.settings.get("experiment") or place.plan)
        self._session = place.session
        self._rest = MlflowRest(self._uri)
        self._names: dict[str, LegalNames] = {}

    @property
    def to(self) -> str:
        """The server and the experiment."""
        return f"{self._uri} {self._experiment}"

    def begin(self, run: TrackedRun) -> None:
        """Find or create the run, and log parameters and tags."""
        with_id = run.memory.get("run_id") or self._find(run)
        if with_id is None:
            with_id = self._create(run)
        run.memory["run_id"] = with_id
        self._call("runs/update", {"run_id": with_id, "status": "RUNNING"})
        self._log(run, "params", self._parameters(run))
        self._log(run, "tags", _tags(run))

    def send(self, run: TrackedRun, batch: Batch) -> None:
        """Log the points; if the server refuses them, each metric on its own, so that one loses no other."""
        names = self._names_of(run)
        before = len(run.memory)
        metrics = [metric for series in batch.points for metric in _metrics(names.of(series.name), series)]
        if len(run.memory) != before:
            changed = {key.removeprefix("name:"): name for key, name in run.memory.items() if key.startswith("name:")}
            self._log(run, "tags", {f"autotrain.name.{key}"[:250]: name for key, name in changed.items()})
        try:
            self._call("runs/log-batch", {"run_id": run.memory["run_id"], "metrics": metrics})
            self.most_points = min(_MOST_POINTS, 2 * self.most_points)
        except NoAnswerError:
            self.most_points = max(_FEWEST_POINTS, self.most_points // 4)
            raise
        except TargetRefusedError as error:
            if len(batch.points) == 1:
                raise TargetRefusedError(f"metric {batch.points[0].name[:100]}: {error}") from error
            refused = [text for series in batch.points if (text := self._alone(run, series))]
            if refused:
                raise TargetRefusedError("; ".join(refused)) from error

    def end(self, run: TrackedRun) -> None:
        """Log how it ended, and the numbers of the result file as metrics `result/NAME`."""
        names, at = self._names_of(run), run.ended or run.started
        numbers = {name: value for name, value in run.results.items() if isinstance(value, int | float)}
        points = [
            MetricPoints(f"result/{name}", [run.attempt], [at], [float(value)]) for name, value in numbers.items()
        ]
        metrics = [metric for series in points for metric in _metrics(names.of(series.name), series)]
        for begin in range(0, len(metrics), self.most_points):
            part = metrics[begin : begin + self.most_points]
            self._call("runs/log-batch", {"run_id": run.memory["run_id"], "metrics": part})
        self._log(run, "tags", _tags(run))
        status = _STATUS.get(run.state, "KILLED")
        self._call("runs/update", {"run_id": run.memory["run_id"], "status": status, "end_time": _milliseconds(at)})

    def close(self) -> None:
        """Nothing is held open."""

    def _alone(self, run: TrackedRun, series: MetricPoints) -> str:
        """Log one metric; why the server refuses it, else empty."""
        metrics = list(_metrics(self._names_of(run).of(series.name), series))
        try:
            self._call("runs/log-batch", {"run_id": run.memory["run_id"], "metrics": metrics})
        except TargetRefusedError as error:
            return f"metric {series.name[:100]}: {error}"
        return ""

    def _names_of(self, run: TrackedRun) -> LegalNames:
        return self._names.setdefault(run.name, LegalNames(run.memory))

    def _call(self, path: str, body: object) -> dict[str, Any]:
        """A request on a run. Raises TargetRefusedError for what the server will never take."""
        try:
            return self._rest.post(path, body)
        except MlflowError as error:
            if error.status == 404:
                raise TargetDownError(f"{error}; was the run deleted there, or is it another server?") from error
            raise TargetRefusedError(str(error)) from error

    def _find(self, run: TrackedRun) -> str | None:
        """The id of a run that a former follower has created and could not record any more."""
        label = f"{self._session}/{run.name}".replace("'", "")
        body = {"experiment_ids": [self._experiment_id()], "filter": f"tags.`autotrain.run` = '{label}'"}
        found = self._call("runs/search", body).get("runs") or []
        return str(found[0]["info"]["run_id"]) if found else None

    def _create(self, run: TrackedRun) -> str:
        label = f"{self._session}/{run.name}"
        body = {
            "experiment_id": self._experiment_id(),
            "run_name": label,
            "start_time": _milliseconds(run.started),
            "tags": [{"key": "autotrain.run", "value": label}, {"key": "mlflow.runName", "value": label}],
        }
        return str(self._call("runs/create", body)["run"]["info"]["run_id"])

    def _experiment_id(self) -> str:
        """The experiment's id; it is created if it is not there."""
        try:
            found = self._rest.get(f"experiments/get-by-name?experiment_name={quote(self._experiment, safe='')}")
            return str(found["experiment"]["experiment_id"])
        except KeyError:
            raise TargetDownError("the answer is not that of an MLflow server: it has no experiment") from None
        except MlflowError as error:
            if error.code != "RESOURCE_DOES_NOT_EXIST":
                raise TargetDownError(str(error)) from error
        return str(self._call("experiments/create", {"name": self._experiment})["experiment_id"])

    def _parameters(self, run: TrackedRun) -> dict[str, str]:
        """The attempt's parameters; one that an earlier attempt had with another value under `attempt2.NAME`."""
        known: dict[str, str] = msgspec.json.decode(run.memory.get("parameters", "{}"), type=dict[str, str])
        names, found = self._names_of(run), {}
        for name, value in run.parameters.items():
            text = _text(value, "params")
            if known.setdefault(name, text) != text:
                name = f"attempt{run.attempt}.{name}"  # noqa: PLW2901  the name that it gets
            found[names.of(name)] = text
        run.memory["parameters"] = msgspec.json.encode(known).decode()
        return found

    def _log(self, run: TrackedRun, kind: str, values: Mapping[str, str]) -> None:
        """Parameters or tags, in batches."""
        pairs = [{"key": key, "value": _text(value, kind)} for key, value in values.items()]
        for begin in range(0, len(pairs), _MOST):
            self._call("runs/log-batch", {"run_id": run.memory["run_id"], kind: pairs[begin : begin + _MOST]})


def _tags(run: TrackedRun) -> dict[str, str]:
    """Session, attempt and end as tags, under names that MLflow's own page knows where it has any."""
    session, about = run.session, run.about
    found = {f"autotrain.{name.replace(' ', '_')}": value for name, value in {**session, **about}.items()}
    found["autotrain.session_state"] = session.get("state", "")
    found["mlflow.note.content"] = session.get("note", "")
    found["mlflow.source.git.commit"] = session.get("git commit", "")
    found["mlflow.source.name"] = session.get("plan", "")
    return {name: str(value) for name, value in found.items() if value not in {"", None}}


def _metrics(name: str, series: MetricPoints) -> Iterator[dict[str, object]]:
    values: Sequence[float] = series.values
    for step, time, value in zip(series.steps, series.wall_times, values, strict=True):
        yield {"key": name, "value": _number(value), "timestamp": _milliseconds(time), "step": step}


def _number(value: float) -> float | str:
    """JSON has no number that is not finite: these are the words of protobuf's JSON."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _text(value: object, kind: str) -> str:
    """A value as MLflow takes it: printable and not too long."""
    return sanitize(str(value))[: _LONGEST_VALUE[kind]]
