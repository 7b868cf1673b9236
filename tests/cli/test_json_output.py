"""JSON on a terminal: the same document, without a character that a terminal obeys."""

from __future__ import annotations

import json
import os
import pty
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotrain_tui.cli.json_output import safe_json
from tests.cli.project import Project

documents = st.recursive(
    st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@settings(max_examples=50)
@given(documents)
def test_the_document_stays_the_same(document: object) -> None:
    """Whatever stands in it, the escaped text is printable and reads back equal."""
    text = safe_json(json.dumps(document, ensure_ascii=False) + "\n")
    assert text.replace("\n", "").isprintable()
    assert json.loads(text) == document


@pytest.mark.process
def test_a_note_sends_no_control_to_the_terminal(project: Project) -> None:
    """`ls --json` and `show --json` on a pseudo-terminal hold no C1 control, DEL or bidirectional mark; in a pipe the
    text stays as it is.
    """
    project.plan()
    project.run("run", "-q", "--no-ui")
    (folder,) = project.folders()
    hostile = "a\x9b31m\x7f\u202eb\U000e0001 é 漢"
    (folder.path / "notes.json").write_text(json.dumps({"note": hostile, "tags": []}))
    for verb in ("ls", "show"):
        ours, theirs = pty.openpty()
        with project.start(verb, "--json", stdout=theirs, stderr=sys.stderr):
            os.close(theirs)
            seen = b""
            while chunk := _read(ours):
                seen += chunk
        os.close(ours)
        text = seen.decode().replace("\r\n", "\n")
        document = json.loads(text)
        assert (document["sessions"][0] if verb == "ls" else document)["note"] == hostile
        assert text.replace("\n", "").isprintable()
        assert "é 漢" in text
        assert hostile in project.run(verb, "--json").stdout


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # the other side is closed
        return b""
