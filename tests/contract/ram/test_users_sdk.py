"""Users, through the official SDK of RAM: answers as documented, refusals, and what a rename and a deletion need."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501.client import Client as Ram

from tests.contract.ram.raw_calls import answered
from tests.contract.ram.rpc_calls import DATE, RpcCalls, User, fresh_name, refused, without_dates
from tests.contract.ram.walks import entries, nothing, walked

NewUser = Callable[..., User]

GIVEN = {
    "display_name": "Alice A 甲",
    "mobile_phone": "86-18888888888",
    "email": "alice@example.com",
    "comments": "first\nsecond",
}
SHOWN = {
    "DisplayName": "Alice A 甲",
    "MobilePhone": "86-18888888888",
    "Email": "alice@example.com",
    "Comments": "first\nsecond",
}


@pytest.fixture
def name(call_ram: RpcCalls) -> str:
    """The name of a new user."""
    made = fresh_name("user")
    call_ram("create_user", user_name=made)
    return made


def user(call_ram: RpcCalls, user_name: str) -> dict[str, Any]:
    found: dict[str, Any] = call_ram.seen("get_user", user_name=user_name)["User"]
    return found


def names(call_ram: RpcCalls) -> list[str]:
    return [each["UserName"] for each in entries(call_ram.seen("list_users", max_items=1000))]


def test_a_new_user_is_answered_with_what_was_given_an_id_and_a_date(ram: Ram) -> None:
    made = fresh_name("user")
    answer = answered(ram, "CreateUser", UserName=made, **SHOWN)
    user_id, create_date = answer["User"].pop("UserId"), answer["User"].pop("CreateDate")
    assert answer == {"User": {"UserName": made, **SHOWN}}
    assert re.fullmatch(r"2\d{17}", user_id)
    assert DATE.fullmatch(create_date)


def test_getting_and_listing_a_user_add_the_date_of_its_last_change(ram: Ram, call_ram: RpcCalls) -> None:
    made = fresh_name("user")
    created = call_ram.seen("create_user", user_name=made, **GIVEN)["User"]
    shown = {**created, "UpdateDate": created["CreateDate"]}
    assert answered(ram, "GetUser", UserName=made) == {"User": shown}
    listed = answered(ram, "ListUsers", MaxItems="1000")
    assert [each for each in listed["Users"]["User"] if each["UserName"] == made] == [shown]
    assert listed.keys() == {"Users", "IsTruncated"}


def test_what_is_not_given_or_empty_is_absent(ram: Ram) -> None:
    made = fresh_name("user")
    answered(ram, "CreateUser", UserName=made, DisplayName="", Email="", MobilePhone="", Comments="")
    assert answered(ram, "GetUser", UserName=made)["User"].keys() == {"UserId", "UserName", "CreateDate", "UpdateDate"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("display_name", "B"), ("mobile_phone", "1-2"), ("email", "b@b"), ("comments", "other")],
)
def test_a_field_is_changed_alone(call_ram: RpcCalls, name: str, field: str, value: str) -> None:
    call_ram("update_user", user_name=name, **{f"new_{key}": text for key, text in GIVEN.items()})
    wire_name = "".join(part.title() for part in field.split("_"))
    changed = call_ram.seen("update_user", user_name=name, **{f"new_{field}": value})["User"]
    assert without_dates(changed) == {"UserId": changed["UserId"], "UserName": name, **SHOWN, wire_name: value}
    assert user(call_ram, name) == changed


@pytest.mark.parametrize("field", GIVEN)
def test_an_empty_field_is_cleared(call_ram: RpcCalls, name: str, field: str) -> None:
    call_ram("update_user", user_name=name, **{f"new_{key}": text for key, text in GIVEN.items()})
    wire_name = "".join(part.title() for part in field.split("_"))
    assert wire_name in user(call_ram, name)
    call_ram("update_user", user_name=name, **{f"new_{field}": ""})
    assert user(call_ram, name).keys() == {"UserId", "UserName", "CreateDate", "UpdateDate", *SHOWN} - {wire_name}


def test_a_change_that_names_nothing_changes_nothing_but_the_date(call_ram: RpcCalls, name: str) -> None:
    before = user(call_ram, name)
    after = call_ram.seen("update_user", user_name=name)["User"]
    assert without_dates(after) == without_dates(before)
    assert after["CreateDate"] == before["CreateDate"]


def test_a_renamed_user_keeps_its_id_keys_groups_policies_and_login_profile(
    call_ram: RpcCalls, new_user: NewUser
) -> None:
    before = new_user(["ReadOnlyAccess"])
    group, after = fresh_name("group"), fresh_name("renamed")
    call_ram("create_group", group_name=group)
    call_ram("add_user_to_group", user_name=before.name, group_name=group)
    call_ram("create_login_profile", user_name=before.name, password="Lab-Password-1")
    call_ram("update_user", user_name=before.name, new_user_name=after)
    assert user(call_ram, after)["UserId"] == before.user_id
    keys = entries({"AccessKeys": call_ram.seen("list_access_keys", user_name=after)["AccessKeys"]})
    assert [key["AccessKeyId"] for key in keys] == [before.key_id]
    groups = call_ram.seen("list_groups_for_user", user_name=after)["Groups"]["Group"]
    assert [each["GroupName"] for each in groups] == [group]
    policies = call_ram.seen("list_policies_for_user", user_name=after)["Policies"]["Policy"]
    assert [each["PolicyName"] for each in policies] == ["ReadOnlyAccess"]
    assert call_ram.seen("get_login_profile", user_name=after)["LoginProfile"]["UserName"] == after
    with refused(404, "EntityNotExist.User"):
        call_ram("get_user", user_name=before.name)


def test_a_renamed_user_goes_by_the_new_name_from_the_next_request_on(call_ram: RpcCalls, new_user: NewUser) -> None:
    someone, after = new_user(["AliyunRAMFullAccess"]), fresh_name("renamed")
    own = someone.call_ram.seen("list_access_keys")
    call_ram("update_user", user_name=someone.name, new_user_name=after)
    assert someone.call_ram.seen("list_access_keys") == own
    assert someone.call_sts("get_caller_identity").arn.endswith(f":user/{after}")


def test_a_new_name_that_is_the_old_one_is_no_conflict(call_ram: RpcCalls, name: str) -> None:
    assert call_ram.seen("update_user", user_name=name, new_user_name=name)["User"]["UserName"] == name
    assert call_ram.seen("update_user", user_name=name, new_user_name=name.upper())["User"]["UserName"] == name.upper()


def test_a_name_that_another_user_has_is_a_conflict_in_any_case(call_ram: RpcCalls, name: str) -> None:
    other = fresh_name("user")
    call_ram("create_user", user_name=other)
    for taken in (name, name.upper()):
        with refused(409, "EntityAlreadyExists.User"):
            call_ram("create_user", user_name=taken)
        with refused(409, "EntityAlreadyExists.User"):
            call_ram("update_user", user_name=other, new_user_name=taken)
    assert user(call_ram, other)["UserName"] == other


def test_a_name_is_found_in_any_case_and_shown_as_it_was_given(call_ram: RpcCalls) -> None:
    made = fresh_name("Upper")
    call_ram("create_user", user_name=made)
    assert user(call_ram, made.lower())["UserName"] == made
    assert user(call_ram, made.upper())["UserName"] == made


def test_a_deleted_user_is_gone_and_its_id_is_not_given_out_again(call_ram: RpcCalls, name: str) -> None:
    before = user(call_ram, name)["UserId"]
    assert call_ram.seen("delete_user", user_name=name) == {}
    with refused(404, "EntityNotExist.User"):
        call_ram("get_user", user_name=name)
    assert name not in names(call_ram)
    assert call_ram.seen("create_user", user_name=name)["User"]["UserId"] != before


GROUP = fresh_name("group")
HOLDINGS: dict[str, tuple[tuple[str, dict[str, str]], tuple[str, dict[str, str]]]] = {
    "DeleteConflict.User.Group": (
        ("add_user_to_group", {"group_name": GROUP}),
        ("remove_user_from_group", {"group_name": GROUP}),
    ),
    "DeleteConflict.User.LoginProfile": (
        ("create_login_profile", {"password": "Lab-Password-1"}),
        ("delete_login_profile", {}),
    ),
    "DeleteConflict.User.Policy": (
        ("attach_policy_to_user", {"policy_name": "ReadOnlyAccess", "policy_type": "System"}),
        ("detach_policy_from_user", {"policy_name": "ReadOnlyAccess", "policy_type": "System"}),
    ),
}


@pytest.mark.parametrize("code", HOLDINGS)
def test_a_user_that_still_has_something_is_not_deleted(call_ram: RpcCalls, name: str, code: str) -> None:
    if code == "DeleteConflict.User.Group":
        call_ram("create_group", group_name=GROUP)
    (given, with_what), (taken, from_what) = HOLDINGS[code]
    call_ram(given, user_name=name, **with_what)
    with refused(409, code):
        call_ram("delete_user", user_name=name)
    call_ram(taken, user_name=name, **from_what)
    call_ram("delete_user", user_name=name)


def test_a_user_that_still_has_a_key_is_not_deleted(call_ram: RpcCalls, name: str) -> None:
    key = call_ram("create_access_key", user_name=name).access_key
    call_ram("update_access_key", user_name=name, user_access_key_id=key.access_key_id, status="Inactive")
    with refused(409, "DeleteConflict.User.AccessKey"):
        call_ram("delete_user", user_name=name)
    call_ram("delete_access_key", user_name=name, user_access_key_id=key.access_key_id)
    call_ram("delete_user", user_name=name)


@pytest.mark.parametrize("operation", ["get_user", "update_user", "delete_user", "list_groups_for_user"])
def test_a_user_that_is_not_there_is_404(call_ram: RpcCalls, operation: str) -> None:
    with refused(404, "EntityNotExist.User"):
        call_ram(operation, user_name="nobody")


@pytest.mark.parametrize("operation", ["create_user", "get_user", "update_user", "delete_user", "list_groups_for_user"])
def test_a_user_s_name_is_required(call_ram: RpcCalls, operation: str) -> None:
    with refused(400, "MissingParameter"):
        call_ram(operation)


BAD_NAMES = {"": "Length", "a" * 65: "Length", "a b": "InvalidChars", "é": "InvalidChars", "a:b": "InvalidChars"}
BAD_FIELDS = [
    ("display_name", "a" * 129, "DisplayName.Length"),
    ("display_name", "a\nb", "DisplayName.InvalidChars"),
    ("comments", "a" * 129, "Comments.Length"),
    ("mobile_phone", "18888888888", "MobilePhone.Format"),
    ("mobile_phone", "86-" + "1" * 100, "MobilePhone.Format"),
    ("email", "nobody", "Email.Format"),
    ("email", "a@b c", "Email.Format"),
]


@pytest.mark.parametrize("bad", BAD_NAMES)
@pytest.mark.parametrize("operation", ["create_user", "get_user", "update_user", "delete_user"])
def test_a_bad_name_is_refused_everywhere(call_ram: RpcCalls, operation: str, bad: str) -> None:
    with refused(400, f"InvalidParameter.UserName.{BAD_NAMES[bad]}"):
        call_ram(operation, user_name=bad)


@pytest.mark.parametrize("bad", BAD_NAMES)
def test_a_bad_new_name_is_refused(call_ram: RpcCalls, name: str, bad: str) -> None:
    with refused(400, f"InvalidParameter.NewUserName.{BAD_NAMES[bad]}"):
        call_ram("update_user", user_name=name, new_user_name=bad)
    assert user(call_ram, name)["UserName"] == name


@pytest.mark.parametrize(("field", "bad", "code"), BAD_FIELDS)
def test_a_bad_field_is_refused(call_ram: RpcCalls, name: str, field: str, bad: str, code: str) -> None:
    made = fresh_name("user")
    with refused(400, f"InvalidParameter.{code}"):
        call_ram("create_user", user_name=made, **{field: bad})
    with refused(400, f"InvalidParameter.New{code}"):
        call_ram("update_user", user_name=name, **{f"new_{field}": bad})
    assert made not in names(call_ram)


@pytest.mark.parametrize("longest", ["a" * 64, "A-Za.z0_9@x"])
def test_a_name_at_its_limits_is_taken(call_ram: RpcCalls, longest: str) -> None:
    call_ram("create_user", user_name=longest)
    call_ram("delete_user", user_name=longest)


def test_pages_of_one_show_what_one_page_shows(call_ram: RpcCalls) -> None:
    for _ in range(3):
        call_ram("create_user", user_name=fresh_name("paged"))
    whole = entries(call_ram.seen("list_users", max_items=1000))
    assert walked(call_ram, "list_users", 1, nothing) == whole
    assert walked(call_ram, "list_users", 2, nothing) == whole


def test_a_walk_shows_everybody_who_stays_once_through_additions_and_removals(call_ram: RpcCalls) -> None:
    stay, go = ([fresh_name(kind) for _ in range(6)] for kind in ("stay", "go"))
    for pair in zip(stay, go, strict=True):
        for each in pair:
            call_ram("create_user", user_name=each)

    def change(number: int) -> None:
        if number < len(go):
            call_ram("delete_user", user_name=go[number])
        if number < 2 * len(go):
            call_ram("create_user", user_name=fresh_name("late"))

    shown = [each["UserName"] for each in walked(call_ram, "list_users", 2, change)]
    assert [each for each in shown if each in stay] == stay
    assert len(shown) == len(set(shown))


def test_an_empty_marker_is_the_first_page(call_ram: RpcCalls, name: str) -> None:
    whole = call_ram.seen("list_users", max_items=1000)
    assert call_ram.seen("list_users", max_items=1000, marker="") == whole


@pytest.mark.parametrize(
    "bad",
    [
        {"max_items": 0},
        {"max_items": 1001},
        {"max_items": "many"},
        {"marker": "x"},
        {"marker": "AQAAAAAAAAA"},
        {"marker": "/////////////////"},
        {"marker": "AgAAAAAAAAAB"},
        {"marker": "é"},
    ],
)
def test_a_page_that_cannot_be_is_refused(call_ram: RpcCalls, bad: dict[str, object]) -> None:
    with refused(400, "InvalidParameter"):
        call_ram("list_users", **bad)


def allowing(action: str, resource: str) -> dict[str, object]:
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": f"acs:ram:*:*:{resource}"}]}


def test_whoever_may_rename_some_users_may_not_give_them_any_name(call_ram: RpcCalls, new_user: NewUser) -> None:
    someone = new_user([allowing("ram:UpdateUser", "user/temp-*")])
    call_ram("create_user", user_name=(before := fresh_name("temp")))
    with refused(403, "NoPermission"):
        someone.call_ram("update_user", user_name=before, new_user_name=fresh_name("trusted"))
    with refused(403, "NoPermission"):
        someone.call_ram("update_user", user_name=someone.name, new_user_name=fresh_name("temp"))
    someone.call_ram("update_user", user_name=before.upper(), new_user_name=(after := fresh_name("Temp")))
    assert user(call_ram, after)["UserName"] == after


def test_a_denied_change_leaves_the_user_as_it_was(call_ram: RpcCalls, new_user: NewUser, name: str) -> None:
    before = user(call_ram, name)
    someone = new_user([allowing("ram:GetUser", "user/*")])
    assert someone.call_ram.seen("get_user", user_name=name)["User"] == before
    for operation in ("update_user", "delete_user"):
        with refused(403, "NoPermission"):
            someone.call_ram(operation, user_name=name)
    assert user(call_ram, name) == before
