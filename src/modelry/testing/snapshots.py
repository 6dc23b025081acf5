"""The state of a registry, taken and put back beside the running server."""

from pathlib import Path
from typing import NamedTuple

from modelry import families
from modelry.families.ram import generation
from modelry.server.machine import MachineState
from modelry.storage.copying import in_order, tables_of
from modelry.storage.database import Row, Transaction
from modelry.storage.store import Store
from modelry.storage.stores import SqliteStore
from modelry.storage.tables import Table

_STAYS = frozenset(
    {
        "access_generation",  # only moves: whoever knows something under an earlier number reads it anew
        "clock",  # times are never given out twice
        "instance",
        "migrations",
        "schema_version",
        "workspace_ids",  # nor are ids
    }
)
"""Tables that are not put back."""


class Snapshot(NamedTuple):
    """Everything that a registry held at one moment."""

    folder: Path
    """Of the registry that it can be put back into: the keys in it are sealed for that one."""

    tables: dict[str, tuple[Table, list[Row]]]
    """Each with its rows, after those that it refers to. What follows from others is not among them."""


def taken(folder: Path, store: Store | None = None) -> Snapshot:
    """What a registry holds now; it is in the data folder unless a store is given."""
    derived = frozenset().union(*(each.tables for each in families.derived()))
    with (store or SqliteStore(folder)).reading() as database, database.snapshot():
        tables = in_order({name: table for name, table in tables_of(database).items() if name not in _STAYS | derived})
        rows = {name: (table, database.all(f'SELECT {_listed(table)} FROM "{name}"')) for name, table in tables.items()}  # noqa: S608  names of our own tables
    return Snapshot(folder, rows)


def put_back(snapshot: Snapshot, store: Store | None = None) -> None:
    """Have its folder hold what it held then, in one transaction; the server reads all keys and policies anew."""

    def work(transaction: Transaction) -> None:
        for name in reversed(snapshot.tables):
            transaction.later(f'DELETE FROM "{name}"')  # noqa: S608  as above
        for name, (table, rows) in snapshot.tables.items():
            marks = ", ".join("?" * len(table.columns))
            for row in rows:
                transaction.later(f'INSERT INTO "{name}" ({_listed(table)}) VALUES ({marks})', *row)  # noqa: S608  as above
        for derived in families.derived():
            derived.rebuild(transaction)
        generation.move(transaction)

    (store or SqliteStore(snapshot.folder)).write_alone(work)
    machine = MachineState.attach(snapshot.folder / "machine.state")
    machine.bump_generation()
    machine.close(clean=False)


def _listed(table: Table) -> str:
    return ", ".join(f'"{column}"' for column in table.columns)
