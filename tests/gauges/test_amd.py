"""AMD's gauges against a sysfs built by the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.gauges.amd import AmdSource


@pytest.fixture
def sysfs(tmp_path: Path):
    """Adds cards to a /sys of our own; returns the function that does."""

    def add(number: int, pci: str, vendor: str = "0x1002", **files: str) -> Path:
        device = tmp_path / "devices" / pci
        (device / "hwmon/hwmon3").mkdir(parents=True)
        for name, text in {"vendor": vendor, **files}.items():
            path = device / name.replace("hwmon_", "hwmon/hwmon3/").replace("power_runtime", "power/runtime")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n")
        card = tmp_path / "class/drm" / f"card{number}"
        card.mkdir(parents=True)
        (card / "device").symlink_to(device)
        return device

    add.root = str(tmp_path)
    return add


FULL = {
    "product_name": "Instinct MI300X",
    "unique_id": "abc123",
    "gpu_busy_percent": "87",
    "mem_info_vram_used": "1073741824",
    "mem_info_vram_total": "206158430208",
    "hwmon_temp1_input": "54000",
    "hwmon_power1_average": "512000000",
    "hwmon_power1_cap": "750000000",
    "hwmon_freq1_input": "2100000000",
    "hwmon_freq2_input": "1300000000",
}


def test_a_card_gives_all_its_values(sysfs):
    """Every file of a full card becomes a value in our units."""
    sysfs(0, "0000:03:00.0", **FULL)
    (gpu,) = AmdSource(sysfs.root).measure().gpus
    assert (gpu.vendor, gpu.index, gpu.name, gpu.uuid, gpu.pci) == (
        "amd",
        0,
        "Instinct MI300X",
        "abc123",
        "0000:03:00.0",
    )
    assert (gpu.utilisation, gpu.memory_used, gpu.memory_total) == (87.0, 1 << 30, 192 << 30)
    assert (gpu.temperature, gpu.power, gpu.power_limit) == (54.0, 512.0, 750.0)
    assert (gpu.clock, gpu.memory_clock) == (2100, 1300)
    assert (gpu.processes, gpu.reason) == (None, None)


def test_cards_are_numbered_by_their_address(sysfs):
    """The order is that of the PCI addresses, whatever the cards' numbers; other makers' cards and connectors are not counted."""
    sysfs(0, "0000:83:00.0", gpu_busy_percent="1")
    sysfs(1, "0000:03:00.0", gpu_busy_percent="2")
    sysfs(2, "0000:01:00.0", vendor="0x10de", gpu_busy_percent="3")
    (Path(sysfs.root) / "class/drm/card1-DP-1").mkdir()
    assert [gpu.utilisation for gpu in AmdSource(sysfs.root).measure().gpus] == [2.0, 1.0]


def test_missing_and_broken_files_are_unknown(sysfs):
    """A value without a file, or with rubbish in it, is None; the others stay."""
    sysfs(0, "0000:03:00.0", device="0x744c", gpu_busy_percent="rubbish", hwmon_power1_input="90000000")
    (gpu,) = AmdSource(sysfs.root).measure().gpus
    assert (gpu.name, gpu.utilisation, gpu.power, gpu.temperature) == ("AMD GPU 0x744c", None, 90.0, None)
    assert gpu.reason is None


def test_a_card_without_any_value_says_so(sysfs):
    """A card that shows nothing has no data, with the reason."""
    sysfs(0, "0000:03:00.0")
    (gpu,) = AmdSource(sysfs.root).measure().gpus
    assert gpu.reason == "no data: amdgpu shows no values"


def test_a_sleeping_card_is_not_woken(sysfs):
    """A card that the kernel has put to sleep is left alone."""
    sysfs(0, "0000:03:00.0", power_runtime_status="suspended", **FULL)
    (gpu,) = AmdSource(sysfs.root).measure().gpus
    assert (gpu.utilisation, gpu.reason) == (None, "no data: the GPU is asleep")


def test_the_compute_driver_tells_who_holds_memory(sysfs):
    """Processes are those of amdkfd's lists, by the card's own number; a card that it does not know has no list."""
    sysfs(0, "0000:03:00.0", **FULL)
    sysfs(1, "0001:83:1f.2", **FULL)
    sysfs(2, "0000:99:00.0", **FULL)
    kfd = Path(sysfs.root) / "class/kfd/kfd"
    nodes = {"0": ("0", 0, 0), "1": ("4711", 0x0300, 0), "2": ("815", 0x83 << 8 | 0x1F << 3 | 2, 1)}
    for name, (gpu_id, location, domain) in nodes.items():
        node = kfd / "topology/nodes" / name
        node.mkdir(parents=True)
        (node / "gpu_id").write_text(f"{gpu_id}\n")
        (node / "properties").write_text(f"cpu_cores_count 0\nlocation_id {location}\ndomain {domain}\n")
    for pid, files in {"70": {"vram_4711": "5", "vram_815": "0"}, "71": {"vram_4711": "6", "vram_815": "7"}}.items():
        (kfd / "proc" / pid).mkdir(parents=True)
        for name, text in files.items():
            (kfd / "proc" / pid / name).write_text(text + "\n")
    first, third, second = AmdSource(sysfs.root).measure().gpus
    assert [(process.pid, process.memory) for process in first.processes] == [(70, 5), (71, 6)]
    assert [(process.pid, process.memory) for process in second.processes] == [(71, 7)]
    assert third.processes is None


def test_no_card_is_absent(tmp_path):
    """A machine without AMD cards says that there is none."""
    source = AmdSource(str(tmp_path))
    assert not source.present()
    assert source.measure().absent
