"""SQLite: one file in the data folder, for the processes of one machine.

Point reads run where they are called, on the event loop: an executor hop would cost more than the read. Everything
that may take long reads a snapshot in a thread.
"""

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from modelry.storage.database import Conflict, Connection, Found, Gathering, Key, StorageError, Transaction
from modelry.storage.migrations import Schema
from modelry.storage.predicates import Value
from modelry.storage.writer import Database, Outcome, Write

T = TypeVar("T")

FILE_NAME = "modelry.sqlite"
_LOCK_NAME = "writer.lock"
_READER_THREADS = 4
_WRITER_CACHE_KIB = 8192
"""Room for all pages that a large group changes; they would be put into the log one by one, and read from it again."""

_PRAGMAS = (
    "journal_mode = WAL",
    "foreign_keys = ON",
    "mmap_size = 2147483648",
    "wal_autocheckpoint = 8000",  # pages: a page changed in many groups is copied into the database once, not each time
    "journal_size_limit = 67108864",
)


def connect(path: Path, *, synchronous: str = "FULL") -> sqlite3.Connection:
    """A connection set up as every connection of this program is.

    `synchronous` is SQLite's: `FULL` puts each commit on disk, `NORMAL` may lose the last ones when the machine
    (not the process) dies.

    Raises:
        StorageError: the file cannot be opened, or it is no database.
    """
    try:
        raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=30)
        for pragma in (*_PRAGMAS, f"synchronous = {synchronous}"):
            raw.execute(f"PRAGMA {pragma}")
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be opened: {error}") from error
    return raw


class SqliteSchema(Schema):
    """The schema of a file."""

    dialect = "sqlite"

    def __init__(self, raw: sqlite3.Connection) -> None:
        """Look at it, and change it, over `raw`."""
        self.raw = raw

    def has_table(self, name: str) -> bool:
        """As declared."""
        sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self.raw.execute(sql, (name,)).fetchone() is not None

    def execute(self, sql: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        """As declared."""
        return self.raw.execute(sql, values)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """As declared: whoever writes holds the file."""
        self.raw.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.raw.execute("COMMIT")
        finally:
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK")


class SqliteTransaction(Transaction):
    """A transaction over the file; nobody else writes while it lasts."""

    _raw: sqlite3.Connection

    def run(self, sql: str, *values: Value) -> int:
        """As declared."""
        self._settle(sql)
        try:
            touched = self._raw.execute(sql, values).rowcount
        except sqlite3.IntegrityError as error:  # which undoes the statement alone
            raise _conflict(error) from error
        self._wrote = True
        return touched

    def begin(self) -> None:
        """As declared."""
        self._raw.execute("BEGIN IMMEDIATE")
        row = self.one("SELECT last_us FROM clock")
        self._begun(row[0] if row else 0)

    @property
    def active(self) -> bool:
        """As declared: SQLite undoes a group by itself when the disk is full."""
        return self._raw.in_transaction and not self.must_be_careful

    def commit(self) -> None:
        """As declared."""
        self.settle()
        self._raw.execute("UPDATE clock SET last_us = ?", (self._last_us,))
        self._raw.execute("COMMIT")
        self._committed()

    def roll_back(self) -> None:
        """As declared."""
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    def _add_all(self, into: Gathering, rows: list[tuple[Value, ...]]) -> None:
        """As declared."""
        self._wrote = True
        try:
            self._raw.executemany(into.statement, rows)
        except sqlite3.IntegrityError as error:
            raise _conflict(error) from error

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """As declared; it costs a copy of every page that the request changes."""
        self._wrote = False
        if self.careful:
            self._raw.execute("SAVEPOINT request")
        try:
            with self._undoing():
                yield
        except BaseException:
            if self.careful and self._raw.in_transaction:
                self._raw.execute("ROLLBACK TO request")
                self._raw.execute("RELEASE request")
            elif self._wrote and self._raw.in_transaction:
                self._has_to_undo()
            raise
        if self.careful:
            self._raw.execute("RELEASE request")


def _conflict(error: sqlite3.IntegrityError) -> Conflict:
    """What it means to a store that a constraint does not hold."""
    return Conflict("reference" if "FOREIGN KEY" in str(error) else "unique")


def _clock_us() -> int:
    return time.time_ns() // 1000


class SqliteDatabase(Database):
    """One database file, as one process uses it."""

    def __init__(self, folder: Path, *, synchronous: str = "FULL", clock_us: Callable[[], int] = _clock_us) -> None:
        """Open the database of a data folder; its schema is up to date already."""
        super().__init__(_READER_THREADS)
        self._path = folder / FILE_NAME
        self._synchronous = synchronous
        self._clock_us = clock_us
        self._points = Connection(connect(self._path))
        self._local = threading.local()
        self._lock_fd = _lock_file(folder)
        self._writer.start()

    def find(self, keys: tuple[Key, ...]) -> Found:
        """As declared, in place."""
        return Found(tuple(map(self._points.find, keys)), None)

    def close(self) -> None:
        """As declared."""
        super().close()
        os.close(self._lock_fd)

    def _in_snapshot(self, work: Callable[[Connection], T]) -> T:
        raw: sqlite3.Connection | None = getattr(self._local, "raw", None)
        if raw is None:
            raw = self._local.raw = connect(self._path)
        connection = Connection(raw)
        with connection.snapshot():
            return work(connection)

    def _transaction(self) -> Transaction:
        raw = connect(self._path, synchronous=self._synchronous)
        raw.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KIB}")
        return SqliteTransaction(raw, self._clock_us)

    def _write_group(self, transaction: Transaction, write: Write[Any]) -> list[Outcome]:
        """As declared."""
        assert isinstance(transaction, SqliteTransaction)  # noqa: S101  made above
        writes = [write]
        with _locked(self._lock_fd):
            try:
                while (outcomes := self._kept(transaction, writes)) is None:
                    pass
            except (sqlite3.Error, Conflict) as fault:  # a full disk, a lost file: nothing of the group is there
                transaction.roll_back()
                return [Outcome(each, None, StorageError(str(fault))) for each in writes]
        return outcomes

    def _kept(self, transaction: SqliteTransaction, writes: list[Write[Any]]) -> list[Outcome] | None:
        """What has become of a group, once it is committed; `None` if it was undone, to be written with savepoints.

        Raises:
            sqlite3.Error: it cannot be committed.
            Conflict: rows that were gathered clash.
        """
        outcomes: list[Outcome] = []
        transaction.begin()
        for outcome in self._carried_out(transaction, writes):
            outcomes.append(outcome)
            if not transaction.active:
                if not transaction.must_be_careful:
                    message = "the database has undone the whole group"
                    raise sqlite3.OperationalError(message) from outcome.fault
                transaction.roll_back()
                return None
        transaction.commit()
        return outcomes


def write_alone(folder: Path, work: Callable[[Transaction], T], clock_us: Callable[[], int] = _clock_us) -> T:
    """Run one transaction without an event loop, beside running servers if there are any."""
    raw = connect(folder / FILE_NAME)
    lock_fd = _lock_file(folder)
    transaction = SqliteTransaction(raw, clock_us)
    try:
        with _locked(lock_fd):
            transaction.begin()
            try:
                result = work(transaction)
                transaction.commit()
            finally:
                transaction.roll_back()
        return result
    finally:
        raw.close()
        os.close(lock_fd)


def _lock_file(folder: Path) -> int:
    return os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextlib.contextmanager
def _locked(fd: int) -> Iterator[None]:
    """Wait in turn for the other processes: SQLite's own waiting polls, and starves some."""
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)
