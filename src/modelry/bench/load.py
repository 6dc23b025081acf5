"""A round of load: requests that were signed beforehand, sent by generators in processes of their own."""

import contextlib
import subprocess
import sys
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from modelry.bench import generator, processes
from modelry.bench.figures import Round
from modelry.bench.processes import GENERATOR_CORES, BenchError, Running

MOST_GENERATORS = 4


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """How a round is sent."""

    connections: int
    """Each has one request in flight."""
    seconds: float
    """At most; less if the requests are used up before."""
    again: bool = False
    """Begin anew when they are used up: for a server that does not look at nonces."""
    generators: int = min(MOST_GENERATORS, len(GENERATOR_CORES))
    """Processes that send, at most one a connection."""


def sent(server: Running, requests: Sequence[generator.Request], how: Sending, folder: Path) -> Round:
    """Send requests, each once unless `how` says otherwise, in the order that they have; files go to `folder`.

    Raises:
        BenchError: the server cannot be reached, or ended.
    """
    count = min(how.generators, how.connections)
    with contextlib.ExitStack() as stack:
        sending = []
        for number in range(count):
            file = generator.written(requests[number::count], folder / f"{number}.requests")
            connections = len(range(number, how.connections, count))
            sending.append(stack.enter_context(_generator(server.port, connections, how, file)))
        before_s, database_s = server.cpu_s(), server.database_cpu_s()
        for one in sending:
            one.begin()
        results = [one.result() for one in sending]
        database_s = server.database_cpu_s() - database_s
        server_s = server.cpu_s() - before_s
    return _round(results, server_s, database_s)


class _Generator:
    """A generator that has its connections open and waits."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        assert process.stdin is not None  # noqa: S101  for the type checker
        assert process.stdout is not None  # noqa: S101  likewise
        self._stdin, self._stdout, self._log = process.stdin, process.stdout, log
        if self._stdout.readline() != "ready\n":
            raise self._failed()

    def begin(self) -> None:
        self._stdin.write("\n")
        self._stdin.flush()

    def result(self) -> generator.Result:
        told = self._stdout.read()
        if not told:
            raise self._failed()
        return msgspec.json.decode(told, type=generator.Result)

    def _failed(self) -> BenchError:
        said = self._log.read_text().strip().splitlines() or ["it said nothing"]
        return BenchError(f"the load generator ended before its time: {said[-1]}")


@contextlib.contextmanager
def _generator(port: int, connections: int, how: Sending, file: Path) -> Iterator[_Generator]:
    command = [
        sys.executable,
        "-m",
        "modelry.bench.generator",
        str(port),
        str(connections),
        str(how.seconds),
        str(file),
    ]
    log = file.with_suffix(".log")
    again = ["--again"] if how.again else []
    with (
        log.open("w") as errors,
        processes.started([*command, *again], *GENERATOR_CORES, stderr=errors.fileno()) as process,
    ):
        yield _Generator(process, log)


def _round(results: Sequence[generator.Result], server_s: float, database_s: float) -> Round:
    seconds = max(result.ended_s for result in results) - min(result.began_s for result in results)
    latency_us: dict[str, array[int]] = {}
    failures: dict[str, int] = {}
    for result in results:
        for kind, taken in result.latency_us.items():
            latency_us.setdefault(kind, array("I")).extend(taken)
        for what, count in result.failures.items():
            failures[what] = failures.get(what, 0) + count
    requests = sum(map(len, latency_us.values())) + sum(failures.values())
    return Round(
        seconds=seconds,
        requests=requests,
        cpu_us=(server_s + database_s) / max(requests, 1) * 1e6,
        database_cpu_us=database_s / max(requests, 1) * 1e6,
        generator_share=sum(result.cpu_s for result in results) / (seconds * len(results)),
        body_bytes=sum(result.body_bytes for result in results) / max(requests, 1),
        latency_us=latency_us,
        failures=failures,
        first_failure=next((result.first_failure for result in results if result.first_failure), ""),
    )
