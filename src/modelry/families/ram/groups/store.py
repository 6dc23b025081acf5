"""The SQL of groups and of who is in them."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from modelry.contract.ids import new_id
from modelry.errors import ApiError, ErrorCode
from modelry.errors.ram import (
    DELETE_CONFLICT_GROUP_POLICY,
    DELETE_CONFLICT_GROUP_USER,
    ENTITY_ALREADY_EXISTS_GROUP,
    ENTITY_ALREADY_EXISTS_USER_GROUP,
    ENTITY_NOT_EXIST_GROUP,
    ENTITY_NOT_EXIST_USER_GROUP,
    LIMIT_EXCEEDED_GROUP,
    LIMIT_EXCEEDED_USER_GROUP,
)
from modelry.families.ram import generation
from modelry.families.ram.dates import date
from modelry.families.ram.users.store import Reference, StoredUser
from modelry.storage.database import Conflict, Connection, Transaction
from modelry.storage.documents import patched, without_keys
from modelry.storage.folding import folded

DOCUMENT_VERSION = 1
"""Of the documents that this family writes; it keeps the keys of later ones that it does not know."""

GROUPS_MAX = 50
GROUPS_OF_USER_MAX = 5
"""Source: Alibaba Cloud's documentation of RAM's quotas."""

_ID_LENGTH = 16
_COLUMNS = "group_id, group_name, position, document"


class StoredGroup(NamedTuple):
    """A group as it lies in the database."""

    group_id: str
    group_name: str
    position: int
    """When it was made, microseconds since the epoch."""
    document: bytes
    """The group as it is shown."""


class Joined(NamedTuple):
    """A group that a user is in."""

    document: bytes
    position: int
    """When the user joined, microseconds since the epoch."""


class Member(NamedTuple):
    """A user of a group."""

    user_name: str
    display_name: str
    """Empty for none."""
    position: int
    """When the user joined, microseconds since the epoch."""


REFERENCES = (
    Reference("ram_group_members", "group_id = ?", DELETE_CONFLICT_GROUP_USER),
    Reference("ram_policy_attachments", "entity_type = 'Group' AND entity_id = ?", DELETE_CONFLICT_GROUP_POLICY),
)
"""What a group must not have when it is deleted."""


def group(database: Connection, account_id: int, group_name: str) -> StoredGroup:
    """The group of this name, in any case.

    Raises:
        ApiError: ENTITY_NOT_EXIST_GROUP.
    """
    row = database.one(
        f"SELECT {_COLUMNS} FROM ram_groups WHERE account_id = ? AND folded_name = ?", account_id, folded(group_name)
    )
    if row is None:
        raise ApiError(ENTITY_NOT_EXIST_GROUP, group_name=group_name)
    return StoredGroup(*row)


def groups(database: Connection, account_id: int, after: int, limit: int) -> list[StoredGroup]:
    """The first groups after a position, in the order in which they were made."""
    rows = database.all(
        f"SELECT {_COLUMNS} FROM ram_groups WHERE account_id = ? AND position > ? ORDER BY position LIMIT ?",
        *(account_id, after, limit),
    )
    return [StoredGroup(*row) for row in rows]


def add_group(transaction: Transaction, account_id: int, given: Mapping[str, object]) -> StoredGroup:
    """Make a group of the fields that it is shown with, by their names on the wire.

    Raises:
        ApiError: ENTITY_ALREADY_EXISTS_GROUP or LIMIT_EXCEEDED_GROUP.
    """
    position = transaction.tick()
    now = date(position)
    group_id, group_name = new_id("g", _ID_LENGTH), str(given["GroupName"])
    document = msgspec.json.encode({"GroupId": group_id, **given, "CreateDate": now, "UpdateDate": now})
    try:
        transaction.run(
            "INSERT INTO ram_groups VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(account_id, group_id, group_name, folded(group_name), position, document, DOCUMENT_VERSION),
        )
    except Conflict as conflict:
        raise ApiError(ENTITY_ALREADY_EXISTS_GROUP, group_name=group_name) from conflict
    if transaction.count("FROM ram_groups WHERE account_id = ?", account_id) > GROUPS_MAX:
        raise ApiError(LIMIT_EXCEEDED_GROUP, limit=GROUPS_MAX)
    transaction.changed(f"group/{group_name}", None, document)
    return StoredGroup(group_id, group_name, position, document)


def change_group(
    transaction: Transaction, account_id: int, before: StoredGroup, changes: Mapping[str, object]
) -> bytes:
    """Replace fields of a group, by their names on the wire; empty ones are cleared. The group as it is shown then.

    Raises:
        ApiError: ENTITY_ALREADY_EXISTS_GROUP.
    """
    cleared = [name for name, value in changes.items() if value == ""]
    changed = patched(before.document, {**changes, "UpdateDate": date(transaction.tick())})
    document = without_keys(changed, *cleared)
    group_name = str(changes.get("GroupName", before.group_name))
    try:
        transaction.run(
            "UPDATE ram_groups SET group_name = ?, folded_name = ?, document = ? WHERE account_id = ? AND group_id = ?",
            *(group_name, folded(group_name), document, account_id, before.group_id),
        )
    except Conflict as conflict:
        raise ApiError(ENTITY_ALREADY_EXISTS_GROUP, group_name=group_name) from conflict
    transaction.changed(f"group/{before.group_name}", before.document, document)
    if group_name != before.group_name:  # decisions say which group's policy it was
        generation.move(transaction)
    return document


def delete_group(transaction: Transaction, account_id: int, gone: StoredGroup) -> None:
    """Remove a group.

    Raises:
        ApiError: one of `REFERENCES` still has something of the group.
    """
    for reference in REFERENCES:
        where = f"FROM {reference.table} WHERE account_id = ? AND {reference.condition}"
        if transaction.one(f"SELECT 1 {where} LIMIT 1", account_id, gone.group_id):
            raise ApiError(reference.refusal, group_name=gone.group_name)
    transaction.run("DELETE FROM ram_groups WHERE account_id = ? AND group_id = ?", account_id, gone.group_id)
    transaction.changed(f"group/{gone.group_name}", gone.document, None)


def join(transaction: Transaction, account_id: int, member: StoredUser, joined: StoredGroup) -> None:
    """Have a user join a group.

    Raises:
        ApiError: ENTITY_ALREADY_EXISTS_USER_GROUP or LIMIT_EXCEEDED_USER_GROUP.
    """
    try:
        transaction.run(
            "INSERT INTO ram_group_members VALUES (?, ?, ?, ?)",
            *(account_id, joined.group_id, member.user_id, transaction.tick()),
        )
    except Conflict as conflict:
        raise _about(ENTITY_ALREADY_EXISTS_USER_GROUP, member, joined) from conflict
    where = "FROM ram_group_members WHERE account_id = ? AND user_id = ?"
    if transaction.count(where, account_id, member.user_id) > GROUPS_OF_USER_MAX:
        raise ApiError(LIMIT_EXCEEDED_USER_GROUP, limit=GROUPS_OF_USER_MAX)
    transaction.changed(_membership(member, joined), None, _membership_document(member, joined))
    generation.move(transaction)


def leave(transaction: Transaction, account_id: int, member: StoredUser, left: StoredGroup) -> None:
    """Have a user leave a group.

    Raises:
        ApiError: ENTITY_NOT_EXIST_USER_GROUP.
    """
    sql = "DELETE FROM ram_group_members WHERE account_id = ? AND group_id = ? AND user_id = ?"
    if not transaction.run(sql, account_id, left.group_id, member.user_id):
        raise _about(ENTITY_NOT_EXIST_USER_GROUP, member, left)
    transaction.changed(_membership(member, left), _membership_document(member, left), None)
    generation.move(transaction)


def groups_of(database: Connection, account_id: int, user_id: str) -> list[Joined]:
    """All groups of a user, in the order in which it joined them."""
    rows = database.all(
        "SELECT g.document, m.position FROM ram_group_members m JOIN ram_groups g USING (account_id, group_id)"
        " WHERE m.account_id = ? AND m.user_id = ? ORDER BY m.position",
        *(account_id, user_id),
    )
    return [Joined(*row) for row in rows]


def members(database: Connection, account_id: int, group_id: str, after: int, limit: int) -> list[Member]:
    """The first users of a group who joined after a position, in the order in which they joined."""
    rows = database.all(
        "SELECT u.user_name, u.display_name, m.position"
        " FROM ram_group_members m JOIN ram_users u USING (account_id, user_id)"
        " WHERE m.account_id = ? AND m.group_id = ? AND m.position > ? ORDER BY m.position LIMIT ?",
        *(account_id, group_id, after, limit),
    )
    return [Member(*row) for row in rows]


def _about(error: ErrorCode, member: StoredUser, of: StoredGroup) -> ApiError:
    return ApiError(error, user_name=member.user_name, group_name=of.group_name)


def _membership(member: StoredUser, of: StoredGroup) -> str:
    return f"group/{of.group_name}/user/{member.user_name}"


def _membership_document(member: StoredUser, of: StoredGroup) -> bytes:
    return msgspec.json.encode({"GroupName": of.group_name, "UserName": member.user_name, "UserId": member.user_id})
