"""Delivery of one message to one URL: three tries of at most ten seconds each, by the standard library.

No text of this module has the URL: it is a secret. A redirect is refused, because it would send the message, and the
URL's token, to a host that nobody named, and urllib would make it a GET without a body.
"""

from __future__ import annotations

import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, InvalidURL
from typing import IO

from autotrain_tui.notify.message import Message
from autotrain_tui.notify.message_forms import form_of, http_post

__all__ = ["TRIES", "TRY_SECONDS", "Delivered", "deliver"]

TRIES = 3
TRY_SECONDS = 10.0
PAUSES = (1.0, 3.0)
"""Seconds between the tries."""

_WORTH_ANOTHER_TRY = {408, 425, 429}
"""Statuses under 500 that say "later"; others of 400 to 499 say that the request is wrong, and will say it again."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a message: `answer` is one sentence without any part of the URL."""

    good: bool
    form: str
    answer: str
    tries: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Answer:
    good: bool
    text: str
    final: bool


def deliver(url: str, message: Message, *, try_seconds: float = TRY_SECONDS) -> Delivered:
    """Send it; returns after at most three tries and their pauses. Raises nothing."""
    form = form_of(url)
    began = time.monotonic()
    if not form:
        return Delivered(good=False, form="none", answer="its value is not a URL", tries=0, seconds=0.0)
    send = _send_by_apprise if form == "apprise" else _post
    answer = _Answer(good=False, text="", final=False)
    tried = 0
    for pause in (*PAUSES, None):
        tried += 1
        answer = _within(lambda: send(url, message, try_seconds), try_seconds)
        if answer.good or answer.final or pause is None:
            break
        time.sleep(pause)
    return Delivered(answer.good, form, answer.text, tried, round(time.monotonic() - began, 3))


def _within(send: Callable[[], _Answer], seconds: float) -> _Answer:
    """The answer, or that there was none in time. A name look-up and a server that sends a byte now and then heed no
    timeout of a socket; the thread is left behind, and ends with the process.
    """
    answers: list[_Answer] = []

    def act() -> None:
        try:
            answers.append(send())
        except Exception as error:  # noqa: BLE001  a plugin of apprise may raise anything, and a traceback has the URL
            answers.append(_Answer(good=False, text=f"could not be sent ({type(error).__name__})", final=False))

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else _Answer(good=False, text=f"no answer within {seconds:g} s", final=False)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes a redirect an error."""

    def redirect_request(  # noqa: PLR0917  the signature of urllib
        self,
        req: urllib.request.Request,  # noqa: ARG002  the signature of urllib
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        return None


def _post(url: str, message: Message, seconds: float) -> _Answer:
    try:
        post = http_post(url, message)
        request = urllib.request.Request(post.url, data=post.body, headers=dict(post.headers), method="POST")  # noqa: S310  form_of lets only http and https come here
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=seconds) as response:
            return _Answer(good=True, text=f"answered {response.status}", final=True)
    except urllib.error.HTTPError as error:
        with error:
            final = error.code < 500 and error.code not in _WORTH_ANOTHER_TRY
            return _Answer(good=False, text=f"answered {error.code} {_phrase(error.code)}".rstrip(), final=final)
    except urllib.error.URLError as error:
        return _Answer(good=False, text=_reason(error.reason), final=False)
    except (InvalidURL, ValueError):  # UnicodeError too is a ValueError
        return _Answer(good=False, text="its value is not a URL that can be requested", final=True)
    except (HTTPException, OSError) as error:
        return _Answer(good=False, text=_reason(error), final=False)


def _phrase(code: int) -> str:
    """The standard's words for a status: a server's own could repeat the URL."""
    from http import HTTPStatus

    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


def _reason(error: object) -> str:
    """The kind of a failure; no text of a library, which may have the URL in it, but for the system's own."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror and not error.filename:
        return f"no connection: {error.strerror}"
    if isinstance(error, HTTPException):
        return f"the connection ended within the answer ({type(error).__name__})"
    return f"no connection ({type(error).__name__})"


def _send_by_apprise(url: str, message: Message, _seconds: float) -> _Answer:
    try:
        import apprise  # an extra, and slow to import
    except ImportError:
        text = "this kind of URL needs apprise; install it with: pip install 'autotrain-tui[notify]'"
        return _Answer(good=False, text=text, final=True)
    body = "\n".join(part for part in (message.text, *message.lines, message.link) if part)
    with _nothing_logged():
        sender = apprise.Apprise()
        if not sender.add(url):
            return _Answer(good=False, text="apprise does not know this kind of URL", final=True)
        # since 2.3 an object comes back whose truth says whether all went well
        if not sender.notify(title=message.title, body=body):
            return _Answer(good=False, text="apprise could not deliver it", final=False)
    return _Answer(good=True, text="delivered by apprise", final=True)


@contextmanager
def _nothing_logged() -> Iterator[None]:
    """No library logs anything: the messages of apprise, and of what it uses, have URLs."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
