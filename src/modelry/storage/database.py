"""What a database is here: reads of one snapshot, transactions, and the one writer of a process.

`storage.sqlite` and `storage.postgresql` are the two there are; a family's store knows only what is in this file. All
writes of a process go through one thread, which runs every request in a savepoint of its own and commits whatever has
gathered meanwhile as one group; nobody is answered before the commit is on disk. Over all processes one group is
written at a time, so a transaction sees everything that was committed before it, and nobody writes beside it.
"""

import asyncio
import contextlib
import functools
import queue
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from modelry.storage.memory import Memory
from modelry.storage.predicates import Value

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]
Dialect: TypeAlias = Literal["sqlite", "postgresql"]
Check: TypeAlias = Callable[[], None]
"""Raises if something that was asked for has turned out not to be so."""

_GROUP_MAX = 128
"""Requests that one commit acknowledges at most: bounds how long the first of a group waits."""


class Conflict(Exception):  # noqa: N818  a clash of data, which the caller turns into an answer
    """A row clashes with another one (`unique`), or with one that refers to it or that it refers to (`reference`)."""

    def __init__(self, kind: Literal["unique", "reference"]) -> None:
        """Say which."""
        self.kind = kind
        super().__init__(kind)


class StorageError(Exception):
    """The database could not do what it was asked to: a full disk, a lost connection. Nothing of it was kept."""

    uncertain: ClassVar[bool] = False
    """Whether it may have been kept all the same."""


class Lookup(NamedTuple):
    """A statement that finds one row by its key, for reads that are data: see `handling.PointRead`."""

    sql: str


class Key(NamedTuple):
    """One row that a read needs."""

    lookup: Lookup
    values: tuple[Value, ...]


class Found(NamedTuple):
    """The rows of some keys."""

    rows: tuple[Row | None, ...]
    generation: int | None
    """What `Watch` said no earlier than the rows were read; `None` where the machine's own counter tells."""


class Cursor(Protocol):
    """What a statement has found or done."""

    @property
    def rowcount(self) -> int:
        """Rows that it touched."""

    def fetchone(self) -> Any:  # noqa: ANN401  a row, or `None`
        """The next row."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""


class Raw(Protocol):
    """A driver's connection; sqlite3's own is one."""

    def execute(self, sql: str, parameters: Sequence[Value] = ..., /) -> Cursor:
        """Carry out one statement."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""


class Connection:
    """Reads of one snapshot."""

    dialect: Dialect = "sqlite"
    memory: Memory | None = None
    """What is remembered of lists; a transaction remembers nothing, as what it sees may be undone."""
    _begin = "BEGIN"

    def __init__(self, raw: Raw) -> None:
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
        self._raw.execute(self._begin)
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


class Gathering(NamedTuple):
    """Where rows go that may be written together, and how."""

    table: str
    columns: tuple[str, ...]
    types: tuple[str | None, ...] = ()
    """What PostgreSQL has to be told of a column that is no number, text or bytes."""
    ending: str = ""
    """Of the statement: what to do with a row that is there."""
    fold: Callable[[list[tuple[Value, ...]]], list[tuple[Value, ...]]] | None = None
    """Makes few rows of many."""

    @property
    def statement(self) -> str:
        """The one that writes a row."""
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES ({marks}) {self.ending}"


_NAME = re.compile("[a-z_]+")


@functools.lru_cache(maxsize=4096)
def _names(sql: str) -> frozenset[str]:
    """Every name in a statement, those of its tables among them."""
    return frozenset(_NAME.findall(sql))


