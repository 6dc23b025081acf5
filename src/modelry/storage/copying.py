"""A whole registry from one database into an empty one, and the proof that nothing of it was lost or changed.

Rows are read in one state of the source and written in one transaction of the target; before that ends they are read
back and compared. Tables that follow from others (search indexes, which each kind of database has in its own way) are
made anew from what was copied.
"""

import hashlib
import os
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import msgspec

from modelry.storage import migrations
from modelry.storage.database import Connection, Dialect, Row, StorageError, Transaction
from modelry.storage.instance import instance
from modelry.storage.migrations import Migration, Schema
from modelry.storage.sqlite import SqliteSchema, SqliteTransaction, connect
from modelry.storage.tables import Table

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

AT_ONCE = 5000
"""Rows that are in memory at a time."""

_OF_THE_SCHEMA = frozenset({"migrations", "schema_version"})
"""Tables that say what was done to the database itself."""

_SUM_BYTES = 32


class CopyError(StorageError):
    """A registry cannot be copied; the message says why. The target is as it was."""


class Sum(NamedTuple):
    """What a table holds, whatever order its rows are in."""

    rows: int
    checksum: str
    """The SHA-256 of every row, added up."""


class Derived(NamedTuple):
    """What follows from other tables, and how it is made of them."""

    tables: frozenset[str]
    """In any kind of database."""
    rebuild: Callable[[Transaction], None]


class Known(NamedTuple):
    """What the program knows of a registry's tables."""

    migrations: Callable[[Dialect], Iterable[Migration]]
    derived: tuple[Derived, ...]


class Source(ABC):
    """One state of a database."""

    dialect: Dialect
    name: str
    """Where it is, for a message."""
    connection: Connection

    def tables(self) -> dict[str, Table]:
        """All that hold rows of their own."""
        return tables_of(self.connection)

    @abstractmethod
    def rows(self, table: Table) -> Generator[list[Row], None, None]:
        """Every row, some at a time.

        Raises:
            CopyError: they cannot be read.
        """


class Target(Source):
    """A database in a transaction, which is undone unless all goes well."""

    transaction: Transaction

    @abstractmethod
    def schema(self) -> Schema:
        """Its schema, changed within the transaction."""

    @abstractmethod
    def fill(self, table: Table, rows: Iterable[list[Row]]) -> None:
        """Put rows into a table.

        Raises:
            CopyError: the table does not take them.
        """


def copied(source: Source, target: Target, known: Known, progress: Progress) -> dict[str, Sum]:
    """Copy everything; what each table holds, which is the same on both sides.

    Raises:
        CopyError: the target is not empty, its tables are others, or what it holds in the end is not the same.
    """
    _check_has_registry(source)
    _migrate(source, target, known)
    tables = _shared(source, target, known)
    total = sum(source.connection.count(f'FROM "{name}"') for name in tables)
    for name in reversed(list(tables)):  # a new schema is not empty: it has the clock's row
        target.transaction.run(f'DELETE FROM "{name}"')
    watched = _Counting("copying", total, progress)
    sums = {name: _copy(source, target, table, watched) for name, table in tables.items()}
    _rebuild(target, known, progress)
    watched = _Counting("verifying", total, progress)
    for name, table in tables.items():
        _check_same(name, sums[name], _summed(watched.passed(target.rows(table))))
    return sums


