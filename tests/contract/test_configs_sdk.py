"""Configurations of workspaces and of users through the official SDK."""

from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls, without_times

STORAGE = {"category_name": "CommonResourceConfig", "config_key": "tempStoragePath"}


def label(key: str, value: str) -> m.UpdateConfigRequestLabels:
    return m.UpdateConfigRequestLabels(key=key, value=value)


def test_get_config_answers_what_was_written(call: Calls, workspace_id: str) -> None:
    labels = [label("b", "2"), label("a", "1")]
    assert call.seen("update_config", workspace_id, **STORAGE, config_value="oss://b/路径", labels=labels) == {}
    assert without_times(call.seen("get_config", workspace_id, **STORAGE)) == {
        "WorkspaceId": workspace_id,
        "CategoryName": "CommonResourceConfig",
        "ConfigKey": "tempStoragePath",
        "ConfigValue": "oss://b/路径",
        "Labels": [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}],
    }


def test_update_config_changes_what_is_given(call: Calls, workspace_id: str) -> None:
    call("update_config", workspace_id, **STORAGE, config_value="before", labels=[label("a", "1")])
    call("update_config", workspace_id, **STORAGE, config_value="after")
    answer = call.seen("get_config", workspace_id, **STORAGE)
    assert (answer["ConfigValue"], answer["Labels"]) == ("after", [{"Key": "a", "Value": "1"}])


def test_update_config_with_empty_labels_clears_them(call: Calls, workspace_id: str) -> None:
    call("update_config", workspace_id, **STORAGE, config_value="v", labels=[label("a", "1")])
    call("update_config", workspace_id, **STORAGE, labels=[])
    answer = call.seen("get_config", workspace_id, **STORAGE)
    assert (answer["ConfigValue"], answer["Labels"]) == ("v", [])


def test_a_new_config_needs_a_value(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("update_config", workspace_id, **STORAGE)
    assert (refusal.status, refusal.code) == (400, "MissingParameter")


def test_a_config_needs_a_key(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("update_config", workspace_id, category_name="CommonResourceConfig", config_value="v")
    assert (refusal.status, refusal.code) == (400, "MissingParameter")


def entry(key: str, value: str | None, category: str = "CommonResourceConfig") -> m.UpdateConfigsRequestConfigs:
    return m.UpdateConfigsRequestConfigs(category_name=category, config_key=key, config_value=value)


def test_update_configs_writes_several(call: Calls, workspace_id: str) -> None:
    configs = [entry("tempStoragePath", "oss://b/t/"), entry("modelExportPath", "oss://b.endpoint/m/")]
    assert call.seen("update_configs", workspace_id, configs=configs) == {}
    answer = call.seen("list_configs", workspace_id)
    assert answer["TotalCount"] == 2
    assert [config["ConfigValue"] for config in answer["Configs"]] == ["oss://b/t/", "oss://b.endpoint/m/"]


def test_update_configs_keeps_labels_that_the_sdk_leaves_empty(call: Calls, workspace_id: str) -> None:
    call("update_config", workspace_id, **STORAGE, config_value="before", labels=[label("a", "1")])
    call("update_configs", workspace_id, configs=[entry("tempStoragePath", "after")])
    answer = call.seen("get_config", workspace_id, **STORAGE)
    assert (answer["ConfigValue"], answer["Labels"]) == ("after", [{"Key": "a", "Value": "1"}])


def test_when_one_of_several_configs_is_refused_none_is_written(call: Calls, workspace_id: str) -> None:
    with call.refused():
        call("update_configs", workspace_id, configs=[entry("a", "1"), entry("b", None)])
    assert call.seen("list_configs", workspace_id) == {"Configs": [], "TotalCount": 0}


def test_list_configs_answers_whole_items(call: Calls, workspace_id: str) -> None:
    call("update_config", workspace_id, **STORAGE, config_value="v", labels=[label("a", "1")])
    (config,) = call.seen("list_configs", workspace_id, verbose="true")["Configs"]
    assert config.pop("ConfigId").startswith("config-")
    assert without_times(config) == {
        "ConfigKey": "tempStoragePath",
        "ConfigValue": "v",
        "Labels": [{"Key": "a", "Value": "1"}],
    }


def test_list_configs_without_verbosity_leaves_the_labels_out(call: Calls, workspace_id: str) -> None:
    call("update_config", workspace_id, **STORAGE, config_value="v", labels=[label("a", "1")])
    (config,) = call.seen("list_configs", workspace_id, verbose="False")["Configs"]
    assert config["Labels"] == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"config_keys": "modelExportPath"}, ["modelExportPath"]),
        ({"config_keys": "priorityConfig,modelExportPath"}, ["modelExportPath", "priorityConfig", "priorityConfig"]),
        ({"category_name": "DLCPriorityConfig"}, ["priorityConfig"]),
        ({"category_name": "DLCPriorityConfig", "config_keys": "modelExportPath"}, []),
        ({"category_name": "", "config_keys": ""}, ["modelExportPath", "priorityConfig", "priorityConfig"]),
        ({"labels": "team=a"}, ["modelExportPath"]),
        ({"labels": "team"}, ["modelExportPath"]),
        ({"labels": "team=a,stage"}, []),
    ],
)
def test_list_configs_filters(call: Calls, workspace_id: str, filters: dict[str, str], expected: list[str]) -> None:
    call("update_config", workspace_id, config_key="modelExportPath", config_value="v", labels=[label("team", "a")])
    for category in ("DLCPriorityConfig", "DSWPriorityConfig"):
        call("update_config", workspace_id, category_name=category, config_key="priorityConfig", config_value="v")
    answer = call("list_configs", workspace_id, **filters)
    assert [config.config_key for config in answer.configs] == expected
    assert answer.total_count == len(expected)


