"""Transactions over PostgreSQL.

The row of `clock` is the lock: whoever has it writes, over all servers, until the commit. So times are given out in
commit order, and no transaction can fail because of another one.
"""

import contextlib
import functools
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from modelry.storage.database import (
    Conflict,
    Connection,
    Cursor,
    Gathering,
    Key,
    Lookup,
    Row,
    StatementError,
    StorageError,
    Transaction,
)
from modelry.storage.postgresql.arrays import Encoded, column, columns, slices
from modelry.storage.postgresql.points import of_many
from modelry.storage.postgresql.result import LostError
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.predicates import Value

_BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_PLAN_ONCE = (  # also while tables are empty, which are read from end to end otherwise
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"
)
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_LOCK = "SELECT last_us FROM clock WHERE only_row = 1 FOR UPDATE"
_LIFE = (
    "CAST(extract(epoch FROM pg_postmaster_start_time()) AS TEXT) || '/' ||"
    " substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)"
)
"""Which run of which server it is: since when, and on which timeline."""

_LOCK_AND_ID = _LOCK.replace("last_us", f"last_us, CAST(pg_current_xact_id() AS TEXT), {_LIFE}")
_CLOCK = "SELECT last_us FROM clock WHERE only_row = 1"
_FATE = f"SELECT pg_xact_status(CAST(CAST(? AS TEXT) AS xid8)), {_LIFE}"
_AGAIN_S = 0.1


_PLAIN_INSERT = re.compile(r"INSERT INTO \w+ (\([^()]*\) )?VALUES \([^()]*\)")


@functools.lru_cache(maxsize=1024)
def _guarded(sql: str) -> str | None:
    """An insert of a row so that a clash leaves the transaction as it is, and shows by the count; `None` for others."""
    return f"{sql} ON CONFLICT DO NOTHING" if _PLAIN_INSERT.fullmatch(sql) else None


_INTEGERS = "integer[]"


@functools.cache
def _together(into: Gathering) -> str:
    """The statement that writes rows out of an array for each column; see `_arrays`."""
    values, names = [], []
    for name, kind in zip(into.columns, into.types or (None,) * len(into.columns), strict=True):
        if kind == _INTEGERS:
            values.append(f"(CAST(? AS {kind}))[{name}_from:{name}_to]")
            names += [f"{name}_from", f"{name}_to"]
        else:
            values.append(f"CAST({name} AS {kind})" if kind else name)
            names.append(name)
    rows = f"unnest({', '.join('?' * len(names))}) AS rows ({', '.join(names)})"
    return f"INSERT INTO {into.table} ({', '.join(into.columns)}) SELECT {', '.join(values)} FROM {rows} {into.ending}"


def _arrays(into: Gathering, rows: list[tuple[Value, ...]]) -> list[Encoded]:
    """The values of `_together`: of columns that are arrays themselves their slices, then all that is unnested."""
    whole: list[Encoded] = []
    unnested: list[Encoded] = []
    for values, kind in zip(zip(*rows, strict=True), into.types or (None,) * len(into.columns), strict=True):
        if kind == _INTEGERS:
            joined, *ends = slices([value for value in values if isinstance(value, bytes)])
            whole.append(joined)
            unnested += ends
        else:
            unnested.append(column(values))
    return whole + unnested


class UncertainError(StorageError):
    """The connection was lost while a commit was under way, and nobody can say what became of it."""

    uncertain = True


