"""What the workspace roles of a RAM user let it do, asked and tried through the official SDKs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client

from tests.contract.calls import Calls
from tests.contract.ram.rpc_calls import RpcCalls, User, fresh_name, refused
from tests.registry import Registry, running

ANY = [{"Accessibility": "ANY", "EntityAccessType": "ANY"}]
OWN = [{"Accessibility": "ANY", "EntityAccessType": "CREATOR"}]
PUBLIC = [{"Accessibility": "PUBLIC", "EntityAccessType": "ANY"}]
SEEN = [*OWN, *PUBLIC]

DENIED = (403, "NoPermission")
NewMember = Callable[..., User]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("permissions") / "data") as server:
        yield server


@pytest.fixture
def call(registry: Registry) -> Calls:
    """The account."""
    return Calls(registry, "sync")


@pytest.fixture
def new_member(registry: Registry, call: Calls, workspace_id: str) -> NewMember:
    """Makes users whom policies allow all of PAI, and members of the workspace if any roles are given."""

    def made(*roles: str) -> User:
        ram, name = RpcCalls(registry.ram_sdk()), fresh_name("member")
        user_id = ram("create_user", user_name=name).user.user_id
        key = ram("create_access_key", user_name=name).access_key
        ram("attach_policy_to_user", user_name=name, policy_name="AliyunPAIFullAccess", policy_type="System")
        if roles:
            member = m.CreateMemberRequestMembers(user_id=user_id, roles=list(roles))
            call("create_member", workspace_id, members=[member])
        return User(registry, name, user_id, key.access_key_id, key.access_key_secret)

    return made


def rules(sdk: Client, workspace_id: str, code: str, **about: str) -> list[dict[str, str]]:
    """What GetPermission answers."""
    answer = sdk.get_permission(workspace_id, code, m.GetPermissionRequest(**about)).body.to_map()
    assert answer["PermissionCode"] == code
    found: list[dict[str, str]] = answer["PermissionRules"]
    return found


def listed(sdk: Client, workspace_id: str) -> dict[str, list[dict[str, str]]]:
    """What ListPermissions answers, by code."""
    answer = sdk.list_permissions(workspace_id, m.ListPermissionsRequest()).body.to_map()
    assert answer["TotalCount"] == len(answer["Permissions"])
    return {each["PermissionCode"]: each["PermissionRules"] for each in answer["Permissions"]}


def new_role(call: Calls, workspace_id: str, *modules: tuple[str, str]) -> str:
    """The id of a new custom role, of modules and types of permission."""
    given = [m.CreateWorkspaceRoleRequestModulePermissions(module_name=n, permission_type=t) for n, t in modules]
    job = call("create_workspace_role", workspace_id, role_name=fresh_name("role"), module_permissions=given)
    role_id: str = call("get_instance_job", job.instance_job_id).instance_id
    return role_id


def new_model(sdk: Client, workspace_id: str, accessibility: str) -> str:
    request = m.CreateModelRequest(
        workspace_id=workspace_id, model_name=fresh_name("model"), accessibility=accessibility
    )
    model_id: str = sdk.create_model(request).body.model_id
    return model_id


@pytest.mark.parametrize(
    ("role", "code", "expected"),
    [
        ("PAI.WorkspaceAdmin", "PaiModel:ListAllModels", ANY),
        ("PAI.AlgoDeveloper", "PaiModel:GetModel", SEEN),
        ("PAI.AlgoDeveloper", "PaiModel:UpdateModel", OWN),
        ("PAI.AlgoDeveloper", "PaiModel:ListAllModels", []),
        ("PAI.AlgoOperator", "PaiModel:GetModel", SEEN),
        ("PAI.WorkspaceGuest", "PaiModel:GetModel", SEEN),
        ("PAI.WorkspaceGuest", "PaiModel:UpdateModel", []),
        ("PAI.WorkspaceGuest", "PaiWorkspace:ListMembers", ANY),
        ("PAI.WorkspaceGuest", "PaiWorkspace:CreateMember", []),
    ],
)
def test_a_member_is_told_what_its_role_allows(
    new_member: NewMember, workspace_id: str, role: str, code: str, expected: list[Any]
) -> None:
    member = new_member(role)
    assert rules(member.sdk, workspace_id, code) == expected
    assert listed(member.sdk, workspace_id).get(code, []) == expected


def test_roles_add_up(new_member: NewMember, workspace_id: str) -> None:
    member = new_member("PAI.WorkspaceGuest", "PAI.AlgoDeveloper")
    assert rules(member.sdk, workspace_id, "PaiModel:GetModel") == SEEN


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"accessibility": "PRIVATE"}, OWN),
        ({"accessibility": "PUBLIC"}, SEEN),
        ({"creator": "2001"}, PUBLIC),
        ({"creator": "2001", "accessibility": "PRIVATE"}, []),
    ],
)
def test_only_the_rules_that_reach_the_object_are_answered(
    new_member: NewMember, workspace_id: str, about: dict[str, str], expected: list[Any]
) -> None:
    assert rules(new_member("PAI.AlgoDeveloper").sdk, workspace_id, "PaiModel:GetModel", **about) == expected


def test_an_own_object_is_reached_by_rules_for_creators(new_member: NewMember, workspace_id: str) -> None:
    member = new_member("PAI.AlgoDeveloper")
    assert rules(member.sdk, workspace_id, "PaiModel:UpdateModel", creator=member.user_id) == OWN
    assert rules(member.sdk, workspace_id, "PaiModel:UpdateModel", creator="2001") == []


def test_a_custom_role_is_told_too(call: Calls, new_member: NewMember, workspace_id: str) -> None:
    member = new_member(new_role(call, workspace_id, ("Model", "ReadOnly"), ("PaiWorkspace@@Config", "FullAccess")))
    allowed = listed(member.sdk, workspace_id)
    assert allowed["PaiModel:GetModel"] == SEEN
    assert allowed["PaiWorkspace:UpdateConfigs"] == ANY
    assert not {"PaiModel:UpdateModel", "PaiWorkspace:CreateMember"} & allowed.keys()


def test_a_changed_custom_role_counts_from_the_next_request_on(
    call: Calls, new_member: NewMember, workspace_id: str
) -> None:
    role_id = new_role(call, workspace_id, ("Model", "FullAccess"))
    member, model_id = new_member(role_id), new_model(call.client, workspace_id, "PRIVATE")
    member.sdk.get_model(model_id, m.GetModelRequest())
    nothing = m.UpdateWorkspaceRoleRequestModulePermissions(module_name="Model", permission_type="NoPrivilege")
    call("update_workspace_role", workspace_id, role_id, module_permissions=[nothing])
    assert rules(member.sdk, workspace_id, "PaiModel:GetModel") == []
    with refused(*DENIED):
        member.sdk.get_model(model_id, m.GetModelRequest())


def test_a_stranger_may_not_ask(new_member: NewMember, workspace_id: str) -> None:
    stranger = new_member()
    with refused(*DENIED):
        rules(stranger.sdk, workspace_id, "PaiModel:GetModel")
    with refused(*DENIED):
        listed(stranger.sdk, workspace_id)


def test_the_account_may_ask_about_others(call: Calls, new_member: NewMember, workspace_id: str) -> None:
    member, stranger = new_member("PAI.AlgoDeveloper"), new_member()
    assert rules(call.client, workspace_id, "PaiModel:UpdateModel", caller_uid=member.user_id) == OWN
    assert rules(call.client, workspace_id, "PaiModel:UpdateModel", caller_uid=stranger.user_id) == []


def test_an_administrator_may_ask_about_others(call: Calls, new_member: NewMember, workspace_id: str) -> None:
    administrator, member = new_member("PAI.WorkspaceAdmin"), new_member("PAI.AlgoDeveloper")
    assert rules(administrator.sdk, workspace_id, "PaiModel:UpdateModel", caller_uid=member.user_id) == OWN
    assert rules(administrator.sdk, workspace_id, "PaiModel:UpdateModel", caller_uid=call.account_id) == ANY


def test_a_member_may_ask_about_itself_alone(new_member: NewMember, workspace_id: str) -> None:
    member, other = new_member("PAI.AlgoDeveloper"), new_member("PAI.WorkspaceGuest")
    assert rules(member.sdk, workspace_id, "PaiModel:UpdateModel", caller_uid=member.user_id) == OWN
    with refused(*DENIED):
        rules(member.sdk, workspace_id, "PaiModel:UpdateModel", caller_uid=other.user_id)


@pytest.mark.parametrize("accessibility", ["PUBLIC", "PRIVATE"])
@pytest.mark.parametrize("role", ["PAI.WorkspaceAdmin", "PAI.AlgoDeveloper", "PAI.AlgoOperator", "PAI.WorkspaceGuest"])
def test_what_is_told_is_what_is_so(
    call: Calls, new_member: NewMember, workspace_id: str, role: str, accessibility: str
) -> None:
    """GetModel of another's model succeeds if GetPermission has a rule for it."""
    member, model_id = new_member(role), new_model(call.client, workspace_id, accessibility)
    about = {"accessibility": accessibility, "creator": call.account_id}
    if rules(member.sdk, workspace_id, "PaiModel:GetModel", **about):
        assert member.sdk.get_model(model_id, m.GetModelRequest()).body.model_id == model_id
    else:
        with refused(*DENIED):
            member.sdk.get_model(model_id, m.GetModelRequest())


