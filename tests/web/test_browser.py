"""The page in a real browser: log-in, live updates, widths, hostile text, keyboard, without a script."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autotrain_tui.session.journal.events import (
    Alert,
    StageAdded,
    StageDefinition,
    StageHeld,
    StageReleased,
    SweepEnded,
)
from tests.cli.project import until
from tests.tui.search_sessions import make_search
from tests.tui.sessions import append
from tests.web.server import Server

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
CHROMIUM = "/usr/bin/chromium"
pytestmark = [
    pytest.mark.service,
    pytest.mark.process,
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason=f"{CHROMIUM} is missing: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the module."""
    made = Server(tmp_path_factory.mktemp("web"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for the module."""
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def visit(server: Server, browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages, logged in; afterwards no page has had an error, and nothing was asked of another host."""
    errors: list[str] = []
    requests: list[str] = []
    contexts: list[Any] = []

    def open_page(path: str = "/", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 390, "height": 844}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: requests.append(request.url))
        if options.get("java_script_enabled", True):
            page.goto(server.login)
            page.wait_for_url(f"{server.address}/")
        else:
            page.goto(f"{server.address}/login")
            page.fill("#token", server.login.partition("#")[2])
            page.click("button")
        page.goto(server.address + path)
        return page

    open_page.errors = errors  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
    assert [url for url in requests if not url.startswith(f"{server.address}/")] == []


def live(server: Server) -> str:
    return f"/s/{server.folder.id}"


def test_the_printed_address_logs_in(server: Server, visit: Callable[..., Any]) -> None:
    """The token leaves the address, and the list shows the session."""
    page = visit()
    assert "#" not in page.url
    assert server.folder.id in page.content()
    assert server.login.partition("#")[2] not in page.content()


def test_new_lines_and_states_appear(server: Server, visit: Callable[..., Any]) -> None:
    """A line that a stage prints, HTML and all, is on the page as text without a reload."""
    page = visit(live(server))
    server.append("log", "<img src=x onerror=alert(1)> fresh line\n")
    until(lambda: page.evaluate("document.querySelector('#log').textContent.includes('fresh line')"), "the page")
    assert "<img src=x onerror=alert(1)> fresh line" in page.inner_text("#log")
    assert page.query_selector("#log img") is None


def test_a_page_goes_on_after_the_server_was_restarted(server: Server, visit: Callable[..., Any]) -> None:
    """Lines printed while the server was away come once each, and nothing comes twice."""
    page = visit(live(server))
    server.append("log", "before the restart\n")
    until(
        lambda: page.evaluate("document.querySelector('#log').textContent.includes('before the restart')"), "the page"
    )
    server.stop()
    server.append("log", "while it was away\n")
    server.start()
    until(lambda: page.evaluate("document.querySelector('#log').textContent.includes('while it was away')"), "the page")
    text = page.inner_text("#log")
    assert (text.count("before the restart"), text.count("while it was away")) == (1, 1)
    visit.errors.clear()  # type: ignore[attr-defined]  # the browser reports the connection that the restart cut


def test_an_eighth_tab_loads(server: Server, visit: Callable[..., Any]) -> None:
    """Hidden pages close their streams, so that the browser's six connections are free for another tab."""
    first = visit(live(server))
    for _ in range(7):
        first.evaluate("silence()")  # as when the tab is hidden: headless pages never are
        tab = first.context.new_page()
        tab.goto(server.address + live(server), timeout=20_000)
        first = tab
    assert "digits" in first.title()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [360, 390, 768, 1280, 1600])
