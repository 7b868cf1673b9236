"""Leases of GPUs across sessions: who gets which, and what holds after deaths."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from autotrain_tui.errors import MachineError, UnreadableError
from autotrain_tui.gauges.sample import GpuReading
from autotrain_tui.runner.core.runtime_folder import open_private, runtime_folder
from autotrain_tui.runner.gpus.allocator import GpuAllocator
from autotrain_tui.runner.gpus.gpu_selection import GpusUnavailable
from autotrain_tui.runner.gpus.leases import GpuLeases, Lease, LeaseHolder
from autotrain_tui.session.records.attempt_files import RunningRecord, Started, link_record, replace_record
from autotrain_tui.session.records.process_identity import Identity, boot_id, start_time

from .test_gpu_choice import gpu, reading

HERE = LeaseHolder("/sessions/20261122-150403-digits", "foundation", "/sessions/x/stages/1-foundation/attempt-1")
OTHER = LeaseHolder("/sessions/20261122-160000-other", "mastery", "/sessions/y/stages/1-mastery/attempt-1")
TWO = reading(gpu(0, 2), gpu(1, 1))

# a runner: claims one GPU for the attempt it is told, notes the pid it is told, says so, and waits
RUNNER = """
import sys
from pathlib import Path
from autotrain_tui.runner.gpus.leases import GpuLeases, LeaseHolder
from autotrain_tui.session.records.process_identity import Identity, start_time
from tests.gauges.test_gpu_choice import gpu, reading
folder, attempt, pid = sys.argv[1:]
lease = GpuLeases(Path(folder), {}).claim(1, reading(gpu(0, 2), gpu(1, 1)), LeaseHolder("/sessions/s", "dead", attempt))
if int(pid):
    lease.bind([Identity(int(pid), start_time(int(pid)))])
