"""The API of workspaces themselves: one row per operation."""

from modelry.contract.operation import Access, Operation, Roa
from modelry.errors import (
    NO_DEFAULT_WORKSPACE,
    WORKSPACE_IS_DEFAULT,
    WORKSPACE_NAME_EXISTS,
    WORKSPACE_NOT_EMPTY,
    WORKSPACE_NOT_FOUND,
)
from modelry.families.workspaces import structs as s

# Here and in the folders below: no source names the RAM action of ChangeResourceGroup, GetPermission, GetConfig,
# UpdateConfig and ListFeatures. Theirs are `paiworkspace:` and the name of the operation, as almost all others are.

_WORKSPACES = "/api/v1/workspaces"
_WORKSPACE = "/api/v1/workspaces/{WorkspaceId}"
_DEFAULT = "/api/v1/defaultWorkspaces"

CREATE_WORKSPACE = Operation(
    name="CreateWorkspace",
    style=Roa("POST", _WORKSPACES),
    request=s.CreateWorkspace,
    response=s.WorkspaceCreated,
    access=Access(action="paiworkspace:CreateWorkspace", level="create", resources=("workspace/*",)),
    errors=(WORKSPACE_NAME_EXISTS,),
    summary="Create a workspace; the caller becomes its owner.",
)
GET_WORKSPACE = Operation(
    name="GetWorkspace",
    style=Roa("GET", _WORKSPACE),
    request=s.GetWorkspace,
    response=s.Workspace,
    access=Access(action="paiworkspace:GetWorkspace", level="get"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="Get a workspace.",
)
LIST_WORKSPACES = Operation(
    name="ListWorkspaces",
    style=Roa("GET", _WORKSPACES),
    request=s.ListWorkspaces,
    response=s.Workspaces,
    access=Access(action="paiworkspace:ListWorkspaces", level="list", looked_up=("workspace/*",)),
    summary="List workspaces, filtered, sorted and in pages; or ask for limits, or whether a name is taken.",
)
UPDATE_WORKSPACE = Operation(
    name="UpdateWorkspace",
    style=Roa("PUT", _WORKSPACE),
    request=s.UpdateWorkspace,
    response=s.Done,
    access=Access(action="paiworkspace:UpdateWorkspace", level="update"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="Change how a workspace is called and described; what is not given stays as it is.",
)
DELETE_WORKSPACE = Operation(
    name="DeleteWorkspace",
    style=Roa("DELETE", _WORKSPACE),
    request=s.WorkspaceAddress,
    response=s.Done,
    access=Access(action="paiworkspace:DeleteWorkspace", level="delete"),
    errors=(WORKSPACE_NOT_FOUND, WORKSPACE_IS_DEFAULT, WORKSPACE_NOT_EMPTY),
    summary="Delete a workspace that holds nothing, with its members, roles and configurations.",
)
GET_DEFAULT_WORKSPACE = Operation(
    name="GetDefaultWorkspace",
    style=Roa("GET", _DEFAULT),
    request=s.GetDefaultWorkspace,
    response=s.Workspace,
    access=Access(action="paiworkspace:GetDefaultWorkspace", level="get"),
    errors=(NO_DEFAULT_WORKSPACE,),
    summary="Get the workspace of everything that names none.",
)
UPDATE_DEFAULT_WORKSPACE = Operation(
    name="UpdateDefaultWorkspace",
    style=Roa("PUT", _DEFAULT),
    request=s.WorkspaceAddress,
    response=s.Done,
    access=Access(action="paiworkspace:UpdateDefaultWorkspace", level="update"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="Make another workspace the default.",
)
CHANGE_RESOURCE_GROUP = Operation(
    name="ChangeResourceGroup",
    style=Roa("PUT", "/resourcegroups/action/changeresourcegroup"),
    request=s.ChangeResourceGroup,
    response=s.Done,
    access=Access(action="paiworkspace:ChangeResourceGroup", level="update", looked_up=("workspace/{ResourceId}",)),
    errors=(WORKSPACE_NOT_FOUND,),
    request_id_keys=("RequestId", "requestId"),
    summary="Move a workspace to another resource group.",
)

OPERATIONS = (
    CREATE_WORKSPACE,
    GET_WORKSPACE,
    LIST_WORKSPACES,
    UPDATE_WORKSPACE,
    DELETE_WORKSPACE,
    GET_DEFAULT_WORKSPACE,
    UPDATE_DEFAULT_WORKSPACE,
    CHANGE_RESOURCE_GROUP,
)
