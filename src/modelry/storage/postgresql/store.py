"""A PostgreSQL database as the place of a registry."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from modelry.settings import without_password
from modelry.storage.database import Connection, StorageError, Transaction
from modelry.storage.migrations import Schema
from modelry.storage.postgresql.database import PostgresqlDatabase
from modelry.storage.postgresql.place import is_registry
from modelry.storage.postgresql.result import Result
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.postgresql.transaction import PostgresqlConnection, PostgresqlTransaction
from modelry.storage.predicates import Value
from modelry.storage.store import Store
from modelry.storage.writer import Database

T = TypeVar("T")

MIGRATING = 0x6D6F64656C7279
"""The advisory lock of whoever changes the schema: `modelry` in ASCII."""


class PostgresqlSchema(Schema):
    """The schema of a database."""

    dialect = "postgresql"

    def __init__(self, session: Session) -> None:
        """Look at it, and change it, over `session`."""
        self._session = session

    def has_table(self, name: str) -> bool:
        """As declared."""
        row = self._session.execute("SELECT to_regclass(?) IS NOT NULL", (name,)).fetchone()
        return row is not None and bool(row[0])

    def execute(self, sql: str, values: Sequence[Value] = ()) -> Result:
        """As declared."""
        return self._session.execute(sql, values)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """As declared, over all servers."""
        self._session.begin("BEGIN")
        try:
            self._session.execute("SELECT set_config('statement_timeout', '0', true)")
            self._session.execute("SELECT set_config('lock_timeout', '0', true)")
            self._session.execute("SELECT pg_advisory_xact_lock(?)", (MIGRATING,))
            yield
        except BaseException:
            if not self._session.lost:
                self._session.end("ROLLBACK")
            raise
        self._session.end("COMMIT")


class PostgresqlStore(Store):
    """One database, of one server or of several that replicate each other."""

    dialect = "postgresql"

    def __init__(self, url: str, *, prepared: bool, timeout_s: int) -> None:
        """Nothing is opened yet.

        Raises:
            StorageError: libpq cannot read the URL.
        """
        self._url = url
        self.options = Options(_conninfo(url, timeout_s), prepared, timeout_s)

    @property
    def name(self) -> str:
        """As declared."""
        return without_password(self._url) or ""

    def exists(self) -> bool:
        """As declared."""
        with self.schema() as schema:
            return is_registry(schema)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """As declared."""
        with _session(self.options) as session:
            yield PostgresqlConnection(session)

    @contextmanager
    def schema(self) -> Iterator[Schema]:
        """As declared."""
        with _session(self.options._replace(prepared=False)) as session:
            yield PostgresqlSchema(session)

    def write_alone(self, work: Callable[[Transaction], T]) -> T:
        """As declared."""
        transaction = PostgresqlTransaction(self.options, _clock_us)
        try:
            transaction.begin()
            result = work(transaction)
            transaction.commit()
        finally:
            transaction.close()
        return result

    def open(self, watch: str) -> Database:
        """As declared."""
        return PostgresqlDatabase(self.options, watch, _clock_us)


@contextmanager
def _session(options: Options) -> Iterator[Session]:
    session = Session(options)
    try:
        yield session
    finally:
        session.close()


def _conninfo(url: str, timeout_s: int) -> str:
    """The URL with what it leaves open: among several hosts the one that can be written to is meant."""
    settings: dict[str, str | int] = {
        "application_name": "modelry",
        "connect_timeout": max(2, min(timeout_s, 10)),
        "target_session_attrs": "read-write",
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": timeout_s * 1000,
    }
    try:
        given = conninfo_to_dict(url)
        left_open = {name: value for name, value in settings.items() if name not in given}
        if not all(port.isdecimal() for port in str(given.get("port") or "0").split(",") if port):
            raise StorageError(
                "the database's URL cannot be read: write a / in a password as %2F"
            )  # libpq would show it
        return make_conninfo(url, **left_open, client_encoding="UTF8")
    except psycopg.Error as error:
        raise StorageError("the database's URL cannot be read") from error


def _clock_us() -> int:
    return time.time_ns() // 1000
