"""A PostgreSQL database, as one process uses it."""

import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from modelry.storage.database import Connection, Found, Key, StorageError, Transaction
from modelry.storage.postgresql.points import Points
from modelry.storage.postgresql.result import LostError, RepeatableError
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.postgresql.transaction import PostgresqlConnection, PostgresqlTransaction, UncertainError
from modelry.storage.writer import GROUP_MAX, Database, Outcome, Write, carried_out

T = TypeVar("T")

_READER_THREADS = 4
_ATTEMPTS = 2
_AGAIN_S = 0.1


class PostgresqlDatabase(Database):
    """Sessions for points, for snapshots and for the writer; each connects when it is needed first."""

    def __init__(self, options: Options, watch: str, clock_us: Callable[[], int]) -> None:
        """`watch` is what `Points` watches."""
        super().__init__(_READER_THREADS)
        self._options = options
        self._points = Points(options, watch)
        self._clock_us = clock_us
        self._local = threading.local()
        self._writer.start()

    def find(self, keys: tuple[Key, ...]) -> Awaitable[Found]:
        """As declared."""
        return self._points.find(keys)

    def _in_snapshot(self, work: Callable[[Connection], T]) -> T:
        """As declared; a connection that turns out to be lost is made anew once."""
        session: Session | None = getattr(self._local, "session", None)
        if session is not None and not session.lost:
            with contextlib.suppress(LostError):
                return _read(session, work)
        session = self._local.session = Session(self._options)
        return _read(session, work)

    def _transaction(self) -> Transaction:
        return PostgresqlTransaction(self._options._replace(by_key=True), self._clock_us)

    def _write_group(self, transaction: Transaction, write: Write[Any]) -> list[Outcome]:
        """As declared. What was certainly not kept is carried out once more, by another session."""
        assert isinstance(transaction, PostgresqlTransaction)  # noqa: S101  made above
        writes = [write]
        try:
            attempt = 0
            while attempt < _ATTEMPTS:
                self._begin(transaction)
                outcomes = self._kept(transaction, writes, last=attempt == _ATTEMPTS - 1)
                if outcomes is not None:
                    return outcomes
                attempt += not transaction.must_be_careful
        except LostError as fault:
            writes += self._waiting_now()  # they would wait as long, for the same
            return [Outcome(each, None, fault) for each in writes]
        except StorageError as fault:
            return [Outcome(each, None, fault) for each in writes]
        raise AssertionError("the last attempt answers or raises")

    def _carried_out(self, transaction: Transaction, writes: list[Write[Any]]) -> Iterator[Outcome]:
        """As declared, of all that waits at a time; the rows that they find first are read together."""
        assert isinstance(transaction, PostgresqlTransaction)  # noqa: S101  made above
        done = 0
        while done < len(writes):
            while len(writes) < GROUP_MAX and (following := self._following()):
                writes.append(following)
            wave = writes[done:]
            transaction.read_ahead(key for write in wave for key in write.ahead or ())
            for write in wave:
                if write.ahead is None:
                    transaction.forget_ahead()
                yield carried_out(transaction, write)
            done += len(wave)

    def _begin(self, transaction: PostgresqlTransaction) -> None:
        """Begin a group, on whatever server can be written to: a standby may be about to be promoted.

        Raises:
            LostError: there was none for as long as the settings allow.
        """
        deadline = time.monotonic() + self._options.timeout_s
        while True:
            try:
                transaction.begin()
            except (LostError, RepeatableError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN_S)
            else:
                return

    def _kept(
        self, transaction: PostgresqlTransaction, writes: list[Write[Any]], *, last: bool
    ) -> list[Outcome] | None:
        """What has become of a group, once it is committed; `None` if nothing was kept and it may be tried again.

        Raises:
            StorageError: nothing was kept and there is no other attempt, or nobody knows.
        """
        outcomes: list[Outcome] = []
        try:
            for outcome in self._carried_out(transaction, writes):
                outcomes.append(outcome)
                if transaction.must_be_careful:
                    transaction.roll_back()
                    return None
                transaction.check_active(outcome.fault)
            transaction.commit()
        except (LostError, RepeatableError):
            transaction.roll_back()
            if transaction.committing and transaction.was_committed(self._options.timeout_s):
                return outcomes
            if last:
                raise
            return None
        except UncertainError:
            raise
        except Exception as fault:
            transaction.roll_back()
            raise StorageError(str(fault)) from fault
        return outcomes


def _read(session: Session, work: Callable[[Connection], T]) -> T:
    connection = PostgresqlConnection(session)
    with connection.snapshot():
        return work(connection)
