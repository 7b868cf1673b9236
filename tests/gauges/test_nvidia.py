"""NVIDIA's gauges through the real binding, against a library that does what a test wants."""

from __future__ import annotations

import pytest

from autotrain_tui.gauges import nvidia
from autotrain_tui.gauges.nvidia import NvidiaSource

GIB = 1 << 30


@pytest.mark.parametrize("count", [1, 2, 8])
def test_every_gpu_gives_all_its_values(nvml, count):
    """One, two and eight GPUs each come with every value, in the driver's order."""
    reading = nvml("show(answered())", gpus=str(count))
    assert reading["reason"] is None
    assert [gpu["index"] for gpu in reading["gpus"]] == list(range(count))
    last = reading["gpus"][-1]
    assert last == {
        "vendor": "nvidia",
        "index": count - 1,
        "name": f"Stub {count - 1}",
        "uuid": f"GPU-0000-{count - 1}",
        "pci": f"00000000:0{count}:00.0",
        "utilisation": 10 * (count - 1) + 5,
        "memory_used": count * GIB,
        "memory_total": 80 * GIB,
        "temperature": 39 + count,
        "power": pytest.approx(100.5 + (count - 1) / 1000),
        "power_limit": 700,
        "clock": 1980,
        "memory_clock": 2619,
        "processes": [],
        "reason": None,
    }


def test_a_missing_value_leaves_the_others(nvml):
    """A card without a power sensor, one without a readable name: None there, values elsewhere."""
    reading = nvml("show(answered())", gpus="2", rules="Power@0=3,Clock@0=3,Name@1=junk")
    first, second = reading["gpus"]
    assert (first["power"], first["clock"], first["reason"]) == (None, None, None)
    assert first["utilisation"] == 5
    assert second["name"] is None
    assert second["power"] is not None


def test_rubbish_is_not_shown(nvml):
    """Values that can't be (4,000,000,000 %, all bits set) are unknown."""
    reading = nvml("show(answered())", gpus="1", rules="Power@*=junk,Utilisation@*=junk,Memory2@*=junk")
    (gpu,) = reading["gpus"]
    assert (gpu["power"], gpu["utilisation"], gpu["memory_total"]) == (None, None, None)
    assert gpu["temperature"] == 40


def test_an_old_driver_is_asked_in_the_old_way(nvml):
    """Without the second form of the memory call the first one serves; without process lists there are none."""
    reading = nvml("show(answered())", gpus="1", rules="Memory2@*=13,Processes@*=13")
    (gpu,) = reading["gpus"]
    assert gpu["memory_used"] == 2 * GIB
    assert gpu["processes"] is None


def test_a_lost_gpu_says_so_and_hides_no_other(nvml):
    """Error 15 from every call of one GPU: that one has no data and the reason, the other all its values."""
    calls = ["Utilisation", "Memory", "Memory2", "Temperature", "Power", "PowerLimit", "Clock", "Processes"]
    reading = nvml("show(answered())", gpus="2", rules=",".join(f"{call}@1=15" for call in calls))
    first, second = reading["gpus"]
    assert first["utilisation"] == 5
    assert second["reason"] == "no data: GPU is lost"
    assert second["name"] == "Stub 1"


def test_a_gpu_that_gives_no_handle_is_named_with_the_reason(nvml):
    """A GPU that fails from the start still has its place, with the driver's word."""
    reading = nvml("show(answered())", gpus="2", rules="Handle@0=4")
    first, second = reading["gpus"]
    assert first["reason"] == "no data: insufficient permissions"
    assert second["reason"] is None


def test_an_unknown_error_code_is_put_into_words(nvml):
    """An error newer than the binding is shown with the library's own words."""
    reading = nvml("show(answered())", gpus="1", rules="Init@*=777")
    assert reading["reason"] == "no data (NVML: an error that only the stub knows)"
    assert reading["gpus"] == []


