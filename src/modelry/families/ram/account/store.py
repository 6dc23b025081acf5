"""The SQL of the account's settings."""

import msgspec

from modelry.storage.database import Connection, Transaction

_RESOURCE = "accountalias"


def alias(database: Connection, account_id: int) -> str | None:
    """The account's alias."""
    row = database.one("SELECT account_alias FROM ram_account_aliases WHERE account_id = ?", account_id)
    return row[0] if row else None


def set_alias(transaction: Transaction, account_id: int, account_alias: str) -> None:
    """Give the account an alias, in place of the one that it may have."""
    before = alias(transaction, account_id)
    transaction.run(
        "INSERT INTO ram_account_aliases VALUES (?, ?)"
        " ON CONFLICT (account_id) DO UPDATE SET account_alias = excluded.account_alias",
        *(account_id, account_alias),
    )
    transaction.changed(_RESOURCE, _document(before), _document(account_alias))


def clear_alias(transaction: Transaction, account_id: int) -> None:
    """Take the account's alias away, if it has one."""
    before = alias(transaction, account_id)
    if before is not None:
        transaction.run("DELETE FROM ram_account_aliases WHERE account_id = ?", account_id)
        transaction.changed(_RESOURCE, _document(before), None)


def _document(account_alias: str | None) -> bytes | None:
    return None if account_alias is None else msgspec.json.encode({"AccountAlias": account_alias})