def test_a_config_is_found_without_its_category(call: Calls, workspace_id: str) -> None:
    call("update_config", workspace_id, **STORAGE, config_value="v")
    assert call("get_config", workspace_id, config_key="tempStoragePath").config_value == "v"


def test_a_key_in_two_categories_needs_the_category(call: Calls, workspace_id: str) -> None:
    for category in ("DLCPriorityConfig", "DSWPriorityConfig"):
        call("update_config", workspace_id, category_name=category, config_key="priorityConfig", config_value=category)
    with call.refused() as refusal:
        call("get_config", workspace_id, config_key="priorityConfig")
    assert (refusal.status, refusal.code) == (400, "AmbiguousConfig")
    found = call("get_config", workspace_id, config_key="priorityConfig", category_name="DSWPriorityConfig")
    assert found.config_value == "DSWPriorityConfig"


def test_an_unknown_config_is_not_there(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("get_config", workspace_id, **STORAGE)
    assert (refusal.status, refusal.code) == (404, "ConfigNotExists")


def test_a_deleted_config_is_gone(call: Calls, workspace_id: str) -> None:
    call("update_config", workspace_id, **STORAGE, config_value="v")
    assert call.seen("delete_config", workspace_id, "tempStoragePath", category_name="CommonResourceConfig") == {}
    with call.refused() as refusal:
        call("delete_config", workspace_id, "tempStoragePath")
    assert (refusal.status, refusal.code) == (404, "ConfigNotExists")


def test_a_config_without_the_labels_of_the_condition_stays(call: Calls, workspace_id: str) -> None:
    call("update_config", workspace_id, **STORAGE, config_value="v", labels=[label("a", "1")])
    with call.refused() as refusal:
        call("delete_config", workspace_id, "tempStoragePath", labels="a=2")
    assert refusal.code == "ConfigNotExists"
    assert call("get_config", workspace_id, **STORAGE).config_value == "v"


def test_a_config_key_may_hold_a_slash(call: Calls, workspace_id: str) -> None:
    call("update_config", workspace_id, config_key="a/b c", config_value="v")
    assert call.seen("delete_config", workspace_id, "a/b c") == {}


@pytest.mark.parametrize(
    ("operation", "path", "fields"),
    [
        ("list_configs", (), {}),
        ("get_config", (), {"config_key": "k"}),
        ("update_config", (), {"config_key": "k", "config_value": "v"}),
        ("update_configs", (), {"configs": []}),
        ("delete_config", ("k",), {}),
    ],
)
def test_configs_of_an_unknown_workspace(
    call: Calls, operation: str, path: tuple[str, ...], fields: dict[str, object]
) -> None:
    with call.refused() as refusal:
        call(operation, "999999", *path, **fields)
    assert (refusal.status, refusal.code) == (404, "100400027")


@pytest.fixture
def category() -> str:
    """A category that no other test uses."""
    return f"Category{uuid4().hex[:12]}"


def user_config(category: str, value: str, scope: str | None = None, key: str = "k") -> m.SetUserConfigsRequestConfigs:
    return m.SetUserConfigsRequestConfigs(category_name=category, config_key=key, config_value=value, scope=scope)


def test_a_user_config_is_the_account_s_unless_it_says_otherwise(call: Calls, category: str) -> None:
    assert call.seen("set_user_configs", configs=[user_config(category, "v")]) == {}
    assert call.seen("list_user_configs", category_names=category, config_keys="k") == {
        "Configs": [{"CategoryName": category, "ConfigKey": "k", "ConfigValue": "v", "Scope": "owner"}],
        "TotalCount": 1,
    }


def test_a_user_config_is_written_over(call: Calls, category: str) -> None:
    call("set_user_configs", configs=[user_config(category, "v1")])
    call("set_user_configs", configs=[user_config(category, "v2", "owner")])
    (config,) = call("list_user_configs", category_names=category).configs
    assert config.config_value == "v2"


def test_each_scope_has_its_own_value(call: Calls, category: str) -> None:
    call("set_user_configs", configs=[user_config(category, "a", "subUser"), user_config(category, "b", "owner")])
    found = call("list_user_configs", category_names=category).configs
    assert [(config.scope, config.config_value) for config in found] == [("subUser", "a"), ("owner", "b")]


def test_list_user_configs_of_nothing_has_its_list(call: Calls, category: str) -> None:
    assert call.seen("list_user_configs", category_names=category) == {"Configs": [], "TotalCount": 0}


def test_a_user_config_needs_its_value(call: Calls, category: str) -> None:
    config = m.SetUserConfigsRequestConfigs(category_name=category, config_key="k")
    with call.refused() as refusal:
        call("set_user_configs", configs=[config])
    assert (refusal.status, refusal.code) == (400, "MissingParameter")


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"config_key": "k", "scope": "owner"}, [("k", "subUser"), ("other", "owner")]),
        ({"config_key": "k"}, [("other", "owner")]),
        ({"scope": "owner"}, [("k", "subUser")]),
        ({}, []),
    ],
)
def test_delete_user_config_removes_what_it_names(
    call: Calls, category: str, fields: dict[str, str], left: list[tuple[str, str]]
) -> None:
    configs = [
        user_config(category, "v", "owner"),
        user_config(category, "v", "subUser"),
        user_config(category, "v", "owner", key="other"),
    ]
    call("set_user_configs", configs=configs)
    assert call.seen("delete_user_config", category, **fields) == {}
    found = call("list_user_configs", category_names=category).configs
    assert [(config.config_key, config.scope) for config in found] == left


def test_an_unknown_user_config_is_not_there(call: Calls, category: str) -> None:
    with call.refused() as refusal:
        call("delete_user_config", category, config_key="k", scope="owner")
    assert (refusal.status, refusal.code) == (404, "UserConfigNotExists")