print(lease.gpus[0], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def leases(tmp_path):
    return GpuLeases(tmp_path / "run", {})


@pytest.fixture
def stage():
    """A living process that stands for a stage's."""
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    yield child
    child.kill()
    child.communicate()


@pytest.fixture
def runner(leases):
    """Starts a runner in a process of its own that has leased GPU-1; ended with SIGKILL, here or after the test."""
    children = []

    def start(attempt: str, pid: int = 0) -> subprocess.Popen[str]:
        root = Path(__file__).parents[2]
        command = [sys.executable, "-c", RUNNER, str(leases.folder), attempt, str(pid)]
        pipe = subprocess.PIPE
        child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root)
        children.append(child)
        assert child.stdout.readline() == "GPU-1\n"
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def kill(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def test_the_freest_gpu_is_leased_with_its_environment(leases):
    """One GPU of two: the one with more free memory, named to CUDA by its place on the bus."""
    with leases.claim(1, TWO, HERE) as lease:
        assert lease.gpus == ("GPU-1",)
        assert lease.environment == {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "1"}


def test_a_leased_gpu_goes_to_nobody_else(leases):
    """The next gets the other GPU, and the third waits, told who holds what."""
    with leases.claim(1, TWO, HERE), leases.claim(1, TWO, OTHER) as second:
        assert second.gpus == ("GPU-0",)
        assert leases.claim(1, TWO, OTHER) == GpusUnavailable(
            "waits for a free GPU: GPU 1 is leased to foundation of 20261122-150403-digits, "
            "GPU 0 is leased to mastery of 20261122-160000-other"
        )


def test_all_or_none(leases):
    """Who wants two of which one is taken waits and holds nothing back from others meanwhile."""
    with leases.claim(1, TWO, HERE):
        waiting = leases.claim(2, TWO, OTHER)
        assert isinstance(waiting, GpusUnavailable)
        assert waiting.reason.startswith("waits for 2 free GPUs: GPU 1 is leased to foundation")
        with leases.claim(1, TWO, OTHER) as lease:
            assert lease.gpus == ("GPU-0",)


def test_a_released_gpu_is_free_at_once(leases):
    """After release the next claim gets it; a second release is no error."""
    lease = leases.claim(2, TWO, HERE)
    assert leases.holders().keys() == {"GPU-0", "GPU-1"}
    lease.release()
    lease.release()
    assert leases.holders() == {}
    with leases.claim(2, TWO, OTHER) as again:
        assert sorted(again.gpus) == ["GPU-0", "GPU-1"]


def test_memory_in_use_makes_waiting(leases):
    """A GPU that others fill is not taken although nobody leased it."""
    waiting = leases.claim(2, reading(gpu(0, 70), gpu(1, 1)), HERE)
    assert waiting == GpusUnavailable("waits for 2 free GPUs: GPU 0 has 70.0 of 80.0 GiB in use")


def test_what_can_never_be_is_said(leases):
    """More GPUs than there are, and no GPU at all, are hopeless; nothing is made on the disk for them."""
    assert leases.claim(3, TWO, HERE) == GpusUnavailable("wants 3 GPUs, this machine has 2", hopeless=True)
    assert leases.claim(1, GpuReading((), "no GPU found", 1.0, absent=True), HERE).hopeless
    assert not leases.folder.exists()


@pytest.mark.process
def test_a_lease_of_another_process_is_honoured_until_it_dies(leases, runner):
    """While another runner lives its GPU is taken; killed with SIGKILL before a stage began, it is free."""
    other = runner("/nowhere/attempt-1")
    waiting = leases.claim(2, TWO, HERE)
    assert waiting == GpusUnavailable("waits for 2 free GPUs: GPU 1 is leased to dead of s")
    kill(other)
    with leases.claim(2, TWO, HERE) as lease:
        assert sorted(lease.gpus) == ["GPU-0", "GPU-1"]


@pytest.mark.process
def test_a_living_stage_keeps_its_gpu_when_its_runner_dies(leases, runner, stage):
    """The runner is killed, the stage lives: nobody else gets the GPU, the adopting runner does; then the stage ends."""
    attempt = "/sessions/s/stages/1-dead/attempt-1"
    kill(runner(attempt, stage.pid))
    assert isinstance(leases.claim(2, TWO, HERE), GpusUnavailable)
    assert leases.holders()["GPU-1"].stage == "dead"

    adopted = leases.retake(attempt)
    assert isinstance(adopted, Lease)
    assert adopted.gpus == ("GPU-1",)
    assert leases.retake(attempt) is None  # held again
    assert isinstance(leases.claim(2, TWO, HERE), GpusUnavailable)

    kill(stage)
    assert isinstance(leases.claim(2, TWO, HERE), GpusUnavailable)  # the runner decides when, not the process
    adopted.release()
    with leases.claim(2, TWO, HERE) as lease:
        assert len(lease.gpus) == 2


@pytest.mark.process
def test_a_stage_that_died_with_its_runner_holds_nothing(leases, runner, stage):
    """With both dead the GPU is free, and there is nothing to take again."""
    other = runner("/sessions/s/stages/1-dead/attempt-1", stage.pid)
    kill(stage)
    kill(other)
    assert leases.retake("/sessions/s/stages/1-dead/attempt-1") is None
    assert leases.holders() == {}
    leases.claim(2, TWO, HERE).release()


@pytest.mark.process
@pytest.mark.parametrize("which", ["shim", "command"])
def test_a_runner_killed_before_it_noted_the_stage_loses_nothing(leases, runner, stage, tmp_path, which):
    """Between the start of an attempt and the note of its processes the attempt's own records speak for it."""
    me = Identity(stage.pid, start_time(stage.pid))
    dead = Identity(2**22 + 5, 1)
    shim = me if which == "shim" else dead
    link_record(tmp_path, Started(shim, dead, boot_id(), "here"))
    if which == "command":
        replace_record(tmp_path, RunningRecord(me.pid, me.start_time))
    kill(runner(str(tmp_path)))
    assert isinstance(leases.claim(2, TWO, HERE), GpusUnavailable)
    assert leases.retake(str(tmp_path)).gpus == ("GPU-1",)


@pytest.mark.process
def test_a_reboot_ends_every_lease(leases, runner, stage):
    """A lease of another boot names strangers: it holds nothing, whatever lives under its pids."""
    kill(runner("/x/attempt-1", stage.pid))
    file = leases.folder / "GPU-1.lease"
    file.write_text(file.read_text().replace(boot_id(), "0" * len(boot_id())))
    assert leases.holders() == {}
    leases.claim(2, TWO, HERE).release()


@pytest.mark.parametrize("text", ["", "{", '{"session": 5}', "\0" * 100])
def test_a_damaged_lease_holds_nothing(leases, text):
    """What can't be read, and nobody locks, is nobody's."""
    leases.claim(1, TWO, HERE).release()
    (leases.folder / "GPU-1.lease").write_text(text)
    assert leases.holders() == {}
    leases.claim(2, TWO, HERE).release()


def unreadable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Reads of the files with this name fail with EIO, as of a file server that is away."""
    real = os.pread

    def pread(fd: int, count: int, offset: int) -> bytes:
        if os.readlink(f"/proc/self/fd/{fd}").endswith(name):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(fd, count, offset)

    monkeypatch.setattr(os, "pread", pread)


@pytest.mark.process
def test_a_lease_that_cannot_be_read_is_not_taken(leases, runner, stage, tmp_path, monkeypatch):
    """A living stage whose runner died, and whose lease can't be read just now: its GPU is nobody else's, the adopter
    asks again, and both find it once it can be read.
    """
    kill(runner(str(tmp_path), stage.pid))
    with monkeypatch.context() as patch:
        unreadable(patch, "GPU-1.lease")
        refused = leases.claim(2, TWO, HERE)
        assert isinstance(refused, GpusUnavailable)
        assert "whether GPU 1 is leased is unknown" in refused.reason
        assert not refused.hopeless
        with pytest.raises(UnreadableError):
            leases.holders()
        with pytest.raises(UnreadableError):
            leases.retake(str(tmp_path))
    assert list(leases.holders()) == ["GPU-1"]
    lease = leases.retake(str(tmp_path))
    assert lease is not None
    assert lease.gpus == ("GPU-1",)


@pytest.mark.process
def test_an_adopted_stages_lease_is_asked_for_again(leases, runner, stage, tmp_path, monkeypatch):
    """The allocator that could not read the lease holds it after one of its next looks."""
    kill(runner(str(tmp_path), stage.pid))
    allocator = GpuAllocator("session")
    monkeypatch.setattr(allocator, "_open", lambda: (None, leases))
    with monkeypatch.context() as patch:
        unreadable(patch, "GPU-1.lease")
        allocator.retake("a", tmp_path)
        allocator.keep()
        assert allocator._held == {}
    allocator.keep()
    assert allocator._held["a"].gpus == ("GPU-1",)
    allocator.release("a")


def test_no_descriptor_left_is_no_reason_to_end(leases, monkeypatch):
    """A lack of descriptors makes a stage wait for its GPU, with the reason."""
    allocator = GpuAllocator("session")
    gpus = SimpleNamespace(reading=lambda: TWO, ask=lambda: None)
    monkeypatch.setattr(allocator, "_open", lambda: (gpus, leases))

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full)
        refused = allocator.claim("a", 1, leases.folder)
    assert isinstance(refused, GpusUnavailable)
    assert not refused.hopeless
    assert "Too many open files" in refused.reason


@pytest.mark.process
def test_a_writer_killed_between_its_two_calls_leaves_a_whole_lease(leases, runner, stage, tmp_path):
    """What is left of a longer record behind the new one does not damage it."""
    kill(runner(str(tmp_path), stage.pid))
    with open(leases.folder / "GPU-1.lease", "ab") as file:
        file.write(b'left of it"}')
    assert list(leases.holders()) == ["GPU-1"]


@pytest.mark.process
def test_while_another_chooses_one_waits(leases):
    """Two that choose at the same time don't each take half of what both want."""
    with leases.claim(1, TWO, HERE):
        pass
    program = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR); fcntl.flock(fd, fcntl.LOCK_EX); print("locked", flush=True); sys.stdin.read()
