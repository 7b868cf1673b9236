"""The figures for Prometheus, read by its own parser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from autotrain_tui.session.history.documents import stage_metrics
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.web.reading.prometheus_text import _HELP, PrometheusFigures, write_textfile
from autotrain_tui.web.settings import ServeSettings
from tests.support.demo import hold_lock
from tests.tui.sessions import append, make_session

DOCS = Path(__file__).parents[2] / "docs"


async def test_figures_of_a_running_session(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """Each figure of a live session is what `show` says, with names that are kept apart as labels."""
    folder = make_session(tmp_path / "sessions", "running")
    hold_lock(folder)
    for kind in ("nan", "stall", "nan"):
        append(folder, ev.Alert(kind=kind, text="look"))
    answer = await reader.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family.samples for family in text_string_to_metric_families(answer.text)}
    assert set(families) <= set(_HELP)
    states = {sample.labels["stage"]: sample.labels["state"] for sample in families["autotrain_stage_state"]}
    view = load_view(folder)
    assert states == {stage.name: str(stage.state) for stage in view.session.stages}
    told = {(sample.labels["stage"], sample.labels["name"]): sample.value for sample in families["autotrain_metric"]}
    known = {
        (stage.name, name): value for stage in view.session.stages for name, value in stage_metrics(view, stage).items()
    }
    assert told == known
    assert {sample.labels["kind"]: sample.value for sample in families["autotrain_alerts"]} == {"nan": 2, "stall": 1}
    assert [sample.value for sample in families["autotrain_runner_up"]] == [1]


def test_alerts_are_counted_once(tmp_path: Path) -> None:
    """A second scrape folds on from the first: nothing counts twice."""
    folder = make_session(tmp_path / "sessions", "running")
    hold_lock(folder)
    figures = PrometheusFigures(tmp_path / "sessions")
    append(folder, ev.Alert(kind="nan", text="look"))
    assert 'kind="nan"} 1.0' in figures.text()
    append(folder, ev.Alert(kind="nan", text="look"))
    assert 'kind="nan"} 2.0' in figures.text()


def test_a_session_that_ended_long_ago_is_left_out(tmp_path: Path) -> None:
    """Only live sessions and those that ended within the hour have figures; without any the text is empty."""
    folder = make_session(tmp_path / "sessions", "finished", name="20261121-150403-digits")
    assert folder.id in PrometheusFigures(tmp_path / "sessions").text()
    text = folder.journal.read_text()
    folder.journal.write_text(text.replace('"time":"202', '"time":"201'))
    assert PrometheusFigures(tmp_path / "sessions").text() == ""


def test_hostile_names_stay_labels(tmp_path: Path) -> None:
    """Quotes, backslashes and line ends in a name make no other sample."""
    folder = make_session(tmp_path / "sessions", "running")
    hold_lock(folder)
    append(folder, ev.Alert(kind='a"} 1\nautotrain_fake{x="\\', text="look"))
    families = list(text_string_to_metric_families(PrometheusFigures(tmp_path / "sessions").text()))
    assert "autotrain_fake" not in {family.name for family in families}


def test_the_textfile_is_replaced_and_readable(tmp_path: Path) -> None:
    """autotrain.prom appears whole, mode 0644, and nothing else is left beside it."""
    for text in ("a 1\n", "b 2\n"):
        write_textfile(tmp_path, text)
        assert (tmp_path / "autotrain.prom").read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["autotrain.prom"]
    assert (tmp_path / "autotrain.prom").stat().st_mode & 0o777 == 0o644


def test_the_dashboard_asks_only_for_what_there_is() -> None:
    """Each figure and label of the example dashboard, its variables and legends included, is one that /metrics has."""
    dashboard = json.loads((DOCS / "grafana.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [variable["query"] for variable in dashboard["templating"]["list"]]
    named = [name for query in queries for name in re.findall(r"autotrain_\w+", query)]
    assert set(named) <= set(_HELP)
    assert len(named) >= len(queries) - 1, "one variable is the source of data"
    legends = [target["legendFormat"] for panel in dashboard["panels"] for target in panel["targets"]]
    labels = {label for legend in legends for label in re.findall(r"{{\s*(\w+)\s*}}", legend)}
    assert labels <= {"session", "plan", "stage", "name", "kind", "state"}
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


async def test_the_scrape_configuration_fits_the_server(reader: httpx.AsyncClient, settings: ServeSettings) -> None:
    """prometheus.yml names the default port, and Prometheus' own path and header are answered."""
    lines = [line.strip() for line in (DOCS / "prometheus.yml").read_text().splitlines()]
    keys = dict(line.lstrip("- ").split(": ", 1) for line in lines if ": " in line and not line.startswith("#"))
    assert keys["targets"] == f'["127.0.0.1:{settings.port}"]'
    assert "credentials_file" in keys, "Authorization: Bearer, as a script shows the token"
    assert "metrics_path" not in keys
    assert reader.headers["authorization"].startswith("Bearer ")
    assert (await reader.get("/metrics")).status_code == 200
