"""Measure a server and print a page of Markdown: `python -m benchmarks`, or `./check bench`.

It is no test: an aim that is missed changes nothing but the page. docs/benchmarks.md says what is measured and how.
"""

import argparse
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import commands, generator, placed, report, start
from benchmarks.generator import Load
from benchmarks.telling import KEPT_IN, say, telling
from modelry.bench import data, machine, processes, signed
from modelry.bench.examples import TEAMS, new_model, new_version
from modelry.bench.processes import BenchError, Running

SECTIONS = ("load", "parts", "start", "commands", "size")

SUITES = tuple(
    name
    for name in ("scale", "search", "workers", "overload", "peers", "terraform", "soak")
    if importlib.util.find_spec(f"benchmarks.{name}")
)
"""Programs of their own in this folder, `python -m benchmarks.scale`, which `--only` runs too."""

_WARMUP = 200


class Scale(NamedTuple):
    """How long and how often."""

    sizes: data.Sizes
    pairs: int
    rounds: int
    floor_requests: int
    get_requests: int
    list_requests: int
    write_requests: int
    starts: int
    passes: int
    command_rounds: int


FULL = Scale(data.Sizes(100_000, 2, 200), 9, 5, 30_000, 12_000, 3000, 4000, 7, 15, 21)
QUICK = Scale(data.Sizes(10_000, 2, 200), 3, 2, 8000, 3000, 800, 800, 3, 5, 7)

Plains = Callable[[int], Iterator[signed.Plain]]


class Measuring:
    """One run, in a folder of its own that is gone afterwards."""

    def __init__(self, scale: Scale, folder: Path, kept: Path) -> None:
        """Get ready."""
        self._scale = scale
        self._folder = folder
        self._chance = random.Random()
        self._generator = generator.compiled(folder)
        self._registry = data.copied(kept, folder / "data")
        self._signer = signed.Signer(self._registry.root)
        self._speed_ms: list[float] = []

    def load(self, figures: dict[str, Any]) -> None:
        """Everything that goes over HTTP."""
        registry = self._registry
        figures["sync_us"] = machine.sync_us(self._folder)
        with processes.registry(registry.folder, self._folder / "server.log") as server:
            answer_bytes = self._answer_bytes(server)
            with processes.floor(answer_bytes) as floor:
                figures["answer_bytes"] = answer_bytes
                figures["floor"], figures["get_model"] = self._pairs(floor, server)
            figures["lines"] = [self._line(server, *line) for line in self._operations()]
            figures["loaded_pss_bytes"] = processes.memory_bytes(server.pids, "Pss")
        figures["speed_ms"] = self._speed_ms

    def parts(self) -> dict[str, list[float]]:
        """The parts of a GetModel, in a process of their own on the server's core."""
        folder, passes = str(self._registry.folder), str(self._scale.passes)
        command = [sys.executable, "-m", "benchmarks.parts", folder, "--passes", passes]
        say("parts of a GetModel")
        with processes.on_cores(processes.SERVER_CORE):
            ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=processes.environment())
        told: dict[str, list[float]] = json.loads(ended.stdout)
        return told

    def _pairs(self, floor: Running, server: Running) -> tuple[list[Load], list[Load]]:
        """The floor and GetModel in turn, beginning and ending with the floor."""
        scale = self._scale
        plain = self._signer.write(self._get_model(scale.floor_requests), self._folder / "floor.requests")
        self._send(floor, 32, self._get_model, scale.get_requests)  # both are warm before the first round
        self._send(server, 32, self._get_model, scale.get_requests)
        floors, gets = [self._sent(floor, 32, plain)], []
        for number in range(scale.pairs):
            gets.append(self._send(server, 32, self._get_model, scale.get_requests))
            floors.append(self._sent(floor, 32, plain))
            say(f"pair {number + 1}: {gets[-1].cpu_us:.0f} µs, floor {floors[-1].cpu_us:.0f} µs")
        return floors, gets

    def _operations(self) -> Iterator[tuple[str, int, Plains, int]]:
        scale = self._scale
        yield "GetModel", 8, self._get_model, scale.get_requests
        yield "GetModelVersion", 32, self._get_model_version, scale.get_requests
        yield "ListModels, workspace and Tag (exact)", 32, self._list_by_tag, scale.list_requests
        yield "ListModels, workspace and Label (substring)", 32, self._list_by_label, scale.list_requests
        yield "UpdateModel", 32, self._update_model, scale.write_requests
        yield "CreateModelVersion", 32, self._create_model_version, scale.write_requests
        yield "CreateModel", 32, self._create_model, scale.write_requests

    def _line(self, server: Running, name: str, connections: int, plains: Plains, count: int) -> report.Line:
        rounds = [self._send(server, connections, plains, count) for _ in range(self._scale.rounds)]
        rate = statistics.median(load.requests_per_second for load in rounds)
        say(f"{name}, {connections} connections: {rate:.0f} a second")
        return report.Line(name, connections, rounds)

    def _send(self, server: Running, connections: int, plains: Plains, count: int) -> Load:
        """Sign so many requests now, and send them."""
        requests = self._signer.write(plains(count + _WARMUP), self._folder / "once.requests")
        return self._sent(server, connections, requests)

    def _sent(self, server: Running, connections: int, requests: Path) -> Load:
        self._speed_ms.append(_speed_ms())
        return generator.load(self._generator, server, connections, requests, warmup=_WARMUP)

    def _answer_bytes(self, server: Running) -> int:
        """The median size of a GetModel answer's body."""
        sizes = []
        for number, plain in enumerate(self._get_model(21)):
            requests = self._signer.write([plain], self._folder / f"sized-{number}.requests")
            sizes.append(generator.body_bytes(server.port, requests.read_bytes()[4:]))
        return int(statistics.median(sizes))

    def _model_id(self) -> str:
        return self._chance.choice(self._registry.model_ids)

    def _workspace_id(self) -> str:
        return self._chance.choice(self._registry.workspace_ids)

    def _team(self) -> str:
        return f"team-{self._chance.randrange(TEAMS):02d}"

    def _get_model(self, count: int) -> Iterator[signed.Plain]:
        return (signed.get_model(self._model_id()) for _ in range(count))

    def _get_model_version(self, count: int) -> Iterator[signed.Plain]:
        return (signed.get_model_version(self._model_id(), "0.1.0") for _ in range(count))

    def _list_by_tag(self, count: int) -> Iterator[signed.Plain]:
        for _ in range(count):
            tag = json.dumps([{"Key": "team", "Value": self._team()}])
            yield signed.list_models(WorkspaceId=self._workspace_id(), Tag=tag)

    def _list_by_label(self, count: int) -> Iterator[signed.Plain]:
        return (signed.list_models(WorkspaceId=self._workspace_id(), Label=self._team()[1:]) for _ in range(count))

    def _update_model(self, count: int) -> Iterator[signed.Plain]:
        for _ in range(count):
            yield signed.update_model(self._model_id(), ModelDescription=f"Changed {self._chance.random()} " * 16)

    def _create_model(self, count: int) -> Iterator[signed.Plain]:
        for _ in range(count):
            name = f"new-{self._chance.getrandbits(80):x}"
            yield signed.create_model(new_model(name, self._workspace_id(), self._chance))

    def _create_model_version(self, count: int) -> Iterator[signed.Plain]:
        return (signed.create_model_version(new_version(self._model_id(), self._chance)) for _ in range(count))


