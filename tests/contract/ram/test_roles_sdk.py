"""Roles through the official SDK: every operation, field by field, and every refusal."""

import json
import re

import pytest
from alibabacloud_ram20150501 import models as m

from tests.contract.ram.conftest import NewUser
from tests.contract.ram.documents import allowing, trusting
from tests.contract.ram.rpc_calls import RpcCalls, fresh_name, refused, without_dates
from tests.registry import Registry


@pytest.fixture
def trust(registry: Registry) -> str:
    """A trust policy that lets every identity of the account in."""
    return trusting(f"acs:ram::{registry.account_id}:root")


@pytest.fixture
def name(call_ram: RpcCalls, trust: str) -> str:
    """A new role."""
    name = fresh_name("role")
    call_ram("create_role", role_name=name, assume_role_policy_document=trust)
    return name


def test_a_role_is_answered_when_it_is_made(call_ram: RpcCalls, registry: Registry, trust: str) -> None:
    name = fresh_name("Role.X")
    answer = call_ram.seen(
        "create_role",
        role_name=name,
        assume_role_policy_document=trust,
        description="what for",
        max_session_duration=7200,
        allow_console_login=False,
    )
    role = answer.pop("Role")
    assert "UpdateDate" not in role
    role = without_dates(role)
    assert re.fullmatch(r"3[0-9]{17}", role.pop("RoleId"))
    assert role == {
        "RoleName": name,
        "Arn": f"acs:ram::{registry.account_id}:role/{name.lower()}",
        "Description": "what for",
        "AssumeRolePolicyDocument": trust,
        "MaxSessionDuration": 7200,
        "AllowConsoleLogin": False,
    }
    assert answer == {}


def test_a_role_is_got_as_it_was_made(call_ram: RpcCalls, registry: Registry, trust: str) -> None:
    name = fresh_name("Role")
    made = call_ram("create_role", role_name=name, assume_role_policy_document=trust).role
    got = call_ram.seen("get_role", role_name=name.upper())["Role"]
    assert {"CreateDate", "UpdateDate"} <= set(got)
    assert without_dates(got) == {
        "RoleId": made.role_id,
        "RoleName": name,
        "Arn": f"acs:ram::{registry.account_id}:role/{name.lower()}",
        "Description": "",
        "AssumeRolePolicyDocument": trust,
        "MaxSessionDuration": 3600,
        "AllowConsoleLogin": True,
        "IsServiceLinkedRole": False,
    }


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"RAM": "acs:ram::1234567890123456:root"},
        {"RAM": ["acs:ram::1234567890123456:root"]},
        {"RAM": ["acs:ram::6543210987654321:user/elsewhere", "acs:ram::1234567890123456:role/x"]},
        {"Service": ["ecs.aliyuncs.com", "pai.aliyuncs.com"]},
        {"Federated": "acs:ram::1234567890123456:saml-provider/idp"},
        {"RAM": ["acs:ram::1234567890123456:root"], "Service": "ecs.aliyuncs.com"},
    ],
)
def test_a_trust_policy_comes_back_byte_for_byte(call_ram: RpcCalls, principal: object) -> None:
    statement = {
        "Principal": principal,
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": ["é"]}},
    }
    document = "\n" + json.dumps({"Statement": [statement], "Version": "1"}, indent=1, ensure_ascii=False) + " "
    name = fresh_name("role")
    call_ram("create_role", role_name=name, assume_role_policy_document=document)
    assert call_ram("get_role", role_name=name).role.assume_role_policy_document == document


@pytest.mark.parametrize(
    "document",
    [
        "x",
        "{}",
        allowing("sts:AssumeRole"),
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{}}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Everyone":"*"}}]}',
        trusting("alice"),
    ],
)
def test_a_trust_policy_that_says_nothing_clear_is_refused(call_ram: RpcCalls, name: str, document: str) -> None:
    before = call_ram.seen("get_role", role_name=name)
    with refused(400, "MalformedPolicyDocument"):
        call_ram("create_role", role_name=fresh_name("role"), assume_role_policy_document=document)
    with refused(400, "MalformedPolicyDocument"):
        call_ram("update_role", role_name=name, new_assume_role_policy_document=document, new_description="d")
    assert call_ram.seen("get_role", role_name=name) == before


