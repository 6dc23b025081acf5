"""Members of a workspace through the official SDK."""

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls, without_times

DEVELOPER, OPERATOR, LABELLER = "PAI.AlgoDeveloper", "PAI.AlgoOperator", "PAI.LabelManager"


def new_member(user_id: str, *roles: str) -> m.CreateMemberRequestMembers:
    return m.CreateMemberRequestMembers(user_id=user_id, roles=list(roles) or [DEVELOPER])


def joined(call: Calls, workspace_id: str, user_id: str, *roles: str) -> str:
    """The id of a new member."""
    answer = call("create_member", workspace_id, members=[new_member(user_id, *roles)])
    member_id: str = answer.members[0].member_id
    return member_id


def roles_of(call: Calls, workspace_id: str, member_id: str) -> list[str]:
    roles: list[str] = call.seen("get_member", workspace_id, member_id=member_id)["Roles"]
    return roles


def custom_role(call: Calls, workspace_id: str, name: str) -> str:
    """The id of a new custom role."""
    permissions = [m.CreateWorkspaceRoleRequestModulePermissions(module_name="Model", permission_type="ReadOnly")]
    job = call("create_workspace_role", workspace_id, role_name=name, module_permissions=permissions)
    role_id: str = call("get_instance_job", job.instance_job_id).instance_id
    return role_id


def test_create_member_answers_the_new_members_in_order(call: Calls, workspace_id: str) -> None:
    members = [new_member("2002", OPERATOR, DEVELOPER), new_member("2001", LABELLER)]
    assert call.seen("create_member", workspace_id, members=members) == {
        "Members": [
            {
                "MemberId": f"{workspace_id}-2002",
                "UserId": "2002",
                "DisplayName": "2002",
                "Roles": [OPERATOR, DEVELOPER],
            },
            {"MemberId": f"{workspace_id}-2001", "UserId": "2001", "DisplayName": "2001", "Roles": [LABELLER]},
        ]
    }


@pytest.mark.parametrize("by", ["member_id", "user_id"])
def test_get_member_answers_a_member_by_either_id(call: Calls, workspace_id: str, by: str) -> None:
    member_id = joined(call, workspace_id, "2001", LABELLER, DEVELOPER)
    which = {"member_id": member_id, "user_id": "2001"}[by]
    assert without_times(call.seen("get_member", workspace_id, **{by: which})) == {
        "MemberId": member_id,
        "UserId": "2001",
        "MemberName": "2001",
        "DisplayName": "2001",
        "AccountType": "5",
        "Roles": [LABELLER, DEVELOPER],
    }


def test_get_member_shows_when_a_member_joined(call: Calls, workspace_id: str) -> None:
    joined(call, workspace_id, "2001")
    assert call("get_member", workspace_id, user_id="2001").gmt_create_time


def test_the_creator_of_a_workspace_is_its_owner_and_administrator(call: Calls, workspace_id: str) -> None:
    assert without_times(call.seen("get_member", workspace_id, user_id=call.account_id)) == {
        "MemberId": f"{workspace_id}-{call.account_id}",
        "UserId": call.account_id,
        "MemberName": "root",
        "DisplayName": "root",
        "AccountType": "1",
        "Roles": ["PAI.WorkspaceOwner", "PAI.WorkspaceAdmin"],
    }


def test_get_member_needs_one_of_the_ids(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("get_member", workspace_id)
    assert (refusal.status, refusal.code) == (400, "MissingParameter")


def test_get_member_takes_no_more_than_one_of_the_ids(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("get_member", workspace_id, user_id="2001", member_id=f"{workspace_id}-2001")
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")


@pytest.mark.parametrize("member_id", ["{0}-2001", "2001", "999999-2001", "{0}-", "{0}"])
def test_an_unknown_member_has_the_service_s_own_code(call: Calls, workspace_id: str, member_id: str) -> None:
    with call.refused() as refusal:
        call("get_member", workspace_id, member_id=member_id.format(workspace_id))
    assert (refusal.status, refusal.code) == (404, "100600006")


def test_a_member_of_an_unknown_workspace_is_unknown_by_the_workspace(call: Calls) -> None:
    with call.refused() as refusal:
        call("get_member", "999999", user_id="2001")
    assert (refusal.status, refusal.code) == (404, "100400027")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([], "InvalidParameter"),
        ([m.CreateMemberRequestMembers(user_id="2001", roles=[])], "InvalidParameter"),
        ([m.CreateMemberRequestMembers(roles=[DEVELOPER])], "MissingParameter"),
        ([new_member("alice")], "InvalidParameter"),
        ([new_member("")], "InvalidParameter"),
        ([new_member("2001", "PAI.Wizard")], "InvalidRole"),
        ([new_member("2001", "PAI.WorkspaceOwner")], "WorkspaceOwnerNotAssignable"),
    ],
)
def test_create_member_refuses_bad_values(
    call: Calls, workspace_id: str, members: list[m.CreateMemberRequestMembers], code: str
) -> None:
    with call.refused() as refusal:
        call("create_member", workspace_id, members=members)
    assert (refusal.status, refusal.code) == (400, code)


