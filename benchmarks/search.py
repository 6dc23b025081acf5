"""How long lists take, by what they ask for: `python -m benchmarks.search --models 1000000`.

The registry is kept, so only the first run of a size takes long. Lists are answered by the server's own handlers on a
snapshot, without HTTP, signature and decision: what is measured is what grows with the registry. Times are of the wall;
CPU is of this process and, with `--postgresql`, of the database's. `first` counts anew in each run, as after a write;
the others know the total count.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks.cluster import cluster
from benchmarks.searched import Place, in_postgresql, in_sqlite
from benchmarks.telling import telling
from modelry import families
from modelry.access.sealing import Sealer
from modelry.bench import postgresql
from modelry.families.labels.structs import Label
from modelry.families.model_versions.documents import version_columns
from modelry.families.model_versions.handlers import list_model_versions
from modelry.families.model_versions.structs import ListModelVersions
from modelry.families.models import search_sqlite
from modelry.families.models.documents import model_columns
from modelry.families.models.handlers import list_models
from modelry.families.models.structs import ListModels, Model, ModelVersion
from modelry.families.workspaces import store as workspaces
from modelry.families.workspaces.structs import StoredWorkspace
from modelry.handling import by_account
from modelry.storage import migrations
from modelry.storage.database import Transaction
from modelry.storage.memory import Memory
from modelry.storage.sqlite import FILE_NAME, SqliteSchema, SqliteTransaction, connect
from modelry.storage.times import shown

ACCOUNT = 1000000000000001
_EPOCH_US = 1_700_000_000_000_000
_APART_US = 1_000_000
"""Between two models."""

_BIG = 50_000
"""Models of the big workspace; a twentieth of all where there are fewer than a million."""

_SMALL = 5_000
_VERSIONS = 20_000
_AT_ONCE = 10_000
_SIZE = 20
_TASKS = ("text-classification", "text-to-image-synthesis", "translation", "fill-mask", "speech-recognition")
_STAGES = ("prod", "staging", "dev", "archived", "canary")
_DESCRIPTION = "A general model for the analysis of sentiment in short texts. " * 16


Request = Callable[[random.Random], Any]


class Kind(NamedTuple):
    """Lists of one kind."""

    name: str
    aim_ms: float
    """Of the 99th percentile."""
    request: Request
    first: bool = False
    """Whether the total count is not known yet."""
    walk: bool = False
    """Whether the requests are the pages of one walk, from the second on."""


def made(folder: Path, models: int) -> None:
    """A registry of so many models, one of which has `_VERSIONS` versions."""
    chance = random.Random(2021_02_04)
    with closing(connect(folder / FILE_NAME, synchronous="OFF")) as raw:
        migrations.apply(SqliteSchema(raw), families.migrations("sqlite"))
        transaction = SqliteTransaction(raw, lambda: _EPOCH_US - 1_000_000_000)
        transaction.begin()
        workspaces.first_start(transaction, ACCOUNT, str(ACCOUNT))
        names = _workspace_names(transaction, models)
        transaction.commit()
        for first in range(0, models, _AT_ONCE):
            transaction.begin()
            _add_models(transaction, range(first, min(first + _AT_ONCE, models)), names, models, chance)
            transaction.commit()
            print(f"{first + _AT_ONCE} models", end="\r", flush=True)
        transaction.begin()
        _tally(transaction)
        _add_versions(transaction, _EPOCH_US, _VERSIONS)
        transaction.commit()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _workspace_names(transaction: Transaction, models: int) -> list[str]:
    """The ids of the workspaces; the first is the big one."""
    found = []
    for number in range(1 + max(1, (models - _big(models)) // _SMALL)):
        position = transaction.tick()
        new = StoredWorkspace(
            workspace_id=str(500_000 + number),
            workspace_name=f"w_{number:04d}",
            display_name="w",
            description="w",
            env_types=["prod"],
            status="ENABLED",
            creator=str(ACCOUNT),
            resource_group_id="rg-1",
            gmt_create_time=shown(position),
            gmt_modified_time=shown(position),
        )
        workspaces.add_workspace(transaction, ACCOUNT, new, position)
        found.append(new.workspace_id)
    return found


def _big(models: int) -> int:
    return min(_BIG, models // 20)


def _name(number: int) -> str:
    """Common parts, parts of each hundredth, and of each fifty thousandth."""
    return f"sentiment-{number:07d}{'-情感' if number % 100 == 7 else ''}{'-稀有zq' if number % 50_000 == 11 else ''}"


def _add_models(
    transaction: Transaction, numbers: range, workspace_ids: list[str], models: int, chance: random.Random
) -> None:
    every = models // _big(models)
    rows, documents, labels = [], [], []
    for number in numbers:
        others = workspace_ids[1:]
        workspace_id = workspace_ids[0] if number % every == 0 else others[number % len(others)]
        position = _EPOCH_US + number * _APART_US
        carried = [
            Label(key="team", value=f"team-{chance.randrange(40):02d}"),
            Label(key="stage", value=chance.choice(_STAGES)),
            Label(key="base-model", value="structbert"),
            Label(key="run", value=f"run-{number:07d}"),
        ]
        document = msgspec.json.encode(
            Model(
                model_id=f"model-{number:010d}",
                model_name=_name(number),
                gmt_create_time=shown(position),
                gmt_modified_time=shown(position),
                user_id=str(ACCOUNT),
                owner_id=str(ACCOUNT),
                workspace_id=workspace_id,
                labels=carried,
                domain="nlp",
                task=chance.choice(_TASKS),
                model_description=_DESCRIPTION,
                parameter_size=chance.randrange(100, 100_000),
                accessibility="PUBLIC" if number % 3 else "PRIVATE",
            )
        )
        columns = model_columns(document)
        place = (position, ACCOUNT, f"model-{number:010d}", workspace_id, str(ACCOUNT), position)
        rows.append((*columns, *place))
        documents.append((position, 1, document))
        labels += [(ACCOUNT, "model", label.key, label.value, workspace_id, position) for label in carried]
    _add_rows(transaction, rows, documents, labels)


def _add_rows(transaction: Transaction, rows: list[Any], documents: list[Any], labels: list[Any]) -> None:
    raw: Any = transaction._raw  # noqa: SLF001  many rows at once
    names = ", ".join(model_columns(documents[0][2])._fields)
    raw.executemany(
        f"INSERT INTO models ({names}, position, account_id, model_id, workspace_id, user_id, gmt_modified)"  # noqa: S608
        f" VALUES ({', '.join('?' * len(rows[0]))})",
        rows,
    )
    raw.executemany("INSERT INTO model_documents VALUES (?, ?, ?)", documents)
    raw.executemany("INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?)", labels)
    raw.executemany("INSERT INTO model_grams_pending VALUES (?, NULL)", [(row[0],) for row in documents])
    search_sqlite.take_in(transaction, len(rows))


def _tally(transaction: Transaction) -> None:
    for key in ("workspace_id", "''"):
        transaction.run(
            f"INSERT INTO model_tallies SELECT account_id, {key}, count(*), max(gmt_modified) FROM models"  # noqa: S608
            f" GROUP BY account_id, {key}"
        )


def _add_versions(transaction: Transaction, model_position: int, versions: int) -> None:
    for number in range(versions):
        position = model_position + 1 + number
        document = msgspec.json.encode(
            ModelVersion(
                version_name=f"0.{number + 1}.0",
                gmt_create_time=shown(position),
                gmt_modified_time=shown(position),
                user_id=str(ACCOUNT),
                owner_id=str(ACCOUNT),
                uri="oss://bucket.endpoint/object",
                version_description=_DESCRIPTION,
                labels=[Label(key="k", value=f"v{number % 10}")],
                approval_status="Approved" if number % 4 else "Pending",
                source_type="Custom",
            )
        )
        columns = version_columns(document)
        transaction.run(
            f"INSERT INTO model_versions ({', '.join(columns._fields)}, position, account_id, model_position,"  # noqa: S608
            f" version_name, gmt_modified, document_version, document) VALUES ({', '.join('?' * (len(columns) + 7))})",
            *(*columns, position, ACCOUNT, model_position, f"0.{number + 1}.0", position, 1, document),
        )
    transaction.run(
        "UPDATE models SET versions = ?, versions_moved = ?, latest_position = ?, highest_version = ?"
        " WHERE position = ?",
        *(versions, model_position, model_position + versions, f"0.{versions}", model_position),
    )


def kinds(models: int) -> Iterator[Kind]:
    """The lists, with the aims of the project's plan."""
    yield from _sorted_lists(models)
    for where, scope in _SCOPES:
        for first in (True, False):
            yield from _tagged(models, where, scope, first=first)
            yield from _searched(models, where, scope, first=first)
    yield Kind("all: exact name", 10, _lists(model_name=lambda c: f'"{_name(c.randrange(models))}"'))
    yield from _versions()