def overall(sums: dict[str, Sum]) -> str:
    """The checksum of all tables."""
    text = "".join(f"{name} {of.rows} {of.checksum}\n" for name, of in sorted(sums.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def _check_has_registry(source: Source) -> None:
    if "instance" not in source.tables() or instance(source.connection) is None:
        raise CopyError(f"there is no registry in {source.name}")


def _migrate(source: Source, target: Target, known: Known) -> None:
    """Bring the target's schema to where the source's is.

    Raises:
        CopyError: there is a registry already, or one of the schemas has seen what this program does not know.
    """
    applied = _steps(source.connection)
    wanted = [each for each in known.migrations(target.dialect) if _step(each.family, each.name) in applied]
    if missing := applied - {_step(each.family, each.name) for each in wanted}:
        raise CopyError(f"{source.name} was written by a newer version of this program ({', '.join(sorted(missing))})")
    schema = target.schema()
    if schema.has_table("instance") and instance(target.connection) is not None:
        raise CopyError(f"{target.name} has a registry already: what is copied goes into an empty one")
    migrations.apply(schema, wanted)
    if _steps(target.connection) != applied:
        raise CopyError(f"the schema of {source.name} is older than that of {target.name}: run `modelry migrate` first")


def _steps(database: Connection) -> set[str]:
    return {_step(family, name) for family, name in database.all("SELECT family, name FROM migrations")}


def _step(family: str, name: str) -> str:
    """`models/0001_models`, the same for every kind of database."""
    return f"{family}/{name.partition('.')[0]}"


def _shared(source: Source, target: Target, known: Known) -> dict[str, Table]:
    """The tables to copy, in an order in which each row finds what it refers to."""
    theirs, ours = source.tables(), target.tables()
    left_out = _OF_THE_SCHEMA.union(*(derived.tables for derived in known.derived))
    names = (theirs.keys() | ours.keys()) - left_out
    for name in sorted(names):
        if name not in theirs or name not in ours or theirs[name].columns != ours[name].columns:
            raise CopyError(f"the table {name} is not the same in {source.name} and {target.name}")
    return in_order({name: ours[name] for name in names})


def in_order(tables: dict[str, Table]) -> dict[str, Table]:
    """The tables so that each comes after those that it refers to."""
    graph = {name: (tables[name].refers_to & tables.keys()) - {name} for name in sorted(tables)}
    return {name: tables[name] for name in TopologicalSorter(graph).static_order()}


def tables_of(database: Connection) -> dict[str, Table]:
    """All tables that hold rows of their own: neither virtual ones nor those that hold what is in one."""
    if database.dialect == "postgresql":
        from modelry.storage.postgresql.catalogue import tables  # noqa: PLC0415  an extra

        return tables(database)
    listed = database.all("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    return {name: _sqlite_table(database, name) for (name,) in listed if not name.startswith("sqlite_")}


def _sqlite_table(database: Connection, name: str) -> Table:
    columns = sorted(column for (column,) in database.all("SELECT name FROM pragma_table_info(?)", name))
    others = database.all('SELECT "table" FROM pragma_foreign_key_list(?)', name)
    return Table(name, tuple(columns), frozenset(other for (other,) in others))


def _rebuild(target: Target, known: Known, progress: Progress) -> None:
    schema = target.schema()
    for number, derived in enumerate(known.derived):
        progress("indexing", number, len(known.derived))
        if any(map(schema.has_table, derived.tables)):
            derived.rebuild(target.transaction)


def _copy(source: Source, target: Target, table: Table, watched: "_Counting") -> Sum:
    running = _Running()
    with closing(source.rows(table)) as rows:
        target.fill(table, running.passed(watched.passed(rows)))
    return running.sum()


def _summed(batches: Iterable[list[Row]]) -> Sum:
    running = _Running()
    for _ in running.passed(batches):
        pass
    return running.sum()


def _check_same(name: str, before: Sum, after: Sum) -> None:
    if before != after:
        raise CopyError(
            f"the copy of the table {name} is not the same: {before.rows} rows, {before.checksum} there;"
            f" {after.rows} rows, {after.checksum} here"
        )


class _Running:
    """Adds up rows that pass through."""

    def __init__(self) -> None:
        self._rows = 0
        self._total = 0

    def passed(self, batches: Iterable[list[Row]]) -> Iterator[list[Row]]:
        encode, sha256, number = msgspec.msgpack.encode, hashlib.sha256, int.from_bytes
        for batch in batches:
            self._rows += len(batch)
            self._total += sum(number(sha256(encode(row)).digest(), "big") for row in batch)
            yield batch

    def sum(self) -> Sum:
        return Sum(self._rows, f"{self._total % (1 << 8 * _SUM_BYTES):0{2 * _SUM_BYTES}x}")


class _Counting:
    """Tells how many rows have passed through."""

    def __init__(self, what: str, total: int, progress: Progress) -> None:
        self._what, self._total, self._progress = what, total, progress
        self._done = 0

    def passed(self, batches: Iterable[list[Row]]) -> Iterator[list[Row]]:
        for batch in batches:
            yield batch
            self._done += len(batch)
            self._progress(self._what, self._done, self._total)


class SqliteSide(Target):
    """A file, in a transaction."""

    dialect = "sqlite"

    def __init__(self, raw: sqlite3.Connection, name: str) -> None:
        """Over `raw`, which ends the transaction."""
        self._raw = raw
        self.name = name
        self.connection = Connection(raw)
        self.transaction = SqliteTransaction(raw, _clock_us)

    def rows(self, table: Table) -> Generator[list[Row], None, None]:
        """As declared."""
        try:
            with closing(self._raw.execute(f'SELECT {_quoted(table)} FROM "{table.name}"')) as cursor:
                while batch := cursor.fetchmany(AT_ONCE):
                    yield batch
        except sqlite3.Error as error:
            raise CopyError(f"the table {table.name} of {self.name} cannot be read: {error}") from error

    def schema(self) -> Schema:
        """As declared; the file is nobody's yet, so its transactions may be its own."""
        return SqliteSchema(self._raw)

    def fill(self, table: Table, rows: Iterable[list[Row]]) -> None:
        """As declared."""
        marks = ", ".join("?" * len(table.columns))
        sql = f'INSERT INTO "{table.name}" ({_quoted(table)}) VALUES ({marks})'
        try:
            if not self._raw.in_transaction:
                self._raw.execute("BEGIN")
            for batch in rows:
                self._raw.executemany(sql, batch)
        except sqlite3.Error as error:
            raise CopyError(f"the table {table.name} of {self.name} cannot be written: {error}") from error


def _quoted(table: Table) -> str:
    return ", ".join(f'"{column}"' for column in table.columns)


@contextmanager
def of_file(path: Path, name: str) -> Iterator[SqliteSide]:
    """One state of a file that may be in use."""
    with closing(connect(path)) as raw:
        raw.execute("BEGIN")
        yield SqliteSide(raw, name)


@contextmanager
def into_file(path: Path, name: str) -> Iterator[SqliteSide]:
    """A new file, which nobody else knows yet; it is on disk when this ends.

    Raises:
        StorageError: it cannot be written.
        CopyError: rows refer to what is not there.
    """
    path.touch(mode=0o600, exist_ok=False)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            raw.execute("PRAGMA journal_mode = OFF")  # a file that was not finished is thrown away
            raw.execute("PRAGMA synchronous = OFF")
            yield SqliteSide(raw, name)
            loose = raw.execute("PRAGMA foreign_key_check").fetchall()
            if loose:
                raise CopyError(f"{len(loose)} rows refer to what is not there, in {loose[0][0]}")
            if raw.in_transaction:
                raw.execute("COMMIT")
    except sqlite3.Error as error:
        raise StorageError(f"{name} cannot be written: {error}") from error
    _sync(path)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _clock_us() -> int:
    return time.time_ns() // 1000
