"""Which words can be a session's id."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.session.records.notes import is_tag
from autotrain_tui.session.records.session_ids import is_session_name

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
TAG = re.compile(r"[^\s,#]{1,64}")


@given(st.text(st.sampled_from("aZ09_.-é² \n/"), max_size=12) | st.text(max_size=140))
def test_a_session_name_is_a_file_name_of_ascii(word: str) -> None:
    """Letters, digits, `_`, and after the first character `.` and `-`; at most 128 of them."""
    assert is_session_name(word) is (NAME.fullmatch(word) is not None)


@pytest.mark.parametrize(("length", "valid"), [(128, True), (129, False)])
def test_the_longest_name(length: int, valid: bool) -> None:
    """128 characters are a name, one more is none."""
    assert is_session_name("a" * length) is valid


@given(st.text(st.sampled_from("aé-#, \t\u00a0"), max_size=6) | st.text(max_size=70))
def test_a_tag_has_no_blank_comma_or_number_sign(word: str) -> None:
    """At most 64 characters that are printable."""
    assert is_tag(word) is (TAG.fullmatch(word) is not None and word.isprintable())
