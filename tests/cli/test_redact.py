"""Secrets are hidden in what leaves the machine."""

from __future__ import annotations

import pytest

from autotrain_tui.text.redact import redact, redact_all, redact_words


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("WANDB_API_KEY=0123456789abcdef", "0123456789abcdef"),
        ('{"token": "abc def"}', "abc"),
        ("--api-key sk1234567890abcdefgh", "sk1234567890abcdefgh"),
        ("train --api-key short", "short"),
        ('command = ["train", "--api-key", "short"]', "short"),
        ("password: hunter2", "hunter2"),
        ("http://me:pw@host/x", "me:pw"),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("ghp_" + "a" * 36, "a" * 36),
    ],
)
def test_secrets_are_hidden(text: str, hidden: str) -> None:
    """What is named like a secret or has a token's shape doesn't leave."""
    assert hidden not in redact(text)
    assert "[hidden]" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "tokens: 512",
        "max_tokens=512",
        "keys = 3 of 4",
        "monkey=banana",
        "step 10 loss 0.5 accuracy 0.9",
        "https://host/x",
        "tokenizer: bert-base-uncased",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    """Numbers of tokens and the like are no secrets."""
    assert redact(text) == text


def test_the_word_after_a_secret_flag_is_hidden() -> None:
    """In a list of words a flag's value is a word of its own."""
    words = ["train", "--api-key", "abc", "--lr", "0.1", "-k", "v", "--token", "--max-tokens", "5", "--hf-token=xyz"]
    assert redact_words(words) == [
        *["train", "--api-key", "[hidden]", "--lr", "0.1", "-k", "v", "--token", "--max-tokens", "5"],
        "--hf-token=[hidden]",
    ]


def test_values_under_secret_names_are_hidden_whole() -> None:
    """In a document the name decides."""
    assert redact_all({"params": {"HF_TOKEN": "a b c", "max_tokens": "5", "lr": 0.1}, "list": ["API_KEY=x1"]}) == {
        "params": {"HF_TOKEN": "[hidden]", "max_tokens": "5", "lr": 0.1},
        "list": ["API_KEY=[hidden]"],
    }
