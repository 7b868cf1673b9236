"""Asks a Ray cluster for its jobs over HTTP: what is no answer of Ray decides nothing.

The interface is that of Ray's dashboard (https://docs.ray.io/en/latest/cluster/running-applications/job-submission/
rest.html), as Ray 2.60 has it. Logs are never read through it: one byte that is not UTF-8 makes that call fail.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["JobClient", "JobStatus", "RayNotAsked", "RefusedByRay", "is_loopback"]

PATIENCE_SECONDS = 20.0
LARGEST = 64 << 20
"""Bytes of an answer: the list of jobs has every job that the cluster remembers."""


class RayNotAsked(Exception):  # noqa: N818  reads as what it is
    """Ray could not be asked, or has not answered as Ray does: nothing follows from it."""


class RefusedByRay(Exception):  # noqa: N818  reads as what it is
    """Ray has answered that it won't do it."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job: PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED, and Ray's words about it."""

    id: str
    status: str
    message: str


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own, so that nobody else hears a request."""
    host = urllib.parse.urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token elsewhere: it is an answer that is none of Ray's."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


class JobClient:
    """One cluster. Every method may take as long as `patience`; call it in a thread."""

    def __init__(self, address: str, token: str = "", patience: float = PATIENCE_SECONDS) -> None:
        """`address`: `http://HOST:8265`; `token`: sent as a bearer token."""
        self.address = address.rstrip("/")
        self._token, self._patience = token, patience
        # a proxy for other machines is none for this one
        proxies = urllib.request.ProxyHandler({}) if is_loopback(address) else urllib.request.ProxyHandler()
        self._opener = urllib.request.build_opener(proxies, _NoRedirects)

    def version(self) -> str:
        """The cluster's version of Ray. Raises RayNotAsked, RefusedByRay."""
        answer = self._ask("GET", "/api/version")
        if not isinstance(answer, dict) or "ray_version" not in answer:
            raise RayNotAsked(f"{self.address} answers, but not as Ray does")
        return str(answer["ray_version"])

    def jobs(self) -> dict[str, JobStatus]:
        """Every submitted job that the cluster remembers, by its submission id. Raises RayNotAsked, RefusedByRay."""
        answer = self._ask("GET", "/api/jobs/")
        if not isinstance(answer, list) or not all(isinstance(item, dict) and "status" in item for item in answer):
            raise RayNotAsked(f"{self.address}: the answer is no list of jobs")
        found = (
            JobStatus(str(item["submission_id"]), str(item["status"]), str(item.get("message") or ""))
            for item in answer
            if item.get("submission_id")
        )
        return {job.id: job for job in found}

    def submit(self, request: Mapping[str, object]) -> None:
        """Submit a job under its `submission_id`; the same id again is an error. Raises RayNotAsked, RefusedByRay."""
        answer = self._ask("POST", "/api/jobs/", request)
        if not isinstance(answer, dict) or answer.get("submission_id") != request["submission_id"]:
            raise RayNotAsked(f"{self.address}: the answer to a submission names another job")

    def stop(self, job: str) -> None:
        """Ask for a job's end. Of a job that is still pending Ray says it has, and starts it later all the same.

        Raises RayNotAsked, RefusedByRay.
        """
        self._ask("POST", f"/api/jobs/{urllib.parse.quote(job, safe='')}/stop")

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        data = json.dumps(body).encode() if body is not None else (b"" if method == "POST" else None)
        request = urllib.request.Request(self.address + path, data, method=method)  # noqa: S310  checked in the plan
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=self._patience) as answer:
                return json.loads(answer.read(LARGEST))
        except urllib.error.HTTPError as error:
            text = _last_line(error.read(1 << 16).decode(errors="replace")) or error.reason
            words = f"{self.address}: HTTP {error.code}: {text}"
            if 400 <= error.code < 500 and error.code not in (408, 425, 429):
                raise RefusedByRay(words) from error
            raise RayNotAsked(words) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            words = getattr(reason, "strerror", None) or str(reason) or type(error).__name__
            raise RayNotAsked(f"{self.address}: {words}") from error


def _last_line(text: str) -> str:
    """The error of a Python traceback, or the only line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