MANAGER = ("PaiWorkspace@@MemberRole", "FullAccess")


def test_a_manager_of_members_gives_ordinary_roles(new_member: NewMember, call: Calls, workspace_id: str) -> None:
    manager, other = new_member(new_role(call, workspace_id, MANAGER)), new_member("PAI.WorkspaceGuest")
    manager.sdk.add_member_role(
        workspace_id, f"{workspace_id}-{other.user_id}", "PAI.AlgoDeveloper", m.AddMemberRoleRequest()
    )
    assert rules(other.sdk, workspace_id, "PaiModel:UpdateModel") == OWN


@pytest.mark.parametrize("modules", [None, [("Model", "FullAccess")], [("PaiWorkspace@@Config", "FullAccess")]])
def test_a_manager_of_members_gives_no_role_beyond_those(
    new_member: NewMember, call: Calls, workspace_id: str, modules: list[tuple[str, str]] | None
) -> None:
    """Neither to somebody else nor to themselves."""
    manager, other = new_member(new_role(call, workspace_id, MANAGER)), new_member("PAI.WorkspaceGuest")
    role = new_role(call, workspace_id, *modules) if modules else "PAI.WorkspaceAdmin"
    for user in (manager, other):
        with refused(*DENIED):
            manager.sdk.add_member_role(workspace_id, f"{workspace_id}-{user.user_id}", role, m.AddMemberRoleRequest())


