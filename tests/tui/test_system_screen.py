"""The System screen: every gauge in every window, a tree of processes that scrolls, and what ended stages left."""

from __future__ import annotations

import os
import threading
import time

import pytest
from msgspec import structs

from autotrain_tui.gauges.sample import CpuSample, GpuReading, Leak, ProcessListing, ProcessSample, StageShare
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.tracker_state import TrackerState, write_tracker
from autotrain_tui.tui.charts.area_chart import area_chart, fitting_scale, recent
from autotrain_tui.tui.model.machine_feed import MachineFeed
from autotrain_tui.tui.model.machine_history import MachineHistory, core_key, process_key
from autotrain_tui.tui.panes.gpu_tiles import GpusPane, gpu_line, gpu_tile, leak_lines
from autotrain_tui.tui.screens.system import trackers_pane
from autotrain_tui.tui.screens.system.arrangement import heights, lists_shown, share_lists
from autotrain_tui.tui.screens.system.process_detail import ProcessDetail, ProcessPane, family, process_detail
from autotrain_tui.tui.screens.system.process_lines import ListedProcess, load_colour, process_line
from autotrain_tui.tui.screens.system.process_table import TreePane, tree_lines
from autotrain_tui.tui.screens.system.screen import SystemScreen
from autotrain_tui.tui.screens.system.system_panes import (
    CoresPane,
    TrafficPane,
    _rate,
    core_lines,
    rows_above_each_other,
    traffic_lines,
)
from autotrain_tui.tui.screens.system.trackers_pane import TrackersPane
from autotrain_tui.tui.widgets.line import width_of
from autotrain_tui.tui.widgets.list_view import ListView
from tests.tui.conftest import StillMachine, machine_sample, settle
from tests.tui.test_run_screen import text_of

GIB = 1 << 30


def words(lines) -> str:
    return "\n".join("".join(text for text, _ in each) for each in lines)


def process(pid: int, ppid: int, command: str = "python train.py", state: str = "S") -> ProcessSample:
    return ProcessSample(pid, ppid, pid, command, state, 1.0, GIB, 2)


async def system(pilot) -> SystemScreen:
    """Go to the System mode and wait for the gauges."""
    await settle(pilot)
    await pilot.press("5")
    await settle(
        pilot,
        lambda: isinstance(pilot.app.screen, SystemScreen) and pilot.app.screen.query_one(TreePane).sample is not None,
    )
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
@pytest.mark.parametrize("gpus", [0, 1, 8])
async def test_the_whole_machine_in_every_window(open_app, gpus, size):
    """Every GPU, the cores, disk, network and the stage's processes have their place; no GPU says why."""
    app = open_app("running", gpus=gpus)
    async with app.run_test(size=size) as pilot:
        screen = await system(pilot)
        await settle(pilot, lambda: screen.query_one("#lower").region.bottom == size[1] - 2)
        cards = text_of(screen.query_one(GpusPane))
        assert cards.count("640/700 W") == gpus
        assert cards.count("61.2/80.0 GiB") == gpus
        assert ("no GPU found (NVML: library not found)" in cards) == (gpus == 0)
        cores = text_of(screen.query_one(CoresPane))
        assert "34 %" in cores or ("▀▀█ █ █" in cores and "▀▀▀   ▀ %" in cores)
        assert "412 GiB free" in text_of(screen.query_one(TrafficPane))
        assert "12.0 MiB/s" in text_of(screen.query_one(TrafficPane)) or "11.4 MiB/s" in text_of(
            screen.query_one(TrafficPane)
        )
        assert "python train.py" in text_of(screen.query_one(TreePane))
        assert "58.0 GiB" in text_of(screen.query_one(TreePane))


