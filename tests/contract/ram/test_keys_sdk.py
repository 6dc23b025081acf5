"""Access keys, through the official SDK of RAM: rotation, whose they are, and the account's own key, which stays."""

import json
import re
from collections.abc import Callable
from functools import partial

import pytest
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_tea_openapi.exceptions import ClientException

from modelry.families.ram.keys.store import note_uses
from tests import databases
from tests.contract.ram.raw_calls import answered
from tests.contract.ram.rpc_calls import DATE, RpcCalls, User, fresh_name, refused
from tests.registry import Registry

NewUser = Callable[..., User]

OWN_KEYS = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "ram:*AccessKey*", "Resource": "acs:ram:*:*:user/own-*"}],
}


@pytest.fixture
def name(call_ram: RpcCalls) -> str:
    """The name of a new user."""
    made = fresh_name("user")
    call_ram("create_user", user_name=made)
    return made


@pytest.fixture
def owner(new_user: NewUser) -> User:
    """A user who may do everything to the keys of users whose names begin with `own-`."""
    return new_user([OWN_KEYS], fresh_name("own"))


@pytest.fixture
def session(registry: Registry, call_ram: RpcCalls, new_user: NewUser) -> Ram:
    """RAM's SDK as a session of a role that may do everything."""
    role = fresh_name("role")
    trust = {"RAM": [f"acs:ram::{registry.account_id}:root"]}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trust}
    document = json.dumps({"Version": "1", "Statement": [statement]})
    arn = call_ram("create_role", role_name=role, assume_role_policy_document=document).role.arn
    call_ram("attach_policy_to_role", role_name=role, policy_name="AdministratorAccess", policy_type="System")
    someone = new_user(["AliyunSTSAssumeRoleAccess"])
    given = someone.call_sts("assume_role", role_arn=arn, role_session_name="test").credentials
    return registry.ram_sdk(given.access_key_id, given.access_key_secret, security_token=given.security_token)


def keys(call_ram: RpcCalls, **fields: str) -> dict[str, str]:
    """Key id to status, in the order of the list."""
    found = call_ram.seen("list_access_keys", **fields)["AccessKeys"]["AccessKey"]
    return {each["AccessKeyId"]: each["Status"] for each in found}


def new_key(call_ram: RpcCalls, name: str) -> str:
    made: str = call_ram("create_access_key", user_name=name).access_key.access_key_id
    return made


def test_the_secret_is_in_the_answer_to_the_creation_and_nowhere_else(ram: Ram, name: str) -> None:
    made = answered(ram, "CreateAccessKey", UserName=name)["AccessKey"]
    assert made.keys() == {"AccessKeyId", "AccessKeySecret", "Status", "CreateDate"}
    assert re.fullmatch(r"LTAI5t[A-Za-z0-9]{18}", made["AccessKeyId"])
    assert re.fullmatch(r"[A-Za-z0-9]{30}", made.pop("AccessKeySecret"))
    assert made["Status"] == "Active"
    assert DATE.fullmatch(made["CreateDate"])
    assert answered(ram, "ListAccessKeys", UserName=name) == {"AccessKeys": {"AccessKey": [made]}}


def test_the_secret_is_not_in_the_data_folder_or_the_log(registry: Registry, call_ram: RpcCalls, name: str) -> None:
    secret = call_ram("create_access_key", user_name=name).access_key.access_key_secret.encode()
    files = [*registry.folder.rglob("*"), registry.log]
    assert not [file.name for file in files if file.is_file() and secret in file.read_bytes()]


def test_no_keys_are_an_empty_list(ram: Ram, name: str) -> None:
    assert answered(ram, "ListAccessKeys", UserName=name) == {"AccessKeys": {"AccessKey": []}}


def test_a_new_key_signs_at_once_as_its_user(call_ram: RpcCalls, new_user: NewUser, registry: Registry) -> None:
    someone = new_user(["ReadOnlyAccess"])
    made = call_ram("create_access_key", user_name=someone.name).access_key
    sts = RpcCalls(registry.sts_sdk(made.access_key_id, made.access_key_secret))
    assert sts("get_caller_identity").user_id == someone.user_id


def test_an_inactive_key_signs_nothing_until_it_is_active_again(call_ram: RpcCalls, new_user: NewUser) -> None:
    someone = new_user()
    key = {"user_name": someone.name, "user_access_key_id": someone.key_id}
    for _ in range(2):
        someone.call_sts("get_caller_identity")
        assert call_ram.seen("update_access_key", status="Inactive", **key) == {}
        assert keys(call_ram, user_name=someone.name) == {someone.key_id: "Inactive"}
        with refused(403, "InvalidAccessKeyId.Inactive"):
            someone.call_sts("get_caller_identity")
        call_ram("update_access_key", status="Active", **key)


