"""The API of permissions: one row per operation."""

from modelry.contract.operation import Access, Operation, Roa
from modelry.errors import PERMISSION_NOT_FOUND, WORKSPACE_NOT_FOUND
from modelry.families.workspaces.permissions import structs as s
from modelry.families.workspaces.structs import WorkspaceAddress

_PERMISSIONS = "/api/v1/workspaces/{WorkspaceId}/permissions"

GET_PERMISSION = Operation(
    name="GetPermission",
    style=Roa("GET", f"{_PERMISSIONS}/{{PermissionCode}}"),
    request=s.GetPermission,
    response=s.Permission,
    access=Access(action="paiworkspace:GetPermission", level="get"),
    errors=(WORKSPACE_NOT_FOUND, PERMISSION_NOT_FOUND),
    summary="Get under which rules the caller has a permission.",
)
LIST_PERMISSIONS = Operation(
    name="ListPermissions",
    style=Roa("GET", _PERMISSIONS),
    request=WorkspaceAddress,
    response=s.Permissions,
    access=Access(action="paiworkspace:ListPermissions", level="list"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="List the permissions that the caller has in a workspace.",
)

OPERATIONS = (GET_PERMISSION, LIST_PERMISSIONS)
