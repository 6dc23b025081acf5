"""Compare Modelry with other model registries on this machine: `python -m benchmarks.peers`.

docs/benchmarks.md says what is compared and how to read it.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.peers import hub, mlflow
from benchmarks.peers.measuring import Measuring, Scale
from benchmarks.peers.ours import Modelry
from benchmarks.peers.page import Figures, page
from benchmarks.peers.peer import PAGE_SIZE, ROWS, Peer
from benchmarks.telling import KEPT_IN, say, telling
from modelry.bench import data
from modelry.bench.data import Sizes
from modelry.bench.processes import BenchError

FULL = Scale(rounds=5, round_s=3.0, starts=3)
QUICK = Scale(rounds=3, round_s=1.0, starts=1)

NOTES = (
    "Every registry's server, with its database, has one core; the load generator, in C and the same for all, another.",
    "Rounds alternate: the floor, Modelry, the others, the floor, ...; servers are quiet before the first.",
    "Models, versions, labels (tags) and texts are the same everywhere: what a registry has no field for is a tag.",
    "Modelry checks a signature, a nonce and a decision for every request; the others check nothing.",
    "Modelry answers a model with its latest version; MLflow too; Kubeflow Hub without.",
    f"Searches and lists answer at most {PAGE_SIZE} models; Modelry counts all that match, which the others do not do.",
    "A list has each registry's own order: Modelry the newest first, MLflow by name, Kubeflow Hub the newest first.",
    f"MLflow runs with {mlflow.WORKERS} worker, as Modelry does, its telemetry and artifact proxy off.",
)


def measured(given: argparse.Namespace, folder: Path) -> Figures:
    """Load the data, run all rounds.

    Raises:
        BenchError: Modelry itself could not be measured.
    """
    scale, sizes = (QUICK if given.quick else FULL), given.sizes
    skipped: list[str] = []
    peers = _peers(given, sizes, folder, skipped)
    measuring = Measuring(peers, scale, folder, say)
    servers = measuring.started()
    rows, loaded_bytes = measuring.compared(given.connections, given.rows)
    return Figures(sizes, rows, servers, loaded_bytes, skipped, NOTES)


def _peers(given: argparse.Namespace, sizes: Sizes, folder: Path, skipped: list[str]) -> list[Peer]:
    """Ours first, and those of the others that can be run here."""
    kept_in: Path = given.kept_in
    say(f"data: {sizes.models:,} models")
    registry = data.copied(data.kept(kept_in, sizes, _tell), folder / "modelry")
    peers: list[Peer] = [Modelry(registry, sizes)]
    try:
        peers.append(mlflow.loaded(kept_in, folder / "mlflow", sizes, _tell))
    except (BenchError, OSError) as error:
        skipped.append(f"MLflow: {error}")
    if given.kubeflow_hub is None:
        skipped.append("Kubeflow Hub: no program was named with --kubeflow-hub")
    else:
        try:
            peers.append(hub.loaded(given.kubeflow_hub, folder / "hub", sizes, _tell))
        except (BenchError, OSError) as error:
            skipped.append(f"Kubeflow Hub: {error}")
    return peers


_tell = telling(10_000)


def main() -> None:
    """Read the command line, measure, print."""
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 models and short rounds")
    parser.add_argument("--models", type=int, metavar="N", help="models; default: 100,000, with --quick 10,000")
    parser.add_argument("--connections", type=int, nargs="+", default=[8], metavar="N", help="default: 8")
    parser.add_argument("--rows", nargs="+", choices=names, default=names, help="leave the other requests out")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the page there too")
    parser.add_argument(
        "--kubeflow-hub", type=Path, metavar="PROGRAM", help="compare with this build of Kubeflow Hub too (on MariaDB)"
    )
    parser.add_argument(
        "--kept-in",
        type=Path,
        metavar="FOLDER",
        default=KEPT_IN,
        help="where data and other programs are kept between runs; default: %(default)s",
    )
    given = parser.parse_args()
    given.sizes = Sizes(given.models or (10_000 if given.quick else 100_000), 2, 200, 20_000)
    given.kept_in.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="modelry-benchmark-", dir=given.kept_in) as name:
            shown = page(measured(given, Path(name)))
    except BenchError as error:
        sys.exit(str(error))
    print(shown)
    if given.output:
        given.output.write_text(shown + "\n")


if __name__ == "__main__":
    main()
