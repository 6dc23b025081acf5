"""The figures as a page of Markdown."""

import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks import placed
from benchmarks.commands import FLOOR, LISTING, Commands
from benchmarks.decision import POLICIES, PREFIX
from benchmarks.generator import Load
from benchmarks.start import Installed, Starts
from modelry.bench import machine
from modelry.bench.figures import spread
from modelry.bench.page import MIB, table

MOST_FLOORS = 2.5
MOST_GET_CPU_US = 200
LEAST_CREATES_PER_SECOND = 1000
MOST_START_S = 0.5
MOST_LISTING_MS = 250
MOST_DECISION_US = 10
MOST_IDLE_MIB = 60
MOST_INSTALLED_MIB = 80


class Line(NamedTuple):
    """One operation under load, in all its rounds."""

    operation: str
    connections: int
    rounds: list[Load]


class Figures(NamedTuple):
    """All that was measured; a part that was left out is empty or `None`."""

    models: int
    workspaces: int
    answer_bytes: int
    floor: list[Load]
    get_model: list[Load]
    """Each between two of `floor`."""
    lines: list[Line]
    parts: Mapping[str, Sequence[float]]
    """CPU microseconds, of every pass."""
    starts: Starts | None
    commands: Commands | None
    installed: Installed | None
    loaded_pss_bytes: int
    sync_us: float
    speed_ms: list[float]
    """How long a fixed piece of Python took on the server's core, measured before each round."""

    def ratios(self) -> list[float]:
        """CPU of a GetModel in floors: each round against the mean of the floors before and after it."""
        pairs = zip(self.floor, self.floor[1:], strict=False)
        return [
            get.cpu_us / statistics.mean((before.cpu_us, after.cpu_us))
            for get, (before, after) in zip(self.get_model, pairs, strict=False)
        ]


def page(figures: Figures) -> str:
    """The whole page."""
    return "\n".join(
        [
            "# Benchmark of Modelry",
            "",
            *_machine(figures),
            *_aims(figures),
            *_floor(figures),
            *_operations(figures),
            *_parts(figures),
            *_decisions(figures),
            *_starts(figures),
            *_commands(figures),
            *_installed(figures),
        ]
    )


def excerpt(figures: Figures) -> str:
    """What the README shows: where it was measured, and the aims."""
    return placed.measured_here(_aims(figures)[2:], "./check bench --readme")


def _machine(figures: Figures) -> Iterator[str]:
    yield f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}. Medians; in brackets the least and the most."
    yield ""
    rows = list(machine.facts())
    rows.append(("Data", f"{figures.models:,} models with 2 versions each, in {figures.workspaces} workspaces"))
    if figures.sync_us:
        rows.append(("One `fdatasync` of 4 KB", f"{figures.sync_us:,.0f} µs"))
    if figures.speed_ms:
        rows.append(("A fixed loop on the server's core", f"{spread(figures.speed_ms, 1)} ms"))
    rounds = [*figures.floor, *figures.get_model, *(load for line in figures.lines for load in line.rounds)]
    if rounds:
        rows.append(("Server's core used by others", f"{spread([100 * load.others for load in rounds])} %"))
    yield from table(("Machine", ""), rows)
    if figures.speed_ms and max(figures.speed_ms) > 1.5 * min(figures.speed_ms):
        yield "The fixed loop varies by more than half: this machine was busy. Trust ratios before absolute figures."
        yield ""


