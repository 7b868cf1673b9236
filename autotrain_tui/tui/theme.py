"""The two themes of this program, and values of its own variables for every other theme.

Hues: Okabe and Ito's colour-blind-safe palette for curves (https://jfly.uni-koeln.de/color/), lightened for dark ground
and darkened for light; states differ in brightness too, and always carry a sign and a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.color import Color
from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["DARK", "LIGHT", "OURS", "defaults", "theme_name"]

_DARK_CURVES = ("#56b4e9", "#f0a830", "#3fc79a", "#e88fc0", "#f0e442", "#ff8552", "#a99cf5")
_NAMED_CURVES = ("cyan", "yellow", "green", "magenta", "blue", "red", "white")
_LIGHT_CURVES = ("#0a6cb8", "#b86e00", "#00805c", "#a8457f", "#7a6f00", "#c04a00", "#5d4bc4")


_BAND = 0.5
"""How much of a curve's colour its band has; the rest is the background's."""


def _curves(colours: tuple[str, ...], background: str) -> dict[str, str]:
    """The curves' colours, and those of the bands between their lowest and highest values."""
    ground = Color.parse(background)
    bands = {f"band-{at}": ground.blend(Color.parse(colour), _BAND).hex for at, colour in enumerate(colours, 1)}
    return {f"curve-{at}": colour for at, colour in enumerate(colours, 1)} | bands


DARK = Theme(
    name="autotrain-dark",
    primary="#4fb6f2",
    secondary="#8a9cf0",
    accent="#4fc3f7",
    success="#5bd38d",
    warning="#f5b54a",
    error="#ff6f6b",
    foreground="#d5dbe3",
    background="#0d1016",
    surface="#141922",
    panel="#1b222e",
    dark=True,
    variables={
        "muted": "#8492a6",
        "faint": "#56637a",
        "frame": "#34415a",
        "frame-lit": "#38455f",
        "gauge": "#6fa8d6",
        "track": "#1d2634",
        "cursor": "#22344c",
        "cursor-off": "#1a2331",
        "border": "#4fc3f7",
        "border-blurred": "#34415a",
        "block-cursor-background": "#22344c",
        "block-cursor-foreground": "#ffffff",
        "input-selection-background": "#4fc3f7 35%",
        "scrollbar": "#34415a",
        "scrollbar-background": "#161c26",
        **_curves(_DARK_CURVES, "#0d1016"),
    },
)

LIGHT = Theme(
    name="autotrain-light",
    primary="#0b66b8",
    secondary="#5a55c4",
    accent="#0a6cc4",
    success="#18793a",
    warning="#955d00",
    error="#c4232b",
    foreground="#1f2730",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e8e5dd",
    dark=False,
    variables={
        "muted": "#5f6975",
        "faint": "#98a0aa",
        "frame": "#c4c6c6",
        "frame-lit": "#bfc2c3",
        "gauge": "#3d7fb5",
        "track": "#e4e1d8",
        "cursor": "#d6e6f5",
        "cursor-off": "#ebeae6",
        "border": "#0a6cc4",
        "border-blurred": "#c4c6c6",
        "block-cursor-background": "#d6e6f5",
        "block-cursor-foreground": "#101820",
        "input-selection-background": "#0a6cc4 30%",
        "scrollbar": "#c4c6c6",
        "scrollbar-background": "#f3f1ec",
        **_curves(_LIGHT_CURVES, "#fbfaf7"),
    },
)


OURS = {theme.name: theme for theme in (DARK, LIGHT)}


def theme_name(wanted: str, known: Collection[str]) -> str:
    """The theme that AUTOTRAIN_THEME names (`light`, `dark` or a theme's own name); the dark one for anything else."""
    word = wanted.strip().lower()
    name = {"light": LIGHT.name, "dark": DARK.name}.get(word, word)
    return name if name in known else DARK.name


def _veiled(colour: str, share: float) -> str:
    """The colour with an opacity, as `#rrggbbaa`: only style sheets understand `#rrggbb 65%`, and a token
    read by `Style.parse` would be the whole colour.
    """
    return Color.parse(colour).with_alpha(share).hex


def defaults(theme: Theme) -> Mapping[str, str]:
    """Values of our own variables for a theme without them, made from the colours that every theme has."""
    if theme.name in ("textual-ansi", "ansi-dark", "ansi-light"):
        return {
            "muted": "ansi_bright_black",
            "faint": "ansi_bright_black",
            "frame": "ansi_bright_black",
            "frame-lit": "ansi_bright_black",
            "gauge": "ansi_cyan",
            "track": "ansi_default",
            "cursor": "ansi_blue",
            "cursor-off": "ansi_default",
            **{f"curve-{at}": f"ansi_{name}" for at, name in enumerate(_NAMED_CURVES, 1)},
            **{f"band-{at}": "ansi_bright_black" for at in range(1, len(_NAMED_CURVES) + 1)},
        }
    foreground = theme.foreground or ("#e0e0e0" if theme.dark else "#202020")
    return {
        "muted": _veiled(foreground, 0.65),
        "faint": _veiled(foreground, 0.40),
        "frame": _veiled(foreground, 0.25),
        "frame-lit": _veiled(foreground, 0.27),
        "gauge": theme.primary,
        "track": _veiled(foreground, 0.10),
        "cursor": _veiled(theme.primary, 0.25),
        "cursor-off": _veiled(foreground, 0.06),
        **_curves(
            _DARK_CURVES if theme.dark else _LIGHT_CURVES, theme.background or ("#121212" if theme.dark else "#efefef")
        ),
    }
