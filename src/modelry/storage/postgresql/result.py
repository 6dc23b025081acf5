"""What a PostgreSQL server answers: rows as values of Python, and errors as those that stores know."""

from collections.abc import Callable
from typing import Any

from psycopg import pq

from modelry.storage.database import Conflict, Row, StatementError, StorageError

_OK = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}
_LOST_STATES = ("08", "57P", "25006")
"""The connection, the server, or its being the primary is gone."""
_REPEATABLE_STATES = ("40001", "40P01")
_CLASHES = {"23503": "reference"}
_OUR_FAULTS = ("42", "22", "0A", "26")
"""Classes of errors that come from a statement of ours."""


class LostError(StorageError):
    """The server cannot be reached, or is gone, or does not answer in time."""


class RepeatableError(StorageError):
    """The transaction was undone for the sake of another one, and may be tried again."""


class AbortedError(StorageError):
    """A statement was not looked at, because one before it has failed."""


def _integer(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


def _integers(value: bytes) -> tuple[int, ...]:
    """An array of one dimension: after a head of 20 bytes, each number after its length."""
    return tuple(_integer(value[at + 4 : at + 8]) for at in range(20, len(value), 8))


_DECODE: dict[int, Callable[[bytes], Any]] = {
    16: lambda value: int(value == b"\x01"),
    17: bytes,
    18: bytes.decode,
    19: bytes.decode,
    20: _integer,
    21: _integer,
    23: _integer,
    25: bytes.decode,
    705: bytes.decode,
    1007: _integers,
    1043: bytes.decode,
}


class Result:
    """What a statement has found or done, once it is known; a cursor."""

    __slots__ = ("_next", "_raw", "error", "put_off")

    def __init__(self, *, put_off: bool) -> None:
        """Of a statement that was queued; `put_off` if nobody waits for it."""
        self._raw: pq.abc.PGresult | None = None
        self._next = 0
        self.error: Exception | None = None
        self.put_off = put_off

    def arrived(self, raw: pq.abc.PGresult) -> None:
        """Take the server's answer."""
        if raw.status in _OK:
            self._raw = raw
        elif raw.status == pq.ExecStatus.PIPELINE_ABORTED:
            self.error = AbortedError("a statement before this one has failed")
        else:
            self.error = _error_of(raw)

    @property
    def rowcount(self) -> int:
        """As a cursor's."""
        return (self._raw.command_tuples or 0) if self._raw else 0

    @property
    def known(self) -> bool:
        """Whether the answer is there."""
        return self._raw is not None or self.error is not None

    @property
    def command(self) -> bytes:
        """What was done: `COMMIT`."""
        return (self._raw.command_status or b"") if self._raw else b""

    def fetchone(self) -> Row | None:
        """As a cursor's."""
        if self._raw is None or self._next >= self._raw.ntuples:
            return None
        self._next += 1
        return self._row(self._next - 1, self._decoders())

    def first(self) -> Row | None:
        """The first row, as often as it is asked for."""
        return self._row(0, self._decoders()) if self._raw is not None and self._raw.ntuples else None

    def fetchall(self) -> list[Row]:
        """As a cursor's."""
        if self._raw is None:
            return []
        decoders = self._decoders()
        rows = [self._row(number, decoders) for number in range(self._next, self._raw.ntuples)]
        self._next = self._raw.ntuples
        return rows

    def _decoders(self) -> list[Callable[[bytes], Any]]:
        raw = self._raw
        return [] if raw is None else [_DECODE[raw.ftype(column)] for column in range(raw.nfields)]

    def _row(self, number: int, decoders: list[Callable[[bytes], Any]]) -> Row:
        get = self._raw.get_value if self._raw else None
        values = [] if get is None else [get(number, column) for column in range(len(decoders))]
        return tuple([None if v is None else decode(v) for decode, v in zip(decoders, values, strict=True)])


class Preparation(Result):
    """The answer to the preparation of a statement."""

    __slots__ = ("key",)

    def __init__(self, key: tuple[str, tuple[int, ...]]) -> None:
        """Of the statement of this text and these types."""
        super().__init__(put_off=True)
        self.key = key


def _error_of(raw: pq.abc.PGresult) -> Exception:
    state = (raw.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    text = (raw.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode("utf-8", "replace")
    if state.startswith("23"):
        return Conflict("reference" if state in _CLASHES else "unique")
    if state.startswith(_LOST_STATES):
        return LostError(text)
    if state in _REPEATABLE_STATES:
        return RepeatableError(text)
    if state.startswith(_OUR_FAULTS):
        return StatementError(f"{state}: {text}")
    return StorageError(text or "the database gave no reason")
