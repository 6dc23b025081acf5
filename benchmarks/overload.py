"""What becomes of a server that is asked for more than it can do: `python -m benchmarks.overload`.

First ever more connections, each with a request in flight: the throughput must not fall. Then twice as many requests a
second as the server can answer, whatever it answers: what is accepted must be answered in time, the rest throttled.
Prints a page of Markdown. It is no test.
"""

import argparse
import json
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import generator
from benchmarks.generator import How, Load
from benchmarks.telling import KEPT_IN, say
from modelry.bench import data, processes, signed
from modelry.bench.examples import TEAMS, new_model
from modelry.bench.processes import Running

_STEPS = (1, 8, 32, 256)
_STEP_AIM = 0.9
_OVERLOAD_CONNECTIONS = 16_000
_WARMUP = 200

Plains = Callable[[int], Iterator[signed.Plain]]


class Operation(NamedTuple):
    """What is asked for."""

    name: str
    plains: Plains
    requests: int
    """Requests of a step."""


class Overload(NamedTuple):
    """What came of too much."""

    operation: str
    capacity: float
    """Requests a second that 32 connections get answered."""
    offered: float
    accepted: float
    """A second."""
    throttled: float
    """Share of the answers."""
    others: str
    """Other answers, and requests that were lost."""
    p50_ms: float
    p99_ms: float
    """Of what was accepted."""


class Measuring:
    """One run against one server."""

    def __init__(self, registry: data.Registry, folder: Path, server: Running) -> None:
        """Get ready."""
        self._registry = registry
        self._folder = folder
        self._server = server
        self._generator = generator.compiled(folder)
        self._signer = signed.Signer(registry.root)
        self._chance = random.Random()

    def operations(self) -> tuple[Operation, ...]:
        """A point read, a list, a write."""
        return (
            Operation("GetModel", self._get_model, 12_000),
            Operation("ListModels by Tag", self._list_models, 3000),
            Operation("CreateModel", self._create_model, 3000),
        )

    def steps(self, operation: Operation, rounds: int) -> dict[int, list[Load]]:
        """The loads by number of connections, taken in turn."""
        loads: dict[int, list[Load]] = {connections: [] for connections in _STEPS}
        for _ in range(rounds):
            for connections in _STEPS:
                # One connection alone waits for each answer; it needs fewer requests to show its rate.
                count = operation.requests // 4 if connections == 1 else operation.requests
                load = self._sent(operation, count, connections, How(warmup=_WARMUP))
                loads[connections].append(load)
                say(f"{operation.name}, {connections} connections: {load.requests_per_second:.0f} a second")
        return loads

    def overload(self, operation: Operation, times: float, seconds: float) -> Overload:
        """Offer `times` what the server can do, for so long."""
        capacity = self._sent(operation, operation.requests, 32, How(warmup=_WARMUP)).requests_per_second
        rate = times * capacity
        how = How(seconds=seconds, rate=rate, tolerant=True)
        load = self._sent(operation, int(rate * seconds) + 1, _OVERLOAD_CONNECTIONS, how)
        told: dict[str, Any] = json.loads(load.failures) if load.failures else {"errors": {}, "lost": 0}
        errors = {status: count for status, count in told["errors"].items() if count}
        throttled = errors.pop("429", 0)
        refused = throttled + sum(errors.values())
        others = {**errors, **({"lost": told["lost"]} if told["lost"] else {})}
        say(f"{operation.name}, {times:g} times: {throttled} of {load.requests} throttled")
        return Overload(
            operation.name,
            capacity,
            rate,
            load.requests_per_second * (load.requests - refused) / max(load.requests, 1),
            throttled / max(load.requests, 1),
            ", ".join(f"{name}: {count}" for name, count in others.items()) or "none",
            load.p50_us / 1000,
            load.p99_us / 1000,
        )

    def _sent(self, operation: Operation, count: int, connections: int, how: How) -> Load:
        requests = self._signer.write(operation.plains(count + how.warmup), self._folder / "once.requests")
        return generator.sent(self._generator, self._server, connections, requests, how)

    def _get_model(self, count: int) -> Iterator[signed.Plain]:
        return (signed.get_model(self._chance.choice(self._registry.model_ids)) for _ in range(count))

    def _list_models(self, count: int) -> Iterator[signed.Plain]:
        for _ in range(count):
            tag = json.dumps([{"Key": "team", "Value": f"team-{self._chance.randrange(TEAMS):02d}"}])
            yield signed.list_models(WorkspaceId=self._chance.choice(self._registry.workspace_ids), Tag=tag)

    def _create_model(self, count: int) -> Iterator[signed.Plain]:
        for _ in range(count):
            name = f"new-{self._chance.getrandbits(80):x}"
            yield signed.create_model(new_model(name, self._chance.choice(self._registry.workspace_ids), self._chance))


def page(steps: dict[str, dict[int, list[Load]]], overloads: list[Overload]) -> str:
    """The figures as Markdown."""
    lines = [
        f"| requests a second at | {' | '.join(f'{step} connections' for step in _STEPS)} | least step |",
        f"|---{'|---' * len(_STEPS)}|---|",
    ]
    for name, loads in steps.items():
        rates = [statistics.median(load.requests_per_second for load in loads[step]) for step in _STEPS]
        best = [max(rates[:number]) for number in range(1, len(rates))]
        least = min(rate / before for rate, before in zip(rates[1:], best, strict=True))
        missed = "" if least >= _STEP_AIM else " (missed)"
        cpu_us = [statistics.median(load.cpu_us for load in loads[step]) for step in _STEPS]
        lines.append(f"| {name} | {' | '.join(f'{rate:,.0f}' for rate in rates)} | {least:.2f}{missed} |")
        lines.append(f"| its CPU, µs each | {' | '.join(f'{cpu:,.0f}' for cpu in cpu_us)} | |")
    lines += [
        "",
        "| too much of | can do, a second | offered | accepted | throttled | others | p50 | p99 of accepted |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {o.operation} | {o.capacity:,.0f} | {o.offered:,.0f} | {o.accepted:,.0f} | {o.throttled:.0%} | {o.others} "
        f"| {o.p50_ms:,.0f} ms | {o.p99_ms:,.0f} ms |"
        for o in overloads
    ]
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3, help="of the steps")
    parser.add_argument("--times", type=float, default=2.0, help="what is offered, in capacities")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long too much is offered")
    parser.add_argument("--kept-in", type=Path, default=KEPT_IN)
    parser.add_argument("settings", nargs="*", help="of the server, after `--`")
    given = parser.parse_args()
    given.kept_in.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="modelry-overload-", dir=given.kept_in) as name:
        folder = Path(name)
        kept = data.kept(given.kept_in, data.Sizes(given.models, 2, 200), lambda *_: None)
        registry = data.copied(kept, folder / "data")
        settings = ("--nonce-table-bytes", str(2**28), *given.settings)
        with processes.registry(registry.folder, folder / "log", *settings) as server:
            measuring = Measuring(registry, folder, server)
            steps = {o.name: measuring.steps(o, given.rounds) for o in measuring.operations() if given.rounds}
            overloads = [measuring.overload(o, given.times, given.seconds) for o in measuring.operations()]
    print(page(steps, overloads))


if __name__ == "__main__":
    main()