def test_no_page_scrolls_sideways(server: Server, visit: Callable[..., Any], width: int, scheme: str) -> None:
    """Every page fits its window from 360 to 1600 pixels, dark and light, with text that stands out."""
    page = visit("/", viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in (
        "/",
        live(server),
        f"{live(server)}/metrics",
        f"{live(server)}/metrics?name=accuracy",
        f"{live(server)}/log",
    ):
        page.goto(server.address + path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(13, 16, 22)" if scheme == "dark" else "rgb(251, 250, 247)")


def test_a_curve_is_read_by_keyboard_and_zoomed(server: Server, visit: Callable[..., Any]) -> None:
    """The arrow keys move a read-out over the curve, + zooms, 0 shows all of it again."""
    page = visit(f"{live(server)}/metrics?name=accuracy")
    until(lambda: page.evaluate("document.querySelector('figure.curve').drawing"), "the page")
    whole = page.evaluate("document.querySelector('figure.curve').drawing.x")
    page.focus(".plot")
    page.evaluate("document.querySelector('figure.curve').share = 0.3")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text(".readout").split()[-1].startswith("0.")
    page.keyboard.press("+")
    until(lambda: page.evaluate(f"document.querySelector('figure.curve').drawing.x[0] > {whole[0]}"), "the page")
    page.keyboard.press("0")
    until(lambda: page.evaluate(f"document.querySelector('figure.curve').drawing.x[0] === {whole[0]}"), "the page")


def test_two_fingers_zoom(server: Server, visit: Callable[..., Any]) -> None:
    """Two fingers that part show less of the curve, what was between them; a double tap shows all of it."""
    page = visit(f"{live(server)}/metrics?name=accuracy", has_touch=True)
    until(lambda: page.evaluate("document.querySelector('figure.curve').drawing"), "the page")
    low, high = page.evaluate("document.querySelector('figure.curve').drawing.x")
    page.evaluate(FINGERS)
    shown = "document.querySelector('figure.curve').drawing.x"
    until(lambda: page.evaluate(f"{shown}[1] - {shown}[0] < {0.6 * (high - low)}"), "a part of the curve")
    begin, end = page.evaluate(shown)
    assert low < begin < low + 0.5 * (high - low) < end < high
    page.dispatch_event(".plot", "dblclick")
    until(lambda: page.evaluate(f"{shown}[0] === {low}"), "the whole curve")


FINGERS = """
const plot = document.querySelector(".plot"), box = plot.getBoundingClientRect();
const touch = (name, id, share) => plot.dispatchEvent(new PointerEvent(name, {
  pointerId: id, pointerType: "touch", clientX: box.left + share * box.width, clientY: box.top + 20, bubbles: true}));
touch("pointerdown", 11, 0.4); touch("pointerdown", 12, 0.6);
touch("pointermove", 11, 0.2); touch("pointermove", 12, 0.8);
touch("pointerup", 11, 0.2); touch("pointerup", 12, 0.8);
"""


def test_new_stages_and_alerts_appear(server: Server, visit: Callable[..., Any]) -> None:
    """A stage that a strategy adds and an alert are on the page without a reload."""
    page = visit(live(server))
    until(lambda: page.evaluate("showState.parts !== undefined"), "the first state")
    page.evaluate("document.body.dataset.same = 'yes'")
    append(server.folder, StageAdded(info=StageDefinition("encore", 6, "one more", {}, [])))
    until(lambda: "encore" in page.inner_text("#stages"), "the stage")
    append(server.folder, Alert(kind="stall", stage="refinement", text="<b>no progress</b>"))
    until(lambda: page.query_selector("#alerts") and "<b>no progress</b>" in page.inner_text("#alerts"), "the alert")
    assert page.evaluate("document.body.dataset.same") == "yes"


def test_parts_that_were_drawn_of_an_older_state_are_drawn_anew(server: Server, visit: Callable[..., Any]) -> None:
    """A page that was drawn before a stage went on has the parts, and so the commands, of the state that it is told."""
    page = visit(live(server))
    until(lambda: page.evaluate("showState.parts !== undefined"), "the first state")
    page.evaluate("document.querySelector('#stages').dataset.same = 'yes'; showState()")
    assert page.evaluate("document.querySelector('#stages').dataset.same") == "yes"
    page.evaluate("document.querySelector('#stages .word').textContent = 'paused'; showState()")
    until(lambda: page.evaluate("document.querySelector('#stages').dataset.same === undefined"), "new parts")


def test_a_question_that_another_screen_has_settled_goes(tmp_path: Path, browser: Any) -> None:
    """A question that is open stays while it can be answered; what was kept for it is drawn anew once it is closed."""
    server = Server(tmp_path, "--allow-commands")
    try:
        assert server.child.stdout is not None
        page = browser.new_context().new_page()
        page.goto(server.child.stdout.readline().split()[0])
        page.wait_for_url(f"{server.address}/")
        page.goto(server.address + live(server))
        until(lambda: page.evaluate("showState.parts !== undefined"), "the first state")

        def opened() -> list[str]:
            return [str(text) for text in page.locator("#commands details[open] b").all_inner_texts()]

        page.locator("#commands summary", has_text="Pause").click()
        append(server.folder, StageHeld(stage="mastery"))
        until(lambda: "held" in page.inner_text("#stages"), "the stage that is held")
        assert opened() == ["Pause refinement?"]
        assert "Release" not in page.inner_text("#commands")
        page.locator("#commands summary", has_text="Pause").click()
        until(lambda: "Release" in page.inner_text("#commands"), "the commands of now")
        page.locator("#commands summary", has_text="Release").click()
        assert opened() == ["Release mastery?"]
        append(server.folder, StageReleased(stage="mastery"))
        until(lambda: opened() == [], "the end of the question")
        assert "Release" not in page.inner_text("#commands")
    finally:
        server.stop()


def test_the_winner_of_a_search_appears(server: Server, visit: Callable[..., Any]) -> None:
    """Trials follow the search without a reload, fit the smallest screen, and stay open as a person left them."""
    folder = make_search(server.sessions)
    page = visit(f"/s/{folder.id}", viewport={"width": 360, "height": 740})
    until(lambda: page.evaluate("showState.parts !== undefined"), "the first state")
    assert page.locator(".trials tbody tr").count() == 16
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.click(".trials summary")
    page.click(".trials summary")
    append(folder, SweepEnded(stage="search", state="succeeded", winners=["search.12"], reason="the best"))
    until(lambda: "winner 12: lr" in page.inner_text("#stages"), "the winner")
    until(lambda: "★" in page.inner_text(".trials tbody tr:first-child"), "its row")
    assert page.evaluate("document.querySelector('.trials').open")


def test_without_a_script_state_and_curves_are_shown(server: Server, visit: Callable[..., Any]) -> None:
    """With JavaScript off a person logs in by the form, and sees state, progress, curve and log."""
    page = visit(live(server), java_script_enabled=False)
    assert "running" in page.inner_text("#state")
    box = page.locator("figure.curve path.line").last.bounding_box()
    assert box is not None
    assert box["width"] > 40
    assert box["height"] > 20
    assert "epoch" in page.inner_text("#log")


def test_a_server_says_where_before_it_is_asked(server: Server) -> None:
    """The address is printed into a pipe before the first request."""
    assert until(lambda: server.login, "the address").startswith(f"http://127.0.0.1:{server.port}/login#")
