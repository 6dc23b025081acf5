"""Groups and who is in them, through the official SDK of RAM."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ram20150501.client import Client as Ram

from tests.contract.ram.raw_calls import answered
from tests.contract.ram.rpc_calls import DATE, RpcCalls, User, fresh_name, refused, without_dates
from tests.contract.ram.walks import entries, nothing, walked

NewUser = Callable[..., User]


@pytest.fixture
def group(call_ram: RpcCalls) -> str:
    """The name of a new group."""
    made = fresh_name("group")
    call_ram("create_group", group_name=made)
    return made


@pytest.fixture(autouse=True)
def _no_groups_left(call_ram: RpcCalls) -> Iterator[None]:
    """The account cannot have more than 50: each test starts with none."""
    yield
    for each in entries(call_ram.seen("list_groups", max_items=1000)):
        name = each["GroupName"]
        for member in entries(call_ram.seen("list_users_for_group", group_name=name)):
            call_ram("remove_user_from_group", user_name=member["UserName"], group_name=name)
        for policy in call_ram.seen("list_policies_for_group", group_name=name)["Policies"]["Policy"]:
            kind = {"policy_name": policy["PolicyName"], "policy_type": policy["PolicyType"]}
            call_ram("detach_policy_from_group", group_name=name, **kind)
        call_ram("delete_group", group_name=name)


@pytest.fixture
def name(call_ram: RpcCalls) -> str:
    """The name of a new user."""
    made = fresh_name("user")
    call_ram("create_user", user_name=made, display_name="Somebody")
    return made


def shown(call_ram: RpcCalls, group_name: str) -> dict[str, Any]:
    found: dict[str, Any] = call_ram.seen("get_group", group_name=group_name)["Group"]
    return found


def members(call_ram: RpcCalls, group_name: str) -> list[str]:
    return [each["UserName"] for each in entries(call_ram.seen("list_users_for_group", group_name=group_name))]


def test_a_new_group_is_answered_with_what_was_given_an_id_and_a_date(ram: Ram) -> None:
    made = fresh_name("group")
    answer = answered(ram, "CreateGroup", GroupName=made, Comments="of all")
    group_id, create_date = answer["Group"].pop("GroupId"), answer["Group"].pop("CreateDate")
    assert answer == {"Group": {"GroupName": made, "Comments": "of all"}}
    assert re.fullmatch(r"g-[a-z0-9]{16}", group_id)
    assert DATE.fullmatch(create_date)


def test_getting_and_listing_a_group_add_the_date_of_its_last_change(ram: Ram, call_ram: RpcCalls) -> None:
    made = fresh_name("group")
    created = call_ram.seen("create_group", group_name=made, comments="c")["Group"]
    whole = {**created, "UpdateDate": created["CreateDate"]}
    assert answered(ram, "GetGroup", GroupName=made) == {"Group": whole}
    assert answered(ram, "ListGroups") == {"Groups": {"Group": [whole]}, "IsTruncated": False}


def test_no_groups_are_an_empty_list(ram: Ram) -> None:
    assert answered(ram, "ListGroups") == {"Groups": {"Group": []}, "IsTruncated": False}


def test_a_group_s_comments_are_changed_and_cleared(ram: Ram, call_ram: RpcCalls, group: str) -> None:
    before = shown(call_ram, group)
    changed = answered(ram, "UpdateGroup", GroupName=group, NewComments="after")["Group"]
    assert without_dates(changed) == {**without_dates(before), "Comments": "after"}
    call_ram("update_group", group_name=group)
    assert shown(call_ram, group)["Comments"] == "after"
    call_ram("update_group", group_name=group, new_comments="")
    assert "Comments" not in shown(call_ram, group)


def test_a_renamed_group_keeps_its_id_users_and_policies(call_ram: RpcCalls, group: str, name: str) -> None:
    after = fresh_name("renamed")
    call_ram("add_user_to_group", user_name=name, group_name=group)
    call_ram("attach_policy_to_group", group_name=group, policy_name="ReadOnlyAccess", policy_type="System")
    before = shown(call_ram, group)
    call_ram("update_group", group_name=group, new_group_name=after)
    assert shown(call_ram, after)["GroupId"] == before["GroupId"]
    assert members(call_ram, after) == [name]
    policies = call_ram.seen("list_policies_for_group", group_name=after)["Policies"]["Policy"]
    assert [each["PolicyName"] for each in policies] == ["ReadOnlyAccess"]
    with refused(404, "EntityNotExist.Group"):
        call_ram("get_group", group_name=group)


def test_a_new_name_that_is_the_old_one_is_no_conflict(call_ram: RpcCalls, group: str) -> None:
    for after in (group, group.upper()):
        assert call_ram.seen("update_group", group_name=group, new_group_name=after)["Group"]["GroupName"] == after


def test_a_name_that_another_group_has_is_a_conflict_in_any_case(call_ram: RpcCalls, group: str) -> None:
    other = fresh_name("group")
    call_ram("create_group", group_name=other)
    for taken in (group, group.upper()):
        with refused(409, "EntityAlreadyExists.Group"):
            call_ram("create_group", group_name=taken)
        with refused(409, "EntityAlreadyExists.Group"):
            call_ram("update_group", group_name=other, new_group_name=taken)


def test_a_name_is_found_in_any_case_and_shown_as_it_was_given(call_ram: RpcCalls, name: str) -> None:
    made = fresh_name("Upper")
    call_ram("create_group", group_name=made)
    call_ram("add_user_to_group", user_name=name.upper(), group_name=made.lower())
    assert shown(call_ram, made.upper())["GroupName"] == made
    assert members(call_ram, made.upper()) == [name]


def test_a_group_that_has_a_user_is_not_deleted(call_ram: RpcCalls, group: str, name: str) -> None:
    call_ram("add_user_to_group", user_name=name, group_name=group)
    with refused(409, "DeleteConflict.Group.User"):
        call_ram("delete_group", group_name=group)
    call_ram("remove_user_from_group", user_name=name, group_name=group)
    assert call_ram.seen("delete_group", group_name=group) == {}
    with refused(404, "EntityNotExist.Group"):
        call_ram("get_group", group_name=group)


def test_a_group_that_has_a_policy_is_not_deleted(call_ram: RpcCalls, group: str) -> None:
    policy = {"policy_name": "ReadOnlyAccess", "policy_type": "System"}
    call_ram("attach_policy_to_group", group_name=group, **policy)
    with refused(409, "DeleteConflict.Group.Policy"):
        call_ram("delete_group", group_name=group)
    call_ram("detach_policy_from_group", group_name=group, **policy)
    call_ram("delete_group", group_name=group)


def test_users_and_groups_show_each_other_with_the_date_of_joining(ram: Ram, call_ram: RpcCalls, name: str) -> None:
    made = fresh_name("group")
    group_id = call_ram("create_group", group_name=made, comments="c").group.group_id
    assert answered(ram, "AddUserToGroup", UserName=name, GroupName=made) == {}
    groups = answered(ram, "ListGroupsForUser", UserName=name)
    assert groups.keys() == {"Groups"}
    (joined,) = groups["Groups"]["Group"]
    date = joined.pop("JoinDate")
    assert DATE.fullmatch(date)
    assert joined == {"GroupId": group_id, "GroupName": made, "Comments": "c"}
    member = {"UserName": name, "DisplayName": "Somebody", "JoinDate": date}
    assert answered(ram, "ListUsersForGroup", GroupName=made) == {"Users": {"User": [member]}, "IsTruncated": False}


def test_nobody_in_a_group_and_no_group_of_a_user_are_empty_lists(ram: Ram, group: str, name: str) -> None:
    assert answered(ram, "ListUsersForGroup", GroupName=group) == {"Users": {"User": []}, "IsTruncated": False}
    assert answered(ram, "ListGroupsForUser", UserName=name) == {"Groups": {"Group": []}}


def test_joining_twice_is_a_conflict_in_any_case(call_ram: RpcCalls, group: str, name: str) -> None:
    call_ram("add_user_to_group", user_name=name, group_name=group)
    with refused(409, "EntityAlreadyExists.User.Group"):
        call_ram("add_user_to_group", user_name=name.upper(), group_name=group.upper())
    assert members(call_ram, group) == [name]


def test_leaving_a_group_that_was_not_joined_is_404(call_ram: RpcCalls, group: str, name: str) -> None:
    with refused(404, "EntityNotExist.User.Group"):
        call_ram("remove_user_from_group", user_name=name, group_name=group)
    call_ram("add_user_to_group", user_name=name, group_name=group)
    assert call_ram.seen("remove_user_from_group", user_name=name, group_name=group) == {}
    assert members(call_ram, group) == []


def test_a_user_is_in_five_groups_at_most(call_ram: RpcCalls, name: str) -> None:
    made = [fresh_name("group") for _ in range(6)]
    for each in made:
        call_ram("create_group", group_name=each)
    for each in made[:5]:
        call_ram("add_user_to_group", user_name=name, group_name=each)
    with refused(409, "LimitExceeded.User.Group"):
        call_ram("add_user_to_group", user_name=name, group_name=made[5])
    groups = call_ram.seen("list_groups_for_user", user_name=name)["Groups"]["Group"]
    assert [each["GroupName"] for each in groups] == made[:5]


def test_an_account_has_fifty_groups_at_most(call_ram: RpcCalls) -> None:
    for _ in range(50):
        call_ram("create_group", group_name=fresh_name("group"))
    with refused(409, "LimitExceeded.Group"):
        call_ram("create_group", group_name=fresh_name("group"))
    assert len(entries(call_ram.seen("list_groups", max_items=1000))) == 50


@pytest.mark.parametrize("operation", ["get_group", "update_group", "delete_group", "list_users_for_group"])
def test_a_group_that_is_not_there_is_404(call_ram: RpcCalls, operation: str) -> None:
    with refused(404, "EntityNotExist.Group"):
        call_ram(operation, group_name="nothing")


@pytest.mark.parametrize("operation", ["add_user_to_group", "remove_user_from_group"])
def test_a_membership_says_which_half_is_not_there(call_ram: RpcCalls, operation: str, group: str, name: str) -> None:
    with refused(404, "EntityNotExist.User"):
        call_ram(operation, user_name="nobody", group_name=group)
    with refused(404, "EntityNotExist.Group"):
        call_ram(operation, user_name=name, group_name="nothing")


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("create_group", {}),
        ("get_group", {}),
        ("update_group", {}),
        ("delete_group", {}),
        ("list_users_for_group", {}),
        ("add_user_to_group", {"user_name": "a"}),
        ("add_user_to_group", {"group_name": "a"}),
        ("remove_user_from_group", {"user_name": "a"}),
        ("remove_user_from_group", {"group_name": "a"}),
    ],
)
def test_names_are_required(call_ram: RpcCalls, operation: str, fields: dict[str, str]) -> None:
    with refused(400, "MissingParameter"):
        call_ram(operation, **fields)


BAD_NAMES = {"": "Length", "a" * 65: "Length", "a b": "InvalidChars", "a@b": "InvalidChars", "a:b": "InvalidChars"}


@pytest.mark.parametrize("bad", BAD_NAMES)
@pytest.mark.parametrize("operation", ["create_group", "get_group", "update_group", "delete_group"])
def test_a_bad_name_is_refused_everywhere(call_ram: RpcCalls, operation: str, bad: str) -> None:
    with refused(400, f"InvalidParameter.GroupName.{BAD_NAMES[bad]}"):
        call_ram(operation, group_name=bad)


@pytest.mark.parametrize("bad", BAD_NAMES)
def test_a_bad_new_name_is_refused(call_ram: RpcCalls, group: str, bad: str) -> None:
    with refused(400, f"InvalidParameter.NewGroupName.{BAD_NAMES[bad]}"):
        call_ram("update_group", group_name=group, new_group_name=bad)


def test_comments_that_are_too_long_are_refused(call_ram: RpcCalls, group: str) -> None:
    with refused(400, "InvalidParameter.Comments.Length"):
        call_ram("create_group", group_name=fresh_name("group"), comments="a" * 129)
    with refused(400, "InvalidParameter.NewComments.Length"):
        call_ram("update_group", group_name=group, new_comments="a" * 129)


def test_pages_of_one_show_what_one_page_shows(call_ram: RpcCalls) -> None:
    made = [fresh_name("group") for _ in range(4)]
    for each in made:
        call_ram("create_group", group_name=each)
    whole = entries(call_ram.seen("list_groups"))
    assert [each["GroupName"] for each in whole] == made
    assert walked(call_ram, "list_groups", 1, nothing) == whole


def test_pages_of_one_member_show_everybody_who_stays_once(call_ram: RpcCalls, group: str) -> None:
    made = [fresh_name("user") for _ in range(5)]
    for each in made:
        call_ram("create_user", user_name=each)
        call_ram("add_user_to_group", user_name=each, group_name=group)
    whole = entries(call_ram.seen("list_users_for_group", group_name=group))
    assert walked(call_ram, "list_users_for_group", 1, nothing, group_name=group) == whole

    def change(number: int) -> None:
        if number == 1:  # one that was shown goes, and one that was not
            for gone in (made[0], made[3]):
                call_ram("remove_user_from_group", user_name=gone, group_name=group)

    found = walked(call_ram, "list_users_for_group", 1, change, group_name=group)
    assert [each["UserName"] for each in found] == [made[0], made[1], made[2], made[4]]


@pytest.mark.parametrize("operation", ["list_groups", "list_users_for_group"])
@pytest.mark.parametrize("bad", [{"max_items": 0}, {"max_items": 1001}, {"marker": "x"}])
def test_a_page_that_cannot_be_is_refused(
    call_ram: RpcCalls, group: str, operation: str, bad: dict[str, object]
) -> None:
    fields = {"group_name": group} if operation == "list_users_for_group" else {}
    with refused(400, "InvalidParameter"):
        call_ram(operation, **fields, **bad)


def test_adding_to_a_group_needs_both_the_user_and_the_group(
    call_ram: RpcCalls, new_user: NewUser, group: str, name: str
) -> None:
    def allowed(*resources: str) -> dict[str, object]:
        named = [f"acs:ram:*:*:{each}" for each in resources]
        return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ram:AddUserToGroup", "Resource": named}]}

    for policy in (allowed(f"user/{name}"), allowed(f"group/{group}")):
        with refused(403, "NoPermission"):
            new_user([policy]).call_ram("add_user_to_group", user_name=name, group_name=group)
    assert members(call_ram, group) == []
    new_user([allowed(f"user/{name}", f"group/{group}")]).call_ram(
        "add_user_to_group", user_name=name, group_name=group
    )
    assert members(call_ram, group) == [name]


def test_whoever_may_rename_some_groups_may_not_give_them_any_name(call_ram: RpcCalls, new_user: NewUser) -> None:
    statement = {"Effect": "Allow", "Action": "ram:UpdateGroup", "Resource": "acs:ram:*:*:group/temp-*"}
    someone = new_user([{"Version": "1", "Statement": [statement]}])
    call_ram("create_group", group_name=(before := fresh_name("temp")))
    with refused(403, "NoPermission"):
        someone.call_ram("update_group", group_name=before, new_group_name=fresh_name("other"))
    someone.call_ram("update_group", group_name=before, new_group_name=fresh_name("temp"))


def test_a_group_s_policy_counts_from_the_next_request_on_and_no_longer_than_the_membership(
    call_ram: RpcCalls, new_user: NewUser, group: str
) -> None:
    someone = new_user()
    call_ram("attach_policy_to_group", group_name=group, policy_name="AliyunRAMReadOnlyAccess", policy_type="System")
    with refused(403, "NoPermission"):
        someone.call_ram("list_groups")
    call_ram("add_user_to_group", user_name=someone.name, group_name=group)
    someone.call_ram("list_groups")
    call_ram("remove_user_from_group", user_name=someone.name, group_name=group)
    with refused(403, "NoPermission"):
        someone.call_ram("list_groups")
