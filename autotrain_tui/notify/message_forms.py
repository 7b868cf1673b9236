"""The form of a message for the service behind a URL: pure, a URL and a message give what is posted where.

Forms as of 2026: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (text, three characters
escaped), https://docs.discord.com/developers/resources/webhook#execute-webhook (content, at most 2000 characters),
https://docs.ntfy.sh/publish/#publish-as-json (JSON goes to the root; a message over 4,096 bytes becomes a file).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from autotrain_tui import __version__
from autotrain_tui.notify.message import Message

__all__ = ["HttpPost", "form_of", "http_post"]

SLACK_CHARACTERS = 3500
DISCORD_CHARACTERS = 2000
NTFY_BYTES = 4000

_NTFY_PRIORITY = {"finished": 3, "test": 3}
_NTFY_TAGS = {"failed": "x", "lost": "grey_question", "stall": "hourglass", "nan": "warning", "test": "bell"}


@dataclass(frozen=True, slots=True)
class HttpPost:
    """A POST request. `url` and `headers` may hold secrets."""

    form: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def form_of(url: str) -> str:
    """`Slack`, `Discord`, `ntfy`, `JSON`, `apprise` for other schemes, or "" for what is not a URL."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        _ = parts.port  # raises for what is no number
    except ValueError:
        return ""
    if not parts.scheme or "://" not in url:
        return ""
    if parts.scheme not in {"http", "https"}:
        return "apprise"
    if not host:
        return ""
    if host == "hooks.slack.com" or host.endswith((".slack.com", ".slack-gov.com")):
        return "Slack"
    if host.removeprefix("ptb.").removeprefix("canary.") in {"discord.com", "discordapp.com"}:
        return "Discord"
    if host == "ntfy.sh" or host.startswith("ntfy."):
        return "ntfy"
    return "JSON"


def http_post(url: str, message: Message) -> HttpPost:
    """The request for a URL of http or https."""
    form = form_of(url)
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    # an urllib request sends no user and password of its URL
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"autotrain-tui/{__version__}",  # Discord refuses the name that urllib gives itself
    }
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    path = parts.path
    match form:
        case "Slack":
            body: object = {"text": _cut(_escaped(_plain(message)), SLACK_CHARACTERS)}
        case "Discord":
            # a log line such as "@everyone" must call nobody
            body = {"content": _cut(_plain(message), DISCORD_CHARACTERS), "allowed_mentions": {"parse": []}}
        case "ntfy":
            path, _, topic = parts.path.rstrip("/").rpartition("/")
            path = f"{path}/"
            body = _ntfy(unquote(topic), message)
        case _:
            body = message
    target = urlunsplit((parts.scheme, netloc, path, parts.query, ""))
    return HttpPost(form, target, headers, msgspec.json.encode(body))


def _ntfy(topic: str, message: Message) -> dict[str, object]:
    text = "\n".join([message.text, *message.lines])
    cut = text.encode()[:NTFY_BYTES].decode(errors="ignore")
    tag = _NTFY_TAGS.get(message.kind, "white_check_mark" if message.state == "succeeded" else "stop_button")
    table: dict[str, object] = {"topic": topic, "title": message.title, "message": cut, "tags": [tag]}
    table["priority"] = _NTFY_PRIORITY.get(message.kind, 4)
    return {**table, "click": message.link} if message.link else table


def _plain(message: Message) -> str:
    """Title, text, link, then the last lines of the log as a block of code."""
    lines = [line.replace("```", "'''") for line in message.lines]
    block = ["```", *lines, "```"] if lines else []
    return "\n".join(part for part in (message.title, message.text, message.link, *block) if part)


def _escaped(text: str) -> str:
    """The three characters with a meaning in Slack's text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, longest: int) -> str:
    """At most `longest` characters; a block of code that is cut is closed."""
    if len(text) <= longest:
        return text
    return text[: longest - 5] + ("…\n```" if text.count("```", 0, longest - 5) % 2 else "…")
