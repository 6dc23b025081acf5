"""Workspaces through the official SDK."""

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls, fresh_name, without_times


def test_create_workspace_answers_a_numeric_id_that_grows(call: Calls) -> None:
    first, second = call.new_workspace(), call.new_workspace()
    assert first.isdecimal()
    assert int(second) > int(first)


def test_an_id_is_not_given_out_again_after_a_deletion(call: Calls) -> None:
    deleted = call.new_workspace()
    call("delete_workspace", deleted)
    assert int(call.new_workspace()) > int(deleted)


def test_get_workspace_answers_what_was_created(call: Calls) -> None:
    name = fresh_name()
    workspace_id = call.new_workspace(
        workspace_name=name,
        description="生产",
        display_name="展示",
        env_types=["dev", "prod"],
        resource_group_id="rg-acfm2pz25js",
    )
    answer = call.seen("get_workspace", workspace_id)
    assert answer["GmtCreateTime"] == answer["GmtModifiedTime"]
    assert without_times(answer) == {
        "WorkspaceId": workspace_id,
        "WorkspaceName": name,
        "DisplayName": "展示",
        "Description": "生产",
        "EnvTypes": ["dev", "prod"],
        "ResourceGroupId": "rg-acfm2pz25js",
        "Status": "ENABLED",
        "Creator": call.account_id,
        "IsDefault": False,
        "AdminNames": ["root"],
    }


def test_get_workspace_adds_the_owner_when_verbose(call: Calls, workspace_id: str) -> None:
    answer = call.seen("get_workspace", workspace_id, verbose=True)
    assert answer["Owner"] == {
        "UserKp": call.account_id,
        "UserId": call.account_id,
        "UserName": "root",
        "DisplayName": "root",
    }


def test_a_workspace_without_a_display_name_shows_its_name(call: Calls) -> None:
    name = fresh_name()
    workspace_id = call.new_workspace(workspace_name=name)
    assert call("get_workspace", workspace_id).display_name == name


def test_a_workspace_without_a_resource_group_lies_in_the_default_one(call: Calls) -> None:
    groups = {call("get_workspace", call.new_workspace()).resource_group_id for _ in range(2)}
    assert len(groups) == 1
    assert groups.pop().startswith("rg-")


def test_environments_keep_their_order(call: Calls) -> None:
    workspace_id = call.new_workspace(env_types=["prod", "dev"])
    assert call("get_workspace", workspace_id).env_types == ["prod", "dev"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"workspace_name": "ab"}, "WorkspaceName"),
        ({"workspace_name": "a" * 64}, "WorkspaceName"),
        ({"workspace_name": "1abc"}, "WorkspaceName"),
        ({"workspace_name": "with-hyphen"}, "WorkspaceName"),
        ({"workspace_name": "newline\n"}, "WorkspaceName"),
        ({"workspace_name": "工作空间"}, "WorkspaceName"),
        ({"description": "d" * 81}, "Description"),
        ({"env_types": []}, "EnvTypes"),
        ({"env_types": ["dev"]}, "EnvTypes"),
        ({"env_types": ["prod", "prod"]}, "EnvTypes"),
        ({"env_types": ["test"]}, "EnvTypes"),
        ({"resource_group_id": "group"}, "ResourceGroupId"),
    ],
)
def test_create_workspace_refuses_bad_values_by_their_name(call: Calls, fields: dict[str, object], named: str) -> None:
    with call.refused() as refusal:
        call.new_workspace(**fields)
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert named in refusal.message


@pytest.mark.parametrize("missing", ["workspace_name", "description", "env_types"])
def test_create_workspace_says_what_is_missing(call: Calls, missing: str) -> None:
    with call.refused() as refusal:
        call.new_workspace(**{missing: None})
    assert (refusal.status, refusal.code) == (400, "MissingParameter")


def test_names_are_unique_without_regard_to_case(call: Calls) -> None:
    name = fresh_name()
    call.new_workspace(workspace_name=name)
    with call.refused() as refusal:
        call.new_workspace(workspace_name=name.upper())
    assert (refusal.status, refusal.code) == (409, "WorkspaceNameAlreadyExists")


def test_a_name_is_free_again_after_a_deletion(call: Calls) -> None:
    name = fresh_name()
    call("delete_workspace", call.new_workspace(workspace_name=name))
    assert call.new_workspace(workspace_name=name)


def test_an_unknown_workspace_has_the_service_s_own_code(call: Calls) -> None:
    with call.refused() as refusal:
        call("get_workspace", "999999")
    assert (refusal.status, refusal.code) == (404, "100400027")


