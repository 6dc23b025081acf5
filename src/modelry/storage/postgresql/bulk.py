"""Whole tables of a PostgreSQL database, by COPY, in one transaction."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict

from modelry.storage.copying import AT_ONCE, CopyError, Source, Target
from modelry.storage.database import Conflict, Cursor, Gathering, Row, StorageError, Transaction
from modelry.storage.migrations import Schema
from modelry.storage.postgresql.dialect import translated
from modelry.storage.postgresql.place import check_place
from modelry.storage.postgresql.result import LostError
from modelry.storage.postgresql.store import MIGRATING, PostgresqlStore
from modelry.storage.predicates import Value
from modelry.storage.tables import Table

Raw: TypeAlias = "psycopg.Connection[Any]"

_TYPES = """
SELECT a.attname, a.atttypid FROM pg_attribute a WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0"""
_LIMITS = """
SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true),
set_config('lock_timeout', %s, true)"""
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s AND pid <> pg_backend_pid()"""


class Others(NamedTuple):
    """What else of this program is connected to a database."""

    sessions: int
    name: str
    """The `application_name` that they go by."""


class PostgresqlSide(Target):
    """A database, in a transaction."""

    dialect = "postgresql"

    def __init__(self, raw: Raw, name: str) -> None:
        """Over `raw`, which ends the transaction."""
        self._raw = raw
        self.name = name
        self.transaction = self.connection = _Transaction(raw)

    def rows(self, table: Table) -> Generator[list[Row], None, None]:
        """As declared."""
        sql = f'COPY (SELECT {_quoted(table)} FROM "{table.name}") TO STDOUT (FORMAT BINARY)'
        try:
            types = self._types(table)
            with self._raw.cursor() as cursor, cursor.copy(sql) as copy:
                copy.set_types(types)
                batch: list[Row] = []
                for row in copy.rows():
                    batch.append(row)
                    if len(batch) == AT_ONCE:
                        yield batch
                        batch = []
                yield batch
        except psycopg.Error as error:
            raise _failed(error, f"the table {table.name} of {self.name} cannot be read") from error

    def schema(self) -> Schema:
        """As declared."""
        return _Schema(self._raw)

    def fill(self, table: Table, rows: Iterable[list[Row]]) -> None:
        """As declared."""
        sql = f'COPY "{table.name}" ({_quoted(table)}) FROM STDIN (FORMAT BINARY)'
        try:
            types = self._types(table)
            with self._raw.cursor() as cursor, cursor.copy(sql) as copy:
                copy.set_types(types)
                for row in chain.from_iterable(rows):
                    copy.write_row(row)
        except (psycopg.Error, TypeError, ValueError) as error:  # the last two: SQLite keeps any type in any column
            raise _failed(error, f"the table {table.name} of {self.name} cannot be written") from error

    def _types(self, table: Table) -> list[int]:
        found = dict(self._raw.execute(_TYPES, (f'"{table.name}"',)).fetchall())
        return [found[column] for column in table.columns]


def _quoted(table: Table) -> str:
    return ", ".join(f'"{column}"' for column in table.columns)


class _Statements:
    """Psycopg's connection as families and migrations use one."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    def execute(self, sql: str, values: Sequence[Value] = (), /) -> Cursor:
        """Carry out a statement in SQLite's words."""
        cursor = psycopg.RawCursor(self._raw)
        try:
            cursor.execute(translated(sql).encode(), values or None)
        except psycopg.IntegrityError as error:
            foreign = isinstance(error, psycopg.errors.ForeignKeyViolation)
            raise Conflict("reference" if foreign else "unique") from error
        return _Found(cursor)

    @property
    def in_transaction(self) -> bool:
        """As declared: it lasts as long as the connection."""
        return True


class _Found:
    """What a statement has found; psycopg's cursor takes it for a mistake to ask one that finds nothing."""

    def __init__(self, cursor: "psycopg.RawCursor[Any]") -> None:
        self._cursor = cursor
        self.rowcount = cursor.rowcount

    def fetchone(self) -> Any:  # noqa: ANN401  as declared
        return self._cursor.fetchone() if self._cursor.description else None

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall() if self._cursor.description else []