def measured(scale: Scale, kept_in: Path, sections: frozenset[str]) -> report.Figures:
    """Run the sections that are asked for."""
    kept_in.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {
        "floor": [],
        "get_model": [],
        "lines": [],
        "parts": {},
        "answer_bytes": 0,
        "loaded_pss_bytes": 0,
        "sync_us": 0.0,
        "speed_ms": [],
    }
    with tempfile.TemporaryDirectory(prefix="modelry-benchmark-", dir=kept_in) as name:
        folder = Path(name)
        if sections & {"load", "parts"}:
            say(f"data: {scale.sizes.models:,} models")
            measuring = Measuring(scale, folder, data.kept(kept_in, scale.sizes, _tell))
            if "load" in sections:
                measuring.load(figures)
            if "parts" in sections:
                figures["parts"] = measuring.parts()
        timed = _timed(scale, folder, kept_in, figures["speed_ms"]) if "commands" in sections else None
        say("start, size")
        starts = start.starts(folder, scale.starts) if "start" in sections else None
        installed = start.installed(kept_in, folder) if "size" in sections else None
    return report.Figures(
        models=scale.sizes.models,
        workspaces=scale.sizes.workspaces,
        starts=starts,
        commands=timed,
        installed=installed,
        **figures,
    )


def _timed(scale: Scale, folder: Path, kept_in: Path, speed_ms: list[float]) -> commands.Commands:
    """Whole commands, asking a registry of this scale and a small one."""
    registry = data.copied(data.kept(kept_in, scale.sizes, _tell), folder / "commands-data")
    say("commands")
    return commands.commands(
        folder,
        kept_in,
        registry,
        scale.command_rounds,
        quick=scale is QUICK,
        before_round=lambda: speed_ms.append(_speed_ms()),
    )


def _speed_ms() -> float:
    """CPU time of a fixed piece of work on the server's core, which says how fast the machine is just now."""
    with processes.on_cores(processes.SERVER_CORE):
        began = time.thread_time()
        total = 0
        for number in range(200_000):
            total += number & 7
        return (time.thread_time() - began) * 1e3


_tell = telling(10_000)


def _of_suite(name: str, kept_in: Path, *, quick: bool) -> str:
    """The page of a program of its own, which says on the terminal how far it is."""
    say(f"python -m benchmarks.{name}")
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    known = subprocess.run([*command, "--help"], check=False, stdout=subprocess.PIPE, text=True).stdout
    command += ["--kept-in", str(kept_in)] if "--kept-in" in known else []
    command += ["--quick"] if quick and "--quick" in known else []
    ended = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    page = ended.stdout.rstrip()
    return f"{page}\n\n`benchmarks.{name}` ended with exit code {ended.returncode}." if ended.returncode else page


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 models and short rounds: about three minutes")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the page there too")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=(*SECTIONS, *SUITES),
        default=SECTIONS,
        help="leave the other sections out; scale and what follows it are only run when they are named",
    )
    parser.add_argument(
        "--kept-in",
        type=Path,
        metavar="FOLDER",
        default=KEPT_IN,
        help="where the data is made, used and kept (a disk, as commits are to reach it); default: %(default)s",
    )
    parser.add_argument("--readme", action="store_true", help="put the table of aims into README.md too")
    given = parser.parse_args()
    sections, suites = frozenset(SECTIONS) & set(given.only), [name for name in SUITES if name in given.only]
    try:
        figures = measured(QUICK if given.quick else FULL, given.kept_in, sections) if sections else None
    except BenchError as error:
        sys.exit(str(error))
    pages = [report.page(figures)] if figures else []
    pages += [_of_suite(name, given.kept_in, quick=given.quick) for name in suites]
    page = "\n\n".join(pages)
    print(page)
    if given.readme and figures:
        placed.put(report.excerpt(figures), "README.md", "benchmark")
    if given.output:
        given.output.write_text(page + "\n")


if __name__ == "__main__":
    main()
