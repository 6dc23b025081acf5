"""The SQL of the audit: one row for every write and every denial, in the transaction of the write itself.

Rows are added and, when their time is over, forgotten; nothing changes one.
"""

import getpass
import os
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from modelry.contract.operation import Shape
from modelry.families.audit.changes import ChangeEntry, kept, read, written
from modelry.storage.database import Change, Connection, Gathering, Row, Transaction
from modelry.storage.folding import folded
from modelry.storage.predicates import Sql, Value

DOCUMENT_VERSION = 1

Outcome = Literal["Success", "Denied"]

_USER_AGENT_MAX = 512
_FORGET_EVERY = 16
_FORGET_MOST = 32
"""Rows that one write forgets at most: twice what is added between two times, so that a backlog shrinks."""

_ABOVE_ALL = "\U0010ffff"
"""Sorts after whatever may follow a prefix."""

_COLUMNS = "position, account_id, product, operation, outcome, request_id, user_id, user_name, access_key_id, document"

_CONDITIONS = {
    "since_us": "position >= ?",
    "until_us": "position < ?",
    "product": "product = ?",
    "operation": "operation = ?",
    "user": "(user_id = ? OR lower(user_name) = lower(?))",
    "access_key_id": "access_key_id = ?",
    "outcome": "outcome = ?",
    "request_id": "request_id = ?",
}
"""Filter to condition; every question mark stands for the filter's value."""

_ABOUT = "position IN (SELECT position FROM audit_resources WHERE account_id = ? AND resource >= ? AND resource < ?)"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done, or that somebody was not allowed to do."""

    time_us: int
    """When, and the place in the order of all: a `Transaction.tick` of the transaction that records it."""
    request_id: str
    product: str
    operation: str
    outcome: Outcome
    code: str
    """The error code that was answered; empty on success."""
    account_id: int
    identity_type: str
    user_id: str
    user_name: str
    session_name: str
    access_key_id: str
    source: str
    """The client's address."""
    user_agent: str
    reason: str
    """Why it was denied; empty on success."""
    changes: Sequence[Change]
    """What it changed. What it was only about, as a denial is, has neither a before nor an after."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are wanted: those that everything given here holds of."""

    since_us: int | None = None
    until_us: int | None = None
    """An event at this very time is no longer wanted."""
    product: str | None = None
    operation: str | None = None
    user: str | None = None
    """The id of a user or a role, or its name without regard to case."""
    access_key_id: str | None = None
    resource_prefix: str | None = None
    """`model/` or `model/model-1`, without regard to case."""
    outcome: Outcome | None = None
    request_id: str | None = None


class _Document(Shape):
    """What of an event is not in a column."""

    identity_type: str
    session_name: str
    source: str
    user_agent: str
    code: str
    reason: str
    changes: list[ChangeEntry]


_documents = msgspec.json.Decoder(_Document)

_EVENTS = Gathering(
    "audit_events",
    (
        *("position", "account_id", "product", "operation", "outcome", "request_id", "user_id", "user_name"),
        *("access_key_id", "document_version", "document"),
    ),
)
_RESOURCES = Gathering("audit_resources", ("account_id", "resource", "position"))


def record(transaction: Transaction, event: Event, retention_us: int | None) -> None:
    """Keep an event; now and then forget some that are older than `retention_us`, more than were added since."""
    transaction.gather(
        _EVENTS,
        event.time_us,
        event.account_id,
        event.product,
        event.operation,
        event.outcome,
        event.request_id,
        event.user_id,
        event.user_name,
        event.access_key_id,
        DOCUMENT_VERSION,
        msgspec.json.encode(_document(event)),
    )
    for resource in _resources(event):
        transaction.gather(_RESOURCES, event.account_id, resource, event.time_us)
    if retention_us is not None and event.time_us % _FORGET_EVERY == 0:
        forget(transaction, event.time_us - retention_us, _FORGET_MOST)


