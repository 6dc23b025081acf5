"""A mixed load for minutes, at a share of what the server can do: `python -m benchmarks.soak --minutes 10`.

Requests are sent at a fixed rate, whatever the answers take, and a latency counts from the moment at which a request
was due. Exit code 1: a request failed, or the server's memory grew.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from benchmarks import generator
from benchmarks.generator import How, Load, written
from benchmarks.scale.rows import POSTGRESQL, SQLITE
from benchmarks.scale.subjects import Served, Subject, served
from benchmarks.telling import KEPT_IN, say
from modelry.bench import machine
from modelry.bench.data import Registry, Sizes
from modelry.bench.figures import spread
from modelry.bench.page import MIB, table
from modelry.bench.processes import GENERATOR_CORES, BenchError
from modelry.bench.traffic import Traffic, shares

MIX = "get=70,list=10,search=5,create=5,update=5,create-version=5"
CONNECTIONS = 32
SLICE_S = 20.0
"""A slice's requests are signed while the one before it is sent."""

MOST_GROWTH = 0.1
"""Of the server's own memory, from the first third of the run to the last."""

LEAST_GROWTH_BYTES = 8 * MIB
"""What is not counted as growth."""

MOST_P99 = 2.0
"""The last third's p99 in the first third's."""

_CAPACITY_S = 4.0
_CAPACITY_ROUNDS = 3
_FIRST_REQUESTS = 2000
_SPARE = 1.5


class Slice(NamedTuple):
    """Some seconds of the run."""

    load: Load
    own_bytes: int
    """The server's memory without mapped files: SQLite's grow with what is read of them."""
    database_bytes: int


