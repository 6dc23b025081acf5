"""`modelry bench`: how fast this machine serves a registry of some size."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from modelry.cli.given import told
from modelry.cli.parsing import examples

if TYPE_CHECKING:
    from modelry.bench.figures import Figures

_MOST_CONNECTIONS = 1000
_MOST_USERS = 100


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "bench",
        help="measure how fast this machine serves a registry of some size",
        description=(
            "Make a registry, serve it on a free port of 127.0.0.1, send it a mixed load of signed requests, and\n"
            "print the rate, CPU a request, latencies and memory beside those of a server that answers constant\n"
            "bytes. Everything that it starts is ended and what it makes is removed; no other server and no other\n"
            "data is touched. Exit code 1 if a request failed."
        ),
        epilog=examples(
            "modelry bench",
            "modelry bench --models 100000 --keep /var/tmp/bench --seconds 60 --report page.md --plot page.svg",
            "modelry bench --mix get=1 --connections 1 8 64",
            "modelry bench --database postgresql://modelry@127.0.0.1/postgres --models 100000",
            "modelry bench --users 20 --mix get=50,list=20,search=10,create-version=20",
        ),
        fill=_fill,
    )
    parser.set_defaults(run=run)


def _fill(parser: argparse.ArgumentParser) -> None:
    def add(flag: str, default: object, most: int, help_text: str, **options: object) -> None:
        whole = _whole(0 if flag == "--users" else 1, most)
        parser.add_argument(flag, type=whole, default=default, metavar="N", help=help_text, **options)  # type: ignore[arg-type]

    add("--models", 2000, 10_000_000, "models in the registry; default: %(default)s")
    add("--versions", 2, 100_000, "versions of each model; default: %(default)s")
    add("--workspaces", 20, 100_000, "workspaces that they are in; default: %(default)s")
    add("--users", 0, _MOST_USERS, "measure again as so many RAM users with policies; default: the account alone")
    add(
        "--connections", [8, 32], _MOST_CONNECTIONS, "connections, one request in flight each; default: 8 32", nargs="+"
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=10.0,
        metavar="S",
        help="length of all rounds together; default: %(default)g",
    )
    parser.add_argument(
        "--mix",
        type=_shares,
        default="get=80,list=10,create=5,update=5",
        metavar="KIND=WEIGHT,...",
        help=(
            "which requests, at random; kinds: get, list, search, create, update, get-version, list-versions,"
            " create-version; default: %(default)s"
        ),
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep the data in this folder, and take it from there the next time; each run works on a copy",
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="PostgreSQL: postgresql://USER@HOST/NAME; makes a database of its own on that server, and removes it",
    )
    parser.add_argument(
        "--database-pid",
        type=_whole(2, 2**22),
        metavar="PID",
        help="the server's first process, whose CPU is counted; needed only where it cannot be found on this machine",
    )
    parser.add_argument("--report", type=_file, metavar="FILE.md", help="write what is printed to this file too")
    parser.add_argument("--plot", type=_file, metavar="FILE.svg", help="draw CPU and latencies")


def run(given: argparse.Namespace) -> int:
    """Measure, print, write."""
    return told(lambda: _run(given))


def _run(given: argparse.Namespace) -> int:
    from modelry.bench.data import Sizes
    from modelry.bench.processes import BenchError
    from modelry.bench.run import Plan, measured
    from modelry.cli.steps import Steps

    plan = Plan(
        sizes=Sizes(given.models, given.versions, given.workspaces),
        shares=given.mix,
        users=given.users,
        connections=given.connections,
        seconds=given.seconds,
        kept_in=given.keep,
        database=given.database,
        database_pid=given.database_pid,
    )
    try:
        with Steps() as tell:
            figures = measured(plan, tell)
    except BenchError as error:
        print(f"modelry: {error}", file=sys.stderr)
        return 1
    _shown(figures, given.report, given.plot)
    failed = sum(figures.failures().values())
    if failed:
        print(f"modelry: {failed} requests failed; the first: {figures.first_failure()}", file=sys.stderr)
    return 1 if failed else 0


def _shown(figures: "Figures", report: Path | None, plot: Path | None) -> None:
    from os.path import relpath

    from modelry.bench.page import page

    if plot is not None:
        from modelry.bench.plot import svg

        plot.write_text(svg(figures))
    if report is not None:
        report.write_text(page(figures, relpath(plot, report.parent) if plot else None) + "\n")
    print(page(figures))


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and least <= int(text[:20]) <= most):
            raise argparse.ArgumentTypeError(f"not a whole number from {least} to {most}: {text!r}")
        return int(text)

    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:  # noqa: PLR2004  an hour
        raise argparse.ArgumentTypeError(f"not a number of seconds from 1 to 3600: {text!r}")
    return seconds


def _shares(text: str) -> dict[str, int]:
    from modelry.bench.traffic import shares

    try:
        return shares(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _file(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"no file can be written there: {text!r}")
    return path
