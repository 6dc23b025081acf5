"""Where the lists of `benchmarks.search` are answered from: a SQLite file, or the same registry in PostgreSQL."""

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from modelry import families
from modelry.bench.postgresql import Server
from modelry.server.moving import filling
from modelry.settings import Settings
from modelry.storage import migrations
from modelry.storage.copying import Progress
from modelry.storage.database import Connection, Row
from modelry.storage.instance import instance
from modelry.storage.memory import Memory
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.postgresql.transaction import PostgresqlConnection
from modelry.storage.predicates import Value
from modelry.storage.sqlite import FILE_NAME, SqliteSchema, connect
from modelry.storage.stores import store_of

_PATIENCE_S = 600


class Place(ABC):
    """A registry that lists are asked of."""

    statements = 0
    """That were read with so far."""

    @contextmanager
    def snapshot(self, memory: Memory) -> Iterator[Connection]:
        """A state of the registry, with what is remembered of lists."""
        connection = self._connection()
        connection.memory = memory
        with connection.snapshot():
            yield connection

    @abstractmethod
    def _connection(self) -> Connection:
        """One for a snapshot."""

    @abstractmethod
    def cpu_s(self) -> float:
        """User and system time so far, of this process and of what answers it."""


class InSqlite(Place):
    """In a file."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        raw.set_trace_callback(self._saw)

    def _saw(self, sql: str) -> None:
        self.statements += sql.startswith("SELECT")

    def _connection(self) -> Connection:
        return Connection(self._raw)

    def cpu_s(self) -> float:
        """As declared."""
        return time.process_time()


class InPostgresql(Place):
    """In a database on this machine."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._times = Path(f"/proc/{session.pgconn.backend_pid}/schedstat")

    def _connection(self) -> Connection:
        return _Counting(self._session, self._read)

    def _read(self) -> None:
        self.statements += 1

    def cpu_s(self) -> float:
        """As declared."""
        return time.process_time() + int(self._times.read_text().split()[0]) / 1e9


class _Counting(PostgresqlConnection):
    def __init__(self, session: Session, read: Callable[[], None]) -> None:
        super().__init__(session)
        self._read = read

    def one(self, sql: str, *values: Value) -> Row | None:
        self._read()
        return super().one(sql, *values)

    def all(self, sql: str, *values: Value) -> list[Row]:
        self._read()
        return super().all(sql, *values)

    def ahead(self, sql: str, *values: Value) -> Callable[[], Row | None]:
        self._read()
        return super().ahead(sql, *values)

    def last(self, sql: str, *values: Value) -> list[Row]:
        self._read()
        return super().last(sql, *values)


@contextmanager
def in_sqlite(folder: Path) -> Iterator[Place]:
    """The registry of a folder."""
    with closing(connect(folder / FILE_NAME)) as raw:
        yield InSqlite(raw)


@contextmanager
def in_postgresql(server: Server, folder: Path, tell: Progress) -> Iterator[Place]:
    """The registry of a folder, in a database of the folder's name, which is kept."""
    name = folder.name.replace("-", "_")
    if not server.has(name):
        _fill(server, name, folder, tell)
    session = Session(Options(server.of(name), prepared=True, timeout_s=_PATIENCE_S))
    try:
        yield InPostgresql(session)
    finally:
        session.close()


def _fill(server: Server, name: str, folder: Path, tell: Progress) -> None:
    with closing(connect(folder / FILE_NAME)) as raw:  # it may be of an older program
        migrations.apply(SqliteSchema(raw), families.migrations("sqlite"))
        if instance(Connection(raw)) is None:
            raw.execute("INSERT INTO instance SELECT 1, account_id, 'cn-hangzhou' FROM workspaces LIMIT 1")
    unfinished = f"{name}_unfinished"
    server.drop(unfinished)
    server.create(unfinished)
    store = store_of(Settings(database=server.of(unfinished), database_timeout_s=_PATIENCE_S))
    filling(store)(folder / FILE_NAME, tell)
    server.ready(unfinished)
    server.rename(unfinished, name)
