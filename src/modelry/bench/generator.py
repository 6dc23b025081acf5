"""A load generator: `python -m modelry.bench.generator PORT CONNECTIONS SECONDS FILE [--again]`.

FILE holds requests, each with its kind, as `written` makes it. Every connection is kept alive and has one request in
flight; each request is sent once, because its nonce is good for one use, or again and again with `--again`. It opens
its connections, prints `ready`, waits for a line, sends, and prints a `Result` as JSON.
"""

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import msgspec
import uvloop

_PATIENCE_S = 30
"""How long answers may take after the last request was sent."""

_OK = 200
_SHOWN_BYTES = 500

Request = tuple[str, bytes]
"""Its kind, and the whole text as it goes over the wire."""


class Result(msgspec.Struct, frozen=True):
    """What one generator saw. Its times are those of the machine's monotonic clock."""

    began_s: float
    ended_s: float
    cpu_s: float
    """Its own, user and system."""
    body_bytes: int
    latency_us: dict[str, list[int]]
    """Of each kind, of the answers that were a 200."""
    failures: dict[str, int]
    """`KIND STATUS`, or `KIND` with what became of the connection, and how often."""
    first_failure: str


def written(requests: Iterable[Request], to: Path) -> Path:
    """A file of requests."""
    to.write_bytes(msgspec.msgpack.encode(list(requests)))
    return to


class _Load:
    """The requests that are left, and what came of those that were sent."""

    def __init__(self, requests: Iterator[Request]) -> None:
        self._requests = requests
        self._open = 0
        self._until_s = 0.0
        self.over = asyncio.Event()
        self.body_bytes = 0
        self.latency_us: dict[str, list[int]] = {}
        self.failures: dict[str, int] = {}
        self.first_failure = ""

    def begin(self, connections: "list[_Connection]", seconds: float) -> None:
        self._open = len(connections)
        self._until_s = time.perf_counter() + seconds
        for connection in connections:
            connection.send_next()

    def taken(self) -> Request | None:
        return next(self._requests, None) if time.perf_counter() < self._until_s else None

    def answered(self, kind: str, taken_ns: int, status: int, body: bytes) -> None:
        self.body_bytes += len(body)
        if status == _OK:
            self.latency_us.setdefault(kind, []).append(taken_ns // 1000)
        else:
            self.failed(f"{kind} {status}", body[:_SHOWN_BYTES].decode(errors="replace"))

    def failed(self, what: str, shown: str) -> None:
        self.failures[what] = self.failures.get(what, 0) + 1
        self.first_failure = self.first_failure or f"{what}: {shown}"

    def closed(self) -> None:
        self._open -= 1
        if not self._open:
            self.over.set()


class _Connection(asyncio.Protocol):
    """One connection, with one request in flight."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._received = b""
        self.waits_for: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is of no such class

    def send_next(self) -> None:
        request = self._load.taken()
        if request is None:
            self.waits_for = None
            self._transport.close()
            return
        self.waits_for, text = request
        self._received = b""
        self._sent_ns = time.perf_counter_ns()
        self._transport.write(text)

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data
        body_at = received.find(b"\r\n\r\n") + 4
        if body_at < 4 or len(received) < body_at + _length(received[:body_at]):  # noqa: PLR2004  not found
            return
        taken_ns = time.perf_counter_ns() - self._sent_ns
        self._load.answered(self.waits_for or "", taken_ns, int(received[9:12]), received[body_at:])
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waits_for is not None:
            self._load.failed(f"{self.waits_for} lost", str(exc or "the server closed the connection"))
        self._load.closed()


def _length(head: bytes) -> int:
    """What the head of an answer says of its body."""
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 : head.index(b"\r", at)]) if at >= 0 else 0


async def _sent(port: int, count: int, seconds: float, requests: Iterator[Request]) -> Result:
    loop = asyncio.get_running_loop()
    load = _Load(requests)
    connections = [
        (await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port))[1] for _ in range(count)
    ]
    print("ready", flush=True)  # noqa: T201  the parent waits for it
    sys.stdin.readline()
    began_s, cpu_s = time.perf_counter(), time.process_time()
    load.begin(connections, seconds)
    try:
        await asyncio.wait_for(load.over.wait(), seconds + _PATIENCE_S)
    except TimeoutError:
        for connection in connections:
            if connection.waits_for is not None:
                load.failed(f"{connection.waits_for} unanswered", f"no answer within {_PATIENCE_S} s")
    cpu_s = time.process_time() - cpu_s
    ended_s = time.perf_counter()
    return Result(began_s, ended_s, cpu_s, load.body_bytes, load.latency_us, load.failures, load.first_failure)


def main() -> None:
    """Read the command line, send, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("file", type=Path)
    parser.add_argument("--again", action="store_true", help="begin anew when the file is used up")
    given = parser.parse_args()
    requests = msgspec.msgpack.decode(given.file.read_bytes(), type=list[Request])
    given_out = itertools.cycle(requests) if given.again else iter(requests)
    result = uvloop.run(_sent(given.port, given.connections, given.seconds, given_out))
    print(msgspec.json.encode(result).decode())  # noqa: T201  the parent reads it


if __name__ == "__main__":
    main()
