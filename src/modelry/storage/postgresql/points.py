"""Point reads, those of many requests at a time.

While one statement is under way, the keys that are asked for meanwhile wait; then all of them go into the next one.
The busier the server, the fewer statements a request costs.
"""

import asyncio
import functools
from typing import NamedTuple

from modelry.storage.database import Found, Key, Lookup, Row, StorageError
from modelry.storage.postgresql.arrays import columns
from modelry.storage.postgresql.dialect import marked
from modelry.storage.postgresql.result import LostError, Result
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.predicates import Value

_ATTEMPTS = 3
_BATCH_MAX = 256


class _Ask(NamedTuple):
    """The keys of one request."""

    keys: tuple[Key, ...]
    found: "asyncio.Future[Found]"
    attempt: int


class _Batch(NamedTuple):
    """What is under way."""

    asks: list[_Ask]
    results: list[tuple[Result, list[tuple[int, int]]]]
    """Of each statement, which key of which ask each of its rows is for."""
    watch: Result
    overdue: asyncio.TimerHandle


class Points:
    """Reads rows by key over one session, from the event loop."""

    def __init__(self, options: Options, watch: str) -> None:
        """`watch` reads the number that says whether what was decided by still holds."""
        self._options = options._replace(by_key=True)
        self._watch = watch
        self._session: Session | None = None
        self._waiting: list[_Ask] = []
        self._batch: _Batch | None = None
        self._connecting = False
        self._scheduled = False
        self._fd = -1

    def find(self, keys: tuple[Key, ...]) -> "asyncio.Future[Found]":
        """The rows of some keys."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Found] = loop.create_future()
        self._waiting.append(_Ask(keys, found, 1))
        if self._batch is None and not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._send)  # after whatever else arrived at this moment
        return found

    def _send(self) -> None:
        self._scheduled = False
        self._waiting = [ask for ask in self._waiting if not ask.found.done()]
        if not self._waiting or self._batch is not None or self._connecting:
            return
        session = self._session
        if session is None or session.lost:
            self._connecting = True
            connecting = asyncio.get_running_loop().run_in_executor(None, Session, self._options)
            connecting.add_done_callback(self._connected)
            return
        asks, self._waiting = self._waiting[:_BATCH_MAX], self._waiting[_BATCH_MAX:]
        timeout_s = self._options.timeout_s + 1
        overdue = asyncio.get_running_loop().call_later(timeout_s, self._overdue)
        try:
            results = [
                (session.queue(of_many(lookup), columns(values), put_off=False), places)
                for lookup, values, places in _grouped(asks)
            ]
            watch = session.queue(self._watch, (), put_off=False)
            self._batch = _Batch(asks, results, watch, overdue)
            session.push()
            self._flush(session)
        except LostError as error:
            self._batch = self._batch or _Batch(asks, [], Result(put_off=False), overdue)
            self._drop(error, again=True)

    def _flush(self, session: Session) -> None:
        if session.pgconn.flush():
            asyncio.get_running_loop().add_writer(self._fd, self._writable)

    def _writable(self) -> None:
        session = self._session
        if session is not None and not session.pgconn.flush():
            asyncio.get_running_loop().remove_writer(self._fd)

    def _connected(self, connecting: "asyncio.Future[Session]") -> None:
        self._connecting = False
        if connecting.cancelled():
            return
        error = connecting.exception()
        if error is not None:
            self._fail(self._waiting, error)
            self._waiting = []
            return
        self._session = connecting.result()
        self._fd = self._session.pgconn.socket
        asyncio.get_running_loop().add_reader(self._fd, self._readable)
        self._send()

    def _readable(self) -> None:
        session = self._session
        if session is None:
            return
        try:
            complete = session.take()
        except LostError as error:
            self._drop(error, again=True)
            return
        batch = self._batch
        if complete and batch is not None:
            self._batch = None
            batch.overdue.cancel()
            _answer(batch)
            self._send()

    def _overdue(self) -> None:
        self._drop(LostError(f"the database did not answer within {self._options.timeout_s} s"), again=False)

    def _drop(self, error: LostError, *, again: bool) -> None:
        """Let go of a session that is of no use; what was under way is asked for `again` elsewhere, or has failed."""
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            asyncio.get_running_loop().remove_writer(self._fd)
            self._fd = -1
        if self._session is not None:
            self._session.close()
            self._session = None
        batch, self._batch = self._batch, None
        if batch is not None:
            batch.overdue.cancel()
            repeated = [ask for ask in batch.asks if again and ask.attempt < _ATTEMPTS]
            self._fail([ask for ask in batch.asks if ask not in repeated], error)
            self._waiting = [ask._replace(attempt=ask.attempt + 1) for ask in repeated] + self._waiting
        self._send()

    @staticmethod
    def _fail(asks: list[_Ask], error: BaseException) -> None:
        for ask in asks:
            if not ask.found.done():
                ask.found.set_exception(error)


def _grouped(asks: list[_Ask]) -> list[tuple[Lookup, list[tuple[Value, ...]], list[tuple[int, int]]]]:
    """The keys of all asks by their statement, each with which ask it is for and which of its keys it is."""
    groups: dict[Lookup, tuple[list[tuple[Value, ...]], list[tuple[int, int]]]] = {}
    for number, ask in enumerate(asks):
        for place, key in enumerate(ask.keys):
            values, places = groups.setdefault(key.lookup, ([], []))
            values.append(key.values)
            places.append((number, place))
    return [(lookup, *group) for lookup, group in groups.items()]


@functools.lru_cache(maxsize=1000)
def of_many(lookup: Lookup, *, each: bool = False) -> str:
    """The statement that finds the rows of many keys: their number among the keys, then the row.

    `each` has every key looked up by itself. Otherwise a plan that was made when a table was empty may read all of it
    first, whatever it has grown to.
    """
    one = marked(lookup.sql, lambda number: f"k.v{number}")
    count = lookup.sql.count("?")
    arrays = ", ".join("?" * count)
    names = ", ".join(f"v{number}" for number in range(count))
    fence = " LIMIT 1" if each else ""
    return (
        f"SELECT k.n, q.* FROM unnest({arrays}) WITH ORDINALITY AS k({names}, n) CROSS JOIN LATERAL ({one}{fence}) AS q"
    )


def _answer(batch: _Batch) -> None:
    """Hand out what was found."""
    rows: list[list[Row | None]] = [[None] * len(ask.keys) for ask in batch.asks]
    faults: dict[int, Exception] = {}
    for result, places in batch.results:
        if result.error is not None:
            faults |= {number: result.error for number, _ in places}
            continue
        for n, *row in result.fetchall():
            number, place = places[n - 1]
            rows[number][place] = tuple(row)
    watched = batch.watch.fetchone() if batch.watch.error is None else None
    for number, ask in enumerate(batch.asks):
        if ask.found.done():
            continue
        fault = faults.get(number) or (None if watched else batch.watch.error or StorageError("no generation"))
        if fault is not None:
            ask.found.set_exception(fault)
        else:
            ask.found.set_result(Found(tuple(rows[number]), watched[0] if watched else None))