def _aims(figures: Figures) -> list[str]:
    rows: list[tuple[str, str, str]] = []

    def add(aim: str, measured: str, *, met: bool) -> None:
        rows.append((aim, measured, _met(met)))

    if figures.get_model:
        ratios = figures.ratios()
        cpu_us = [load.cpu_us for load in figures.get_model]
        met = statistics.median(ratios) <= MOST_FLOORS
        add(f"GetModel: at most {MOST_FLOORS} x the floor's CPU", f"{spread(ratios, 2)} x", met=met)
        met = statistics.median(cpu_us) < MOST_GET_CPU_US
        add(f"GetModel: under {MOST_GET_CPU_US} µs of CPU", f"{spread(cpu_us)} µs", met=met)
    for line in figures.lines:
        if line.operation == "CreateModel":
            rates = [load.requests_per_second for load in line.rounds]
            met = statistics.median(rates) > LEAST_CREATES_PER_SECOND
            add(f"CreateModel: over {LEAST_CREATES_PER_SECOND:,} a second", f"{spread(rates)} a second", met=met)
    for who, us in _decision_costs(figures):
        if str(POLICIES) in who:
            aim = f"Decision on GetModel, {who}: under {MOST_DECISION_US} µs"
            add(aim, f"{spread(us, 1)} µs", met=statistics.median(us) < MOST_DECISION_US)
    if figures.starts:
        for what, seconds in (("an empty", figures.starts.empty_s), ("a used", figures.starts.warm_s)):
            met = statistics.median(seconds) < MOST_START_S
            add(f"Start on {what} folder: under {MOST_START_S} s", f"{spread(seconds, 2)} s", met=met)
        idle = [size / MIB for size in figures.starts.pss_bytes]
        add(f"Idle: under {MOST_IDLE_MIB} MiB", f"{spread(idle)} MiB", met=statistics.median(idle) < MOST_IDLE_MIB)
    rows.extend(_command_aims(figures))
    if figures.installed and not figures.installed.skipped:
        size = figures.installed.total_bytes / MIB
        add(f"Installed: under {MOST_INSTALLED_MIB} MiB", f"{size:.0f} MiB", met=size < MOST_INSTALLED_MIB)
    return ["## Aims", "", *table(("Aim", "Measured", "Met"), rows)]


def _command_aims(figures: Figures) -> Iterator[tuple[str, str, str]]:
    for command in figures.commands.timed if figures.commands else ():
        if command.title == LISTING:
            is_met = statistics.median(command.wall_ms) < MOST_LISTING_MS
            yield f"{LISTING}: under {MOST_LISTING_MS} ms", f"{spread(command.wall_ms)} ms", _met(is_met)


def _met(is_met: bool) -> str:  # noqa: FBT001  its only argument
    return "yes" if is_met else "**no**"


def _floor(figures: Figures) -> Iterator[str]:
    if not figures.get_model:
        return
    yield from ("## GetModel and the floor", "")
    yield (
        f"The floor is the same HTTP server with the same settings, answering {figures.answer_bytes:,} constant bytes"
        " to the same signed requests. Rounds alternate: floor, GetModel, floor, ... Of 32 connections each has one"
        " request in flight; every request is distinct and used once; signature, nonce, decision, metrics and access"
        " log are on."
    )
    yield ""
    lines = (Line("Floor", 32, figures.floor), Line("GetModel", 32, figures.get_model))
    yield from _loads(lines)
    ratios = ", ".join(f"{ratio:.2f}" for ratio in figures.ratios())
    yield f"CPU of GetModel in floors, round by round: {ratios}."
    yield ""


def _operations(figures: Figures) -> Iterator[str]:
    if figures.lines:
        yield from ("## Other operations", "")
        yield from _loads(figures.lines)


def _loads(lines: Iterable[Line]) -> Iterator[str]:
    head = ("Operation", "Connections", "Requests/s", "CPU µs a request", "p50 ms", "p99 ms", "Rounds")
    rows = [
        (
            line.operation,
            str(line.connections),
            spread([load.requests_per_second for load in line.rounds]),
            spread([load.cpu_us for load in line.rounds]),
            f"{statistics.median(load.p50_us for load in line.rounds) / 1e3:.2f}",
            f"{statistics.median(load.p99_us for load in line.rounds) / 1e3:.2f}",
            f"{len(line.rounds)} x {line.rounds[0].requests:,}",
        )
        for line in lines
    ]
    yield from table(head, rows)


