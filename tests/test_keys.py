"""The names of keys: what docs/keys.md lists is what there is."""

from __future__ import annotations

from tests import key_table


def test_the_documented_keys_are_the_keys() -> None:
    """docs/keys.md has every binding with its name; `python -m tests.key_table` writes it."""
    assert key_table.documented() == key_table.rows()


def test_every_key_has_a_name() -> None:
    """A binding without a name could not be given another key; a name means one thing wherever it is bound."""
    texts: dict[str, set[str]] = {}
    for binding in key_table.bindings():
        texts.setdefault(str(binding.id), set()).add(binding.tooltip or binding.description)
    assert len(texts) > 100
    assert {name: found for name, found in texts.items() if len(found) > 1} == {}
