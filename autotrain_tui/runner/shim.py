"""The pair of processes that owns one attempt: it starts the command, waits for it, and writes its exit record.

Run as `python -I -S shim.py ATTEMPT_DIR`. It imports only the standard library, and little of it: every start pays for
its imports. Shim A forks its guard B, B forks the command. Both are subreapers, so processes that the command leaves
behind become children of B, and if B is killed, of A, as does the command itself: A then continues where B was. What A
must know of B's work is in one shared page of memory, which outlives either of them and ends with exec.

Order: started.json (link, first wins) → fork, the command held at a gate → running.json → gate opened → end seen with
WNOWAIT → survivors linger, are swept → exit.json (link, first wins). If A or B is killed by SIGKILL at any moment,
nothing is lost and nothing starts twice. Without subreaper or waitid (macOS) the guard only knows that it ended.

With `relay` in spec.json (a batch job: the runner is on another machine) A does not ignore signals but acts on them and
on the runner's order files: see `Relay`.

Run as `python -I -S shim.py --serve` it is a launch server: a runner's child that forks an A for each request, which
saves the start of an interpreter. That A needs neither server nor runner from then on: see `serve`.
"""

from __future__ import annotations

import errno
import gc
import mmap
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from typing import Any, NoReturn
else:
    import _signal as signal  # the same functions without `enum`, which would cost a third of a start

LINUX = sys.platform.startswith("linux")
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
OOM_SCORE = 300  # thousandths: the kernel's out-of-memory killer takes the command before runner and shim
ALL_SIGNALS = sorted(signal.valid_signals())
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
CHILD = (signal.SIGCHLD,)
RELAYED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
"""What A waits for with sigtimedwait, and therefore keeps blocked, without a relay (CHILD) and with one."""
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

# the shared page: 8-byte slots, two texts, and what was last read from a terminal. A value is written before the slot
# that says it is there.
STATE, PID, BEGAN, BEGAN_WALL, ENDED, ENDED_WALL, STATUS, CPU, RSS = range(0, 72, 8)
FAILED, SWEPT, BASE, TAKEN = range(72, 104, 8)
FAILED_AT, SWEPT_AT, CHUNK_AT, PAGE = 256, 16384, 65536, 81920
HELD, GIVEN_UP, RELEASED = 1, 2, 3  # the command's process: at the gate; the gate's keeper died; on its way to exec
UNKNOWN = 1 << 16  # a STATUS, beside 1 + exit code and 1 + (signal << 8)


class Page:
    """The memory that A, B and the command's process before exec share."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, PAGE)

    def __getitem__(self, slot: int) -> int:
        return int.from_bytes(self.memory[slot : slot + 8], "little")

    def __setitem__(self, slot: int, value: int) -> None:
        self.memory[slot : slot + 8] = value.to_bytes(8, "little")

    def append(self, slot: int, at: int, end: int, text: bytes) -> None:
        """Add to the text at `at`, unless it would reach `end`; `slot` keeps its length."""
        length = self[slot]
        if at + length + len(text) <= end:
            self.memory[at + length : at + length + len(text)] = text
            self[slot] = length + len(text)

    def text(self, slot: int, at: int) -> str:
        """The text at `at`."""
        return self.memory[at : at + self[slot]].decode()


class CannotStart(Exception):  # noqa: N818  reads as what it is
    """The command can't be started: kind, path and text of the exit record's `error`, and the shell's exit code."""

    def __init__(self, kind: str, path: str, text: str, code: int = 126) -> None:
        super().__init__(kind, path, text)
        self.code = code


def dumps(value: Any) -> str:
    """JSON of a plain value, ASCII; importing json costs more than the rest of the shim."""
    from _json import encode_basestring_ascii as quote

    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(dumps, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(key)}: {dumps(item)}" for key, item in value.items()) + "}"
    return repr(value)


def loads(text: str) -> Any:
    """Parse well-formed JSON with the C scanner alone, for the same reason."""
    try:
        from _json import make_scanner

        class Context:
            strict, object_hook, object_pairs_hook = True, None, None
            parse_float, parse_int, parse_constant = float, int, float

        return make_scanner(Context)(text.strip(), 0)[0]  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001  without its Python half the scanner has no proper errors
        import json

        return json.loads(text)


def stat_of(pid: int | str) -> list[bytes]:
    """The fields of /proc/PID/stat from the state on (proc_pid_stat(5), number 3); OSError when there is none."""
    with open(f"/proc/{pid}/stat", "rb", 0) as file:
        return file.read(2048).rpartition(b")")[2].split()


def start_time(pid: int) -> int:
    """The start time of that pid: clock ticks since boot; on macOS µs since 1970 (proc_pidinfo, PROC_PIDTBSDINFO)."""
    if LINUX:
        return int(stat_of(pid)[19])
    import ctypes

    info = ctypes.create_string_buffer(136)
    if ctypes.CDLL(None).proc_pidinfo(pid, 3, ctypes.c_uint64(0), info, 136) != 136:
        raise ProcessLookupError(pid)
    seconds, micros = (int.from_bytes(info.raw[at : at + 8], sys.byteorder) for at in (120, 128))
    return seconds * 1_000_000 + micros


def boot_id() -> str | None:
    """The same as `session.records.process_identity.boot_id`."""
    try:
        if LINUX:
            with open("/proc/sys/kernel/random/boot_id", "rb", 0) as file:
                return file.read(100).decode().strip() or None
        import ctypes

        text = ctypes.create_string_buffer(64)
        size = ctypes.c_size_t(64)
        ctypes.CDLL(None).sysctlbyname(b"kern.bootsessionuuid", text, ctypes.byref(size), None, 0)
        return text.value.decode() or None
    except (OSError, AttributeError):
        return None


def machine_id() -> str | None:
    """The same as `session.records.process_identity.machine_id`."""
    try:
        with open("/etc/machine-id", "rb", 0) as file:
            return file.read(100).decode("ascii").strip() or None
    except (OSError, ValueError):
        return None