def test_a_manager_of_members_writes_no_role_beyond_those(
    new_member: NewMember, call: Calls, workspace_id: str
) -> None:
    own = new_role(call, workspace_id, MANAGER)
    manager = new_member(own)
    wide = [m.UpdateWorkspaceRoleRequestModulePermissions(module_name="Model", permission_type="FullAccess")]
    with refused(*DENIED):
        manager.sdk.update_workspace_role(workspace_id, own, m.UpdateWorkspaceRoleRequest(module_permissions=wide))
    made = [m.CreateWorkspaceRoleRequestModulePermissions(module_name="Model", permission_type="FullAccess")]
    with refused(*DENIED):
        manager.sdk.create_workspace_role(
            workspace_id, m.CreateWorkspaceRoleRequest(role_name=fresh_name("wide"), module_permissions=made)
        )


def test_a_manager_of_members_takes_no_administrator_away(
    new_member: NewMember, call: Calls, workspace_id: str
) -> None:
    manager, administrator = new_member(new_role(call, workspace_id, MANAGER)), new_member("PAI.WorkspaceAdmin")
    member_id = f"{workspace_id}-{administrator.user_id}"
    with refused(*DENIED):
        manager.sdk.remove_member_role(workspace_id, member_id, "PAI.WorkspaceAdmin", m.RemoveMemberRoleRequest())
    with refused(*DENIED):
        manager.sdk.delete_members(workspace_id, m.DeleteMembersRequest(member_ids=member_id))
