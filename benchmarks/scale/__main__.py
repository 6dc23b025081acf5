"""Measure single requests against many models, on SQLite and PostgreSQL: `python -m benchmarks.scale`.

It is no test: an aim that is missed changes nothing but the page. docs/benchmarks.md says what is measured and how.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import placed
from benchmarks.scale.measuring import Measuring, OfSubject, Scale
from benchmarks.scale.page import excerpt, page
from benchmarks.scale.rows import ROWS
from benchmarks.scale.subjects import subjects
from benchmarks.telling import KEPT_IN, say, telling
from modelry.bench.processes import BenchError

DOCUMENT = "docs/scaling.md"

FULL = Scale(rounds=7, round_s=2.0)
QUICK = Scale(rounds=3, round_s=0.7)


def measured(given: argparse.Namespace, folder: Path) -> str:
    """The page of all registries that can be measured here; its aims go into the docs too, if that is asked for."""
    measuring = Measuring(QUICK if given.quick else FULL, folder, given.kept_in, say)
    rows = [row for row in ROWS if row.name in given.rows]
    found: list[OfSubject] = []
    skipped: list[str] = []
    for subject in subjects(given.databases, given.models or ([10_000] if given.quick else _MODELS), given.database):
        try:
            found.append(measuring.of(subject, rows, given.connections, _tell))
        except BenchError as error:
            skipped.append(f"{subject.title}: {error}")
            say(skipped[-1])
    if given.docs and found:
        placed.put(excerpt(found), DOCUMENT, "scale")
    return page(found, skipped)


_MODELS = [100_000, 1_000_000]


_tell = telling(50_000)


def main() -> None:
    """Read the command line, measure, print."""
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 models and short rounds")
    parser.add_argument("--models", type=int, nargs="+", metavar="N", help="default: 100,000 and 1,000,000")
    databases = ["sqlite", "postgresql"]
    parser.add_argument("--databases", nargs="+", choices=databases, default=databases, help="default: both")
    parser.add_argument("--database", metavar="URL", help="a PostgreSQL server that runs; by default one is started")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32], metavar="N", help="default: 1 8 32")
    parser.add_argument("--rows", nargs="+", choices=names, default=names, help="leave the other requests out")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the page there too")
    parser.add_argument(
        "--kept-in",
        type=Path,
        metavar="FOLDER",
        default=KEPT_IN,
        help="where the data is kept between runs, a disk that others may enter; default: %(default)s",
    )
    parser.add_argument("--docs", action="store_true", help=f"put the table of aims into {DOCUMENT} too")
    given = parser.parse_args()
    given.kept_in.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="modelry-benchmark-", dir=given.kept_in) as name:
        shown = measured(given, Path(name))
    print(shown)
    if given.output:
        given.output.write_text(shown + "\n")


if __name__ == "__main__":
    main()
