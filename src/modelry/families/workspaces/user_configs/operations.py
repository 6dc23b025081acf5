"""The API of user configurations: one row per operation."""

from modelry.contract.operation import Access, Operation, Roa
from modelry.errors import USER_CONFIG_NOT_FOUND
from modelry.families.workspaces.structs import Done
from modelry.families.workspaces.user_configs import structs as s

_USER_CONFIGS = "/api/v1/userconfigs"

LIST_USER_CONFIGS = Operation(
    name="ListUserConfigs",
    style=Roa("GET", _USER_CONFIGS),
    request=s.ListUserConfigs,
    response=s.UserConfigs,
    access=Access(action="pai:ListUserConfigs", level="list", resources=("*",)),
    summary="List the configurations of the account and of the caller.",
)
SET_USER_CONFIGS = Operation(
    name="SetUserConfigs",
    style=Roa("PUT", _USER_CONFIGS),
    request=s.SetUserConfigs,
    response=Done,
    access=Access(action="pai:SetUserConfigs", level="update", resources=("*",)),
    summary="Write configurations of the account or of the caller.",
)
DELETE_USER_CONFIG = Operation(
    name="DeleteUserConfig",
    style=Roa("DELETE", f"{_USER_CONFIGS}/{{CategoryName}}"),
    request=s.DeleteUserConfig,
    response=Done,
    access=Access(action="pai:DeleteUserConfig", level="delete", resources=("*",)),
    errors=(USER_CONFIG_NOT_FOUND,),
    summary="Remove configurations of the account or of the caller.",
)

OPERATIONS = (LIST_USER_CONFIGS, SET_USER_CONFIGS, DELETE_USER_CONFIG)
