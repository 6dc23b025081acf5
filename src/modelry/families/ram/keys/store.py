"""The SQL of access keys, of their last uses, and of the nonces that their writes have used."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from modelry.access.principal import Principal
from modelry.errors import NONCE_USED, ApiError
from modelry.errors.ram import LIMIT_EXCEEDED_USER_ACCESS_KEY
from modelry.families.ram import generation
from modelry.families.ram.dates import date
from modelry.families.ram.keys.structs import Status
from modelry.storage.database import Check, Connection, Gathering, Key, Lookup, Row, Transaction

KEYS_MAX = 2
"""Of a user. Source: Alibaba Cloud's documentation of RAM's quotas."""


class StoredKey(NamedTuple):
    """An access key as it lies in the database."""

    principal: Principal
    status: Status
    sealed_secret: bytes


class OwnedKey(NamedTuple):
    """An access key as its owner sees it."""

    access_key_id: str
    status: Status
    position: int
    """When it was made, microseconds since the epoch."""


class Owner(NamedTuple):
    """Whose keys."""

    account_id: int
    user_id: str
    """The account's own id for its own keys."""
    user_name: str
    """Empty for the account."""


_FORGET_EVERY = 16
_KEYS = (
    "SELECT k.account_id, k.user_id, coalesce(u.user_name, ''), k.access_key_id, k.status, k.sealed_secret"
    " FROM access_keys k LEFT JOIN ram_users u ON u.account_id = k.account_id AND u.user_id = k.user_id"
)
_OWNED = "SELECT access_key_id, status, gmt_create FROM access_keys WHERE account_id = ? AND user_id = ?"


def key(database: Connection, access_key_id: str) -> StoredKey | None:
    """The access key with this id, whatever its status."""
    return _stored(database.one(f"{_KEYS} WHERE k.access_key_id = ?", access_key_id))


def root_key(database: Connection) -> StoredKey | None:
    """The account's own key, the one that was made first."""
    return _stored(database.one(f"{_KEYS} WHERE k.user_id = CAST(k.account_id AS TEXT) ORDER BY k.gmt_create LIMIT 1"))


def keys(database: Connection, owner: Owner) -> list[OwnedKey]:
    """All keys of somebody, in the order in which they were made."""
    rows = database.all(f"{_OWNED} ORDER BY gmt_create", owner.account_id, owner.user_id)
    return [OwnedKey(*row) for row in rows]


def owned_key(database: Connection, owner: Owner, access_key_id: str) -> OwnedKey | None:
    """The key with this id, if it is theirs."""
    row = database.one(f"{_OWNED} AND access_key_id = ?", owner.account_id, owner.user_id, access_key_id)
    return OwnedKey(*row) if row else None


def last_used(database: Connection, account_id: int, access_key_id: str) -> int | None:
    """When a key was last used, in Unix seconds."""
    sql = "SELECT last_used FROM access_key_uses WHERE account_id = ? AND access_key_id = ?"
    row = database.one(sql, account_id, access_key_id)
    return int(row[0]) if row else None


def add_key(transaction: Transaction, new: StoredKey) -> OwnedKey:
    """Keep a new access key.

    Raises:
        ApiError: LIMIT_EXCEEDED_USER_ACCESS_KEY; the account itself has no limit.
    """
    principal = new.principal
    made = OwnedKey(principal.access_key_id, new.status, transaction.tick())
    transaction.run(
        "INSERT INTO access_keys VALUES (?, ?, ?, ?, ?, ?)",
        *(principal.account_id, made.access_key_id, principal.user_id, new.status, new.sealed_secret, made.position),
    )
    where = "FROM access_keys WHERE account_id = ? AND user_id = ?"
    if not principal.is_account and transaction.count(where, principal.account_id, principal.user_id) > KEYS_MAX:
        raise ApiError(LIMIT_EXCEEDED_USER_ACCESS_KEY, limit=KEYS_MAX)
    owner = Owner(principal.account_id, principal.user_id, principal.name)
    transaction.changed(_resource(owner, made), None, _document(made))
    return made