def test_a_user_whom_a_role_trusts_must_exist(call_ram: RpcCalls, registry: Registry, name: str) -> None:
    user = fresh_name("user")
    document = trusting(f"acs:ram::{registry.account_id}:user/{user.upper()}")
    with refused(400, "MalformedPolicyDocument") as refusal:
        call_ram("create_role", role_name=fresh_name("role"), assume_role_policy_document=document)
    assert user in refusal.message
    with refused(400, "MalformedPolicyDocument"):
        call_ram("update_role", role_name=name, new_assume_role_policy_document=document)
    call_ram("create_user", user_name=user)
    call_ram("create_role", role_name=fresh_name("role"), assume_role_policy_document=document)
    call_ram("update_role", role_name=name, new_assume_role_policy_document=document)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role_name": "a_b"}, "InvalidParameter.RoleName.InvalidChars"),
        ({"role_name": "a/b"}, "InvalidParameter.RoleName.InvalidChars"),
        ({"role_name": "é"}, "InvalidParameter.RoleName.InvalidChars"),
        ({"role_name": "a" * 65}, "InvalidParameter.RoleName.Length"),
        ({"role_name": ""}, "InvalidParameter.RoleName.Length"),
        ({"description": "d" * 1025}, "InvalidParameter.Description.Length"),
        ({"assume_role_policy_document": ""}, "InvalidParameter.AssumeRolePolicyDocument.Length"),
        ({"assume_role_policy_document": " " * 6145}, "InvalidParameter.AssumeRolePolicyDocument.Length"),
        ({"max_session_duration": 3599}, "InvalidParameter"),
        ({"max_session_duration": 43201}, "InvalidParameter"),
    ],
)
def test_what_a_role_must_not_be(call_ram: RpcCalls, trust: str, fields: dict[str, object], code: str) -> None:
    given = {"role_name": fresh_name("role"), "assume_role_policy_document": trust, **fields}
    with refused(400, code):
        call_ram("create_role", **given)


@pytest.mark.parametrize("missing", ["role_name", "assume_role_policy_document"])
def test_a_role_needs_a_name_and_a_trust_policy(call_ram: RpcCalls, trust: str, missing: str) -> None:
    given = {"role_name": fresh_name("role"), "assume_role_policy_document": trust}
    with refused(400, "MissingParameter"):
        call_ram("create_role", **{field: value for field, value in given.items() if field != missing})


def test_names_are_taken_without_regard_to_case(call_ram: RpcCalls, name: str, trust: str) -> None:
    with refused(409, "EntityAlreadyExists.Role"):
        call_ram("create_role", role_name=name.upper(), assume_role_policy_document=trust)


@pytest.mark.parametrize("operation", ["get_role", "update_role", "delete_role"])
def test_a_role_that_is_not_there(call_ram: RpcCalls, operation: str) -> None:
    with refused(404, "EntityNotExist.Role"):
        call_ram(operation, role_name="nowhere")


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"new_description": "new"}, {"Description": "new"}),
        ({"new_description": ""}, {"Description": ""}),
        ({"new_max_session_duration": 43200}, {"MaxSessionDuration": 43200}),
        ({"new_allow_console_login": False}, {"AllowConsoleLogin": False}),
        ({}, {}),
    ],
)
def test_one_field_of_a_role_changes_and_the_others_stay(
    call_ram: RpcCalls, trust: str, change: dict[str, object], shown: dict[str, object]
) -> None:
    name = fresh_name("role")
    call_ram("create_role", role_name=name, assume_role_policy_document=trust, description="old")
    before = without_dates(call_ram.seen("get_role", role_name=name)["Role"])
    answer = without_dates(call_ram.seen("update_role", role_name=name, **change)["Role"])
    assert {**answer, "IsServiceLinkedRole": False} == {**before, **shown}
    assert without_dates(call_ram.seen("get_role", role_name=name)["Role"]) == {**before, **shown}


def test_a_trust_policy_is_replaced(call_ram: RpcCalls, name: str) -> None:
    document = trusting("acs:ram::6543210987654321:root")
    call_ram("update_role", role_name=name, new_assume_role_policy_document=document)
    assert call_ram("get_role", role_name=name).role.assume_role_policy_document == document


