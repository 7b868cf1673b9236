"""The house's rules that a machine can check: names that occur twice, sizes, old words, the prose of docs, the checks of CI."""

from __future__ import annotations

import collections
import functools
import importlib
import inspect
import re
from pathlib import Path

import pytest

from tests.support.source import definitions

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "autotrain_tui"
FILES = sorted(PACKAGE.rglob("*.py"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))

MOST_FILE_NAMES_TWICE = 8
MOST_CLASS_NAMES_TWICE = 10
MOST_METHODS = 30

FILE_NAMES_TWICE = {
    "screen": "the screen of a mode, one in each folder of tui/screens",
    "ladder": "the ladder of stages: as a strategy of plans, and of the classic API",
    "plan": "the plan: as a verb's module, and of a classic session",
    "export": "a session as a file: the verb, and what it writes",
    "timeline": "stages on a time axis: as arithmetic of a plan, and as a part of the Plan screen",
    "records": "records: a family of log lines that are dicts, and the classic API's results",
}
"""File name that occurs more than once in the package → what it is in each place."""

CLASS_NAMES_TWICE: dict[str, str] = {}
"""Class name that occurs more than once in the package → what it is in each place."""


def test_file_names_that_occur_twice_are_listed() -> None:
    """A file name says what is in the file, wherever it is: few occur twice, and each of them has one role."""
    counts = collections.Counter(path.stem for path in FILES if path.stem not in ("__init__", "__main__", "base"))
    assert {name for name, count in counts.items() if count > 1} == set(FILE_NAMES_TWICE)
    assert len(FILE_NAMES_TWICE) <= MOST_FILE_NAMES_TWICE


def test_class_names_that_occur_twice_are_listed() -> None:
    """A class name means one thing in the package: few occur twice, and each of them has one role."""
    places: dict[str, list[str]] = collections.defaultdict(list)
    for path in FILES:
        for each in definitions(path):
            if each.is_class:
                places[each.name].append(f"{path.relative_to(PACKAGE)}:{each.line}")
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert set(twice) == set(CLASS_NAMES_TWICE), twice
    assert len(CLASS_NAMES_TWICE) <= MOST_CLASS_NAMES_TWICE


def written_methods() -> dict[tuple[str, str], frozenset[str]]:
    """(module, class) → the names of the methods that its source has."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for path in FILES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found |= {(module, each.name): each.methods for each in definitions(path) if each.is_class and each.on_top}
    return found


def test_no_class_has_more_methods_than_a_reader_can_hold() -> None:
    """A class has at most 30 methods of ours over its whole MRO: what it needs beyond that, it has and is not."""
    written = written_methods()
    towers: dict[str, int] = {}
    for module, name in written:
        if module.endswith("__main__"):
            continue
        bases = inspect.getmro(getattr(importlib.import_module(module), name))
        methods = sum(len(written.get((base.__module__, base.__name__), ())) for base in bases)
        if methods > MOST_METHODS:
            towers[f"{module}.{name}"] = methods
    assert len(written) > 400, "the classes were not found"
    assert towers == {}


LONG = {
    "runner/shim.py": "one file that runs alone, with only the standard library",
    "runner/shim.py:Owner": "the shim's order of acts, which is read from top to bottom",
}
"""File or class that is longer than the house allows → why."""


def lengths() -> dict[str, tuple[int, int]]:
    """Every file, class and function of the package → its lines and how many it may have."""
    found = {}
    for path in FILES:
        name, text = str(path.relative_to(PACKAGE)), path.read_text()
        found[name] = (len(text.splitlines()), 300)
        for each in definitions(path):
            most = 300 if each.is_class else 60
            found[f"{name}:{each.name}"] = max(found.get(f"{name}:{each.name}", (0, 0)), (each.lines, most))
    return found


def test_files_classes_and_functions_are_short() -> None:
    """A file or class has at most 300 lines, a function 60, so that each is read in one sitting; exceptions say why."""
    long = {name: count for name, (count, most) in lengths().items() if count > most}
    assert set(long) == set(LONG), long


def sentences_on(line: str) -> int:
    """How many sentences a line of prose has; code, links and abbreviations are no ends of a sentence."""
    line = re.sub(r"`[^`]*`", "x", line)
    return 1 + len(re.findall(r"[.!?][*)\"]*\s+(?=[A-Z*\"(])", line))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_prose_has_one_sentence_a_line(page: Path) -> None:
    """A page has one sentence a line, so that a change of one sentence is a change of one line."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    prose = [line for line in text.splitlines() if line.strip() and not line.startswith(("|", "#", "<!--"))]
    assert prose
    assert [line for line in prose if sentences_on(re.sub(r"^ *(?:[-*]|\d+\.) ", "", line)) > 1] == []


def test_the_index_names_every_page() -> None:
    """docs/index.md links to each page of docs, and every link of a page leads to a file."""
    index = (ROOT / "docs" / "index.md").read_text()
    assert [
        page.name for page in (ROOT / "docs").glob("*.md") if page.name != "index.md" and f"({page.name})" not in index
    ] == []
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_ci_hooks_and_tasks_run_the_same_checks() -> None:
    """What a contributor's hooks and `just check` run is what CI runs."""
    for check in ("ruff check .", "ruff format --check .", "mypy"):
        assert f'"{check}"' in (ROOT / ".ci" / "run").read_text()
        assert f"entry: .venv-test/bin/{check}\n" in (ROOT / ".pre-commit-config.yaml").read_text()
        assert f"    {{{{bin}}}}/{check}\n" in (ROOT / "justfile").read_text()


