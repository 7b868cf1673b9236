"""The web page: how soon it answers and what it holds, beside TensorBoard and MLflow; large sessions; idle and watched.

Servers are started in turn, figures are medians; two servers that only answer ok say what no server is below. CPU is
the server's own, from /proc, so that other programs hardly matter. `--tensorboard` and `--mlflow` name those programs;
without them, and without a browser, those rows are left out. Prints `name, ours, other, ratio, bound, held`.

    python benchmarks/web.py [--tensorboard FILE] [--mlflow FILE] [--points 1000000] [--gigabytes 1.0] [--rounds 3]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1]))

from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import read_owner
from benchmarks.curves import write_readings
from benchmarks.log_pane import LAST, write_log
from tests.cli.project import Project
from tests.tui.sessions import make_session

CHROMIUM = "/usr/bin/chromium"
TICK = os.sysconf("SC_CLK_TCK")
WATCHED_SECONDS = 30.0
FLOOR = """
import asyncio, sys
async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\nconnection: close\\r\\n\\r\\nok")
    writer.close()
async def main():
    async with await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()
asyncio.run(main())
"""
PLAIN = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
async def home(request):
    return PlainTextResponse("ok")
app = Starlette(routes=[Route("/", home)])
uvicorn.run(app, port=int(sys.argv[1]), http="h11", ws="none", lifespan="off", log_config=None, access_log=False)
"""
BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
uvicorn.run(app, port=int(sys.argv[1]), http="h11", ws="none", lifespan="off", log_config=None, access_log=False)
"""
STAGE = """
import time
began, n = time.monotonic(), 0
while True:
    n += 1
    print(f"step {n} loss {1 / n:.5f} accuracy {1 - 1 / n:.5f}", flush=True)
    time.sleep(0.5)
"""
FLOORS = {"asyncio that answers ok": FLOOR, "starlette and uvicorn that answer ok": PLAIN}
"""What no server of this Python, and none with these two packages, is below."""
WORK = """
import time
step = 0
while True:
    step += 1
    began = time.process_time()
    sum(number * number for number in range(60_000))
    print(f"step {step} loss {1 / step:.5f} took {time.process_time() - began:.6f}", flush=True)
    time.sleep(0.02)
"""
TURN_SECONDS = 4.0


def row(name: str, ours: float, other: float | None, bound: str, held: bool) -> None:
    compared = (f"{other:.3f}", f"{ours / other:.3f}") if other else ("–", "–")
    print(f"{name}, {ours:.3f}, {compared[0]}, {compared[1]}, {bound}, {'yes' if held else 'NO'}", flush=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def tree(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += tree(int(child))
    return found


def resident(pid: int) -> float:
    """MiB that a tree of processes has in memory."""
    pages = [int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in tree(pid)]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def children_cpu() -> float:
    """Of children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def answered(port: int, path: str = "/") -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@contextmanager
def started(command: list[str], port: int, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A server, and the seconds until its first answer."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"XDG_CACHE_HOME": str(folder / "cache")}
    began = time.perf_counter()
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True, env=environment)
    try:
        while not answered(port):
            if server.poll() is not None or time.perf_counter() - began > 180:
                raise SystemExit(f"{command[0]} does not answer: {(folder / 'server.log').read_text()[-500:]}")
            time.sleep(0.005)
        yield server, time.perf_counter() - began
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def serve(folder: Path, port: int, sessions: Path | None = None) -> list[str]:
    """Our command; the token is in a file of the folder."""
    words = [sys.executable, "-m", "autotrain_tui", "serve", "--port", str(port)]
    return [*words, "--sessions-dir", str(sessions or folder / "sessions"), "--token-file", str(folder / "token")]


def get(folder: Path, port: int, path: str) -> bytes:
    token = (folder / "token").read_text().split()[0]
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())


def start_up(folder: Path, options: argparse.Namespace) -> None:
    """Seconds to the first answer, and memory after it, of each server in turn."""
    peers = {"tensorboard": options.tensorboard, "mlflow": options.mlflow}
    figures: dict[str, list[tuple[float, float]]] = {}
    for _ in range(options.rounds):
        port = free_port()
        commands = {"ours": serve(folder, port)}
        commands |= {name: [sys.executable, "-c", code, str(port)] for name, code in FLOORS.items()}
        if peers["tensorboard"]:
            commands["tensorboard"] = [peers["tensorboard"], "--logdir", str(folder), "--port", str(port)]
        if peers["mlflow"]:
            store = f"sqlite:///{folder}/mlflow.db"
            commands["mlflow"] = [peers["mlflow"], "server", "--port", str(port), "--backend-store-uri", store]
        for name, command in commands.items():
            with started(command, port, folder) as (server, seconds):
                figures.setdefault(name, []).append((seconds, resident(server.pid)))
    others = {
        name: [statistics.median(column) for column in zip(*found, strict=True)] for name, found in figures.items()
    }
    ours, memory = others.pop("ours")
    for name in FLOORS:
        row(f"memory (MiB), {name}", memory, others.pop(name)[1], "–", held=True)
    if not others:
        row("first answer (s)", ours, None, "–", held=True)
        return
    for name, (seconds, _) in others.items():
        row(f"first answer (s), {name}", ours, seconds, "<= 0.35x", ours <= 0.35 * seconds)
    for name, (_, other) in others.items():
        least = min(mebibytes for _, mebibytes in others.values())
        row(f"memory (MiB), {name}", memory, other, "<= 0.25x of the smaller", memory <= 0.25 * least)


