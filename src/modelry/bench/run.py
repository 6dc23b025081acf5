"""One benchmark from its data to its figures, in a folder of its own that is gone afterwards."""

import contextlib
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import msgspec

from modelry.bench import data, load, machine, processes, users
from modelry.bench.data import Progress, Registry, Sizes
from modelry.bench.figures import Figures, Round, Series
from modelry.bench.load import Sending
from modelry.bench.processes import BenchError, Running
from modelry.bench.traffic import Traffic
from modelry.server.start import RootKey
from modelry.storage.database import FILE_NAME

ROUNDS = 3
"""Of load, for each caller and number of connections; of the floor one more."""

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

    def round_s(self) -> float:
        """How long a round of load is."""
        a_series = ROUNDS + (ROUNDS + 1) * _FLOOR_SHARE + 2 * _WARMUP_SHARE
        return self.seconds / (a_series * len(self.connections) * (2 if self.users else 1))


def measured(plan: Plan, tell: Progress) -> Figures:
    """Make the data, start the servers, send the load; all of it is ended and removed, whatever happens.

    Raises:
        BenchError, StartError: it cannot be measured here.
    """
    if plan.kept_in is not None:
        plan.kept_in.mkdir(parents=True, exist_ok=True)
    with _undisturbed_end(), tempfile.TemporaryDirectory(prefix="modelry-bench-", dir=plan.kept_in) as name:
        folder = Path(name)
        registry = _registry(plan, folder, tell)
        keys = users.added(registry, plan.users) if plan.users else []
        return _figures(plan, folder, registry, keys, tell)


def _registry(plan: Plan, folder: Path, tell: Progress) -> Registry:
    if plan.kept_in is None:
        return data.made(folder / "data", plan.sizes, tell)
    return data.copied(data.kept(plan.kept_in, plan.sizes, tell), folder / "data")


def _figures(plan: Plan, folder: Path, registry: Registry, keys: list[RootKey], tell: Progress) -> Figures:
    traffic = Traffic(registry, plan.shares)
    database_bytes = (registry.folder / FILE_NAME).stat().st_size
    sync_us = machine.sync_us(folder)
    callers = {"the account": [registry.root]} | ({f"{len(keys)} RAM users": keys} if keys else {})
    tell("starting", 0, 1)
    with processes.registry(registry.folder, folder / "server.log") as server:
        before_bytes = processes.memory_bytes(server.pids, "Pss")
        measuring = _Measuring(plan, folder, server, traffic)
        floor_bytes = measuring.answer_bytes([registry.root])
        with processes.floor(floor_bytes) as floor:
            tell("starting", 1, 1)
            every = [(caller, signing, n) for caller, signing in callers.items() for n in plan.connections]
            series = []
            for number, (caller, signing, connections) in enumerate(every):
                tell("load", number, len(every))
                series.append(measuring.series(floor, caller, signing, connections))
            tell("load", len(every), len(every))
        after_bytes = processes.memory_bytes(server.pids, "Pss")
    return Figures(
        sizes=plan.sizes,
        shares=plan.shares,
        database_bytes=database_bytes,
        start_s=server.start_s,
        pss_before_bytes=before_bytes,
        pss_after_bytes=after_bytes,
        sync_us=sync_us,
        floor_bytes=floor_bytes,
        series=series,
    )


class _Measuring:
    """Rounds of load, signed just before each."""

    def __init__(self, plan: Plan, folder: Path, server: Running, traffic: Traffic) -> None:
        self._folder = folder
        self._round_s = plan.round_s()
        self._connections = plan.connections[0]
        self._server = server
        self._traffic = traffic

    def answer_bytes(self, keys: list[RootKey]) -> int:
        """How long an answer's body is on average.

        Raises:
            BenchError: nothing was answered as it should be.
        """
        seen = self._warmed(keys, self._connections)
        if not seen.latency_us:
            raise BenchError(f"every request failed: {seen.first_failure}")
        return round(seen.body_bytes)

    def series(self, floor: Running, caller: str, keys: list[RootKey], connections: int) -> Series:
        """The floor and the mix in turn, beginning and ending with the floor."""
        warmup = self._warmed(keys, connections)
        constant = self._traffic.signed(keys, _FLOOR_REQUESTS)
        floor_how = Sending(connections=connections, seconds=self._round_s * _FLOOR_SHARE, again=True)
        how = Sending(connections=connections, seconds=self._round_s)
        count = int(warmup.requests_per_second * how.seconds * _SPARE) + connections
        load.sent(floor, constant, floor_how, self._folder)  # it is warm before the first round
        floors, loads = [load.sent(floor, constant, floor_how, self._folder)], []
        for _ in range(ROUNDS):
            loads.append(load.sent(self._server, self._traffic.signed(keys, count), how, self._folder))
            floors.append(load.sent(floor, constant, floor_how, self._folder))
        return Series(caller, connections, warmup, floors, loads)

    def _warmed(self, keys: list[RootKey], connections: int) -> Round:
        how = Sending(connections=connections, seconds=self._round_s * _WARMUP_SHARE)
        return load.sent(self._server, self._traffic.signed(keys, _WARMUP_REQUESTS), how, self._folder)


@contextlib.contextmanager
def _undisturbed_end() -> Iterator[None]:
    """Have the first of Ctrl-C, SIGTERM and SIGHUP end the run, and none of them disturb its end."""
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is not signal.SIG_IGN]

    def end(number: int, _frame: FrameType | None) -> None:
        for one in numbers:
            signal.signal(one, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    before = [signal.signal(number, end) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
