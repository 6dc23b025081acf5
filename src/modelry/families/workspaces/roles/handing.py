"""Nobody gives, takes or writes a role that allows more than they may do themselves and any developer may.

Else whoever may change members, or custom roles, could make themselves an administrator. To hand on what the ordinary
built-in roles allow is what managing members is.
"""

import msgspec

from modelry.access.authority import Decision
from modelry.access.matrix import MATRIX, ORDINARY, Cells, allowed, covered
from modelry.access.verdict import Verdict
from modelry.families.workspaces.locating import described
from modelry.families.workspaces.roles import store
from modelry.families.workspaces.roles.rules import Rules, custom_rules
from modelry.families.workspaces.roles.structs import WorkspaceRole
from modelry.handling import Call


def check_role(call: Call, workspace_id: str, role_id: str) -> None:
    """Return if the caller may give or take a role, built in or custom, that is there.

    Raises:
        Denied: it allows what they are not allowed.
    """
    if call.principal.is_account:
        return
    if role_id in store.BUILT_IN:
        _check(call, workspace_id, {code: allowed(role_id, code) for code in MATRIX}, role_id)
    else:
        document = store.role(call.database, call.account_id, workspace_id, role_id)
        role = msgspec.json.decode(document, type=WorkspaceRole)
        check_rules(call, workspace_id, custom_rules(role.module_permissions or ()), role.role_name)


def check_rules(call: Call, workspace_id: str, rules: Rules, role_name: str) -> None:
    """Return if the caller may write a custom role with such rules.

    Raises:
        Denied: they allow what the caller is not allowed.
    """
    _check(call, workspace_id, {code: covered(each) for code, each in rules.items()}, role_name)


def _check(call: Call, workspace_id: str, rights: dict[str, Cells], role_name: str) -> None:
    if call.principal.is_account:
        return
    held = call.caller.memberships
    for code, cells in rights.items():
        if cells & ~(held.cells(workspace_id, code) | _ordinary(code)):
            reason = f"the role {role_name} allows {MATRIX[code].code} on more than they may do it on themselves"
            decision = Decision("WorkspaceRole", Verdict.by_none(reason))
            raise call.caller.deny(described(call.account_id, workspace_id), decision)


def _ordinary(code: str) -> Cells:
    """What some ordinary built-in role allows."""
    found = Cells.NONE
    for role in ORDINARY:
        found |= allowed(role, code)
    return found
