"""Where a user waits: the first picture, the start and the end of a stage, many short stages, `ls`, a broken session.

Each figure is taken in this run against what it is held against, both sides in turn; medians. The last rows show how
equal two equal things came out. Prints `name, ours, other, ratio, bound, held`.

    python benchmarks/latency.py [--rounds 15] [--stages 100 1000] [--sessions 10000] [--only picture start stages …]
"""

# ruff: noqa: ASYNC240  nothing else runs in these loops
from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import pty
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.runner.launchers.local import LocalLauncher
from autotrain_tui.session.history.classic_document import classic_pieces
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.journal_file import JournalWriter, read_journal
from autotrain_tui.session.journal.session_view import SessionFollower, load_view
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.attempt_files import Spec, Started, read_record
from autotrain_tui.session.records.folder import SessionFolder

MARK = "painted-mark"
BARE = f"""
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("{MARK}")
Bare().run()
"""
CLOCK = [sys.executable, "-I", "-S", "-c", "import time; print(time.monotonic())"]
LATE = [
    sys.executable, "-I", "-S", "-c",
    "import os, time; time.sleep(0.05); print(time.monotonic(), flush=True); os._exit(0)",
]  # fmt: skip
"""A command whose last instruction is known: it leaves out the interpreter's own end."""


def row(name: str, ours: float, other: float | None, bound: float, unit: str, *, how: str = "ratio") -> None:
    """One line. `how`: the bound is of the ratio, of the difference (`+`), or of our figure alone."""
    ratio = ours / other if other else float("nan")
    figure = {"ratio": ratio, "+": ours - (other or 0.0), "alone": ours}[how]
    shown = f"{ratio:.3f}" if other else "–"
    beside = f"{other:.4g} {unit}" if other is not None else "–"
    limit = f"+{bound:g} {unit}" if how == "+" else f"{bound:g} {unit}" if how == "alone" else f"{bound:g}"
    print(f"{name}, {ours:.4g} {unit}, {beside}, {shown}, {limit}, {'yes' if figure <= bound else 'NO'}", flush=True)


def in_turn(sides: Sequence[Callable[[], float]], rounds: int) -> list[float]:
    """The median of each side."""
    found: list[list[float]] = [[] for _ in sides]
    for side in sides:
        side()
    for _ in range(rounds):
        for side, values in zip(sides, found, strict=True):
            values.append(side())
    return [statistics.median(values) for values in found]


def cpu_of(words: Sequence[str], cwd: Path) -> float:
    """Milliseconds of processor time (user and system) of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def program(*words: str) -> list[str]:
    """Our command line, as it is installed."""
    script = Path(sys.executable).with_name("autotrain-tui")
    return [*([str(script)] if script.exists() else [sys.executable, "-m", "autotrain_tui"]), *words]


# -- the first picture -----------------------------------------------------------------------------------------------


def painted(words: Sequence[str], cwd: Path, mark: bytes) -> float:
    """Milliseconds until a program in a terminal has written the mark."""
    began = time.perf_counter()
    pid, descriptor = pty.fork()
    if not pid:
        os.chdir(cwd)
        os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor"})
        os.execv(words[0], list(words))
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    seen = b""
    while mark not in seen:
        seen += os.read(descriptor, 1 << 16)
    taken = time.perf_counter() - began
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(descriptor)
    return taken * 1e3


@contextlib.contextmanager
def live_project(root: Path):
    """A project with one live session, whose stage has printed the mark and is silent."""
    (root / "stages").mkdir(parents=True)
    (root / "stages" / "p.toml").write_text(
        'name = "p"\n[[stage]]\nname = "one"\n'
        f'command = ["{{python}}", "-c", "import time; print(\'{MARK}\', flush=True); time.sleep(3600)"]\n'
    )
    subprocess.run(program("run", "--detach"), cwd=root, check=True, stdout=subprocess.DEVNULL)
    while MARK.encode() not in subprocess.run(program("logs"), cwd=root, capture_output=True, check=False).stdout:
        time.sleep(0.05)
    try:
        yield root
    finally:
        subprocess.run(program("kill", "--wait"), cwd=root, check=False, stdout=subprocess.DEVNULL)


def picture(root: Path, options: argparse.Namespace) -> None:
    """The first useful picture of a live session against a bare Textual application's; plain commands beside it."""
    with live_project(root / "live") as project:
        bare = [sys.executable, "-c", BARE]
        mark = MARK.encode()
        sides = [
            lambda: painted(program(), project, mark),
            lambda: painted(bare, project, mark),
            lambda: painted(bare, project, mark),
        ]
        ours, other, again = in_turn(sides, options.rounds)
        row("first picture of a live session / first paint of a bare Textual application", ours, other, 0.35, "ms")
        row("  equal: the bare application twice", again, other, 1.2, "ms")
        nothing = [sys.executable, "-c", "pass"]
        for verb in ("ls", "show"):
            ours, other = in_turn(
                [lambda verb=verb: cpu_of(program(verb), project), lambda: cpu_of(nothing, project)], options.rounds
            )
            row(f"{verb} of a live session / the interpreter alone (processor time)", ours, other, 3.5, "ms")


