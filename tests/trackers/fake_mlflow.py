"""An MLflow server in memory: the requests that the follower makes, with the answers and refusals of the real one.

`recordings/mlflow-3.17.2.json` has what a real server answered to `QUESTIONS`; a test compares the two.
"""

from __future__ import annotations

import json
import posixpath
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LEGAL = re.compile(r"^[/\w.\- :]*$")


class Refusal(Exception):
    """An answer of 4xx: status, code, words."""


class Store:
    """What the server keeps."""

    def __init__(self) -> None:
        self.experiments: dict[str, str] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, Any]] = []
        self.faults: list[str] = []

    def answer(self, path: str, query: dict[str, list[str]], body: Any) -> dict[str, Any]:
        self.requests.append((path, body))
        return getattr(self, path.replace("/", "_").replace("-", "_"))(body if body is not None else query)

    def experiments_get_by_name(self, query: dict[str, list[str]]) -> dict[str, Any]:
        name = query["experiment_name"][0]
        if name not in self.experiments:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Could not find experiment with name '{name}'")
        return {"experiment": {"experiment_id": self.experiments[name], "name": name, "lifecycle_stage": "active"}}

    def experiments_create(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["name"] in self.experiments:
            raise Refusal(400, "RESOURCE_ALREADY_EXISTS", "Experiment already exists")
        self.experiments[body["name"]] = str(len(self.experiments) + 1)
        return {"experiment_id": self.experiments[body["name"]]}

    def runs_create(self, body: dict[str, Any]) -> dict[str, Any]:
        number = f"{len(self.runs) + 1:032x}"
        self.runs[number] = {
            "info": {"run_id": number, "run_name": body["run_name"], "status": "RUNNING"},
            "metrics": [],
            "seen": set(),
            "params": {},
            "tags": {tag["key"]: tag["value"] for tag in body["tags"]},
        }
        return {"run": {"info": self.runs[number]["info"]}}

    def runs_search(self, body: dict[str, Any]) -> dict[str, Any]:
        key, value = re.fullmatch(r"tags\.`([^`]+)` = '([^']*)'", body["filter"]).groups()
        found = [run for run in self.runs.values() if run["tags"].get(key) == value]
        return {"runs": [{"info": run["info"]} for run in found]} if found else {}

    def runs_update(self, body: dict[str, Any]) -> dict[str, Any]:
        info = self._run(body)["info"]
        info |= {key: body[key] for key in ("status", "end_time") if key in body}
        return {"run_info": info}

    def runs_log_batch(self, body: dict[str, Any]) -> dict[str, Any]:
        run = self._run(body)
        metrics, params, tags = body.get("metrics", []), body.get("params", []), body.get("tags", [])
        for each, most in ((metrics, 1000), (params, 100), (tags, 100)):
            if len(each) > most:
                raise Refusal(400, "INVALID_PARAMETER_VALUE", "A batch logging request can contain at most …")
        for pair in (*metrics, *params, *tags):
            name = pair["key"]
            bad = not LEGAL.match(name) or len(name) > 250 or posixpath.normpath(name) != name or name[:1] == "/"
            if bad or name.startswith(".."):
                raise Refusal(400, "INVALID_PARAMETER_VALUE", f"Invalid value {name[:50]}")
        for pair in params:
            if run["params"].get(pair["key"], pair["value"]) != pair["value"]:
                raise Refusal(400, "INVALID_PARAMETER_VALUE", "Changing param values is not allowed")
        run["params"] |= {pair["key"]: pair["value"] for pair in params}
        run["tags"] |= {pair["key"]: pair["value"] for pair in tags}
        for metric in metrics:
            point = (metric["key"], metric["step"], metric["timestamp"], float(metric["value"]))
            if repr(point) not in run["seen"]:
                run["seen"].add(repr(point))
                run["metrics"].append(point)
        return {}

    def _run(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["run_id"] not in self.runs:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Run with id={body['run_id']} not found")
        return self.runs[body["run_id"]]

    def points(self, name: str) -> list[tuple[int, float]]:
        """Steps and values of a metric over all runs, in the order in which they came."""
        return [(step, value) for run in self.runs.values() for key, step, _, value in run["metrics"] if key == name]


class Handler(BaseHTTPRequestHandler):
    """Answers as the store does, but for the fault that is next."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve(None)

    def do_POST(self) -> None:
        self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _serve(self, body: Any) -> None:
        store: Store = self.server.store  # type: ignore[attr-defined]
        fault = store.faults.pop(0) if store.faults else ""
        url = urlsplit(self.path)
        if fault.isdigit():
            self._send(int(fault), {"Location": "http://127.0.0.1:1/"}, b"<html>error</html>")
            return
        if fault == "never":
            time.sleep(2)
            self.close_connection = True
            return
        if fault == "html":
            self._send(200, {}, b"<html>log in</html>")
            return
        try:
            status, found = 200, store.answer(url.path.removeprefix("/api/2.0/mlflow/"), parse_qs(url.query), body)
        except Refusal as refusal:
            status, code, words = refusal.args
            found = {"error_code": code, "message": words}
        data = json.dumps(found).encode()
        if fault == "half":
            self._send(status, {}, data[: len(data) // 2], len(data) + 2)
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self._send(status, {}, data)

    def _send(self, status: int, headers: dict[str, str], data: bytes, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length or len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has left is expected here."""


@contextmanager
def serving(store: Store, port: int = 0):
    """The server's address while it serves."""
    server = Server(("127.0.0.1", port), Handler)
    server.store = store  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


POINT = {"key": "loss", "value": 0.5, "timestamp": 1700000000000, "step": 1}
QUESTIONS: list[tuple[str, Any]] = [
    ("experiments/get-by-name?experiment_name=unknown-1", None),
    ("experiments/create", {"name": "unknown-1"}),
    ("experiments/create", {"name": "unknown-1"}),
    ("experiments/get-by-name?experiment_name=unknown-1", None),
    (
        "runs/create",
        {
            "experiment_id": "EXPERIMENT",
            "run_name": "s/one",
            "start_time": 1,
            "tags": [{"key": "autotrain.run", "value": "s/one"}],
        },
    ),
    ("runs/search", {"experiment_ids": ["EXPERIMENT"], "filter": "tags.`autotrain.run` = 's/one'"}),
    ("runs/search", {"experiment_ids": ["EXPERIMENT"], "filter": "tags.`autotrain.run` = 's/two'"}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [POINT]}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [POINT]}),
    (
        "runs/log-batch",
        {
            "run_id": "RUN",
            "metrics": [
                {**POINT, "step": at, "value": word} for at, word in enumerate(("NaN", "Infinity", "-Infinity"), 2)
            ],
        },
    ),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{**POINT, "key": "loss@10"}]}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{**POINT, "key": "a//b"}]}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{**POINT, "key": "/a"}]}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{**POINT, "key": "../a"}]}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{**POINT, "key": "Größe ü"}]}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{**POINT, "key": "a" * 250}]}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{**POINT, "key": "a" * 251}]}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{**POINT, "step": -(2**40)}, {**POINT, "step": 2**40}]}),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{**POINT, "step": at} for at in range(1001)]}),
    ("runs/log-batch", {"run_id": "RUN", "params": [{"key": "lr", "value": "1"}]}),
    ("runs/log-batch", {"run_id": "RUN", "params": [{"key": "lr", "value": "1"}]}),
    ("runs/log-batch", {"run_id": "RUN", "params": [{"key": "lr", "value": "2"}]}),
    ("runs/log-batch", {"run_id": "RUN", "params": [{"key": f"p{at}", "value": "2"} for at in range(101)]}),
    ("runs/log-batch", {"run_id": "RUN", "params": [{"key": "long", "value": "x" * 6000}]}),
    ("runs/log-batch", {"run_id": "RUN", "tags": [{"key": "long", "value": "x" * 5000}]}),
    ("runs/update", {"run_id": "RUN", "status": "FINISHED", "end_time": 1700000000001}),
    ("runs/update", {"run_id": "RUN", "status": "RUNNING"}),
    ("runs/update", {"run_id": "0" * 32, "status": "RUNNING"}),
]


def answers(address: str) -> list[list[Any]]:
    """What a server says to QUESTIONS: the status, and the error's code or the names of the answer's fields."""
    experiment, run, found = "", "", []
    for path, body in QUESTIONS:
        text = json.dumps(body).replace("EXPERIMENT", experiment).replace('"RUN"', f'"{run}"')
        request = urllib.request.Request(
            f"{address}/api/2.0/mlflow/{path}",
            data=None if body is None else text.encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, said = answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            status, said = error.code, json.load(error)
        experiment = said.get("experiment_id", experiment)
        run = said.get("run", {}).get("info", {}).get("run_id", run)
        found.append([path, status, said.get("error_code") or sorted(said)])
    return found


if __name__ == "__main__":
    import sys

    print(json.dumps(answers(sys.argv[1]), indent=1))
