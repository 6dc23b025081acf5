"""One benchmark from its data to its figures, in a folder of its own that is gone afterwards."""

import contextlib
import itertools
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from modelry.bench import data, load, machine, postgresql, processes, users
from modelry.bench.data import Progress, Registry, Sizes
from modelry.bench.figures import SQLITE, Figures, Round, Series
from modelry.bench.interrupts import INTERRUPTS
from modelry.bench.load import Sending
from modelry.bench.processes import BenchError, Running
from modelry.bench.traffic import Traffic
from modelry.server.start import RootKey
from modelry.storage.sqlite import FILE_NAME

_LEAST_ROUNDS = 3
_MOST_ROUND_S = 5.0
"""A round's requests are all signed before it: this bounds how many wait in memory, and how old they get."""

_FLOOR_SHARE = 0.5
"""How long a round of the floor is, in rounds of load."""

_WARMUP_SHARE = 0.3
_WARMUP_REQUESTS = 1000
_SPARE = 1.5
"""How many times the requests that a round should need are signed: a server gets faster."""

_FLOOR_REQUESTS = 2000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be measured."""

    sizes: Sizes
    shares: Mapping[str, int]
    """The mix: weights by kind of request."""
    users: int
    """0: the account's own key alone."""
    connections: Sequence[int]
    seconds: float
    """Of load in all, floor and warming up included."""
    kept_in: Path | None
    """Where the data is kept for the next run; `None`: it is not."""
    database: str | None = None
    """URL of a PostgreSQL database, on whose server the run makes one of its own; `None`: SQLite."""
    database_pid: int | None = None
    """The process of that server, where the server does not tell it."""

    def rounds(self) -> tuple[int, float]:
        """How many rounds of load each caller has over each number of connections, and their length in seconds.

        The floor has one more.
        """
        series_s = self.seconds / (len(self.connections) * (2 if self.users else 1))
        ends = _FLOOR_SHARE + 2 * _WARMUP_SHARE
        count = max(_LEAST_ROUNDS, math.ceil((series_s / _MOST_ROUND_S - ends) / (1 + _FLOOR_SHARE)))
        return count, series_s / (count * (1 + _FLOOR_SHARE) + ends)


def measured(plan: Plan, tell: Progress) -> Figures:
    """Make the data, start the servers, send the load; all of it is ended and removed, whatever happens.

    Raises:
        BenchError, StartError: it cannot be measured here.
    """
    if plan.kept_in is not None:
        plan.kept_in.mkdir(parents=True, exist_ok=True)
    with INTERRUPTS.ending(), _folder(plan.kept_in) as folder, _place(plan, folder, tell) as place:
        keys = users.added(place.registry, plan.users) if plan.users else []
        return _figures(plan, folder, place, keys, tell)