# -- the start and the end of a stage --------------------------------------------------------------------------------


def alone(root: Path) -> float:
    """Milliseconds to the command's first instruction, started directly into a file."""
    with open(root / "alone", "wb") as log:
        began = time.monotonic()
        subprocess.run(CLOCK, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
    return (float((root / "alone").read_text()) - began) * 1e3


async def attempt(launcher: LocalLauncher, folder: Path, command: list[str]) -> tuple[float, float]:
    """The same as an attempt; and milliseconds from the command's last instruction to its known end."""
    folder.mkdir(mode=0o700)
    began = time.monotonic()
    started = await launcher.start(folder, Spec("s", 1, command, str(folder), linger_seconds=0), os.environ)
    await started.wait()
    known = time.monotonic()
    started.close()
    said = float((folder / "log").read_text())
    return (said - began) * 1e3, (known - said) * 1e3


async def start(root: Path, options: argparse.Namespace) -> None:
    """A stage's start over its command alone, its end, and what its shims and the launch server hold."""
    first, warm, bare, same, ends = [], [], [], [], []
    launcher = LocalLauncher(server=True)
    await attempt(launcher, root / "once", CLOCK)
    for number in range(options.rounds):
        first.append(first_stage(root / f"first-{number}"))
        bare.append(alone(root))
        warm.append((await attempt(launcher, root / f"warm-{number}", CLOCK))[0])
        same.append(alone(root))
        ends.append((await attempt(launcher, root / f"end-{number}", LATE))[1])
    memory = await private_memory(launcher, root / "memory")
    await launcher.settle()
    middle = statistics.median
    row("start of a stage over its command alone, server running", middle(warm), middle(bare), 10, "ms", how="+")
    row(
        "start of a session's first stage, from its decision, over its command alone",
        middle(first),
        middle(bare),
        30,
        "ms",
        how="+",
    )
    row("end of a stage known to the runner", middle(ends), None, 3, "ms", how="alone")
    row("private memory of both shims and the server", memory, None, 6, "MiB", how="alone")
    row("  equal: the command alone twice", middle(same), middle(bare), 1.2, "ms")


def first_stage(root: Path) -> float:
    """Milliseconds from the decision on a session's first stage, as journaled, to its command's first instruction."""
    root.mkdir()
    text = f'name = "bench"\ncommand = {msgspec.json.encode(CLOCK).decode()}\n[[stage]]\nname = "one"\n'
    folder = create(prepare(parse_plan(text, "bench"), Overrides(), root=root, sessions=root), root=root, sessions=root)
    spawn_runner(folder).wait()
    starting = next(event for event in read_journal(folder.journal).events if isinstance(event, ev.AttemptStarting))
    return (float(folder.at(starting.folder).log.read_text()) - starting.mono) * 1e3


async def private_memory(launcher: LocalLauncher, folder: Path) -> float:
    """MiB that both shims and the server hold for themselves while a command runs."""
    folder.mkdir(mode=0o700)
    running = await launcher.start(folder, Spec("s", 1, ["sleep", "60"], str(folder)), os.environ)
    started = read_record(folder, Started).record
    assert started is not None
    await asyncio.sleep(0.3)
    fields = Path(f"/proc/{started.a.pid}/stat").read_text().rpartition(")")[2].split()
    total = 0
    for pid in (int(fields[1]), started.a.pid, started.b.pid):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    await running.kill("benchmark")
    await running.wait()
    running.close()
    return total / 1024


def stages(root: Path, options: argparse.Namespace) -> None:
    """Plans of many stages of `true`: milliseconds a stage, GNU make and task-spooler beside them."""
    counts = options.stages
    per_stage: dict[int, list[float]] = {count: [] for count in counts}
    makes: list[float] = []
    makefile = root / "Makefile"
    makefile.write_text(
        "".join(f"s{at}:\n\t@true\n" for at in range(100)) + "all: " + " ".join(f"s{at}" for at in range(100))
    )
    spools: list[float] = []
    for _ in range(max(1, options.rounds // 5)):
        for count in counts:
            per_stage[count].append(session_of(root, count))
        if shutil.which("make"):
            began = time.monotonic()
            subprocess.run(["make", "-j1", "-f", str(makefile), "all"], cwd=root, check=True, stdout=subprocess.DEVNULL)
            makes.append((time.monotonic() - began) * 10)
        if spooler := shutil.which("tsp") or shutil.which("ts"):
            spools.append(spooled(spooler))
    least = statistics.median(per_stage[counts[0]])
    row(f"{counts[0]} stages of true, a stage", least, None, 25, "ms", how="alone")
    for count in counts[1:]:
        row(
            f"{count} stages of true, a stage, against {counts[0]}",
            statistics.median(per_stage[count]),
            least,
            1.2,
            "ms",
        )
    for name, values in (("make -j1", makes), ("task-spooler", spools)):
        if values:
            print(f"  {name}: 100 jobs of true, a job, {statistics.median(values):.3g} ms, –, –, –, –", flush=True)


def session_of(root: Path, count: int) -> float:
    """Milliseconds a stage of a session."""
    text = 'name = "bench"\ncommand = ["true"]\n' + "".join(f'[[stage]]\nname = "s{at}"\n' for at in range(count))
    place = Path(tempfile.mkdtemp(dir=root))
    folder = create(
        prepare(parse_plan(text, "bench"), Overrides(), root=place, sessions=place), root=place, sessions=place
    )
    runner = spawn_runner(folder)
    began = time.monotonic()
    runner.wait()
    taken = time.monotonic() - began
    assert SessionFollower(folder).poll()[0].finished
    shutil.rmtree(place)
    return taken / count * 1e3


def spooled(spooler: str) -> float:
    """Milliseconds a job of task-spooler."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TS_SOCKET": f"{folder}/s", "TMPDIR": folder}
        began = time.monotonic()
        for _ in range(100):
            subprocess.run([spooler, "true"], env=environment, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([spooler, "-w"], env=environment, check=True, stdout=subprocess.DEVNULL)
        taken = time.monotonic() - began
        subprocess.run([spooler, "-K"], env=environment, check=False)
        return taken * 10


# -- many sessions, a broken one -------------------------------------------------------------------------------------


def finished_session(folder: SessionFolder) -> None:
    """A finished session of one stage, as its runner leaves it."""
    folder.path.mkdir(parents=True)
    writer = JournalWriter(folder.journal)
    stage = ev.StageDefinition(name="one", index=1)
    created = ev.SessionCreated(id=folder.id, plan="digits", mode="development", stages=[stage], metric_name="accuracy")
    run = {"stage": "one", "attempt": 1}
    for event in (
        created,
        ev.RunnerStarted(pid=1, start_time=1, boot_id="b", host="h"),
        ev.AttemptStarting(**run, folder="stages/1-one/attempt-1", command=["true"]),
        ev.AttemptRunning(**run, pid=2, start_time=2),
        ev.AttemptEnded(**run, state="succeeded", exit_code=0, metrics={"accuracy": 0.9}, best=0.9),
        ev.SessionFinished(outcome="succeeded"),
    ):
        writer.append(writer.stamp(event), sync=False)
    view = load_view(folder)
    folder.summary.write_bytes(b"".join(classic_pieces(view.session, view.session.mono, writer.length)))
    folder.summary.chmod(0o600)
    writer.close()


def sessions(root: Path, options: argparse.Namespace) -> None:
    """`ls` of many sessions beyond its start-up, from the index, and without index and summaries."""
    many, one = root / "many", root / "one-session"
    for place, count in ((many, options.sessions), (one, 1)):
        for at in range(count):
            name = time.strftime("%Y%m%d-%H%M%S", time.gmtime(1_700_000_000 + at))
            finished_session(SessionFolder(place / "sessions" / f"{name}-digits"))
    sides = [lambda: cpu_of(program("ls"), many), lambda: cpu_of(program("ls"), one)]
    ours, start_up = in_turn(sides, max(3, options.rounds // 3))
    row(f"ls of {options.sessions} sessions, beyond its start-up (processor time)", ours, start_up, 40, "ms", how="+")
    for summary in (many / "sessions").glob("*/session.json"):
        summary.unlink()
    shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)
    screenful = cpu_of(program("ls", "-n", "50"), many) / 1e3
    row("  its first screenful, without index and summaries", screenful, None, 0.3, "s", how="alone")
    shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)
    row("  all of it, without index and summaries", cpu_of(program("ls"), many) / 1e3, None, 1.5, "s", how="alone")


def broken(root: Path, options: argparse.Namespace) -> None:
    """One session with a sparse journal of 20 GB and one with a line of 1 GB beside ten good ones."""
    place = root / "broken"
    for at in range(10):
        finished_session(SessionFolder(place / "sessions" / f"20260101-1200{at:02d}-digits"))
    names = "20260102-120000-sparse", "20260103-120000-line"
    for name in names:
        (place / "sessions" / name).mkdir()
    os.truncate(_new(place / "sessions" / names[0] / "journal.jsonl"), 20 << 30)
    with open(place / "sessions" / names[1] / "journal.jsonl", "wb") as file:
        file.writelines(b"x" * 1_000_000 for _ in range(1000))
    for words in (["ls"], *([verb, name] for verb in ("show", "logs", "metrics", "stop", "wait") for name in names)):
        took = []
        for _ in range(3):
            began = time.monotonic()
            subprocess.run(program(*words), cwd=place, check=False, capture_output=True, timeout=100)
            took.append(time.monotonic() - began)
        row(f"broken session: {' '.join(words)}", statistics.median(took), None, 2, "s", how="alone")


def _new(path: Path) -> Path:
    path.touch(0o600)
    return path


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--stages", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--only", nargs="*", default=["picture", "start", "stages", "sessions", "broken"])
    options = parser.parse_args()
    print("name, ours, other, ratio, bound, held")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        os.environ |= {"XDG_CACHE_HOME": f"{scratch}/cache", "PYTHONPYCACHEPREFIX": f"{scratch}/bytecode"}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # all sides run from bytecode, as installed ones
        if "picture" in options.only:
            picture(root, options)
        if "start" in options.only:
            asyncio.run(start(root, options))
        for name, measure in (("stages", stages), ("sessions", sessions), ("broken", broken)):
            if name in options.only:
                measure(root, options)


if __name__ == "__main__":
    main()
