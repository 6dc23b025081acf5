"""The SQL of access keys and of the nonces that their writes have used."""

from typing import Literal, NamedTuple

from modelry.access.principal import Principal
from modelry.errors import NONCE_USED, ApiError
from modelry.storage.database import Connection, Row, Transaction

Status = Literal["Active", "Inactive"]


class StoredKey(NamedTuple):
    """An access key as it lies in the database."""

    principal: Principal
    status: Status
    sealed_secret: bytes


_FORGET_EVERY = 16
_COLUMNS = "account_id, user_id, access_key_id, status, sealed_secret"


def key(database: Connection, access_key_id: str) -> StoredKey | None:
    """The access key with this id, whatever its status."""
    return _stored(database.one(f"SELECT {_COLUMNS} FROM access_keys WHERE access_key_id = ?", access_key_id))


def root_key(database: Connection) -> StoredKey | None:
    """The account's own key, the one that was made first."""
    return _stored(
        database.one(
            f"SELECT {_COLUMNS} FROM access_keys WHERE user_id = CAST(account_id AS TEXT) ORDER BY gmt_create LIMIT 1"
        )
    )


def add_key(transaction: Transaction, new: StoredKey) -> None:
    """Keep a new access key."""
    transaction.run(
        "INSERT INTO access_keys VALUES (?, ?, ?, ?, ?, ?)",
        new.principal.account_id,
        new.principal.access_key_id,
        new.principal.user_id,
        new.status,
        new.sealed_secret,
        transaction.tick(),
    )


def set_status(transaction: Transaction, access_key_id: str, status: Status) -> None:
    """Activate or deactivate a key; whoever does so bumps the machine's generation."""
    transaction.run("UPDATE access_keys SET status = ? WHERE access_key_id = ?", status, access_key_id)


def use_nonce(transaction: Transaction, digest: bytes, expires: int, now: int) -> None:
    """Record that a write used a nonce; now and then forget some whose time is over, more than were added since.

    Raises:
        ApiError: NONCE_USED.
    """
    if digest[0] % _FORGET_EVERY == 0:
        transaction.run(
            "DELETE FROM nonces WHERE digest IN (SELECT digest FROM nonces WHERE expires < ? LIMIT 64)", now
        )
    if not transaction.run("INSERT OR IGNORE INTO nonces VALUES (?, ?)", digest, expires):
        raise ApiError(NONCE_USED)


def _stored(row: Row | None) -> StoredKey | None:
    if row is None:
        return None
    account_id, user_id, access_key_id, status, sealed_secret = row
    principal = Principal(account_id=account_id, user_id=user_id, access_key_id=access_key_id)
    return StoredKey(principal, status, sealed_secret)