DIALECT = {
    "birth": "new process",
    "births": "new_processes",
    "census": "ProcessScan",
    "desk": "inbox",
    "halt": "signal_tree",
    "heart": "HeartbeatWriter",
    "herald": "AlertHook",
    "hill": "area chart",
    "hills": "area charts",
    "ink": "colour token",
    "inks": "colour tokens",
    "intake": "OutputReader",
    "laid": "compared",
    "outlook": "ProgressMonitor",
    "pulse": "poller",
    "sanitise": "sanitize",
    "sanitised": "sanitized",
    "sheet": "summary",
    "steering": "Scheduler",
    "stray": "orphan",
    "strays": "orphans",
    "surroundings": "machine_check",
    "wish": "request",
    "wishes": "requests",
}
"""Word of our own → the field's word. It occurs nowhere: not in a name, a comment, a message or a page."""

ORDINARY = {
    "ink": r"paper and ink",  # of digits on paper
    "outlook": r"self\.tracker\.outlook",  # the method's name in the version that the score compares with
    "laid": r"laid out",  # the widgets of a screen, the rows of a table
    "sanitise": r"session\.sanitise",  # a module that a runner from before the move still names
    "sheet": r"style ?sheet|stylesheet",  # Textual's own word
}
"""Word of DIALECT → the phrases in which it has another sense than the old one."""

OLD_NAMES = {
    "asked": "requested",
    "book": "JournaledState",
    "carry": "AttemptSupervisor",
    "caution": "warnings",
    "chosen": "selected",
    "figures": "format",
    "finish": "wait_for_effect",
    "following": "Scheduler or LogFollower",
    "found": "a noun for what it holds",
    "ground": "background",
    "judge": "decide_outcome",
    "laid_over": "compared",
    "lean": "fast_imports",
    "look": "StateStyle",
    "meant": "selected",
    "news": "notifications",
    "next": "Decision",
    "orders": "HANDLERS",
    "overlays": "compared curves",
    "past": "session_rows or observations",
    "plain": "sanitize",
    "recording": "GaugeRecorder",
    "stuck": "UnkillableProcess",
    "support": "unsupported",
    "told": "reported",
    "tracks": "curves",
    "where": "context",
    "words": "labels or targets",
}
"""Name of a module or class → its name now; in a sentence each of these words has its ordinary sense."""

OLD_FUNCTIONS = ("asked", "chosen", "found", "judge", "meant", "news", "past", "stuck", "told", "where")
"""Those of OLD_NAMES that no function has either; `look`, `finish` and `next` are verbs, and what they say is done."""


def name_parts(name: str) -> list[str]:
    """The words of an identifier, in small letters: `GpuDesk` has gpu and desk."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


SOURCES = [*FILES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").glob("*.py")), *PAGES]
SOURCES = [path for path in SOURCES if path != Path(__file__) and "recordings" not in path.parts]


@functools.cache
def texts() -> dict[Path, str]:
    """What every file of the repository says that is ours to word."""
    return {path: path.read_text() for path in SOURCES}


@functools.cache
def lines_with_old_words() -> list[tuple[str, str]]:
    """File and number, and the text of every line with the letters of a word of DIALECT, in any case and place."""
    letters = re.compile("|".join(DIALECT))
    return [
        (f"{path.relative_to(ROOT)}:{number}", line)
        for path, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if letters.search(line.lower())
    ]


@pytest.mark.parametrize("word", sorted(DIALECT))
def test_no_word_of_our_own_where_the_field_has_one(word: str) -> None:
    """A word of the old dialect is in no name, comment, message or page of the repository."""
    pattern = re.compile(ORDINARY.get(word, r"(?!)"), re.IGNORECASE)
    seen = [
        f"{place}: {line.strip()}"
        for place, line in lines_with_old_words()
        if word in line.lower() and not pattern.search(line)
        if any(word in name_parts(name) for name in re.findall(r"[A-Za-z]+", line))
    ]
    assert seen == [], f"say {DIALECT[word]}"


def test_no_old_name_is_defined() -> None:
    """No module or class has an old name, alone or behind an underscore, and no function one of the nouns among them."""
    seen = []
    for path in FILES:
        names = [(1, path.stem, True), *((each.line, each.name, each.is_class) for each in definitions(path))]
        for number, name, noun in names:
            bare = name.strip("_").lower()
            if bare in (OLD_NAMES if noun else OLD_FUNCTIONS):
                seen.append(f"{path.relative_to(PACKAGE)}:{number}: {name}: say {OLD_NAMES[bare]}")
    assert seen == []


def test_comments_name_files_that_are_there() -> None:
    """A file that a comment of the package names in backticks with its folder is one of the package or the repository."""
    stale = [
        f"{path.relative_to(ROOT)}:{number}: {name}"
        for path, text in texts().items()
        if path in FILES
        for number, line in enumerate(text.splitlines(), 1)
        for name in re.findall(r"`((?:\w+/)+\w+\.(?:py|md|tcss))`", line)
        if not any((place / name).exists() for place in (PACKAGE, ROOT, path.parent, path.parent.parent))
    ]
    assert stale == []