def record_local(transaction: Transaction, account_id: int, operation: str) -> None:
    """Keep a row of what the transaction has changed on the server's own machine, where nobody signs a request."""
    event = Event(
        time_us=transaction.tick(),
        request_id="",
        product="modelry",
        operation=operation,
        outcome="Success",
        code="",
        account_id=account_id,
        identity_type="Operator",
        user_id=str(account_id),
        user_name=_user_of_this_machine(),
        session_name="",
        access_key_id="",
        source="",
        user_agent="",
        reason="",
        changes=transaction.changes,
    )
    record(transaction, event, None)


def forget(transaction: Transaction, before_us: int, limit: int) -> int:
    """Remove the oldest events, `limit` of them at most and none from `before_us` on; how many they were."""
    rows = transaction.all(
        f"SELECT {_COLUMNS} FROM audit_events WHERE position < ? ORDER BY position LIMIT ?", before_us, limit
    )
    events = [_event(row) for row in rows]
    for event in events:
        for resource in _resources(event):
            sql = "DELETE FROM audit_resources WHERE account_id = ? AND resource = ? AND position = ?"
            transaction.run(sql, event.account_id, resource, event.time_us)
    if events:
        transaction.run("DELETE FROM audit_events WHERE position <= ?", events[-1].time_us)
    return len(events)


def events(
    database: Connection,
    account_id: int,
    filters: Filters,
    *,
    newest_first: bool,
    limit: int,
    after_us: int | None = None,
) -> list[Event]:
    """Some events of an account; `after_us` is the time of the last one before, for the next page.

    Of an update, `changes` holds the members that differ.
    """
    where, values = _where(account_id, filters)
    if after_us is not None:
        where, values = f"{where} AND position {'<' if newest_first else '>'} ?", (*values, after_us)
    end = f"ORDER BY position {'DESC' if newest_first else 'ASC'} LIMIT ?"
    return [
        _event(row) for row in database.all(f"SELECT {_COLUMNS} FROM audit_events WHERE {where} {end}", *values, limit)
    ]


def _user_of_this_machine() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


def _where(account_id: int, filters: Filters) -> Sql:
    """The condition that stands for the filters."""
    parts: list[str] = ["account_id = ?"]
    values: list[Value] = [account_id]
    for name, condition in _CONDITIONS.items():
        wanted = getattr(filters, name)
        if wanted is not None:
            parts.append(condition)
            values += [wanted] * condition.count("?")
    if filters.resource_prefix is not None:
        parts.append(_ABOUT)
        prefix = folded(filters.resource_prefix)
        values += [account_id, prefix, prefix + _ABOVE_ALL]
    return " AND ".join(parts), tuple(values)


def _resources(event: Event) -> Iterable[str]:
    """Everything that an event is found by, each once; RAM takes a name for the same however it is written."""
    return dict.fromkeys(folded(change.resource) for change in event.changes)


def _document(event: Event) -> _Document:
    return _Document(
        identity_type=event.identity_type,
        session_name=event.session_name,
        source=event.source,
        user_agent=event.user_agent[:_USER_AGENT_MAX],
        code=event.code,
        reason=event.reason,
        changes=[written(kept(change)) for change in event.changes],
    )


def _event(row: Row) -> Event:
    position, account_id, product, operation, outcome, request_id, user_id, user_name, access_key_id, document = row
    rest = _documents.decode(document)
    return Event(
        time_us=position,
        account_id=account_id,
        product=product,
        operation=operation,
        outcome=outcome,
        request_id=request_id,
        user_id=user_id,
        user_name=user_name,
        access_key_id=access_key_id,
        identity_type=rest.identity_type,
        session_name=rest.session_name,
        source=rest.source,
        user_agent=rest.user_agent,
        code=rest.code,
        reason=rest.reason,
        changes=[read(entry) for entry in rest.changes],
    )
