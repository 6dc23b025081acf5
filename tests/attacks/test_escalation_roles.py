"""Roles and their sessions give what the role, its trust and the session's own policy allow, and to nobody else."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from modelry.access import tokens
from modelry.access.sealing import Sealer
from tests.attacks.actors import (
    MAY_EVERYTHING,
    Actor,
    Root,
    allow,
    assume,
    denied,
    deny,
    document,
    fresh,
    refused,
    session,
    succeeded,
)

MAY_ASSUME = allow("sts:AssumeRole")


@pytest.fixture
def role(root: Root) -> str:
    """A role that may everything and lets everybody of the account in."""
    return root.new_role(MAY_EVERYTHING)


# Whom a role lets in.


def test_a_role_is_not_assumed_with_a_policy_alone(root: Root) -> None:
    friend = root.new_user()
    role = root.new_role(MAY_EVERYTHING, trusts=f"user/{friend.name}")
    denied(assume(root.new_user(MAY_ASSUME), role))
    denied(assume(root.new_user(MAY_EVERYTHING), role))


def test_a_role_is_not_assumed_with_trust_alone(root: Root) -> None:
    user = root.new_user()
    denied(assume(user, root.new_role(MAY_EVERYTHING, trusts=f"user/{user.name}")))
    denied(assume(user, root.new_role(MAY_EVERYTHING)))


def test_a_policy_for_other_roles_is_none_for_this_one(root: Root, role: str) -> None:
    for statements in (
        [allow("sts:AssumeRole", root.arn("role/other-*"))],
        [MAY_ASSUME, deny("*", root.arn(f"role/{role}"))],
    ):
        user = root.new_user(*statements)
        denied(assume(user, role))
        denied(assume(user, role.upper()))


def test_a_role_is_assumed_with_both(root: Root, role: str) -> None:
    """Or the denials above would say nothing."""
    session(root.new_user(MAY_ASSUME), role).done("Ram:ListUsers")


@pytest.mark.parametrize("change", ["ram:UpdateUser", "ram:GetRole", "ram:CreateRole", "ram:AttachPolicyToRole"])
def test_trust_is_not_changed_without_permission_on_the_role(root: Root, change: str) -> None:
    role = root.new_role(MAY_EVERYTHING, trusts=f"user/{root.new_user().name}")
    mallory = root.new_user(MAY_ASSUME, allow(change), allow("ram:UpdateRole", root.arn("role/other-*")))
    trust = root.trust(f"user/{mallory.name}")
    denied(mallory.call("Ram:UpdateRole", RoleName=role, NewAssumeRolePolicyDocument=trust))
    denied(mallory.call("Ram:UpdateRole", RoleName=role.upper(), NewAssumeRolePolicyDocument=trust))
    denied(assume(mallory, role))


def test_a_name_that_a_role_trusts_is_not_taken_over(root: Root) -> None:
    """By renaming a user of one's own: the new name is decided about as well."""
    friend = root.new_user(name=fresh("friend"))
    role = root.new_role(MAY_EVERYTHING, trusts=f"user/{friend.name}")
    root.done("Ram:UpdateUser", UserName=friend.name, NewUserName=fresh("retired"))
    mallory = root.new_user(MAY_ASSUME, name=fresh("dev"))
    root.attach(mallory.name, root.new_policy(allow("ram:UpdateUser", root.arn("user/dev-*"))))
    denied(mallory.call("Ram:UpdateUser", UserName=mallory.name, NewUserName=friend.name))
    denied(assume(mallory, role))


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": ["ecs.aliyuncs.com"]},
        {"Federated": ["acs:ram::1234567890123456:saml-provider/idp"]},
        {"RAM": ["acs:ram::1234567890123457:root"]},
    ],
)
def test_what_a_role_lets_in_besides_users_lets_no_user_in(root: Root, principal: dict[str, list[str]]) -> None:
    name = fresh("role")
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
    root.done("Ram:CreateRole", RoleName=name, AssumeRolePolicyDocument=trust)
    denied(assume(root.new_user(MAY_EVERYTHING), name))


def test_a_user_named_like_another_s_arn_is_not_let_in(root: Root) -> None:
    """The principal is compared whole: no beginning, no end, and no wildcard fits."""
    friend = root.new_user(name=fresh("ann"))
    role = root.new_role(MAY_EVERYTHING, trusts=f"user/{friend.name}")
    for name in (f"{friend.name}e", f"x{friend.name}", f"{friend.name}.root"):
        denied(assume(root.new_user(MAY_ASSUME, name=name), role))
    for pattern in ("user/*", "user/ann-?", "*"):
        trust = root.trust(pattern)
        answer = root.call("Ram:UpdateRole", RoleName=role, NewAssumeRolePolicyDocument=trust)
        refused(answer, 400, "MalformedPolicyDocument")


