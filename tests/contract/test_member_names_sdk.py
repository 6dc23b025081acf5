"""Members are shown by the names that RAM has for them now."""

import json
from collections.abc import Iterator

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls
from tests.contract.ram.rpc_calls import RpcCalls, fresh_name
from tests.registry import Registry, running


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("names") / "data") as server:
        yield server


@pytest.fixture
def call_ram(registry: Registry) -> RpcCalls:
    return RpcCalls(registry.ram_sdk())


def new_role_id(call: Calls, call_ram: RpcCalls, name: str) -> str:
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"RAM": [f"acs:ram::{call.account_id}:root"]},
            }
        ],
    }
    answer = call_ram("create_role", role_name=name, assume_role_policy_document=json.dumps(trust))
    role_id: str = answer.role.role_id
    return role_id


def new_member(call: Calls, workspace_id: str, user_id: str, role: str = "PAI.WorkspaceGuest") -> str:
    """The display name that CreateMember answers."""
    member = m.CreateMemberRequestMembers(user_id=user_id, roles=[role])
    display_name: str = call("create_member", workspace_id, members=[member]).members[0].display_name
    return display_name


def shown(call: Calls, workspace_id: str, user_id: str) -> list[str]:
    """Names and kind of a member, which GetMember and ListMembers agree on."""
    got = call.seen("get_member", workspace_id, user_id=user_id)
    (listed,) = call.seen("list_members", workspace_id, user_id=user_id)["Members"]
    names = ["MemberName", "DisplayName", "AccountType"]
    assert [got[name] for name in names] == [listed[name] for name in names]
    assert listed["AccountName"] == listed["MemberName"]
    return [got[name] for name in names]


def test_a_user_is_shown_by_its_names(call: Calls, call_ram: RpcCalls, workspace_id: str) -> None:
    name = fresh_name("Ann")
    user_id = call_ram("create_user", user_name=name, display_name="Ann\u2028O'Dell, {x}").user.user_id
    assert new_member(call, workspace_id, user_id) == "Ann\u2028O'Dell, {x}"
    assert shown(call, workspace_id, user_id) == [name, "Ann\u2028O'Dell, {x}", "5"]


def test_a_user_without_a_display_name_is_shown_by_its_name(call: Calls, call_ram: RpcCalls, workspace_id: str) -> None:
    name = fresh_name("ann")
    user_id = call_ram("create_user", user_name=name).user.user_id
    new_member(call, workspace_id, user_id)
    assert shown(call, workspace_id, user_id) == [name, name, "5"]


def test_a_renamed_user_is_shown_by_its_new_name(call: Calls, call_ram: RpcCalls, workspace_id: str) -> None:
    before, after = fresh_name("before"), fresh_name("after")
    user_id = call_ram("create_user", user_name=before).user.user_id
    new_member(call, workspace_id, user_id)
    call_ram("update_user", user_name=before, new_user_name=after)
    assert shown(call, workspace_id, user_id)[0] == after


def test_a_role_is_shown_as_one(call: Calls, call_ram: RpcCalls, workspace_id: str) -> None:
    name = fresh_name("Pipeline")
    role_id = new_role_id(call, call_ram, name)
    assert new_member(call, workspace_id, role_id) == name
    assert shown(call, workspace_id, role_id) == [name, name, "6"]


def test_the_account_is_root(call: Calls, workspace_id: str) -> None:
    assert shown(call, workspace_id, call.account_id) == ["root", "root", "1"]


def test_an_id_that_is_not_known_here_is_shown_as_it_is(call: Calls, workspace_id: str) -> None:
    new_member(call, workspace_id, "2001")
    assert shown(call, workspace_id, "2001") == ["2001", "2001", "5"]


def test_a_deleted_user_is_shown_by_its_id(call: Calls, call_ram: RpcCalls, workspace_id: str) -> None:
    name = fresh_name("gone")
    user_id = call_ram("create_user", user_name=name).user.user_id
    new_member(call, workspace_id, user_id)
    call_ram("delete_user", user_name=name)
    assert shown(call, workspace_id, user_id) == [user_id, user_id, "5"]


def test_members_are_found_by_part_of_their_name(call: Calls, call_ram: RpcCalls, workspace_id: str) -> None:
    user_name, role_name = fresh_name("Zoe"), fresh_name("Zoo")
    user_id = call_ram("create_user", user_name=user_name).user.user_id
    role_id = new_role_id(call, call_ram, role_name)
    for member in (user_id, role_id, "2001"):
        new_member(call, workspace_id, member)
    found = {
        text: call("list_members", workspace_id, member_name=text).members for text in ("zo", "ZOE-", "2001", "oot")
    }
    ids = {text: [member.user_id for member in members] for text, members in found.items()}
    assert ids == {"zo": [user_id, role_id], "ZOE-": [user_id], "2001": ["2001"], "oot": [call.account_id]}


def test_administrators_of_a_workspace_are_shown_by_their_names(
    call: Calls, call_ram: RpcCalls, workspace_id: str
) -> None:
    user_name, role_name = fresh_name("Ann"), fresh_name("Pipeline")
    user_id = call_ram("create_user", user_name=user_name, display_name="Ann\u2028").user.user_id
    for member in (user_id, new_role_id(call, call_ram, role_name), "2001"):
        new_member(call, workspace_id, member, "PAI.WorkspaceAdmin")
    expected = sorted(["root", user_name, role_name, "2001"])
    assert sorted(call.seen("get_workspace", workspace_id)["AdminNames"]) == expected
    (listed,) = call.seen("list_workspaces", workspace_ids=workspace_id)["Workspaces"]
    assert sorted(listed["AdminNames"]) == expected


def test_the_owner_of_a_workspace_is_shown_by_its_names(registry: Registry, call: Calls, call_ram: RpcCalls) -> None:
    name = fresh_name("owner")
    user_id = call_ram("create_user", user_name=name, display_name="O. Wner").user.user_id
    key = call_ram("create_access_key", user_name=name).access_key
    call_ram("attach_policy_to_user", user_name=name, policy_name="AliyunPAIFullAccess", policy_type="System")
    sdk = registry.sdk(key.access_key_id, key.access_key_secret)
    request = m.CreateWorkspaceRequest(workspace_name=f"w{name[-19:]}", description="d", env_types=["prod"])
    workspace_id = sdk.create_workspace(request).body.workspace_id
    seen = call.seen("get_workspace", workspace_id, verbose=True)
    assert seen["Owner"] == {"UserKp": user_id, "UserId": user_id, "UserName": name, "DisplayName": "O. Wner"}
    assert seen["AdminNames"] == [name]


def test_the_users_that_can_be_made_members_are_the_account_s(
    call: Calls, call_ram: RpcCalls, workspace_id: str
) -> None:
    name = fresh_name("Candidate")
    user_id = call_ram("create_user", user_name=name).user.user_id
    users = call.seen("list_workspace_users", workspace_id)
    assert users["TotalCount"] == len(users["Users"])
    assert users["Users"][0] == {"UserId": call.account_id, "UserName": "root"}
    assert {"UserId": user_id, "UserName": name} in users["Users"]
    found = [
        call.seen("list_workspace_users", workspace_id, **by)
        for by in ({"user_id": user_id}, {"user_name": name.upper()})
    ]
    assert found == [{"Users": [{"UserId": user_id, "UserName": name}], "TotalCount": 1}] * 2
