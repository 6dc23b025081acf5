"""The comparison as a page of Markdown."""

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.generator import Load
from benchmarks.peers.measuring import FLOOR_CONNECTIONS, Compared, Server
from modelry.bench import machine
from modelry.bench.data import Sizes
from modelry.bench.figures import spread
from modelry.bench.page import MIB, table

TIE = 1.3
"""Differences of less say nothing on a machine that others use too."""


class Figures(NamedTuple):
    """All that was measured."""

    sizes: Sizes
    rows: Sequence[Compared]
    servers: Mapping[str, Server]
    loaded_bytes: Mapping[str, int]
    skipped: Sequence[str]
    notes: Sequence[str]


def page(figures: Figures) -> str:
    """The whole page."""
    return "\n".join(
        [
            "# Modelry beside other registries",
            "",
            f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}. Medians; in brackets the least and the most.",
            "",
            *(line for reason in figures.skipped for line in (f"Skipped: {reason}", "")),
            *_cpu(figures),
            *_rates(figures),
            *_servers(figures),
            *_method(figures),
            *_machine(figures),
        ]
    ).rstrip()


def _cpu(figures: Figures) -> Iterator[str]:
    yield from ("## CPU of a request", "")
    yield (
        "User and system time of all processes of the server and of its database, in microseconds, by request. The"
        f" last column divides by Modelry's of the same round; less than {TIE} is a tie. The floor is the HTTP server"
        f" alone, which answers constant bytes over {FLOOR_CONNECTIONS} connections, measured in the same rounds."
    )
    yield ""
    rows = []
    for compared in figures.rows:
        for number, (title, loads) in enumerate(compared.loads.items()):
            what = (compared.row.title, str(compared.connections)) if not number else ("", "")
            if title in compared.skipped:
                rows.append((*what, title, f"failed: {compared.skipped[title][:200]}", "", ""))
                continue
            ratios = compared.ratios(title) if number else []
            against = f"{spread(ratios, 1)} x" if ratios else ""
            cpu = spread([load.cpu_us for load in loads])
            rows.append((*what, title, cpu, f"{spread(compared.in_floors(title), 1)} x", against))
    head = ("Request", "Connections", "Registry", "CPU µs a request", "in floors", "in Modelry's")
    yield from table(head, rows)


def _rates(figures: Figures) -> Iterator[str]:
    yield from ("## Rate and latency", "")
    yield "Each connection has one request in flight, so the server is saturated: latencies are mostly waiting."
    yield ""
    rows = []
    for compared in figures.rows:
        for number, (title, loads) in enumerate(compared.loads.items()):
            if loads and title not in compared.skipped:
                what = (compared.row.title, str(compared.connections)) if not number else ("", "")
                rows.append((*what, title, spread([load.requests_per_second for load in loads]), *_latencies(loads)))
    head = ("Request", "Connections", "Registry", "Requests/s", "p50 ms", "p99 ms", "Answers")
    yield from table(head, rows)


def _latencies(loads: Sequence[Load]) -> tuple[str, str, str]:
    p50_ms = statistics.median(load.p50_us for load in loads) / 1e3
    p99_ms = statistics.median(load.p99_us for load in loads) / 1e3
    return f"{p50_ms:,.2f}", f"{p99_ms:,.2f}", f"{sum(load.requests for load in loads):,}"


def _servers(figures: Figures) -> Iterator[str]:
    yield from ("## Server", "")
    rows = []
    for title, server in figures.servers.items():
        idle = spread([size / MIB for size in server.idle_bytes])
        database = f"{statistics.median(server.database_idle_bytes) / MIB:,.0f}"
        loaded = f"{figures.loaded_bytes[title] / MIB:,.0f}" if title in figures.loaded_bytes else ""
        rows.append((title, f"{spread(server.start_s, 2)}", idle, database if database != "0" else "", loaded))
    head = ("Registry", "Start s, on this data", "Idle MiB (PSS)", "its database's MiB", "MiB together after the load")
    yield from table(head, rows)


def _method(figures: Figures) -> Iterator[str]:
    yield from ("## What is compared", "")
    yield from (f"* {note}" for note in figures.notes)
    yield ""


def _machine(figures: Figures) -> Iterator[str]:
    sizes = figures.sizes
    data = f"{sizes.models:,} models with {sizes.versions} versions each, one with {sizes.deep_versions:,}"
    others = [100 * load.others for compared in figures.rows for loads in compared.loads.values() for load in loads]
    rows = [*machine.facts(), ("Data", data)]
    if others:
        rows.append(("Server's core used by others", f"{spread(others)} %"))
    yield from ("## Machine", "")
    yield from table(("Fact", "Value"), rows)