async def test_the_tree_scrolls(open_app):
    """Keys and pages move through processes that don't fit; the frame says where one is."""
    app = open_app("running")
    sample = machine_sample(1)
    share = StageShare(
        tuple(process(at, at - 1 if at % 9 else 0, f"worker {at}") for at in range(1, 60)), 1.0, GIB, 9, None
    )
    app.machine = StillMachine(structs.replace(sample, stages={"refinement": share}))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await system(pilot)
        tree = screen.query_one(TreePane)
        assert screen.focused is tree
        await settle(pilot, lambda: "worker 1" in text_of(tree))
        assert "worker 59" not in text_of(tree)
        await pilot.press("end")
        assert "worker 59" in text_of(tree)
        assert "–60" in tree.frame_facts()[1]
        await pilot.press("k", "home")
        assert "refinement" in text_of(tree)
        await pilot.press("z")
        assert screen.maximized is tree


async def test_leaked_memory_is_named(open_app):
    """What an ended stage left on a GPU stands above the tiles, with who holds it."""
    app = open_app("running")
    app.machine.leaks = {
        "foundation": (Leak(machine_sample(1).gpu.gpus[0], 4711, "python train.py", 12 * GIB, alive=True),)
    }
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await system(pilot)
        text = text_of(screen.query_one(GpusPane))
        assert "12.0 GiB of GPU 0 is still held by process 4711 (python train.py), left by foundation" in text
        assert "640/700 W" in text


async def test_without_a_session_the_keys_that_help_are_named(open_app):
    """Nothing to show in the tree says what would fill it."""
    app = open_app(None)
    app.machine = StillMachine(machine_sample(0))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await system(pilot)
        assert screen.query_one("#processes").display
        await pilot.press("v")
        await settle(pilot, lambda: screen.focused is screen.query_one(TreePane))
        assert "4 starts one" in text_of(screen.query_one(TreePane))


class _Sampler:
    """Samples by hand, with leaks that end."""

    def __init__(self) -> None:
        self.now, self.held, self.forgotten = 0.0, True, []

    def sample(self, roots):
        self.now += 6.0
        gpu = GpuReading(machine_sample(1).gpu.gpus, None, self.now)
        return structs.replace(machine_sample(1, tuple(roots)), time=self.now, gpu=gpu)

    def leaked(self, stage, since):
        leak = Leak(machine_sample(1).gpu.gpus[0], 1, "x", None, alive=False)
        return (leak,) if self.held and stage == "one" and self.now > since else ()

    def forget(self, stage):
        self.forgotten.append(stage)

    def gauges(self):
        return ()


async def test_a_leak_is_told_while_it_lasts(tmp_path):
    """From a stage's end until its memory is free; then the stage is forgotten."""
    machine = MachineFeed(tmp_path)
    machine._sampler = sampler = _Sampler()
    await machine.measure(lambda: {"one": [1]})
    assert machine.leaks == {}
    await machine.measure(dict)
    await machine.measure(dict)
    assert list(machine.leaks) == ["one"]
    sampler.held = False
    for _ in range(3):
        await machine.measure(dict)
    assert machine.leaks == {}
    assert sampler.forgotten == ["one"]


@pytest.mark.parametrize("width", [38, 60, 116])
@pytest.mark.parametrize("height", [4, 5, 7, 13])
def test_a_tile_is_as_high_as_it_may_be(width, height):
    """Never wider or higher than its place, with what matters in it at any size."""
    sample = machine_sample(1, ("refinement",))
    tile = gpu_tile(sample.gpu.gpus[0], {"gpu0.use": (50.0, None, 98.0)}, sample.stages, width, height)
    assert len(tile) == height
    assert all(width_of(each) <= width for each in tile)
    for word in ("98 %", "61.2/80.0 GiB", "71 °C", "640/700 W", "58.0 GiB"):
        assert word in words(tile)


def test_a_gpu_that_does_not_answer_says_why():
    """The reason stands in its tile and in its line, and nothing is invented."""
    gpu = structs.replace(
        machine_sample(1).gpu.gpus[0],
        utilisation=None,
        memory_used=None,
        reason="no data: NVML has not answered for 12 s",
    )
    for lines in (gpu_tile(gpu, {}, {}, 50, 6), [gpu_line(gpu, {}, {}, 76)]):
        assert "NVML has not answered for 12 s" in " ".join(words(lines).split())
        assert "%" not in words(lines)


