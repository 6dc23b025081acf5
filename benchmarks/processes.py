"""The processes of a benchmark: two servers, on one core with their children, and the load generator on another."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
_PATIENCE_S = 60
_LISTENS = re.compile(r"Modelry listens at http://127\.0\.0\.1:(\d+)")

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = _CORES[0]
CLIENT_CORE = _CORES[-1]


class Running(NamedTuple):
    """A server that answers."""

    port: int
    pids: tuple[int, ...]
    """Its own process first."""


class Load(NamedTuple):
    """What one run of the load generator measured."""

    requests: int
    requests_per_second: float
    cpu_us: float
    """CPU time a request, user and system, of all processes of the server."""
    p50_us: float
    p99_us: float
    others: float
    """How much of the server's core other programs, or other machines on the same host, used meanwhile."""


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Processes started inside run on this core alone, and so do theirs."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def registry(folder: Path, log: Path, *settings: str) -> Iterator[Running]:
    """`modelry serve` with its defaults and `settings`, on a free port; access log and errors go to `log`."""
    command = [sys.executable, "-m", "modelry", "serve", "--data", str(folder), "--port", "0", *settings]
    with log.open("a") as errors, on_core(SERVER_CORE):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment(), start_new_session=True
        )
    with _ended(process):
        assert process.stdout is not None
        port = next((found[1] for line in process.stdout if (found := _LISTENS.search(line))), None)
        if port is None:
            raise SystemExit(f"the server did not start: {log.read_text()[-2000:]}")
        _when_answering(int(port))
        yield Running(int(port), family(process.pid))


@contextmanager
def floor(answer_bytes: int) -> Iterator[Running]:
    """The server that answers constant bytes."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
    command = [sys.executable, str(HERE / "floor.py"), "--port", str(port), "--bytes", str(answer_bytes)]
    with on_core(SERVER_CORE):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment(), start_new_session=True
        )
    with _ended(process):
        assert process.stdout is not None
        if not process.stdout.readline():
            raise SystemExit("the floor's server did not start")
        _when_answering(port)
        yield Running(port, family(process.pid))


def load_generator(folder: Path) -> Path:
    """The load generator, compiled into `folder`."""
    program = folder / "loadgen"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", program, HERE / "loadgen.c"], check=True)
    return program


def load(generator: Path, server: Running, connections: int, requests: Path, *, warmup: int = 0) -> Load:
    """Send a file of requests, each once, from the client's core.

    Raises:
        SystemExit: an answer was not a 200, or was lost: the figures would mean nothing.
    """
    pids = [argument for pid in server.pids for argument in ("--pid", str(pid))]
    command = [
        str(generator),
        "127.0.0.1",
        str(server.port),
        str(connections),
        str(requests),
        "--warmup",
        str(warmup),
        *pids,
    ]
    before = _core_use(SERVER_CORE)
    with on_core(CLIENT_CORE):
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
    after = _core_use(SERVER_CORE)
    if ended.returncode:
        raise SystemExit(f"the load generator failed: {ended.stdout}{ended.stderr}")
    told: dict[str, Any] = json.loads(ended.stdout)
    own_s = told["cpu_us_per_request"] * told["requests"] / 1e6
    others_s = after.busy_s - before.busy_s - own_s
    return Load(
        told["requests"],
        told["requests_per_second"],
        told["cpu_us_per_request"],
        told["latency_us"]["p50"],
        told["latency_us"]["p99"],
        max(0.0, others_s) / (after.at_s - before.at_s),
    )


def family(pid: int) -> tuple[int, ...]:
    """A process and all below it."""
    pids = [pid]
    for parent in pids:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            pids += map(int, children.read_text().split())
    return tuple(pids)


def memory_bytes(pids: Sequence[int], kind: str) -> int:
    """What the processes have in memory together: `Pss` counts a page shared by n of them as 1/n, `Rss` in each."""
    total = 0
    for pid in pids:
        found = re.search(rf"^{kind}: +(\d+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        total += int(found[1]) * 1024 if found else 0
    return total


def stopped(process: "subprocess.Popen[str]") -> None:
    """End a server as a service manager does, with all that it has started."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own session: nothing else is in this group
        process.wait()


@contextmanager
def _ended(process: "subprocess.Popen[str]") -> Iterator[None]:
    try:
        yield
    finally:
        stopped(process)
        if process.stdout:
            process.stdout.close()


def environment() -> dict[str, str]:
    """This process's, without settings of a registry that somebody uses in this shell."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MODELRY_")}


def _when_answering(port: int) -> None:
    from benchmarks.start import answers

    end = time.monotonic() + _PATIENCE_S
    while not answers(port):
        if time.monotonic() > end:
            raise SystemExit(f"nothing answers at port {port}")
        time.sleep(0.01)


class _CoreUse(NamedTuple):
    busy_s: float
    at_s: float


def _core_use(core: int) -> _CoreUse:
    """How long a core has not been idle, time stolen by other machines included."""
    line = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith(f"cpu{core} "))
    ticks = list(map(int, line.split()[1:9]))
    idle = ticks[3] + ticks[4]
    return _CoreUse((sum(ticks) - idle) / os.sysconf("SC_CLK_TCK"), time.monotonic())


def body_bytes(port: int, request: bytes) -> int:
    """The size of the body that answers a whole HTTP request."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(65536)
    head = answer.partition(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 200"), head
    found = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
    assert found is not None
    return int(found[1])
