"""The API of custom roles: one row per operation."""

from modelry.contract.operation import Access, Operation, Roa
from modelry.errors import (
    CUSTOM_ROLE_NOT_FOUND,
    INSTANCE_JOB_NOT_FOUND,
    ROLE_IN_USE,
    ROLE_NAME_EXISTS,
    WORKSPACE_NOT_FOUND,
)
from modelry.families.workspaces.roles import structs as s
from modelry.families.workspaces.structs import Done

_ROLES = "/api/v1/workspaces/{WorkspaceId}/roles"
_ROLE = "/api/v1/workspaces/{WorkspaceId}/roles/{RoleId}"

CREATE_WORKSPACE_ROLE = Operation(
    name="CreateWorkspaceRole",
    style=Roa("POST", _ROLES),
    request=s.CreateWorkspaceRole,
    response=s.JobStarted,
    access=Access(action="paiworkspace:AddWorkspaceRole", level="create"),
    errors=(WORKSPACE_NOT_FOUND, ROLE_NAME_EXISTS),
    summary="Create a custom role; the job's InstanceId is its id.",
)
GET_WORKSPACE_ROLE = Operation(
    name="GetWorkspaceRole",
    style=Roa("GET", _ROLE),
    request=s.RoleAddress,
    response=s.WorkspaceRole,
    access=Access(action="paiworkspace:GetWorkspaceRole", level="get"),
    errors=(WORKSPACE_NOT_FOUND, CUSTOM_ROLE_NOT_FOUND),
    summary="Get a custom role.",
)
LIST_WORKSPACE_ROLES = Operation(
    name="ListWorkspaceRoles",
    style=Roa("GET", _ROLES),
    request=s.ListWorkspaceRoles,
    response=s.WorkspaceRoles,
    access=Access(action="paiworkspace:ListWorkspaceRoles", level="list"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="List the custom roles of a workspace.",
)
UPDATE_WORKSPACE_ROLE = Operation(
    name="UpdateWorkspaceRole",
    style=Roa("PUT", _ROLE),
    request=s.UpdateWorkspaceRole,
    response=s.JobStarted,
    access=Access(action="paiworkspace:UpdateWorkspaceRole", level="update"),
    errors=(WORKSPACE_NOT_FOUND, CUSTOM_ROLE_NOT_FOUND, ROLE_NAME_EXISTS),
    summary="Change a custom role; what is not given stays as it is.",
)
DELETE_WORKSPACE_ROLES = Operation(
    name="DeleteWorkspaceRoles",
    style=Roa("POST", f"{_ROLES}/action/delete"),
    request=s.DeleteWorkspaceRoles,
    response=Done,
    access=Access(action="paiworkspace:RemoveWorkspaceRole", level="delete"),
    errors=(WORKSPACE_NOT_FOUND, CUSTOM_ROLE_NOT_FOUND, ROLE_IN_USE),
    summary="Delete custom roles that no member holds.",
)
GET_INSTANCE_JOB = Operation(
    name="GetInstanceJob",
    style=Roa("GET", "/api/v1/instancejobs/{InstanceJobId}"),
    request=s.JobAddress,
    response=s.InstanceJob,
    access=Access(action="paiworkspace:GetInstanceJob", level="get"),
    errors=(INSTANCE_JOB_NOT_FOUND,),
    summary="Get what became of a change of a custom role.",
)

OPERATIONS = (
    CREATE_WORKSPACE_ROLE,
    GET_WORKSPACE_ROLE,
    LIST_WORKSPACE_ROLES,
    UPDATE_WORKSPACE_ROLE,
    DELETE_WORKSPACE_ROLES,
    GET_INSTANCE_JOB,
)
