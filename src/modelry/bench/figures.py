"""What a run measures, and what is told of many values: a median, a spread, a percentile."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from modelry.bench.data import Sizes

BUSY_GENERATOR = 0.9
"""From which share of its cores on the generator, not the server, sets the rate."""

SQLITE = "SQLite"

SHARES = (50, 99, 99.9)
"""The percentiles that are shown."""


class Round(NamedTuple):
    """One round of load."""

    seconds: float
    requests: int
    """That were answered, refusals too."""
    cpu_us: float
    """CPU time a request, user and system, of all processes of the server and of its database."""
    database_cpu_us: float
    """The part of it that is the database server's; 0 for SQLite, and where it is on another machine."""
    generator_share: float
    """How much of the time that its processes had the load generator was busy; 1 is all of it."""
    body_bytes: float
    """Of an answer, on average."""
    latency_us: Mapping[str, Sequence[int]]
    failures: Mapping[str, int]
    first_failure: str

    @property
    def requests_per_second(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


class Series(NamedTuple):
    """Rounds of one caller over one number of connections: floor, load, floor, ..., floor."""

    caller: str
    connections: int
    warmup: Round
    floors: list[Round]
    loads: list[Round]

    def ratios(self) -> list[float]:
        """CPU of a request in floors: each round against the mean of the floors before and after it."""
        around = [statistics.mean((a.cpu_us, b.cpu_us)) for a, b in zip(self.floors, self.floors[1:], strict=False)]
        return [load.cpu_us / floor for load, floor in zip(self.loads, around, strict=True) if floor]

    def latency_us(self, kind: str) -> list[int]:
        """Of one kind of request, those of all rounds, sorted."""
        return sorted(us for load in self.loads for us in load.latency_us.get(kind, ()))


class Figures(NamedTuple):
    """All that a run measured."""

    sizes: Sizes
    shares: Mapping[str, int]
    """The mix: weights by kind of request."""
    database: str
    """Its name and version."""
    database_bytes: int
    database_pss_bytes: int | None
    """Of its server's processes after the load; `None`: it has none, or they are on another machine."""
    making_s: float | None
    """How long the data took to make; `None`: it was there already."""
    start_s: float
    pss_before_bytes: int
    pss_after_bytes: int
    sync_us: float
    """How long the data's disk takes to acknowledge a write of 4 KB."""
    floor_bytes: int
    series: list[Series]

    def failures(self) -> dict[str, int]:
        """What went wrong in any round, and how often."""
        counted: dict[str, int] = {}
        for what, count in (item for load in self._rounds() for item in load.failures.items()):
            counted[what] = counted.get(what, 0) + count
        return counted

    def first_failure(self) -> str:
        """The answer to the first request that failed; empty if none did."""
        return next((load.first_failure for load in self._rounds() if load.first_failure), "")

    def _rounds(self) -> Iterable[Round]:
        return (load for series in self.series for load in (series.warmup, *series.floors, *series.loads))


def percentile(ordered: Sequence[float], share: float) -> float:
    """The least of the sorted values that at least so many of 100 do not exceed (the nearest rank).

    Raises:
        ValueError: there is no value, or `share` is not above 0 and at most 100.
    """
    if not ordered or not 0 < share <= 100:  # noqa: PLR2004  of 100
        raise ValueError("a percentile is of at least one value, and of a share above 0 and up to 100")
    rank = math.ceil(round(len(ordered) * share / 100, 6))  # rounded: 1000 * 99.9 / 100 is 999.0000000000001
    return ordered[max(rank, 1) - 1]


def spread(values: Sequence[float], places: int = 0) -> str:
    """`median (least to most)`."""
    low, middle, high = (f"{value:,.{places}f}" for value in (min(values), statistics.median(values), max(values)))
    return f"{middle} ({low} to {high})" if len(values) > 1 else middle
