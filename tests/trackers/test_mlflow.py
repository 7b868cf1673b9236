"""MLflow: runs, names, parameters and batches; a server that fails in every way; a real one where it is installed.

The test marked `service` needs mlflow in the interpreter that AUTOTRAIN_MLFLOW_PYTHON names.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.trackers import mlflow_rest
from autotrain_tui.trackers.mlflow_target import MlflowTarget
from autotrain_tui.trackers.place import place_of
from autotrain_tui.trackers.target import Batch, MetricPoints, TargetDownError, TrackedRun
from autotrain_tui.trackers.track_follower import Follower
from tests.cli.project import HAND
from tests.trackers.fake_mlflow import QUESTIONS, Store, answers, serving
from tests.trackers.sessions import Growing, follower

PYTHON = os.environ.get("AUTOTRAIN_MLFLOW_PYTHON", "")
RECORDED = Path(__file__).with_name("recordings") / "mlflow-3.17.2.json"


def line(begin: int, end: int, sign: float = 1.0) -> list[tuple[int, float]]:
    return [(step, sign * step / 4) for step in range(begin, end)]


@pytest.fixture
def growing(tmp_path: Path) -> Growing:
    made = Growing(tmp_path)
    made.begin()
    return made


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def address(store: Store) -> Iterator[str]:
    with serving(store) as address:
        yield address


def process(growing: Growing, address: str) -> Follower:
    """A follower as a new process would make it."""
    target = MlflowTarget(place_of(growing.folder, {"uri": address, "experiment": "digits"}))
    return follower(growing.folder, target, "mlflow")


def test_the_fake_answers_as_the_real_server_did(address: str) -> None:
    """Every status, error code and field of the recording."""
    recorded = json.loads(RECORDED.read_text())
    assert len(recorded) == len(QUESTIONS)
    assert answers(address) == recorded


def test_attempts_share_a_run_and_its_steps_go_on(growing: Growing, store: Store, address: str) -> None:
    """One run id over a resume; what was repeated comes again, later; the status follows."""
    one = process(growing, address)
    growing.points(*line(1, 9))
    one.send_once()
    ((number, run),) = store.runs.items()
    assert (run["info"]["status"], run["tags"]["autotrain.run"]) == ("RUNNING", f"{HAND}/one")
    growing.end()
    one.send_once()
    assert run["info"]["status"] == "FAILED"
    growing.begin(resume=True)
    growing.points(*line(5, 12, -1.0))
    process(growing, address).send_once()
    assert run["info"]["status"] == "RUNNING"
    growing.end("succeeded", metrics={"f1": 0.5})
    process(growing, address).send_once()
    assert list(store.runs) == [number]
    assert store.points("loss") == [*line(1, 9), *line(5, 12, -1.0)]
    assert store.points("result/f1") == [(2, 0.5)]
    assert run["info"]["status"] == "FINISHED"


def test_a_run_that_could_not_be_recorded_is_found_again(growing: Growing, store: Store, address: str) -> None:
    """A follower that was killed after it had created the run does not make a second one."""
    growing.points(*line(1, 9))
    process(growing, address).send_once()
    (growing.folder.track / "mlflow.json").unlink()
    process(growing, address).send_once()
    assert len(store.runs) == 1
    assert store.points("loss") == line(1, 9)


def test_a_retry_from_scratch_is_another_run(growing: Growing, store: Store, address: str) -> None:
    """With its own points and parameters."""
    growing.points(*line(1, 3))
    growing.end()
    growing.begin(epochs=9)
    growing.points(*line(1, 4))
    process(growing, address).send_once()
    first, second = store.runs.values()
    assert second["info"]["run_name"] == f"{HAND}/one@attempt-2"
    assert (first["params"]["epochs"], second["params"]["epochs"]) == ("3", "9")


def test_parameters_that_a_resume_changed_have_its_number(growing: Growing, store: Store, address: str) -> None:
    """MLflow refuses another value under the same name."""
    one = process(growing, address)
    one.send_once()
    growing.end()
    growing.begin(resume=True, batch_size=8, epochs=2)
    one.send_once()
    growing.end()
    growing.begin(resume=True, batch_size=4, epochs=3)
    process(growing, address).send_once()
    (run,) = store.runs.values()
    assert run["params"] == {"epochs": "3", "attempt2.epochs": "2", "batch_size": "8", "attempt3.batch_size": "4"}
    assert one.state.problems == []


NAMES = (
    "loss@10",
    "loss#10",
    "loss_10",
    "f1[macro]",
    "mAP50-95(B)",
    "a//b",
    "/a",
    "../x",
    ".",
    "",
    "Größe ü",
    "n" * 10_000,
)


def test_names_are_made_legal_and_the_original_is_kept(growing: Growing, store: Store, address: str) -> None:
    """No name loses the batch or another's points; a restart finds the same names."""
    for name in NAMES:
        growing.points((1, 1.0), name=name)
    process(growing, address).send_once()
    for name in NAMES:
        growing.points((2, 2.0), name=name)
    process(growing, address).send_once()
    (run,) = store.runs.values()
    names = {key for key, _, _, _ in run["metrics"]}
    assert len(names) == len(NAMES)
    assert all(store.points(name) == [(1, 1.0), (2, 2.0)] for name in names)
    assert run["tags"]["autotrain.name.f1_macro_"] == "f1[macro]"