def large_session(folder: Path, options: argparse.Namespace) -> SessionFolder:
    """A running session whose third stage has a million points and a log of a gigabyte."""
    session = make_session(folder / "sessions", "running")
    (attempt,) = session.path.glob("stages/3-*/attempt-1")
    write_readings(attempt / "readings.jsonl", options.points)
    write_log(attempt / "log", int(options.gigabytes * 2**30))
    return session


def large(folder: Path, options: argparse.Namespace) -> None:
    """The first curve and a search that finds the last line, both on a server that knows nothing yet."""
    session = large_session(folder, options)
    (log,) = session.path.glob("stages/3-*/attempt-1/log")
    firsts, pages, searches, greps, heaps = [], [], [], [], []
    for _ in range(options.rounds):
        port = free_port()
        with started(serve(folder, port), port, folder) as (server, _):
            began, asked = cpu_seconds(server.pid), time.perf_counter()
            page = get(folder, port, f"/s/{session.id}/metrics?name=loss")
            firsts.append(time.perf_counter() - asked)
            assert b'<path d="M' in page
            while json.loads(get(folder, port, f"/api/sessions/{session.id}/curve?name=loss"))["reading"]:
                pass
            pages.append(cpu_seconds(server.pid) - began)
            began = cpu_seconds(server.pid)
            at, found = 0, {"complete": False}
            words = quote(LAST.decode().strip())
            while not found["complete"]:
                found = json.loads(get(folder, port, f"/api/sessions/{session.id}/log?q={words}&case=1&offset={at}"))[
                    "found"
                ]
                at = found["at"]
            searches.append(cpu_seconds(server.pid) - began)
            assert found["hit"] is not None
            if os.path.exists(CHROMIUM):
                heaps.append(heap(folder, port, f"/s/{session.id}"))
        began = children_cpu()
        subprocess.run(["grep", "-F", LAST.decode().strip(), str(log)], stdout=subprocess.DEVNULL, check=True)
        greps.append(children_cpu() - began)
    first, points = statistics.median(firsts), f"{options.points:,} points".replace(",", " ")
    row(f"first curve of {points} (s)", first, None, "<= 1.0", first <= 1.0)
    row(f"all of the curve of {points} (CPU s)", statistics.median(pages), None, "–", held=True)
    ours, other = statistics.median(searches), statistics.median(greps)
    row("log search, last line (CPU s), grep -F", ours, other, "<= 1.67x", ours <= other / 0.6)
    if heaps:
        row("heap of the browser (MiB)", max(heaps), None, "< 60", max(heaps) < 60)


def heap(folder: Path, port: int, path: str) -> float:
    """MiB of the page's heap after it stands and after the curve was zoomed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/login#{(folder / 'token').read_text().split()[0]}")
        page.wait_for_url(f"http://127.0.0.1:{port}/")
        found = 0.0
        for each in (path, f"{path}/metrics?name=loss", f"{path}/log"):
            page.goto(f"http://127.0.0.1:{port}{each}")
            page.wait_for_timeout(3000)
            session = page.context.new_cdp_session(page)
            found = max(found, session.send("Runtime.getHeapUsage")["usedSize"] / 2**20)
        browser.close()
    return found


class Viewers:
    """Open event streams, read by one thread of this process."""

    def __init__(self, folder: Path, port: int, session: str) -> None:
        self._folder, self._port, self._session = folder, port, session
        self._selector = selectors.DefaultSelector()
        self.bytes = 0

    def add(self, count: int) -> None:
        token = (self._folder / "token").read_text().split()[0]
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", self._port))
            request = (
                f"GET /api/sessions/{self._session}/events HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
                f"Authorization: Bearer {token}\r\n\r\n"
            )
            connection.sendall(request.encode())
            self._selector.register(connection, selectors.EVENT_READ)

    def read(self, seconds: float) -> None:
        """Take what comes."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not self._selector.get_map():
                time.sleep(left)
                continue
            for key, _ in self._selector.select(left):
                self.bytes += len(key.fileobj.recv(1 << 16))  # type: ignore[union-attr]

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()