class Transaction(Connection, ABC):
    """Reads and writes that are committed together."""

    def __init__(self, raw: Raw, clock_us: Callable[[], int]) -> None:
        """Write over `raw`; times come from `clock_us`, microseconds since the epoch."""
        super().__init__(raw)
        self._clock_us = clock_us
        self._last_us = 0
        self._after_commit: list[Callable[[], None]] = []
        self.changes: list[Change] = []
        """What the request at hand has changed so far."""
        self._gathered: dict[Gathering, list[tuple[Value, ...]]] = {}
        self._settled: dict[Gathering, list[tuple[Value, ...]]] = {}
        """What was gathered before the request at hand, or in it, and was written in it."""
        self.known: dict[str, Any] = {}
        """What has been read and holds until somebody takes it out: a savepoint that is undone takes out all."""

    def changed(self, resource: str, before: bytes | None, after: bytes | None) -> None:
        """Note what a statement has just changed; every store does so beside the statement."""
        self.changes.append(Change(resource, before, after))

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have `call` run, in the writer's thread, once the group is on disk and before anybody is answered."""
        self._after_commit.append(call)

    def tick(self) -> int:
        """The time now in microseconds since the epoch, later than any that was given out before.

        So times are unique and follow the order of commits, also when the clock is set back.
        """
        self._last_us = max(self._last_us + 1, self._clock_us())
        return self._last_us

    @abstractmethod
    def run(self, sql: str, *values: Value) -> int:
        """Carry out a statement; how many rows it touched.

        Raises:
            Conflict: a constraint of the schema does not allow it.
        """

    def later(self, sql: str, *values: Value) -> Callable[[], int]:
        """Carry out a statement that nothing can keep from succeeding; ask what is answered how many rows it touched.

        A database that is far away may be told of it together with the next one; it is in its place in the order all
        the same.
        """
        touched = self.run(sql, *values)
        return lambda: touched

    def one(self, sql: str, *values: Value) -> Row | None:
        """As declared, after what was gathered for the tables that it names."""
        self._settle(sql)
        return super().one(sql, *values)

    def all(self, sql: str, *values: Value) -> list[Row]:
        """As `one`."""
        self._settle(sql)
        return super().all(sql, *values)

    def find(self, key: Key) -> Row | None:
        """As `one`."""
        self._settle(key.lookup.sql)
        return super().find(key)

    def gather(self, into: Gathering, *row: Value) -> None:
        """Add a row, which clashes with nothing, together with others.

        That is before the next statement that names the table, at the latest before the commit.
        """
        self._gathered.setdefault(into, []).append(row)

    def settle(self) -> None:
        """Have everything that was gathered in its table."""
        for into in list(self._gathered):
            self._settle_one(into)

    def _settle(self, sql: str) -> None:
        """Have everything that was gathered for the tables of a statement there before it."""
        if self._gathered:
            names = _names(sql)
            for into in [into for into in self._gathered if into.table in names]:
                self._settle_one(into)

    def _settle_one(self, into: Gathering) -> None:
        rows = self._gathered.pop(into)
        if rows:
            self._settled.setdefault(into, rows)
            self._add_all(into, into.fold(rows) if into.fold else rows)

    @abstractmethod
    def _add_all(self, into: Gathering, rows: list[tuple[Value, ...]]) -> None:
        """Write rows."""

    @abstractmethod
    def begin(self) -> None:
        """Start a group: nobody else writes until it ends."""

    @property
    @abstractmethod
    def active(self) -> bool:
        """Whether the group is still open: a database may have undone it by itself."""

    @abstractmethod
    def commit(self) -> None:
        """End a group; what it wrote is on disk when this returns."""

    @abstractmethod
    def roll_back(self) -> None:
        """Undo a group that is still open."""

    @abstractmethod
    def savepoint(self) -> contextlib.AbstractContextManager[None]:
        """Undo what is done inside when it raises."""

    def _begun(self, last_us: int) -> None:
        """A group has been started, after one that ended at `last_us`."""
        self._after_commit.clear()
        self.changes = []
        self.known.clear()
        self._gathered.clear()
        self._last_us = max(self._last_us, last_us)

    @contextlib.contextmanager
    def _undoing(self) -> Iterator[None]:
        """Undo what is not in the database yet when the request inside raises."""
        self.changes = []
        self._settled.clear()
        before = {into: len(rows) for into, rows in self._gathered.items()}
        called = len(self._after_commit)
        try:
            yield
        except BaseException:
            self.known.clear()
            # What others had gathered, and this request has had written, is undone with it: it is to be written again.
            gathered = {**self._gathered, **self._settled}
            self._gathered = {into: rows[: before.get(into, 0)] for into, rows in gathered.items()}
            del self._after_commit[called:]
            raise

    def _committed(self) -> None:
        for call in self._after_commit:
            call()


First: TypeAlias = Callable[[Transaction], Check | None]
"""What is done before the work of a request and stays whatever becomes of it; it may answer what is to be checked."""


class Write(NamedTuple, Generic[T]):
    """One request in the writer's queue."""

    first: First | None
    work: Callable[[Transaction], T]
    refused: Callable[[Transaction, Exception], None] | None
    answer: "asyncio.Future[T]"


class Outcome(NamedTuple):
    """What became of a write, told to its caller after the commit."""

    write: Write[Any]
    result: Any
    fault: Exception | None


