"""The SQL of workspaces, and of a workspace's first member, its owner."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from modelry.access.predicate import Predicate
from modelry.access.roles import ADMIN, OWNER
from modelry.errors import WORKSPACE_NOT_FOUND, ApiError
from modelry.families.ram import generation
from modelry.families.resource_groups import store as resource_groups
from modelry.families.workspaces.structs import StoredWorkspace
from modelry.families.workspaces.users import known_as
from modelry.storage.database import Connection, Key, Lookup, Transaction
from modelry.storage.documents import patched
from modelry.storage.folding import folded
from modelry.storage.paging import Page
from modelry.storage.predicates import Columns, Sets, Sql, rendered
from modelry.storage.times import shown

DOCUMENT_VERSION = 1
"""Of the documents that this family writes; it keeps the keys of later ones that it does not know."""

_FIRST_ID = 100001

_ADMINISTRATORS_AND_OWNER = f"""
  (SELECT group_concat({known_as("h")}, '\n') FROM workspace_member_roles h
   WHERE h.account_id = w.account_id AND h.workspace_id = w.workspace_id AND h.role_id = '{ADMIN}'),
  (SELECT {known_as("h")} FROM workspace_member_roles h
   WHERE h.account_id = w.account_id AND h.workspace_id = w.workspace_id AND h.role_id = '{OWNER}')
"""
_COLUMNS = f"""
  w.document,
  EXISTS (SELECT 1 FROM default_workspaces d WHERE d.account_id = w.account_id AND d.workspace_id = w.workspace_id),
  {_ADMINISTRATORS_AND_OWNER}
"""
_WORKSPACE = Lookup(f"SELECT {_COLUMNS} FROM workspaces w WHERE w.account_id = ? AND w.workspace_id = ?")
_DEFAULT_WORKSPACE = Lookup(
    f"SELECT {_COLUMNS} FROM default_workspaces p JOIN workspaces w USING (account_id, workspace_id)"
    " WHERE p.account_id = ?"
)


class FoundWorkspace(NamedTuple):
    """A workspace as a read finds it."""

    document: bytes
    is_default: int
    administrators: str | None
    """What `users.known_as` found of each, a line each."""
    owner: str | None
    """Likewise."""


class Role(NamedTuple):
    """A role as a member holds it."""

    role_id: str
    """The name of a built-in role, the id of a custom one."""

    shown_as: str
    """Which of its names the caller used."""


def workspace(account_id: int, workspace_id: str) -> Key:
    """Finds a `FoundWorkspace`."""
    return Key(_WORKSPACE, (account_id, workspace_id))


def default_workspace(account_id: int) -> Key:
    """Finds the account's default workspace, a `FoundWorkspace`."""
    return Key(_DEFAULT_WORKSPACE, (account_id,))


def workspace_exists(database: Connection, account_id: int, workspace_id: str) -> bool:
    """Whether the account has this workspace."""
    sql = "SELECT 1 FROM workspaces WHERE account_id = ? AND workspace_id = ?"
    return database.one(sql, account_id, workspace_id) is not None


def require(database: Connection, account_id: int, workspace_id: str) -> None:
    """See that the account has this workspace.

    Raises:
        ApiError: WORKSPACE_NOT_FOUND.
    """
    if not workspace_exists(database, account_id, workspace_id):
        raise ApiError(WORKSPACE_NOT_FOUND, workspace_id=workspace_id)


def default_workspace_id(database: Connection, account_id: int) -> str | None:
    """The workspace that a model goes to when none is named."""
    row = database.one("SELECT workspace_id FROM default_workspaces WHERE account_id = ?", account_id)
    return None if row is None else str(row[0])


def found(database: Connection, account_id: int, workspace_id: str) -> StoredWorkspace:
    """A workspace.

    Raises:
        ApiError: WORKSPACE_NOT_FOUND.
    """
    return msgspec.json.decode(_stored(database, account_id, workspace_id), type=StoredWorkspace)


