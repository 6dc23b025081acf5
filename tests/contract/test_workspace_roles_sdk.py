"""Custom roles and permissions through the official SDK."""

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls, without_times

READ_MODELS = m.CreateWorkspaceRoleRequestModulePermissions(module_name="Model", permission_type="ReadOnly")
CUSTOM = m.CreateWorkspaceRoleRequestModulePermissions(
    module_name="PaiWorkspace@@Config",
    permission_type="CustomPermissions",
    permissions=[
        m.CreateWorkspaceRoleRequestModulePermissionsPermissions(
            permission_codes=["PaiWorkspace:ListConfigs"],
            permission_rules=[
                m.CreateWorkspaceRoleRequestModulePermissionsPermissionsPermissionRules(
                    accessibility="PRIVATE", entity_access_type="CREATOR"
                )
            ],
        )
    ],
)
SEEN_MODULES = [
    {"ModuleName": "Model", "PermissionType": "ReadOnly", "Permissions": []},
    {
        "ModuleName": "PaiWorkspace@@Config",
        "PermissionType": "CustomPermissions",
        "Permissions": [
            {
                "PermissionCodes": ["PaiWorkspace:ListConfigs"],
                "PermissionRules": [{"Accessibility": "PRIVATE", "EntityAccessType": "CREATOR"}],
            }
        ],
    },
]


def created(call: Calls, workspace_id: str, name: str = "reviewer") -> str:
    """The id of a new role."""
    job = call("create_workspace_role", workspace_id, role_name=name, module_permissions=[READ_MODELS, CUSTOM])
    role_id: str = call("get_instance_job", job.instance_job_id).instance_id
    return role_id


def test_the_job_of_a_new_role_is_over_at_once(call: Calls, workspace_id: str) -> None:
    answer = call.seen("create_workspace_role", workspace_id, role_name="r", module_permissions=[READ_MODELS])
    job = call.seen("get_instance_job", answer["InstanceJobId"])
    role = call("list_workspace_roles", workspace_id).roles[0]
    assert without_times(job) == {
        "InstanceJobId": answer["InstanceJobId"],
        "InstanceId": role.role_id,
        "Type": "CreateWorkspaceCustomRole",
        "Status": "Successful",
    }


def test_an_unknown_job_is_not_there(call: Calls) -> None:
    with call.refused() as refusal:
        call("get_instance_job", "job-x")
    assert (refusal.status, refusal.code) == (404, "InstanceJobNotExists")


def test_get_workspace_role_answers_what_was_created(call: Calls, workspace_id: str) -> None:
    role_id = created(call, workspace_id)
    assert without_times(call.seen("get_workspace_role", workspace_id, role_id)) == {
        "RoleId": role_id,
        "RoleName": "reviewer",
        "Creator": call.account_id,
        "Status": "Succeeded",
        "ModulePermissions": SEEN_MODULES,
    }


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role_name": None}, "MissingParameter"),
        ({"role_name": "a b"}, "InvalidParameter"),
        ({"role_name": "a" * 65}, "InvalidParameter"),
        ({"role_type": "builtin"}, "InvalidParameter"),
        ({"module_permissions": None}, "MissingParameter"),
        ({"module_permissions": []}, "InvalidParameter"),
        ({"module_permissions": [READ_MODELS, READ_MODELS]}, "InvalidParameter"),
        (
            {
                "module_permissions": [
                    m.CreateWorkspaceRoleRequestModulePermissions(module_name="Model", permission_type="Everything")
                ]
            },
            "InvalidParameter",
        ),
        (
            {
                "module_permissions": [
                    m.CreateWorkspaceRoleRequestModulePermissions(
                        module_name="Model", permission_type="CustomPermissions"
                    )
                ]
            },
            "InvalidParameter",
        ),
    ],
)
def test_create_workspace_role_refuses_bad_values(
    call: Calls, workspace_id: str, fields: dict[str, object], code: str
) -> None:
    with call.refused() as refusal:
        call("create_workspace_role", workspace_id, **{"role_name": "r", "module_permissions": [READ_MODELS], **fields})
    assert (refusal.status, refusal.code) == (400, code)


def test_role_names_are_unique_in_their_workspace(call: Calls, workspace_id: str) -> None:
    created(call, workspace_id)
    with call.refused() as refusal:
        created(call, workspace_id, "Reviewer")
    assert (refusal.status, refusal.code) == (409, "WorkspaceRoleNameAlreadyExists")
    assert created(call, call.new_workspace())


def test_list_workspace_roles_shows_permissions_only_when_asked(call: Calls, workspace_id: str) -> None:
    role_id = created(call, workspace_id)
    plain = call.seen("list_workspace_roles", workspace_id)
    whole = call.seen("list_workspace_roles", workspace_id, verbose_fields="ModulePermissions")
    item = {"RoleId": role_id, "RoleName": "reviewer", "Creator": call.account_id, "ModulePermissions": []}
    assert [without_times(role) for role in plain["Roles"]] == [item]
    assert [without_times(role) for role in whole["Roles"]] == [{**item, "ModulePermissions": SEEN_MODULES}]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["alpha", "beta", "Beta-2"]),
        ({"order": "DESC"}, ["Beta-2", "beta", "alpha"]),
        ({"role_name": "BET"}, ["beta", "Beta-2"]),
        ({"role_name": '"beta"'}, ["beta"]),
        ({"role_type": "custom", "status": "Succeeded"}, ["alpha", "beta", "Beta-2"]),
        ({"status": "Failed"}, []),
        ({"page_size": 2, "page_number": 2}, ["Beta-2"]),
    ],
)
def test_list_workspace_roles_filters_sorts_and_pages(
    call: Calls, workspace_id: str, filters: dict[str, object], expected: list[str]
) -> None:
    for name in ("alpha", "beta", "Beta-2"):
        created(call, workspace_id, name)
    roles = call("list_workspace_roles", workspace_id, **filters).roles
    assert [role.role_name for role in roles] == expected


