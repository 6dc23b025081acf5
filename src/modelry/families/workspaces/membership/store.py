"""The SQL of one user's memberships."""

from functools import lru_cache

import msgspec

from modelry.access.roles import Memberships
from modelry.families.workspaces.roles.rules import Rules, custom_rules
from modelry.families.workspaces.roles.structs import WorkspaceRole
from modelry.storage.database import Connection

# That positions are positive leads SQLite to a member's roles; else it reads those of all members of the workspace.
_HELD = """
SELECT m.workspace_id, h.role_id, r.document
FROM workspace_members m
LEFT JOIN workspace_member_roles h
  ON h.account_id = m.account_id AND h.workspace_id = m.workspace_id AND h.user_id = m.user_id AND h.position > 0
LEFT JOIN workspace_roles r
  ON r.account_id = h.account_id AND r.workspace_id = h.workspace_id AND r.role_id = h.role_id
WHERE m.account_id = ? AND m.user_id = ?
ORDER BY m.position, h.position
"""


def memberships(database: Connection, account_id: int, user_id: str) -> Memberships:
    """The workspaces that a user is a member of, and the roles held there."""
    roles: dict[str, list[str]] = {}
    custom: dict[str, Rules] = {}
    for workspace_id, role_id, document in database.all(_HELD, account_id, user_id):
        held = roles.setdefault(str(workspace_id), [])
        if role_id is not None:
            held.append(str(role_id))
        if document is not None:
            custom[str(role_id)] = _rules(bytes(document))
    return Memberships(user_id, roles, custom)


@lru_cache(maxsize=1024)
def _rules(document: bytes) -> Rules:
    """Kept by the document itself: many members hold the same role, and a changed one is another key."""
    return custom_rules(msgspec.json.decode(document, type=WorkspaceRole).module_permissions or ())
