"""What is counted of every request, and how Prometheus reads it.

Recording is a few list operations; the exposition, which is asked for a few times a minute, is the library's.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_BOUNDS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_BOUNDS_NS = [int(bound * 1e9) for bound in _BOUNDS_S]

NO_OPERATION = "none"
"""The label of requests that no operation answered: a path must not become a label, there are too many."""


class Metrics:
    """Counts of one worker."""

    def __init__(self, gauges: dict[str, tuple[str, Callable[[], float]]]) -> None:
        """Count from zero; `gauges` are values read at the time of asking: name to (help, value)."""
        self._gauges = gauges
        self._requests: dict[tuple[str, int, str], int] = {}
        self._durations: dict[str, list[int]] = {}

    def record(self, operation: str, status: int, code: str, duration_ns: int) -> None:
        """Count one answer; `code` is the error's, or empty."""
        key = (operation, status, code)
        self._requests[key] = self._requests.get(key, 0) + 1
        durations = self._durations.get(operation)
        if durations is None:
            durations = self._durations[operation] = [0] * (len(_BOUNDS_NS) + 2)
        durations[bisect_left(_BOUNDS_NS, duration_ns)] += 1
        durations[-1] += duration_ns

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  90 ms, and few ever ask

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
        for (operation, status, code), count in self._requests.items():
            requests.add_metric((operation, str(status), code), count)
        yield requests
        durations = HistogramMetricFamily(
            "modelry_request_duration_seconds", "From the request's last byte to its answer.", labels=("operation",)
        )
        for operation, counts in self._durations.items():
            durations.add_metric((operation,), list(_cumulative(counts[:-1])), counts[-1] / 1e9)
        yield durations
        for name, (text, value) in self._gauges.items():
            yield GaugeMetricFamily(f"modelry_{name}", text, value())


def _cumulative(counts: list[int]) -> Iterator[tuple[str, float]]:
    total = 0
    for bound, count in zip((*map(str, _BOUNDS_S), "+Inf"), counts, strict=True):
        total += count
        yield bound, total