def test_a_tree_draws_branches_and_survives_loops():
    """Children stand below their parents; pids that name each other as parent hang nobody."""
    tree = words(
        tree_lines([process(1, 0, "/bin/sh -c x"), process(2, 1, "a"), process(3, 2, "b"), process(4, 1, "c", "D")], 90)
    )
    assert tree.splitlines()[0].split()[:4] == ["1", "sh", "-c", "x"]
    assert "├─ a" in tree
    assert "│  └─ b" in tree
    assert "└─ c  waits for the disk" in tree
    assert tree_lines([process(1, 2), process(2, 1)], 90) == []


@pytest.mark.parametrize("file", ["runner/shim.py", "runner/__pycache__/shim.cpython-311.pyc"])
def test_our_own_shims_are_named(file):
    """The two processes that own an attempt are told from what they run."""
    shown = words(tree_lines([process(1, 0, f"/usr/bin/python3 -I -S /opt/lib/autotrain_tui/{file} /s/attempt-1")], 80))
    assert shown.split()[:2] == ["1", "shim"]


def test_curves_reach_back_two_minutes():
    """Samples share columns where there is little room; a gap stays a gap."""
    assert recent([float(at) for at in range(240)], 60)[-1] == 238.5
    assert recent([1.0, None], 4)[-1] is not None
    assert recent([None, 5.0], 120)[-2:] == [None, 5.0]
    assert len(recent([], 7)) == 7
    assert words(area_chart([0.0, 50.0, 100.0], 60, 2)).splitlines()[0].endswith(" ⢸")
    assert words(area_chart([None, 10.0], 60, 1, None)).endswith(" ⢸")


def test_a_load_near_its_top_is_coloured():
    """Amber from 80 %, red from 95 %: the columns of a single row, the upper rows of a high chart."""
    assert [colour for _, colour in area_chart([10.0, 85.0, 100.0, 100.0], 60, 1)[0]][-2:] == ["gauge", "error"]
    assert [each[0][1] for each in area_chart([100.0] * 120, 60, 12)][:4] == ["error", "warning", "warning", "gauge"]
    assert {colour for _, colour in area_chart([5.0, 9.0], 60, 1, None)[0]} == {"gauge"}


def test_many_cores_are_one_block_each():
    """128 cores fit where their bars would not."""
    assert sum(width_of(each) for each in core_lines([50.0] * 128, 56, 4)) == 128
    assert "127" in words(core_lines([50.0] * 128, 196, 20))


@pytest.mark.parametrize("height", [3, 5, 7, 12, 40])
def test_traffic_fills_its_place(height):
    """Never more lines than there are, never wider."""
    lines = traffic_lines(machine_sample(0), {"disk.write": (1.0, 5.0)}, 38, height)
    assert len(lines) <= height
    assert all(width_of(each) <= 38 for each in lines)


@pytest.mark.parametrize("gpus", [0, 1, 2, 4, 8, 16])
@pytest.mark.parametrize(("width", "room"), [(80, 22), (120, 34), (200, 58), (300, 88)])
@pytest.mark.parametrize("processes", [0, 1, 9, 400])
def test_panes_share_the_window(gpus, width, room, processes):
    """All the lines are given away, and every pane keeps enough to be read."""
    parts = heights(room, width, gpus, 0, processes)
    assert sum(parts) == room
    assert all(part >= 3 for part in parts)