class PostgresqlConnection(Connection):
    """Reads over a session."""

    dialect = "postgresql"

    def __init__(self, session: Session) -> None:
        """Read over `session`."""
        super().__init__(session)
        self._session = session

    def ahead(self, sql: str, *values: Value) -> Callable[[], Row | None]:
        """As declared."""
        session = self._session
        result = session.queue(sql, values)

        def row() -> Row | None:
            if not result.known:
                session.settle()
            if result.error is not None:
                raise result.error
            return result.first()

        return row

    def last(self, sql: str, *values: Value) -> list[Row]:
        """As declared."""
        if not self._session.in_transaction:
            return self.all(sql, *values)
        self._session.queue(_PLAN_ONCE, ())
        rows = self._session.execute_last(sql, values, "COMMIT").fetchall()
        self._raw = _Ended()
        return rows

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """As declared; the server is told of it with the first read."""
        if self._session.in_transaction:
            yield
            return
        self._raw = self._session
        self._session.begin(_BEGIN_SNAPSHOT)
        try:
            yield
        finally:
            self._end()

    def _end(self) -> None:
        if self._session.in_transaction and not self._session.lost:
            self._session.end_soon("COMMIT")


class PostgresqlTransaction(Transaction):
    """A transaction that holds the clock's row; it connects when it begins, and again when the connection is lost."""

    dialect = "postgresql"

    def __init__(self, options: Options, clock_us: Callable[[], int]) -> None:
        """Write with sessions made by `options`."""
        self._options = options
        self._session: Session | None = None
        self._id: str | None = None
        self._life = ""
        self._has_ids = True
        self.committing = False
        """Whether the server has been told to commit."""
        super().__init__(_Unconnected(), clock_us)

    def run(self, sql: str, *values: Value) -> int:
        """As declared."""
        self._settle(sql)
        guarded = _guarded(sql)
        count = self._open().execute(guarded or sql, values).rowcount
        if guarded and not count:
            raise Conflict("unique")
        self._wrote = True
        return count

    def later(self, sql: str, *values: Value) -> Callable[[], int]:
        """As declared."""
        self._settle(sql)
        session = self._open()
        self._wrote = True
        result = session.queue(sql, values)

        def touched() -> int:
            if not result.known:
                session.settle()
            return result.rowcount

        return touched

    def add(self, into: Gathering, *row: Value) -> None:
        """As declared: each statement is on its way to the server alone."""
        self.gather(into, *row)

    def _add_all(self, into: Gathering, rows: list[tuple[Value, ...]]) -> None:
        """As declared."""
        self._wrote = True
        self._open().queue(_together(into), _arrays(into, rows))

    def read_ahead(self, keys: Iterable[Key]) -> None:
        """Have the rows of some keys found by whoever asks first, with a statement for each kind of key."""
        values: dict[Lookup, list[Key]] = {}
        for key in dict.fromkeys(keys):
            self._settle(key.lookup.sql)
            values.setdefault(key.lookup, []).append(key)
        session = self._open()
        answers = [
            (session.queue(of_many(lookup, each=True), columns([key.values for key in wanted]), put_off=False), wanted)
            for lookup, wanted in values.items()
        ]
        self.found_ahead = {key: None for wanted in values.values() for key in wanted}
        if answers:
            session.settle()
        for result, wanted in answers:
            if result.error is not None:
                session.failed = True
                raise result.error
            self.found_ahead |= {wanted[number - 1]: tuple(row) for number, *row in result.fetchall()}

    def begin(self) -> None:
        """As declared.

        Raises:
            LostError: no server can be written to.
            StorageError: another one writes for longer than a statement may take.
        """
        if self._session is None or self._session.lost:
            self._session = Session(self._options)
            self._raw = self._session
        self.committing = False
        self._session.begin(_BEGIN)
        try:
            last_us = self._locked(self._session)
        except StorageError:
            self.roll_back()
            raise
        self._begun(last_us)

    @property
    def active(self) -> bool:
        """As declared."""
        session = self._session
        usable = session is not None and not session.lost and not session.broken and session.in_transaction
        return usable and not self.must_be_careful

    def check_active(self, fault: Exception | None) -> None:
        """Return if the group is still open after a request that ended with `fault`.

        Raises:
            Exception: why it is not.
        """
        if not self.active:
            raise fault or LostError("the connection is lost")

    def commit(self) -> None:
        """As declared.

        Raises:
            StorageError: it was not committed; if `committing` is set, perhaps it was.
        """
        session = self._open()
        self.settle()
        session.queue("UPDATE clock SET last_us = ?", (self.tick(),))
        session.unreplicated = False
        self.committing = True
        done = session.end("COMMIT")
        self.committing = False
        if done.command != b"COMMIT":
            raise StorageError("the database has undone the whole group")
        self._committed()
        if session.unreplicated:
            raise UncertainError("a commit is on the primary alone: the standby that has to have it did not answer")

    def roll_back(self) -> None:
        """As declared."""
        session = self._session
        if session is None or session.lost or not session.in_transaction:
            return
        try:
            session.end("ROLLBACK")
        except (StorageError, StatementError):
            session.close()

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """As declared."""
        session = self._open()
        self._wrote = False
        if self.careful:
            session.queue("SAVEPOINT request", ())
        try:
            with self._undoing():
                yield
        except BaseException:
            if not self.active:
                raise
            if self.careful:
                session.execute("ROLLBACK TO request")
                session.failed = False
                session.queue("RELEASE request", ())
            elif self._wrote or session.failed:
                self._has_to_undo()
            raise
        if self.careful:
            session.queue("RELEASE request", ())

    def close(self) -> None:
        """End the session; what was not committed is undone."""
        if self._session is not None:
            self._session.close()

    def was_committed(self, patience_s: float) -> bool:
        """Whether a commit whose answer was lost has been carried out; `after_commit` has been called if so.

        Raises:
            UncertainError: the server that would know cannot be asked, or does not know.
        """
        deadline = time.monotonic() + patience_s
        while self._id is not None and time.monotonic() < deadline:
            try:
                self._session = self._raw = Session(self._options)
                fate = self._fate(self._session)
            except LostError:
                time.sleep(_AGAIN_S)
                continue
            if fate is not None:
                if fate:
                    self._committed()
                return fate
            self._session.close()
            time.sleep(_AGAIN_S)
        raise UncertainError("the connection was lost during a commit")

    def _fate(self, session: Session) -> bool | None:
        """Whether the commit has been carried out; `None` while it is under way.

        A server that was killed, or another one in its place, may give the id of what it has not kept to something
        else. So that an id was committed says enough only in the same life of the server. The clock, which only goes
        forward, says it always, until somebody else has set it.

        Raises:
            UncertainError: nobody can say any more.
        """
        try:
            status, life = session.execute(_FATE, (self._id,)).fetchone() or (None, "")
        except StatementError:  # an id that has not been given out yet
            status, life = "aborted", ""
        if status == "in progress" and life == self._life:
            return None
        (last_us,) = session.execute(_CLOCK).fetchone() or (0,)
        if last_us <= self._last_us:
            return bool(last_us == self._last_us)
        if status == "aborted" or life == self._life:
            return bool(status == "committed")
        raise UncertainError("the database was started anew during a commit")

    def _open(self) -> Session:
        if self._session is None:
            raise LostError("there is no connection")
        return self._session

    def _locked(self, session: Session) -> int:
        """The clock, once nobody else writes."""
        if self._has_ids:
            try:
                row = session.execute(_LOCK_AND_ID).fetchone()
            except StatementError:  # an engine that speaks PostgreSQL's protocol and has no such ids
                self._has_ids = False
                session.end("ROLLBACK")
                session.begin(_BEGIN)
                return self._locked(session)
            if row:
                self._id, self._life = str(row[1]), str(row[2])
        else:
            row = session.execute(_LOCK).fetchone()
        return int(row[0]) if row else 0


class _Ended:
    """In the place of a session after the last read of a snapshot."""

    in_transaction = False

    def execute(self, _sql: str, _parameters: Sequence[Value] = (), /) -> Cursor:
        """A defect of whoever asks."""
        raise RuntimeError("the snapshot was said to be read for the last time")


class _Unconnected:
    """In the place of a session before there is one."""

    in_transaction = False

    def execute(self, _sql: str, _parameters: Sequence[Value] = (), /) -> Cursor:
        """There is nothing to ask."""
        raise LostError("there is no connection")