_SCOPES: tuple[tuple[str, dict[str, str]], ...] = (
    ("workspace of 5k", {"workspace_id": "500001"}),
    ("workspace of 50k", {"workspace_id": "500000"}),
    ("all", {}),
)


def _lists(**fields: Any) -> Request:  # noqa: ANN401  fields of the request, or what makes them
    return lambda chance: ListModels(
        page_size=_SIZE, **{name: value(chance) if callable(value) else value for name, value in fields.items()}
    )


def _tag(key: str, value: str) -> Label:
    return Label(key=key, value=value)


def _team(chance: random.Random) -> list[Label]:
    return [_tag("team", f"team-{chance.randrange(40):02d}")]


def _two(chance: random.Random) -> list[Label]:
    return [*_team(chance), _tag("stage", chance.choice(_STAGES))]


def _sorted_lists(models: int) -> Iterator[Kind]:
    deep = models // 10 // _SIZE
    for sort_by in ("GmtCreateTime", "GmtModifiedTime", "ModelName", "OrderNumber", "ParameterSize"):
        for where, scope in (("all", {}), ("workspace", {"workspace_id": "500000"})):
            sort: Any = {"sort_by": sort_by, "order": "DESC", **scope}
            yield Kind(f"{where}, {sort_by}: page 1", 5, _lists(**sort))
            if sort_by == "GmtCreateTime" or where == "all":
                yield Kind(f"{where}, {sort_by}: walk", 5, _lists(**sort), walk=True)
                aim_ms = 5 + models / 50_000
                yield Kind(f"{where}, {sort_by}: jump to a tenth", aim_ms, _lists(**sort, page_number=deep))