def test_a_user_is_a_member_once(call: Calls, workspace_id: str) -> None:
    joined(call, workspace_id, "2001")
    with call.refused() as refusal:
        joined(call, workspace_id, "2001")
    assert (refusal.status, refusal.code) == (409, "MemberAlreadyExists")


def test_when_one_of_several_members_is_refused_none_is_added(call: Calls, workspace_id: str) -> None:
    joined(call, workspace_id, "2001")
    with call.refused():
        call("create_member", workspace_id, members=[new_member("2002"), new_member("2001")])
    assert listed(call, workspace_id) == [call.account_id, "2001"]


def test_list_members_answers_whole_items(call: Calls, workspace_id: str) -> None:
    joined(call, workspace_id, "2001", LABELLER)
    answer = call.seen("list_members", workspace_id)
    assert answer["TotalCount"] == 2
    assert [without_times(member) for member in answer["Members"]] == [
        {
            "MemberId": f"{workspace_id}-{call.account_id}",
            "UserId": call.account_id,
            "MemberName": "root",
            "AccountName": "root",
            "DisplayName": "root",
            "AccountType": "1",
            "Roles": ["PAI.WorkspaceOwner", "PAI.WorkspaceAdmin"],
        },
        {
            "MemberId": f"{workspace_id}-2001",
            "UserId": "2001",
            "MemberName": "2001",
            "AccountName": "2001",
            "DisplayName": "2001",
            "AccountType": "5",
            "Roles": [LABELLER],
        },
    ]


def listed(call: Calls, workspace_id: str, **filters: object) -> list[str]:
    """User ids of the members that are found."""
    return [member.user_id for member in call("list_members", workspace_id, **filters).members]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"roles": LABELLER}, ["2002"]),
        ({"roles": f"{DEVELOPER},{LABELLER}"}, ["2001", "2002"]),
        ({"roles": ""}, ["root", "2001", "2002"]),
        ({"roles": "PAI.WorkspaceGuest"}, []),
        ({"user_id": "2001"}, ["2001"]),
        ({"user_id": "200"}, []),
        ({"member_name": "02"}, ["2002"]),
        ({"member_name": "OO"}, ["root"]),
        ({"page_size": 2, "page_number": 2}, ["2002"]),
        ({"page_size": 2, "page_number": 3}, []),
    ],
)
def test_list_members_filters_and_pages(
    call: Calls, workspace_id: str, filters: dict[str, object], expected: list[str]
) -> None:
    joined(call, workspace_id, "2001", DEVELOPER)
    joined(call, workspace_id, "2002", LABELLER, OPERATOR)
    found = listed(call, workspace_id, **filters)
    assert ["root" if user_id == call.account_id else user_id for user_id in found] == expected


def test_list_members_counts_what_is_on_other_pages(call: Calls, workspace_id: str) -> None:
    joined(call, workspace_id, "2001")
    assert call("list_members", workspace_id, page_size=1).total_count == 2


def test_deleted_members_are_gone(call: Calls, workspace_id: str) -> None:
    ids = [joined(call, workspace_id, "2001"), joined(call, workspace_id, "2002")]
    assert call.seen("delete_members", workspace_id, member_ids=",".join(ids)) == {}
    assert listed(call, workspace_id) == [call.account_id]


def test_when_one_of_several_members_is_unknown_none_is_deleted(call: Calls, workspace_id: str) -> None:
    member_id = joined(call, workspace_id, "2001")
    with call.refused() as refusal:
        call("delete_members", workspace_id, member_ids=f"{member_id},{workspace_id}-2002")
    assert (refusal.status, refusal.code) == (404, "100600017")
    assert listed(call, workspace_id) == [call.account_id, "2001"]


