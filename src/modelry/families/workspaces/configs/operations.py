"""The API of a workspace's configurations: one row per operation."""

from modelry.contract.operation import Access, Operation, Roa
from modelry.errors import CONFIG_AMBIGUOUS, CONFIG_NOT_FOUND, WORKSPACE_NOT_FOUND
from modelry.families.workspaces.configs import structs as s
from modelry.families.workspaces.structs import Done

_CONFIG = "/api/v1/workspaces/{WorkspaceId}/config"
_CONFIGS = "/api/v1/workspaces/{WorkspaceId}/configs"

GET_CONFIG = Operation(
    name="GetConfig",
    style=Roa("GET", _CONFIG),
    request=s.GetConfig,
    response=s.Config,
    access=Access(action="paiworkspace:GetConfig", level="get"),
    errors=(WORKSPACE_NOT_FOUND, CONFIG_NOT_FOUND, CONFIG_AMBIGUOUS),
    summary="Get a configuration of a workspace.",
)
LIST_CONFIGS = Operation(
    name="ListConfigs",
    style=Roa("GET", _CONFIGS),
    request=s.ListConfigs,
    response=s.Configs,
    access=Access(action="paiworkspace:ListConfigs", level="list"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="List the configurations of a workspace.",
)
UPDATE_CONFIG = Operation(
    name="UpdateConfig",
    style=Roa("PUT", _CONFIG),
    request=s.UpdateConfig,
    response=Done,
    access=Access(action="paiworkspace:UpdateConfig", level="update"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="Write a configuration of a workspace.",
)
UPDATE_CONFIGS = Operation(
    name="UpdateConfigs",
    style=Roa("PUT", _CONFIGS),
    request=s.UpdateConfigs,
    response=Done,
    access=Access(action="paiworkspace:UpdateConfigs", level="update"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="Write configurations of a workspace.",
)
DELETE_CONFIG = Operation(
    name="DeleteConfig",
    style=Roa("DELETE", f"{_CONFIGS}/{{ConfigKey}}"),
    request=s.DeleteConfig,
    response=Done,
    access=Access(action="paiworkspace:DeleteConfig", level="delete"),
    errors=(WORKSPACE_NOT_FOUND, CONFIG_NOT_FOUND, CONFIG_AMBIGUOUS),
    summary="Remove a configuration of a workspace.",
)

OPERATIONS = (GET_CONFIG, LIST_CONFIGS, UPDATE_CONFIG, UPDATE_CONFIGS, DELETE_CONFIG)