def become_subreaper() -> None:
    """Orphans below this process become its children (not inherited by fork)."""
    if not LINUX:
        return
    try:
        from _ctypes import call_function  # the core of ctypes costs a tenth of the whole

        call_function(prctl_address(), (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
    except (ImportError, OSError):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def prctl_address() -> int:
    """Where prctl(2) is."""
    from _ctypes import dlopen, dlsym

    return dlsym(dlopen(None, 0), "prctl")  # type: ignore[arg-type]


def iso(milliseconds: int) -> str:
    """UTC, ISO 8601, milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:03d}Z"


def identity(pid: int) -> dict[str, int]:
    """A process as the records name it."""
    return {"pid": pid, "start_time": start_time(pid)}


class Home:
    """The attempt's folder, held open: it may be moved or renamed meanwhile."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def _temporary(self, name: str, record: dict[str, Any], *, sync: bool = False) -> str:
        temporary = f".{name}.{os.getpid()}"
        self.drop(temporary)
        fd = os.open(temporary, NEW, 0o600, dir_fd=self.fd)
        try:
            data = memoryview(dumps(record).encode() + b"\n")
            while data:
                data = data[os.write(fd, data) :]
            if sync:
                os.fsync(fd)
        except OSError:
            self.drop(temporary)
            raise
        finally:
            os.close(fd)
        return temporary

    def drop(self, name: str) -> None:
        """Remove a file that may be there."""
        try:
            os.unlink(name, dir_fd=self.fd)
        except OSError:
            pass

    def link(self, name: str, record: dict[str, Any]) -> bool:
        """Write a record unless there is one; whether ours is now the record. `sync` makes it durable."""
        temporary = self._temporary(name, record)
        try:
            os.link(temporary, name, src_dir_fd=self.fd, dst_dir_fd=self.fd, follow_symlinks=False)
        except FileExistsError:
            # over NFS a link that was made may be reported as there already: link(2), BUGS
            return os.stat(temporary, dir_fd=self.fd).st_nlink == 2
        finally:
            self.drop(temporary)
        return True

    def sync(self, name: str) -> None:
        """Make a record durable that every process sees already: nobody waits for the disk. Raises OSError."""
        fd = os.open(name, READ, dir_fd=self.fd)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        os.fsync(self.fd)

    def replace(self, name: str, record: dict[str, Any], *, sync: bool = False) -> None:
        """Replace a record atomically; without `sync` it may be lost with the power."""
        os.rename(self._temporary(name, record, sync=sync), name, src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def read(self, name: str) -> Any:
        """A record; None if there is none, or no valid one. Raises OSError if it could not be read just now."""
        try:
            fd = os.open(name, READ, dir_fd=self.fd)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.EACCES, errno.EPERM):
                return None
            raise
        try:
            data = b""
            while len(data) <= 4 << 20 and (block := os.read(fd, 1 << 16)):
                data += block
            return loads(data.decode())
        except (IsADirectoryError, ValueError, RecursionError, MemoryError):
            return None
        finally:
            os.close(fd)

    def glance(self, name: str) -> Any:
        """The same; None also if it could not be read: who asks looks again."""
        try:
            return self.read(name)
        except OSError:
            return None

    def certainly(self, name: str) -> Any:
        """The same, asked for until it could be read."""
        found: list[Any] = []
        self.insist(lambda: found.append(self.read(name)))
        return found[0]

    def has(self, name: str) -> bool:
        """Whether a file of that name is there; asked until that is known."""
        found: list[bool] = []

        def ask() -> None:
            try:
                os.stat(name, dir_fd=self.fd, follow_symlinks=False)
            except FileNotFoundError:
                found.append(False)
            else:
                found.append(True)

        self.insist(ask)
        return found[0]

    def gone(self, stale: bool) -> bool:
        """Whether the folder was deleted; a stale handle of a file server is opened anew."""
        try:
            if stale:
                anew = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                os.dup2(anew, self.fd, inheritable=False)
                os.close(anew)
            return os.fstat(self.fd).st_nlink == 0
        except FileNotFoundError:
            return True
        except OSError:
            return False  # the server is away: it may come back

    def insist(self, act: Callable[[], object], given_up: Callable[[], bool] = lambda: False) -> None:
        """Retry until it succeeds, on a full disk or without a file server: an end is never lost.

        Only a folder that was deleted ends the shim, and `given_up` ends the attempt to write.
        """
        delay = 0.02
        while not given_up():
            try:
                act()
                return
            except OSError as error:
                if self.gone(error.errno == errno.ESTALE):
                    os._exit(3)
            time.sleep(delay)
            delay = min(1.0, delay * 2)


class Terminal:
    """A pseudo-terminal for the command. Both shims hold its master; whoever owns the attempt copies it to the log."""

    def __init__(self, page: Page) -> None:
        import fcntl
        import termios

        self.page, self.log, self.watch = page, -1, -1
        self.master, self.slave = os.openpty()
        self.name = os.ttyname(self.slave)
        # from now on the kernel says before each read what it is: see `take`
        fcntl.ioctl(self.master, termios.TIOCPKT, (1).to_bytes(4, sys.byteorder))

    def open_slave(self) -> int:
        """The command's side; opened again by name when B had it and died."""
        if self.slave < 0:
            self.slave = os.open(self.name, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        return self.slave

    def close_slave(self) -> None:
        """Close our descriptor: only the command may hold it, since the master sees its last close."""
        if self.slave >= 0:
            os.close(self.slave)
            self.slave = -1

    def become_controlling(self) -> int:
        """Make it this session's controlling terminal: 80x24, no echo, newlines left as they are. Its descriptor."""
        import fcntl
        import termios

        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        size = b"".join(number.to_bytes(2, sys.byteorder) for number in (24, 80, 0, 0))
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, size)
        modes = termios.tcgetattr(self.slave)
        modes[1] &= ~termios.ONLCR
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(self.slave, termios.TCSANOW, modes)
        return self.slave

    def copy(self, seconds: float) -> int:
        """Copy what there is to the log, waiting so long for it or the command's end; -1 if no process has it open."""
        import select

        running = not self.page[STATUS]
        if self.watch < 0 and running and hasattr(os, "pidfd_open"):
            try:
                self.watch = os.pidfd_open(self.page[PID])
            except OSError:
                pass  # it has just ended
        poll = select.poll()
        poll.register(self.master, select.POLLIN)
        if self.watch >= 0 and running:
            poll.register(self.watch, select.POLLIN)
        if self.master not in dict(poll.poll(seconds * 1000)):
            return 0
        count = self.take()
        if count < 0:
            poll.unregister(self.master)  # it stays ready from now on
            poll.poll(min(seconds, 0.1) * 1000)
        return count

    def take(self) -> int:
        """Read what there is into the shared page, and write it to the log; -1 at the terminal's end.

        In packet mode the kernel puts a 0 before data (ioctl_tty(2), TIOCPKT), so that if one shim is killed
        in here the other knows whether the bytes were read, and by the log's size how many of them were written.
        """
        import fcntl
        import termios

        page = self.page
        try:
            waiting = int.from_bytes(fcntl.ioctl(self.master, termios.FIONREAD, bytes(4)), sys.byteorder)
            size = min(waiting, PAGE - CHUNK_AT - 1)
            page.memory[CHUNK_AT] = 255
            page[BASE], page[TAKEN] = os.fstat(self.log).st_size, size
            with memoryview(page.memory) as whole, whole[CHUNK_AT : CHUNK_AT + 1 + size] as part:
                if os.readv(self.master, [part]) == 0:
                    return -1
        except OSError:  # EIO: the last descriptor of the other side is closed
            return -1
        return self.keep()

    def keep(self) -> int:
        """Write what was taken and isn't in the log yet; whether there was anything."""
        page = self.page
        if page[TAKEN] == 0 or page.memory[CHUNK_AT] != 0:
            return 0  # a note of the kernel's, or nothing
        start = CHUNK_AT + 1 + max(0, os.fstat(self.log).st_size - page[BASE])
        data = page.memory[start : CHUNK_AT + 1 + page[TAKEN]]
        while data:
            try:
                data = data[os.write(self.log, data) :]
            except OSError:
                time.sleep(0.1)  # the disk is full: the command waits in its write, no line is lost
        page[TAKEN] = 0
        return 1

    def drain(self) -> None:
        """Copy the rest, up to the end, or a second's silence when a process that can't be killed has it open."""
        silent = time.monotonic()
        while (count := self.copy(0.05)) >= 0 and time.monotonic() < silent + 1:
            if count:
                silent = time.monotonic()


class Owner:
    """The work of B, or of A after B's death: brings the attempt from its present state to its end."""

    def __init__(self, home: Home, spec: dict[str, Any], page: Page, environment: dict[bytes, bytes] | None) -> None:
        """`environment`: the command's; None if it is this process's own."""
        self.home, self.page, self.log, self.environment = home, page, -1, environment
        self.tells = environment is not None
        """Whether descriptor 1 is a pipe to the runner: a byte in it says that the exit record is there."""
        self.last_order: Any = None
        self.command, self.cwd, self.umask = spec["command"], spec["cwd"], spec.get("umask")
        self.linger_seconds = float(spec["linger_seconds"])
        self.terminal = Terminal(page) if spec.get("pty") else None
        self.relays = bool(spec.get("relay"))
        self.relay: Relay | None = None
        self.mask: tuple[int, ...] = CHILD

    # -- start ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Fork the command's process, write running.json, release it."""
        page = self.page
        try:
            self.open_log()
            if self.terminal:
                self.terminal.open_slave()
            gate, opener = os.pipe()
            # a signal that reaches the command before it has its default effect there would be ignored: it waits
            signal.pthread_sigmask(signal.SIG_BLOCK, ALL_SIGNALS)
            pid = os.fork()
        except OSError as error:
            signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)
            kind, path = ("log", f"{self.home.path}/log") if self.log < 0 else ("other", self.command[0])
            self.cannot_start(CannotStart(kind, path, os.strerror(error.errno or 0)))
            self.set_began()
            self.set_end(1 + 126)
            return
        if pid == 0:
            os.close(opener)
            self.become_command(gate)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)
        os.close(gate)
        self.close_for_command()
        page[PID] = pid
        record = identity(pid)
        record["time"] = iso(time.time_ns() // 1_000_000)  # type: ignore[assignment]
        self.home.insist(lambda: self.home.replace("running.json", record), self.ended_at_the_gate)
        self.set_began()
        try:
            os.write(opener, b"1")
        except OSError:
            pass  # it has ended: could not be started, or was killed
        os.close(opener)

    def open_log(self) -> None:
        """The command's output: one O_APPEND descriptor."""
        if self.log < 0:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            self.log = os.open("log", flags, 0o600, dir_fd=self.home.fd)
        if self.terminal:
            self.terminal.log = self.log

    def close_for_command(self) -> None:
        """What only the command is to hold."""
        if self.terminal:
            self.terminal.close_slave()
        elif self.log >= 0:
            os.close(self.log)
            self.log = -1

    def set_began(self) -> None:
        """The command is about to run."""
        self.page[BEGAN_WALL], self.page[BEGAN] = time.time_ns() // 1_000_000, time.monotonic_ns()

    def ended_at_the_gate(self) -> bool:
        """Asked while running.json can't be written: a stop order reaches the command at its gate too."""
        order = self.order()
        if order:
            os.kill(self.page[PID], order["signal"])
        return self.look(wait=False)

    def cannot_start(self, error: CannotStart) -> None:
        """Keep the reason for the exit record, and say it in the log."""
        kind, path, text = error.args
        self.page.append(FAILED, FAILED_AT, SWEPT_AT, dumps([kind, path[:2000], text[:400]]).encode())
        if self.log >= 0:
            try:
                os.write(self.log, f"autotrain-tui: cannot start: {path}: {text}\n".encode(errors="replace"))
            except OSError:
                pass

    def become_command(self, gate: int) -> NoReturn:
        """The command's process up to its exec; never returns."""
        page, code = self.page, 126
        page[PID] = os.getpid()
        try:
            page[STATE] = HELD
            os.setsid()
            for number in ALL_SIGNALS:
                try:
                    signal.signal(number, signal.SIG_DFL)
                except (OSError, ValueError):
                    pass  # KILL, STOP, and what the C library keeps for itself
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            output = self.terminal.become_controlling() if self.terminal else self.log
            os.dup2(output, 1)
            os.dup2(output, 2)
            if self.umask is not None:
                os.umask(self.umask)
            easier_to_kill()
            try:
                os.chdir(self.cwd)
            except OSError as error:
                raise CannotStart("bad_cwd", self.cwd, os.strerror(error.errno or 0)) from None
            if os.read(gate, 1) != b"1":
                page[STATE] = GIVEN_UP
                os._exit(125)
            page[STATE] = RELEASED
            execute(self.command, own_environment() if self.environment is None else self.environment)
        except CannotStart as error:
            code = error.code
            self.cannot_start(error)
        except BaseException as error:  # noqa: BLE001  nothing may return from here into the shim's own life
            self.cannot_start(CannotStart("other", self.command[0], repr(error)))
        os._exit(code)

    def resume(self) -> None:
        """A after B's death: find where B was. Starts the command if it never was released."""
        page = self.page
        while not page[STATUS]:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            except (ChildProcessError, AttributeError):
                if page[STATE] == RELEASED:
                    break
                page[PID] = page[STATE] = 0
                self.start()
                return
            if page[STATE] == RELEASED or page[FAILED]:
                break
            if ended and page[STATE] == GIVEN_UP:
                os.waitpid(ended.si_pid, 0)
            elif ended:
                page[PID] = ended.si_pid  # killed while it was held: that is an end like any other
                break
            else:
                time.sleep(0.001)
        if self.terminal:
            self.home.insist(self.open_log)
            self.terminal.keep()
        if not page[BEGAN]:
            self.set_began()

    # -- end -----------------------------------------------------------------------------------------------------

    def look(self, *, wait: bool) -> bool:
        """Whether the command's process has ended, and how; reaps whoever else has meanwhile."""
        page = self.page
        while not page[STATUS]:
            try:
                if not LINUX:
                    return self.look_at_child(wait=wait)
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | (0 if wait else os.WNOHANG))
            except ChildProcessError:
                self.set_end(UNKNOWN)
                break
            if ended is None:
                return False
            if ended.si_pid == page[PID]:
                status = ended.si_status
                self.set_end(1 + (status if ended.si_code == os.CLD_EXITED else status << 8))
                self.keep_usage(os.wait4(page[PID], 0)[2])
            else:
                os.waitpid(ended.si_pid, 0)
        return True

    def look_at_child(self, *, wait: bool) -> bool:
        """`look` without subreapers: of a command that was B's child, A can only learn that it is gone."""
        try:
            pid, status, usage = os.wait4(self.page[PID], 0 if wait else os.WNOHANG)
        except ChildProcessError:
            while any(pid == self.page[PID] for pid, _ in living(self.page[PID])):
                if not wait:
                    return False
                time.sleep(0.2)
            self.set_end(UNKNOWN)
            return True
        if pid:
            code = os.waitstatus_to_exitcode(status)
            self.set_end(1 + (code if code >= 0 else -code << 8))
            self.keep_usage(usage)
        return bool(pid)

    def keep_usage(self, usage: Any) -> None:
        """What the command's process and the children it waited for have used."""
        self.page[RSS] = 1 + usage.ru_maxrss * (1024 if LINUX else 1)
        self.page[CPU] = 1 + int((usage.ru_utime + usage.ru_stime) * 1e6)

    def set_end(self, status: int) -> None:
        """From here on the end is known, whichever shim writes it."""
        page = self.page
        page[ENDED], page[ENDED_WALL] = time.monotonic_ns(), time.time_ns() // 1_000_000
        page[STATUS] = status

    def order(self) -> Any:
        """The stop order in force, with its `deadline`; None without one that makes sense."""
        try:
            order = self.home.read("stop.json")
        except OSError as error:
            self.home.gone(error.errno == errno.ESTALE)
            return self.last_order  # it could not be read: what was ordered before holds
        self.last_order = order = self.checked(order)
        return order

    def checked(self, order: Any) -> Any:
        """The order if it makes sense, with its `deadline`; else None."""
        try:
            grace, given = order["grace_seconds"], order["monotonic"]
            order["deadline"] = None if grace is None else float(given) + float(grace)
            order["signals"] = [order["signal"], *order.get("signals", ())]
            sound = isinstance(order["sent_by"], str) and given <= time.monotonic()
            return order if sound and all(0 < number < signal.NSIG for number in order["signals"]) else None
        except (TypeError, KeyError, ValueError, ArithmeticError, AttributeError):
            return None

    def alone(self) -> bool:
        """Whether no process is left below us, daemonised ones included, as the kernel reports it."""
        try:
            while (ended := os.wait4(-1, os.WNOHANG))[0]:
                if ended[0] == self.page[PID]:
                    self.keep_usage(ended[2])  # B was killed between seeing the end and reaping it
        except ChildProcessError:
            return LINUX or not living(self.page[PID])
        return False

    def rest(self, seconds: float) -> None:
        """Wait that long, or until a child ends; a terminal's output is copied meanwhile."""
        if self.relay:
            self.relay.serve(0.0 if self.terminal else seconds)
        if self.terminal:
            self.terminal.copy(min(seconds, 0.02))
        elif self.relay:
            pass
        elif hasattr(signal, "sigtimedwait"):
            signal.sigtimedwait((signal.SIGCHLD,), seconds)
        else:
            time.sleep(min(seconds, 0.02))

    def linger(self) -> None:
        """Wait `linger_seconds` for the survivors; after a stop they get the signal too, and the rest of the grace.

        A process that reads what another of them writes (`train | tee log`) ends by the end of its input: signalled
        first, it would break the pipe under a program that is still saving.
        """
        told: set[tuple[int, int, int]] = set()
        fed: dict[tuple[int, int], float] = {}  # when each reader was last seen with a living writer
        search = 0.0
        while not self.alone():
            now, order = time.monotonic(), self.order()
            deadline = order["deadline"] if order else self.page[ENDED] / 1e9 + self.linger_seconds
            if deadline is not None and now >= deadline:
                return
            if order and now >= search:
                search = now + 0.2  # a search of /proc costs some milliseconds
                found = living_or_none(self.page[PID])
                fed.update(dict.fromkeys(readers(found), now))
                for pid, began in found:
                    if (pid, began, order["signal"]) not in told and now >= fed.get((pid, began), 0.0) + 1.0:
                        told.add((pid, began, order["signal"]))
                        send(pid, began, order["signal"])
                        send(pid, began, signal.SIGCONT)
            self.rest(0.05 if deadline is None else min(0.05, deadline - now))

    def sweep(self) -> None:
        """Kill the survivors until none is left; they are stopped first, so that none forks meanwhile."""
        page, delay, killed = self.page, 0.001, set()
        while not self.alone():
            found = living_or_none(page[PID])
            refused = [process for process in found if not send(*process, signal.SIGSTOP)]
            for pid, began in found:
                name = command_of(pid)
                if name and (pid, began) not in killed:
                    killed.add((pid, began))
                    entry = {"pid": pid, "command": name} | ({"left": True} if (pid, began) in refused else {})
                    page.append(SWEPT, SWEPT_AT, CHUNK_AT, b"," * bool(page[SWEPT]) + dumps(entry).encode())
                send(pid, began, signal.SIGKILL)
            if found and len(refused) == len(found):
                return  # another user's: not ours to end
            self.rest(delay)
            delay = min(1.0, delay * 2)

    def record(self) -> dict[str, Any]:
        """What exit.json says."""
        page = self.page
        status = page[STATUS] - 1
        known = page[STATUS] != UNKNOWN
        code = status if known and status < 256 else None
        number = status >> 8 if known and status >= 256 else None
        order, by = self.order(), None
        ended = page[ENDED] / 1e9
        if order and order["monotonic"] <= ended and known:
            overdue = number == signal.SIGKILL and order["deadline"] is not None and ended >= order["deadline"] - 0.01
            by = order["sent_by"] if number is None or number in order["signals"] or overdue else None
        kind, path, text = loads(page.text(FAILED, FAILED_AT)) if page[FAILED] else ("", "", "")
        return {
            "exit_code": code, "signal": number, "sent_by": by,
            "started": iso(page[BEGAN_WALL]), "ended": iso(page[ENDED_WALL]),
            "elapsed_seconds": round(max(0, page[ENDED] - page[BEGAN]) / 1e9, 6),
            "cpu_seconds": (page[CPU] - 1) / 1e6 if page[CPU] else None,
            "max_rss_bytes": page[RSS] - 1 if page[RSS] else None,
            # A may have found again whom B was about to kill when it was killed itself
            "swept": list({entry["pid"]: entry for entry in loads("[" + page.text(SWEPT, SWEPT_AT) + "]")}.values()),
            "error": {"kind": kind, "path": path, "text": text} if kind else None,
        }  # fmt: skip

    def finish(self) -> NoReturn:
        """From the running command to the exit record."""
        import resource  # noqa: F401  wait4 would import it when it has reaped and what it knows is not yet kept

        if self.terminal:
            while not self.look(wait=False):
                self.terminal.copy(0.5)
                if self.relay:
                    self.relay.serve(0.0)
        if self.relay:
            while not self.look(wait=False):
                self.relay.serve()
        self.look(wait=True)
        self.linger()
        self.sweep()
        if self.terminal:
            self.terminal.drain()
        self.home.insist(self.publish)
        os._exit(0)

    def publish(self) -> None:
        """Write the exit record. No other process may have: a file that is there already is renamed.

        With a relay the runner may have, when the batch system said that the job was over: then the first one counts.
        """
        home, record = self.home, self.record()
        ours = home.link("exit.json", record) or home.read("exit.json") == record
        if not ours and not self.relays:
            os.rename("exit.json", f"exit.json.not-believed-{os.getpid()}", src_dir_fd=home.fd, dst_dir_fd=home.fd)
            ours = home.link("exit.json", record)
        if self.tells:
            try:
                os.write(1, b"1")
            except OSError:
                pass  # the runner has ended
        try:
            home.sync("exit.json")
        except OSError:
            if ours:  # the kernel reports a failed sync only once: it is written again
                home.replace("exit.json", record, sync=True)


