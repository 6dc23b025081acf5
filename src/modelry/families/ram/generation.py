"""A number that moves with everything that a decision depends on: keys, users, groups, policies, roles, members.

Whoever has read such things at one number may go on using them until it moves. It moves in the transaction of the
change, so a write that finds another number in its own transaction reads them anew and decides on what is committed.
"""

from collections.abc import Callable

from modelry.storage.database import Connection, Row, Transaction

SQL = "SELECT value FROM access_generation"
_NAME = "access_generation"


def current(database: Connection) -> int:
    """The number now."""
    if isinstance(database, Transaction):
        if _NAME not in database.known:
            database.known[_NAME] = _read(database)
        return int(database.known[_NAME])
    return _read(database)


def ahead(database: Connection) -> Callable[[], int]:
    """Ask for the number of a snapshot, which is wanted later."""
    row = database.ahead(SQL)
    return lambda: _value(row())


def move(transaction: Transaction) -> None:
    """Say that something has changed that decisions depend on."""
    transaction.run("UPDATE access_generation SET value = value + 1")
    transaction.known.pop(_NAME, None)


def _read(database: Connection) -> int:
    return _value(database.one(SQL))


def _value(row: Row | None) -> int:
    return 0 if row is None else int(row[0])
