"""The SQL of custom roles and of the jobs that change them."""

from collections.abc import Mapping

import msgspec

from modelry.access.predicate import Predicate
from modelry.access.roles import ASSIGNABLE_ROLES, OWNER
from modelry.errors import CUSTOM_ROLE_NOT_FOUND, ApiError
from modelry.families.ram import generation
from modelry.families.workspaces.roles.structs import InstanceJob, WorkspaceRole
from modelry.storage.database import Connection, Key, Lookup, Transaction
from modelry.storage.documents import patched
from modelry.storage.folding import folded
from modelry.storage.paging import Page
from modelry.storage.predicates import Columns, rendered
from modelry.storage.times import shown

DOCUMENT_VERSION = 1

BUILT_IN = frozenset({OWNER, *ASSIGNABLE_ROLES})
"""The roles that no workspace keeps."""

_JOB = Lookup("SELECT document, workspace_id FROM workspace_role_jobs WHERE account_id = ? AND instance_job_id = ?")


def add_role(transaction: Transaction, account_id: int, workspace_id: str, new: WorkspaceRole, position: int) -> None:
    """Keep a new role.

    Raises:
        Conflict: the workspace has a role of that name.
    """
    transaction.run(
        "INSERT INTO workspace_roles (position, account_id, workspace_id, role_id, role_name, folded_name,"
        " gmt_modified, document_version, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(position, account_id, workspace_id, new.role_id, new.role_name, folded(new.role_name)),
        *(position, DOCUMENT_VERSION, msgspec.json.encode(new)),
    )
    transaction.changed(_resource(workspace_id, new.role_id), None, msgspec.json.encode(new))


def role(database: Connection, account_id: int, workspace_id: str, role_id: str) -> bytes:
    """The document of a role.

    Raises:
        ApiError: CUSTOM_ROLE_NOT_FOUND.
    """
    row = database.one(
        "SELECT document FROM workspace_roles WHERE account_id = ? AND workspace_id = ? AND role_id = ?",
        *(account_id, workspace_id, role_id),
    )
    if row is None:
        raise ApiError(CUSTOM_ROLE_NOT_FOUND, workspace_id=workspace_id, role_id=role_id)
    return bytes(row[0])


def role_id(database: Connection, account_id: int, workspace_id: str, name_or_id: str) -> str | None:
    """The id of the role that is called, or has the id, `name_or_id`."""
    row = database.one(
        "SELECT role_id FROM workspace_roles WHERE account_id = ? AND workspace_id = ?"
        " AND (role_id = ? OR role_name = ?) ORDER BY role_id <> ?",
        *(account_id, workspace_id, name_or_id, name_or_id, name_or_id),
    )
    return None if row is None else str(row[0])


_ATTRIBUTES: Columns = {"role_id": "role_id", "folded_name": "folded_name"}

SORTED_BY = {"GmtCreateTime": "position", "GmtModifiedTime": "gmt_modified"}
"""Column of each `SortBy`."""


def roles(
    database: Connection, account_id: int, workspace_id: str, wanted: Predicate, page: Page
) -> tuple[list[bytes], int]:
    """A page of a workspace's roles, and how many there are in all. `wanted` is over `role_id` and `folded_name`."""
    condition, values = rendered(wanted, _ATTRIBUTES, {})
    where = f"FROM workspace_roles WHERE account_id = ? AND workspace_id = ? AND {condition}"
    end, limits = page.sql()
    total_count = database.count(where, account_id, workspace_id, *values)
    rows = database.all(f"SELECT document {where} {end}", account_id, workspace_id, *values, *limits)
    return [document for (document,) in rows], total_count


def change_role(
    transaction: Transaction, account_id: int, workspace_id: str, role_id: str, changes: Mapping[str, object]
) -> None:
    """Replace some fields of a role, given by their names on the wire. Members go on holding a renamed role.

    Raises:
        ApiError: CUSTOM_ROLE_NOT_FOUND.
        Conflict: the workspace has another role of the new name.
    """
    now = transaction.tick()
    stored = role(transaction, account_id, workspace_id, role_id)
    before = msgspec.json.decode(stored, type=WorkspaceRole)
    document = patched(stored, {**changes, "GmtModifiedTime": shown(now)})
    after = msgspec.json.decode(document, type=WorkspaceRole)
    transaction.run(
        "UPDATE workspace_roles SET role_name = ?, folded_name = ?, gmt_modified = ?, document_version = ?,"
        " document = ? WHERE account_id = ? AND workspace_id = ? AND role_id = ?",
        *(after.role_name, folded(after.role_name), now, DOCUMENT_VERSION, document),
        *(account_id, workspace_id, role_id),
    )
    transaction.run(
        "UPDATE workspace_member_roles SET shown_as = ?"
        " WHERE account_id = ? AND workspace_id = ? AND role_id = ? AND shown_as = ?",
        *(after.role_name, account_id, workspace_id, role_id, before.role_name),
    )
    transaction.changed(_resource(workspace_id, role_id), stored, document)
    generation.move(transaction)


def is_held(database: Connection, account_id: int, workspace_id: str, role_id: str) -> bool:
    """Whether a member holds a role."""
    sql = "SELECT 1 FROM workspace_member_roles WHERE account_id = ? AND workspace_id = ? AND role_id = ? LIMIT 1"
    return database.one(sql, account_id, workspace_id, role_id) is not None


def delete_role(transaction: Transaction, account_id: int, workspace_id: str, role_id: str) -> None:
    """Remove a role that nobody holds."""
    before = role(transaction, account_id, workspace_id, role_id)
    transaction.run(
        "DELETE FROM workspace_roles WHERE account_id = ? AND workspace_id = ? AND role_id = ?",
        *(account_id, workspace_id, role_id),
    )
    transaction.changed(_resource(workspace_id, role_id), before, None)


def _resource(workspace_id: str, role_id: str) -> str:
    return f"workspace/{workspace_id}/role/{role_id}"


def add_job(transaction: Transaction, account_id: int, workspace_id: str, job: InstanceJob, position: int) -> None:
    """Keep a job."""
    transaction.run(
        "INSERT INTO workspace_role_jobs (position, account_id, instance_job_id, workspace_id, document_version,"
        " document) VALUES (?, ?, ?, ?, ?, ?)",
        *(position, account_id, job.instance_job_id, workspace_id, DOCUMENT_VERSION, msgspec.json.encode(job)),
    )


def job(account_id: int, instance_job_id: str) -> Key:
    """Finds the document of a job, and its workspace."""
    return Key(_JOB, (account_id, instance_job_id))