def share(pid: int, viewers: Viewers) -> float:
    """Per cent of a core over a while."""
    viewers.read(3.0)
    before, began = cpu_seconds(pid), time.monotonic()
    viewers.read(WATCHED_SECONDS)
    return 100 * (cpu_seconds(pid) - before) / (time.monotonic() - began)


def held_files(pid: int, below: Path) -> int:
    names = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]
    return sum(name.startswith(str(below)) for name in names)


def read_calls(pid: int) -> int:
    """Read system calls so far."""
    return int(Path(f"/proc/{pid}/io").read_text().split("syscr: ")[1].split()[0])


def watched(folder: Path, project: Project) -> None:
    """CPU and memory of a server that nobody, one and fifty look at, a live session."""
    (session,) = project.folders()
    port, bare = free_port(), free_port()
    with (
        started(serve(folder, port, project.sessions), port, folder) as (server, _),
        started([sys.executable, "-c", BARE, str(bare)], bare, folder) as (plain, _),
    ):
        get(folder, port, f"/s/{session.id}")
        row("memory after a page of a live session (MiB)", resident(server.pid), None, "–", held=True)
        viewers = Viewers(folder, port, session.id)
        read, other = read_calls(server.pid), cpu_seconds(plain.pid)
        idle = share(server.pid, viewers)
        read = read_calls(server.pid) - read
        other = 100 * (cpu_seconds(plain.pid) - other) / (WATCHED_SECONDS + 3)
        row("nobody looks (% of a core), bare uvicorn", idle, other, "<= 0.4", idle <= 0.4)
        row("nobody looks, read calls", read, None, "0", read == 0)
        kept = held_files(server.pid, project.sessions)
        row("nobody looks, open files of sessions", kept, None, "0", kept == 0)
        viewers.add(1)
        one = share(server.pid, viewers)
        row("one viewer (% of a core)", one, None, "<= 1", one <= 1)
        before = resident(server.pid)
        viewers.add(49)
        fifty = share(server.pid, viewers)
        row("fifty viewers (% of a core)", fifty, None, "<= 5", fifty <= 5)
        each = (resident(server.pid) - before) / 49
        row("memory of a viewer (MiB)", each, None, "<= 0.3", each <= 0.3)
        assert viewers.bytes > 50 * WATCHED_SECONDS
        viewers.close()


def unchanged(folder: Path, project: Project, pairs: int) -> None:
    """A stage's speed and its runner's processor time, alone and with a viewer: one session, in turns of seconds."""
    (session,) = project.folders()
    owner = read_owner(session)
    assert owner is not None
    (log,) = session.path.glob("stages/*/attempt-1/log")
    port = free_port()
    figures: dict[bool, list[tuple[float, float, float]]] = {False: [], True: []}
    with started(serve(folder, port, project.sessions), port, folder):
        for number in range(2 * pairs):
            seen = (number + number // 2) % 2 == 1  # alone, seen, seen, alone: what drifts is on both sides
            viewers = Viewers(folder, port, session.id)
            viewers.add(int(seen))
            viewers.read(0.5)
            steps, busy = log.read_bytes().count(b"took"), ran_seconds(owner.pid)
            viewers.read(TURN_SECONDS)
            took = [float(line.rpartition(b" ")[2]) for line in log.read_bytes().splitlines()[steps:-1]]
            figures[seen].append((1e3 * statistics.median(took), 1e3 * (ran_seconds(owner.pid) - busy), len(took)))
            viewers.close()
    for place, name in enumerate(
        ("a step of a watched stage (CPU ms), alone", "its runner in 4 s (CPU ms), alone", "its steps in 4 s, alone")
    ):
        both = [(seen[place], alone[place]) for seen, alone in zip(figures[True], figures[False], strict=True)]
        alone = statistics.median(other for _, other in both)
        ratio = statistics.median(seen / other for seen, other in both)  # of neighbours: the load of others drifts
        row(name, alone * ratio, alone, "1.00 ± 0.02", abs(ratio - 1) <= 0.02)


def ran_seconds(pid: int) -> float:
    """Processor time of all threads of a process that are alive, to the nanosecond."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tensorboard")
    parser.add_argument("--mlflow")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", default="start,large,watched,unchanged", help="which parts, with commas between them")
    options = parser.parse_args()
    parts = options.only.split(",")
    print("name, ours, other, ratio, bound, held")
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="autotrain-web-") as name:
        folder = Path(name)
        (folder / "sessions").mkdir()
        if "start" in parts:
            start_up(folder, options)
        if "large" in parts:
            large(folder, options)
        if "watched" in parts:
            with Project(folder / "project", folder / "bytecode").cleaned() as project:
                project.plan(one=STAGE)
                project.run("run", "--detach")
                watched(folder, project)
        if "unchanged" in parts:
            with Project(folder / "work", folder / "bytecode").cleaned() as project:
                project.plan(one=WORK)
                project.run("run", "--detach")
                unchanged(folder, project, 4 * options.rounds)


if __name__ == "__main__":
    main()