@contextlib.contextmanager
def _folder(within: Path | None) -> Iterator[Path]:
    """A new folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="modelry-bench-", dir=within))
    try:
        yield folder
    finally:
        with INTERRUPTS.held():
            shutil.rmtree(folder, ignore_errors=True)


class _Place(NamedTuple):
    """The registry, and what is known of its database."""

    registry: Registry
    database: processes.Database | None
    title: str
    size_bytes: int
    making_s: float | None


@contextlib.contextmanager
def _place(plan: Plan, folder: Path, tell: Progress) -> Iterator[_Place]:
    """The registry that is measured; a database that was made for it is removed afterwards."""
    watch = _Watch(tell)
    if plan.database is None:
        registry = _registry(plan, folder, watch.tell)
        size_bytes = (registry.folder / FILE_NAME).stat().st_size
        yield _Place(registry, None, SQLITE, size_bytes, watch.making_s)
        return
    server = postgresql.server(plan.database, plan.database_pid)
    with postgresql.measured_on(server, plan.kept_in, plan.sizes, folder / "data", watch.tell) as registry:
        database = processes.Database(registry.database or "", server.pid)
        title = f"PostgreSQL {server.version}"
        size_bytes = server.size_bytes(urlsplit(database.url).path[1:])
        yield _Place(registry, database, title, size_bytes, watch.making_s)


def _registry(plan: Plan, folder: Path, tell: Progress) -> Registry:
    if plan.kept_in is None:
        return data.made(folder / "data", plan.sizes, tell)
    return data.copied(data.kept(plan.kept_in, plan.sizes, tell), folder / "data")


class _Watch:
    """How long the making of data took, from the first that is told of it to the last."""

    def __init__(self, tell: Progress) -> None:
        self._tell = tell
        self._began: float | None = None
        self.making_s: float | None = None

    def tell(self, what: str, done: int, total: int) -> None:
        now = time.perf_counter()
        self._began = self._began or now
        self.making_s = now - self._began
        self._tell(what, done, total)


def _figures(plan: Plan, folder: Path, place: _Place, keys: list[RootKey], tell: Progress) -> Figures:
    registry = place.registry
    traffic = Traffic(registry, plan.shares)
    sync_us = machine.sync_us(folder)
    callers = {"the account": [registry.root]} | ({f"{len(keys)} RAM users": keys} if keys else {})
    tell("starting", 0, 1)
    with processes.registry(registry.folder, folder / "server.log", database=place.database) as server:
        before_bytes = processes.memory_bytes(server.pids, "Pss")
        measuring = _Measuring(plan, folder, server, traffic, tell)
        floor_bytes = measuring.answer_bytes([registry.root])
        with processes.floor(floor_bytes) as floor:
            tell("starting", 1, 1)
            series = list(measuring.every_series(floor, callers))
        after_bytes = processes.memory_bytes(server.pids, "Pss")
        database_pss_bytes = server.database_memory_bytes() if server.database_pid else None
    return Figures(
        sizes=plan.sizes,
        shares=plan.shares,
        database=place.title,
        database_bytes=place.size_bytes,
        database_pss_bytes=database_pss_bytes,
        making_s=place.making_s,
        start_s=server.start_s,
        pss_before_bytes=before_bytes,
        pss_after_bytes=after_bytes,
        sync_us=sync_us,
        floor_bytes=floor_bytes,
        series=series,
    )


class _Measuring:
    """Rounds of load, signed just before each."""

    def __init__(self, plan: Plan, folder: Path, server: Running, traffic: Traffic, tell: Progress) -> None:
        self._folder = folder
        self._rounds, self._round_s = plan.rounds()
        self._connections = plan.connections
        self._tell = tell
        self._server = server
        self._traffic = traffic

    def answer_bytes(self, keys: list[RootKey]) -> int:
        """How long an answer's body is on average.

        Raises:
            BenchError: nothing was answered as it should be.
        """
        seen = self._warmed(keys, self._connections[0])
        if not seen.latency_us:
            raise BenchError(f"every request failed: {seen.first_failure}")
        return round(seen.body_bytes)

    def every_series(self, floor: Running, callers: Mapping[str, list[RootKey]]) -> Iterator[Series]:
        """Each caller over each number of connections."""
        total = len(callers) * len(self._connections) * self._rounds
        steps = itertools.count()

        def told() -> None:
            self._tell("rounds", next(steps), total)

        told()
        for (caller, keys), connections in itertools.product(callers.items(), self._connections):
            yield self._series(floor, caller, keys, connections, told)

    def _series(
        self, floor: Running, caller: str, keys: list[RootKey], connections: int, told: Callable[[], None]
    ) -> Series:
        """The floor and the mix in turn, beginning and ending with the floor."""
        warmup = self._warmed(keys, connections)
        constant = self._traffic.signed(keys, _FLOOR_REQUESTS)
        count = int(warmup.requests_per_second * self._round_s * _SPARE) + connections
        how = Sending(connections=connections, seconds=self._round_s)

        def of_floor(share: float) -> Round:
            again = Sending(connections=connections, seconds=self._round_s * share, again=True)
            return load.sent(floor, constant, again, self._folder)

        of_floor(_WARMUP_SHARE)
        floors, loads = [of_floor(_FLOOR_SHARE)], []
        for _ in range(self._rounds):
            loads.append(load.sent(self._server, self._traffic.signed(keys, count), how, self._folder))
            floors.append(of_floor(_FLOOR_SHARE))
            told()
        return Series(caller, connections, warmup, floors, loads)

    def _warmed(self, keys: list[RootKey], connections: int) -> Round:
        how = Sending(connections=connections, seconds=self._round_s * _WARMUP_SHARE)
        return load.sent(self._server, self._traffic.signed(keys, _WARMUP_REQUESTS), how, self._folder)