def test_values_that_are_not_finite_arrive(growing: Growing, store: Store, address: str) -> None:
    """nan and both infinities."""
    target = MlflowTarget(place_of(growing.folder, {"uri": address}))
    run = TrackedRun("one", 1, False, 1.0, None, "running", {}, {}, {}, {})
    target.begin(run)
    values = [math.nan, math.inf, -math.inf]
    target.send(run, Batch([MetricPoints("loss", [1, 2, 3], [1.0, 1.0, 1.0], values)], None, lambda _: []))
    assert [str(value) for _, value in store.points("loss")] == ["nan", "inf", "-inf"]


@pytest.mark.parametrize("fault", ["500", "503", "429", "401", "302", "html", "half", "never"])
def test_a_server_that_fails_is_asked_again(
    growing: Growing, store: Store, address: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it fails: one sentence, no point lost, and at most the one batch twice."""
    seconds = 0.5 if fault == "never" else 30  # on a busy machine the others too take their time
    monkeypatch.setattr(mlflow_rest, "MOST_SECONDS", seconds)
    growing.points(*line(0, 2500))
    growing.end("succeeded")
    growing.finish()
    target = MlflowTarget(place_of(growing.folder, {"uri": address, "experiment": "digits"}))
    target._rest._seconds = seconds
    one = follower(growing.folder, target, "mlflow")
    said: list[str] = []

    def sleep(_: float) -> None:
        said.append(one.state.error)

    store.faults = [word for _ in range(6) for word in (fault, "")]
    one.follow(sleep)
    assert one.state.state == "done"
    assert store.points("loss") == line(0, 2500)
    assert said
    assert all(said)
    assert len(set(said)) == 1
    assert "\n" not in said[0]


def test_a_server_too_slow_for_a_batch_gets_smaller_ones(
    growing: Growing, store: Store, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would never get any: it is sent fewer points until it answers in time, then more again."""
    log_batch, sizes = Store.runs_log_batch, []

    def slow(self: Store, body: dict) -> dict:
        sizes.append(len(body.get("metrics", [])))
        if sizes[-1] > 300:
            time.sleep(0.7)
        return log_batch(self, body)

    monkeypatch.setattr(Store, "runs_log_batch", slow)
    growing.points(*line(0, 2000))
    growing.end("succeeded")
    growing.finish()
    target = MlflowTarget(place_of(growing.folder, {"uri": address}))
    monkeypatch.setattr(mlflow_rest, "MOST_SECONDS", 0.5)
    target._rest._seconds = 0.5
    one = follower(growing.folder, target, "mlflow")
    one.follow(lambda _: None)
    assert one.state.state == "done"
    assert sorted(store.points("loss")) == line(0, 2000)
    assert {1000, 250} < set(sizes)


def test_a_socket_that_gives_up_first_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the socket's own limit may be reached before the one that is looked at."""
    rest = mlflow_rest.MlflowRest("http://127.0.0.1:1", {}, seconds=60)

    def times_out(*_: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(rest, "_ask", times_out)
    with pytest.raises(mlflow_rest.NoAnswerError, match="no answer within 60 s"):
        rest.get("experiments/search")


def test_a_server_that_is_not_there_is_said(growing: Growing) -> None:
    """At once: a refused connection is not tried for as long as a server may take to answer."""
    growing.points(*line(0, 5))
    with pytest.raises(TargetDownError, match="no connection: Connection refused"):
        process(growing, "http://127.0.0.1:1").send_once()


def test_one_refused_metric_loses_no_other(growing: Growing, store: Store, address: str, monkeypatch) -> None:
    """It is said by its name, and the others of its batch are sent."""
    growing.points(*line(0, 3), name="bad")
    growing.points(*line(0, 3), name="good")
    monkeypatch.setattr("autotrain_tui.trackers.mlflow_names._ILLEGAL", re.compile("$^"))
    growing.points(*line(0, 3), name="worse@10")
    one = process(growing, address)
    one.send_once()
    assert (store.points("good"), store.points("bad")) == (line(0, 3), line(0, 3))
    assert store.points("worse@10") == []
    assert "worse@10" in one.state.problems[0]


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As MLflow's own client takes them."""
    assert mlflow_rest._credentials({"MLFLOW_TRACKING_TOKEN": "t"}) == {"Authorization": "Bearer t"}
    pair = {"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p"}
    assert mlflow_rest._credentials(pair) == {"Authorization": "Basic dTpw"}
    assert mlflow_rest._credentials({}) == {}


def test_export_to_mlflow_from_the_command_line(
    growing: Growing, store: Store, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, and again without anything new; the server by -o or by the variable; status 4 when it is down."""
    growing.points(*line(0, 5))
    growing.end("succeeded")
    growing.finish()
    words = ["export", str(growing.folder.path), "--to", "mlflow"]
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert cli.main(words) == 2
    assert cli.main([*words, "-o", "http://127.0.0.1:1"]) == 4
    assert "goes on from there" in capsys.readouterr().err
    assert cli.main([*words, "-o", address]) == 0
    assert "all 5 points sent" in capsys.readouterr().out
    count = len(store.requests)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    assert cli.main([*words, "-o", address]) == 0
    assert len(store.requests) == count
    assert store.points("loss") == line(0, 5)
    assert list(store.experiments) == ["hand"]


def patiently(one: Follower) -> None:
    """Send all to a server that needs more than five seconds for its first answers."""
    deadline = time.monotonic() + 400
    while True:
        try:
            one.send_once()
            return
        except TargetDownError:
            assert time.monotonic() < deadline
            time.sleep(1)


@contextmanager
def real_server(folder: Path, port: int) -> Iterator[str]:
    """A `mlflow server` with its store in `folder`."""
    command = [PYTHON, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with open(folder / "server.log", "ab") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 180
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/version", timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < deadline, (folder / "server.log").read_text()
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, 9)
        server.wait()


@pytest.mark.service
@pytest.mark.process
@pytest.mark.skipif(not PYTHON, reason="needs mlflow in the interpreter of AUTOTRAIN_MLFLOW_PYTHON")
def test_a_real_server_has_every_point_over_its_restart(growing: Growing, tmp_path: Path) -> None:
    """Down before and between, with odd names and a resume: one run, all points, the answers of the recording."""
    place = tmp_path / "mlflow"
    place.mkdir()
    port = 20_000 + os.getpid() % 10_000
    address = f"http://127.0.0.1:{port}"
    growing.points(*line(1, 1500))
    with pytest.raises(TargetDownError):
        process(growing, address).send_once()
    with real_server(place, port):
        patiently(process(growing, address))
    growing.points(*line(1500, 1600))
    for name in NAMES:
        growing.points((1, 1.0), name=name)
    with pytest.raises(TargetDownError):
        process(growing, address).send_once()
    growing.end()
    growing.begin(resume=True, batch_size=8)
    growing.points(*line(1600, 1700))
    growing.end("succeeded")
    growing.finish()
    with real_server(place, port):
        one = process(growing, address)
        patiently(one)
        assert one.state.problems == []
        (memory,) = (run.memory for run in one.state.runs.values())
        found = urllib.request.urlopen(f"{address}/api/2.0/mlflow/runs/get?run_id={memory['run_id']}", timeout=60)
        run = json.load(found)["run"]
        assert run["info"]["status"] == "FINISHED"
        assert len({metric["key"] for metric in run["data"]["metrics"]}) == len(NAMES) + 2
        history = f"{address}/api/2.0/mlflow/metrics/get-history?run_id={memory['run_id']}&metric_key=loss"
        points = json.load(urllib.request.urlopen(history, timeout=60))["metrics"]
        assert sorted((int(each["step"]), each["value"]) for each in points) == line(1, 1700)
        assert answers(address) == json.loads(RECORDED.read_text())
