"""Records that point at strangers, and machines that went down meanwhile (FAULTS P7, P8, X18)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.attempt_files import Started, read_record
from autotrain_tui.session.records.process_identity import start_time
from tests.faults.means import needs_root
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import TRAINER

TRAIN = {"command": python(TRAINER), "resumable": True}
NO_BOOT = "00000000-0000-0000-0000-000000000000"


def ended_unseen(rig: Rig) -> Path:
    """Run stage a, kill its runner, its shims and itself; the attempt's folder."""
    rig.start()
    rig.said("a", "step 3")
    attempt = rig.folder.attempt(1, "a", 1).path
    started = read_record(attempt, Started).record
    pids = [started.a.pid, started.b.pid, rig.pid("a")]
    rig.kill_runner()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not any(start_time(pid) for pid in pids), "their death")
    return attempt


def point_at(attempt: Path, pid: int, began: int) -> None:
    """Edit the records so that shims and command are that process."""
    for name in ("started.json", "running.json"):
        record = json.loads((attempt / name).read_text())
        if name == "started.json":
            record["a"] = record["b"] = {"pid": pid, "start_time": began}
        else:
            record.update(pid=pid, start_time=began)
        (attempt / name).write_text(json.dumps(record))


@pytest.mark.parametrize("whose", ["used again", pytest.param("another user's", marks=needs_root)])
def test_no_signal_reaches_a_stranger(tmp_path: Path, whose: str) -> None:
    """Records edited to a stranger's pid: not adopted, not signalled by recovery or by commands; the attempt is lost."""
    user = {"user": 65534} if whose == "another user's" else {}
    with (
        session(tmp_path, plan({"name": "a", **TRAIN})) as rig,
        subprocess.Popen(["sleep", "1000"], start_new_session=True, **user) as stranger,
    ):
        attempt = ended_unseen(rig)
        began = start_time(stranger.pid)
        match whose:
            case "used again":  # a pid is used again: the number is the same, the start time is not
                point_at(attempt, stranger.pid, began - 1)
            case _:
                point_at(attempt, stranger.pid, began)
        rig.start()
        wait_for(lambda: len(rig.stage("a").attempts) == 2, f"a new attempt: {rig.tell()}")
        assert str(rig.stage("a").attempts[0].state) == "lost"
        rig.said("a", "step", attempt=2)
        rig.ask("kill")
        rig.end()
        assert stranger.poll() is None
        stranger.kill()


def test_a_record_that_names_init_is_none(tmp_path: Path) -> None:
    """Records edited to pid 1: no record of ours can say that; nothing is signalled, and only --force goes on."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        point_at(ended_unseen(rig), 1, start_time(1))
        with pytest.raises(RefusedError, match=r"not a valid record.*--force"):
            rig.start()


def reboot(rig: Rig) -> None:
    """Make all that is recorded so far another boot's, whose monotonic clock stood a million seconds higher."""
    now = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    for path in (rig.folder.journal, rig.folder.lock, *rig.folder.path.glob("stages/*/attempt-*/started.json")):
        text = path.read_text().replace(now, NO_BOOT)
        path.write_text(
            re.sub(r'"(mono|ended_mono)":([\d.]+)', lambda match: f'"{match[1]}":{float(match[2]) + 1e6}', text)
        )


def test_a_reboot_in_mid_run(tmp_path: Path) -> None:
    """The machine went down while a stage ran: said so with when, resumed, the time it ran counted, nobody signalled."""
    with session(tmp_path, plan({"name": "a", **TRAIN}, max_hours=1)) as rig:
        ended_unseen(rig)
        reboot(rig)
        assert rig.view().state == "interrupted"
        (rig.folder.path / "go").touch()
        rig.start()
        view = rig.end()
        first, second = view.session.stages[0].attempts
        assert re.search(
            r"interrupted by a reboot at \d{4}-\d\d-\d\d \d\d:\d\d UTC: exit code unknown", first.end.reason
        )
        assert (str(first.state), str(second.state)) == ("lost", "succeeded")
        assert 0 <= first.run_seconds < 60
        assert 0 < view.elapsed_seconds < 120


def test_an_end_before_the_reboot_is_taken_with_its_time(tmp_path: Path) -> None:
    """A stage that ended, and then the machine went down before anybody saw it: its record counts, with its own time."""
    with session(tmp_path, plan({"name": "a", **TRAIN}, max_hours=8)) as rig:
        rig.start()
        rig.said("a", "step 3")
        rig.kill_runner()
        (rig.folder.path / "go").touch()
        record_of_end = rig.folder.attempt(1, "a", 1).path / "exit.json"
        wait_for(record_of_end.exists, "its end")
        record = json.loads(record_of_end.read_text())
        record["elapsed_seconds"] = 7200.0
        record_of_end.write_text(json.dumps(record))
        reboot(rig)
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded"
        view = load_view(rig.folder)  # as the journal stands now: the rig has read it before the reboot
        [attempt] = view.session.stages[0].attempts
        assert attempt.run_seconds == 7200.0
        assert 7200 <= view.elapsed_seconds < 7260, "the budget knows of it"


def test_a_retrys_delay_ends_with_the_boot(tmp_path: Path) -> None:
    """A retry that waits for its delay by a clock that the reboot set back does not wait for ever."""
    code = "import os\nprint('ran', flush=True)\nraise SystemExit(int(os.environ['AUTOTRAIN_ATTEMPT'] == '1'))"
    retries = {"error": {"count": 1, "delay_seconds": 1000, "action": "retry"}}
    with session(tmp_path, plan({"name": "a", "command": python(code), "retries": retries})) as rig:
        rig.start()
        wait_for(lambda: "StageReset" in rig.kinds(), "the planned retry")
        assert rig.stage("a").state == "pending"
        rig.kill_runner()
        reboot(rig)
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded"