def test_the_account_s_own_key_becomes_no_session(root: Root, role: str) -> None:
    """It would be a session that nothing limits."""
    refused(assume(root, role), 403, "NoPermission")


@pytest.mark.parametrize(
    "arn",
    [
        *(f"acs:ram::{{account}}:role/{end}" for end in ("{role}/x", "../{role}", "{role}\0", "*")),
        *("acs:ram::*:role/{role}", "acs:ram::{account}:user/{role}", "{role}", ""),
    ],
)
def test_a_role_is_named_exactly(root: Root, role: str, arn: str) -> None:
    user = root.new_user(MAY_ASSUME)
    asked = arn.format(account=root.account_id, role=role)
    answer = user.call("Sts:AssumeRole", RoleArn=asked, RoleSessionName="attack")
    assert answer.status == 400, answer.body


# What a session may.


def test_a_session_does_not_widen_itself_by_assuming_its_role_again(root: Root) -> None:
    """A session policy must allow AssumeRole; and the role must let its own sessions in."""
    role = root.new_role(MAY_EVERYTHING)
    user = root.new_user(MAY_ASSUME)
    narrow = session(user, role, Policy=document(allow("ram:ListUsers")))
    narrow.done("Ram:ListUsers")
    denied(narrow.call("Ram:ListGroups"))
    denied(assume(narrow, role))
    denied(assume(narrow, role, Policy=document(allow("*"))))


def test_a_session_does_not_climb_a_chain_that_its_role_does_not_allow(root: Root, role: str) -> None:
    weak = root.new_role(allow("ram:ListUsers"))
    denied(assume(session(root.new_user(MAY_ASSUME), weak), role))


def test_a_session_cannot_lengthen_its_life_by_a_chain(root: Root, role: str) -> None:
    root.done("Ram:UpdateRole", RoleName=role, NewMaxSessionDuration="43200")
    first = session(root.new_user(MAY_ASSUME), role)
    refused(assume(first, role, DurationSeconds="3601"), 400, "InvalidParameter.DurationSeconds")


def test_a_session_policy_gives_nothing_that_the_role_lacks(root: Root) -> None:
    role = root.new_role(allow("ram:ListUsers"))
    wide = session(root.new_user(MAY_EVERYTHING), role, Policy=document(allow("*")))
    wide.done("Ram:ListUsers")
    denied(wide.call("Ram:ListGroups"))
    denied(wide.call("Ram:CreateUser", UserName=fresh("user")))


@pytest.mark.parametrize(
    "policy",
    ["", "{}", '{"Version":"1","Statement":[]}', '{"Version":"2","Statement":[{"Effect":"Allow"}]}', "null", "*"],
)
def test_a_session_policy_that_cannot_be_read_begins_no_session(root: Root, role: str, policy: str) -> None:
    """It may not be taken for none, which would limit nothing."""
    answer = assume(root.new_user(MAY_ASSUME), role, Policy=policy)
    assert (answer.status, answer.code[:23]) == (400, "InvalidParameter.Policy"), answer.body


def test_a_session_of_an_administrator_s_role_is_no_user_with_keys(root: Root, role: str) -> None:
    """A key would outlive it. A session may make keys of users that it names, as its role allows."""
    actor = session(root.new_user(MAY_ASSUME), role)
    answer = actor.call("Ram:CreateAccessKey")
    assert answer.status == 400, answer.body
    for action in ("CreateAccessKey", "ListAccessKeys"):
        refused(actor.call(f"Ram:{action}", UserName=role), 404, "EntityNotExist.User")


def test_a_user_named_like_the_role_is_not_the_session_s(root: Root) -> None:
    """Without a UserName a session acts on nobody, not on the user of its role's name."""
    name = fresh("twin")
    victim = root.new_user(MAY_EVERYTHING, name=name)
    role = root.new_role(allow("ram:*", root.arn(f"user/{name}")), name=name)
    actor = session(root.new_user(MAY_ASSUME), role)
    for action in ("CreateAccessKey", "ListAccessKeys", "DeleteAccessKey", "UpdateAccessKey"):
        more = {} if "List" in action or "Create" in action else {"UserAccessKeyId": victim.key_id}
        more |= {"Status": "Inactive"} if action == "UpdateAccessKey" else {}
        assert actor.call(f"Ram:{action}", **more).status == 400
    victim.done("Ram:ListUsers")


def test_a_session_is_no_member_because_its_user_is(root: Root, role: str) -> None:
    user = root.new_user(MAY_EVERYTHING)
    workspace = root.new_workspace(user=(user, ["PAI.WorkspaceAdmin"]))
    path = f"/api/v1/workspaces/{workspace}/members"
    succeeded(user.ask("GET", path))
    denied(session(user, role).ask("GET", path))