def new_workspace_id(transaction: Transaction, account_id: int) -> str:
    """An id that no workspace of the account ever had."""
    transaction.run(
        "INSERT INTO workspace_ids (account_id, last_id) VALUES (?, ?)"
        " ON CONFLICT (account_id) DO UPDATE SET last_id = workspace_ids.last_id + 1",
        *(account_id, _FIRST_ID),
    )
    row = transaction.one("SELECT last_id FROM workspace_ids WHERE account_id = ?", account_id)
    return str(row[0]) if row else ""


def add_workspace(transaction: Transaction, account_id: int, new: StoredWorkspace, position: int) -> None:
    """Keep a new workspace; its creator becomes its owner and first administrator.

    Raises:
        Conflict: the account has a workspace of that name.
    """
    transaction.run(
        "INSERT INTO workspaces (position, account_id, workspace_id, folded_name, resource_group_id, status,"
        " gmt_modified, document_version, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(position, account_id, new.workspace_id, folded(new.workspace_name), new.resource_group_id, new.status),
        *(position, DOCUMENT_VERSION, msgspec.json.encode(new)),
    )
    transaction.changed(f"workspace/{new.workspace_id}", None, msgspec.json.encode(new))
    roles = [Role(name, name) for name in (OWNER, ADMIN)]
    add_member(transaction, account_id, new.workspace_id, new.creator, roles)


def change_workspace(
    transaction: Transaction, account_id: int, workspace_id: str, changes: Mapping[str, object]
) -> None:
    """Replace some fields of a workspace, given by their names on the wire.

    Raises:
        ApiError: WORKSPACE_NOT_FOUND.
    """
    now = transaction.tick()
    before = _stored(transaction, account_id, workspace_id)
    document = patched(before, {**changes, "GmtModifiedTime": shown(now)})
    after = msgspec.json.decode(document, type=StoredWorkspace)
    transaction.run(
        "UPDATE workspaces SET resource_group_id = ?, gmt_modified = ?, document_version = ?, document = ?"
        " WHERE account_id = ? AND workspace_id = ?",
        *(after.resource_group_id, now, DOCUMENT_VERSION, document, account_id, workspace_id),
    )
    transaction.changed(f"workspace/{workspace_id}", before, document)


def delete_workspace(transaction: Transaction, account_id: int, workspace_id: str) -> None:
    """Remove a workspace with its members, roles and configurations.

    Raises:
        Conflict: something that must not be lost still lies in it.
    """
    before = _stored(transaction, account_id, workspace_id)
    transaction.run("DELETE FROM workspaces WHERE account_id = ? AND workspace_id = ?", account_id, workspace_id)
    transaction.changed(f"workspace/{workspace_id}", before, None)
    generation.move(transaction)


def set_default_workspace(transaction: Transaction, account_id: int, workspace_id: str) -> None:
    """Make a workspace the account's default."""
    before = default_workspace_id(transaction, account_id)
    transaction.run(
        "INSERT INTO default_workspaces (account_id, workspace_id) VALUES (?, ?)"
        " ON CONFLICT (account_id) DO UPDATE SET workspace_id = excluded.workspace_id",
        *(account_id, workspace_id),
    )
    told = [None if each is None else msgspec.json.encode({"WorkspaceId": each}) for each in (before, workspace_id)]
    transaction.changed("defaultWorkspace", *told)


_ATTRIBUTES: Columns = {
    "workspace_id": "w.workspace_id",
    "resource": "(w.account_id || ':workspace/' || w.workspace_id)",
    "folded_name": "w.folded_name",
    "resource_group_id": "w.resource_group_id",
    "status": "w.status",
}

SORTED_BY = {"GmtCreateTime": "w.position", "GmtModifiedTime": "w.gmt_modified"}
"""Column of each `SortBy`."""

TIE = "w.position"