def _tagged(models: int, where: str, scope: dict[str, str], *, first: bool) -> Iterator[Kind]:
    for name, tags in (
        ("1 tag of 40", _team),
        ("2 tags", _two),
        ("the tag of all", [_tag("base-model", "structbert")]),
        ("a tag that occurs once", lambda chance: [_tag("run", f"run-{chance.randrange(models):07d}")]),
    ):
        yield Kind(f"{where}: {name}{', first' * first}", 10, _lists(tag=tags, order="DESC", **scope), first)


def _searched(models: int, where: str, scope: dict[str, str], *, first: bool) -> Iterator[Kind]:
    aim_ms = 500 if first and where == "all" else 50
    for name, field, text in (
        ("Label, in all", "label", "truct"),
        ("Label, in one", "label", lambda chance: f"n-{chance.randrange(models):07d}"),
        ("Query, in all", "query", "entime"),
        ("Query, in a hundredth", "query", "-情感"),
        ("Query, two Chinese letters", "query", "情感"),
        ("Query, two rare Chinese letters", "query", "稀有"),
        ("Query, two letters in all", "query", "nt"),
        ("Query, two rare letters", "query", "zq"),
        ("Query, one letter", "query", "e"),
        ("Query, in none", "query", "sentimental"),
        ("Query, in one", "query", lambda chance: f"nt-{chance.randrange(models):07d}"),
    ):
        asked: dict[str, Any] = {field: text, "order": "DESC", **scope}
        yield Kind(f"{where}: {name}{', first' * first}", aim_ms, _lists(**asked), first)


