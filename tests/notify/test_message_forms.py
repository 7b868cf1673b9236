"""The form of a message by the host of its URL."""

from __future__ import annotations

import json

import pytest

from autotrain_tui.notify.message import Message
from autotrain_tui.notify.message_forms import form_of, http_post

MESSAGE = Message(kind="failed", title="t: stage a failed", text="<b> & c", session="s", plan="t", lines=("@everyone",))


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://hooks.slack.com/services/T/B/x", "Slack"),
        ("https://discord.com/api/webhooks/1/x", "Discord"),
        ("https://ptb.discordapp.com/api/webhooks/1/x", "Discord"),
        ("https://ntfy.sh/topic", "ntfy"),
        ("https://ntfy.example.org/a/topic", "ntfy"),
        ("https://hooks.slack.com.evil.org/x", "JSON"),
        ("http://127.0.0.1:8000/x", "JSON"),
        ("mailto://user:pass@example.org", "apprise"),
        ("hooks.slack.com/x", ""),
        ("http://", ""),
        ("http://x:port/", ""),
    ],
)
def test_the_host_decides_the_form(url: str, form: str) -> None:
    """Each service is known by its host; an address that only begins like one gets our own JSON."""
    assert form_of(url) == form


def test_each_form_has_its_body() -> None:
    """Slack escapes, Discord mentions nobody, ntfy goes to the root with its topic, others get every field."""
    slack = json.loads(http_post("https://hooks.slack.com/x", MESSAGE).body)
    assert list(slack) == ["text"]
    assert "&lt;b&gt; &amp; c" in slack["text"]
    discord = json.loads(http_post("https://discord.com/api/webhooks/1/x", MESSAGE).body)
    assert "stage a failed" in discord["content"]
    assert discord["allowed_mentions"] == {"parse": []}
    ntfy = http_post("https://me:pw@ntfy.example.org/a/top", MESSAGE)
    assert ntfy.url == "https://ntfy.example.org/a/"
    assert ntfy.headers["Authorization"] == "Basic bWU6cHc="
    assert json.loads(ntfy.body)["topic"] == "top"
    ours = json.loads(http_post("http://127.0.0.1/x?k=1", MESSAGE).body)
    assert {
        "kind",
        "session",
        "plan",
        "stage",
        "attempt",
        "state",
        "reason",
        "host",
        "elapsed",
        "metric",
        "lines",
    } <= set(ours)
