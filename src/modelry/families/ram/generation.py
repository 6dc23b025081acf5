"""A number that moves with everything that a decision depends on: keys, users, groups, policies, roles, members.

Whoever has read such things at one number may go on using them until it moves. It moves in the transaction of the
change, so a write that finds another number in its own transaction reads them anew and decides on what is committed.
"""

from modelry.storage.database import Connection, Transaction


def current(database: Connection) -> int:
    """The number now."""
    row = database.one("SELECT value FROM access_generation")
    return 0 if row is None else int(row[0])


def move(transaction: Transaction) -> None:
    """Say that something has changed that decisions depend on."""
    transaction.run("UPDATE access_generation SET value = value + 1")