class Database(ABC):
    """A database, as one process uses it from its event loop."""

    def __init__(self, readers: int) -> None:
        """Start the writer, and have room for `readers` threads that read."""
        self._readers = ThreadPoolExecutor(readers, "reader")
        self._queue: queue.SimpleQueue[Write[Any] | None] = queue.SimpleQueue()
        self._memory = Memory()
        self._writer = threading.Thread(target=self._write_groups, name="writer", daemon=True)

    @abstractmethod
    def find(self, keys: tuple[Key, ...]) -> Found | Awaitable[Found]:
        """The rows of some keys, at once where that is cheaper than waiting.

        Raises:
            StorageError: they cannot be read.
        """

    @abstractmethod
    def _in_snapshot(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one snapshot, in this thread."""

    @abstractmethod
    def _transaction(self) -> Transaction:
        """What the writer writes with, made in its thread."""

    @abstractmethod
    def _write_group(self, transaction: Transaction, write: Write[Any]) -> list[Outcome]:
        """Carry out `write` and what has queued up behind it, and put it on disk."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a thread, on one snapshot."""

        def remembering(snapshot: Connection) -> T:
            snapshot.memory = self._memory
            return work(snapshot)

        return await asyncio.get_running_loop().run_in_executor(self._readers, self._in_snapshot, remembering)

    def write(
        self,
        work: Callable[[Transaction], T],
        first: First | None = None,
        refused: Callable[[Transaction, Exception], None] | None = None,
    ) -> "asyncio.Future[T]":
        """Run `work` in the writer; resolves when it is on disk.

        `first` runs before, and what it writes stays when `work` refuses. Whatever `first` or `work`
        raises undoes `work` alone, is handed to `refused`, whose writes stay too, and reaches the caller; a failing
        commit fails every request of its group. All three may be run again when nothing of them was kept.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put(Write(first, work, refused, answer))
        return answer

    def waiting(self) -> int:
        """Writes that have not been started."""
        return self._queue.qsize()

    def close(self) -> None:
        """Finish the writes that were accepted, then let go."""
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown()

    def _write_groups(self) -> None:
        transaction = self._transaction()
        while (write := self._queue.get()) is not None:
            outcomes = self._write_group(transaction, write)
            write.answer.get_loop().call_soon_threadsafe(_settle, outcomes)

    def _carried_out(self, transaction: Transaction, writes: list[Write[Any]]) -> Iterator[Outcome]:
        """Carry out `writes`, to which what queues up meanwhile is added until there is enough for one commit."""
        done = 0
        while done < len(writes):
            yield carried_out(transaction, writes[done])
            done += 1
            if done == len(writes) < _GROUP_MAX:
                writes += filter(None, (self._following(),))

    def _waiting_now(self) -> list[Write[Any]]:
        """Take everything out of the queue."""
        return list(iter(self._following, None))

    def _following(self) -> Write[Any] | None:
        try:
            write = self._queue.get_nowait()
        except queue.Empty:
            return None
        if write is None:
            self._queue.put(None)  # the end comes after this group
        return write


def carried_out(transaction: Transaction, write: Write[Any]) -> Outcome:
    """What a request comes to within a group."""
    check: Check | None = None
    try:
        if write.first is not None:
            check = write.first(transaction)
        with transaction.savepoint():
            return Outcome(write, _checked(transaction, write, check), None)
    except Exception as fault:  # noqa: BLE001  handed to the caller, where the pipeline logs it
        return Outcome(write, None, _told(transaction, write, fault))


def _checked(transaction: Transaction, write: Write[Any], check: Check | None) -> Any:  # noqa: ANN401  what the work answers
    """The work's answer. What `first` asked for is known by then, and what that raises comes before the work's own."""
    try:
        result = write.work(transaction)
    except Exception:
        if check is not None and transaction.active:
            check()
        raise
    if check is not None:
        check()
    return result


def _told(transaction: Transaction, write: Write[Any], fault: Exception) -> Exception:
    """The fault that a write ended with, once it is written down; what goes wrong with that takes its place."""
    if write.refused is None or not transaction.active:
        return fault
    try:
        with transaction.savepoint():
            write.refused(transaction, fault)
    except Exception as another:  # noqa: BLE001  as above
        return another
    return fault


def _settle(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        answer = outcome.write.answer
        if answer.cancelled():
            continue
        if outcome.fault is None:
            answer.set_result(outcome.result)
        else:
            answer.set_exception(outcome.fault)


def assignments(columns: Sequence[str]) -> str:
    """`a = ?, b = ?` for an UPDATE."""
    return ", ".join(f"{column} = ?" for column in columns)
