"""Rounds in turn: the floor, the request, the floor, ..."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import generator
from benchmarks.generator import How, Load
from benchmarks.scale.rows import STEPS, Asked, Row
from benchmarks.scale.subjects import Served, Subject, served
from modelry.bench import processes, signed
from modelry.bench.data import Progress
from modelry.bench.floor import DEFAULT_ANSWER_BYTES
from modelry.bench.processes import BenchError, Running

FLOOR_CONNECTIONS = 32
_FLOOR_REQUESTS = 20_000
_FLOOR_SHARE = 0.4
_FIRST_S = 0.4
_FIRST_RATE = 3000
_SPARE = 1.4
_IDLE_S = 2


class Scale(NamedTuple):
    """How long and how often."""

    rounds: int
    round_s: float


class Measured(NamedTuple):
    """One kind of request over one number of connections, in all its rounds."""

    row: Row
    connections: int
    floor: list[Load]
    loads: list[Load]

    def cpu_us(self) -> list[float]:
        """Of a request, server and database."""
        return [load.cpu_us for load in self.loads]

    def in_floors(self) -> list[float]:
        """The same in the floor's of the same round."""
        return [a.cpu_us / b.cpu_us for a, b in zip(self.loads, self.floor, strict=True) if b.cpu_us]

    def rate(self) -> float:
        """Answers a second."""
        return statistics.median(load.requests_per_second for load in self.loads)


class OfSubject(NamedTuple):
    """All that was measured of one registry."""

    subject: Subject
    version: str
    size_bytes: int
    start_s: float
    idle_bytes: int
    loaded_bytes: int
    database_bytes: int
    rows: list[Measured]
    steps: list[tuple[int, list[float]]]
    """GetModel's rates by connections."""
    skipped: list[str]
    """What could not be measured, and why."""


class Measuring:
    """One run in a folder."""

    def __init__(self, scale: Scale, folder: Path, kept_in: Path, say: Callable[[str], None]) -> None:
        self._scale = scale
        self._folder = folder
        self._kept_in = kept_in
        self._say = say
        self._generator = generator.compiled(folder)

    def of(self, subject: Subject, rows: Sequence[Row], connections: Sequence[int], tell: Progress) -> OfSubject:
        """Every row over every number of connections."""
        self._say(f"{subject.title}: data")
        folder = self._folder / f"data-{subject.database}-{subject.sizes.models}"
        with served(subject, self._kept_in, folder, tell) as found, processes.floor(DEFAULT_ANSWER_BYTES) as floor:
            time.sleep(_IDLE_S)
            idle_bytes = found.running.memory_bytes()
            turn = _Turn(self, found, floor, Asked(found.registry, subject.sizes))
            skipped: list[str] = []
            wanted = [(row, count) for row in rows for count in connections]
            every = [self._row(turn, row, count, skipped) for row, count in wanted]
            steps = [(count, turn.rates(rows[0], count)) for count in STEPS] if rows[0].name == "get" else []
            return OfSubject(
                subject=subject,
                version=found.version,
                size_bytes=found.size_bytes,
                start_s=found.running.start_s,
                idle_bytes=idle_bytes,
                loaded_bytes=found.running.memory_bytes(),
                database_bytes=found.running.database_memory_bytes(),
                rows=[measured for measured in every if measured],
                steps=steps,
                skipped=skipped,
            )

    def _row(self, turn: "_Turn", row: Row, connections: int, skipped: list[str]) -> Measured | None:
        """`None`, and a reason in `skipped`, if a request failed: figures of failures mean nothing."""
        try:
            measured = turn.measured(row, connections)
        except BenchError as error:
            skipped.append(f"{row.title}, {connections} connections: {str(error)[:600]}")
            self._say(skipped[-1])
            return None
        cpu_us, ratio = statistics.median(measured.cpu_us()), statistics.median(measured.in_floors())
        self._say(f"{row.title}, {connections} connections: {cpu_us:.0f} µs, {ratio:.1f} floors")
        return measured

    def sent(self, running: Running, connections: int, requests: Path, how: How) -> Load:
        """A round of a file."""
        return generator.sent(self._generator, running, connections, requests, how)

    def file(self, name: str) -> Path:
        """A place for requests."""
        return self._folder / f"{name}.requests"

    @property
    def scale(self) -> Scale:
        """How long and how often."""
        return self._scale


class _Turn:
    """The rounds of one registry and of the floor beside it."""

    def __init__(self, measuring: Measuring, found: Served, floor: Running, asked: Asked) -> None:
        self._measuring = measuring
        self._running = found.running
        self._floor = floor
        self._asked = asked
        self._signer = signed.Signer(found.registry.root)
        constant = (asked.get() for _ in range(_FLOOR_REQUESTS))
        self._constant = self._signer.write(constant, measuring.file("floor"))
        self._of_floor()  # it is warm before the first round that counts

    def measured(self, row: Row, connections: int) -> Measured:
        """The rounds of one row."""
        rate = self._round(row, connections, _FIRST_S, _FIRST_RATE).requests_per_second
        measured = Measured(row, connections, [], [])
        for _ in range(self._measuring.scale.rounds):
            measured.floor.append(self._of_floor())
            measured.loads.append(self._round(row, connections, self._measuring.scale.round_s, rate))
        return measured

    def rates(self, row: Row, connections: int) -> list[float]:
        """Answers a second, round by round."""
        seconds, rounds = self._measuring.scale.round_s / 2, self._measuring.scale.rounds
        first = self._round(row, connections, _FIRST_S, _FIRST_RATE)
        loads = [self._round(row, connections, seconds, first.requests_per_second) for _ in range(rounds)]
        return [load.requests_per_second for load in loads]

    def _round(self, row: Row, connections: int, seconds: float, rate: float) -> Load:
        count = int(rate * seconds * _SPARE) + 10 * connections
        requests = self._signer.write(self._plains(row, count), self._measuring.file("once"))
        how = How(seconds=seconds, expected=row.status)
        return self._measuring.sent(self._running, connections, requests, how)

    def _of_floor(self) -> Load:
        how = How(seconds=self._measuring.scale.round_s * _FLOOR_SHARE)
        return self._measuring.sent(self._floor, FLOOR_CONNECTIONS, self._constant, how)

    def _plains(self, row: Row, count: int) -> Iterable[signed.Plain]:
        return (row.make(self._asked) for _ in range(count))


def best_before(steps: Sequence[tuple[int, Sequence[float]]]) -> Iterator[tuple[int, float]]:
    """Each number of connections but the first, and its rate in the best of fewer connections."""
    best = 0.0
    for connections, rates in steps:
        rate = statistics.median(rates)
        if best:
            yield connections, rate / best
        best = max(best, rate)
