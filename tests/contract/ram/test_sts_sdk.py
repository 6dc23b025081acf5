"""Temporary keys through the official SDKs: who gets them, what they are good for, and when they are refused."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as aiworkspace
from alibabacloud_sts20150401 import models as m
from alibabacloud_tea_openapi.exceptions import ClientException
from msgspec.structs import replace

from modelry.access.sealing import Sealer
from modelry.access.tokens import Session, issue, opened
from tests import databases
from tests.contract.ram.rpc_calls import DATE, RpcCalls, User, fresh_name, raw, refused
from tests.registry import Registry, running

NewUser = Callable[..., User]
NewRole = Callable[..., dict[str, Any]]
Document = Mapping[str, object]

ASSUME = "AliyunSTSAssumeRoleAccess"


def policy(action: str | list[str] = "*", resource: str = "*", effect: str = "Allow", **more: object) -> Document:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return {"Version": "1", "Statement": [statement]}


def both(*documents: Document) -> Document:
    statements = [statement for document in documents for statement in document["Statement"]]  # type: ignore[attr-defined]
    return {"Version": "1", "Statement": statements}


def trust(principal: object, effect: str = "Allow", **more: object) -> Document:
    statement = {"Effect": effect, "Action": "sts:AssumeRole", "Principal": principal, **more}
    return {"Version": "1", "Statement": [statement]}


class Acting:
    """Whoever holds a temporary key, and the SDKs signing with it."""

    def __init__(self, registry: Registry, credentials: Mapping[str, str]) -> None:
        self.registry = registry
        self.credentials = credentials

    def config(self, **config: str) -> dict[str, str]:
        given = {
            "key_id": self.credentials["AccessKeyId"],
            "secret": self.credentials["AccessKeySecret"],
            "security_token": self.credentials["SecurityToken"],
        }
        return {**given, **config}

    def sts(self, **config: str) -> RpcCalls:
        return RpcCalls(self.registry.sts_sdk(**self.config(**config)))

    def ram(self, **config: str) -> RpcCalls:
        return RpcCalls(self.registry.ram_sdk(**self.config(**config)))

    def workspaces(self, **config: str) -> Any:  # noqa: ANN401  the SDK has no annotations
        request = aiworkspace.ListWorkspacesRequest()
        return self.registry.sdk(**self.config(**config)).list_workspaces(request).body.to_map()


@pytest.fixture
def account_trust(registry: Registry) -> Document:
    """Lets every identity of the account in whose own policies let it go."""
    return trust({"RAM": [f"acs:ram::{registry.account_id}:root"]})


@pytest.fixture
def new_role(call_ram: RpcCalls, account_trust: Document) -> NewRole:
    """Makes roles."""

    def made(policies: list[str | Document] | None = None, trusted: Document | None = None, **more: Any) -> Any:  # noqa: ANN401
        name = more.pop("role_name", None) or fresh_name("Role")
        document = json.dumps(trusted or account_trust)
        role = call_ram.seen("create_role", role_name=name, assume_role_policy_document=document, **more)["Role"]
        for each in policies or []:
            kind = "System" if isinstance(each, str) else "Custom"
            policy_name = each if isinstance(each, str) else fresh_name("policy")
            if not isinstance(each, str):
                call_ram("create_policy", policy_name=policy_name, policy_document=json.dumps(each))
            call_ram("attach_policy_to_role", role_name=name, policy_name=policy_name, policy_type=kind)
        return role

    return made


@pytest.fixture
def assumer(new_user: NewUser) -> User:
    """A user who may assume whatever role lets them."""
    return new_user([ASSUME])


def assumed(registry: Registry, who: RpcCalls, role: Mapping[str, Any], **fields: object) -> Acting:
    given = {"role_arn": role["Arn"], "role_session_name": "session", **fields}
    return Acting(registry, who.seen("assume_role", **given)["Credentials"])


# --- Who am I ---------------------------------------------------------------------------------------------------------


def test_the_account_is_told_that_it_is_the_account(call_sts: RpcCalls, registry: Registry) -> None:
    account_id = registry.account_id
    assert call_sts.seen("get_caller_identity") == {
        "IdentityType": "Account",
        "AccountId": account_id,
        "Arn": f"acs:ram::{account_id}:root",
        "PrincipalId": account_id,
        "UserId": account_id,
    }


def test_a_user_is_told_its_name_and_id(new_user: NewUser, registry: Registry) -> None:
    user = new_user(name="Alice.Identity")
    assert user.call_sts.seen("get_caller_identity") == {
        "IdentityType": "RAMUser",
        "AccountId": registry.account_id,
        "Arn": f"acs:ram::{registry.account_id}:user/Alice.Identity",
        "PrincipalId": user.user_id,
        "UserId": user.user_id,
    }


def test_a_session_is_told_its_role_and_its_name(registry: Registry, assumer: User, new_role: NewRole) -> None:
    role = new_role(role_name="Identity-Role")
    session = assumed(registry, assumer.call_sts, role, role_session_name="Who.am@I_-1")
    assert session.sts().seen("get_caller_identity") == {
        "IdentityType": "AssumedRoleUser",
        "AccountId": registry.account_id,
        "Arn": f"acs:ram::{registry.account_id}:assumed-role/identity-role/Who.am@I_-1",
        "PrincipalId": f"{role['RoleId']}:Who.am@I_-1",
        "RoleId": role["RoleId"],
    }


def test_nobody_can_be_kept_from_asking_who_they_are(new_user: NewUser) -> None:
    user = new_user([policy(effect="Deny")])
    assert user.call_sts.seen("get_caller_identity")["UserId"] == user.user_id


# --- What AssumeRole answers ------------------------------------------------------------------------------------------


def test_assume_role_answers_a_session_and_its_key(registry: Registry, assumer: User, new_role: NewRole) -> None:
    role = new_role()
    answer = assumer.call_sts.seen("assume_role", role_arn=role["Arn"], role_session_name="s1")
    credentials = answer.pop("Credentials")
    assert answer == {
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{registry.account_id}:role/{role['RoleName'].lower()}/s1",
            "AssumedRoleId": f"{role['RoleId']}:s1",
        }
    }
    assert set(credentials) == {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"}
    assert credentials["AccessKeyId"].startswith("STS.")
    assert DATE.fullmatch(credentials["Expiration"])


def test_a_source_identity_comes_back_when_it_was_given(assumer: User, new_role: NewRole) -> None:
    given = {"role_arn": new_role()["Arn"], "role_session_name": "s1", "source_identity": "alice+x@example.com"}
    assert assumer.call_sts.seen("assume_role", **given)["SourceIdentity"] == "alice+x@example.com"


def test_the_asynchronous_half_of_the_sdk_gets_the_same(assumer: User, new_role: NewRole) -> None:
    request = m.AssumeRoleRequest(role_arn=new_role()["Arn"], role_session_name="s1")
    answer = asyncio.run(assumer.sts.assume_role_async(request)).body.to_map()
    assert set(answer) == {"RequestId", "AssumedRoleUser", "Credentials"}


@pytest.mark.parametrize(
    ("longest", "asked", "lasts"), [(None, None, 3600), (None, 900, 900), (43200, None, 3600), (43200, 43200, 43200)]
)
def test_a_session_lasts_as_long_as_was_asked(
    assumer: User, new_role: NewRole, longest: int | None, asked: int | None, lasts: int
) -> None:
    role = new_role(max_session_duration=longest)
    answer = assumer.call_sts("assume_role", role_arn=role["Arn"], role_session_name="s1", duration_seconds=asked)
    end = datetime.strptime(answer.credentials.expiration, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs(end - datetime.now(UTC) - timedelta(seconds=lasts)) < timedelta(seconds=60)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role_arn": ""}, "InvalidParameter.RoleArn"),
        ({"role_arn": "role"}, "InvalidParameter.RoleArn"),
        ({"role_arn": "acs:ram::1:user/x"}, "InvalidParameter.RoleArn"),
        ({"role_arn": "acs:ram::1:role/x*"}, "InvalidParameter.RoleArn"),
        ({"role_arn": "acs:ram::1:role/"}, "InvalidParameter.RoleArn"),
        ({"role_arn": "acs:ram::1:role/x/y"}, "InvalidParameter.RoleArn"),
        ({"role_arn": "acs:ram::1:role/x\n"}, "InvalidParameter.RoleArn"),
        ({"role_session_name": "s"}, "InvalidParameter.RoleSessionName"),
        ({"role_session_name": "s" * 65}, "InvalidParameter.RoleSessionName"),
        ({"role_session_name": "s/s"}, "InvalidParameter.RoleSessionName"),
        ({"role_session_name": "s:s"}, "InvalidParameter.RoleSessionName"),
        ({"role_session_name": "\u00e9\u00e9"}, "InvalidParameter.RoleSessionName"),
        ({"duration_seconds": 899}, "InvalidParameter.DurationSeconds"),
        ({"duration_seconds": 3601}, "InvalidParameter.DurationSeconds"),
        ({"duration_seconds": -1}, "InvalidParameter.DurationSeconds"),
        ({"policy": ""}, "InvalidParameter.PolicyGrammar"),
        ({"policy": "{"}, "InvalidParameter.PolicyGrammar"),
        ({"policy": '{"Version":"2","Statement":[]}'}, "InvalidParameter.PolicyGrammar"),
        ({"policy": json.dumps(policy()) + " " * 2048}, "InvalidParameter.PolicySize"),
        ({"policy": "\u00e9" * 1025}, "InvalidParameter.PolicySize"),
        ({"external_id": "e"}, "InvalidParameter.ExternalId"),
        ({"external_id": "e" * 1225}, "InvalidParameter.ExternalId"),
        ({"external_id": "e e"}, "InvalidParameter.ExternalId"),
        ({"source_identity": "s"}, "InvalidParameter.SourceIdentity"),
        ({"source_identity": "s" * 65}, "InvalidParameter.SourceIdentity"),
        ({"source_identity": "a/b"}, "InvalidParameter.SourceIdentity"),
        ({"source_identity": "acs:alice"}, "InvalidParameter.SourceIdentity"),
        ({"source_identity": "Aliyun:alice"}, "InvalidParameter.SourceIdentity"),
        ({"source_identity": "alibabacloud:alice"}, "InvalidParameter.SourceIdentity"),
    ],
)
def test_what_assume_role_cannot_read(assumer: User, new_role: NewRole, fields: dict[str, Any], code: str) -> None:
    given = {"role_arn": new_role()["Arn"], "role_session_name": "session", **fields}
    with refused(400, code):
        assumer.call_sts("assume_role", **given)


@pytest.mark.parametrize("name", ["role_arn", "role_session_name"])
def test_assume_role_needs_a_role_and_a_name(assumer: User, name: str) -> None:
    query = {"RoleArn": "acs:ram::1:role/x", "RoleSessionName": "session"}
    del query["".join(word.title() for word in name.split("_"))]
    with refused(400, "MissingParameter"):
        raw(assumer.sts, "2015-04-01", "AssumeRole", query)


@pytest.mark.parametrize(
    "fields",
    [
        {"role_session_name": "s" * 64},
        {"role_session_name": "a.@-_1"},
        {"external_id": "e" * 1224},
        {"external_id": "a=,.@:/-_+1"},
        {"source_identity": "s" * 64},
        {"policy": json.dumps(policy()).ljust(2048)},
    ],
)
def test_the_limits_of_a_parameter_belong_to_it(assumer: User, new_role: NewRole, fields: dict[str, Any]) -> None:
    given = {"role_arn": new_role()["Arn"], "role_session_name": "session", **fields}
    assumer.call_sts("assume_role", **given)


def test_a_condition_that_no_list_can_keep_to_is_refused_in_a_session_policy(assumer: User, new_role: NewRole) -> None:
    document = policy(Condition={"NumericLessThan": {"paimodel:WorkspaceId": "5"}})
    given = {"role_arn": new_role()["Arn"], "role_session_name": "session"}
    with refused(400, "InvalidParameter.PolicyGrammar"):
        assumer.call_sts("assume_role", policy=json.dumps(document), **given)


# --- Who may assume a role --------------------------------------------------------------------------------------------


def test_the_account_itself_assumes_no_role(call_sts: RpcCalls, new_role: NewRole) -> None:
    with refused(403, "NoPermission") as refusal:
        call_sts("assume_role", role_arn=new_role()["Arn"], role_session_name="session")
    assert "Roles may not be assumed by root accounts." in refusal.message


def _denied(who: RpcCalls, role: Mapping[str, Any], **fields: object) -> dict[str, str]:
    """The detail of a denial."""
    with pytest.raises(ClientException) as caught:
        who("assume_role", **{"role_arn": role["Arn"], "role_session_name": "session", **fields})
    assert (caught.value.status_code, caught.value.code) == (403, "NoPermission")
    detail: dict[str, str] = caught.value.access_denied_detail
    return {key: detail[key] for key in ("AuthAction", "PolicyType", "NoPermissionType")}


def _reason(policy_type: str, kind: str) -> dict[str, str]:
    return {"AuthAction": "sts:AssumeRole", "PolicyType": policy_type, "NoPermissionType": kind}


def test_a_trusted_user_needs_a_policy_too(new_user: NewUser, new_role: NewRole, registry: Registry) -> None:
    user = new_user()
    role = new_role(trusted=trust({"RAM": [f"acs:ram::{registry.account_id}:user/{user.name}"]}))
    assert _denied(user.call_sts, role) == _reason("AccountLevelIdentityBasedPolicy", "ImplicitDeny")


def test_a_policy_may_name_the_role_in_any_case(new_user: NewUser, new_role: NewRole) -> None:
    role, other = new_role(role_name=fresh_name("Mixed-Case")), new_role()
    written = role["Arn"].replace(role["RoleName"].lower(), role["RoleName"])
    user = new_user([policy("sts:AssumeRole", written)]).call_sts
    for arn in (role["Arn"], written, written.upper().replace("ACS:RAM::", "acs:ram::").replace("ROLE/", "role/")):
        user("assume_role", role_arn=arn, role_session_name="session")
    assert _denied(user, other) == _reason("AccountLevelIdentityBasedPolicy", "ImplicitDeny")


def test_a_denial_is_not_avoided_by_another_case(new_user: NewUser, new_role: NewRole) -> None:
    role = new_role(role_name=fresh_name("Mixed-Case"))
    written = role["Arn"].replace(role["RoleName"].lower(), role["RoleName"])
    user = new_user([ASSUME, policy("sts:AssumeRole", written, effect="Deny")]).call_sts
    for arn in (role["Arn"], written):
        assert _denied(user, {"Arn": arn}) == _reason("AccountLevelIdentityBasedPolicy", "ExplicitDeny")


def test_a_permitted_user_needs_to_be_trusted_too(
    assumer: User, new_user: NewUser, new_role: NewRole, registry: Registry
) -> None:
    role = new_role(trusted=trust({"RAM": [f"acs:ram::{registry.account_id}:user/{new_user().name}"]}))
    assert _denied(assumer.call_sts, role) == _reason("AssumeRolePolicy", "ImplicitDeny")


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": ["ecs.aliyuncs.com"]},
        {"Federated": ["acs:ram::1234567890123456:saml-provider/idp"]},
        {"RAM": ["acs:ram::1234567890123456:root"]},
    ],
)
def test_roles_for_others_are_not_for_users(assumer: User, new_role: NewRole, principal: object) -> None:
    assert _denied(assumer.call_sts, new_role(trusted=trust(principal))) == _reason("AssumeRolePolicy", "ImplicitDeny")


def test_a_trust_policy_may_name_users_as_text_or_list(assumer: User, new_role: NewRole, registry: Registry) -> None:
    arn = f"acs:ram::{registry.account_id}:user/{assumer.name}"
    for named in (arn, [arn], arn.upper().replace("ACS:RAM::", "acs:ram::").replace("USER/", "user/")):
        assumed(registry, assumer.call_sts, new_role(trusted=trust({"RAM": named})))


def test_a_denial_in_the_trust_policy_goes_before_what_it_allows(
    assumer: User, new_role: NewRole, registry: Registry
) -> None:
    everyone = trust({"RAM": [f"acs:ram::{registry.account_id}:root"]})
    this_one = trust({"RAM": [f"acs:ram::{registry.account_id}:user/{assumer.name}"]}, effect="Deny")
    role = new_role(trusted=both(everyone, this_one))
    assert _denied(assumer.call_sts, role) == _reason("AssumeRolePolicy", "ExplicitDeny")


def test_a_trust_policy_may_ask_for_an_external_id(assumer: User, new_role: NewRole, registry: Registry) -> None:
    condition = {"StringEquals": {"sts:ExternalId": ["shared-secret"]}}
    role = new_role(trusted=trust({"RAM": [f"acs:ram::{registry.account_id}:root"]}, Condition=condition))
    for fields in ({}, {"external_id": "other"}):
        assert _denied(assumer.call_sts, role, **fields) == _reason("AssumeRolePolicy", "ImplicitDeny")
    assumed(registry, assumer.call_sts, role, external_id="shared-secret")


def test_a_changed_trust_policy_counts_at_once(assumer: User, new_role: NewRole, call_ram: RpcCalls) -> None:
    role = new_role()
    assumer.call_sts("assume_role", role_arn=role["Arn"], role_session_name="session")
    document = json.dumps(trust({"Service": ["ecs.aliyuncs.com"]}))
    call_ram("update_role", role_name=role["RoleName"], new_assume_role_policy_document=document)
    assert _denied(assumer.call_sts, role) == _reason("AssumeRolePolicy", "ImplicitDeny")


def test_a_missing_role_is_missing_for_those_who_may_assume_it(assumer: User, registry: Registry) -> None:
    for account_id in (registry.account_id, "1234567890123456"):
        with refused(404, "EntityNotExist.Role"):
            given = {"role_arn": f"acs:ram::{account_id}:role/nobody-made-it", "role_session_name": "session"}
            assumer.call_sts("assume_role", **given)


def test_others_do_not_learn_which_roles_there_are(new_user: NewUser, new_role: NewRole, registry: Registry) -> None:
    user = new_user([policy("sts:AssumeRole", f"acs:ram::{registry.account_id}:role/allowed")]).call_sts
    expected = _reason("AccountLevelIdentityBasedPolicy", "ImplicitDeny")
    assert _denied(user, new_role()) == expected
    assert _denied(user, {"Arn": f"acs:ram::{registry.account_id}:role/nobody-made-it"}) == expected


# --- What a temporary key is good for ---------------------------------------------------------------------------------


@pytest.fixture
def session(registry: Registry, assumer: User, new_role: NewRole) -> Acting:
    """A session that may do everything."""
    return assumed(registry, assumer.call_sts, new_role(["AdministratorAccess"]))


@pytest.mark.parametrize("algorithm", ["ACS3-HMAC-SHA256", "v2"])
def test_every_form_of_signature_carries_the_token(session: Acting, algorithm: str) -> None:
    config = {} if algorithm != "v2" else {"signature_algorithm": "v2"}
    assert session.sts(**config).seen("get_caller_identity")["IdentityType"] == "AssumedRoleUser"
    assert "Users" in session.ram(**config).seen("list_users")
    assert "Workspaces" in session.workspaces(**config)


def test_a_session_does_what_the_role_may_and_no_more(registry: Registry, assumer: User, new_role: NewRole) -> None:
    session = assumed(registry, assumer.call_sts, new_role([policy("ram:ListUsers")]))
    session.ram().seen("list_users")
    with refused(403, "NoPermission"):
        session.ram()("list_groups")


def test_what_the_user_may_is_not_what_the_session_may(
    registry: Registry, new_user: NewUser, new_role: NewRole
) -> None:
    user = new_user(["AdministratorAccess"])
    session = assumed(registry, user.call_sts, new_role())
    with refused(403, "NoPermission"):
        session.ram()("list_users")


def test_a_session_policy_narrows(registry: Registry, assumer: User, new_role: NewRole) -> None:
    role = new_role(["AdministratorAccess"])
    session = assumed(registry, assumer.call_sts, role, policy=json.dumps(policy("ram:ListUsers")))
    session.ram().seen("list_users")
    with pytest.raises(ClientException) as caught:
        session.ram()("list_groups")
    assert caught.value.access_denied_detail["PolicyType"] == "SessionPolicy"


def test_a_denial_in_a_session_policy_counts(registry: Registry, assumer: User, new_role: NewRole) -> None:
    document = both(policy(), policy("ram:ListGroups", effect="Deny"))
    role = new_role(["AdministratorAccess"])
    session = assumed(registry, assumer.call_sts, role, policy=json.dumps(document))
    session.ram().seen("list_users")
    with refused(403, "NoPermission"):
        session.ram()("list_groups")


def test_a_session_policy_never_widens(registry: Registry, assumer: User, new_role: NewRole) -> None:
    role = new_role([policy("ram:ListUsers")])
    session = assumed(registry, assumer.call_sts, role, policy=json.dumps(policy()))
    session.ram().seen("list_users")
    with refused(403, "NoPermission"):
        session.ram()("list_groups")


def test_what_the_role_may_is_read_afresh(
    registry: Registry, assumer: User, new_role: NewRole, call_ram: RpcCalls
) -> None:
    role = new_role(["AdministratorAccess"])
    session = assumed(registry, assumer.call_sts, role)
    attachment = {"role_name": role["RoleName"], "policy_name": "AdministratorAccess", "policy_type": "System"}
    session.ram().seen("list_users")
    call_ram("detach_policy_from_role", **attachment)
    with refused(403, "NoPermission"):
        session.ram()("list_users")
    call_ram("attach_policy_to_role", **attachment)
    session.ram().seen("list_users")


def test_a_session_ends_with_its_role_and_another_role_of_the_name_does_not_bring_it_back(
    registry: Registry, assumer: User, new_role: NewRole, call_ram: RpcCalls
) -> None:
    role = new_role()
    session = assumed(registry, assumer.call_sts, role)
    session.sts().seen("get_caller_identity")
    call_ram("delete_role", role_name=role["RoleName"])
    with refused(403, "InvalidSecurityToken.Malformed"):
        session.sts()("get_caller_identity")
    new_role(role_name=role["RoleName"])
    with refused(403, "InvalidSecurityToken.Malformed"):
        session.sts()("get_caller_identity")


def test_a_session_outlives_the_key_that_began_it(
    registry: Registry, assumer: User, new_role: NewRole, call_ram: RpcCalls
) -> None:
    session = assumed(registry, assumer.call_sts, new_role())
    call_ram("update_access_key", user_access_key_id=assumer.key_id, user_name=assumer.name, status="Inactive")
    session.sts().seen("get_caller_identity")


# --- A session that assumes another role ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["role", "assumed-role"])
def test_a_session_assumes_a_role_that_trusts_its_own(
    registry: Registry, assumer: User, new_role: NewRole, kind: str
) -> None:
    first = new_role([ASSUME])
    tail = first["RoleName"] if kind == "role" else f"{first['RoleName']}/session"
    second = new_role(trusted=trust({"RAM": [f"acs:ram::{registry.account_id}:{kind}/{tail}"]}))
    assert _denied(assumer.call_sts, second) == _reason("AssumeRolePolicy", "ImplicitDeny")
    session = assumed(registry, assumer.call_sts, first)
    chained = assumed(registry, session.sts(), second, role_session_name="chained")
    assert chained.sts().seen("get_caller_identity")["PrincipalId"] == f"{second['RoleId']}:chained"


def test_a_session_needs_a_policy_to_assume_a_role(registry: Registry, assumer: User, new_role: NewRole) -> None:
    session = assumed(registry, assumer.call_sts, new_role())
    assert _denied(session.sts(), new_role()) == _reason("AccountLevelIdentityBasedPolicy", "ImplicitDeny")


def test_a_session_policy_must_let_a_session_assume_a_role(
    registry: Registry, assumer: User, new_role: NewRole
) -> None:
    narrow = json.dumps(policy("ram:ListUsers"))
    session = assumed(registry, assumer.call_sts, new_role([ASSUME]), policy=narrow)
    assert _denied(session.sts(), new_role()) == _reason("SessionPolicy", "ImplicitDeny")


def test_a_session_that_assumes_a_role_gets_an_hour_at_most(
    registry: Registry, assumer: User, new_role: NewRole
) -> None:
    first, second = new_role([ASSUME], max_session_duration=43200), new_role(max_session_duration=43200)
    session = assumed(registry, assumer.call_sts, first, duration_seconds=43200)
    with refused(400, "InvalidParameter.DurationSeconds"):
        assumed(registry, session.sts(), second, duration_seconds=3601)
    assumed(registry, session.sts(), second, duration_seconds=3600)


# --- When a temporary key is refused ----------------------------------------------------------------------------------


SIGNATURES = pytest.mark.parametrize("config", [{}, {"signature_algorithm": "v2"}], ids=["ACS3", "v2"])


def _each_product(session: Acting, **config: str) -> Iterator[Callable[[], object]]:
    yield lambda: session.sts(**config)("get_caller_identity")
    yield lambda: session.ram(**config)("list_users")
    yield lambda: session.ram(**config)("create_user", user_name=fresh_name("u"))
    yield lambda: session.workspaces(**config)


def _refused_everywhere(session: Acting, status: int, code: str, **config: str) -> None:
    for call in _each_product(session, **config):
        with refused(status, code):
            call()


def _sealer(registry: Registry) -> Sealer:
    return Sealer(bytes.fromhex((registry.folder / "sealing.key").read_text().strip()))


def _known(registry: Registry, session: Acting) -> Session:
    token, key_id = session.credentials["SecurityToken"], session.credentials["AccessKeyId"]
    return opened(_sealer(registry), token, access_key_id=key_id, now=0)


@SIGNATURES
def test_a_temporary_key_needs_its_token(session: Acting, config: dict[str, str]) -> None:
    _refused_everywhere(session, 400, "MissingSecurityToken", **{**config, "security_token": ""})


@SIGNATURES
def test_a_token_that_has_expired_is_refused(session: Acting, registry: Registry, config: dict[str, str]) -> None:
    over = replace(_known(registry, session), expires_s=int(datetime.now(UTC).timestamp()) - 1)
    token = issue(_sealer(registry), over)
    _refused_everywhere(session, 403, "InvalidSecurityToken.Expired", **{**config, "security_token": token})


def test_a_token_expires_while_it_is_in_use(session: Acting, registry: Registry) -> None:
    end = int(datetime.now(UTC).timestamp()) + 3
    token = issue(_sealer(registry), replace(_known(registry, session), expires_s=end))
    short = session.sts(security_token=token)
    short("get_caller_identity")
    with refused(403, "InvalidSecurityToken.Expired"):
        while datetime.now(UTC).timestamp() < end + 30:
            short("get_caller_identity")
            time.sleep(0.2)


@SIGNATURES
def test_a_token_of_another_session_is_refused(
    session: Acting, registry: Registry, assumer: User, new_role: NewRole, config: dict[str, str]
) -> None:
    other = assumed(registry, assumer.call_sts, new_role(["AdministratorAccess"]))
    given = {**config, "security_token": other.credentials["SecurityToken"]}
    other.sts(**config).seen("get_caller_identity")
    _refused_everywhere(session, 403, "InvalidSecurityToken.MismatchWithAccessKey", **given)


@SIGNATURES
def test_a_lasting_key_does_not_take_a_token(
    session: Acting, assumer: User, registry: Registry, config: dict[str, str]
) -> None:
    for key_id, secret in ((assumer.key_id, assumer.secret), (registry.key_id, registry.secret)):
        given = {**config, "key_id": key_id, "secret": secret}
        _refused_everywhere(session, 403, "InvalidSecurityToken.MismatchWithAccessKey", **given)


@SIGNATURES
@pytest.mark.parametrize("place", [0, 20, 200, -1])
def test_an_altered_token_is_refused(session: Acting, place: int, config: dict[str, str]) -> None:
    characters = list(session.credentials["SecurityToken"])
    characters[place] = "A" if characters[place] != "A" else "B"
    given = {**config, "security_token": "".join(characters)}
    _refused_everywhere(session, 403, "InvalidSecurityToken.Malformed", **given)


@SIGNATURES
def test_a_token_that_another_server_issued_is_refused(
    session: Acting, registry: Registry, config: dict[str, str]
) -> None:
    forged = issue(Sealer(bytes(32)), _known(registry, session))
    _refused_everywhere(session, 403, "InvalidSecurityToken.Malformed", **{**config, "security_token": forged})


@SIGNATURES
def test_a_token_does_not_sign(session: Acting, config: dict[str, str]) -> None:
    _refused_everywhere(session, 400, "SignatureDoesNotMatch", **{**config, "secret": "x" * 44})


def test_a_temporary_key_that_nobody_issued_is_refused(session: Acting) -> None:
    _refused_everywhere(session, 400, "MissingSecurityToken", key_id="STS.nobody", security_token="")
    _refused_everywhere(session, 403, "InvalidSecurityToken.MismatchWithAccessKey", key_id="STS.nobody")


def test_that_a_session_began_is_written_down_without_its_secret_and_its_token(
    session: Acting, registry: Registry
) -> None:
    written = b"".join(path.read_bytes() for path in registry.folder.iterdir() if path.is_file())
    written += registry.log.read_bytes() + str(databases.tables(registry.folder)).encode()
    assert session.credentials["AccessKeyId"].encode() in written
    for secret in (session.credentials["AccessKeySecret"], session.credentials["SecurityToken"]):
        assert secret.encode() not in written


def test_a_session_survives_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder) as registry:
        ram = RpcCalls(registry.ram_sdk())
        document = json.dumps(trust({"RAM": [f"acs:ram::{registry.account_id}:root"]}))
        role = ram.seen("create_role", role_name="lasting", assume_role_policy_document=document)["Role"]
        ram("create_user", user_name="alice")
        ram("attach_policy_to_user", user_name="alice", policy_name=ASSUME, policy_type="System")
        key = ram("create_access_key", user_name="alice").access_key
        alice = RpcCalls(registry.sts_sdk(key.access_key_id, key.access_key_secret))
        credentials = assumed(registry, alice, role).credentials
    with running(folder) as registry:
        assert Acting(registry, credentials).sts().seen("get_caller_identity")["RoleId"] == role["RoleId"]


# --- What stays unsigned ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["assume_role_with_saml", "assume_role_with_oidc"])
def test_federated_sessions_are_known_and_not_offered(call_sts: RpcCalls, operation: str) -> None:
    fields = {"role_arn": "acs:ram::1:role/x"}
    name = "AssumeRoleWithSAMLRequest" if operation.endswith("saml") else "AssumeRoleWithOIDCRequest"
    with refused(400, "UnsupportedOperation"):
        getattr(call_sts.client, operation)(getattr(m, name)(**fields))