@pytest.mark.parametrize("stages", [0, 4, 40, 400])
@pytest.mark.parametrize(("width", "lower"), [(80, 5), (80, 11), (120, 18), (200, 32), (300, 50)])
@pytest.mark.parametrize("opened", [False, True])
def test_lists_of_processes_share_their_lines(stages, width, lower, opened):
    """Whatever lists a person has turned to, they fill their lines, and each that is there can be read."""
    seen = set()
    for turns in range(3):
        shown = lists_shown(lower, width, stages, turns)
        seen.add(shown)
        tree, machine, detail = share_lists(shown, lower, width, stages, opened=opened)
        if shown == "both" and width >= 180:
            assert (tree + detail, machine) == (lower, lower)
        else:
            assert tree + machine + detail == lower
        assert all(lines == 0 or lines >= 2 for lines in (tree, machine, detail))
        assert (bool(tree), bool(machine)) == (shown != "machine", shown != "stages")
    assert {"machine", "stages"} <= seen


@pytest.mark.parametrize(("width", "height"), [(200, 52), (300, 82)])
def test_panes_that_would_be_a_third_empty_stand_above_each_other(width, height):
    """The two panes fill a high window, each as wide as it is; in a low one they stand beside each other."""
    sample = machine_sample(0)
    above = rows_above_each_other(sample, width, height)
    assert above is not None
    curves = dict.fromkeys(("memory", "disk.read", "disk.write", "net.received", "net.sent"), (1.0, 2.0))
    filled = len(traffic_lines(sample, curves, width - 2, height - above - 2)) + above + 2
    assert 3 * filled >= 2 * height
    assert rows_above_each_other(sample, width, 26) is None


def listing(*processes: ProcessSample, mean: bool = False) -> ProcessListing:
    """Some processes as the machine's list has them."""
    return ProcessListing(1.0, processes, mean=mean)


def listed(pid: int, cpu: float, command: str = "bash", rss: int = GIB) -> ProcessSample:
    return ProcessSample(pid, 1, pid, command, "S", cpu, rss, 1, None, "ada", 90.0)


def filled(pane) -> float:
    """The share of a pane's lines that has anything in it."""
    height = pane.content_size.height
    return len(pane.paint(pane.content_size.width, height)) / height


@pytest.mark.parametrize("size", [(200, 60), (300, 90)])
@pytest.mark.parametrize("cores", [2, 16, 64])
@pytest.mark.parametrize("state", [None, "running"])
async def test_a_high_window_is_full(open_app, monkeypatch, state, cores, size):
    """With many processes or few, and any number of cores, hardly a line of a pane is empty."""
    app = open_app(state)
    sample = machine_sample(0, ("refinement",) if state else ())
    app.machine = StillMachine(structs.replace(sample, cpu=CpuSample(34.0, (34.0,) * cores, (5.4, 4.0, 3.2), cores)))
    app.machine.processes.take(listing(*(listed(pid, 1.0) for pid in range(1, 140))))
    monkeypatch.setattr(app.machine.processes, "look", lambda: True)
    async with app.run_test(size=size) as pilot:
        screen = await system(pilot)
        rows = screen.query_one("#processes", ListView)
        await settle(pilot, lambda: len(rows.entries) == 139 and rows.region.bottom == size[1] - 2)
        for pane in (screen.query_one(CoresPane), screen.query_one(TrafficPane), rows):
            assert pane.content_size.height * (1 - filled(pane)) <= 2, pane