class Relay:
    """A in a batch job: its signals and the runner's order files become signals to the command or its ranks.

    TERM: the job is being ended; USR1: its time limit is near; both become a stop order (stop.json), as
    `session.records.attempt_files.RelaySettings` says. USR2, and at least every 5 s: look for `order-N.json`, N from 1,
    each answered by `order-N.done.json`. The kill of a stop order is A's; who outlives the command is B's, as ever.
    """

    def __init__(self, home: Home, page: Page, relay: dict[str, Any]) -> None:
        self.home, self.page, self.relay = home, page, relay
        self.guard = 0
        """B's pid, which no order may reach."""
        self.next, self.looked = 1, 0.0
        self.order: dict[str, Any] | None = None
        self.to = str(relay.get("to", "command"))
        self.sent_to: list[tuple[int, int]] = []
        self.alone_since: float | None = None
        """Since when the ranks that were told to end have ended, with the command still there."""

    def wait_for_guard(self) -> None:
        """Serve until B has ended."""
        while os.waitpid(self.guard, os.WNOHANG)[0] == 0:
            self.serve()
        self.guard = 0

    def serve(self, seconds: float = 5.0) -> None:
        """Wait for a signal, a child's end, or what is due, at most so long; act on it."""
        got = signal.sigtimedwait(RELAYED, min(seconds, self.due()))
        number = got.si_signo if got else 0
        relay, signal_number = self.relay, int(self.relay.get("signal", signal.SIGTERM))
        if number == signal.SIGTERM:
            grace, by = relay.get("term_grace_seconds"), relay.get("term_by", "slurm")
            self.stop(signal_number, grace, str(by), self.to, sent=bool(relay.get("term_reaches_all")))
        elif number == signal.SIGUSR1:
            self.stop(signal_number, relay.get("warning_seconds"), str(relay.get("warning_by", "limit")), self.to)
        if number == signal.SIGUSR2 or time.monotonic() >= self.looked + 5.0:
            self.look()
        self.enforce()

    def due(self) -> float:
        """Seconds until there is something to do without a signal."""
        now, order = time.monotonic(), self.order
        left = max(0.0, self.looked + 5.0 - now)
        if order and not self.page[STATUS]:
            deadline = order["deadline"]
            left = min(left, 0.1 if not order["sent"] or self.to == "ranks" else left)
            left = left if deadline is None else min(left, max(0.01, deadline - now))
        return left

    def look(self) -> None:
        """Execute the orders that are new."""
        self.looked = time.monotonic()
        while isinstance(order := self.home.glance(f"order-{self.next}.json"), dict):
            name = f"order-{self.next}.done.json"
            if not self.home.has(name):
                try:
                    reason, count = self.execute(order)
                except (KeyError, TypeError, ValueError) as error:
                    reason, count = f"not an order: {error!r}", 0
                now = iso(time.time_ns() // 1_000_000)
                done = {"order": self.next, "verb": order.get("verb"), "accepted": not reason, "reason": reason}
                try:
                    self.home.replace(name, done | {"processes": count, "time": now})
                except OSError:
                    pass  # the disk is full: the order was executed all the same
            self.next += 1
        if self.home.has("exit.json") and not self.page[STATUS] and self.order is None:
            self.stop(signal.SIGKILL, 0.0, "exit record", "command")  # the runner has given the job up

    def execute(self, order: dict[str, Any]) -> tuple[str, int]:
        """Why the order was not executed, empty if it was; and how many processes it reached."""
        verb, to = order["verb"], str(order.get("to", self.to))
        if self.page[STATUS] or not self.tree():
            return "the command has ended" if self.page[STATUS] else "the command has not started", 0
        if verb in ("stop", "kill"):
            number = signal.SIGKILL if verb == "kill" else int(order["signal"])
            grace = 0.0 if verb == "kill" else order["grace_seconds"]
            return "", self.stop(number, grace, str(order["sent_by"]), to)
        if verb == "checkpoint":
            found = self.targets(to)
            for process in found:
                send(*process, int(order["signal"]))
            return "" if found else "no process to signal", len(found)
        if verb in ("freeze", "thaw"):
            count, stubborn = self.freeze_or_thaw(freeze=verb == "freeze")
            return f"{stubborn} of {count} processes did not follow" if stubborn else "", count
        return f"unknown order {verb!r}", 0

    def stop(self, number: int, grace: float | None, by: str, to: str, *, sent: bool = False) -> int:
        """A stop order: written down, sent. A second one can only bring the kill nearer, counted from the first.

        `sent`: its signal has reached every process already.
        """
        now, before = time.monotonic(), self.order
        began = before["monotonic"] if before else now
        whole = None if grace is None else now - began + float(grace)
        if before and before["grace_seconds"] is not None:
            whole = before["grace_seconds"] if whole is None else min(whole, before["grace_seconds"])
        self.to, self.alone_since = to, None
        self.order = {
            "signal": number, "grace_seconds": whole, "sent_by": by, "time": iso(time.time_ns() // 1_000_000),
            "monotonic": began, "signals": [*(before["signals"] if before else ()), number], "sent": sent, "to": to,
            "deadline": None if whole is None else began + whole,
        }  # fmt: skip
        self.write()
        return 0 if sent else self.deliver()

    def write(self) -> None:
        """Write stop.json, from which B knows the grace of who outlives the command, and who asked."""
        try:
            self.home.replace(
                "stop.json", {key: value for key, value in (self.order or {}).items() if key != "deadline"}
            )
        except OSError:
            pass  # the disk is full: the order is executed all the same

    def deliver(self) -> int:
        """Send the order's signal, once there is a process to send it to; a frozen tree is set going."""
        order = self.order
        found = self.targets(self.to) if order else []
        if not order or not found:
            return 0
        for process in found:
            send(*process, order["signal"])
        for process in self.tree():
            if stopped(process[0]):
                send(*process, signal.SIGCONT)
        self.sent_to, order["sent"] = found, True
        self.write()
        return len(found)

    def enforce(self) -> None:
        """What a stop order still asks for: its signal, the end of an engine whose ranks have ended, the kill."""
        order, now, page = self.order, time.monotonic(), self.page
        if not order or page[STATUS] or page[STATE] != RELEASED:
            return
        if order["deadline"] is not None and now >= order["deadline"]:
            for process in self.targets("command"):
                send(*process, signal.SIGKILL)
        elif not order["sent"]:
            self.deliver()
        elif self.to == "ranks" and self.sent_to:
            tree = self.tree()
            if any(process in tree for process in self.sent_to):
                self.alone_since = None
            elif self.alone_since is None:
                self.alone_since = now
            elif now >= self.alone_since + 2.0:
                self.alone_since = now + 3600.0  # once
                for process in self.targets("command"):
                    send(*process, order["signal"])

    def tree(self) -> list[tuple[int, int]]:
        """The command and everything below it."""
        return [process for process in living(self.page[PID]) if process[0] != self.guard] if self.page[PID] else []

    def targets(self, to: str) -> list[tuple[int, int]]:
        """The registered ranks that live on this node; the command's own process without any, or if it is meant."""
        tree = self.tree()
        ranks = [process for process in registered(self.home) if process in tree] if to == "ranks" else []
        return ranks or [process for process in tree if process[0] == self.page[PID]]

    def freeze_or_thaw(self, *, freeze: bool) -> tuple[int, int]:
        """SIGSTOP (or SIGCONT) to the whole tree until all have followed, 5 s at most; how many there are, and how many
        did not. After vfork(2) a parent can't be stopped before its child has called exec: the child gets a moment.
        """
        clean, deadline, pause = 0, time.monotonic() + 5.0, 0.001
        while True:
            tree = self.tree()
            wrong = [process for process in tree if stopped(process[0]) is not freeze]
            clean = 0 if wrong else clean + 1
            if clean >= (2 if freeze else 1) or time.monotonic() >= deadline:
                break
            for process in wrong:
                send(*process, signal.SIGSTOP if freeze else signal.SIGCONT)
            stuck = {pid for pid, _ in wrong if state_of(pid) == b"D"} if freeze else set()
            for process in tree if stuck else ():
                if parent_of(process[0]) in stuck:
                    send(*process, signal.SIGCONT)
            if wrong:
                time.sleep(pause)
                pause = min(0.05, pause * 1.5)
        if freeze and wrong:
            for process in tree:
                send(*process, signal.SIGCONT)
        return len(tree), len(wrong)


def registered(home: Home) -> list[tuple[int, int]]:
    """Pid and start time of each rank that `rank.py` has registered on this node."""
    found = []
    try:
        names = os.listdir(f"/proc/self/fd/{home.fd}/ranks")  # the folder may have been moved
    except OSError:
        return []
    for name in names:
        record = home.read(f"ranks/{name}") if name.endswith(".json") and name[0] != "." else None
        if isinstance(record, dict) and record.get("node") == os.uname().nodename:
            found.append((record.get("pid", 0), record.get("start_time", 0)))
    return found


def state_of(pid: int | str) -> bytes:
    """The kernel's letter for a process; X when there is none."""
    try:
        return stat_of(pid)[0]
    except (OSError, IndexError):
        return b"X"


def parent_of(pid: int) -> int:
    """The pid of a process's parent; 0 when there is none."""
    try:
        return int(stat_of(pid)[1])
    except (OSError, IndexError):
        return 0


def stopped(pid: int) -> bool:
    """Whether every thread of a process is stopped."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        return all(state_of(f"{pid}/task/{thread}") in (b"T", b"t", b"Z", b"X") for thread in threads)
    except OSError:
        return state_of(pid) in (b"T", b"t")


def living(command: int) -> list[tuple[int, int]]:
    """Pid and start time of every process below this one that has not ended, parents first."""
    if not LINUX:
        lines = (line.split() for line in os.popen("ps -axo stat=,pid=,pgid="))  # noqa: S605  there is no /proc
        return [(int(pid), 0) for state, pid, group in lines if group == str(command) and state[0] != "Z"]
    rows: dict[int, list[tuple[int, int, bool]]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = stat_of(name)
                alive = fields[0] not in (b"Z", b"X") or int(fields[17]) > 1
                rows.setdefault(int(fields[1]), []).append((int(name), int(fields[19]), alive))
            except (OSError, IndexError):
                continue
    found: list[tuple[int, int]] = []
    queue = [os.getpid()]
    for parent_pid in queue:
        for child, began, alive in rows.get(parent_pid, ()):
            queue.append(child)
            if alive:
                found.append((child, began))
    return found


def living_or_none(command: int) -> list[tuple[int, int]]:
    """The same; nobody if they can't be listed now (no free descriptor): who asks, asks again."""
    try:
        return living(command)
    except OSError:
        return []


def readers(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those whose standard input is a pipe that another of them writes to; none where there is no /proc."""
    inputs = {}
    for process in found:
        try:
            pipe = os.readlink(f"/proc/{process[0]}/fd/0")
        except OSError:
            continue
        if pipe.startswith("pipe:"):
            inputs[process] = pipe
    written = {(pipe, pid) for pid, _ in found for pipe in pipes_written(pid)} if inputs else set()
    return [
        (pid, began) for (pid, began), pipe in inputs.items() if any(to == pipe and by != pid for to, by in written)
    ]


def pipes_written(pid: int) -> set[str]:
    """The pipes that a process can write to, as /proc names them."""
    pipes: set[str] = set()
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return pipes
    for name in names:
        try:
            pipe = os.readlink(f"/proc/{pid}/fd/{name}")
            if pipe.startswith("pipe:"):
                with open(f"/proc/{pid}/fdinfo/{name}", "rb", 0) as file:
                    flags = file.read(4096).partition(b"flags:")[2].split()[0]  # octal (proc_pid_fdinfo(5))
                if int(flags, 8) & (os.O_WRONLY | os.O_RDWR):
                    pipes.add(pipe)
        except (OSError, IndexError, ValueError):
            continue  # it was closed meanwhile, or the process is ending
    return pipes


def send(pid: int, began: int, number: int) -> bool:
    """Signal that process through a pidfd, its start time compared; False if it may not be signalled."""
    try:
        if not hasattr(os, "pidfd_open"):
            os.kill(pid, number)
            return True
        handle = os.pidfd_open(pid)
        try:
            if start_time(pid) == began:
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
    except PermissionError:
        return False
    except (OSError, IndexError):
        pass  # it has ended
    return True


def command_of(pid: int) -> str:
    """The command line of a process, at most 200 characters, `[name]` when it shows none; empty when it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb", 0) as file:
            line = file.read(4096).rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")[:200]
        with open(f"/proc/{pid}/comm", "rb", 0) as file:
            return line or f"[{file.read(64).decode(errors='replace').strip()}]"
    except OSError:
        return "" if LINUX else "?"


def easier_to_kill() -> None:
    """Let the OOM killer take the command before its shims; raising the score is always allowed."""
    try:
        with open("/proc/self/oom_score_adj", "r+b", 0) as file:
            file.write(str(min(1000, int(file.read(16)) + OOM_SCORE)).encode())
    except (OSError, ValueError):
        pass


def execute(command: list[str], environment: dict[bytes, bytes]) -> NoReturn:
    """Become the command, found in its own PATH; raises CannotStart."""
    program = command[0]
    tried = CannotStart("not_found", program, "no such command", 127)
    if os.sep in program:
        places = [program]
    else:
        path = os.fsdecode(environment.get(b"PATH", os.fsencode(os.defpath)))
        places = [os.path.join(place or ".", program) for place in path.split(os.pathsep)]
    arguments = [os.fsencode(argument) for argument in command]
    for place in places:
        try:
            os.execve(os.fsencode(place), arguments, environment)  # noqa: S606  never a shell
        except FileNotFoundError:
            if os.path.exists(place):
                text = f"its interpreter {interpreter(place)} is missing"
                raise CannotStart("bad_interpreter", place, text) from None
            if os.sep in program:
                tried = CannotStart("not_found", program, "no such file", 127)
        except NotADirectoryError:
            pass
        except OSError as error:
            kinds = {errno.E2BIG: "too_long", errno.EACCES: "not_executable", errno.ENOEXEC: "not_executable"}
            words_of = {errno.ENOEXEC: "is no program (a script needs a #! line)"}
            number = error.errno or 0
            tried = CannotStart(kinds.get(number, "other"), place, words_of.get(number, os.strerror(number)))
            if number != errno.EACCES:
                break
        except ValueError as error:  # a NUL byte
            raise CannotStart("other", place, str(error)) from None
    raise tried


def interpreter(program: str) -> str:
    """What the first line of a script names, or the loader that a binary lacks (not looked up)."""
    try:
        with open(program, "rb") as file:
            words = file.read(256).partition(b"\n")[0].removeprefix(b"#!").split()
        return os.fsdecode(words[0]) if words and words[0].startswith(b"/") else "or loader"
    except OSError:
        return "or loader"


def own_environment() -> dict[bytes, bytes]:
    """The environment as it was handed to us: Python itself adds LC_CTYPE in the C locale (PEP 538)."""
    try:
        with open("/proc/self/environ", "rb", 0) as file:
            return variables(file.readall())
    except OSError:
        return dict(os.environb)


def variables(data: bytes) -> dict[bytes, bytes]:
    """An environment out of its NUL-separated `NAME=VALUE`."""
    pairs = [entry.partition(b"=") for entry in data.split(b"\0")]
    return {name: value for name, equals, value in pairs if name and equals}


def guard(home: Home, owner: Owner, release: int, parent: dict[str, int]) -> NoReturn:
    """B: wait until A has registered the pair, then own the attempt; with A dead before that, register it itself."""
    become_subreaper()
    owner.relay, owner.mask = None, CHILD  # A's alone
    signal.pthread_sigmask(signal.SIG_SETMASK, CHILD)
    word = os.read(release, 1)
    if word != b"1":
        home.drop(f".started.json.{parent['pid']}")
        record = registration(parent, identity(os.getpid()))
        if word or not (
            home.link("started.json", record) or (home.certainly("started.json") or {}).get("b") == record["b"]
        ):
            os._exit(0)
    owner.start()
    quiet(owner)
    owner.finish()


def registration(a: dict[str, int], b: dict[str, int]) -> dict[str, Any]:
    """What started.json says."""
    now = iso(time.time_ns() // 1_000_000)
    where = {"boot_id": boot_id(), "host": os.uname().nodename, "machine_id": machine_id()}
    return {"a": a, "b": b, **where, "time": now}


def quiet(owner: Owner) -> None:
    """Close the launcher's pipe: its end tells the launcher that the start is over."""
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 2) if owner.tells else (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def ignore_signals() -> None:
    """All of them, but KILL, STOP, and what the C library keeps for itself."""
    for number in ALL_SIGNALS:
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass


def main(path: str, environment: dict[bytes, bytes] | None = None) -> None:
    """A: register the pair, wait for B, and take its place if it is killed.

    `environment`: the command's, from the launch server, which ignores all signals; None if it is this process's own.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, RELAYED)  # blocked, a signal waits although it is ignored
    if environment is None:
        ignore_signals()  # a stage that signals its parent must not hurt
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would lose every exit status
    gc.disable()
    gc.freeze()
    home = Home(path)
    spec = home.certainly("spec.json")
    if not isinstance(spec, dict):
        sys.exit("spec.json can't be read")
    if home.has("started.json"):
        sys.exit("was started or cancelled before")
    become_subreaper()
    owner = Owner(home, spec, Page(), environment)
    if owner.relays:
        owner.relay, owner.mask = Relay(home, owner.page, spec["relay"]), RELAYED
    signal.pthread_sigmask(signal.SIG_SETMASK, owner.mask)
    release, word = os.pipe()
    me = identity(os.getpid())
    pid = os.fork()
    if pid == 0:
        os.close(word)
        guard(home, owner, release, me)
    os.close(release)
    owner.close_for_command()
    try:
        won = home.link("started.json", registration(me, identity(pid)))
    except OSError as error:
        os.write(word, b"0")
        sys.exit(f"started.json can't be written: {os.strerror(error.errno or 0)}")
    try:
        os.write(word, b"1" if won else b"0")
    except OSError:
        pass  # B was killed
    os.close(word)
    quiet(owner)
    if won:
        try:
            home.sync("started.json")
        except OSError:
            pass  # every process sees it: only with the power could it be lost
    if owner.relay:
        owner.relay.guard = pid
        owner.relay.wait_for_guard()
    else:
        os.waitpid(pid, 0)
    for name in ("started.json", "running.json", "exit.json"):
        home.drop(f".{name}.{pid}")  # what B was writing when it was killed
    if won and not home.has("exit.json"):
        owner.resume()
        owner.finish()


def run(path: str, environment: dict[bytes, bytes] | None = None) -> NoReturn:
    """`main`, then the end of the process, whatever happens."""
    try:
        main(path, environment)
    except SystemExit as refused:
        os.write(2, f"{refused.code}\n".encode(errors="replace"))
        os._exit(1)
    except Exception:  # noqa: BLE001  the last line: what went wrong must be found somewhere
        import traceback

        traceback.print_exc()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with open(os.open(os.path.join(path, "shim.err"), flags, 0o600), "w") as report:
            traceback.print_exc(file=report)
        os._exit(70)
    os._exit(0)


# -- the launch server -----------------------------------------------------------------------------------------------


def serve() -> NoReturn:
    """Fork an A for each request on the socket at descriptor 0, until its end of file: the runner's death, too.

    A request is two lengths (4 bytes each), a JSON object {"folder", "oom_score", "limits"}, and the environment,
    NUL-separated; none of it is written anywhere. Three descriptors come with it: the pipe for what a shim has to say
    until its start is over, the one that tells the runner of the exit record (`Owner.tells`), and a pipe with one byte.
    Who reads that byte, A or the runner when it gives this server up, has the attempt; the other one does nothing.
    """
    import _json  # noqa: F401  loaded once, so that no A has to
    import _socket
    import resource  # noqa: F401  as above

    prctl_address()  # loads the core of ctypes
    me = identity(os.getpid())
    loads(dumps(registration(me, me)))  # what runs for the first time is slow, and would be so in each A
    ignore_signals()  # with SIGCHLD ignored, the kernel reaps an A that ends
    channel = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, 0)
    room = command_line_room()
    show_command_line("--serve", room)  # without the blanks that make room for a folder
    gc.disable()
    gc.freeze()
    while True:
        head, ancillary, _, _ = channel.recvmsg(8, _socket.CMSG_SPACE(12))
        descriptors = [
            int.from_bytes(data[at : at + 4], sys.byteorder)
            for _, _, data in ancillary
            for at in range(0, len(data), 4)
        ]
        head += received(channel, 8 - len(head))
        lengths = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:], "little")
        asked, environment = received(channel, lengths[0]), received(channel, lengths[1])
        try:
            pid = os.fork()
        except OSError:
            pid = -1  # the runner finds both pipes closed, and starts the shim itself
        if pid == 0:
            become_shim(asked, environment, descriptors, room)
        for descriptor in descriptors:
            os.close(descriptor)


def received(channel: Any, length: int) -> bytes:
    """So many bytes from the runner; ends the process at the end of file."""
    data = b""
    while len(data) < length:
        block = channel.recv(length - len(data))
        if not block:
            os._exit(0)
        data += block
    return data


def become_shim(asked: bytes, environment: bytes, descriptors: list[int], room: tuple[int, int]) -> NoReturn:
    """A, in a fork of the launch server: what it would have inherited from the runner itself, then `run`.

    Umask and working directory are those that the server was started with, and never changed.
    """
    try:
        said, end, ticket = descriptors
        if os.read(ticket, 1) != b"1":
            os._exit(0)  # the runner has given the server up
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for number, descriptor in enumerate((null, end, said)):
            os.dup2(descriptor, number)
        os.closerange(3, 64)  # the server has only the socket, at 0, and what came with the request
        request = loads(asked.decode())
        folder = request["folder"]
        inherit(request)
        show_command_line(folder, room)
    except BaseException:  # noqa: BLE001  a fork never returns into the server's loop
        os._exit(71)
    run(folder, variables(environment))


def inherit(request: dict[str, Any]) -> None:
    """The runner's resource limits and out-of-memory score: a person may have changed them since the server's start."""
    import resource

    for number, soft, hard in request["limits"]:
        if resource.getrlimit(number) != (soft, hard):
            try:
                resource.setrlimit(number, (soft, hard))
            except (OSError, ValueError):
                pass  # a hard limit that was raised since: only root may
    try:
        with open("/proc/self/oom_score_adj", "r+b", 0) as file:
            if int(file.read(16)) != request["oom_score"]:
                file.write(str(request["oom_score"]).encode())
    except (OSError, ValueError):
        pass


def command_line_room() -> tuple[int, int]:
    """Where this process's command line lies in its memory (proc_pid_stat(5), arg_start and arg_end), or 0, 0."""
    try:
        fields = stat_of("self")
        return int(fields[45]), int(fields[46])
    except (OSError, IndexError, ValueError):
        return 0, 0


def show_command_line(word: str, room: tuple[int, int]) -> None:
    """Let ps(1) show the attempt's folder, as for a shim that was started by itself, in the room of the server's."""
    begin, end = room
    words = b"\0".join(os.fsencode(word) for word in (sys.executable, "-I", "-S", sys.argv[0], word)) + b"\0"
    if len(words) > end - begin:
        return
    try:
        with open("/proc/self/mem", "r+b", 0) as memory:
            memory.seek(begin)
            memory.write(words.ljust(end - begin, b"\0"))
    except OSError:
        pass  # ps then shows the server's


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve()
    run(sys.argv[1])
