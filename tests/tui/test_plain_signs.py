"""Signs for terminals that are not UTF-8."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.color import Color

from autotrain_tui.tui.app import HomeApp
from autotrain_tui.tui.ascii_filter import PlainSigns, plain_signs
from autotrain_tui.tui.model.encoding import is_plain
from autotrain_tui.tui.model.labels import STAGES


def test_states_stay_apart_in_ascii():
    """Every sign of a state has the letter of its own that the screens' rules give it."""
    letters = {style.word: plain_signs(style.sign) for style in STAGES.values()}
    assert letters == {
        "pending": ".",
        "held": "=",
        "starting": ">",
        "running": ">",
        "frozen": "*",
        "pausing": '"',
        "paused": '"',
        "stopping": "#",
        "succeeded": "+",
        "failed": "x",
        "skipped": "-",
        "stopped": "#",
        "lost": "?",
        "imported": "v",
    }


@pytest.mark.parametrize("text", ["╭─ Stages ─╮", "▕███▏ 28 %", "⣀⡠⠤⠒⠊", "▗▛▀▙", "Ж 漢字 👍", "71 °C ±0:40 …", ""])
def test_every_text_becomes_ascii_of_the_same_width(text):
    """Whatever is drawn is ASCII afterwards and takes the cells it took before."""
    plain = plain_signs(text)
    assert plain.isascii()
    assert len(plain) == cell_len(text)


def test_styles_stay():
    """A line keeps its styles."""
    style = Style(bold=True)
    assert PlainSigns().apply([Segment("✓ ", style), Segment("ok")], Color(0, 0, 0)) == [
        Segment("+ ", style),
        Segment("ok"),
    ]


@pytest.mark.parametrize(
    ("environment", "plain"),
    [
        ({}, False),
        ({"LANG": "C"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),  # what Python makes of LANG=C
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "C", "LC_ALL": "en_US.utf8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LANG": "en_US.UTF-8", "LC_CTYPE": "UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8"}, False),
    ],
)
def test_the_environment_says_what_the_terminal_takes(environment, plain):
    """The locale's variables decide in their order; without any the terminal is taken for UTF-8."""
    assert is_plain(environment) is plain


def test_a_row_is_made_plain_once(tmp_path, monkeypatch):
    """The filter is the same object each time a row is drawn: a row remembers by it what became of it."""
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr(HomeApp, "is_headless", False)
    app = HomeApp(None, tmp_path, None)
    first, again = app.get_line_filters(), app.get_line_filters()
    assert any(isinstance(each, PlainSigns) for each in first)
    assert first == again


@pytest.mark.parametrize(("locale", "shown"), [("C", ["enter", "up", "left"]), ("C.UTF-8", ["⏎", "↑", "←"])])
def test_keys_are_words_where_their_signs_would_mislead(tmp_path, monkeypatch, locale, shown):
    """In ASCII an arrow upwards would be the sign of Ctrl, and one downwards a letter."""
    monkeypatch.setenv("LC_ALL", locale)
    app = HomeApp(None, tmp_path, None)
    assert [app.get_key_display(Binding(key, "x")) for key in ("enter", "up", "left")] == shown