async def test_the_machines_processes(open_app, monkeypatch):
    """Every process with what it takes, in the order asked for, this session's own marked; one in full on Enter."""
    app = open_app("running")
    app.machine = StillMachine(machine_sample(1, ("refinement",)))
    processes = (
        listed(10, 3.0, "/usr/bin/cc1 -quiet"),
        listed(4245, 90.0, "python train.py", 3 * GIB),
        listed(7, 0.0, rss=9 * GIB),
    )
    app.machine.processes.take(listing(*processes))
    monkeypatch.setattr(app.machine.processes, "look", lambda: True)
    async with app.run_test(size=(120, 50)) as pilot:
        screen = await system(pilot)
        rows = screen.query_one("#processes", ListView)
        await settle(pilot, lambda: len(rows.entries) == 3 and rows.display)
        first, second, third = text_of(rows).splitlines()[1:4]
        assert first.split()[:4] == ["▶", "4245", "ada", "python"]
        assert "90 %" in first
        assert "58.0 GiB" in first
        assert second.split()[:3] == ["10", "ada", "cc1"]
        assert "3 · by CPU" in rows.frame_facts()[1]
        rows.focus()
        await pilot.press("o")
        assert text_of(rows).splitlines()[1].split()[0] == "7"
        await pilot.press("o", "o", "down", "enter")
        detail = screen.query_one(ProcessPane)
        await settle(pilot, lambda: detail.display and "sleeping · started" in text_of(detail))
        assert text_of(detail).splitlines()[0].strip() == "/usr/bin/cc1 -quiet"
        assert "started 1 min ago · 1 thread · parent 1" in text_of(detail)
        app.machine.processes.take(listing(*processes[::-1], listed(5, 99.0)))
        screen.show_machine()
        assert rows.highlighted.process.pid == 10
        await pilot.press("slash", *"train", "enter")
        await settle(pilot, lambda: len(rows.entries) == 1)
        assert screen.focused is rows
        await pilot.press("escape", "escape")
        await settle(pilot, lambda: len(rows.entries) == 4 and not detail.display)


async def test_processes_are_chosen_with_the_mouse(open_app, monkeypatch):
    """A click chooses a process, a second one shows it in full; one on the heading orders by the next column."""
    app = open_app(None)
    app.machine = StillMachine(machine_sample(0))
    app.machine.processes.take(listing(*(listed(pid, 9.0 - pid, rss=pid * GIB) for pid in range(1, 6))))
    monkeypatch.setattr(app.machine.processes, "look", lambda: True)
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await system(pilot)
        rows = screen.query_one("#processes", ListView)
        await settle(pilot, lambda: len(rows.entries) == 5 and rows.has_focus)
        await pilot.click("#processes", offset=(12, 4))
        assert rows.highlighted.process.pid == 3
        await pilot.click("#processes", offset=(12, 4))
        await settle(pilot, lambda: screen.query_one(ProcessPane).display)
        await pilot.click("#processes", offset=(12, 1))
        await settle(pilot, lambda: "by memory" in rows.frame_facts()[1])
        assert [row.process.pid for row in rows.entries] == [5, 4, 3, 2, 1]
        assert rows.highlighted.process.pid == 3


async def test_a_session_elsewhere_is_named_beside_the_processes_here(open_app):
    """The list is this machine's: its frame names the machine that the session runs on."""
    app = open_app("running", host="node-7")
    app.machine = StillMachine(machine_sample(0))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await system(pilot)
        rows = screen.query_one("#processes", ListView)
        await settle(pilot, lambda: "the session runs on node-7" in rows.frame_facts()[1])


async def test_a_list_of_processes_that_cannot_be_renewed_says_so(open_app, monkeypatch):
    """An error stands in place of the first listing; with a listing the frame says that it is not new, until it is."""
    app = open_app("running")
    app.machine = StillMachine(machine_sample(0))
    feed, trouble = app.machine.processes, ["PermissionError: /proc"]
    monkeypatch.setattr(feed, "look", lambda: False)
    monkeypatch.setattr(type(feed), "trouble", property(lambda _feed: trouble[0]))
    async with app.run_test(size=(120, 50)) as pilot:
        screen = await system(pilot)
        rows = screen.query_one("#processes", ListView)
        await settle(pilot, lambda: "can't be listed: PermissionError: /proc" in text_of(rows))
        feed.take(listing(listed(1, 9.0)))
        screen._processes._read()
        assert "not new: PermissionError: /proc" in rows.frame_facts()[1]
        trouble[0] = ""
        screen.show_machine()
        assert "not new" not in rows.frame_facts()[1]