def test_the_owner_stays_a_member(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("delete_members", workspace_id, member_ids=f"{workspace_id}-{call.account_id}")
    assert (refusal.status, refusal.code) == (409, "WorkspaceOwnerNotRemovable")


def test_a_member_who_comes_back_has_none_of_the_former_roles(call: Calls, workspace_id: str) -> None:
    member_id = joined(call, workspace_id, "2001", LABELLER, OPERATOR)
    call("delete_members", workspace_id, member_ids=member_id)
    assert roles_of(call, workspace_id, joined(call, workspace_id, "2001", DEVELOPER)) == [DEVELOPER]


def test_an_added_role_comes_last(call: Calls, workspace_id: str) -> None:
    member_id = joined(call, workspace_id, "2001", OPERATOR)
    assert call.seen("add_member_role", workspace_id, member_id, DEVELOPER) == {}
    assert roles_of(call, workspace_id, member_id) == [OPERATOR, DEVELOPER]


def test_a_role_that_is_held_already_can_be_added(call: Calls, workspace_id: str) -> None:
    member_id = joined(call, workspace_id, "2001", OPERATOR, DEVELOPER)
    call("add_member_role", workspace_id, member_id, OPERATOR)
    assert roles_of(call, workspace_id, member_id) == [OPERATOR, DEVELOPER]


def test_a_removed_role_is_gone(call: Calls, workspace_id: str) -> None:
    member_id = joined(call, workspace_id, "2001", OPERATOR, DEVELOPER)
    assert call.seen("remove_member_role", workspace_id, member_id, OPERATOR) == {}
    assert roles_of(call, workspace_id, member_id) == [DEVELOPER]


def test_a_role_that_is_not_held_can_be_removed(call: Calls, workspace_id: str) -> None:
    member_id = joined(call, workspace_id, "2001", OPERATOR)
    call("remove_member_role", workspace_id, member_id, LABELLER)
    assert roles_of(call, workspace_id, member_id) == [OPERATOR]


def test_a_member_without_roles_shows_an_empty_list(call: Calls, workspace_id: str) -> None:
    member_id = joined(call, workspace_id, "2001", OPERATOR)
    call("remove_member_role", workspace_id, member_id, OPERATOR)
    assert roles_of(call, workspace_id, member_id) == []


@pytest.mark.parametrize("operation", ["add_member_role", "remove_member_role"])
def test_roles_of_an_unknown_member_cannot_change(call: Calls, workspace_id: str, operation: str) -> None:
    with call.refused() as refusal:
        call(operation, workspace_id, f"{workspace_id}-2001", OPERATOR)
    assert (refusal.status, refusal.code) == (404, "100600006")


def test_an_unknown_role_cannot_be_added(call: Calls, workspace_id: str) -> None:
    member_id = joined(call, workspace_id, "2001")
    with call.refused() as refusal:
        call("add_member_role", workspace_id, member_id, "PAI.Wizard")
    assert (refusal.status, refusal.code) == (400, "InvalidRole")


def test_nobody_can_be_made_an_owner(call: Calls, workspace_id: str) -> None:
    member_id = joined(call, workspace_id, "2001")
    with call.refused() as refusal:
        call("add_member_role", workspace_id, member_id, "PAI.WorkspaceOwner")
    assert (refusal.status, refusal.code) == (400, "WorkspaceOwnerNotAssignable")


def test_the_owner_stays_the_owner(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("remove_member_role", workspace_id, f"{workspace_id}-{call.account_id}", "PAI.WorkspaceOwner")
    assert (refusal.status, refusal.code) == (409, "WorkspaceOwnerNotRemovable")


def test_an_administrator_is_named_by_the_workspace(call: Calls, workspace_id: str) -> None:
    joined(call, workspace_id, "2001", "PAI.WorkspaceAdmin")
    assert set(call("get_workspace", workspace_id).admin_names) == {"root", "2001"}


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_custom_role_is_shown_as_the_caller_named_it(call: Calls, workspace_id: str, by: str) -> None:
    named = {"id": custom_role(call, workspace_id, "reviewer"), "name": "reviewer"}[by]
    member_id = joined(call, workspace_id, "2001", named, DEVELOPER)
    assert roles_of(call, workspace_id, member_id) == [named, DEVELOPER]


def test_a_custom_role_is_one_role_by_name_and_by_id(call: Calls, workspace_id: str) -> None:
    role_id = custom_role(call, workspace_id, "reviewer")
    member_id = joined(call, workspace_id, "2001", "reviewer", role_id)
    assert listed(call, workspace_id, roles=role_id) == ["2001"]
    call("remove_member_role", workspace_id, member_id, role_id)
    assert roles_of(call, workspace_id, member_id) == []


def test_a_custom_role_of_another_workspace_is_unknown(call: Calls, workspace_id: str) -> None:
    role_id = custom_role(call, call.new_workspace(), "reviewer")
    with call.refused() as refusal:
        joined(call, workspace_id, "2001", role_id)
    assert refusal.code == "InvalidRole"


def test_the_users_of_a_workspace_are_those_that_are_known_here(call: Calls, workspace_id: str) -> None:
    """The account before whoever else the tests of this server have made."""
    seen = call.seen("list_workspace_users", workspace_id)
    assert seen["Users"][0] == {"UserId": call.account_id, "UserName": "root"}
    assert seen["TotalCount"] == len(seen["Users"])


@pytest.mark.parametrize(
    ("filters", "count"), [({"user_name": "OO"}, 1), ({"user_name": "x"}, 0), ({"user_id": "1"}, 0)]
)
def test_users_can_be_filtered(call: Calls, workspace_id: str, filters: dict[str, object], count: int) -> None:
    assert call("list_workspace_users", workspace_id, **filters).total_count == count
