"""The gauges that a node writes for other machines, and how a screen reads them."""

from __future__ import annotations

import json
import subprocess
import threading
import time

import msgspec
import pytest

from autotrain_tui.gauges import node_gauges
from autotrain_tui.gauges.node_gauges import NodeGauges, read_nodes, write_until_end
from autotrain_tui.tui.model.node_feed import NodeFeed
from tests.support.slurm_cluster import wait_for
from tests.tui.conftest import machine_sample


def write(folder, node, **values):
    (folder / "nodes").mkdir(exist_ok=True)
    (folder / "nodes" / f"{node}.json").write_bytes(msgspec.json.encode(NodeGauges(node, **values)))


@pytest.mark.process
def test_a_node_writes_until_its_attempt_has_ended(tmp_path, monkeypatch):
    """The last sample with the share of the stage's command; the writer ends at once with the shim."""
    monkeypatch.setattr(node_gauges, "EVERY_SECONDS", 60.0)
    owner = subprocess.Popen(["sleep", "600"])
    (tmp_path / "spec.json").write_text(json.dumps({"stage": "a"}))
    (tmp_path / "running.json").write_text(json.dumps({"pid": owner.pid}))
    writer = threading.Thread(target=write_until_end, args=(str(tmp_path), "n1", owner.pid))
    writer.start()
    try:
        (found,) = wait_for_nodes(tmp_path)
    finally:
        owner.kill()
        owner.wait()
    writer.join(120)
    assert not writer.is_alive()
    assert (found.node, abs(found.time - time.time()) < 60) == ("n1", True)
    assert found.sample.memory.total > 0
    assert [process.pid for process in found.sample.stages["a"].processes] == [owner.pid]
    assert (tmp_path / "nodes" / "n1.json").stat().st_mode & 0o077 == 0


def wait_for_nodes(folder):
    wait_for(lambda: list(read_nodes(folder)), "a sample")
    return list(read_nodes(folder))


def test_a_screen_keeps_a_short_past_of_each_node(tmp_path):
    """A sample counts once; a node that is silent, or can't say, has its reason instead."""
    feed, now = NodeFeed(), time.time()
    sample = machine_sample(1)
    write(tmp_path, "n1", time=now, sample=sample)
    write(tmp_path, "n2", time=now - 100, sample=sample)
    write(tmp_path, "n3", why="autotrain_tui is not importable by /usr/bin/python3 there")
    (tmp_path / "nodes" / "n4.json").write_text('{"node": "n4", "ti')
    for _ in range(2):
        (one, two, three) = feed.look({"a": tmp_path})["a"]
    assert (one.name, one.sample, len(one.curves["cpu"])) == ("n1", sample, 1)
    assert (two.sample, two.why) == (None, "no gauges for 100 s")
    assert (three.name, three.why) == ("n3", "autotrain_tui is not importable by /usr/bin/python3 there")
    write(tmp_path, "n1", time=now + 5, sample=sample)
    assert len(feed.look({"a": tmp_path})["a"][0].curves["cpu"]) == 2
    assert feed.look({}) == {}
    assert feed.look({"a": tmp_path / "elsewhere"}) == {"a": ()}


def test_a_screen_forgets_the_nodes_of_attempts_that_have_ended(tmp_path):
    """A search of days runs thousands of jobs: only of those that run now is anything kept."""
    feed, now = NodeFeed(), time.time()
    for attempt in ("1", "2"):
        (tmp_path / attempt).mkdir()
        write(tmp_path / attempt, "n1", time=now, sample=machine_sample(1))
    feed.look({"a": tmp_path / "1", "b": tmp_path / "2"})
    assert len(feed._past) == 2
    feed.look({"b": tmp_path / "2"})
    assert len(feed._past) == 1
    assert feed.look({}) == {}
    assert not feed._past
