"""Bounds 1 to 6, 9 and 11: a log pane on logs of up to 1 GB, against its own start, `wc -l` and `grep -F`.

The pane runs as a program of its own on a pseudo-terminal; times are from a key (or the start) to the bytes on the
terminal that show its effect; where a key is timed, waiting for a core that other programs have is left out. Both sides in turn, medians. Prints `name, ours, other, ratio, bound, held`.

    python benchmarks/log_pane.py [--gigabytes 1.0] [--rounds 5] [--folder /tmp] [--only screen writer …]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from autotrain_tui.logs.background_worker import BackgroundWorker
from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.query import Pattern, TextQuery
from autotrain_tui.logs.scanner import LineScan
from tests.log.terminal import Terminal

FIRST, LAST = b"the very first line\n", b"the needle in the haystack\n"


def write_log(path: Path, size: int) -> None:
    """About `size` bytes of lines of 104 bytes, with a first and a last line of their own."""
    line = "15:18:02 epoch 5/12 step {:08d}/12500 loss 0.2123 accuracy 0.9502 lr 3.1e-04 412 examples/s grad 1.41 ok\n"
    block = "".join(line.format(number) for number in range(100_000)).encode()
    with path.open("wb") as out:
        out.write(FIRST)
        for _ in range(size // len(block)):
            out.write(block)
        out.write(block[: size % len(block) // 104 * 104] + LAST)


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def medians(rounds: int, *sides: Callable[[], float]) -> list[float]:
    """The median of each side's own figures, the sides in turn."""
    figures = [[side() for side in sides] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*figures, strict=True)]


def row(name: str, ours: float, other: float, bound: str, held: bool, ratio: float | None = None) -> None:
    ratio = ours / other if ratio is None and other else ratio
    print(
        f"{name}, {ours:.3f}, {other:.3f}, {'–' if ratio is None else f'{ratio:.2f}'}, {bound}, {'yes' if held else 'NO'}",
        flush=True,
    )


def first_screen(log: Path, marker: bytes) -> float:
    """Seconds from the start of the program to a painted log."""
    start = time.perf_counter()
    terminal = Terminal(log)
    terminal.until(marker)
    taken = time.perf_counter() - start
    terminal.quit()
    return taken


def waited(terminal: Terminal) -> float:
    """Milliseconds that the pane's main thread and this one have waited for a core (Linux: /proc/PID/schedstat)."""
    return (
        sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) for pid in (terminal.process.pid, "self")) / 1e6
    )


def key(terminal: Terminal, pressed: bytes, marker: bytes) -> float:
    """Milliseconds from a key to what it shows, less those in which other programs had the cores."""
    start, before = time.perf_counter(), waited(terminal)
    terminal.press(pressed)
    terminal.until(marker)
    return (time.perf_counter() - start) * 1e3 - (waited(terminal) - before)


def jumps(log: Path, rounds: int) -> tuple[float, float]:
    """Milliseconds to go to the start and to the end; the first jump is made before anything is counted."""
    terminal = Terminal(log)
    terminal.until(b"needle")
    pairs = [(key(terminal, b"g", FIRST.strip()), key(terminal, b"G", b"needle")) for _ in range(rounds)]
    terminal.quit()
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def counted(log: Path) -> float:
    file = LogFile(str(log))
    file.refresh()
    index = LineIndex(file)

    def count() -> None:
        while index.step():
            pass

    return seconds(count)


NEEDLE, COMMON = "needle in the haystack", "accuracy 0.9503 lr"
"""A text that holds letters which no other line has; one whose bytes are all in every line."""


def searched(log: Path, text: str = NEEDLE, total: int = 1) -> float:
    """Seconds until the last match is known, scanned from the file's start, in the background thread of a live loop."""
    file, background = LogFile(str(log)), BackgroundWorker()
    file.refresh()
    scan = LineScan(file, TextQuery((Pattern(text, case=True),)))

    def search() -> None:
        background.add(scan)
        while not background.idle:
            time.sleep(0.002)

    taken = seconds(search)
    assert scan.total == total
    return taken


def program(*command: str, status: int = 0) -> Callable[[], float]:
    def run() -> None:
        assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == status

    return lambda: seconds(run)


