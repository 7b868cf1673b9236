"""The verb table of docs/command-line.md, made from `autotrain_tui.verbs`: `python -m tests.verb_table` writes it."""

from __future__ import annotations

from pathlib import Path

from autotrain_tui.verbs import VERBS, Verb

DOCUMENT = Path(__file__).parents[1] / "docs" / "command-line.md"
START, END = "<!-- verbs: python -m tests.verb_table -->\n", "<!-- end of verbs -->\n"

_TARGETS = {"none": "", "session": "`[SESSION]`", "stage": "`[SESSION] [STAGE]`"}


def rows() -> str:
    """The table as Markdown."""
    lines = ["| group | verb | names | key | does |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {verb.group} | `{verb.command}` | {_TARGETS[verb.target]} | {_key(verb)} | {verb.help} |"
        for verb in VERBS.values()
    ]
    return "\n".join(lines) + "\n"


def documented() -> str:
    """The table as it stands in the document."""
    return DOCUMENT.read_text(encoding="utf-8").split(START, 1)[1].split(END, 1)[0]


def write() -> None:
    """Put the table between the document's markers."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(START, 1)
    DOCUMENT.write_text(before + START + rows() + END + rest.split(END, 1)[1], encoding="utf-8")


def _key(verb: Verb) -> str:
    keys = [verb.key, *(other.key for other in VERBS.values() if other.toggles == verb.name)]
    return " ".join(f"`{key.capitalize() if len(key) > 1 else key}`" for key in dict.fromkeys(keys) if key)


if __name__ == "__main__":
    write()
