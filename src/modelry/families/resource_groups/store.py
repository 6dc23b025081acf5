"""The SQL of resource groups."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from modelry.contract.ids import new_id
from modelry.errors import ApiError
from modelry.errors.resource_manager import ENTITY_NOT_EXISTS_RESOURCE_GROUP
from modelry.families.ram.tagging import Tag
from modelry.families.resource_groups.structs import GroupDocument
from modelry.storage.database import Connection, Row, Transaction
from modelry.storage.documents import patched
from modelry.storage.folding import folded

DOCUMENT_VERSION = 1

_DEFAULT = "default"
_ID_LENGTH = 15


class FoundGroup(NamedTuple):
    """A resource group as a read finds it."""

    position: int
    """When it was made, in microseconds since the epoch."""
    is_default: bool
    document: GroupDocument


_COLUMNS = "SELECT position, name, document FROM resource_groups WHERE account_id = ?"


def default_group_id(database: Connection, account_id: int) -> str | None:
    """The id of the group of whatever names none."""
    row = database.one(
        "SELECT resource_group_id FROM resource_groups WHERE account_id = ? AND name = ?", account_id, _DEFAULT
    )
    return None if row is None else str(row[0])


def first_start(transaction: Transaction, account_id: int) -> str:
    """The id of the default group, which is made if it is not there yet."""
    known = default_group_id(transaction, account_id)
    if known is not None:
        return known
    return add(transaction, account_id, name=_DEFAULT, display_name="default resource group", tags=[]).document.id


def group(database: Connection, account_id: int, resource_group_id: str) -> FoundGroup:
    """A resource group.

    Raises:
        ApiError: ENTITY_NOT_EXISTS_RESOURCE_GROUP.
    """
    row = database.one(f"{_COLUMNS} AND resource_group_id = ?", account_id, resource_group_id)
    if row is None:
        raise ApiError(ENTITY_NOT_EXISTS_RESOURCE_GROUP, resource_group_id=resource_group_id)
    return _found(row)


def groups(database: Connection, account_id: int) -> list[FoundGroup]:
    """Every resource group, in order of creation; an account has a few dozen at most."""
    return [_found(row) for row in database.all(f"{_COLUMNS} ORDER BY position", account_id)]


def group_count(database: Connection, account_id: int) -> int:
    """How many resource groups there are, the default one among them."""
    return database.count("FROM resource_groups WHERE account_id = ?", account_id)


def is_in_use(database: Connection, account_id: int, resource_group_id: str) -> bool:
    """Whether something lies in a resource group."""
    # The family of workspaces is built on this one, so its table is known here by name alone.
    sql = "SELECT 1 FROM workspaces WHERE account_id = ? AND resource_group_id = ? LIMIT 1"
    return database.one(sql, account_id, resource_group_id) is not None


def add(transaction: Transaction, account_id: int, *, name: str, display_name: str, tags: list[Tag]) -> FoundGroup:
    """Keep a new resource group.

    Raises:
        Conflict: the account has one of that name.
    """
    position = transaction.tick()
    new = GroupDocument(id=new_id("rg", length=_ID_LENGTH), name=name, display_name=display_name, tags=tags)
    document = msgspec.json.encode(new)
    transaction.run(
        "INSERT INTO resource_groups (position, account_id, resource_group_id, name, document_version, document)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        *(position, account_id, new.id, folded(name), DOCUMENT_VERSION, document),
    )
    transaction.changed(_resource(new.id), None, document)
    return FoundGroup(position, folded(name) == _DEFAULT, new)


def set_display_name(transaction: Transaction, account_id: int, found: FoundGroup, display_name: str) -> FoundGroup:
    """Call a resource group otherwise; the group afterwards."""
    return _change(transaction, account_id, found, "DisplayName", display_name)


def set_tags(transaction: Transaction, account_id: int, found: FoundGroup, tags: Iterable[Tag]) -> FoundGroup:
    """Have a resource group carry these tags; the group afterwards."""
    return _change(transaction, account_id, found, "Tags", list(tags))


def delete(transaction: Transaction, account_id: int, found: FoundGroup) -> None:
    """Remove a resource group."""
    transaction.run("DELETE FROM resource_groups WHERE account_id = ? AND position = ?", account_id, found.position)
    transaction.changed(_resource(found.document.id), msgspec.json.encode(found.document), None)


def _change(transaction: Transaction, account_id: int, found: FoundGroup, key: str, value: object) -> FoundGroup:
    where = "WHERE account_id = ? AND position = ?"
    row = transaction.one(f"SELECT document FROM resource_groups {where}", account_id, found.position)
    before = bytes(row[0]) if row else b"{}"
    after = patched(before, {key: value})
    transaction.run(
        f"UPDATE resource_groups SET document_version = ?, document = ? {where}",
        *(DOCUMENT_VERSION, after, account_id, found.position),
    )
    transaction.changed(_resource(found.document.id), before, after)
    return group(transaction, account_id, found.document.id)


def _found(row: Row) -> FoundGroup:
    position, name, document = row
    return FoundGroup(position, name == _DEFAULT, msgspec.json.decode(document, type=GroupDocument))


def _resource(resource_group_id: str) -> str:
    return f"resourcegroup/{resource_group_id}"