def memory(terminal: Terminal) -> float:
    """MiB that the program holds resident."""
    status = Path(f"/proc/{terminal.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def settled(terminal: Terminal, quiet: float = 1.5) -> None:
    """Read until nothing is written for a while."""
    length = -1
    while length != len(terminal.written):
        length = len(terminal.written)
        terminal.drain(quiet)


def grown_memory(log: Path) -> tuple[float, float]:
    """MiB resident with 1 MB of log, and after the same log has grown to 1 GB under the same pane."""
    small = log.with_name("growing")
    data = log.read_bytes()[: 1024 * 1024]
    small.write_bytes(data)
    terminal = Terminal(small)
    settled(terminal)
    before = memory(terminal)
    with log.open("rb") as source, small.open("ab") as out:
        while piece := source.read(16 * 1024 * 1024):
            out.write(piece)
            terminal.drain(0.05)
    settled(terminal)
    after = memory(terminal)
    terminal.quit()
    small.unlink()
    return before, after


def idle(log: Path, duration: float = 10.0) -> tuple[float, int]:
    """Percent of a core, and bytes written, while nothing happens."""
    terminal = Terminal(log)
    settled(terminal)
    ticks = os.sysconf("SC_CLK_TCK")

    def used() -> float:
        fields = Path(f"/proc/{terminal.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / ticks

    before, written = used(), len(terminal.written)
    terminal.drain(duration)
    share, bytes_written = (used() - before) / duration * 100, len(terminal.written) - written
    terminal.quit()
    return share, bytes_written


def keys_under_load(folder: Path, rate: float, count: int) -> list[float]:
    """Milliseconds from `k` (one row up) to the frame's "reading", while a writer appends `rate` MB/s (0: none does)."""
    log = folder / "busy"
    write_log(log, 100_000)
    terminal = Terminal(log)
    terminal.until(b"needle")
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(log), str(rate)]) if rate else None
    figures = []
    for _ in range(count):
        terminal.drain(0.15)
        figures.append(key(terminal, b"k", b"reading"))
        terminal.drain(0.15)
        terminal.press(b"f")
    if writer is not None:
        writer.terminate()
        writer.wait()
    terminal.quit()
    log.unlink()
    return figures


def writing(folder: Path, *, watched: bool) -> float:
    """Seconds that a program needs (waiting for a core left out) to print 1 million lines one by one, with a pane that follows it or without."""
    log = folder / "written"
    log.write_bytes(b"needle\n")
    terminal = Terminal(log) if watched else None
    if terminal is not None:
        terminal.until(b"needle")
    writer = subprocess.Popen([sys.executable, "-c", PRINTER, str(log)], stdout=subprocess.PIPE)
    while writer.poll() is None:
        terminal.drain(0.02) if terminal is not None else time.sleep(0.02)
    assert writer.stdout is not None
    taken = float(writer.stdout.read())
    if terminal is not None:
        terminal.quit()
    log.unlink()
    return taken


PRINTER = """
import os, sys, time
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
line = b"15:18:02 epoch 5/12 step 1180/1250 loss 0.2123 accuracy 0.9502 lr 3.1e-04 412 examples/s grad 1.4\\n"
start = time.monotonic()
for _ in range(1_000_000):
    os.write(fd, line)
print(time.monotonic() - start - int(open("/proc/self/schedstat").read().split()[1]) / 1e9)
"""

WRITER = """
import os, sys, time
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
block = b"15:18:02 epoch 5/12 step 1180/1250 loss 0.2123 accuracy 0.9502 lr 3.1e-04 412 examples/s grad 1.41\\n" * 10000
start, written, rate = time.monotonic(), 0, float(sys.argv[2]) * 1e6
while True:
    written += os.write(fd, block)
    ahead = written / rate - (time.monotonic() - start)
    if ahead > 0:
        time.sleep(ahead)
"""


