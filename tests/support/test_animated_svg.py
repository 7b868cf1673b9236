"""The recording of the README: small, well-formed, and made of rows that are each drawn once."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.style import Style

from tests.support.animated_svg import Frame, animated_svg, span

RECORDING = Path(__file__).parents[2] / "docs" / "images" / "recording.svg"
SVG = "{http://www.w3.org/2000/svg}"


def test_the_recording_is_small_and_shown() -> None:
    """It is an SVG under 1 MB without anything from outside, and the README shows it."""
    text = RECORDING.read_text(encoding="utf-8")
    assert len(text.encode()) < 1_000_000
    ET.fromstring(text)
    assert set(re.findall(r"https?://[^\"]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "docs/images/recording.svg" in (RECORDING.parents[2] / "README.md").read_text(encoding="utf-8")


def test_a_row_is_drawn_once_and_each_frame_has_its_time() -> None:
    """Rows that look alike are one drawing; the animation goes to each frame when those before it have passed."""
    still, moved = (span("a <b>", Style(color="#ff0000")),), (span("⣀█─", None),)
    drawing = animated_svg([Frame((still, moved), 1.0), Frame((still, still), 3.0)], 5, ("#fff", "#000"), "title")
    root = ET.fromstring(drawing)
    assert len(root.findall(f"{SVG}defs/{SVG}g")) == 2
    assert [use.get("href") for use in root.iter(f"{SVG}use")] == ["#r0", "#r1", "#r0", "#r0"]
    assert "0.000%{transform:translateY(0px)}25.000%{transform:translateY(-34px)}" in drawing
    assert "film 4.0s" in drawing
    assert [text.text for text in root.iter(f"{SVG}text")] == ["a <b>"]
    path = next(root.iter(f"{SVG}path")).get("d")
    assert path == "M1 14h2v2h-2zM5 14h2v2h-2zM8 0h8v17h-8zM16 8h8v1h-8z"
