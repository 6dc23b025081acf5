"""One session with a PostgreSQL server, over libpq as psycopg offers it.

A statement is sent together with all that was put off before it, so what nobody waits for costs no way to the server
and back. Values travel in binary; statements are prepared, unless a pooler stands between.
"""

import select
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import psycopg
from psycopg import pq

from modelry.storage.postgresql.arrays import Encoded
from modelry.storage.postgresql.dialect import translated
from modelry.storage.postgresql.result import AbortedError, LostError, Preparation, Result
from modelry.storage.predicates import Value

_PREPARED_MAX = 1000
"""Statements that a session keeps prepared; further ones are not."""

_INT8 = struct.Struct(">q")
_OIDS: dict[type, int] = {int: 20, bool: 20, str: 25, bytes: 17}
_ENCODE: dict[type, Callable[[Any], bytes]] = {int: _INT8.pack, bool: _INT8.pack, str: str.encode, bytes: bytes}
_BINARY = 1

_NOT_WAITED_FOR = "57014"
"""As a warning: a commit's wait for a standby was cut off by a timeout. The commit succeeds."""

Parameter: TypeAlias = Value | Encoded


class Options(NamedTuple):
    """How sessions are made."""

    conninfo: str
    prepared: bool
    timeout_s: int
    by_key: bool = False
    """Whether every row is found by a key, so that plans can be made once, before there are rows.

    A plan of such a time would go on reading whole tables that it takes for empty ones.
    """

    @property
    def limits(self) -> dict[str, str]:
        """What the server is told, so that it gives up what a lost client has begun."""
        limit = f"{self.timeout_s}s"
        return {
            "statement_timeout": limit,
            "lock_timeout": limit,
            "idle_in_transaction_session_timeout": limit,
            "jit": "off",
            "plan_cache_mode": "force_generic_plan" if self.by_key else "auto",
            "enable_seqscan": "off" if self.by_key else "on",
        }