def _parts(figures: Figures) -> Iterator[str]:
    if not figures.parts:
        return
    medians = {part: statistics.median(us) for part, us in figures.parts.items()}
    steps = {part: us for part, us in medians.items() if not part.startswith(PREFIX)}
    pipeline, application = steps.pop("pipeline"), steps.pop("application")
    yield from ("## What a GetModel costs, by part", "")
    yield (
        "Each part alone, in a loop in one process, over signed requests for random models. A loop flatters: caches are"
        " warm, and no other thread comes between. So the parts compare with each other; the rest appears below them."
    )
    yield ""
    within = steps.pop("headers joined")
    rows = [(part, f"{us:.1f}") for part, us in steps.items()]
    rows.append(("the steps' own order, and what running them in turn costs", f"{pipeline - sum(steps.values()):.1f}"))
    rows.append(("**the pipeline**, one request after another", f"**{pipeline:.1f}**"))
    rows.append(("headers joined", f"{within:.1f}"))
    rows.append(("rest of reading and sending ASGI messages", f"{application - pipeline - within:.1f}"))
    rows.append(("**the ASGI application**", f"**{application:.1f}**"))
    if figures.get_model:
        cpu_us = statistics.median(load.cpu_us for load in figures.get_model)
        floor_us = statistics.median(load.cpu_us for load in figures.floor)
        rows.append(("the floor: HTTP server, event loop, system calls", f"{floor_us:.1f}"))
        rest = cpu_us - floor_us - application
        rows.append(("not explained: changes of thread, colder caches, another minute", f"{rest:.1f}"))
        rows.append(("**CPU of a GetModel over HTTP**", f"**{cpu_us:.1f}**"))
    yield from table(("Part", "µs"), rows)


def _decisions(figures: Figures) -> Iterator[str]:
    if not figures.parts:
        return
    yield from ("## What the decision on a GetModel costs", "")
    yield (
        "Everything between knowing the key and letting the answer go: the request's situation, what the policies leave"
        " to be known about the model, the workspace role (a developer in every workspace), and the same for the latest"
        " version. Part of `access key`, `row read` and `answer put together` above."
    )
    yield ""
    rows = [(who, spread(us, 1)) for who, us in _decision_costs(figures)]
    yield from table(("Caller", "µs"), rows)


def _decision_costs(figures: Figures) -> Iterator[tuple[str, Sequence[float]]]:
    for part, us in figures.parts.items():
        if part.startswith(PREFIX):
            yield part.removeprefix(PREFIX), us


def _starts(figures: Figures) -> Iterator[str]:
    if not figures.starts:
        return
    starts = figures.starts
    yield from ("## Start and memory", "")
    rows = [
        ("Start to the first answer, empty folder", f"{spread(starts.empty_s, 3)} s"),
        ("Start to the first answer, folder served before", f"{spread(starts.warm_s, 3)} s"),
        ("Idle after 2 s, all processes, shared pages counted once (PSS)", f"{_mib(starts.pss_bytes)} MiB"),
        ("The same, shared pages counted in each (RSS)", f"{_mib(starts.rss_bytes)} MiB"),
    ]
    if figures.loaded_pss_bytes:
        loaded = f"{figures.loaded_pss_bytes / MIB:.0f} MiB"
        rows.append(("After the load above (PSS; the mapped database is in it)", loaded))
    yield from table(("", ""), rows)


def _commands(figures: Figures) -> Iterator[str]:
    if not figures.commands:
        return
    timed = figures.commands.timed
    floor = next(command for command in timed if command.title == FLOOR)
    yield from ("## Commands", "")
    yield (
        "From the start of the process to its end, the interpreter's own start included, output to a pipe. Every round"
        f" runs each once; the last column compares with {FLOOR} of the same round. Those that ask a server sign with"
        " the key of its data folder. The others only tell their version: they ask nobody."
    )
    yield ""
    rows = []
    for command in timed:
        ratios = [mine / least for mine, least in zip(command.wall_ms, floor.wall_ms, strict=True)]
        cells = (spread(command.wall_ms), spread(command.cpu_ms), f"{spread(ratios, 1)} x")
        rows.append((command.title, *cells))
    yield from table(("Command", "Wall ms", "CPU ms", "in floors"), rows)
    for reason in figures.commands.skipped:
        yield from (f"Skipped: {reason}", "")


def _installed(figures: Figures) -> Iterator[str]:
    installed = figures.installed
    if installed is None:
        return
    yield from ("## Installed size", "")
    if installed.skipped:
        yield from (f"Skipped: {installed.skipped}", "")
        return
    weights = sorted(installed.packages.items(), key=lambda item: -item[1])
    rows = [(name, f"{size / MIB:.1f}") for name, size in weights]
    yield from table(("Package", "MiB"), [*rows, ("**together**", f"**{installed.total_bytes / MIB:.1f}**")])


def _mib(sizes: Sequence[int]) -> str:
    return spread([size / MIB for size in sizes])
