"""The SQL of bundles: the families' stores neither walk a workspace nor keep the times of what comes from elsewhere."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from modelry.families.ram import generation
from modelry.families.workspaces import store as workspaces
from modelry.families.workspaces.roles.store import BUILT_IN, role_id
from modelry.families.workspaces.structs import StoredWorkspace
from modelry.storage.database import Connection, Transaction
from modelry.storage.folding import folded

_AT_ONCE = 200
"""Rows that are held in memory while a workspace is walked."""

_HIGHEST_ID = 2**62
"""Workspace ids beyond it are left out of the count that new ones come from."""


class Stored(NamedTuple):
    """A document and its times, in microseconds since the epoch."""

    position: int
    modified_us: int
    document: bytes


class StoredModel(NamedTuple):
    """A model and what no answer shows of it."""

    position: int
    modified_us: int
    document: bytes
    highest_version: str | None


def workspace_id_of(database: Connection, account_id: int, id_or_name: str) -> str | None:
    """The id of the workspace with an id or a name; no name is an id, as it begins with a letter."""
    row = database.one(
        "SELECT workspace_id FROM workspaces WHERE account_id = ? AND (workspace_id = ? OR folded_name = ?)",
        *(account_id, id_or_name, folded(id_or_name)),
    )
    return None if row is None else str(row[0])


def workspace_times(database: Connection, account_id: int, workspace_id: str) -> tuple[int, int]:
    """When a workspace was made and changed."""
    sql = "SELECT position, gmt_modified FROM workspaces WHERE account_id = ? AND workspace_id = ?"
    row = database.one(sql, account_id, workspace_id)
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def roles(database: Connection, account_id: int, workspace_id: str) -> list[Stored]:
    """The custom roles of a workspace, in the order in which they were made."""
    rows = database.all(
        "SELECT position, gmt_modified, document FROM workspace_roles WHERE account_id = ? AND workspace_id = ?"
        " ORDER BY position",
        *(account_id, workspace_id),
    )
    return [Stored(*row) for row in rows]


def configs(database: Connection, account_id: int, workspace_id: str) -> list[tuple[int, bytes]]:
    """Position and document of the configurations of a workspace, in the order in which they were made."""
    rows = database.all(
        "SELECT position, document FROM workspace_configs WHERE account_id = ? AND workspace_id = ? ORDER BY position",
        *(account_id, workspace_id),
    )
    return [(int(position), bytes(document)) for position, document in rows]


def models(database: Connection, account_id: int, workspace_id: str) -> Iterator[StoredModel]:
    """The models of a workspace, in the order in which they were made."""
    last = 0
    while rows := database.all(
        "SELECT m.position, m.gmt_modified, d.document, m.highest_version"
        " FROM models AS m JOIN model_documents AS d ON d.position = m.position"
        " WHERE m.account_id = ? AND m.workspace_id = ? AND m.position > ? ORDER BY m.position LIMIT ?",
        *(account_id, workspace_id, last, _AT_ONCE),
    ):
        yield from (StoredModel(*row) for row in rows)
        last = rows[-1][0]


def versions(database: Connection, model_position: int) -> Iterator[Stored]:
    """The versions of a model, in the order in which they were made."""
    last = 0
    while rows := database.all(
        "SELECT position, gmt_modified, document FROM model_versions"
        " WHERE model_position = ? AND position > ? ORDER BY position LIMIT ?",
        *(model_position, last, _AT_ONCE),
    ):
        yield from (Stored(*row) for row in rows)
        last = rows[-1][0]


def counted(database: Connection, account_id: int, workspace_id: str) -> int:
    """How many models a workspace has."""
    return database.count("FROM models WHERE account_id = ? AND workspace_id = ?", account_id, workspace_id)


def collections(database: Connection, model_position: int) -> list[str]:
    """The collections that a model is in."""
    sql = "SELECT collection FROM model_collections WHERE position = ? ORDER BY collection"
    return [str(collection) for (collection,) in database.all(sql, model_position)]


def add_workspace(transaction: Transaction, account_id: int, stored: Stored, new: StoredWorkspace) -> None:
    """Keep a workspace without members, `new`, as `stored` has it; no later one will get its id.

    Raises:
        Conflict: the account has a workspace with that id or name.
    """
    workspace_id = new.workspace_id
    transaction.run(
        "INSERT INTO workspaces (position, account_id, workspace_id, folded_name, resource_group_id, status,"
        " gmt_modified, document_version, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(stored.position, account_id, workspace_id, folded(new.workspace_name), new.resource_group_id, new.status),
        *(stored.modified_us, workspaces.DOCUMENT_VERSION, stored.document),
    )
    transaction.changed(f"workspace/{workspace_id}", None, stored.document)
    if workspace_id.isascii() and workspace_id.isdecimal() and int(workspace_id) < _HIGHEST_ID:
        transaction.run(
            "INSERT INTO workspace_ids (account_id, last_id) VALUES (?, ?)"
            " ON CONFLICT (account_id) DO UPDATE SET last_id = excluded.last_id"
            " WHERE workspace_ids.last_id < excluded.last_id",
            *(account_id, int(workspace_id)),
        )


def add_member(transaction: Transaction, account_id: int, workspace_id: str, user_id: str, position: int) -> None:
    """Make a user a member who joined at a time, without roles.

    Raises:
        Conflict: the user is a member already.
    """
    transaction.run(
        "INSERT INTO workspace_members (position, account_id, workspace_id, user_id) VALUES (?, ?, ?, ?)",
        *(position, account_id, workspace_id, user_id),
    )


def give_role(
    transaction: Transaction, account_id: int, workspace_id: str, user_id: str, shown_as: str, position: int
) -> None:
    """Give a member a role; one that is not known here is kept, and allows nothing."""
    known = None if shown_as in BUILT_IN else role_id(transaction, account_id, workspace_id, shown_as)
    transaction.run(
        "INSERT INTO workspace_member_roles (position, account_id, workspace_id, user_id, role_id, shown_as)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, workspace_id, role_id, user_id) DO NOTHING",
        *(position, account_id, workspace_id, user_id, known or shown_as, shown_as),
    )


def note_roles(transaction: Transaction, workspace_id: str, user_id: str, roles: Sequence[str]) -> None:
    """Note that a new member holds `roles`; decisions depend on them."""
    document = msgspec.json.encode({"Roles": roles})
    transaction.changed(f"workspace/{workspace_id}/member/{user_id}", None, document)
    generation.move(transaction)


def set_role_modified(transaction: Transaction, position: int, modified_us: int) -> None:
    """Say when a custom role was changed."""
    transaction.run("UPDATE workspace_roles SET gmt_modified = ? WHERE position = ?", modified_us, position)


def set_model_modified(transaction: Transaction, position: int, modified_us: int) -> None:
    """Say when a model was changed."""
    transaction.run("UPDATE models SET gmt_modified = ? WHERE position = ?", modified_us, position)


def set_version_modified(transaction: Transaction, position: int, modified_us: int) -> None:
    """Say when a version was changed."""
    transaction.run("UPDATE model_versions SET gmt_modified = ? WHERE position = ?", modified_us, position)


def model_in_the_way(
    database: Connection, account_id: int, workspace_id: str, model_id: str, model_name: str
) -> str | None:
    """Which model of the account has this id, or in this workspace this name: its id."""
    row = database.one(
        "SELECT model_id FROM models WHERE account_id = ? AND (model_id = ? OR (workspace_id = ? AND model_name = ?))",
        *(account_id, model_id, workspace_id, model_name),
    )
    return None if row is None else str(row[0])


def role_in_the_way(
    database: Connection, account_id: int, workspace_id: str, role_id: str, role_name: str
) -> str | None:
    """Which custom role of the workspace has this id or this name: its id."""
    row = database.one(
        "SELECT role_id FROM workspace_roles WHERE account_id = ? AND workspace_id = ?"
        " AND (role_id = ? OR folded_name = ?)",
        *(account_id, workspace_id, role_id, folded(role_name)),
    )
    return None if row is None else str(row[0])


def config_exists(database: Connection, account_id: int, workspace_id: str, category_name: str, key: str) -> bool:
    """Whether the workspace has a configuration with this category, empty for none, and key."""
    row = database.one(
        "SELECT 1 FROM workspace_configs"
        " WHERE account_id = ? AND workspace_id = ? AND category_name = ? AND config_key = ?",
        *(account_id, workspace_id, category_name, key),
    )
    return row is not None
