"""The SQL of users, and what refers to them."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from modelry.errors import ApiError, ErrorCode
from modelry.errors.ram import (
    DELETE_CONFLICT_USER_ACCESS_KEY,
    DELETE_CONFLICT_USER_GROUP,
    DELETE_CONFLICT_USER_LOGIN_PROFILE,
    DELETE_CONFLICT_USER_POLICY,
    ENTITY_ALREADY_EXISTS_USER,
    ENTITY_NOT_EXIST_USER,
    LIMIT_EXCEEDED_USER,
)
from modelry.families.ram import generation
from modelry.families.ram.dates import date
from modelry.storage.database import Conflict, Connection, Transaction
from modelry.storage.documents import patched, without_keys
from modelry.storage.folding import folded

DOCUMENT_VERSION = 1
"""Of the documents that this family writes; it keeps the keys of later ones that it does not know."""

USERS_MAX = 1000
"""Source: Alibaba Cloud's documentation of RAM's quotas."""

_COLUMNS = "user_id, user_name, display_name, position, document"


class StoredUser(NamedTuple):
    """A user as it lies in the database."""

    user_id: str
    user_name: str
    display_name: str
    """Empty for none."""
    position: int
    """When it was made, microseconds since the epoch."""
    document: bytes
    """The user as it is shown."""


class Reference(NamedTuple):
    """Where something may stand that a user must not have when it is deleted."""

    table: str
    condition: str
    """Over one value, the user's id."""
    refusal: ErrorCode


REFERENCES = (
    Reference("ram_group_members", "user_id = ?", DELETE_CONFLICT_USER_GROUP),
    Reference("access_keys", "user_id = ?", DELETE_CONFLICT_USER_ACCESS_KEY),
    Reference("ram_policy_attachments", "entity_type = 'User' AND entity_id = ?", DELETE_CONFLICT_USER_POLICY),
    Reference("ram_login_profiles", "user_id = ?", DELETE_CONFLICT_USER_LOGIN_PROFILE),
)


def user(database: Connection, account_id: int, user_name: str) -> StoredUser:
    """The user of this name, in any case.

    Raises:
        ApiError: ENTITY_NOT_EXIST_USER.
    """
    row = database.one(
        f"SELECT {_COLUMNS} FROM ram_users WHERE account_id = ? AND folded_name = ?", account_id, folded(user_name)
    )
    if row is None:
        raise ApiError(ENTITY_NOT_EXIST_USER, user_name=user_name)
    return StoredUser(*row)


def all_names(database: Connection, account_id: int) -> list[tuple[str, str]]:
    """Id and name of every user, in the order in which they were made."""
    rows = database.all("SELECT user_id, user_name FROM ram_users WHERE account_id = ? ORDER BY position", account_id)
    return [(user_id, user_name) for user_id, user_name in rows]


def users(database: Connection, account_id: int, after: int, limit: int) -> list[StoredUser]:
    """The first users after a position, in the order in which they were made."""
    rows = database.all(
        f"SELECT {_COLUMNS} FROM ram_users WHERE account_id = ? AND position > ? ORDER BY position LIMIT ?",
        *(account_id, after, limit),
    )
    return [StoredUser(*row) for row in rows]


def add_user(transaction: Transaction, account_id: int, given: Mapping[str, object]) -> StoredUser:
    """Make a user of the fields that it is shown with, by their names on the wire.

    Raises:
        ApiError: ENTITY_ALREADY_EXISTS_USER or LIMIT_EXCEEDED_USER.
    """
    position = transaction.tick()
    user_id = f"2{position:017d}"  # the clock never gives a time out twice
    now = date(position)
    document = msgspec.json.encode({"UserId": user_id, **given, "CreateDate": now, "UpdateDate": now})
    new = StoredUser(user_id, str(given["UserName"]), str(given.get("DisplayName", "")), position, document)
    try:
        transaction.run(
            "INSERT INTO ram_users VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(account_id, user_id, new.user_name, folded(new.user_name), new.display_name, position),
            *(document, DOCUMENT_VERSION),
        )
    except Conflict as conflict:
        raise ApiError(ENTITY_ALREADY_EXISTS_USER, user_name=new.user_name) from conflict
    if transaction.count("FROM ram_users WHERE account_id = ?", account_id) > USERS_MAX:
        raise ApiError(LIMIT_EXCEEDED_USER, limit=USERS_MAX)
    transaction.changed(f"user/{new.user_name}", None, document)
    return new


def change_user(transaction: Transaction, account_id: int, before: StoredUser, changes: Mapping[str, object]) -> bytes:
    """Replace fields of a user, by their names on the wire; empty ones are cleared. The user as it is shown then.

    Raises:
        ApiError: ENTITY_ALREADY_EXISTS_USER.
    """
    cleared = [name for name, value in changes.items() if value == ""]
    changed = patched(before.document, {**changes, "UpdateDate": date(transaction.tick())})
    document = without_keys(changed, *cleared)
    user_name = str(changes.get("UserName", before.user_name))
    try:
        transaction.run(
            "UPDATE ram_users SET user_name = ?, folded_name = ?, display_name = ?, document = ?"
            " WHERE account_id = ? AND user_id = ?",
            *(user_name, folded(user_name), str(changes.get("DisplayName", before.display_name)), document),
            *(account_id, before.user_id),
        )
    except Conflict as conflict:
        raise ApiError(ENTITY_ALREADY_EXISTS_USER, user_name=user_name) from conflict
    transaction.changed(f"user/{before.user_name}", before.document, document)
    if user_name != before.user_name:
        generation.move(transaction)
    return document


def delete_user(transaction: Transaction, account_id: int, gone: StoredUser) -> None:
    """Remove a user.

    Raises:
        ApiError: one of `REFERENCES` still has something of the user.
    """
    for reference in REFERENCES:
        where = f"FROM {reference.table} WHERE account_id = ? AND {reference.condition}"
        if transaction.one(f"SELECT 1 {where} LIMIT 1", account_id, gone.user_id):
            raise ApiError(reference.refusal, user_name=gone.user_name)
    transaction.run("DELETE FROM ram_users WHERE account_id = ? AND user_id = ?", account_id, gone.user_id)
    transaction.changed(f"user/{gone.user_name}", gone.document, None)
    generation.move(transaction)
