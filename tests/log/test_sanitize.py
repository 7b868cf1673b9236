"""What passes from a stage's bytes to a terminal."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from autotrain_tui.text.ansi import TRUE_COLOUR, SgrStyle, apply_sgr, encode_sgr
from autotrain_tui.text.escape_filter import LINE_LIMIT, Span, Styled, TerminalText, for_terminal, size_text, styled
from autotrain_tui.text.sanitize import sanitize
from tests.log.hostile import EVERYTHING, FAMILIES, faults

OWN_SGR = re.compile(r"\x1b\[[0-9;]*m")
PIECES = st.one_of(st.binary(max_size=30), st.text(max_size=20).map(lambda t: t.encode("utf-8", "surrogatepass")))
NASTY = st.lists(st.one_of(PIECES, st.sampled_from([*FAMILIES.values(), b"\n", b"\r", b"\b", b"\x1b[", b"\t"]))).map(
    b"".join
)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_of_attack_passes(family: str) -> None:
    """Each family of hostile bytes comes out as printable text only."""
    assert faults(sanitize(FAMILIES[family])) == []
    assert faults(OWN_SGR.sub("", for_terminal(FAMILIES[family], colour=True))) == []


@given(NASTY)
def test_whatever_comes_in_only_printable_text_goes_out(data: bytes) -> None:
    """No byte string brings a control, bidi or format character through, with colour or without."""
    assert faults(sanitize(data)) == []
    assert faults(for_terminal(data, colour=False)) == []
    assert faults(OWN_SGR.sub("", for_terminal(data, colour=True))) == []
    assert OWN_SGR.sub("", for_terminal(data, colour=True)) == for_terminal(data, colour=False)


@given(st.text())
def test_names_and_errors_come_out_printable_too(text: str) -> None:
    """A text (a metric's or a file's name) is reduced as bytes are."""
    assert faults(sanitize(text)) == []


@given(NASTY, st.lists(st.integers(0, 200)))
def test_pieces_make_no_difference(data: bytes, cuts: list[int]) -> None:
    """However the bytes are cut on their way, the same text comes out."""
    gate, out, at = TerminalText(colour=True), [], 0
    for cut in sorted(cuts):
        out.append(gate.feed(data[at:cut]))
        at = max(at, cut)
    out += [gate.feed(data[at:]), gate.flush()]
    assert "".join(out) == for_terminal(data, colour=True)


@given(NASTY)
def test_cleaning_twice_changes_nothing(data: bytes) -> None:
    """What came out once comes out again unchanged."""
    once = sanitize(data)
    assert sanitize(once) == once


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"10%\r50%\r100%\n", "100%"),
        (b"100% done\r", "100% done"),
        (b"text\r\n", "text"),
        (b"downloading 12 MB\rdone", "done"),
        (b"bar 100%\r          \rnext", "next"),
        (b"text\r\x1b[K", ""),
        (b"\x1b[2Kfresh", "fresh"),
        (b"1/3\b\b\b2/3\b\b\b3/3", "3/3"),
        (b"12345\b\b\b\b\bab\x1b[K", "ab"),
        (b"ab\x1b[2Ccd\x1b[1Gx", "xb  cd"),
        (b"a\tb", "a       b"),
        ("ё\t字\tx".encode(), "ё       字      x"),
        (b"\xd0\xb6\xff", "ж\ufffd"),
        (b"nul\0s", "nuls"),
        ("e\u0301".encode(), "e\u0301"),
        ("\u0301start".encode(), "start"),
        (b"\x1b]0;t\x07kept", "kept"),
        (b"\x1b]0;never ends", "0;never ends"),
    ],
)
def test_a_line_reads_as_its_last_state(data: bytes, text: str) -> None:
    """Carriage returns, backspaces, erasures and tabs act within the line."""
    assert styled(data.rstrip(b"\n")).text.rstrip() == text


def test_keras_bars_leave_one_state() -> None:
    """A Keras bar (colours, a CR, a run of backspaces) is one line with its last figures."""
    bar = b"".join(
        b"\b" * 75 + b"\r\x1b[1m%2d/43\x1b[0m \x1b[37m----\x1b[0m loss: %.4f" % (i, 1 / i) for i in range(1, 44)
    )
    assert styled(bar).text == "43/43 ---- loss: 0.0233"


def test_attributes_become_spans_over_the_text() -> None:
    """SGR is parsed: runs of text with their attributes, nothing of the sequences."""
    assert styled(b"a\x1b[1;31mred\x1b[0mb\x1b[38;2;1;2;3mt") == Styled(
        "aredbt",
        (Span(1, 4, SgrStyle(foreground=1, bold=True)), Span(5, 6, SgrStyle(foreground=TRUE_COLOUR + 0x010203))),
    )


@given(
    st.builds(
        SgrStyle,
        *[st.one_of(st.none(), st.integers(0, 255), st.integers(0, 0xFFFFFF).map(TRUE_COLOUR.__add__))] * 2,
        *[st.booleans()] * 6,
    )
)
def test_attributes_survive_being_written_and_read(style: SgrStyle) -> None:
    """What we write for a style, we read back as that style."""
    assert apply_sgr(SgrStyle(), encode_sgr(style)[2:-1]) == style


def test_concealed_and_blinking_text_is_plain_text() -> None:
    """Attributes that hide or disturb are not passed on."""
    assert styled(b"\x1b[5;8mhidden").spans == ()
    assert for_terminal(b"\x1b[5;8;53mhidden\x1b[>4;2m", colour=True) == "hidden"


def test_a_long_line_is_cut_and_says_its_size() -> None:
    """A line over the limit is its head and its true size."""
    text = styled(b"x" * LINE_LIMIT * 2, size=2**30).text
    assert text.endswith("x… 1.0 GiB line cut")
    assert len(text) < LINE_LIMIT + 40


def test_a_long_redrawn_line_shows_its_last_state() -> None:
    """Hours of a progress bar in one line end as its last redraw, not as a cut."""
    bar = b"".join(b"\r%5d/9999" % i for i in range(9999))
    assert styled(bar).text == " 9998/9999"
    assert for_terminal(bar * 20, colour=False) == " 9998/9999"


def test_a_hole_of_nul_bytes_does_not_hide_what_follows() -> None:
    """A log truncated under its writer begins with NULs: what comes after them is shown."""
    assert "after" in styled(b"\0" * LINE_LIMIT * 3 + b"after").text


def test_a_gigabyte_line_is_held_in_a_few_pages() -> None:
    """A stream without newlines keeps only what it will show."""
    gate = TerminalText(colour=False)
    block = b"y" * 2**20
    for _ in range(64):
        assert gate.feed(block) == ""
    assert len(gate._held) <= 4 * LINE_LIMIT + len(block)
    assert gate.flush().endswith("64.0 MiB line cut")


def test_wide_and_marked_text_keeps_its_width() -> None:
    """Cyrillic, CJK and emoji keep their cells; a pile of marks becomes a few."""
    assert sanitize("Привет 世界 🚀") == "Привет 世界 🚀"
    assert cell_len(sanitize("世界🚀")) == 6
    assert len(sanitize("a" + "\u0301" * 1000)) == 5


def test_sizes_read_with_their_units() -> None:
    """Bytes are whole, larger sizes have one decimal."""
    assert [size_text(n) for n in (0, 1023, 1024, 1258291, 2**30, 2**40)] == [
        "0 B", "1023 B", "1.0 KiB", "1.2 MiB", "1.0 GiB", "1.0 TiB",
    ]  # fmt: skip


def test_hostile_input_costs_no_quadratic_time() -> None:
    """A line full of unfinished introducers is read in one pass: ten times the input takes about ten times the steps."""
    for unit in (b"\x1bP", "\x9d".encode(), b"\x1b]", b"\x1b[", b"\t", b"\r", b"\b", "\u0301".encode()):
        assert faults(sanitize(unit * LINE_LIMIT)) == []
        assert faults(for_terminal(unit * 2**20, colour=True)) == []


def test_newlines_stay_where_asked() -> None:
    """A text of several lines keeps its lines only where the caller wants them."""
    assert sanitize("a\n\x1bb") == "a "
    assert sanitize("a\nb", newlines=True) == "a\nb"
    assert faults(for_terminal(EVERYTHING, colour=False)) == []


@pytest.mark.process
def test_the_gate_needs_no_screen_library() -> None:
    """Importing and using it on ASCII loads neither textual nor rich."""
    code = (
        "import sys; from autotrain_tui.text.sanitize import sanitize; sanitize(b'\\x1b[1mx\\ty');"
        "sys.exit(any(name.split('.')[0] in ('textual', 'rich') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
