"""The database: connections, snapshots and the one writer. The only file that knows it is SQLite.

Point reads run where they are called, on the event loop: an executor hop would cost more than the read. Everything
that may take long reads a snapshot in a thread. All writes go through one thread, which runs every request in a
savepoint of its own and commits whatever has gathered meanwhile as one group; nobody is answered before the commit is
on disk.
"""

import asyncio
import contextlib
import fcntl
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from modelry.storage.predicates import Value

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]

FILE_NAME = "modelry.sqlite"
_LOCK_NAME = "writer.lock"
_GROUP_MAX = 128
"""Requests that one commit acknowledges at most: bounds how long the first of a group waits."""

_READER_THREADS = 4

_PRAGMAS = (
    "journal_mode = WAL",
    "foreign_keys = ON",
    "mmap_size = 2147483648",
    "wal_autocheckpoint = 8000",  # pages: a page changed in many groups is copied into the database once, not each time
    "journal_size_limit = 67108864",
)


class Conflict(Exception):  # noqa: N818  a clash of data, which the caller turns into an answer
    """A row clashes with another one (`unique`), or with one that refers to it or that it refers to (`reference`)."""

    def __init__(self, kind: Literal["unique", "reference"]) -> None:
        """Say which."""
        self.kind = kind
        super().__init__(kind)


class StorageError(Exception):
    """The database could not do what it was asked to (a full disk, a lost file); nothing of it was kept."""


class Lookup(NamedTuple):
    """A statement that finds one row by its key, for reads that are data: see `handling.PointRead`."""

    sql: str


class Key(NamedTuple):
    """One row that a read needs."""

    lookup: Lookup
    values: tuple[Value, ...]


class Connection:
    """Reads of one snapshot."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        """Read over `raw`, which is in a transaction or reads one statement at a time."""
        self._raw = raw

    def one(self, sql: str, *values: Value) -> Row | None:
        """The first row, or `None`."""
        row: Row | None = self._raw.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: Value) -> list[Row]:
        """Every row."""
        return self._raw.execute(sql, values).fetchall()

    def count(self, where: str, *values: Value) -> int:
        """How many rows `FROM ... WHERE ...` has."""
        row = self.one(f"SELECT count(*) {where}", *values)
        return 0 if row is None else int(row[0])

    def find(self, key: Key) -> Row | None:
        """The row of a key."""
        row: Row | None = self._raw.execute(key.lookup.sql, key.values).fetchone()
        return row

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Have all reads inside see one state of the data."""
        if self._raw.in_transaction:
            yield
            return
        self._raw.execute("BEGIN")
        try:
            yield
        finally:
            self._raw.execute("COMMIT")


class Change(NamedTuple):
    """One thing that a request has made, changed or removed, for whoever keeps account of it."""

    resource: str
    """What it is, as the end of its ARN: `model/model-1`, `user/alice`."""

    before: bytes | None
    """A JSON object without secrets; `None` for what was made."""

    after: bytes | None
    """A JSON object without secrets; `None` for what was removed."""


class Transaction(Connection):
    """Reads and writes that are committed together."""

    def __init__(self, raw: sqlite3.Connection, clock_us: Callable[[], int]) -> None:
        """Write over `raw`; times come from `clock_us`, microseconds since the epoch."""
        super().__init__(raw)
        self._clock_us = clock_us
        self._last_us = 0
        self._after_commit: list[Callable[[], None]] = []
        self.changes: list[Change] = []
        """What the request at hand has changed so far."""

    def changed(self, resource: str, before: bytes | None, after: bytes | None) -> None:
        """Note what a statement has just changed; every store does so beside the statement."""
        self.changes.append(Change(resource, before, after))

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have `call` run, in the writer's thread, once the group is on disk and before anybody is answered."""
        self._after_commit.append(call)

    def run(self, sql: str, *values: Value) -> int:
        """Carry out a statement; how many rows it touched.

        Raises:
            Conflict: a constraint of the schema does not allow it.
        """
        try:
            return self._raw.execute(sql, values).rowcount
        except sqlite3.IntegrityError as error:
            kind: Literal["unique", "reference"] = "reference" if "FOREIGN KEY" in str(error) else "unique"
            raise Conflict(kind) from error

    def tick(self) -> int:
        """The time now in microseconds since the epoch, later than any that was given out before.

        So times are unique and follow the order of commits, also when the clock is set back.
        """
        self._last_us = max(self._last_us + 1, self._clock_us())
        return self._last_us

    def begin(self) -> None:
        """Start a group: nobody else writes until it ends."""
        self._after_commit.clear()
        self.changes = []
        self._raw.execute("BEGIN IMMEDIATE")
        row = self.one("SELECT last_us FROM clock")
        self._last_us = max(self._last_us, row[0] if row else 0)

    @property
    def active(self) -> bool:
        """Whether the group is still open: SQLite undoes it by itself when the disk is full."""
        return self._raw.in_transaction

    def commit(self) -> None:
        """End a group; what it wrote is on disk when this returns."""
        self._raw.execute("UPDATE clock SET last_us = ?", (self._last_us,))
        self._raw.execute("COMMIT")
        for call in self._after_commit:
            call()

    def roll_back(self) -> None:
        """Undo a group that is still open."""
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside when it raises."""
        self.changes = []
        self._raw.execute("SAVEPOINT request")
        try:
            yield
        except BaseException:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK TO request")
                self._raw.execute("RELEASE request")
            raise
        self._raw.execute("RELEASE request")


class _Write(NamedTuple, Generic[T]):
    """One request in the writer's queue."""

    first: Callable[[Transaction], None] | None
    work: Callable[[Transaction], T]
    refused: Callable[[Transaction, Exception], None] | None
    answer: "asyncio.Future[T]"