class _Schema(Schema):
    """The schema, changed in a transaction that goes on."""

    dialect = "postgresql"

    def __init__(self, raw: Raw) -> None:
        self._statements = _Statements(raw)

    def has_table(self, name: str) -> bool:
        """As declared."""
        (found,) = self._statements.execute("SELECT to_regclass(?) IS NOT NULL", (name,)).fetchone()
        return bool(found)

    def execute(self, sql: str, values: Sequence[Value] = ()) -> Cursor:
        """As declared."""
        return self._statements.execute(sql, values)

    def alone(self) -> AbstractContextManager[None]:
        """As declared: the transaction has the lock."""
        return nullcontext()


class _Transaction(Transaction):
    """The transaction of a copy, for what is made anew within it."""

    dialect = "postgresql"

    def __init__(self, raw: Raw) -> None:
        super().__init__(_Statements(raw), _no_clock)

    def run(self, sql: str, *values: Value) -> int:
        """As declared."""
        return self._raw.execute(sql, values).rowcount

    def _add_all(self, into: Gathering, rows: list[tuple[Value, ...]]) -> None:
        """As declared."""
        for row in rows:
            self.run(into.statement, *row)

    def begin(self) -> None:
        """As declared: it has begun."""

    @property
    def active(self) -> bool:
        """As declared."""
        return True

    def commit(self) -> None:
        """As declared: whoever opened the connection does."""

    def roll_back(self) -> None:
        """As declared, likewise."""

    def savepoint(self) -> AbstractContextManager[None]:
        """As declared: what fails fails as a whole."""
        return nullcontext()


def _no_clock() -> int:
    raise AssertionError("what follows from other tables has no time of its own")


@contextmanager
def of_database(store: PostgresqlStore, *, alone: bool) -> Iterator[Source]:
    """One state of a database; if `alone`, nobody writes until this ends.

    Raises:
        StorageError: it cannot be reached, or a writer does not make way in time.
    """
    with _connected(store, "BEGIN ISOLATION LEVEL REPEATABLE READ") as raw:
        if alone:
            raw.execute("LOCK TABLE clock IN EXCLUSIVE MODE")  # before anything is read: what is seen is fixed then
            raw.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATING,))
        yield PostgresqlSide(raw, store.name)


@contextmanager
def into_database(store: PostgresqlStore) -> Iterator[Target]:
    """A database without a registry, which has all of one when this ends, or nothing.

    Raises:
        StorageError: it cannot be reached, or it does not take what it is given.
        SchemaError: it is no place for a registry.
    """
    with _connected(store, "BEGIN ISOLATION LEVEL READ COMMITTED") as raw:
        raw.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATING,))
        side = PostgresqlSide(raw, store.name)
        check_place(side.schema())
        yield side
        for name in side.tables():
            raw.execute(f'ANALYZE "{name}"'.encode())


def others(store: PostgresqlStore) -> Others:
    """The sessions of servers and commands that are connected now, also those that a pooler keeps.

    Raises:
        StorageError: the database cannot be reached.
    """
    name = str(conninfo_to_dict(store.options.conninfo).get("application_name", ""))
    with _connected(store, "BEGIN READ ONLY") as raw:
        (sessions,) = raw.execute(_OTHERS, (name,)).fetchall()[0]
        return Others(int(sessions), name)


@contextmanager
def _connected(store: PostgresqlStore, begin: str) -> Iterator[Raw]:
    """A connection with a transaction, which is committed if all goes well."""
    try:
        raw = psycopg.connect(store.options.conninfo, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise _failed(error, "no connection to the database") from error
    try:
        with raw:
            raw.execute(begin.encode())
            raw.execute(_LIMITS, (f"{store.options.timeout_s}s",))
            yield raw
            raw.execute("COMMIT")
    except psycopg.Error as error:
        raise _failed(error, f"{store.name} does not do it") from error


def _failed(error: Exception, what: str) -> StorageError | CopyError:
    text = f"{what}: {str(error).strip().partition(chr(10))[0]}"
    return LostError(text) if isinstance(error, psycopg.OperationalError) else CopyError(text)


def answering(store: PostgresqlStore) -> int | None:
    """The server's process that answers a connection; `None` if it is the one that took the connection.

    Raises:
        StorageError: the database cannot be reached.
    """
    with _connected(store, "BEGIN READ ONLY") as raw:
        (found,) = raw.execute("SELECT pg_backend_pid()").fetchall()[0]
        return int(found) if found != raw.info.backend_pid else None