def test_a_deleted_key_signs_nothing_from_the_next_request_on(call_ram: RpcCalls, new_user: NewUser) -> None:
    someone = new_user()
    someone.call_sts("get_caller_identity")
    assert call_ram.seen("delete_access_key", user_name=someone.name, user_access_key_id=someone.key_id) == {}
    with refused(403, "InvalidAccessKeyId.NotFound"):
        someone.call_sts("get_caller_identity")
    assert keys(call_ram, user_name=someone.name) == {}


def test_a_user_has_two_keys_at_most_and_inactive_ones_count(call_ram: RpcCalls, name: str) -> None:
    first, second = new_key(call_ram, name), new_key(call_ram, name)
    call_ram("update_access_key", user_name=name, user_access_key_id=first, status="Inactive")
    with refused(409, "LimitExceeded.User.AccessKey"):
        call_ram("create_access_key", user_name=name)
    assert keys(call_ram, user_name=name) == {first: "Inactive", second: "Active"}
    call_ram("delete_access_key", user_name=name, user_access_key_id=first)
    third = new_key(call_ram, name)
    assert list(keys(call_ram, user_name=name)) == [second, third]


def test_a_user_replaces_its_own_key_without_a_moment_without_one(owner: User, registry: Registry) -> None:
    made = owner.call_ram("create_access_key").access_key
    after = RpcCalls(registry.ram_sdk(made.access_key_id, made.access_key_secret))
    assert list(keys(after)) == [owner.key_id, made.access_key_id]
    after("update_access_key", user_access_key_id=owner.key_id, status="Inactive")
    after("delete_access_key", user_access_key_id=owner.key_id)
    assert list(keys(after)) == [made.access_key_id]


@pytest.mark.parametrize("absent", [{}, {"user_name": ""}])
def test_without_a_name_or_with_an_empty_one_the_keys_are_the_caller_s(owner: User, absent: dict[str, str]) -> None:
    assert keys(owner.call_ram, **absent) == {owner.key_id: "Active"}
    made = owner.call_ram("create_access_key", **absent).access_key.access_key_id
    assert keys(owner.call_ram, user_name=owner.name) == {owner.key_id: "Active", made: "Active"}
    owner.call_ram("update_access_key", user_access_key_id=made, status="Inactive", **absent)
    assert owner.call_ram.seen("get_access_key_last_used", user_access_key_id=made, **absent) == {
        "AccessKeyLastUsed": {}
    }
    owner.call_ram("delete_access_key", user_access_key_id=made, **absent)
    assert keys(owner.call_ram, **absent) == {owner.key_id: "Active"}


@pytest.mark.parametrize("absent", [{}, {"user_name": ""}])
def test_the_account_s_own_key_is_listed_but_not_changed(
    call_ram: RpcCalls, registry: Registry, absent: dict[str, str]
) -> None:
    assert keys(call_ram, **absent) == {registry.key_id: "Active"}
    with refused(403, "NoPermission"):
        call_ram("create_access_key", **absent)
    with refused(403, "NoPermission"):
        call_ram("update_access_key", user_access_key_id=registry.key_id, status="Inactive", **absent)
    with refused(403, "NoPermission"):
        call_ram("delete_access_key", user_access_key_id=registry.key_id, **absent)
    assert keys(call_ram, **absent) == {registry.key_id: "Active"}


def test_the_account_names_the_user_whose_key_it_means(call_ram: RpcCalls, name: str) -> None:
    made = new_key(call_ram, name)
    for operation, more in (("update_access_key", {"status": "Inactive"}), ("delete_access_key", {})):
        with refused(404, "EntityNotExist.User.AccessKey"):
            call_ram(operation, user_access_key_id=made, **more)
    assert keys(call_ram, user_name=name) == {made: "Active"}


CHANGES = [
    ("update_access_key", {"status": "Inactive"}),
    ("delete_access_key", {}),
    ("get_access_key_last_used", {}),
]


@pytest.mark.parametrize(("operation", "more"), CHANGES)
def test_a_key_of_somebody_else_is_not_reached_through_one_s_own_user(
    call_ram: RpcCalls, owner: User, registry: Registry, name: str, operation: str, more: dict[str, str]
) -> None:
    other = new_key(call_ram, name)
    for victim in (other, registry.key_id, "LTAI5tnothing"):
        for user in ({}, {"user_name": owner.name}, {"user_name": owner.name.upper()}):
            with refused(404, "EntityNotExist.User.AccessKey"):
                owner.call_ram(operation, user_access_key_id=victim, **user, **more)
    assert keys(call_ram, user_name=name) == {other: "Active"}
    assert keys(call_ram) == {registry.key_id: "Active"}