def test_update_workspace_changes_what_is_given(call: Calls) -> None:
    workspace_id = call.new_workspace(description="before", display_name="Before")
    assert call.seen("update_workspace", workspace_id, description="after") == {}
    answer = call("get_workspace", workspace_id)
    assert (answer.description, answer.display_name) == ("after", "Before")
    assert answer.gmt_modified_time >= answer.gmt_create_time


def test_update_workspace_with_an_empty_display_name_shows_the_name_again(call: Calls) -> None:
    workspace_id = call.new_workspace(display_name="Before")
    call("update_workspace", workspace_id, display_name="")
    answer = call("get_workspace", workspace_id)
    assert answer.display_name == answer.workspace_name


def test_update_workspace_keeps_the_limit_of_a_description(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("update_workspace", workspace_id, description="d" * 81)
    assert refusal.code == "InvalidParameter"


def test_a_deleted_workspace_is_gone(call: Calls, workspace_id: str) -> None:
    assert call.seen("delete_workspace", workspace_id) == {}
    with call.refused() as refusal:
        call("get_workspace", workspace_id)
    assert (refusal.status, refusal.code) == (404, "100400027")


def test_a_workspace_with_models_is_not_deleted(call: Calls, workspace_id: str) -> None:
    call("create_model", model_name="m", workspace_id=workspace_id)
    with call.refused() as refusal:
        call("delete_workspace", workspace_id)
    assert (refusal.status, refusal.code) == (409, "WorkspaceNotEmpty")
    assert call("list_members", workspace_id).total_count == 1


def test_the_default_workspace_is_not_deleted(call: Calls) -> None:
    workspace_id = call("get_default_workspace").workspace_id
    with call.refused() as refusal:
        call("delete_workspace", workspace_id)
    assert (refusal.status, refusal.code) == (409, "DefaultWorkspaceNotDeletable")


def test_get_default_workspace_answers_the_whole_workspace(call: Calls) -> None:
    answer = call.seen("get_default_workspace", verbose=True)
    assert without_times(answer) == {
        "Conditions": [],
        "WorkspaceId": answer["WorkspaceId"],
        "WorkspaceName": "default_workspace",
        "DisplayName": "default_workspace",
        "Description": "The workspace of everything that names none",
        "EnvTypes": ["prod"],
        "Status": "ENABLED",
        "Creator": call.account_id,
        "Owner": {"UserKp": call.account_id, "UserId": call.account_id, "UserName": "root"},
    }


def test_another_workspace_can_be_made_the_default(call: Calls, workspace_id: str) -> None:
    before = call("get_default_workspace").workspace_id
    assert call.seen("update_default_workspace", workspace_id=workspace_id) == {}
    try:
        assert call("get_default_workspace").workspace_id == workspace_id
        assert call("get_workspace", workspace_id).is_default is True
        assert call("get_workspace", before).is_default is False
    finally:
        call("update_default_workspace", workspace_id=before)


def test_an_unknown_workspace_cannot_be_the_default(call: Calls) -> None:
    with call.refused() as refusal:
        call("update_default_workspace", workspace_id="999999")
    assert (refusal.status, refusal.code) == (404, "100400027")


def test_change_resource_group_moves_a_workspace(call: Calls, workspace_id: str) -> None:
    group = {"new_resource_group_id": "rg-2", "resource_type": "workspace"}
    assert call.seen("change_resource_group", resource_id=workspace_id, **group) == {}
    assert call("get_workspace", workspace_id).resource_group_id == "rg-2"


def test_change_resource_group_knows_no_other_kind_of_resource(call: Calls, workspace_id: str) -> None:
    group = {"new_resource_group_id": "rg-2", "resource_type": "vpc"}
    with call.refused() as refusal:
        call("change_resource_group", resource_id=workspace_id, **group)
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")


def test_list_workspaces_answers_whole_items(call: Calls) -> None:
    name = fresh_name()
    workspace_id = call.new_workspace(workspace_name=name, resource_group_id="rg-3")
    answer = call.seen("list_workspaces", workspace_ids=workspace_id, verbose=True)
    (item,) = answer["Workspaces"]
    assert answer["TotalCount"] == 1
    assert without_times(item) == {
        "WorkspaceId": workspace_id,
        "WorkspaceName": name,
        "DisplayName": name,
        "Description": "d",
        "EnvTypes": ["prod"],
        "Status": "ENABLED",
        "Creator": call.account_id,
        "IsDefault": False,
        "AdminNames": ["root"],
        "resourceGroupId": "rg-3",
    }


def test_list_workspaces_answers_ids_alone(call: Calls, workspace_id: str) -> None:
    answer = call.seen("list_workspaces", fields="Id", workspace_ids=workspace_id)
    assert answer["Workspaces"] == [{"WorkspaceId": workspace_id}]


def listed(call: Calls, **filters: object) -> list[str]:
    answer = call("list_workspaces", **{"page_size": 1000, **filters})
    return [workspace.workspace_id for workspace in answer.workspaces]


def test_list_workspaces_finds_part_of_a_name_in_any_case(call: Calls) -> None:
    name = fresh_name()
    workspace_id = call.new_workspace(workspace_name=f"{name}_Vision")
    assert listed(call, workspace_name=f"{name[4:].upper()}_vis") == [workspace_id]


def test_list_workspaces_finds_a_quoted_name_exactly(call: Calls) -> None:
    name = fresh_name()
    workspace_id = call.new_workspace(workspace_name=name)
    call.new_workspace(workspace_name=f"{name}_2")
    assert listed(call, workspace_name=f'"{name}"') == [workspace_id]


def test_list_workspaces_takes_several_ids(call: Calls) -> None:
    ids = [call.new_workspace() for _ in range(3)]
    assert listed(call, workspace_ids=f"{ids[2]},{ids[0]},999999") == [ids[0], ids[2]]


def test_list_workspaces_filters_by_resource_group(call: Calls) -> None:
    group = f"rg-{fresh_name()[3:]}"
    workspace_id = call.new_workspace(resource_group_id=group)
    assert listed(call, resource_group_id=group) == [workspace_id]


def test_list_workspaces_filters_by_member(call: Calls, workspace_id: str) -> None:
    user_id = str(int(workspace_id) * 1000 + 7)
    members = [m.CreateMemberRequestMembers(user_id=user_id, roles=["PAI.AlgoDeveloper"])]
    call("create_member", workspace_id, members=members)
    assert listed(call, user_id=user_id) == [workspace_id]


def test_list_workspaces_filters_by_status(call: Calls, workspace_id: str) -> None:
    assert listed(call, status="ENABLED", workspace_ids=workspace_id) == [workspace_id]
    assert listed(call, status="FROZEN", workspace_ids=workspace_id) == []


def test_an_empty_filter_filters_nothing(call: Calls, workspace_id: str) -> None:
    empty = {"status": "", "user_id": "", "workspace_name": "", "resource_group_id": ""}
    assert listed(call, workspace_ids=workspace_id, **empty) == [workspace_id]


def test_list_workspaces_sorts_by_time_of_change(call: Calls) -> None:
    ids = [call.new_workspace() for _ in range(3)]
    call("update_workspace", ids[0], description="later")
    expected = [ids[0], ids[2], ids[1]]
    assert listed(call, workspace_ids=",".join(ids), sort_by="GmtModifiedTime", order="DESC") == expected


def test_pages_add_up_to_the_list(call: Calls) -> None:
    ids = [call.new_workspace() for _ in range(5)]
    pages = [listed(call, workspace_ids=",".join(ids), page_size=2, page_number=number) for number in (1, 2, 3, 4)]
    assert pages == [ids[:2], ids[2:4], ids[4:], []]


@pytest.mark.parametrize(
    "fields",
    [
        {"page_number": 0},
        {"page_size": 0},
        {"page_size": 1001},
        {"order": "RANDOM"},
        {"sort_by": "WorkspaceName"},
        {"status": "ASLEEP"},
        {"option": "Everything"},
    ],
)
def test_list_workspaces_refuses_bad_values(call: Calls, fields: dict[str, object]) -> None:
    with call.refused() as refusal:
        listed(call, **fields)
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")


def test_no_limits_are_imposed(call: Calls) -> None:
    answer = call.seen("list_workspaces", option="GetResourceLimits")
    assert answer == {"ResourceLimits": {}, "Workspaces": [], "TotalCount": 0}


def test_a_name_can_be_checked_before_it_is_taken(call: Calls) -> None:
    name = fresh_name()
    check = {"option": "CheckWorkspaceExists", "workspace_name": name}
    free = call.seen("list_workspaces", **check)
    call.new_workspace(workspace_name=name)
    assert free == {"Workspaces": [], "TotalCount": 0}
    assert call.seen("list_workspaces", **check) == {"Workspaces": [], "TotalCount": 1}
