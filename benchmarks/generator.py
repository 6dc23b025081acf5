"""The load generator in C: compiled, run on the generator's core, and read."""

import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

from modelry.bench.processes import GENERATOR_CORES, SERVER_CORE, BenchError, Running, on_cores

HERE = Path(__file__).parent
_PATIENCE_S = 60


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


def compiled(folder: Path) -> Path:
    """The load generator, compiled into `folder`."""
    program = folder / "loadgen"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", program, HERE / "loadgen.c"], check=True)
    return program


def load(generator: Path, server: Running, connections: int, requests: Path, *, warmup: int = 0) -> Load:
    """Send a file of requests, each once, from the client's core.

    Raises:
        BenchError: an answer was not a 200, or was lost: the figures would mean nothing.
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
    with on_cores(GENERATOR_CORES[-1]):
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
    after = _core_use(SERVER_CORE)
    if ended.returncode:
        raise BenchError(f"the load generator failed: {ended.stdout}{ended.stderr}")
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
