"""What is counted of every request, and how Prometheus reads it.

Each worker counts into a part of the shared memory that no other process writes, and whoever is asked adds them up.
Recording is a few list operations; the exposition, which is asked for a few times a minute, is the library's.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from modelry.server.shared import WORD_BYTES, Shared

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_BOUNDS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_BOUNDS_NS = [int(bound * 1e9) for bound in _BOUNDS_S]

NO_OPERATION = "none"
"""The label of requests that no operation answered: a path must not become a label, there are too many."""
OTHERS = "others"
"""The label of what there was no more room to tell apart."""

_PARTS_A_WORKER = 2
"""While workers are replaced, the old ones are still there."""


class _Table(NamedTuple):
    """Records of one kind in a worker's part: a text, then words that count."""

    start_bytes: int
    records: int
    text_bytes: int
    words: int
    used_word: int
    """Word of the part that says how many records are in use."""

    @property
    def record_bytes(self) -> int:
        return self.text_bytes + self.words * WORD_BYTES

    @property
    def end_bytes(self) -> int:
        return self.start_bytes + self.records * self.record_bytes


_HEAD_BYTES = 256
_CLAIMED = 0
"""Word of a part that is not zero once a worker has had it."""
_GAUGES_START = 8
_GAUGES_MOST = _HEAD_BYTES // WORD_BYTES - _GAUGES_START
_REQUESTS = _Table(_HEAD_BYTES, 4096, 120, 1, used_word=1)
_DURATIONS = _Table(_REQUESTS.end_bytes, 512, 64, len(_BOUNDS_NS) + 2, used_word=2)
_PART_BYTES = -(-_DURATIONS.end_bytes // 4096) * 4096

Gauge = tuple[str, Callable[[], float]]
"""What it means, and its value now."""


def memory(workers: int) -> Shared:
    """Room for the counts of so many workers."""
    return Shared(_PARTS_A_WORKER * workers * _PART_BYTES)


class Metrics:
    """Counts of one worker, and the sums of all."""

    def __init__(
        self, shared: Shared, *, machine: Mapping[str, Gauge] | None = None, worker: Mapping[str, Gauge] | None = None
    ) -> None:
        """Count on where the worker left off whose part this one takes.

        Gauges are values read at the time of asking, by name: those of the `machine` are the same whoever is asked,
        those of a `worker` are its own, and told of each.
        """
        self._machine = machine or {}
        self._worker = worker or {}
        if len(self._worker) > _GAUGES_MOST:
            message = f"there is room for {_GAUGES_MOST} gauges of a worker"
            raise ValueError(message)
        self._shared = shared
        self._words = shared.words
        self._parts = shared.size_bytes // _PART_BYTES
        self._start = shared.claimed(self._parts, _PART_BYTES)
        self._words[self._start // WORD_BYTES + _CLAIMED] = 1
        self._requests = {_key(text): at for text, at in self._records(self._start, _REQUESTS)}
        self._durations = dict(self._records(self._start, _DURATIONS))
        self.publish()

    def record(self, operation: str, status: int, code: str, duration_ns: int) -> None:
        """Count one answer; `code` is the error's, or empty."""
        words = self._words
        at = self._requests.get((operation, status, code))
        if at is None:
            at = self._new_request(operation, status, code)
        words[at] += 1
        at = self._durations.get(operation)
        if at is None:
            at = self._new_duration(operation)
        words[at + bisect_left(_BOUNDS_NS, duration_ns)] += 1
        words[at + len(_BOUNDS_NS) + 1] += duration_ns

    def publish(self) -> None:
        """Tell the other workers this one's gauges."""
        first = self._start // WORD_BYTES + _GAUGES_START
        for at, (_, value) in enumerate(self._worker.values(), first):
            self._words[at] = max(0, int(value()))

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  90 ms, and few ever ask

        self.publish()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> "Iterator[Metric]":
        """The counts as the library's metric families."""
        from prometheus_client.core import (  # noqa: PLC0415  see `exposition`
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        requests = CounterMetricFamily("modelry_requests", "Answered requests.", labels=("operation", "status", "code"))
        for text, (count,) in self._sums(_REQUESTS).items():
            requests.add_metric(text.split("\0"), count)
        yield requests
        durations = HistogramMetricFamily(
            "modelry_request_duration_seconds", "From the request's last byte to its answer.", labels=("operation",)
        )
        for operation, counts in self._sums(_DURATIONS).items():
            durations.add_metric((operation,), list(_cumulative(counts[:-1])), counts[-1] / 1e9)
        yield durations
        for number, (name, (text, _)) in enumerate(self._worker.items(), _GAUGES_START):
            gauge = GaugeMetricFamily(f"modelry_{name}", text, labels=("worker",))
            for start in self._used_parts():
                gauge.add_metric((str(start // _PART_BYTES + 1),), self._words[start // WORD_BYTES + number])
            yield gauge
        for name, (text, value) in self._machine.items():
            yield GaugeMetricFamily(f"modelry_{name}", text, value())

    def _used_parts(self) -> Iterator[int]:
        """Where the parts start that a worker has or had."""
        for start in range(0, self._parts * _PART_BYTES, _PART_BYTES):
            if self._words[start // WORD_BYTES + _CLAIMED]:
                yield start

    def _records(self, part: int, table: _Table) -> Iterator[tuple[str, int]]:
        """The text of each record of a part, and the word at which its counts begin."""
        for number in range(self._words[part // WORD_BYTES + table.used_word]):
            start = part + table.start_bytes + number * table.record_bytes
            counts = start + table.text_bytes
            yield self._shared.map[start:counts].rstrip(b"\xff").decode(), counts // WORD_BYTES

    def _sums(self, table: _Table) -> dict[str, list[int]]:
        """The counts of all workers, by text."""
        sums: dict[str, list[int]] = {}
        for part in self._used_parts():
            for text, at in self._records(part, table):
                counts = list(self._words[at : at + table.words])
                before = sums.get(text)
                sums[text] = counts if before is None else [a + b for a, b in zip(before, counts, strict=True)]
        return sums

    def _new_request(self, operation: str, status: int, code: str) -> int:
        at = self._added(_REQUESTS, _text(operation, status, code), _text(OTHERS, 0, ""))
        self._requests[operation, status, code] = at
        return at

    def _new_duration(self, operation: str) -> int:
        at = self._durations[operation] = self._added(_DURATIONS, operation, OTHERS)
        return at

    def _added(self, table: _Table, text: str, others: str) -> int:
        """The word at which the counts of a new record begin; when there is no more room, those of all `others`."""
        used_at = self._start // WORD_BYTES + table.used_word
        number = min(self._words[used_at], table.records - 1)
        if number == table.records - 1:
            text = others
        start = self._start + table.start_bytes + number * table.record_bytes
        counts = start + table.text_bytes
        self._shared.map[start:counts] = text.encode()[: table.text_bytes].ljust(table.text_bytes, b"\xff")
        self._words[used_at] = number + 1
        return counts // WORD_BYTES


def _text(operation: str, status: int, code: str) -> str:
    return f"{operation}\0{status}\0{code}"


def _key(text: str) -> tuple[str, int, str]:
    operation, status, code = text.split("\0")
    return operation, int(status), code


def _cumulative(counts: list[int]) -> Iterator[tuple[str, float]]:
    total = 0
    for bound, count in zip((*map(str, _BOUNDS_S), "+Inf"), counts, strict=True):
        total += count
        yield bound, total