@pytest.mark.parametrize(("operation", "more"), [*CHANGES, ("create_access_key", {}), ("list_access_keys", {})])
def test_the_keys_of_another_user_need_permission_on_that_user(
    call_ram: RpcCalls, owner: User, name: str, operation: str, more: dict[str, str]
) -> None:
    other = new_key(call_ram, name)
    key = {} if operation in {"create_access_key", "list_access_keys"} else {"user_access_key_id": other}
    for written in (name, name.upper()):
        with refused(403, "NoPermission"):
            owner.call_ram(operation, user_name=written, **key, **more)
    assert keys(call_ram, user_name=name) == {other: "Active"}


@pytest.mark.parametrize(
    "operation", ["create_access_key", "update_access_key", "delete_access_key", "get_access_key_last_used"]
)
def test_the_account_s_own_key_is_out_of_everyone_s_reach(
    call_ram: RpcCalls, new_user: NewUser, registry: Registry, operation: str
) -> None:
    powerful = new_user(["AdministratorAccess"])
    key = {} if operation == "create_access_key" else {"user_access_key_id": registry.key_id}
    more = {"status": "Inactive"} if operation == "update_access_key" else {}
    for user in ({"user_name": "root"}, {"user_name": registry.account_id}, {"user_name": powerful.name}):
        if operation == "create_access_key" and user["user_name"] == powerful.name:
            continue  # its own second key
        with pytest.raises(ClientException) as caught:
            powerful.call_ram(operation, **user, **key, **more)
        assert caught.value.code in {"EntityNotExist.User", "EntityNotExist.User.AccessKey"}
    assert keys(call_ram) == {registry.key_id: "Active"}


def test_a_session_of_a_role_has_no_keys_of_its_own(session: Ram) -> None:
    calls = RpcCalls(session)
    for operation, fields in (
        ("create_access_key", {}),
        ("list_access_keys", {}),
        ("update_access_key", {"user_access_key_id": "LTAI5tx", "status": "Active"}),
        ("delete_access_key", {"user_access_key_id": "LTAI5tx"}),
        ("get_access_key_last_used", {"user_access_key_id": "LTAI5tx"}),
    ):
        with refused(400, "NotSupport.RoleSession"):
            calls(operation, **fields)


def test_a_session_of_a_role_makes_keys_of_users_that_it_names(session: Ram, name: str) -> None:
    assert list(keys(RpcCalls(session), user_name=name)) == []
    made = new_key(RpcCalls(session), name)
    assert list(keys(RpcCalls(session), user_name=name)) == [made]


def test_a_key_that_was_never_used_has_no_last_use(ram: Ram, call_ram: RpcCalls, name: str) -> None:
    made = new_key(call_ram, name)
    assert answered(ram, "GetAccessKeyLastUsed", UserName=name, UserAccessKeyId=made) == {"AccessKeyLastUsed": {}}


def test_the_last_use_of_a_key_is_the_latest_that_was_noted(
    ram: Ram, call_ram: RpcCalls, registry: Registry, name: str
) -> None:
    made = new_key(call_ram, name)
    for seconds in (1_421_325_198, 1_421_325_197):
        databases.store_of(registry.folder).write_alone(partial(note_uses, uses={made: seconds, "STS.gone": seconds}))
    shown = answered(ram, "GetAccessKeyLastUsed", UserName=name, UserAccessKeyId=made)
    assert shown == {"AccessKeyLastUsed": {"LastUsedDate": "2015-01-15T12:33:18Z"}}


def test_the_last_use_of_the_account_s_key_is_the_account_s_to_see(call_ram: RpcCalls, registry: Registry) -> None:
    answer = call_ram.seen("get_access_key_last_used", user_access_key_id=registry.key_id)
    assert answer.keys() == {"AccessKeyLastUsed"}


@pytest.mark.parametrize("operation", ["create_access_key", "list_access_keys"])
def test_a_user_that_is_not_there_is_404(call_ram: RpcCalls, operation: str) -> None:
    with refused(404, "EntityNotExist.User"):
        call_ram(operation, user_name="nobody")


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("update_access_key", {"status": "Active"}),
        ("update_access_key", {"user_access_key_id": "a"}),
        ("delete_access_key", {}),
        ("get_access_key_last_used", {}),
    ],
)
def test_what_is_required_is_asked_for(call_ram: RpcCalls, operation: str, fields: dict[str, str]) -> None:
    with refused(400, "MissingParameter"):
        call_ram(operation, **fields)


@pytest.mark.parametrize("status", ["active", "Disabled", "Active "])
def test_a_status_that_is_none_is_refused(call_ram: RpcCalls, name: str, status: str) -> None:
    made = new_key(call_ram, name)
    with refused(400, "InvalidParameter"):
        call_ram("update_access_key", user_name=name, user_access_key_id=made, status=status)
    assert keys(call_ram, user_name=name) == {made: "Active"}


def test_a_bad_name_is_refused(call_ram: RpcCalls) -> None:
    with refused(400, "InvalidParameter.UserName.InvalidChars"):
        call_ram("create_access_key", user_name="a b")