@pytest.mark.process
async def test_processes_are_listed_only_while_they_are_shown(open_app):
    """No other mode asks for the machine's processes; System shows real ones a moment after it is opened."""
    app = open_app("running")
    async with app.run_test(size=(120, 50)) as pilot:
        await settle(pilot, lambda: app.machine.sample is not None)
        for key in "1234":
            await pilot.press(key)
            await settle(pilot)
        assert app.machine.processes.listing is None
        screen = await system(pilot)
        rows = screen.query_one("#processes", ListView)
        await settle(pilot, lambda: any(row.process.pid == os.getpid() for row in rows.entries))
        row = next(row for row in rows.entries if row.process.pid == os.getpid())
        assert row.owner == "this screen"


@pytest.mark.parametrize("width", [60, 72, 84, 100, 130, 170, 296])
def test_a_process_fits_its_line(width):
    """At any width a process has its pid, its memory and its use; what gives way is left out whole."""
    row = ListedProcess(
        listed(4194304, 212.0, "python " + "x" * 400), "refinement", (1.0, 90.0), 58 * GIB, 64, 128 * GIB
    )
    text = words([process_line(row, width, gpu=True)])
    assert width_of(process_line(row, width, gpu=True)) <= width
    for word in ("▶", "4194304", "1.0 GiB", "212 %", "python"):
        assert word in text
    assert ("refinement" in text) == (width >= 130)
    assert "~212 %" in words([process_line(row._replace(mean=True), width, gpu=True)])


@pytest.mark.parametrize("height", [1, 3, 6, 12, 24, 48])
def test_a_process_in_full_fills_its_place(height):
    """Its command and what is known of it first, then charts of use and memory, then its parents and children."""
    parent, own, child = process(1, 0, "/sbin/init"), listed(10, 50.0, "python train.py " + "x " * 90), process(11, 10)
    found = family(own, [parent, own, child, process(12, 1, "of others")])
    assert sorted(each.pid for each in found) == [1, 10, 11]
    detail = ProcessDetail(ListedProcess(own, "refinement", (10.0, 50.0)), (float(GIB), float(GIB)), found)
    lines = process_detail(detail, 70, height)
    assert len(lines) <= height
    assert all(width_of(each) <= 70 for each in lines)
    text = words(lines)
    assert "python train.py" in text
    assert ("parent 1 (init)" in text) == (height > 1)
    assert ("50 % CPU" in text) == (height >= 3)
    assert ("└─ python tra" in text) == (height >= 24)
    assert "of others" not in text


def test_parents_that_go_in_a_circle_end():
    """Pids that name each other as parent, as a listing may have that takes its time, hang nobody."""
    one, two = process(1, 2), process(2, 1)
    assert len(family(one, [one, two])) == 2


def test_a_process_has_the_colour_of_its_load():
    """Idle ones are faint; one that fills a core is amber, and red where that is much of the machine."""
    assert [load_colour(cpu, 64) for cpu in (None, 0.4, 30.0, 99.0, 3200.0)] == [
        "faint", "faint", "gauge", "warning", "error",
    ]  # fmt: skip
    assert load_colour(99.0, 2) == "error"


def test_leaks_of_processes_that_are_gone():
    """The driver may remember what no process holds."""
    leak = Leak(machine_sample(1).gpu.gpus[0], 7, "x", None, alive=False)
    assert "memory of GPU 0 is still held by 7, which is gone" in words(leak_lines({"one": [leak]}, 100))


@pytest.mark.parametrize("width", range(24, 60))
def test_a_peak_is_shown_whole_or_not_at_all(width):
    """Where a rate's highest value has no room it is left out: no number is cut."""
    words = "".join(text for text, _ in _rate("read", 40 * 1024.0, [10.0, 40 * 1024.0], width, 1)[0])
    assert len(words) <= width
    assert "up to" not in words or words.endswith(("40.0 KiB/s", "40.0 KiB/s in 2 s"))


def fail_to_send(folder):
    """A session whose numbers go to MLflow, which does not take them."""
    folder.track.mkdir()
    state = TrackerState("mlflow", "http://127.0.0.1:5000 digits", "failing", "answered 500", points=12345, waiting=7)
    state.pid, state.start_time = os.getpid(), identity.start_time(os.getpid())
    state.boot_id, state.host = identity.boot_id() or "", identity.host()
    write_tracker(folder.track / "mlflow.json", state)


