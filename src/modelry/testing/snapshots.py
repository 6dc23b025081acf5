"""The state of a registry, taken and put back beside the running server."""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from modelry.families.ram import generation
from modelry.server.machine import MachineState
from modelry.storage.database import Connection, Row, Transaction
from modelry.storage.sqlite import FILE_NAME, connect, write_alone

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

    tables: dict[str, list[Row]]


def taken(folder: Path) -> Snapshot:
    """What a data folder holds now."""
    with closing(connect(folder / FILE_NAME)) as raw:
        database = Connection(raw)
        with database.snapshot():
            names = database.all(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            )
            tables = {name: database.all(f'SELECT * FROM "{name}"') for (name,) in names if name not in _STAYS}  # noqa: S608  names of our own tables
    return Snapshot(folder, tables)


def put_back(snapshot: Snapshot) -> None:
    """Have its folder hold what it held then, in one transaction; the server reads all keys and policies anew."""

    def work(transaction: Transaction) -> None:
        transaction.run("PRAGMA defer_foreign_keys = ON")
        for name in snapshot.tables:
            transaction.run(f'DELETE FROM "{name}"')  # noqa: S608  as above
        for name, rows in snapshot.tables.items():
            for row in rows:
                transaction.run(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', *row)  # noqa: S608  as above
        generation.move(transaction)

    write_alone(snapshot.folder, work)
    machine = MachineState.attach(snapshot.folder / "machine.state")
    machine.bump_generation()
    machine.close(clean=False)
