"""The SQL of roles."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from modelry.errors import ApiError
from modelry.errors.ram import ENTITY_ALREADY_EXISTS_ROLE, ENTITY_NOT_EXIST_ROLE, LIMIT_EXCEEDED_ROLE
from modelry.families.ram import generation
from modelry.families.ram.dates import date
from modelry.families.ram.roles.structs import RoleDocument
from modelry.storage.database import Conflict, Connection, Row, Transaction
from modelry.storage.documents import patched
from modelry.storage.folding import folded

DOCUMENT_VERSION = 1

ROLES_MAX = 1000
"""Source: Alibaba Cloud's documentation of RAM's quotas."""

_AT_ONCE = 101
"""Roles that one statement of a list reads: one more than a page has if its size is not asked for."""

_COLUMNS = "SELECT position, document FROM ram_roles WHERE account_id = ?"


class StoredRole(NamedTuple):
    """A role as it lies in the database."""

    position: int
    document: RoleDocument

    @property
    def role_id(self) -> str:
        """18 digits, never those of another role."""
        return self.document.role_id

    @property
    def role_name(self) -> str:
        """As it was written when the role was made."""
        return self.document.role_name

    @property
    def trust_document(self) -> str:
        """The text of the trust policy, which was read when it was stored."""
        return self.document.assume_role_policy_document

    @property
    def max_session_duration(self) -> int:
        """Seconds."""
        return self.document.max_session_duration


def role_id(position: int) -> str:
    """18 digits that no other role ever has, and no user: the clock never gives a time out twice."""
    return f"3{position:017d}"


def arn(account_id: int, role_name: str) -> str:
    """How the role is named in policies and by AssumeRole; compared without case.

    Source: roles of the real service, whose ARNs have the name in lower case.
    """
    return f"acs:ram::{account_id}:role/{role_name.lower()}"


def role(database: Connection, account_id: int, role_name: str) -> StoredRole:
    """A role, found without regard to case.

    Raises:
        ApiError: ENTITY_NOT_EXIST_ROLE.
    """
    row = database.one(f"{_COLUMNS} AND folded_name = ?", account_id, folded(role_name))
    if row is None:
        raise ApiError(ENTITY_NOT_EXIST_ROLE, role_name=role_name)
    return _stored(row)


def role_by_id(database: Connection, account_id: int, role_id: str) -> StoredRole | None:
    """The role with this id."""
    row = database.one(f"{_COLUMNS} AND role_id = ?", account_id, role_id)
    return None if row is None else _stored(row)


def roles(database: Connection, account_id: int, after: int) -> Iterator[StoredRole]:
    """The roles behind a position, in order of their creation; read as far as they are asked for."""
    while rows := database.all(f"{_COLUMNS} AND position > ? ORDER BY position LIMIT ?", account_id, after, _AT_ONCE):
        yield from map(_stored, rows)
        after = rows[-1][0]


def add_role(transaction: Transaction, account_id: int, new: RoleDocument, position: int) -> None:
    """Keep a new role.

    Raises:
        ApiError: ENTITY_ALREADY_EXISTS_ROLE or LIMIT_EXCEEDED_ROLE.
    """
    document = msgspec.json.encode(new)
    try:
        transaction.run(
            "INSERT INTO ram_roles (position, account_id, role_id, folded_name, document_version, document)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(position, account_id, new.role_id, folded(new.role_name), DOCUMENT_VERSION, document),
        )
    except Conflict as conflict:
        raise ApiError(ENTITY_ALREADY_EXISTS_ROLE, role_name=new.role_name) from conflict
    if transaction.count("FROM ram_roles WHERE account_id = ?", account_id) > ROLES_MAX:
        raise ApiError(LIMIT_EXCEEDED_ROLE, limit=ROLES_MAX)
    transaction.changed(_resource(new.role_name), None, document)


def change_role(
    transaction: Transaction, account_id: int, found: StoredRole, changes: Mapping[str, object]
) -> StoredRole:
    """Replace some fields of a role, given by their names on the wire; the role afterwards."""
    where = "WHERE account_id = ? AND position = ?"
    row = transaction.one(f"SELECT document FROM ram_roles {where}", account_id, found.position)
    before = bytes(row[0]) if row else b"{}"
    after = patched(before, {**changes, "UpdateDate": date(transaction.tick())})
    transaction.run(
        f"UPDATE ram_roles SET document_version = ?, document = ? {where}",
        *(DOCUMENT_VERSION, after, account_id, found.position),
    )
    transaction.changed(_resource(found.role_name), before, after)
    generation.move(transaction)
    return role(transaction, account_id, found.role_name)


def delete_role(transaction: Transaction, account_id: int, found: StoredRole) -> None:
    """Remove a role; its sessions end with it."""
    transaction.run("DELETE FROM ram_roles WHERE account_id = ? AND position = ?", account_id, found.position)
    transaction.changed(_resource(found.role_name), msgspec.json.encode(found.document), None)
    generation.move(transaction)


def _stored(row: Row) -> StoredRole:
    position, document = row
    return StoredRole(position, msgspec.json.decode(document, type=RoleDocument))


def _resource(role_name: str) -> str:
    return f"role/{role_name}"
