"""MLflow's REST interface by the standard library: one request, one answer, five seconds.

https://mlflow.org/docs/latest/api_reference/rest-api.html; seen with mlflow 3.17.2. Credentials come from the variables
that MLflow's own client reads. No text of this module has a URL's password or a token in it.
"""

from __future__ import annotations

import base64
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

import msgspec

from autotrain_tui.trackers.target import TargetDownError

__all__ = ["MlflowError", "MlflowRest", "NoAnswerError"]

SECONDS, MOST_SECONDS = 5.0, 60.0
"""For a request; doubled after each that had no answer, so that a slow server gets its points too."""
_LARGEST_ANSWER = 8 << 20
_BROKEN = "the connection ended within the answer"


class NoAnswerError(TargetDownError):
    """No answer in time: a smaller request may have one."""


class MlflowError(Exception):
    """The server has answered that it will not do it: `status`, MLflow's `code`, and its words."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(f"answered {status} {code}: {words}"[:400])
        self.status, self.code = status, code


def _opener() -> urllib.request.OpenerDirector:
    """Requests by way of the environment's proxies, without redirects: points, and perhaps a token, would go to a host
    that nobody named.
    """
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


class MlflowRest:
    """A server. Each call raises TargetDownError if there is no answer, a broken one, or one such as 401, 429, 500."""

    def __init__(self, uri: str, environ: Mapping[str, str] = os.environ, seconds: float = SECONDS) -> None:
        self._base = f"{uri}/api/2.0/mlflow/"
        self._seconds = seconds
        self._opener = _opener()
        self._headers = {"Content-Type": "application/json", **_credentials(environ)}

    def get(self, path: str) -> dict[str, Any]:
        """A question. Raises MlflowError."""
        return self._within(path, None)

    def post(self, path: str, body: object) -> dict[str, Any]:
        """A request with a body. Raises MlflowError."""
        return self._within(path, msgspec.json.encode(body))

    def _within(self, path: str, body: bytes | None) -> dict[str, Any]:
        """The answer, if it is whole in time: a look-up of a name and a slow answer heed no timeout of a socket."""
        answers: list[dict[str, Any] | Exception] = []

        def ask() -> None:
            try:
                answers.append(self._ask(path, body))
            except Exception as error:  # noqa: BLE001  raised below, in the caller's thread
                answers.append(error)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self._seconds)
        if not answers or (isinstance(answers[0], TimeoutError) and answers[0].errno is None):
            waited, self._seconds = self._seconds, min(MOST_SECONDS, 2 * self._seconds)
            raise NoAnswerError(f"no answer within {waited:g} s")
        if isinstance(answers[0], TimeoutError):
            raise TargetDownError(_reason(answers[0]))
        if isinstance(answers[0], Exception):
            raise answers[0]
        return answers[0]

    def _ask(self, path: str, body: bytes | None) -> dict[str, Any]:
        request = urllib.request.Request(self._base + path, data=body, headers=self._headers)  # noqa: S310  the plan's reader lets only http and https come here
        try:
            with self._opener.open(request, timeout=self._seconds + 1) as response:
                data = response.read(_LARGEST_ANSWER)
                if response.length:
                    raise TargetDownError(_BROKEN)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from None
        except (HTTPException, OSError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, TimeoutError):
                raise reason from None
            raise TargetDownError(_reason(reason)) from None
        try:
            found = msgspec.json.decode(data or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError):
            found = None
        if not isinstance(found, dict):
            raise TargetDownError("the answer is not that of an MLflow server: it is no JSON object")
        return found


def _credentials(environ: Mapping[str, str]) -> dict[str, str]:
    token, user = environ.get("MLFLOW_TRACKING_TOKEN"), environ.get("MLFLOW_TRACKING_USERNAME")
    if user:
        pair = f"{user}:{environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"} if token else {}


def _refusal(error: urllib.error.HTTPError) -> Exception:
    """What an answer that is no success means."""
    status = error.code
    if 300 <= status < 400:
        return TargetDownError(f"answered {status}: the server has moved; change its uri")
    if status in {401, 403}:
        return TargetDownError(
            f"answered {status}: it wants other credentials (MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD), or does not serve this host name"
        )
    if status >= 500 or status in {408, 425, 429}:
        return TargetDownError(f"answered {status}")
    try:
        data = error.read(_LARGEST_ANSWER)
        if getattr(error.fp, "length", 0):
            return TargetDownError(_BROKEN)
        answer = msgspec.json.decode(data)
        return MlflowError(status, str(answer["error_code"]), str(answer.get("message", "")))
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError, OSError, HTTPException):
        return TargetDownError(f"answered {status}, and not as an MLflow server does")


def _reason(error: object) -> str:
    """The kind of a failure; no text of a library but the system's own."""
    if isinstance(error, HTTPException):
        return _BROKEN
    if isinstance(error, OSError) and error.strerror:
        return f"no connection: {error.strerror}"
    return f"no connection ({type(error).__name__})"
