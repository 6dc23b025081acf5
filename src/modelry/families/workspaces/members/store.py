"""The SQL of members. Adding one is in the store of workspaces, as a workspace begins with its owner."""

from typing import NamedTuple

from modelry.access.predicate import Predicate
from modelry.access.roles import OWNER
from modelry.families.workspaces import store as workspaces
from modelry.families.workspaces.users import folded_name, known_as
from modelry.storage.database import Connection, Key, Lookup, Transaction
from modelry.storage.paging import Page
from modelry.storage.predicates import Columns, Sets, Sql, rendered

# Roles are put together in the order in which they were given; no role's name or id holds a comma.
_COLUMNS = f"""
  m.user_id, m.position, {known_as("m")},
  (SELECT group_concat(shown_as, ',') FROM
    (SELECT r.shown_as FROM workspace_member_roles r
     WHERE r.account_id = m.account_id AND r.workspace_id = m.workspace_id AND r.user_id = m.user_id
     ORDER BY r.position) AS held)
"""
_MEMBER = Lookup(
    f"SELECT {_COLUMNS} FROM workspaces w LEFT JOIN workspace_members m"
    " ON m.account_id = w.account_id AND m.workspace_id = w.workspace_id AND m.user_id = ?"
    " WHERE w.account_id = ? AND w.workspace_id = ?"
)


class FoundMember(NamedTuple):
    """A member as a read finds it."""

    user_id: str
    position: int
    known: str
    """What `users.known_as` found."""
    shown_roles: str | None
    """What the roles are called, comma separated."""


def member(account_id: int, workspace_id: str, user_id: str) -> Key:
    """Finds a `FoundMember`, all `None` for no member, or nothing when there is no such workspace."""
    return Key(_MEMBER, (user_id, account_id, workspace_id))


def is_member(database: Connection, account_id: int, workspace_id: str, user_id: str) -> bool:
    """Whether a user is a member."""
    sql = "SELECT 1 FROM workspace_members WHERE account_id = ? AND workspace_id = ? AND user_id = ?"
    return database.one(sql, account_id, workspace_id, user_id) is not None


def is_owner(database: Connection, account_id: int, workspace_id: str, user_id: str) -> bool:
    """Whether a user owns the workspace."""
    row = database.one(
        "SELECT 1 FROM workspace_member_roles"
        " WHERE account_id = ? AND workspace_id = ? AND role_id = ? AND user_id = ?",
        *(account_id, workspace_id, OWNER, user_id),
    )
    return row is not None


TIE = "m.position"


def members(
    database: Connection, account_id: int, workspace_id: str, wanted: Predicate, page: Page
) -> tuple[list[FoundMember], int]:
    """A page of a workspace's members, and how many there are in all.

    `wanted` is over `user_id`, `member_name` and the set `roles`, whose elements are role ids.
    """
    columns: Columns = {
        "user_id": "m.user_id",
        "member_name": folded_name("m"),
    }
    sets: Sets = {"roles": _holds_role}
    condition, values = rendered(wanted, columns, sets)
    where = f"FROM workspace_members m WHERE m.account_id = ? AND m.workspace_id = ? AND {condition}"
    end, limits = page.sql()
    total_count = database.count(where, account_id, workspace_id, *values)
    rows = database.all(f"SELECT {_COLUMNS} {where} {end}", account_id, workspace_id, *values, *limits)
    return [FoundMember(*row) for row in rows], total_count


def role_ids(database: Connection, account_id: int, workspace_id: str, user_id: str) -> list[str]:
    """The ids of the roles that a member holds."""
    rows = database.all(
        "SELECT role_id FROM workspace_member_roles WHERE account_id = ? AND workspace_id = ? AND user_id = ?",
        *(account_id, workspace_id, user_id),
    )
    return [role_id for (role_id,) in rows]


def delete_member(transaction: Transaction, account_id: int, workspace_id: str, user_id: str) -> bool:
    """Remove a member; whether there was one."""
    before = workspaces.roles_held(transaction, account_id, workspace_id, user_id)
    sql = "DELETE FROM workspace_members WHERE account_id = ? AND workspace_id = ? AND user_id = ?"
    if not transaction.run(sql, account_id, workspace_id, user_id):
        return False
    workspaces.note_roles(transaction, account_id, workspace_id, user_id, before)
    return True


def take_role(transaction: Transaction, account_id: int, workspace_id: str, user_id: str, role_id: str) -> None:
    """Take a role from a member, if it is held."""
    before = workspaces.roles_held(transaction, account_id, workspace_id, user_id)
    transaction.run(
        "DELETE FROM workspace_member_roles WHERE account_id = ? AND workspace_id = ? AND role_id = ? AND user_id = ?",
        *(account_id, workspace_id, role_id, user_id),
    )
    workspaces.note_roles(transaction, account_id, workspace_id, user_id, before)


def _holds_role(element: tuple[str, ...]) -> Sql:
    sql = (
        "EXISTS (SELECT 1 FROM workspace_member_roles r WHERE r.account_id = m.account_id"
        " AND r.workspace_id = m.workspace_id AND r.role_id = ? AND r.user_id = m.user_id)"
    )
    return sql, element
