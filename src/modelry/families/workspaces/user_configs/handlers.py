"""What each operation on user configurations does."""

from modelry.access.predicate import Compare, IsIn, both
from modelry.errors import USER_CONFIG_NOT_FOUND, ApiError
from modelry.families.workspaces.structs import Done
from modelry.families.workspaces.user_configs import operations as ops
from modelry.families.workspaces.user_configs import store
from modelry.families.workspaces.user_configs import structs as s
from modelry.handling import Call, Document, document, handles
from modelry.storage.documents import paged

_DEFAULT_SCOPE = "owner"
_OWN_SCOPE = "subUser"


@handles(ops.LIST_USER_CONFIGS)
def list_user_configs(call: Call, request: s.ListUserConfigs) -> Document:
    given = {"category_name": request.category_names, "config_key": request.config_keys}
    wanted = both(*(IsIn(name, tuple(values)) for name, values in given.items() if values))
    found = store.user_configs(call.database, call.account_id, call.principal.user_id, wanted)
    return document(paged(b"Configs", found, len(found)))


@handles(ops.SET_USER_CONFIGS)
def set_user_configs(call: Call, request: s.SetUserConfigs) -> Done:
    for new in request.configs:
        scope = new.scope or _DEFAULT_SCOPE
        user_id = call.principal.user_id if scope == _OWN_SCOPE else ""
        config = s.UserConfig(
            category_name=new.category_name, config_key=new.config_key, config_value=new.config_value, scope=scope
        )
        store.set_user_config(call.transaction, call.account_id, user_id, config)
    return Done()


@handles(ops.DELETE_USER_CONFIG)
def delete_user_config(call: Call, request: s.DeleteUserConfig) -> Done:
    given = {"category_name": request.category_name, "config_key": request.config_key, "scope": request.scope}
    wanted = both(*(Compare(name, "=", value) for name, value in given.items() if value))
    if not store.delete_user_configs(call.transaction, call.account_id, call.principal.user_id, wanted):
        raise ApiError(USER_CONFIG_NOT_FOUND)
    return Done()
