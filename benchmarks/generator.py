"""The load generator in C: compiled, run on the generator's core, and read."""

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterable
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
    """CPU time a request, user and system, of all processes of the server and of its database."""
    p50_us: float
    p99_us: float
    others: float
    """How much of the server's core other programs, or other machines on the same host, used meanwhile."""
    database_cpu_us: float = 0.0
    """The part of `cpu_us` that is the database server's."""
    p999_us: float = 0.0
    failed: int = 0
    """Answers of another status than the expected one, and lost ones, where they do not end the run."""
    failures: str = ""
    """What went wrong, where that does not end the run."""


class How(NamedTuple):
    """How a file of requests is sent."""

    warmup: int = 0
    """The first answers, whose latencies are left out."""
    seconds: float | None = None
    """When to stop sending; `None`: when the file is used up."""
    rate: float | None = None
    """Requests a second; `None`: each connection sends as soon as it has been answered."""
    expected: int = 200
    """The status of a good answer."""
    tolerant: bool = False
    """Whether other answers, and lost ones, are counted instead of ending the run."""

    def arguments(self) -> list[str]:
        """On the load generator's command line."""
        rate = [] if self.rate is None else ["--rate", str(self.rate)]
        seconds = "all" if self.seconds is None else str(self.seconds)
        return ["--warmup", str(self.warmup), "--expect", str(self.expected), "--duration", seconds, *rate]


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
    return sent(generator, server, connections, requests, How(warmup=warmup))


def sent(generator: Path, server: Running, connections: int, requests: Path, how: How) -> Load:
    """Send requests as `how` says.

    Raises:
        BenchError: an answer had another status, or was lost, and `how` does not allow that.
    """
    command = [str(generator), "127.0.0.1", str(server.port), str(connections), str(requests), "--limit", "1800"]
    before, server_s, database_s = _core_use(SERVER_CORE), server.cpu_s(), server.database_cpu_s()
    with on_cores(GENERATOR_CORES[-1]):
        ended = subprocess.run([*command, *how.arguments()], check=False, capture_output=True, text=True)
    after, server_s = _core_use(SERVER_CORE), server.cpu_s() - server_s
    database_s = server.database_cpu_s() - database_s
    if ended.returncode and not (how.tolerant and ended.stdout):
        raise BenchError(f"the load generator failed: {ended.stdout}{ended.stderr}")
    told: dict[str, Any] = json.loads(ended.stdout)
    every = max(told["requests"] + how.warmup, 1)
    others_s = after.busy_s - before.busy_s - server_s - database_s
    return Load(
        requests=told["requests"],
        requests_per_second=told["requests_per_second"],
        cpu_us=(server_s + database_s) / every * 1e6,
        p50_us=told["latency_us"]["p50"],
        p99_us=told["latency_us"]["p99"],
        others=max(0.0, others_s) / (after.at_s - before.at_s),
        database_cpu_us=database_s / every * 1e6,
        p999_us=told["latency_us"]["p999"],
        failed=sum(told["errors"].values()) + told["lost"],
        failures=ended.stdout.strip() if ended.returncode else "",
    )


def written(requests: Iterable[bytes], to: Path) -> Path:
    """A file as the load generator reads it: each request after its length."""
    with to.open("wb") as file:
        for text in requests:
            file.write(len(text).to_bytes(4, "little") + text)
    return to


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
