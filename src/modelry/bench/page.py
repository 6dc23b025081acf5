"""The figures of a run as a page of Markdown, which is readable on a terminal too."""

import itertools
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from modelry.bench import machine
from modelry.bench.figures import BUSY_GENERATOR, SHARES, SQLITE, Figures, Round, Series, percentile, spread
from modelry.bench.traffic import KINDS

MIB = 2**20


def page(figures: Figures, plot: str | None = None) -> str:
    """The whole page; `plot` is the address of a picture to show in it."""
    return "\n".join(
        [
            "# Benchmark of Modelry",
            "",
            f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}. Medians; in brackets the least and the most.",
            "",
            *_load(figures),
            *([f"![CPU and latency]({plot})", ""] if plot else []),
            *_latencies(figures),
            *_failures(figures),
            *_server(figures),
            *_machine(figures),
        ]
    ).rstrip()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, an empty one after it; all columns but the first are aligned to the right."""
    every = [tuple(head), *map(tuple, rows)]
    widths = [max(3, *map(len, column)) for column in zip(*every, strict=True)]
    for number, row in enumerate(every):
        cells = [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]
        yield f"| {' | '.join(cells)} |"
        if not number:
            yield "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    yield ""


def _load(figures: Figures) -> Iterator[str]:
    yield from ("## Load", "")
    yield f"At random {_mix(figures.shares)}."
    yield ""
    yield "Every request is distinct, signed beforehand and used once; signature, nonce, decision, metrics and access"
    yield "log are on; writes are on disk before they are answered. Each connection has one request in flight."
    yield f"The floor is the same HTTP server with the same settings, answering {figures.floor_bytes:,} constant bytes"
    yield "to the same requests; its rounds and those of the load alternate."
    yield ""
    if _is_far(figures):
        yield "The database's server is not on this machine, so its CPU is in none of these figures."
        yield ""
    head = ("Caller", "Connections", "Requests/s", "CPU µs a request", "its database's", "in floors")
    yield from table((*head, "Generator busy", "Rounds"), (row for series in figures.series for row in _rows(series)))
    if any(_generator_share(rounds) >= BUSY_GENERATOR for s in figures.series for rounds in (s.floors, s.loads)):
        yield "`limit`: the load generator was as busy as it can be, and set the rate: the server can do more. A server"
        yield "that has to wait pays more CPU for a request, so a floor at the limit is rather too high than too low."
        yield ""


def _rows(series: Series) -> Iterator[tuple[str, ...]]:
    ratios = series.ratios()
    in_floors = f"{spread(ratios, 2)} x" if ratios else "too short"
    for caller, rounds, ratio in (("the floor", series.floors, ""), (series.caller, series.loads, in_floors)):
        busy = _generator_share(rounds)
        yield (
            caller,
            str(series.connections),
            spread([one.requests_per_second for one in rounds]),
            spread([one.cpu_us for one in rounds]),
            spread([one.database_cpu_us for one in rounds]) if any(one.database_cpu_us for one in rounds) else "",
            ratio,
            f"{busy:.0%}{' limit' if busy >= BUSY_GENERATOR else ''}",
            f"{len(rounds)} x {statistics.median(one.seconds for one in rounds):.1f} s",
        )


def _is_far(figures: Figures) -> bool:
    return figures.database != SQLITE and figures.database_pss_bytes is None


def _generator_share(rounds: Sequence[Round]) -> float:
    return statistics.median(one.generator_share for one in rounds)


def _latencies(figures: Figures) -> Iterator[str]:
    yield from ("## Latency", "")
    yield "In milliseconds, of a server that is saturated: mostly waiting for its turn. Of all rounds together."
    yield ""
    head = ("Operation", "Caller", "Connections", *(f"p{share:g}" for share in SHARES), "Answers")
    rows = []
    for kind, series in itertools.product(figures.shares, figures.series):
        if ordered := series.latency_us(kind):
            shown = [f"{percentile(ordered, share) / 1e3:.2f}" for share in SHARES]
            rows.append((KINDS[kind].title, series.caller, str(series.connections), *shown, f"{len(ordered):,}"))
    yield from table(head, rows)


def _failures(figures: Figures) -> Iterator[str]:
    failures = figures.failures()
    yield from ("## Errors", "")
    if not failures:
        yield from ("None: every answer was a 200.", "")
        return
    yield from table(("Request", "Times"), ((what, f"{count:,}") for what, count in failures.items()))
    yield from ("The first one:", "", f"    {' '.join(figures.first_failure().split())}", "")


def _server(figures: Figures) -> Iterator[str]:
    yield from ("## Server", "")
    rows = [
        ("Start to the first answer, on this data", f"{figures.start_s:.2f} s"),
        ("Memory before the load (PSS: parent and worker, shared pages once)", _mib(figures.pss_before_bytes)),
        ("Memory after it (SQLite's mapped database is in it)", _mib(figures.pss_after_bytes)),
    ]
    if figures.database_pss_bytes is not None:
        rows.append(("Memory of the database's server after it", _mib(figures.database_pss_bytes)))
    yield from table(("Server", "Measured"), rows)


def _machine(figures: Figures) -> Iterator[str]:
    sizes = figures.sizes
    rows = [
        *machine.facts(),
        ("One `fdatasync` of 4 KB", f"{figures.sync_us:,.0f} µs"),
        ("Data", f"{sizes.models:,} models with {sizes.versions:,} versions each, in {sizes.workspaces:,} workspaces"),
        ("Database", f"{_mib(figures.database_bytes)}, {figures.database}"),
    ]
    if figures.making_s is not None:
        made = sizes.models * (1 + sizes.versions) + sizes.deep_versions
        rows.append(("Making the data", f"{figures.making_s:.1f} s, {made / figures.making_s:,.0f} rows a second"))
    yield from ("## Machine and data", "")
    yield from table(("Fact", "Value"), rows)


def _mix(shares: Mapping[str, int]) -> str:
    """`80 % GetModel; 20 % CreateModel`."""
    total = sum(shares.values())
    return "; ".join(f"{100 * weight / total:.3g} % {KINDS[kind].title}" for kind, weight in shares.items())


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / MIB:,.0f} MiB"