class Soak(NamedTuple):
    """A whole run."""

    subject: Subject
    capacity: list[float]
    rate: float
    slices: list[Slice]

    def failed(self) -> int:
        """Requests that were refused or lost."""
        return sum(one.load.failed for one in self.slices)

    def growth(self) -> tuple[float, float]:
        """The server's own memory in the first third and in the last."""
        first, last = self._thirds()
        return statistics.median(s.own_bytes for s in first), statistics.median(s.own_bytes for s in last)

    def p99_us(self) -> tuple[float, float]:
        """In the first third and in the last."""
        first, last = self._thirds()
        return statistics.median(s.load.p99_us for s in first), statistics.median(s.load.p99_us for s in last)

    def is_flat(self) -> bool:
        """Whether the memory did not grow."""
        first, last = self.growth()
        return last - first <= max(MOST_GROWTH * first, LEAST_GROWTH_BYTES)

    def is_stable(self) -> bool:
        """Whether p99 stayed what it was."""
        first, last = self.p99_us()
        return last <= MOST_P99 * first

    def _thirds(self) -> tuple[Sequence[Slice], Sequence[Slice]]:
        third = max(1, len(self.slices) // 3)
        return self.slices[:third], self.slices[-third:]


class _Signing:
    """Signs requests in a process of its own, which gives way to the load generator."""

    def __init__(self, registry: Registry, folder: Path) -> None:
        self._folder = folder
        self._files = itertools.cycle([folder / "even.requests", folder / "odd.requests"])
        self._pool = ProcessPoolExecutor(1, get_context("spawn"), _prepare, (registry,))

    def start(self, count: int) -> "_Signed":
        """Begin with so many."""
        file = next(self._files)
        return _Signed(file, self._pool.submit(_sign, count, file).result)

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(cancel_futures=True)


class _Signed(NamedTuple):
    file: Path
    wait: Callable[[], None]

    def done(self) -> Path:
        """The file, once it is whole."""
        self.wait()
        return self.file


_state: list[tuple[Registry, Traffic]] = []


def _prepare(registry: Registry) -> None:
    os.nice(19)
    os.sched_setaffinity(0, GENERATOR_CORES)
    _state.append((registry, Traffic(registry, shares(MIX))))


def _sign(count: int, to: Path) -> None:
    registry, traffic = _state[0]
    written((text for _, text in traffic.signed([registry.root], count)), to)


def soaked(subject: Subject, minutes: float, share: float, kept_in: Path, folder: Path) -> Soak:
    """Find out what the server can do, and send it a share of that.

    Raises:
        BenchError: it cannot be measured here, or failed before the load was measured.
    """
    program = generator.compiled(folder)
    with served(subject, kept_in, folder / "data", lambda *_: None) as found:
        signing = _Signing(found.registry, folder)
        try:
            capacity = _capacity(program, found, signing)
            rate = share * statistics.median(capacity)
            say(f"{statistics.median(capacity):,.0f} requests a second at most; {rate:,.0f} for {minutes:g} minutes")
            return Soak(subject, capacity, rate, list(_slices(program, found, signing, rate, minutes)))
        finally:
            signing.close()


def _capacity(program: Path, found: Served, signing: _Signing) -> list[float]:
    """Requests a second, each connection sending as soon as it has been answered."""
    first = signing.start(_FIRST_REQUESTS).done()
    rate = generator.sent(program, found.running, CONNECTIONS, first, How()).requests_per_second
    rates = []
    for _ in range(_CAPACITY_ROUNDS):
        requests = signing.start(int(rate * _CAPACITY_S * _SPARE)).done()
        load = generator.sent(program, found.running, CONNECTIONS, requests, How(seconds=_CAPACITY_S))
        rates.append(load.requests_per_second)
    return rates


def _slices(program: Path, found: Served, signing: _Signing, rate: float, minutes: float) -> Iterator[Slice]:
    count = int(rate * SLICE_S)
    total = max(3, round(minutes * 60 / SLICE_S))
    pending = signing.start(count)
    for number in range(total):
        requests = pending.done()
        if number + 1 < total:
            pending = signing.start(count)
        load = generator.sent(program, found.running, CONNECTIONS, requests, How(rate=rate, tolerant=True))
        running = found.running
        one = Slice(load, running.memory_bytes("Anonymous"), running.database_memory_bytes())
        say(
            f"{number + 1} of {total}: {load.requests_per_second:,.0f} a second, p99 {load.p99_us / 1e3:.1f} ms,"
            f" {one.own_bytes / MIB:.0f} MiB, {load.failed} failed"
        )
        yield one


def page(soak: Soak) -> str:
    """The figures as Markdown."""
    minutes = len(soak.slices) * SLICE_S / 60
    share = soak.rate / statistics.median(soak.capacity)
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    others = [100 * one.load.others for one in soak.slices]
    lines = [
        f"# {minutes:.0f} minutes of mixed load on {soak.subject.title}",
        "",
        f"{when}. {soak.rate:,.0f} requests a second over {CONNECTIONS} connections: {share:.0%} of what the server",
        f"could do before ({spread(soak.capacity)}). The mix is `{MIX}`.",
        "",
        *table(("Aim", "Measured", "Met"), _verdicts(soak)),
        *table(("Minute", "Requests/s", "CPU µs", "p50 ms", "p99 ms", "p99.9 ms", "MiB", "Failed"), _lines(soak)),
        "A latency counts from when its request was due. MiB: the server's memory without mapped files.",
        "",
        *table(("Fact", "Value"), [*machine.facts(), ("Server's core used by others", f"{spread(others)} %")]),
    ]
    lines += [f"    {one.load.failures}" for one in soak.slices if one.load.failures][:3]
    return "\n".join(lines).rstrip()


def _verdicts(soak: Soak) -> Iterator[tuple[str, str, str]]:
    requests = sum(one.load.requests for one in soak.slices)
    yield "no request fails", f"{soak.failed():,} of {requests:,}", _met(soak.failed() == 0)
    first, last = (value / MIB for value in soak.growth())
    yield f"memory is flat, within {MOST_GROWTH:.0%}", f"{first:.1f} to {last:.1f} MiB", _met(soak.is_flat())
    first, last = (value / 1e3 for value in soak.p99_us())
    yield f"p99 is stable, within {MOST_P99:g} x", f"{first:.1f} to {last:.1f} ms", _met(soak.is_stable())


def _met(is_met: bool) -> str:  # noqa: FBT001  its only argument
    return "yes" if is_met else "**no**"


def _lines(soak: Soak) -> Iterator[tuple[str, ...]]:
    """The slices of each minute together."""
    a_minute = max(1, round(60 / SLICE_S))
    for minute, first in enumerate(range(0, len(soak.slices), a_minute)):
        some = soak.slices[first : first + a_minute]
        loads = [one.load for one in some]
        yield (
            str(minute + 1),
            f"{statistics.mean(load.requests_per_second for load in loads):,.0f}",
            f"{statistics.mean(load.cpu_us for load in loads):,.0f}",
            f"{statistics.median(load.p50_us for load in loads) / 1e3:.2f}",
            f"{statistics.median(load.p99_us for load in loads) / 1e3:.2f}",
            f"{max(load.p999_us for load in loads) / 1e3:.2f}",
            f"{some[-1].own_bytes / MIB:.1f}",
            f"{sum(load.failed for load in loads):,}",
        )


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, metavar="N", help="default: 10")
    parser.add_argument("--share", type=float, default=0.7, metavar="S", help="of what the server can do; default: 0.7")
    parser.add_argument("--models", type=int, default=100_000, metavar="N", help="default: 100,000")
    parser.add_argument("--quick", action="store_true", help="10,000 models, one minute")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL, on a server that is started")
    parser.add_argument("--database", metavar="URL", help="on this PostgreSQL server, which runs")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the page there too")
    parser.add_argument(
        "--kept-in",
        type=Path,
        metavar="FOLDER",
        default=KEPT_IN,
        help="where the data is kept between runs; default: %(default)s",
    )
    given = parser.parse_args()
    given.kept_in.mkdir(parents=True, exist_ok=True)
    minutes, models = (1.0, 10_000) if given.quick else (given.minutes, given.models)
    database = POSTGRESQL if given.postgresql or given.database else SQLITE
    subject = Subject(database, Sizes(models, 2, 200, 20_000), given.database)
    try:
        with tempfile.TemporaryDirectory(prefix="modelry-benchmark-", dir=given.kept_in) as name:
            soak = soaked(subject, minutes, given.share, given.kept_in, Path(name))
    except BenchError as error:
        sys.exit(str(error))
    shown = page(soak)
    print(shown)
    if given.output:
        given.output.write_text(shown + "\n")
    sys.exit(1 if soak.failed() or not soak.is_flat() else 0)


if __name__ == "__main__":
    main()
