"""The keys of a log pane. A list of its own, because the Run screen offers the same keys wherever the focus is."""

from __future__ import annotations

from textual.binding import Binding, BindingType

__all__ = ["LOG_BINDINGS"]

_SCROLLING: list[BindingType] = [
    Binding("f", "go('follow')", "Follow", id="log.follow", tooltip="Go to the end and follow it, or stop following"),
    Binding("w", "option('wrap')", "Wrap", id="log.wrap", tooltip="Break or cut long lines", show=False),
    Binding("number_sign", "option('numbers')", "Numbers", id="log.numbers", tooltip="Show line numbers", show=False),
    Binding("t", "option('times')", "Times", id="log.times", tooltip="Show when lines arrived", show=False),
    Binding("L", "colours", "Log colours", id="log.colours", tooltip="Colour what lines say, or not", show=False),
    Binding("j,down", "scroll('rows', 1)", "Down", id="log.down", tooltip="One row down", show=False),
    Binding("k,up", "scroll('rows', -1)", "Up", id="log.up", tooltip="One row up", show=False),
    Binding("ctrl+d", "scroll('pages', 0.5)", "Half page down", id="log.half_down", tooltip="Half a page", show=False),
    Binding(
        "ctrl+u", "scroll('pages', -0.5)", "Half page up", id="log.half_up", tooltip="Half a page back", show=False
    ),
    Binding("pagedown", "scroll('pages', 1)", "Page down", id="log.page_down", tooltip="One page down", show=False),
    Binding("pageup", "scroll('pages', -1)", "Page up", id="log.page_up", tooltip="One page up", show=False),
    Binding("g,home", "go('start')", "Start", id="log.start", tooltip="Go to the first line", show=False),
    Binding("G,end", "go('end')", "End", id="log.end", tooltip="Go to the last line and follow", show=False),
    Binding("right", "scroll('columns', 1)", "Right", id="log.right", tooltip="Scroll right", show=False),
    Binding("left", "scroll('columns', -1)", "Left", id="log.left", tooltip="Scroll left", show=False),
    Binding("m", "mark", "Mark", id="log.mark", tooltip="Mark or unmark this line", show=False),
    Binding("apostrophe", "go('next_mark')", "Next mark", id="log.next_mark", tooltip="To the next mark", show=False),
    Binding(
        "V", "select_lines", "Select lines", id="log.select", tooltip="Select lines from here on; y copies", show=False
    ),
    Binding(
        "y", "copy", "Copy", id="log.copy", tooltip="Copy the selection, or this line, to the clipboard", show=False
    ),
]

# Keys that open the prompt have priority: what is typed after them, however fast, must reach the prompt as text.
# (Other keys wait behind those that the focused widget has not handled yet.)
_SEARCHING: list[BindingType] = [
    Binding(
        "slash",
        "ask('search')",
        "Search",
        id="log.search",
        tooltip="Search the whole log",
        key_display="/",
        priority=True,
    ),
    Binding("n", "step('search', 1)", "Next", id="log.next", tooltip="Go to the next hit", show=False),
    Binding("N", "step('search', -1)", "Previous", id="log.previous", tooltip="Go to the previous hit", show=False),
    Binding(
        "ampersand",
        "ask('filter')",
        "Filter",
        id="log.filter",
        tooltip="Show only some lines",
        show=False,
        priority=True,
    ),
    Binding("e", "step('error', 1)", "Next error", id="log.next_error", tooltip="Go to the next error or traceback"),
    Binding(
        "E",
        "step('error', -1)",
        "Previous error",
        id="log.previous_error",
        tooltip="Go to the previous error",
        show=False,
    ),
    Binding(
        "colon",
        "ask('line')",
        "Go to line",
        id="log.line",
        tooltip="Go to a line by its number or its time",
        show=False,
        priority=True,
    ),
    Binding(
        "escape", "clear", "Clear", id="log.clear", tooltip="End the selection, the search, then the filter", show=False
    ),
]

LOG_BINDINGS: list[BindingType] = [*_SCROLLING, *_SEARCHING]
