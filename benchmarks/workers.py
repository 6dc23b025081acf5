"""Two workers against one: `python -m benchmarks.workers`. How many reads a second of CPU gives, and who answered them.

The servers take turns, each on a copy of the same data. What is compared is the CPU that a read costs, not how many
cores a load can use. With all workers on the one core that every benchmark gives to a server, they take it from one
another before each has gathered much, which costs more than on cores of their own; `--spread` lets them run anywhere,
beside the load generator on a small machine. Prints a page of Markdown. It is no test.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks import generator
from benchmarks.telling import KEPT_IN
from modelry.bench import data, processes, signed
from modelry.bench.processes import Running

_AIM = 0.85
_REQUESTS = 20_000
_WARMUP = 500


class Round(NamedTuple):
    """What one load came to."""

    requests_per_second: float
    cpu_us: float
    """A request, of all processes of the server."""
    largest_share: float
    """Of the CPU, the part of the worker that had most to do."""


def measured(program: Path, server: Running, requests: Path, connections: int) -> Round:
    """Send the requests, each once."""
    workers = server.pids[1:]
    before = [processes.cpu_s((pid,)) for pid in workers]
    load = generator.load(program, server, connections, requests, warmup=_WARMUP)
    used = [processes.cpu_s((pid,)) - was for pid, was in zip(workers, before, strict=True)]
    return Round(load.requests_per_second, load.cpu_us, max(used) / max(sum(used), 1e-9))


def page(rounds: dict[int, list[Round]]) -> str:
    """The figures as Markdown."""
    lines = [
        "| workers | reads a second | CPU a read | reads a second of CPU | share of the busiest |",
        "|---|---|---|---|---|",
    ]
    for workers, loads in rounds.items():
        rate, cpu, share = (statistics.median(column) for column in zip(*loads, strict=True))
        lines.append(f"| {workers} | {rate:,.0f} | {cpu:.0f} µs | {1e6 / cpu:,.0f} | {share:.0%} |")
    one, *others = (workers for workers in rounds)
    for workers in others:
        ratios = [a.cpu_us / b.cpu_us for a, b in zip(rounds[one], rounds[workers], strict=True)]
        ratio = statistics.median(ratios)
        lines.append("")
        lines.append(
            f"{workers} workers give {ratio:.2f} times the reads of {one} from a second of CPU "
            f"({min(ratios):.2f} to {max(ratios):.2f}); the aim is {_AIM}{'' if ratio >= _AIM else ', missed'}."
        )
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--kept-in", type=Path, default=KEPT_IN)
    parser.add_argument("--spread", action="store_true", help="workers may run on all cores")
    parser.add_argument("settings", nargs="*", help="of the servers, after `--`")
    given = parser.parse_args()
    given.kept_in.mkdir(parents=True, exist_ok=True)
    kept = data.kept(given.kept_in, data.Sizes(given.models, 2, 200), lambda *_: None)
    rounds: dict[int, list[Round]] = {workers: [] for workers in given.workers}
    with tempfile.TemporaryDirectory(prefix="modelry-workers-", dir=given.kept_in) as name:
        program = generator.compiled(Path(name))
        for number in range(given.rounds):
            for workers in given.workers:
                folder = Path(name) / f"{workers}-{number}"
                folder.mkdir()
                registry = data.copied(kept, folder / "data")
                load = _round(program, registry, folder, given, workers)
                rounds[workers].append(load)
                print(f"[{time.strftime('%H:%M:%S')}] {workers} workers: {load.cpu_us:.0f} µs", file=sys.stderr)
    print(page(rounds))


def _round(program: Path, registry: data.Registry, folder: Path, given: argparse.Namespace, workers: int) -> Round:
    """One load on a server of its own."""
    settings = ["--workers", str(workers), *given.settings]
    plains = (signed.get_model(random.choice(registry.model_ids)) for _ in range(_REQUESTS + _WARMUP))
    with processes.registry(registry.folder, folder / "log", *settings) as server:
        if given.spread:
            _spread(server)
        requests = signed.Signer(registry.root).write(plains, folder / "requests")
        return measured(program, server, requests, given.connections)


def _spread(server: Running) -> None:
    """Let every thread of the server run on every core."""
    for pid in server.pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {processes.SERVER_CORE, *processes.GENERATOR_CORES})


if __name__ == "__main__":
    main()