def _versions() -> Iterator[Kind]:
    def lists(**fields: Any) -> Request:  # noqa: ANN401  as above
        return lambda chance: ListModelVersions(
            model_id="model-0000000000",
            page_size=_SIZE,
            **{name: value(chance) if callable(value) else value for name, value in fields.items()},
        )

    yield Kind("versions: page 1", 2, lists())
    yield Kind("versions: walk", 2, lists(), walk=True)
    yield Kind("versions: jump", 5, lists(page_number=lambda chance: chance.randrange(_VERSIONS // _SIZE) + 1))
    yield Kind("versions: pending, first", 20, lists(approval_status="Pending"), first=True)
    yield Kind("versions: pending", 5, lists(approval_status="Pending"))


class Measured(NamedTuple):
    """What a kind of list took, in milliseconds."""

    p50: float
    p99: float
    cpu: float
    statements: float


def measured(place: Place, kind: Kind, rounds: int) -> Measured:
    """Ask for it again and again."""
    chance = random.Random(7)
    kept = Memory()
    took, cpu, statements = [], 0.0, 0
    for number in range(-2 if not kind.first else 0, rounds):
        request = kind.request(chance)
        if kind.walk:
            request = msgspec.structs.replace(request, page_number=max(1, number + 3))
        handler = list_models if isinstance(request, ListModels) else list_model_versions
        started, started_cpu, before = time.perf_counter(), place.cpu_s(), place.statements
        with place.snapshot(Memory() if kind.first else kept) as database:
            # Each has its own request.
            handler.run(by_account(ACCOUNT, "benchmark", database, Sealer(bytes(32))), request)
        if number >= 0:
            took.append(time.perf_counter() - started)
            cpu += place.cpu_s() - started_cpu
            statements += place.statements - before
    took.sort()
    half, most = took[len(took) // 2] * 1e3, took[min(len(took) - 1, len(took) * 99 // 100)] * 1e3
    return Measured(half, most, cpu / rounds * 1e3, statements / rounds)


def _page(place: Place, models: int, rounds: int, only: str) -> None:
    print(f"| list of {models:,} models | p50 ms | p99 ms | aim | CPU ms | statements |")
    print("|---|--:|--:|--:|--:|--:|")
    for kind in kinds(models):
        if only in kind.name:
            took = measured(place, kind, rounds)
            missed = "" if took.p99 <= kind.aim_ms else " missed"
            print(
                f"| {kind.name} | {took.p50:.2f} | {took.p99:.2f} | {kind.aim_ms:.0f}{missed}"
                f" | {took.cpu:.2f} | {took.statements:.1f} |",
                flush=True,
            )


@contextmanager
def _place(given: argparse.Namespace, folder: Path) -> Iterator[Place]:
    if given.database is None and not given.postgresql:
        with in_sqlite(folder) as place:
            yield place
        return
    with ExitStack() as opened:
        server = postgresql.server(given.database) if given.database else opened.enter_context(cluster(given.keep))
        yield opened.enter_context(in_postgresql(server, folder, telling(100_000)))


def main() -> None:
    """Make the registry if need be, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", default="", help="part of the names of the lists to measure")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--postgresql", action="store_true", help="in PostgreSQL, which is started")
    parser.add_argument("--database", metavar="URL", help="in a PostgreSQL server that runs on this machine")
    given = parser.parse_args()
    folder = given.keep / f"modelry-search-{given.models}"
    if not (folder / "whole").exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / FILE_NAME).unlink(missing_ok=True)
        made(folder, given.models)
        (folder / "whole").touch()
    with _place(given, folder) as place:
        _page(place, given.models, given.rounds, given.only)


if __name__ == "__main__":
    main()
