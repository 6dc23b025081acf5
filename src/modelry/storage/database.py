"""What a database is to the stores of families: reads of one snapshot, and transactions.

`storage.sqlite` and `storage.postgresql` are the two there are; `storage.writer` has what a process needs of both.
Over all processes one transaction is written at a time, so it sees everything that was committed before it.
"""

import contextlib
import functools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from modelry.storage.memory import Memory
from modelry.storage.predicates import Value

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]
Dialect: TypeAlias = Literal["sqlite", "postgresql"]
Check: TypeAlias = Callable[[], None]
"""Raises if something that was asked for has turned out not to be so."""


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


class StatementError(Exception):
    """A statement of ours is wrong, or the tables that it names are of before a migration."""


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

    def ahead(self, sql: str, *values: Value) -> Callable[[], Row | None]:
        """Ask for the first row of a statement that is wanted later.

        A database that is far away may be told of it together with the next one.
        """
        row = self.one(sql, *values)
        return lambda: row

    def last(self, sql: str, *values: Value) -> list[Row]:
        """Every row of a statement of which one plan is the best for all values; nothing else is read of the snapshot.

        A database that is far away may be told of the snapshot's end at once, and plan the statement once for all.
        """
        return self.all(sql, *values)

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
    after: str = ""
    """The table that the rows refer to: what was gathered for it is written before them."""

    @property
    def statement(self) -> str:
        """The one that writes a row."""
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES ({marks}) {self.ending}".rstrip()


_NAME = re.compile("[a-z_]+")

_CAREFUL_GROUPS = 16
"""Groups that are written with savepoints after one that needed them: what is undone rarely comes alone."""


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
        self.found_ahead: dict[Key, Row | None] = {}
        """Rows that were read together for requests to come; each holds for the first that finds it: see `Write`."""
        self.known: dict[str, Any] = {}
        """What has been read and holds until somebody takes it out: to undo what was written takes out all."""
        self._wrote = False
        """Whether the request at hand has changed anything in the database."""
        self.careful = False
        """Whether each request of the group gets a savepoint, which costs more than most requests need."""
        self.must_be_careful = False
        """Whether a request has to be undone that has none: the group is to be undone, and written again."""
        self._careful_groups = 0

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
        if key in self.found_ahead:
            return self.found_ahead.pop(key)
        self._settle(key.lookup.sql)
        return super().find(key)

    def gather(self, into: Gathering, *row: Value) -> None:
        """Add a row, which clashes with nothing, together with others.

        That is before the next statement that names the table, at the latest before the commit.
        """
        self._gathered.setdefault(into, []).append(row)

    def add(self, into: Gathering, *row: Value) -> None:
        """Add a row that clashes with nothing to a table that is often read: with others only if that saves a way."""
        self.run(into.statement, *row)

    def insert(self, into: Gathering, *row: Value) -> None:
        """Add a row that may clash, at once.

        Raises:
            Conflict: it does.
        """
        self._settle_before(into)
        self.run(into.statement, *row)

    def settle(self) -> None:
        """Have everything that was gathered in its table."""
        for into in list(self._gathered):
            self._settle_one(into)

    def forget_ahead(self) -> None:
        """Be ready for what may change anything: nothing read ahead holds then, and what refers to others is there."""
        self.found_ahead.clear()
        for into in [into for into in self._gathered if into.after]:
            self._settle_one(into)

    def _settle(self, sql: str) -> None:
        """Have everything that was gathered for the tables of a statement there before it."""
        if self._gathered:
            names = _names(sql)
            for into in [into for into in self._gathered if into.table in names]:
                self._settle_one(into)

    def _settle_before(self, into: Gathering) -> None:
        """Have what the rows of a table refer to in its own."""
        for other in [other for other in self._gathered if other.table == into.after]:
            self._settle_one(other)

    def _settle_one(self, into: Gathering) -> None:
        self._settle_before(into)
        rows = self._gathered.pop(into, [])
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
        """Undo what is done inside when it raises; in a group that is not careful, say that it has to be."""

    def _begun(self, last_us: int) -> None:
        """A group has been started, after one that ended at `last_us`."""
        self.careful = self._careful_groups > 0
        self._careful_groups -= self.careful
        self.must_be_careful = False
        self._after_commit.clear()
        self.changes = []
        self.known.clear()
        self.found_ahead.clear()
        self._gathered.clear()
        self._last_us = max(self._last_us, last_us)

    def _has_to_undo(self) -> None:
        """A request of a group without savepoints has written something that has to go."""
        self.must_be_careful = True
        self._careful_groups = _CAREFUL_GROUPS

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
            if self._wrote:
                self.known.clear()
            # What others had gathered, and this request has had written, is undone with it: it is to be written again.
            gathered = {**self._gathered, **self._settled}
            self._gathered = {into: rows[: before.get(into, 0)] for into, rows in gathered.items()}
            del self._after_commit[called:]
            raise

    def _committed(self) -> None:
        for call in self._after_commit:
            call()


def assignments(columns: Sequence[str]) -> str:
    """`a = ?, b = ?` for an UPDATE."""
    return ", ".join(f"{column} = ?" for column in columns)