def test_list_workspace_roles_takes_several_ids(call: Calls, workspace_id: str) -> None:
    first, _, third = (created(call, workspace_id, name) for name in ("a", "b", "c"))
    answer = call("list_workspace_roles", workspace_id, role_ids=f"{third},{first}")
    assert ([role.role_id for role in answer.roles], answer.total_count) == ([first, third], 2)


def test_update_workspace_role_changes_what_is_given(call: Calls, workspace_id: str) -> None:
    role_id = created(call, workspace_id)
    answer = call.seen("update_workspace_role", workspace_id, role_id, role_name="auditor")
    assert call("get_instance_job", answer["InstanceJobId"]).type == "UpdateWorkspaceCustomRole"
    role = call.seen("get_workspace_role", workspace_id, role_id)
    assert (role["RoleName"], role["ModulePermissions"]) == ("auditor", SEEN_MODULES)


def test_a_member_goes_on_holding_a_renamed_role(call: Calls, workspace_id: str) -> None:
    role_id = created(call, workspace_id)
    members = [m.CreateMemberRequestMembers(user_id="2001", roles=["reviewer"])]
    call("create_member", workspace_id, members=members)
    call("update_workspace_role", workspace_id, role_id, role_name="auditor")
    assert call("get_member", workspace_id, user_id="2001").roles == ["auditor"]


def test_a_role_cannot_take_the_name_of_another(call: Calls, workspace_id: str) -> None:
    role_id = created(call, workspace_id)
    created(call, workspace_id, "auditor")
    with call.refused() as refusal:
        call("update_workspace_role", workspace_id, role_id, role_name="auditor")
    assert (refusal.status, refusal.code) == (409, "WorkspaceRoleNameAlreadyExists")


def test_deleted_roles_are_gone(call: Calls, workspace_id: str) -> None:
    ids = [created(call, workspace_id, name) for name in ("a", "b")]
    assert call.seen("delete_workspace_roles", workspace_id, role_ids=ids) == {}
    with call.refused() as refusal:
        call("get_workspace_role", workspace_id, ids[0])
    assert (refusal.status, refusal.code) == (404, "WorkspaceRoleNotExists")


def test_when_one_of_several_roles_is_unknown_none_is_deleted(call: Calls, workspace_id: str) -> None:
    role_id = created(call, workspace_id)
    with call.refused() as refusal:
        call("delete_workspace_roles", workspace_id, role_ids=[role_id, "role-x"])
    assert (refusal.status, refusal.code) == (404, "WorkspaceRoleNotExists")
    assert call("get_workspace_role", workspace_id, role_id).role_id == role_id


def test_a_role_that_a_member_holds_is_not_deleted(call: Calls, workspace_id: str) -> None:
    role_id = created(call, workspace_id)
    members = [m.CreateMemberRequestMembers(user_id="2001", roles=[role_id])]
    call("create_member", workspace_id, members=members)
    with call.refused() as refusal:
        call("delete_workspace_roles", workspace_id, role_ids=[role_id])
    assert (refusal.status, refusal.code) == (409, "WorkspaceRoleInUse")


@pytest.mark.parametrize(
    ("operation", "path"),
    [("list_workspace_roles", ()), ("get_workspace_role", ("role-x",)), ("list_permissions", ())],
)
def test_roles_and_permissions_of_an_unknown_workspace(call: Calls, operation: str, path: tuple[str, ...]) -> None:
    with call.refused() as refusal:
        call(operation, "999999", *path)
    assert (refusal.status, refusal.code) == (404, "100400027")


ANY = [{"Accessibility": "ANY", "EntityAccessType": "ANY"}]


def test_the_account_has_every_permission(call: Calls, workspace_id: str) -> None:
    answer = call.seen("list_permissions", workspace_id)
    assert answer["TotalCount"] == len(answer["Permissions"])
    assert {"PermissionCode": "PaiModel:CreateModel", "PermissionRules": ANY} in answer["Permissions"]
    assert all(permission["PermissionRules"] == ANY for permission in answer["Permissions"])


def test_a_permission_is_found_in_any_case(call: Calls, workspace_id: str) -> None:
    answer = call.seen(
        "get_permission", workspace_id, "paimodel:createmodel", accessibility="PUBLIC", labels={"k": "v"}
    )
    assert answer == {"PermissionCode": "PaiModel:CreateModel", "PermissionRules": ANY}


def test_another_user_has_no_permission(call: Calls, workspace_id: str) -> None:
    answer = call.seen("get_permission", workspace_id, "PaiModel:CreateModel", caller_uid="2001")
    assert answer["PermissionRules"] == []


def test_a_permission_that_means_nothing_here_is_unknown(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("get_permission", workspace_id, "PaiDLC:GetTensorboard")
    assert (refusal.status, refusal.code) == (404, "PermissionCodeNotExists")
