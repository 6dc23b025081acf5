"""Rounds in turn: the floor, then each registry, for one row after the other."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks import generator
from benchmarks.generator import How, Load, written
from benchmarks.peers.peer import ROWS, Peer, Row
from modelry.bench import processes
from modelry.bench.floor import DEFAULT_ANSWER_BYTES
from modelry.bench.processes import BenchError, Running

FLOOR_CONNECTIONS = 32
_FLOOR_REQUESTS = 20_000
_FLOOR_SHARE = 0.5
_LEAST = 40
_FIRST_RATE = 300
_SPARE = 1.4
_WAVES = 3
"""Requests that each connection sends in a round, at the least, unless that takes longer than `_LONGEST_S`."""

_LONGEST_S = 10.0
_QUIET = 0.05
"""The share of a core below which a server counts as waiting: MLflow's helpers start for half a minute after it."""

_QUIET_PATIENCE_S = 90

Say = Callable[[str], None]


class Scale(NamedTuple):
    """How long and how often."""

    rounds: int
    round_s: float
    starts: int


class Compared(NamedTuple):
    """One row over one number of connections, in all its rounds."""

    row: Row
    connections: int
    floor: list[Load]
    loads: dict[str, list[Load]]
    """By the registry's title, ours first."""
    skipped: dict[str, str]
    """Why a registry has no figures here."""

    def ratios(self, title: str) -> list[float]:
        """CPU of a request of this registry in CPU of ours, round by round."""
        ours = next(iter(self.loads.values()))
        return [a.cpu_us / b.cpu_us for a, b in zip(self.loads[title], ours, strict=False) if b.cpu_us]

    def in_floors(self, title: str) -> list[float]:
        """CPU of a request in CPU of the floor's, round by round."""
        return [a.cpu_us / b.cpu_us for a, b in zip(self.loads[title], self.floor, strict=False) if b.cpu_us]


class Server(NamedTuple):
    """A registry's server, apart from what it is asked."""

    start_s: list[float]
    idle_bytes: list[int]
    loaded_bytes: int
    database_idle_bytes: list[int]


class Measuring:
    """One run in a folder."""

    def __init__(self, peers: Sequence[Peer], scale: Scale, folder: Path, say: Say) -> None:
        self._peers = peers
        self._scale = scale
        self._folder = folder
        self._say = say
        self._generator = generator.compiled(folder)

    def started(self) -> dict[str, Server]:
        """Starts in turn, each on the data that is there."""
        servers: dict[str, Server] = {peer.title: Server([], [], 0, []) for peer in self._peers}
        for _ in range(self._scale.starts):
            for peer in self._peers:
                with peer.served() as running:
                    server = servers[peer.title]
                    server.start_s.append(running.start_s)
                    _wait_until_quiet(running)
                    server.idle_bytes.append(running.memory_bytes())
                    server.database_idle_bytes.append(running.database_memory_bytes())
                    self._say(f"{peer.title}: started in {running.start_s:.2f} s")
        return servers

    def compared(self, connections: Iterable[int], rows: Sequence[str]) -> tuple[list[Compared], Mapping[str, int]]:
        """Every row, and the memory of each server at the end."""
        with ExitStack() as serving:
            floor = serving.enter_context(processes.floor(DEFAULT_ANSWER_BYTES))
            running = {peer.title: serving.enter_context(peer.served()) for peer in self._peers}
            for one in running.values():
                _wait_until_quiet(one)
            once = self._peers[0].requests("get", _FLOOR_REQUESTS)
            constant = written(once, self._folder / "floor.requests")
            self._floor_round(floor, constant)  # it is warm before the first that counts
            found = [
                self._row(row, count, floor, constant, running)
                for row in ROWS
                if row.name in rows
                for count in connections
            ]
            return found, {title: one.memory_bytes() + one.database_memory_bytes() for title, one in running.items()}

    def _row(
        self, row: Row, connections: int, floor: Running, constant: Path, running: Mapping[str, Running]
    ) -> Compared:
        compared = Compared(row, connections, [], {peer.title: [] for peer in self._peers}, {})
        rates = dict(self._rates(row, connections, running, compared.skipped))
        for _ in range(self._scale.rounds):
            compared.floor.append(self._floor_round(floor, constant))
            for peer in self._peers:
                if peer.title not in rates or peer.title in compared.skipped:
                    continue
                try:
                    load = self._round(peer, running[peer.title], row, connections, rates[peer.title])
                except BenchError as error:
                    compared.skipped[peer.title] = str(error)
                    self._say(f"{row.title}: {peer.title}: {error}")
                else:
                    compared.loads[peer.title].append(load)
        self._tell(compared)
        return compared

    def _rates(
        self, row: Row, connections: int, running: Mapping[str, Running], skipped: dict[str, str]
    ) -> Iterator[tuple[str, float]]:
        """How much each registry answers a second, which says how many requests a round needs."""
        for peer in self._peers:
            try:
                load = self._round(peer, running[peer.title], row, connections, _FIRST_RATE)
            except BenchError as error:
                skipped[peer.title] = str(error)
                self._say(f"{row.title}: {peer.title}: {error}")
            else:
                yield peer.title, load.requests_per_second

    def _round(self, peer: Peer, running: Running, row: Row, connections: int, rate: float) -> Load:
        """A round of a registry that answers about so many a second; of a slow one it is longer."""
        seconds = max(self._scale.round_s, min(_WAVES * connections / max(rate, 0.1), _LONGEST_S))
        count = int(rate * seconds * _SPARE) + connections + _LEAST
        requests = written(peer.requests(row.name, count), self._folder / "once.requests")
        how = How(seconds=seconds, expected=peer.expected(row.name))
        return generator.sent(self._generator, running, connections, requests, how)

    def _floor_round(self, floor: Running, constant: Path) -> Load:
        how = How(seconds=self._scale.round_s * _FLOOR_SHARE)
        return generator.sent(self._generator, floor, FLOOR_CONNECTIONS, constant, how)

    def _tell(self, compared: Compared) -> None:
        shown = [
            f"{title} {statistics.median(load.cpu_us for load in loads):,.0f} µs"
            for title, loads in compared.loads.items()
            if loads
        ]
        self._say(f"{compared.row.title}, {compared.connections} connections: {', '.join(shown)}")


def _wait_until_quiet(running: Running) -> None:
    """Return when a server that nobody asks does nothing any more, or has not come to rest for long."""
    end = time.monotonic() + _QUIET_PATIENCE_S
    used_s = 1.0
    while used_s > 2 * _QUIET and time.monotonic() < end:
        before_s = running.cpu_s() + running.database_cpu_s()
        time.sleep(2)
        used_s = running.cpu_s() + running.database_cpu_s() - before_s