@pytest.mark.parametrize("seconds", [3599, 43201])
def test_a_session_may_last_from_one_to_twelve_hours(call_ram: RpcCalls, name: str, seconds: int) -> None:
    with refused(400, "InvalidParameter"):
        call_ram("update_role", role_name=name, new_max_session_duration=seconds)


def test_a_role_is_deleted_and_made_anew_with_another_id(call_ram: RpcCalls, name: str, trust: str) -> None:
    before = call_ram("get_role", role_name=name).role.role_id
    assert call_ram.seen("delete_role", role_name=name) == {}
    with refused(404, "EntityNotExist.Role"):
        call_ram("get_role", role_name=name)
    assert call_ram("create_role", role_name=name, assume_role_policy_document=trust).role.role_id != before


def test_an_entry_of_a_list_has_tags_and_no_trust_policy(call_ram: RpcCalls, registry: Registry, trust: str) -> None:
    name = fresh_name("role")
    tags = [m.CreateRoleRequestTag(key="team", value="b"), m.CreateRoleRequestTag(key="env", value="a")]
    made = call_ram("create_role", role_name=name, assume_role_policy_document=trust, description="d", tag=tags).role
    answer = call_ram.seen("list_roles", max_items=1000)
    assert without_dates(answer["Roles"]["Role"][-1]) == {
        "RoleId": made.role_id,
        "RoleName": name,
        "Arn": f"acs:ram::{registry.account_id}:role/{name}",
        "Description": "d",
        "MaxSessionDuration": 3600,
        "AllowConsoleLogin": True,
        "Tags": {"Tag": [{"TagKey": "env", "TagValue": "a"}, {"TagKey": "team", "TagValue": "b"}]},
    }
    assert (answer["IsTruncated"], answer.get("Marker")) == (False, None)


def test_pages_hold_every_role_once_in_the_order_of_their_creation(call_ram: RpcCalls, trust: str) -> None:
    made = [fresh_name(letter) for letter in "zab"]
    for name in made:
        call_ram("create_role", role_name=name, assume_role_policy_document=trust)
    everything = [role.role_name for role in call_ram("list_roles", max_items=1000).roles.role]
    assert everything[-3:] == made
    seen: list[str] = []
    marker, truncated = None, True
    while truncated:
        answer = call_ram("list_roles", marker=marker, max_items=2)
        seen += [role.role_name for role in answer.roles.role]
        marker, truncated = answer.marker, answer.is_truncated
    assert seen == everything


@pytest.mark.parametrize("fields", [{"max_items": 0}, {"max_items": 1001}, {"marker": "x"}])
def test_a_page_must_make_sense(call_ram: RpcCalls, fields: dict[str, object]) -> None:
    with refused(400, "InvalidParameter"):
        call_ram("list_roles", **fields)


def test_a_list_by_tags_has_what_carries_all_of_them(call_ram: RpcCalls, trust: str) -> None:
    key = fresh_name("key")
    both, one = fresh_name("both"), fresh_name("one")
    for name, tags in {both: {key: "1", "x": "2"}, one: {key: "1"}}.items():
        given = [m.CreateRoleRequestTag(key=k, value=v) for k, v in tags.items()]
        call_ram("create_role", role_name=name, assume_role_policy_document=trust, tag=given)

    def found(**tags: str) -> list[str]:
        wanted = [m.ListRolesRequestTag(key=k, value=v) for k, v in tags.items()]
        return [role.role_name for role in call_ram("list_roles", tag=wanted).roles.role]

    assert found(**{key: "1"}) == [both, one]
    assert found(**{key: "1", "x": "2"}) == [both]
    assert found(**{key: "2"}) == []


def test_reading_roles_allows_no_change(call_ram: RpcCalls, new_user: NewUser, name: str, trust: str) -> None:
    alice = new_user(["AliyunRAMReadOnlyAccess"])
    alice.call_ram("get_role", role_name=name)
    alice.call_ram("list_roles")
    new = fresh_name("role")
    with refused(403, "NoPermission"):
        alice.call_ram("create_role", role_name=new, assume_role_policy_document=trust)
    with refused(403, "NoPermission"):
        alice.call_ram("update_role", role_name=name, new_assume_role_policy_document=trust)
    with refused(403, "NoPermission"):
        alice.call_ram("delete_role", role_name=name)
    with refused(404, "EntityNotExist.Role"):
        call_ram("get_role", role_name=new)
