"""A Ray cluster without Ray: the REST calls that are used, answered as Ray 2.60 does, with real processes as jobs.

`tests/ray/test_real_ray.py` runs the same stages on a real one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psutil


class FakeRay:
    """One cluster; its attributes are what goes wrong."""

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.away = False
        """Every call is answered with HTTP 503."""
        self.holds = False
        """Submitted jobs stay pending."""
        self.swallows = 0
        """So many submissions are taken and answered with HTTP 500."""
        self.redirects = ""
        """Every call is answered with a redirect to this address."""
        self.refuses = ""
        """Submissions are answered with HTTP 400 and this."""
        self.submitted: list[dict[str, Any]] = []
        self.jobs: dict[str, _Job] = {}
        self.calls: list[tuple[str, str]] = []
        self.lock = threading.RLock()
        handler = type("Handler", (_Handler,), {"ray": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def release(self) -> None:
        """The pending jobs start, also those that somebody has stopped."""
        self.holds = False
        with self.lock:
            for job in self.jobs.values():
                job.begin()

    def close(self) -> None:
        """End its jobs and the server."""
        self._server.shutdown()
        self._server.server_close()
        for job in self.jobs.values():
            job.end()


class _Job:
    def __init__(self, request: dict[str, Any]) -> None:
        self.request, self.stopped = request, False
        self.variables: dict[str, str] = request.get("runtime_env", {}).get("env_vars", {})
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        if self.process is None:
            variables = {**os.environ, **self.variables}
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", self.request["entrypoint"]],
                env=variables, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    def tree(self) -> list[psutil.Process]:
        if self.process is None or self.process.poll() is not None:
            return []
        whole = psutil.Process(self.process.pid)
        return [whole, *whole.children(recursive=True)]

    def stop(self) -> None:
        """TERM to every process, KILL after RAY_JOB_STOP_WAIT_TIME_S, as `job_supervisor.py` does."""
        tree = self.tree()
        self.stopped = bool(tree)
        _signal(tree, signal.SIGTERM)
        wait = int(self.variables.get("RAY_JOB_STOP_WAIT_TIME_S", 3))
        threading.Timer(wait, _signal, (tree, signal.SIGKILL)).start() if tree else None

    def end(self) -> None:
        _signal(self.tree(), signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def document(self, name: str) -> dict[str, Any]:
        code = self.process.poll() if self.process is not None else None
        status, message = "RUNNING", "Job is currently running."
        if self.process is None:
            status = "PENDING"
            message = "Job has not started yet. It may be waiting for resources (CPUs, GPUs) to become available."
        elif code is not None:
            status = "STOPPED" if self.stopped else "SUCCEEDED" if code == 0 else "FAILED"
            message = f"Job entrypoint command exited with code {code}"
        return {"type": "SUBMISSION", "submission_id": name, "job_id": None, "status": status, "message": message}


def _signal(tree: list[psutil.Process], number: int) -> None:
    for process in tree:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            pass


class _Handler(BaseHTTPRequestHandler):
    ray: FakeRay

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _serve(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.ray.lock:
            self.ray.calls.append((method, self.path))
            status, answer = self._answer(method, body)
        data = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        if status == 307:
            self.send_header("Location", self.ray.redirects + self.path)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, method: str, body: bytes) -> tuple[int, object]:
        ray = self.ray
        if ray.away:
            return 503, "upstream connect error"
        if ray.redirects:
            return 307, ""
        if ray.token and self.headers.get("Authorization") != f"Bearer {ray.token}":
            return 401, "Unauthorized: Missing authentication token"
        if self.path == "/api/version":
            return 200, {"version": "4", "ray_version": "2.60.0", "ray_commit": "x", "session_name": "s"}
        if (method, self.path) == ("GET", "/api/jobs/"):
            return 200, [job.document(name) for name, job in ray.jobs.items()]
        if (method, self.path) == ("POST", "/api/jobs/"):
            return self._submit(json.loads(body))
        name = self.path.removeprefix("/api/jobs/").removesuffix("/stop")
        if method == "POST" and name in ray.jobs:
            ray.jobs[name].stop()
            return 200, {"stopped": True}
        return 404, f"Job {name} does not exist"

    def _submit(self, request: dict[str, Any]) -> tuple[int, object]:
        ray, name = self.ray, request["submission_id"]
        ray.submitted.append(request)
        if ray.refuses:
            return 400, f"Traceback (most recent call last):\n  …\nValueError: {ray.refuses}\n"
        if name in ray.jobs:
            return 500, f"Traceback …\nValueError: Job with submission_id {name} already exists."
        ray.jobs[name] = _Job(request)
        if not ray.holds:
            ray.jobs[name].begin()
        if ray.swallows:
            ray.swallows -= 1
            return 500, "Traceback …\nTimeoutError"
        return 200, {"job_id": name, "submission_id": name}


def until(condition: Any, what: str, seconds: float = 120.0) -> None:
    """Wait until it is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.02)