def screen_rows(folder: Path, rounds: int) -> None:
    """Bounds 2, 3, 4 and 9."""
    log, empty = folder / "big", folder / "empty"
    empty.touch()
    ours, other = medians(rounds, lambda: first_screen(log, b"needle"), lambda: first_screen(empty, b"no output yet"))
    row("3 first screen of a big log / of an empty one (s)", ours, other, "<= 1.3x", ours <= 1.3 * other)
    start, end = jumps(log, 2 * rounds)
    row("4 jump to the start (ms)", start, 20, "<= 20 ms", start <= 20)
    row("4 jump to the end (ms)", end, 20, "<= 20 ms", end <= 20)
    before, after = grown_memory(log)
    row("2 memory at 1 GB / at 1 MB of log (MiB)", after, before, "<= +5 MiB", after - before <= 5)
    share, written = idle(log)
    row("9 idle pane: % of a core", share, 1.5, "<= 1.5 %", share <= 1.5)
    row("9 idle pane: bytes written", written, 0, "0", written == 0)


def writer_rows(folder: Path, rounds: int) -> None:
    """Bound 1: every one of the rounds holds it."""
    for _ in range(rounds):
        watched, alone = writing(folder, watched=True), writing(folder, watched=False)
        row("1 a writer with a pane attached / alone (s)", watched, alone, "<= 1.05x", watched <= 1.05 * alone)
    again, alone = writing(folder, watched=False), writing(folder, watched=False)
    print(f"  equal: the writer alone twice (s), {again:.3f}, {alone:.3f}, {again / alone:.2f}, –, –", flush=True)


def index_rows(folder: Path, rounds: int) -> None:
    """Bound 5."""
    log = folder / "big"
    ours, other = medians(rounds, lambda: counted(log), program("wc", "-l", str(log)))
    row("5 newline index / wc -l (s; ratio of speeds)", ours, other, ">= 0.5x", other / ours >= 0.5, other / ours)
    head = folder / "head"
    with log.open("rb") as source:
        head.write_bytes(source.read(100_000_000))
    first = statistics.median(counted(head) for _ in range(rounds)) * 1e3
    row("5 newline index of the first 100 MB (ms)", first, 50, "<= 50 ms", first <= 50)
    head.unlink()


def search_rows(folder: Path, rounds: int) -> None:
    """Bound 6."""
    log = folder / "big"
    ours, other = medians(rounds, lambda: searched(log), program("grep", "-F", NEEDLE, str(log)))
    row("6 exact search / grep -F (s; ratio of speeds)", ours, other, ">= 1.4x", other / ours >= 1.4, other / ours)
    grep = program("grep", "-F", COMMON, str(log), status=1)
    ours, other = medians(rounds, lambda: searched(log, COMMON, 0), grep)
    name = "6 exact search for a text whose bytes are in every line / grep -F (s; ratio of speeds)"
    print(f"  {name}, {ours:.3f}, {other:.3f}, {other / ours:.2f}, –, –", flush=True)


def key_rows(folder: Path, rounds: int) -> None:
    """Bound 11."""
    quiet = statistics.median(keys_under_load(folder, 0, 4 * rounds))
    row("11 key to paint, idle, median (ms)", quiet, 5, "<= 5 ms", quiet <= 5)
    busy = sorted(keys_under_load(folder, 100, 8 * rounds))
    middle, tail = statistics.median(busy), busy[int(len(busy) * 0.95)]
    row("11 key to paint under 100 MB/s, median (ms)", middle, 16, "<= 16 ms", middle <= 16)
    row("11 key to paint under 100 MB/s, 95 % (ms)", tail, 80, "<= 80 ms", tail <= 80)


PARTS = {"screen": screen_rows, "writer": writer_rows, "index": index_rows, "search": search_rows, "keys": key_rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", default=None, help="where the logs are made (twice the size is needed)")
    parser.add_argument("--only", nargs="*", default=[*PARTS], choices=PARTS)
    options = parser.parse_args()
    print("name, ours, other, ratio, bound, held")
    with tempfile.TemporaryDirectory(prefix="autotrain-log-", dir=options.folder) as place:
        folder = Path(place)
        write_log(folder / "big", int(options.gigabytes * 1e9))
        for name, measure in PARTS.items():
            if name in options.only:
                measure(folder, options.rounds)


if __name__ == "__main__":
    main()