class Session:
    """A connection; one thread uses it at a time."""

    def __init__(self, options: Options) -> None:
        """Connect.

        Raises:
            LostError: no server of the URL takes the connection.
        """
        self.options = options
        try:
            self._connection = psycopg.connect(options.conninfo, autocommit=True)
            if options.prepared:
                settings = ", ".join("set_config(%s, %s, false)" for _ in options.limits)
                self._connection.execute(f"SELECT {settings}", _flat(options.limits))
        except psycopg.Error as error:
            raise LostError(f"no connection to the database: {_first_line(error)}") from error
        self._connection.add_notice_handler(self._noticed)
        self.pgconn = self._connection.pgconn
        self.pgconn.nonblocking = 1
        self.pgconn.enter_pipeline_mode()
        self._expected: deque[Result | None] = deque()
        self._statements: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._types: dict[str, list[int]] = {}
        self._prepared = 0
        self._poll = select.poll()
        self._poll.register(self.pgconn.socket, select.POLLIN)
        self._begun = False
        self.lost = False
        self.unreplicated = False
        """Whether the server has given up to wait for a synchronous standby, and said that all is well."""
        self.broken = False
        """Whether a statement that nobody waited for has failed: what it was part of cannot be kept."""
        self.failed = False
        """Whether a statement has failed: the transaction answers no other one until it is undone, whole or in part."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun and not ended."""
        return self._begun

    def execute(self, sql: str, parameters: Sequence[Parameter] = (), /) -> Result:
        """Carry out a statement, after all that was put off.

        Raises:
            Conflict, LostError, RepeatableError, StorageError, StatementError: it, or one that was put off, failed.
        """
        result = self.queue(sql, parameters, put_off=False)
        self.settle()
        if result.error is not None:
            self.failed = True
            raise result.error
        return result

    def execute_last(self, sql: str, parameters: Sequence[Parameter], end: str) -> Result:
        """As `execute`, and end the transaction with it, unless it fails."""
        result = self.queue(sql, parameters)
        self.queue(end, ())
        self.settle()
        self._begun = False
        return result

    def settle(self) -> None:
        """Have an answer to everything that is queued.

        Raises:
            LostError, StorageError: as `execute`, for what was put off.
        """
        self.push()
        self._read_all()

    def queue(self, sql: str, parameters: Sequence[Parameter], *, put_off: bool = True) -> Result:
        """Send a statement some time before the next one that somebody waits for."""
        self._check_alive()
        try:
            self._send(translated(sql), parameters)
        except psycopg.Error as error:
            raise self._gone(error) from error
        result = Result(put_off=put_off)
        self._expected.append(result)
        return result

    def begin(self, sql: str) -> None:
        """Begin a transaction with the next statement."""
        self.failed = self.broken = False
        self.queue(sql, ())
        if not self.options.prepared:
            limits = self.options.limits
            settings = ", ".join("set_config(?, ?, true)" for _ in limits)
            self.queue(f"SELECT {settings}", _flat(limits))
        self._begun = True

    def end(self, sql: str) -> Result:
        """End the transaction, and wait for it."""
        self._begun = False
        return self.execute(sql)

    def end_soon(self, sql: str) -> None:
        """End a transaction that nothing depends on."""
        self._begun = False
        self.queue(sql, ())
        self.push()

    def push(self) -> None:
        """Send what is queued; its answers are expected up to here."""
        self._check_alive()
        try:
            self.pgconn.pipeline_sync()
            self._expected.append(None)
            self.pgconn.flush()
        except psycopg.Error as error:
            raise self._gone(error) from error

    def take(self) -> bool:
        """Read what has come, without waiting; whether everything that was expected is there."""
        try:
            self.pgconn.consume_input()
            while self._expected and not self.pgconn.is_busy():
                self._take_one()
        except psycopg.Error as error:
            raise self._gone(error) from error
        return not self._expected

    def close(self) -> None:
        """End the session; an open transaction is undone."""
        self.lost = True
        self._connection.close()

    def _check_alive(self) -> None:
        if self.lost:
            raise LostError("the connection is closed")

    def _send(self, sql: str, parameters: Sequence[Parameter]) -> None:
        oids, data, formats = self._encoded(sql, parameters)
        if not self.options.prepared:
            self.pgconn.send_query_params(sql.encode(), data, oids, formats, _BINARY)
            return
        key = (sql, tuple(oids))
        name = self._statements.get(key)
        if name is None:
            if len(self._statements) >= _PREPARED_MAX:
                self.pgconn.send_query_params(sql.encode(), data, oids, formats, _BINARY)
                return
            self._prepared += 1
            name = self._statements[key] = b"m%d" % self._prepared
            self.pgconn.send_prepare(name, sql.encode(), oids)
            self._expected.append(Preparation(key))
        self.pgconn.send_query_prepared(name, data, formats, _BINARY)

    def _encoded(self, sql: str, parameters: Sequence[Parameter]) -> tuple[list[int], list[bytes | None], list[int]]:
        """Types, values and formats. What is `None` now has the type that it had when it was something."""
        known = self._types.get(sql)
        if known is None:
            known = self._types[sql] = [0] * len(parameters)
        data: list[bytes | None] = []
        formats: list[int] = []
        for number, value in enumerate(parameters):
            if value is None:
                data.append(None)
                formats.append(_BINARY)
            elif isinstance(value, Encoded):
                known[number] = value.oid
                data.append(value.data)
                formats.append(value.format)
            else:
                kind = type(value)
                known[number] = _OIDS[kind]
                data.append(_ENCODE[kind](value))
                formats.append(_BINARY)
        return list(known), data, formats

    def _read_all(self) -> None:
        """Wait for every answer that is expected.

        Raises:
            LostError: they do not come in time.
            StorageError: a statement that was put off has failed.
        """
        deadline = time.monotonic() + self.options.timeout_s + 1  # the server's own limit comes first
        failed: Exception | None = None
        try:
            while self._expected:
                while self.pgconn.is_busy():
                    self._wait(deadline)
                fault = self._take_one()
                failed = failed or fault
        except psycopg.Error as error:
            raise self._gone(error) from error
        if failed is not None:
            self.failed = self.broken = True
            raise failed

    def _wait(self, deadline: float) -> None:
        """Wait until something has come."""
        unsent = self.pgconn.flush()
        self._poll.modify(self.pgconn.socket, select.POLLIN | select.POLLOUT if unsent else select.POLLIN)
        left_ms = (deadline - time.monotonic()) * 1000
        if left_ms <= 0 or not self._poll.poll(left_ms):
            self.close()
            raise LostError(f"the database did not answer within {self.options.timeout_s} s")
        self.pgconn.consume_input()

    def _take_one(self) -> Exception | None:
        """Take the next answer; the fault of a statement that nobody waits for, if it is one."""
        raw = self.pgconn.get_result()
        if raw is None:  # the end of a statement's answer
            return None
        if raw.status == pq.ExecStatus.PIPELINE_SYNC:
            self._expected.popleft()
            return None
        result = self._expected.popleft()
        if result is None:
            raise LostError("the database gave an answer that nobody has asked for")
        result.arrived(raw)
        if result.error is not None and isinstance(result, Preparation):
            self._statements.pop(result.key, None)
        if isinstance(result.error, LostError):
            self.close()
            raise result.error
        return result.error if result.put_off and not isinstance(result.error, AbortedError) else None

    def _noticed(self, notice: psycopg.errors.Diagnostic) -> None:
        self.unreplicated |= notice.sqlstate == _NOT_WAITED_FOR

    def _gone(self, error: psycopg.Error) -> LostError:
        self.close()
        return LostError(f"the connection to the database is lost: {_first_line(error)}")


def _flat(pairs: dict[str, str]) -> list[str]:
    return [text for pair in pairs.items() for text in pair]


def _first_line(error: psycopg.Error) -> str:
    """The first line of what libpq says, which names hosts and users but never a password."""
    return str(error).strip().partition("\n")[0]