@pytest.mark.parametrize(
    ("rules", "gpus", "reason", "absent"),
    [
        ("Init@*=9", "1", "no GPU found (NVML: driver not loaded)", True),
        ("Init@*=18", "1", "no data (NVML: driver and library versions differ; a reboot mends it)", False),
        ("Count@*=999", "1", "no data (NVML: unknown error)", False),
        ("", "0", "no GPU found (NVML: no devices)", True),
    ],
)
def test_no_gpu_is_told_from_no_answer(nvml, rules, gpus, reason, absent):
    """Each way of having no GPU has its own sentence, and says whether there is none or none that answers."""
    reading = nvml("show(answered())", gpus=gpus, rules=rules)
    assert (reading["reason"], reading["absent"], reading["gpus"]) == (reason, absent, [])


def test_a_driver_that_comes_back_is_found_again(nvml):
    """After all GPUs failed the driver is opened anew at the next retry, and values return."""
    program = """
now = [0.0]
source = NvidiaSource(clock=lambda: now[0])
os.environ["STUB_RULES"] = ",".join(f"{c}@*=15" for c in "Utilisation Memory Memory2 Temperature Power".split())
lost = source.measure()
os.environ["STUB_RULES"] = ""
soon = source.measure()
now[0] = 61.0
show([r.gpus[0].reason for r in (lost, soon, source.measure())])
"""
    assert nvml(program, gpus="1") == ["no data: GPU is lost", "no data: GPU is lost", None]


@pytest.mark.parametrize("where", ["Init@*=hang", "Count@*=hang", "Utilisation@1=hang"])
def test_a_hanging_driver_blocks_nothing(nvml, where):
    """A driver that never answers is named with the time it has been silent; the process goes on, and ends."""
    program = """
g = gpus(patience=0.05)
g.ask()
until(lambda: (g.reading().reason or "").startswith("no data: NVML has not answered for "))
g.close()
show(g.reading())
"""
    reading = nvml(program, gpus="2", rules=where)
    assert reading["reason"].endswith(" s")
    assert reading["time"] is None


def test_a_driver_that_starts_to_hang_leaves_names_without_values(nvml):
    """After an answer and then silence the GPUs are still named, but no old value is shown as new."""
    program = """
g = gpus(patience=0.05)
g.ask()
until(lambda: g.reading().time is not None)
os.environ["STUB_RULES"] = "Temperature@*=hang"
g.ask()
until(lambda: g.reading().reason is not None)
show(g.reading())
"""
    reading = nvml(program, gpus="2")
    assert [gpu["name"] for gpu in reading["gpus"]] == ["Stub 0", "Stub 1"]
    for gpu in reading["gpus"]:
        assert gpu["utilisation"] is None
        assert gpu["memory_used"] is None
        assert gpu["reason"].startswith("no data: NVML has not answered")


def test_processes_are_counted_once(nvml):
    """A process in both the compute and the graphics list is one; unknown memory is None."""
    reading = nvml("show(answered())", gpus="1", pids="71:512,70:3,72")
    assert reading["gpus"][0]["processes"] == [
        {"pid": 70, "memory": 3 << 20},
        {"pid": 71, "memory": 512 << 20},
        {"pid": 72, "memory": None},
    ]


def test_the_stage_share_holds_its_gpu_memory(nvml):
    """A stage's GPU memory is that of its tree's processes; what they keep after its end is named."""
    program = """
from autotrain_tui.gauges.sampler import Sampler
me = os.getpid()
os.environ["STUB_PIDS"] = f"{me}:512,1:9"
s = Sampler(".", 0.0, gpus=gpus())
s.ask()
until(lambda: s.gpu().time is not None)
share = s.sample({"one": [me]}).stages["one"]
leaks = s.leaked("one")
show([share.gpu_memory, share.processes[0].gpu_memory, leaks[0].pid == me, leaks[0].memory, leaks[0].alive, len(leaks)])
"""
    assert nvml(program, gpus="1") == [512 << 20, 512 << 20, True, 512 << 20, True, 1]


def test_no_library_is_no_gpu(monkeypatch):
    """Without NVIDIA's library there is no GPU, said in one sentence, and the binding is not even imported."""
    monkeypatch.setattr(nvidia, "LIBRARY", "libno-such-library.so.1")
    reading = NvidiaSource().measure()
    assert reading.reason == "no GPU found (NVML: library not found)"
    assert reading.absent
