"""What each operation on a workspace's configurations does."""

import msgspec
from msgspec import UNSET, UnsetType

from modelry.access.predicate import Compare, IsIn, Predicate, both
from modelry.contract.ids import new_id
from modelry.errors import CONFIG_AMBIGUOUS, CONFIG_NOT_FOUND, MISSING_PARAMETER, ApiError
from modelry.families.labels.structs import Label, checked, merged
from modelry.families.workspaces.configs import operations as ops
from modelry.families.workspaces.configs import store
from modelry.families.workspaces.configs import structs as s
from modelry.families.workspaces.locating import locate
from modelry.families.workspaces.structs import Done
from modelry.handling import Call, handles
from modelry.storage.documents import patched
from modelry.storage.times import shown

_config = msgspec.json.Decoder(s.Config)


@handles(ops.GET_CONFIG)
def get_config(call: Call, request: s.GetConfig) -> s.Config:
    locate(call, request.workspace_id)
    found = _the_one(call, request.workspace_id, request.category_name, request.config_key)
    return _shown(found, with_labels=request.verbose is not False)


@handles(ops.LIST_CONFIGS)
def list_configs(call: Call, request: s.ListConfigs) -> s.Configs:
    locate(call, request.workspace_id)
    keys = (IsIn("config_key", tuple(request.config_keys)),) if request.config_keys else ()
    documents = store.configs(
        call.database, call.account_id, request.workspace_id, both(*_in_category(request.category_name), *keys)
    )
    found = [config for config in map(_config.decode, documents) if _carries(config, request.labels)]
    shown_configs = [_shown(config, with_labels=request.verbose is not False) for config in found]
    return s.Configs(configs=shown_configs, total_count=len(found))


@handles(ops.UPDATE_CONFIG)
def update_config(call: Call, request: s.UpdateConfig) -> Done:
    locate(call, request.workspace_id)
    _write(call, request.workspace_id, request, "")
    return Done()


@handles(ops.UPDATE_CONFIGS)
def update_configs(call: Call, request: s.UpdateConfigs) -> Done:
    locate(call, request.workspace_id)
    for number, new in enumerate(request.configs):
        kept = new if new.labels else msgspec.structs.replace(new, labels=UNSET)
        _write(call, request.workspace_id, kept, f"Configs[{number}].")
    return Done()


@handles(ops.DELETE_CONFIG)
def delete_config(call: Call, request: s.DeleteConfig) -> Done:
    locate(call, request.workspace_id)
    found = _the_one(call, request.workspace_id, request.category_name, request.config_key)
    if not _carries(found, request.labels):
        raise ApiError(CONFIG_NOT_FOUND, workspace_id=request.workspace_id)
    store.delete_config(call.transaction, call.account_id, found)
    return Done()


def _the_one(call: Call, workspace_id: str, category_name: str | UnsetType, config_key: str) -> s.Config:
    """The configuration with a key; without a category the one that has none, else the only one.

    Raises:
        ApiError: CONFIG_NOT_FOUND, CONFIG_AMBIGUOUS.
    """
    wanted = both(*_in_category(category_name), Compare("config_key", "=", config_key))
    found = [_config.decode(each) for each in store.configs(call.database, call.account_id, workspace_id, wanted)]
    preferred = [config for config in found if (config.category_name or "") == (category_name or "")] or found
    if not preferred:
        raise ApiError(CONFIG_NOT_FOUND, workspace_id=workspace_id)
    if len(preferred) > 1:
        raise ApiError(CONFIG_AMBIGUOUS)
    return preferred[0]


def _write(call: Call, workspace_id: str, new: s.NewConfig, where: str) -> None:
    """Make a configuration, or change what is given of the one that is there.

    Raises:
        ApiError: MISSING_PARAMETER: a new one without a value; INVALID_PARAMETER: its labels.
    """
    category_name = new.category_name or ""
    wanted = both(Compare("category_name", "=", category_name), Compare("config_key", "=", new.config_key))
    there = store.configs(call.database, call.account_id, workspace_id, wanted)
    labels: list[Label] | UnsetType = new.labels
    if labels is not UNSET:
        labels = merged([], checked(labels, f"{where}Labels"), f"{where}Labels")
    now = call.transaction.tick()
    if there:
        changes = {"ConfigValue": new.config_value, "Labels": labels, "GmtModifiedTime": shown(now)}
        document = patched(there[0], {name: value for name, value in changes.items() if value is not UNSET})
        store.change_config(call.transaction, call.account_id, _config.decode(document), there[0], document)
        return
    if new.config_value is UNSET:
        raise ApiError(MISSING_PARAMETER, name=f"{where}ConfigValue")
    config = s.Config(
        config_id=new_id("config"),
        workspace_id=workspace_id,
        category_name=category_name or UNSET,
        config_key=new.config_key,
        config_value=new.config_value,
        labels=labels or [],
        gmt_create_time=shown(now),
        gmt_modified_time=shown(now),
    )
    store.add_config(call.transaction, call.account_id, config, now)


def _in_category(category_name: str | UnsetType) -> tuple[Predicate, ...]:
    return (Compare("category_name", "=", category_name),) if category_name else ()


def _carries(config: s.Config, conditions: list[str] | UnsetType) -> bool:
    """Whether the labels meet every condition, `Key=Value` or `Key`."""
    carried = {text for label in config.labels or [] for text in (label.key, f"{label.key}={label.value}")}
    return carried.issuperset(conditions or [])


def _shown(config: s.Config, *, with_labels: bool) -> s.Config:
    return config if with_labels else msgspec.structs.replace(config, labels=UNSET)
