"""What each operation on permissions does."""

from modelry.access.roles import PERMISSION_CODES
from modelry.errors import PERMISSION_NOT_FOUND, ApiError
from modelry.families.workspaces import store as workspaces
from modelry.families.workspaces.permissions import operations as ops
from modelry.families.workspaces.permissions import structs as s
from modelry.families.workspaces.roles.structs import PermissionRule
from modelry.families.workspaces.structs import WorkspaceAddress
from modelry.handling import Call, handles

_CODES = {code.casefold(): code for code in PERMISSION_CODES}
_EVERYTHING = [PermissionRule(accessibility="ANY", entity_access_type="ANY")]


@handles(ops.GET_PERMISSION)
def get_permission(call: Call, request: s.GetPermission) -> s.Permission:
    workspaces.require(call.database, call.account_id, request.workspace_id)
    code = _CODES.get(request.permission_code.casefold())
    if code is None:
        raise ApiError(PERMISSION_NOT_FOUND, permission_code=request.permission_code)
    user_id = request.caller_uid or call.principal.user_id
    return s.Permission(permission_code=code, permission_rules=_rules(call, user_id))


@handles(ops.LIST_PERMISSIONS)
def list_permissions(call: Call, request: WorkspaceAddress) -> s.Permissions:
    workspaces.require(call.database, call.account_id, request.workspace_id)
    rules = _rules(call, call.principal.user_id)
    permissions = [s.Permission(permission_code=code, permission_rules=rules) for code in PERMISSION_CODES if rules]
    return s.Permissions(permissions=permissions, total_count=len(permissions))


def _rules(call: Call, user_id: str) -> list[PermissionRule]:
    """The account may do everything; nobody else can sign requests yet, so nobody else may do anything."""
    return _EVERYTHING if user_id == call.principal.owner_id else []