async def test_trackers_have_a_pane_if_there_are_any(open_app):
    """A line for each: how much was sent, and what keeps it from more."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await system(pilot)
        pane = screen.query_one(TrackersPane)
        assert not pane.display
        fail_to_send(app.view.folder)
        await settle(pilot, lambda: screen.show_machine() or "mlflow" in text_of(pane))
        assert "answered 500; 12,345 points sent, 7 wait" in text_of(pane)
        assert pane.region.bottom <= 34
        assert screen.query_one(TreePane).region.bottom <= pane.region.y


async def test_a_disk_that_does_not_answer_for_the_trackers_stops_nothing(open_app, monkeypatch):
    """Their files are read in a thread, by one look at a time; the pane comes when the disk answers."""
    answer, looks, read = threading.Event(), [], trackers_pane.tracker_documents

    def slow(folder):
        looks.append(folder)
        answer.wait(60)
        return read(folder)

    monkeypatch.setattr(trackers_pane, "tracker_documents", slow)
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await system(pilot)
        fail_to_send(app.view.folder)
        try:
            await settle(pilot, lambda: looks)
            for _ in range(5):
                screen.show_machine()
                await pilot.pause()
            assert len(looks) == 1
            assert not screen.query_one(TrackersPane).display
        finally:
            answer.set()
        await settle(pilot, lambda: screen.show_machine() or "mlflow" in text_of(screen.query_one(TrackersPane)))


def test_what_the_runner_recorded_stands_before_the_first_sample(tmp_path):
    """A curve reaches back to before the screen was opened; what is older than the record's patience is a gap."""
    path = tmp_path / "gauges.jsonl"
    now = time.time()
    path.write_text("".join(f'{{"t":{now - ago},"m":0,"v":{{"cpu":{ago}}}}}\n' for ago in (100, 60, 20, 10)))
    history = MachineHistory()
    history.recall(path)
    cpu = history.curves(("cpu",), lambda _name: (5.0, 6.0))["cpu"]
    assert cpu[-2:] == (5.0, 6.0)
    assert cpu[-3] == 10
    assert 95 <= len(cpu) <= 103
    assert None in cpu
    assert cpu[0] == 100


def test_cores_and_processes_have_curves(tmp_path):
    """Each core's and each process' use of the last samples; a process that is gone has none."""
    history = MachineHistory()
    sample = machine_sample(0, ("refinement",))
    history.add(sample)
    history.add(sample)
    curves = history.curves((), lambda _name: ())
    assert len(curves[core_key(0)]) == 2
    pids = [process.pid for process in sample.stages["refinement"].processes]
    assert all(len(curves[process_key(pid)]) == 2 for pid in pids)
    history.add(machine_sample(0))
    assert not any(name.startswith("process.") for name in history.curves((), lambda _name: ()))


@pytest.mark.parametrize("columns", [20, 76, 196, 590])
def test_a_chart_that_has_just_begun_is_soon_half_full(columns):
    """Charts of System show a few samples wide, at scales that double, and at last two minutes or all that fit."""
    spans = [fitting_scale(count, columns).samples(columns) for count in range(1, 900)]
    assert all(span >= min(count, spans[-1]) for count, span in enumerate(spans, 1))
    assert all(count * 2 >= span for count, span in enumerate(spans, 1) if columns / 8 <= count <= spans[-1])
    assert spans == sorted(spans)
    assert len(set(spans)) <= 8
    assert spans[-1] >= max(120, columns)
    shown = recent([1.0, 2.0, 3.0], columns, fitting_scale(3, columns))
    assert [number for number in dict.fromkeys(shown) if number is not None] == [1.0, 2.0, 3.0]
    assert shown[-1] == 3.0
    assert len(shown) == columns