class _Outcome(NamedTuple):
    """What became of a write, told to its caller after the commit."""

    write: _Write[Any]
    result: Any
    fault: Exception | None


def assignments(columns: Sequence[str]) -> str:
    """`a = ?, b = ?` for an UPDATE."""
    return ", ".join(f"{column} = ?" for column in columns)


def _clock_us() -> int:
    return time.time_ns() // 1000


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


class Database:
    """One database file, as one process uses it."""

    def __init__(self, folder: Path, *, synchronous: str = "FULL", clock_us: Callable[[], int] = _clock_us) -> None:
        """Open the database of a data folder; its schema is up to date already."""
        self._path = folder / FILE_NAME
        self._synchronous = synchronous
        self.points = Connection(connect(self._path))
        """Reads of one statement each, on the event loop."""
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(_READER_THREADS, "reader")
        self._queue: queue.SimpleQueue[_Write[Any] | None] = queue.SimpleQueue()
        self._lock_fd = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._writer = threading.Thread(target=self._write_groups, args=(clock_us,), name="writer", daemon=True)
        self._writer.start()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a thread, on one snapshot."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._in_snapshot, work)

    def write(
        self,
        work: Callable[[Transaction], T],
        first: Callable[[Transaction], None] | None = None,
        refused: Callable[[Transaction, Exception], None] | None = None,
    ) -> "asyncio.Future[T]":
        """Run `work` in the writer; resolves when it is on disk.

        `first` runs before, and what it writes stays when `work` refuses. Whatever `first` or `work`
        raises undoes `work` alone, is handed to `refused`, whose writes stay too, and reaches the caller; a failing
        commit fails every request of its group.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put(_Write(first, work, refused, answer))
        return answer

    def waiting(self) -> int:
        """Writes that have not been started."""
        return self._queue.qsize()

    def close(self) -> None:
        """Finish the writes that were accepted, then let go of the file."""
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown()
        os.close(self._lock_fd)

    def _in_snapshot(self, work: Callable[[Connection], T]) -> T:
        raw: sqlite3.Connection | None = getattr(self._local, "raw", None)
        if raw is None:
            raw = self._local.raw = connect(self._path)
        connection = Connection(raw)
        with connection.snapshot():
            return work(connection)

    def _write_groups(self, clock_us: Callable[[], int]) -> None:
        transaction = Transaction(connect(self._path, synchronous=self._synchronous), clock_us)
        while (write := self._queue.get()) is not None:
            with _locked(self._lock_fd):
                outcomes = self._write_group(transaction, write)
            write.answer.get_loop().call_soon_threadsafe(_settle, outcomes)

    def _write_group(self, transaction: Transaction, write: _Write[Any]) -> list[_Outcome]:
        """Carry out `write` and what has queued up behind it, and put it on disk."""
        outcomes: list[_Outcome] = []
        following: _Write[Any] | None = write
        try:
            transaction.begin()
            while following is not None:
                write = following
                outcomes.append(_carried_out(transaction, write))
                if not transaction.active:
                    message = "the database has undone the whole group"
                    raise sqlite3.OperationalError(message) from outcomes[-1].fault
                following = self._following() if len(outcomes) < _GROUP_MAX else None
            transaction.commit()
        except sqlite3.Error as fault:  # a full disk, a lost file: nothing of the group is there
            transaction.roll_back()
            begun = [outcome.write for outcome in outcomes] or [write]
            return [_Outcome(w, None, StorageError(str(fault))) for w in begun]
        return outcomes

    def _following(self) -> _Write[Any] | None:
        try:
            write = self._queue.get_nowait()
        except queue.Empty:
            return None
        if write is None:
            self._queue.put(None)  # the end comes after this group
        return write


def write_alone(folder: Path, work: Callable[[Transaction], T], clock_us: Callable[[], int] = _clock_us) -> T:
    """Run one transaction without an event loop, beside running servers if there are any."""
    raw = connect(folder / FILE_NAME)
    lock_fd = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    transaction = Transaction(raw, clock_us)
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


@contextlib.contextmanager
def _locked(fd: int) -> Iterator[None]:
    """Wait in turn for the other processes: SQLite's own waiting polls, and starves some."""
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)


def _carried_out(transaction: Transaction, write: _Write[Any]) -> _Outcome:
    try:
        if write.first is not None:
            write.first(transaction)
        with transaction.savepoint():
            return _Outcome(write, write.work(transaction), None)
    except Exception as fault:  # noqa: BLE001  handed to the caller, where the pipeline logs it
        return _Outcome(write, None, _told(transaction, write, fault))


def _told(transaction: Transaction, write: _Write[Any], fault: Exception) -> Exception:
    """The fault that a write ended with, once it is written down; what goes wrong with that takes its place."""
    if write.refused is None or not transaction.active:
        return fault
    try:
        with transaction.savepoint():
            write.refused(transaction, fault)
    except Exception as another:  # noqa: BLE001  as above
        return another
    return fault


def _settle(outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        answer = outcome.write.answer
        if answer.cancelled():
            continue
        if outcome.fault is None:
            answer.set_result(outcome.result)
        else:
            answer.set_exception(outcome.fault)
