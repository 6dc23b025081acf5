"""The figures as a page of Markdown: aims first."""

import statistics
import time
from collections.abc import Iterator, Sequence

from benchmarks import placed
from benchmarks.generator import Load
from benchmarks.scale.measuring import FLOOR_CONNECTIONS, Measured, OfSubject, best_before
from benchmarks.scale.rows import LEAST_STEP, SAME
from modelry.bench import machine
from modelry.bench.figures import spread
from modelry.bench.page import MIB, table


def page(found: Sequence[OfSubject], skipped: Sequence[str]) -> str:
    """The whole page."""
    return "\n".join(
        [
            "# Modelry at scale",
            "",
            f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}. Medians; in brackets the least and the most.",
            "",
            *(line for reason in skipped for line in (f"Skipped: {reason}", "")),
            *_aims(found),
            *(line for one in found for line in _subject(one)),
            *_method(),
            *_machine(found),
        ]
    ).rstrip()


def excerpt(found: Sequence[OfSubject]) -> str:
    """What the docs show: where it was measured, and the aims."""
    return placed.measured_here(_table_of_aims(found), "python -m benchmarks.scale --docs")


def _aims(found: Sequence[OfSubject]) -> Iterator[str]:
    yield from ("## Aims", "")
    yield from _table_of_aims(found)


def _table_of_aims(found: Sequence[OfSubject]) -> Iterator[str]:
    rows = [row for one in found for row in _aims_of(one)]
    rows += [row for smaller in found for larger in found for row in _same(smaller, larger)]
    yield from table(("Registry", "Request", "Connections", "Aim", "Measured", "Met"), rows)


def _aims_of(one: OfSubject) -> Iterator[tuple[str, ...]]:
    for measured in one.rows:
        aim = measured.row.aims.get(one.subject.database, {}).get(measured.connections)
        if aim is not None:
            values = measured.in_floors() if aim.in_floors else measured.cpu_us()
            shown = f"{spread(values, 2)} x" if aim.in_floors else f"{spread(values)} µs"
            is_met = statistics.median(values) <= aim.most
            what = (one.subject.title, measured.row.title, str(measured.connections))
            yield (*what, aim.shown(), shown, _met(is_met))
    if one.steps:
        least = min(share for _, share in best_before(one.steps))
        aim_text = f"at least {LEAST_STEP} x the best over fewer"
        counts = f"{one.steps[0][0]} to {one.steps[-1][0]}"
        met = _met(least >= LEAST_STEP)
        yield one.subject.title, "GetModel, requests/s", counts, aim_text, f"{least:.2f} x", met


def _same(smaller: OfSubject, larger: OfSubject) -> Iterator[tuple[str, ...]]:
    """A GetModel costs the same in a larger registry of the same database."""
    if smaller.subject.database != larger.subject.database or larger.subject.sizes <= smaller.subject.sizes:
        return
    for a in smaller.rows:
        for b in larger.rows:
            if a.row.name == b.row.name in {"get", "deep"} and a.connections == b.connections:
                ratio = statistics.median(b.in_floors()) / statistics.median(a.in_floors())
                aim = f"the same as of {smaller.subject.sizes.models:,}, within {SAME} x"
                what = (larger.subject.title, b.row.title, str(b.connections))
                yield (*what, aim, f"{ratio:.2f} x", _met(ratio <= SAME))


def _met(is_met: bool) -> str:  # noqa: FBT001  its only argument
    return "yes" if is_met else "**no**"


def _subject(one: OfSubject) -> Iterator[str]:
    yield from (f"## {one.subject.title}", "")
    head = ("Request", "Connections", "Requests/s", "CPU µs a request", "its database's", "in floors")
    yield from table((*head, "p50 ms", "p99 ms", "Answers"), (_row(measured) for measured in one.rows))
    for reason in one.skipped:
        yield from (f"Not measured: {reason}", "")
    if one.steps:
        rates = "; ".join(f"{connections}: {spread(rates)}" for connections, rates in one.steps)
        yield from (f"GetModel, requests/s by connections: {rates}.", "")
    facts = [
        ("Database", f"{one.subject.database} {one.version}".rstrip() + f", {one.size_bytes / MIB:,.0f} MiB"),
        ("Data", _data(one)),
        ("Start to the first answer, on this data", f"{one.start_s:.2f} s"),
        ("Idle memory of the server (PSS)", f"{one.idle_bytes / MIB:,.0f} MiB"),
        ("After the load", f"{one.loaded_bytes / MIB:,.0f} MiB"),
    ]
    if one.database_bytes:
        facts.append(("The database's server after the load", f"{one.database_bytes / MIB:,.0f} MiB"))
    yield from table(("", ""), facts)


def _data(one: OfSubject) -> str:
    sizes = one.subject.sizes
    return (
        f"{sizes.models:,} models with {sizes.versions} versions each in {sizes.workspaces} workspaces, one model with"
        f" {sizes.deep_versions:,}"
    )


def _row(measured: Measured) -> tuple[str, ...]:
    loads = measured.loads
    database = [load.database_cpu_us for load in loads]
    return (
        measured.row.title,
        str(measured.connections),
        spread([load.requests_per_second for load in loads]),
        spread(measured.cpu_us()),
        spread(database) if any(database) else "",
        f"{spread(measured.in_floors(), 2)} x",
        f"{statistics.median(load.p50_us for load in loads) / 1e3:.2f}",
        f"{statistics.median(load.p99_us for load in loads) / 1e3:.2f}",
        f"{sum(load.requests for load in loads):,}",
    )


def _method() -> Iterator[str]:
    yield from ("## How", "")
    yield "Server and database have one core, the load generator another. Every request is distinct, signed beforehand"
    yield "and used once; signature, nonce, decision, metrics and access log are on; each connection has one request in"
    yield "flight; a write is on disk before it is answered. CPU is user and system time of all processes of the server"
    yield f"and of its database. The floor is the HTTP server alone over {FLOOR_CONNECTIONS} connections; its rounds"
    yield "and those of the request alternate, and each round is divided by the floor before it."
    yield ""


def _machine(found: Sequence[OfSubject]) -> Iterator[str]:
    every: list[Load] = [load for one in found for measured in one.rows for load in measured.loads]
    floors = [load.cpu_us for one in found for measured in one.rows for load in measured.floor]
    rows = [*machine.facts()]
    if every:
        rows.append(("The floor", f"{spread(floors, 1)} µs a request"))
        rows.append(("Server's core used by others", f"{spread([100 * load.others for load in every])} %"))
    yield from ("## Machine", "")
    yield from table(("Fact", "Value"), rows)