"""
    command = [sys.executable, "-c", program, str(leases.folder / "choosing.lock")]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "locked\n"
    try:
        assert leases.claim(1, TWO, HERE) == GpusUnavailable("another session is choosing GPUs")
    finally:
        kill(child)
    leases.claim(1, TWO, HERE).release()


def test_a_lease_survives_the_removal_of_its_folder(leases):
    """A logout that empties the runtime folder takes no GPU away: kept, the lease is written anew."""
    with leases.claim(1, TWO, HERE) as lease:
        for path in leases.folder.iterdir():
            path.unlink()
        leases.folder.rmdir()
        assert lease.keep()
        assert leases.holders()["GPU-1"].stage == "foundation"
        assert isinstance(leases.claim(2, TWO, OTHER), GpusUnavailable)


def test_a_lease_lost_to_another_is_told(leases):
    """Where another took the GPU while the folder was gone, keep says so."""
    with leases.claim(1, TWO, HERE) as lease:
        (leases.folder / "GPU-1.lease").unlink()
        with leases.claim(1, TWO, OTHER) as other:
            assert other.gpus == ("GPU-1",)
            assert not lease.keep()
        assert lease.keep()


def test_an_old_lease_is_kept_young(leases):
    """Cleaners of /tmp go by age: a lease that is kept does not look old."""
    with leases.claim(1, TWO, HERE) as lease:
        file = leases.folder / "GPU-1.lease"
        os.utime(file, (1, 1))
        assert lease.keep()
        assert time.time() - file.stat().st_mtime < 3600


def test_names_from_a_driver_make_no_paths(leases):
    """A UUID with slashes stays a file in the folder."""
    evil = gpu(0, 1)
    evil = type(evil)(vendor="nvidia", index=0, uuid="../../x", memory_used=0, memory_total=1)
    with leases.claim(1, reading(evil), HERE) as lease:
        assert lease.gpus == ("..-..-x",)
        assert sorted(os.listdir(leases.folder)) == ["..-..-x.lease", "choosing.lock"]


def test_files_and_folder_are_ours_alone(leases):
    """The folder is 0700 and the files 0600, whatever the umask."""
    before = os.umask(0)
    try:
        leases.claim(1, TWO, HERE).release()
    finally:
        os.umask(before)
    assert leases.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in leases.folder.iterdir()} == {0o600}


def test_the_runtime_folder_is_the_users_own(tmp_path):
    """XDG_RUNTIME_DIR when it is ours alone; one open to others, a link or a relative one is passed over."""
    good, bad, link = tmp_path / "good", tmp_path / "bad", tmp_path / "link"
    good.mkdir(0o700)
    bad.mkdir()
    bad.chmod(0o755)
    link.symlink_to(good)
    usual = runtime_folder({}, "/last/resort")
    assert runtime_folder({"XDG_RUNTIME_DIR": str(good)}, "/last/resort") == good / "autotrain-tui"
    for place in (bad, link, tmp_path / "missing", "relative"):
        assert runtime_folder({"XDG_RUNTIME_DIR": str(place)}, "/last/resort") == usual
    # a build machine has no /run/user/UID
    assert str(usual) in {f"/run/user/{os.getuid()}/autotrain-tui", f"/last/resort/autotrain-tui-{os.getuid()}"}


def test_a_folder_that_others_could_have_made_is_refused(tmp_path):
    """A link, a file, or a folder open to others in our folder's place is named and not used."""
    (tmp_path / "target").mkdir(0o700)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "file").touch()
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    for name in ("link", "file", "open"):
        with pytest.raises(MachineError, match=name):
            open_private(tmp_path / name)
        with pytest.raises(MachineError, match=name):
            GpuLeases(tmp_path / name, {}).claim(1, TWO, HERE)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path):
    """A folder made before us by another user is refused, whatever its mode."""
    folder = tmp_path / "theirs"
    folder.mkdir(0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(MachineError, match="another user"):
        open_private(folder)