def test_a_session_whose_name_looks_like_more_is_no_more(root: Root) -> None:
    """The name is the caller's to choose: it decides nothing."""
    role = root.new_role(allow("ram:ListUsers"))
    for name in ("root", root.account_id, "AdministratorAccess", "a@b.c"):
        denied(session(root.new_user(MAY_ASSUME), role, RoleSessionName=name).call("Ram:ListGroups"))
    for name in ("a/b", "a:b", "*", "a\nb", "../x", ""):
        assert assume(root.new_user(MAY_ASSUME), role, RoleSessionName=name).status == 400


# Tokens.


@pytest.fixture
def actor(root: Root, role: str) -> Actor:
    return session(root.new_user(MAY_ASSUME), role)


def test_a_token_goes_with_its_own_key_alone(root: Root, role: str, actor: Actor) -> None:
    other = session(root.new_user(MAY_ASSUME), role)
    mixed = replace(actor, token=other.token)
    refused(mixed.call("Ram:ListUsers"), 403, "InvalidSecurityToken.MismatchWithAccessKey")
    refused(mixed.ask("GET", "/api/v1/models"), 403, "InvalidSecurityToken.MismatchWithAccessKey")
    user = root.new_user(MAY_EVERYTHING)
    with_token = replace(user, token=actor.token)
    refused(with_token.call("Ram:ListUsers"), 403, "InvalidSecurityToken.MismatchWithAccessKey")


def test_a_token_in_use_does_not_serve_another_key(root: Root, actor: Actor) -> None:
    """What the server keeps of a token that it has opened is kept for its key."""
    actor.done("Ram:ListUsers")
    forged = replace(root.holding(f"STS.{'x' * 24}", "secret"), token=actor.token)
    refused(forged.call("Ram:ListUsers"), 403, "InvalidSecurityToken.MismatchWithAccessKey")
    wrong = replace(root.holding(actor.key_id, "another secret"), token=actor.token)
    refused(wrong.call("Ram:ListUsers"), 400, "SignatureDoesNotMatch")


def test_a_temporary_key_without_its_token_is_refused(actor: Actor) -> None:
    refused(replace(actor, token=None).call("Ram:ListUsers"), 400, "MissingSecurityToken")


def _flipped(token: str, place: int) -> str:
    return token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]


@pytest.mark.parametrize(
    "alter",
    [
        lambda token: _flipped(token, 0),
        lambda token: _flipped(token, len(token) // 2),
        lambda token: _flipped(token, len(token) - 4),
        lambda token: token[:-4],
        lambda token: token + "AAAA",
        lambda token: token[::-1],
        lambda token: "A" * len(token),
        lambda token: token * 40,
    ],
)
def test_an_altered_token_is_refused(actor: Actor, alter: Callable[[str], str]) -> None:
    assert actor.token is not None
    answer = replace(actor, token=alter(actor.token)).call("Ram:ListUsers")
    assert (answer.status, answer.code) in [(403, "InvalidSecurityToken.Malformed"), (400, "IncompleteSignature")]


def test_a_token_that_another_key_sealed_is_refused(root: Root, actor: Actor) -> None:
    key = tokens.new_key()
    made = tokens.Session(
        account_id=int(root.account_id),
        role_id=actor.user_id,
        role_name=actor.name,
        session_name="forged",
        access_key_id=key.access_key_id,
        secret=key.secret,
        expires_s=int(time.time()) + 3600,
    )
    forged = replace(root.holding(key.access_key_id, key.secret), token=tokens.issue(Sealer(b"\1" * 32), made))
    refused(forged.call("Ram:ListUsers"), 403, "InvalidSecurityToken.Malformed")


def test_a_diagnostic_message_is_no_token(root: Root, actor: Actor) -> None:
    """Both are sealed by the same server, each under a key of its own."""
    answer = root.new_user().call("Ram:ListUsers")
    message = answer.json["AccessDeniedDetail"]["EncodedDiagnosticMessage"]
    refused(replace(actor, token=message).call("Ram:ListUsers"), 403, "InvalidSecurityToken.Malformed")


def test_the_session_of_a_deleted_role_is_not_that_of_the_next_of_its_name(root: Root, actor: Actor) -> None:
    name = actor.name
    root.done("Ram:DetachPolicyFromRole", RoleName=name, PolicyName=MAY_EVERYTHING, PolicyType="System")
    denied(actor.call("Ram:ListUsers"))
    root.done("Ram:DeleteRole", RoleName=name)
    refused(actor.call("Ram:ListUsers"), 403, "InvalidSecurityToken.Malformed")
    root.new_role(MAY_EVERYTHING, name=name)
    refused(actor.call("Ram:ListUsers"), 403, "InvalidSecurityToken.Malformed")


def test_a_deny_on_a_role_reaches_its_sessions_at_once(root: Root, actor: Actor) -> None:
    actor.done("Ram:ListUsers")
    policy = root.new_policy(deny("ram:ListUsers"))
    root.done("Ram:AttachPolicyToRole", RoleName=actor.name, PolicyName=policy, PolicyType="Custom")
    denied(actor.call("Ram:ListUsers"))