def workspaces(
    database: Connection, account_id: int, wanted: Predicate, page: Page
) -> tuple[list[FoundWorkspace], int]:
    """A page of the account's workspaces, and how many there are in all.

    `wanted` is over `workspace_id`, `folded_name`, `resource_group_id`, `status` and the set `members`.
    """

    def has_member(element: tuple[str, ...]) -> Sql:
        return (
            "w.workspace_id IN (SELECT workspace_id FROM workspace_members WHERE account_id = ? AND user_id = ?)",
            (account_id, *element),
        )

    sets: Sets = {"members": has_member}
    condition, values = rendered(wanted, _ATTRIBUTES, sets)
    where = f"FROM workspaces w WHERE w.account_id = ? AND {condition}"
    end, limits = page.sql()
    total_count = database.count(where, account_id, *values)
    rows = database.all(f"SELECT {_COLUMNS} {where} {end}", account_id, *values, *limits)
    return [FoundWorkspace(*row) for row in rows], total_count


def add_member(
    transaction: Transaction, account_id: int, workspace_id: str, user_id: str, roles: Sequence[Role]
) -> int:
    """Make a user a member; when, in microseconds since the epoch.

    Raises:
        Conflict: the user is a member already.
    """
    position = transaction.tick()
    transaction.run(
        "INSERT INTO workspace_members (position, account_id, workspace_id, user_id) VALUES (?, ?, ?, ?)",
        *(position, account_id, workspace_id, user_id),
    )
    give_roles(transaction, account_id, workspace_id, user_id, roles)
    return position


def give_roles(
    transaction: Transaction, account_id: int, workspace_id: str, user_id: str, roles: Iterable[Role]
) -> None:
    """Give a member roles; one that is held already stays as it is."""
    before = roles_held(transaction, account_id, workspace_id, user_id)
    for role in roles:
        transaction.run(
            "INSERT INTO workspace_member_roles (position, account_id, workspace_id, user_id, role_id, shown_as)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, workspace_id, role_id, user_id) DO NOTHING",
            *(transaction.tick(), account_id, workspace_id, user_id, *role),
        )
    note_roles(transaction, account_id, workspace_id, user_id, before)


def roles_held(database: Connection, account_id: int, workspace_id: str, user_id: str) -> list[str]:
    """What the roles of a member are called, in the order in which they were given."""
    rows = database.all(
        "SELECT shown_as FROM workspace_member_roles WHERE account_id = ? AND workspace_id = ? AND user_id = ?"
        " ORDER BY position",
        *(account_id, workspace_id, user_id),
    )
    return [shown_as for (shown_as,) in rows]


def note_roles(
    transaction: Transaction, account_id: int, workspace_id: str, user_id: str, before: Sequence[str]
) -> None:
    """Note that a member's roles were `before` and are others now; decisions depend on them."""
    after = roles_held(transaction, account_id, workspace_id, user_id)
    told = (msgspec.json.encode({"Roles": roles}) if roles else None for roles in (before, after))
    transaction.changed(f"workspace/{workspace_id}/member/{user_id}", *told)
    generation.move(transaction)


def first_start(transaction: Transaction, account_id: int, user_id: str) -> None:
    """Make what a new account needs and does not have yet: a default resource group and a default workspace.

    `user_id` owns the workspace.
    """
    group_id = resource_groups.first_start(transaction, account_id)
    if default_workspace_id(transaction, account_id) is not None:
        return
    position = transaction.tick()
    new = StoredWorkspace(
        workspace_id=new_workspace_id(transaction, account_id),
        workspace_name="default_workspace",
        display_name="default_workspace",
        description="The workspace of everything that names none",
        env_types=["prod"],
        status="ENABLED",
        creator=user_id,
        resource_group_id=group_id,
        gmt_create_time=shown(position),
        gmt_modified_time=shown(position),
    )
    add_workspace(transaction, account_id, new, position)
    set_default_workspace(transaction, account_id, new.workspace_id)


def _stored(database: Connection, account_id: int, workspace_id: str) -> bytes:
    row = database.one(
        "SELECT document FROM workspaces WHERE account_id = ? AND workspace_id = ?", account_id, workspace_id
    )
    if row is None:
        raise ApiError(WORKSPACE_NOT_FOUND, workspace_id=workspace_id)
    return bytes(row[0])
