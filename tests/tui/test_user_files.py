"""A person's own keys and themes, and a screen that may only be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.tui.model.user_files import config_folder, read_keys, read_themes
from autotrain_tui.tui.panes.header import Header
from autotrain_tui.tui.screens.run.screen import RunScreen
from autotrain_tui.tui.themed_app import _is_colour
from tests.tui.conftest import settle
from tests.tui.test_run_screen import shown, text_of


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the person's own files."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config" / "autotrain-tui"
    (folder / "themes").mkdir(parents=True)
    return folder


def test_the_folder_follows_the_environment(config: Path) -> None:
    """XDG_CONFIG_HOME, if it is an absolute path."""
    assert config_folder({"XDG_CONFIG_HOME": str(config.parent)}) == config
    assert config_folder({"XDG_CONFIG_HOME": "here"}) == Path("~/.config/autotrain-tui").expanduser()


def test_what_is_wrong_in_a_file_is_told(config: Path) -> None:
    """A file that is no TOML, a key that is no text, an unknown colour: a sentence each, and the rest is used."""
    assert read_keys(config) == ({}, [])
    (config / "keys.toml").write_text('"session.pause" = "f2"\n"run.zoom" = ["f3", "Z"]\n"app.help" = 3\n')
    keys, problems = read_keys(config)
    assert keys == {"session.pause": "f2", "run.zoom": "f3,Z"}
    assert len(problems) == 1
    assert "app.help: expected a key" in problems[0]
    (config / "keys.toml").write_text("= 3")
    assert read_keys(config)[0] == {}
    assert "keys.toml" in read_keys(config)[1][0]
    (config / "themes" / "sea.toml").write_text('primary = "#0088cc"\ndark = false\n[variables]\nmuted = "#667788"\n')
    (config / "themes" / "bad.toml").write_text('primary = "no colour"\n')
    (config / "themes" / "odd.toml").write_text('primary = "#fff"\nshiny = "#fff"\n')
    themes, wrong = read_themes(config, _is_colour)
    assert [(each.name, each.dark) for each in themes] == [("sea", False)]
    assert ["bad.toml" in wrong[0], "unknown shiny" in wrong[1]] == [True, True]


async def test_own_keys_and_themes_are_used(open_app, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of the file does what its action does, a taken key is told, and AUTOTRAIN_THEME names a file's theme."""
    (config / "keys.toml").write_text('"run.zoom" = "f9"\n"run.tiles" = "p"\n')
    (config / "themes" / "sea.toml").write_text('primary = "#0088cc"\nbackground = "#001020"\n')
    monkeypatch.setenv("AUTOTRAIN_THEME", "sea")
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert app.theme == "sea"
        assert "f9" in app.screen.active_bindings
        assert "z" not in app.screen.active_bindings
        await pilot.press("f9")
        await settle(pilot, lambda: app.screen.maximized is not None)
        await pilot.press("f9")
        await settle(pilot, lambda: any("p (run.tiles) is also the key of Pause" in each.text for each in app.notices))


async def test_a_read_only_screen_offers_no_act(open_app) -> None:
    """No key of the session is there, the header says so, and modes and curves work as ever."""
    app = open_app("running")
    app.read_only = True
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert isinstance(app.screen, RunScreen)
        assert "read-only" in text_of(app.screen.query_one(Header))
        assert not [
            key for key, active in app.screen.active_bindings.items() if active.binding.action.startswith("act(")
        ]
        await pilot.press("x", "p", "X")
        assert app.screen is app.mode_screen, "nothing is asked"
        await pilot.press("3", "4", "2")
        await settle(pilot, lambda: app.mode_screen.MODE == "metrics")
        await pilot.press("q")
        await settle(pilot, lambda: app.screen is not app.mode_screen)
        assert [choice.name for choice in app.screen.choices.choices] == ["detach", "cancel"]
