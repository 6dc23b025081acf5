"""What each operation on permissions does."""

from modelry.access.matrix import PERMISSION_CODES, Cells, Rule, as_rules, covered
from modelry.access.roles import Memberships
from modelry.errors import PERMISSION_NOT_FOUND, ApiError
from modelry.families.workspaces.locating import described, locate
from modelry.families.workspaces.membership.store import memberships
from modelry.families.workspaces.permissions import operations as ops
from modelry.families.workspaces.permissions import structs as s
from modelry.families.workspaces.roles.structs import PermissionRule
from modelry.families.workspaces.structs import WorkspaceAddress
from modelry.handling import Call, handles

_CODES = {code.casefold(): code for code in PERMISSION_CODES}

_GIVES_ROLES = "paiworkspace:AddMemberRole"
"""Who may do this may know what others may do. Decided here."""


@handles(ops.GET_PERMISSION)
def get_permission(call: Call, request: s.GetPermission) -> s.Permission:
    locate(call, request.workspace_id)
    code = request.permission_code.casefold()
    if code not in _CODES:
        raise ApiError(PERMISSION_NOT_FOUND, permission_code=request.permission_code)
    user_id = request.caller_uid or call.principal.user_id
    if user_id != call.principal.user_id:
        call.caller.require(described(call.account_id, request.workspace_id), _GIVES_ROLES)
    about = _asked(request, user_id)
    rules = [rule for rule in _rules(_held(call, user_id), request.workspace_id, code) if covered((rule,)) & about]
    return s.Permission(permission_code=_CODES[code], permission_rules=_shown(rules))


@handles(ops.LIST_PERMISSIONS)
def list_permissions(call: Call, request: WorkspaceAddress) -> s.Permissions:
    locate(call, request.workspace_id)
    held = _held(call, call.principal.user_id)
    found = {name: _rules(held, request.workspace_id, code) for code, name in _CODES.items()}
    permissions = [s.Permission(permission_code=name, permission_rules=_shown(r)) for name, r in found.items() if r]
    return s.Permissions(permissions=permissions, total_count=len(permissions))


def _held(call: Call, user_id: str) -> Memberships | None:
    """What a user holds; `None` for the account itself, which needs no role."""
    if user_id == call.principal.owner_id:
        return None
    return memberships(call.database, call.account_id, user_id)


def _rules(held: Memberships | None, workspace_id: str, code: str) -> tuple[Rule, ...]:
    return as_rules(Cells.ALL if held is None else held.cells(workspace_id, code))


def _asked(request: s.GetPermission, user_id: str) -> Cells:
    """The cells of the object that a request is about, as far as it says."""
    about = Cells.ALL
    if request.accessibility:
        about &= Cells.PUBLIC if request.accessibility == "PUBLIC" else Cells.PRIVATE
    if request.creator:
        about &= Cells.OWN if request.creator == user_id else Cells.OTHERS
    return about


def _shown(rules: list[Rule] | tuple[Rule, ...]) -> list[PermissionRule]:
    """Rules on the wire, which has no word for others alone; `as_rules` makes none such."""
    return [
        PermissionRule(accessibility=r.accessibility, entity_access_type=r.entity_access_type)
        for r in rules
        if r.entity_access_type != "OTHERS"
    ]