def set_status(transaction: Transaction, owner: Owner, before: OwnedKey, status: Status) -> None:
    """Activate or deactivate a key of somebody."""
    after = before._replace(status=status)
    transaction.run(
        "UPDATE access_keys SET status = ? WHERE account_id = ? AND user_id = ? AND access_key_id = ?",
        *(status, owner.account_id, owner.user_id, before.access_key_id),
    )
    transaction.changed(_resource(owner, before), _document(before), _document(after))
    generation.move(transaction)


def delete_key(transaction: Transaction, owner: Owner, gone: OwnedKey) -> None:
    """Remove a key of somebody, and what is known of its use."""
    transaction.run(
        "DELETE FROM access_keys WHERE account_id = ? AND user_id = ? AND access_key_id = ?",
        *(owner.account_id, owner.user_id, gone.access_key_id),
    )
    transaction.run(
        "DELETE FROM access_key_uses WHERE account_id = ? AND access_key_id = ?", owner.account_id, gone.access_key_id
    )
    transaction.changed(_resource(owner, gone), _document(gone), None)
    generation.move(transaction)


def note_uses(transaction: Transaction, uses: Mapping[str, int]) -> None:
    """Keep when keys were last used, in Unix seconds by key id; an earlier time than is known changes nothing.

    Keys that were deleted meanwhile, and temporary ones, are left out.
    """
    for access_key_id, seconds in uses.items():
        transaction.run(
            "INSERT INTO access_key_uses (account_id, access_key_id, last_used)"
            " SELECT account_id, access_key_id, ? FROM access_keys WHERE access_key_id = ?"
            " ON CONFLICT (account_id, access_key_id) DO UPDATE SET last_used = excluded.last_used"
            " WHERE access_key_uses.last_used < excluded.last_used",
            *(seconds, access_key_id),
        )


_NONCE = Lookup("SELECT expires FROM nonces WHERE digest = ?")
_NONCES = Gathering("nonces", ("digest", "expires"))


def nonce_key(digest: bytes) -> Key:
    """Finds a nonce that was used."""
    return Key(_NONCE, (digest,))


def use_nonce(transaction: Transaction, digest: bytes, expires: int, now: int) -> Check | None:
    """Record that a write used a nonce; now and then forget some whose time is over, more than were added since.

    What is answered raises NONCE_USED if it was used before.

    Raises:
        ApiError: NONCE_USED, where that is known already.
    """
    if digest[0] % _FORGET_EVERY == 0:
        transaction.later(
            "DELETE FROM nonces WHERE digest IN (SELECT digest FROM nonces WHERE expires < ? LIMIT 64)", now
        )
    key = nonce_key(digest)
    if key in transaction.found_ahead:
        if transaction.find(key) is not None:
            raise ApiError(NONCE_USED)
        transaction.gather(_NONCES, digest, expires)
        return None
    added = transaction.later("INSERT INTO nonces VALUES (?, ?) ON CONFLICT DO NOTHING", digest, expires)

    def check() -> None:
        if not added():
            raise ApiError(NONCE_USED)

    return check


def _stored(row: Row | None) -> StoredKey | None:
    if row is None:
        return None
    account_id, user_id, user_name, access_key_id, status, sealed_secret = row
    principal = Principal(account_id=account_id, user_id=user_id, access_key_id=access_key_id, name=user_name)
    return StoredKey(principal, status, sealed_secret)


def _resource(owner: Owner, of: OwnedKey) -> str:
    whose = f"user/{owner.user_name}" if owner.user_name else "root"
    return f"{whose}/accesskey/{of.access_key_id}"


def _document(of: OwnedKey) -> bytes:
    return msgspec.json.encode({"AccessKeyId": of.access_key_id, "Status": of.status, "CreateDate": date(of.position)})
