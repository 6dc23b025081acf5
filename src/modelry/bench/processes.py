"""The processes of a benchmark: servers, on one core with their children, and load generators on the others."""

import contextlib
import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from modelry.bench.interrupts import INTERRUPTS

_PATIENCE_S = 60
_STOP_PATIENCE_S = 30
_POLL_S = 0.002
_PR_SET_PDEATHSIG = 1
_LISTENS = re.compile(r"Modelry listens at http://127\.0\.0\.1:(\d+)")
_HEALTH = b"GET %b HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"

_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
SERVER_CORE = _CORES[0]
GENERATOR_CORES = tuple(_CORES[1:]) or (SERVER_CORE,)


class BenchError(Exception):
    """The benchmark cannot go on; the message says why."""


class Database(NamedTuple):
    """A PostgreSQL database."""

    url: str
    pid: int | None
    """Of the process that all processes of its server descend from, if it is on this machine."""


class Running(NamedTuple):
    """A server that answers."""

    port: int
    pids: tuple[int, ...]
    """Its own process first."""
    start_s: float
    """From the start of the process to its first answer."""
    database_pid: int | None = None
    """The process that all processes of its database descend from, if it has a database server on this machine."""

    def cpu_s(self) -> float:
        """User and system time of the server so far.

        Raises:
            BenchError: it is gone.
        """
        return cpu_s(self.pids)

    def database_cpu_s(self) -> float:
        """The same of its database's server.

        Raises:
            BenchError: it is gone.
        """
        return cpu_s((self.database_pid,)) if self.database_pid else 0.0

    def memory_bytes(self, kind: str = "Pss") -> int:
        """What the server has in memory, without its database's."""
        return memory_bytes(family(self.pids[0]), kind)

    def database_memory_bytes(self, kind: str = "Pss") -> int:
        """What its database's server has in memory."""
        return memory_bytes(family(self.database_pid), kind) if self.database_pid else 0


class Place(NamedTuple):
    """Where a process runs, if not like this one."""

    folder: Path | None = None
    settings: Mapping[str, str] = {}
    """Of the environment, beside those that it has."""
    stdout: int | None = None
    """Where its output goes; `None`: to a pipe, which has to be read."""


@contextlib.contextmanager
def on_cores(*cores: int) -> Iterator[None]:
    """Processes started inside run on these cores alone, and so do theirs, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def registry(folder: Path, log: Path, *settings: str, database: Database | None = None) -> Iterator[Running]:
    """`modelry serve` with its defaults and `settings`, on a free port; access log and errors go to `log`.

    Without a PostgreSQL database it is SQLite in the folder.

    Raises:
        BenchError: it did not start.
    """
    command = [sys.executable, "-m", "modelry", "serve", "--data", str(folder), "--port", "0", *settings]
    # Not by a flag, which every user of the machine can read: a URL may have a password.
    place = Place(settings={"MODELRY_DATABASE": database.url} if database else {})
    began = time.perf_counter()
    with log.open("a") as errors, started(command, SERVER_CORE, stderr=errors.fileno(), place=place) as process:
        assert process.stdout is not None  # noqa: S101  for the type checker
        port = next((int(found[1]) for line in process.stdout if (found := _LISTENS.search(line))), None)
        if port is None:
            raise BenchError(f"the server did not start: {log.read_text()[-2000:].strip()}")
        when_answering(port)
        start_s = time.perf_counter() - began
        yield Running(port, family(process.pid), start_s, database.pid if database else None)


@contextlib.contextmanager
def floor(answer_bytes: int) -> Iterator[Running]:
    """The server that answers constant bytes.

    Raises:
        BenchError: it did not start.
    """
    port = free_port()
    began = time.perf_counter()
    command = [sys.executable, "-m", "modelry.bench.floor", "--port", str(port), "--bytes", str(answer_bytes)]
    with started(command, SERVER_CORE) as process:
        assert process.stdout is not None  # noqa: S101  for the type checker
        if not process.stdout.readline():
            raise BenchError("the floor's server did not start")
        when_answering(port)
        yield Running(port, family(process.pid), time.perf_counter() - began)


@contextlib.contextmanager
def started(
    command: Sequence[str], *cores: int, stderr: int | None = None, place: Place | None = None
) -> "Iterator[subprocess.Popen[str]]":
    """A process on these cores, in a session of its own, which Ctrl-C does not reach; it is gone afterwards.

    It also ends when this program is killed.
    """
    INTERRUPTS.hold()
    try:
        process = _process(command, cores, stderr, place or Place())
    except BaseException:
        INTERRUPTS.release()
        raise
    try:
        INTERRUPTS.release()  # not before the process is sure to be ended
        yield process
    finally:
        with INTERRUPTS.held():
            stopped(process)
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with contextlib.suppress(OSError):  # what nobody reads any more
                        pipe.close()


def _process(command: Sequence[str], cores: Sequence[int], stderr: int | None, place: Place) -> "subprocess.Popen[str]":
    with on_cores(*cores):
        return subprocess.Popen(  # noqa: S603  our own programs, and what they are compared with
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if place.stdout is None else place.stdout,
            stderr=stderr,
            text=True,
            cwd=place.folder,
            env={**environment(), **place.settings},
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  it makes one system call and takes no lock
        )


def stopped(process: "subprocess.Popen[str]") -> None:
    """End a server as a service manager does, with all that it has started."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own session: nothing else is in this group
        process.wait()


def family(pid: int) -> tuple[int, ...]:
    """A process and all below it."""
    pids = [pid]
    for parent in pids:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # it has just ended
                pids += map(int, children.read_text().split())
    return tuple(pids)


def cpu_s(pids: Sequence[int]) -> float:
    """User and system time so far of the processes and of all below them, of those that have ended too.

    In steps of the clock's tick (10 ms).

    Raises:
        BenchError: one of `pids` is gone.
    """
    ticks = 0
    for pid in {member for root in pids for member in family(root)}:
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError as error:
            if pid in pids:
                raise BenchError("the server ended under the load") from error
            continue  # its parent has its time now
        # User and system time, its own and that of its children that have ended.
        ticks += sum(map(int, text.rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_bytes(pids: Sequence[int], kind: str) -> int:
    """What the processes have in memory together: `Pss` counts a page shared by n of them as 1/n, `Rss` in each."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):  # one that has just ended has none
            found = re.search(rf"^{kind}: +(\d+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
            total += int(found[1]) * 1024 if found else 0
    return total


def environment() -> dict[str, str]:
    """This process's, without settings of a registry that somebody uses in this shell."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MODELRY_")}


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
    return port


def answers(port: int, path: str = "/healthz") -> bool:
    """Whether a server on this port says that it is healthy."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(_HEALTH % path.encode())
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def when_answering(port: int, path: str = "/healthz", patience_s: float = _PATIENCE_S) -> None:
    """Return once a server on this port says that it is healthy.

    Raises:
        BenchError: none did in time.
    """
    end = time.monotonic() + patience_s
    while not answers(port, path):
        if time.monotonic() > end:
            raise BenchError(f"nothing answers at port {port}")
        time.sleep(_POLL_S)


_libc = ctypes.CDLL(None)


def _end_with_parent() -> None:
    """In a new process: have it told to stop when its parent is killed, where the system can do that."""
    if hasattr(_libc, "prctl"):
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
