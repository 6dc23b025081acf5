"""Nobody gets more through RAM's operations than the policies of the account allow, however names are written."""

import json
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.attacks.actors import MAY_EVERYTHING, Actor, Root, allow, denied, deny, document, fresh, refused, succeeded
from tests.wire_client import Answer

EVERYTHING = document(allow("*"))


def user_arn(root: Root, name: str) -> str:
    return root.arn(f"user/{name}")


# A user who may administer a little.


class Scene(NamedTuple):
    """Somebody with the statements of a delegated administrator of `team-*`, and what they are to keep away from."""

    root: Root
    mallory: Actor
    policy: str
    """Attached to mallory."""
    victim: Actor


@pytest.fixture
def scene(root: Root) -> Scene:
    policy = root.new_policy(
        allow(
            [
                "ram:CreatePolicyVersion",
                "ram:SetDefaultPolicyVersion",
                "ram:DeletePolicy",
                "ram:UpdatePolicyDescription",
            ],
            root.arn("policy/team-*"),
        ),
        allow("ram:*", [root.arn("user/team-*"), root.arn("group/team-*"), root.arn("role/team-*")]),
        allow(["ram:AttachPolicyToUser", "ram:AttachPolicyToGroup"], root.arn("policy/team-*")),
    )
    mallory = root.new_user()
    root.attach(mallory.name, policy)
    return Scene(root, mallory, policy, root.new_user())


def _widen(s: Scene) -> Answer:
    return s.mallory.call(
        "Ram:CreatePolicyVersion", PolicyName=s.policy, PolicyDocument=EVERYTHING, SetAsDefault="true"
    )


def _attach(s: Scene, user: str, policy: str, kind: str) -> Answer:
    return s.mallory.call("Ram:AttachPolicyToUser", UserName=user, PolicyName=policy, PolicyType=kind)


def _team_policy(s: Scene) -> str:
    return s.root.new_policy(allow("*"), name=fresh("team"))


def _team_group(s: Scene) -> str:
    name = fresh("team")
    s.root.done("Ram:CreateGroup", GroupName=name)
    return name


def _team_user(s: Scene) -> str:
    return s.root.new_user(name=fresh("team")).name


ESCALATIONS: dict[str, Callable[[Scene], Answer]] = {
    "a new version of the own policy": _widen,
    "another default of the own policy": lambda s: s.mallory.call(
        "Ram:SetDefaultPolicyVersion", PolicyName=s.policy, VersionId="v1"
    ),
    "a new policy": lambda s: s.mallory.call("Ram:CreatePolicy", PolicyName="team-new", PolicyDocument=EVERYTHING),
    "a team's policy for oneself": lambda s: _attach(s, s.mallory.name, _team_policy(s), "Custom"),
    "the system's policy for oneself": lambda s: _attach(s, s.mallory.name, MAY_EVERYTHING, "System"),
    "the system's policy for a team's user": lambda s: _attach(s, _team_user(s), MAY_EVERYTHING, "System"),
    "another policy for a team's user": lambda s: _attach(s, _team_user(s), s.policy, "Custom"),
    "oneself in a team's group": lambda s: s.mallory.call(
        "Ram:AddUserToGroup", UserName=s.mallory.name, GroupName=_team_group(s)
    ),
    "a team's user out of the team": lambda s: s.mallory.call(
        "Ram:UpdateUser", UserName=_team_user(s), NewUserName=fresh("boss")
    ),
    "a team's group out of the team": lambda s: s.mallory.call(
        "Ram:UpdateGroup", GroupName=_team_group(s), NewGroupName=fresh("boss")
    ),
    "oneself into the team": lambda s: s.mallory.call(
        "Ram:UpdateUser", UserName=s.mallory.name, NewUserName=fresh("team")
    ),
    "a victim's password": lambda s: s.mallory.call(
        "Ram:CreateLoginProfile", UserName=s.victim.name, Password="Xx-12345678!"
    ),
    "a victim's key": lambda s: s.mallory.call("Ram:CreateAccessKey", UserName=s.victim.name),
    "a victim gone": lambda s: s.mallory.call("Ram:DeleteUser", UserName=s.victim.name),
    "a workspace's models": lambda s: s.mallory.ask("GET", "/api/v1/models"),
}


@pytest.mark.parametrize("escalation", ESCALATIONS.values(), ids=ESCALATIONS)
def test_it_is_denied(scene: Scene, escalation: Callable[[Scene], Answer]) -> None:
    denied(escalation(scene))
    denied(scene.mallory.call("Ram:ListUsers"))


def test_what_was_delegated_is_allowed(scene: Scene) -> None:
    """Or the denials would say nothing."""
    mallory, user, policy = scene.mallory, _team_user(scene), _team_policy(scene)
    succeeded(_attach(scene, user, policy, "Custom"))
    succeeded(mallory.call("Ram:AddUserToGroup", UserName=user, GroupName=_team_group(scene)))
    succeeded(mallory.call("Ram:CreatePolicyVersion", PolicyName=policy, PolicyDocument=EVERYTHING))
    succeeded(mallory.call("Ram:UpdateUser", UserName=user, NewUserName=fresh("team")))


# How names are written.


@pytest.mark.parametrize("spelt", [str.upper, str.title, str.swapcase])
def test_a_deny_is_not_avoided_by_another_case(root: Root, spelt: Callable[[str], str]) -> None:
    """Neither in the request nor in the policy."""
    victim = root.new_user(name=fresh("alice")).name
    mallory = root.new_user(allow("ram:*"), deny("ram:*", user_arn(root, spelt(victim))))
    for name in {victim, spelt(victim), victim.upper()}:
        denied(mallory.call("Ram:CreateAccessKey", UserName=name))
        denied(mallory.call("Ram:GetUser", UserName=name))


@pytest.mark.parametrize(
    "spelt", ["{} ", " {}", "{}\0", "{}\n", "{}/", "./{}", "{}%20", "x/../{}", "{}\u200b", "\u202e{}"]
)
def test_a_deny_is_not_avoided_by_a_name_that_only_looks_alike(root: Root, spelt: str) -> None:
    victim = root.new_user(name=fresh("alice")).name
    mallory = root.new_user(allow("ram:*"), deny("ram:*", user_arn(root, victim)))
    answer = mallory.call("Ram:CreateAccessKey", UserName=spelt.format(victim))
    assert (answer.status, answer.code[:16] in {"InvalidParameter", "NoPermission"}) in [(400, True), (403, True)]


def test_letters_that_fold_to_ascii_are_no_letters_of_a_name(root: Root) -> None:
    """The Kelvin sign folds to k, the long s to s: they would be another name for the decision, or for the store."""
    victim = root.new_user(name=fresh("kiss")).name
    for name in (victim.replace("k", "\u212a"), victim.replace("s", "\u017f"), victim.replace("k", "\uff4b")):
        answer = root.call("Ram:GetUser", UserName=name)
        refused(answer, 400, "InvalidParameter.UserName.InvalidChars")


def test_an_allowed_pattern_is_not_reached_by_renaming(root: Root) -> None:
    mallory = root.new_user(allow("ram:UpdateUser", user_arn(root, "dev-*")))
    victim, mine = root.new_user(name=fresh("boss")).name, root.new_user(name=fresh("dev")).name
    denied(mallory.call("Ram:UpdateUser", UserName=victim, NewUserName=fresh("dev")))
    denied(mallory.call("Ram:UpdateUser", UserName=mine, NewUserName=fresh("boss")))
    denied(mallory.call("Ram:UpdateUser", UserName=mine, NewUserName=fresh("BOSS")))
    root.done("Ram:GetUser", UserName=mine)


def test_a_denied_name_is_not_left_by_renaming(root: Root) -> None:
    """Whoever is under a Deny by name cannot rename himself out of what it says of his own user."""
    name = fresh("prod")
    mallory = root.new_user(allow("ram:*"), deny("ram:*", user_arn(root, "prod-*")), name=name)
    denied(mallory.call("Ram:UpdateUser", UserName=name, NewUserName=fresh("free")))
    other = root.new_user(name=fresh("free")).name
    denied(mallory.call("Ram:UpdateUser", UserName=other, NewUserName=fresh("prod")))
    denied(mallory.call("Ram:UpdateUser", UserName=other, NewUserName=fresh("PROD")))


def test_the_name_of_a_deleted_user_brings_nothing_back(root: Root) -> None:
    name = fresh("alice")
    old = root.new_user(allow("ram:ListUsers"), name=name)
    policy = root.done("Ram:ListPoliciesForUser", UserName=name)["Policies"]["Policy"][0]["PolicyName"]
    root.done("Ram:DetachPolicyFromUser", UserName=name, PolicyName=policy, PolicyType="Custom")
    root.done("Ram:DeleteAccessKey", UserName=name, UserAccessKeyId=old.key_id)
    root.done("Ram:DeleteUser", UserName=name)
    new = root.new_user(name=name)
    assert new.user_id != old.user_id
    denied(new.call("Ram:ListUsers"))
    refused(old.call("Ram:ListUsers"), 403, "InvalidAccessKeyId.NotFound")


# Wildcards in names.


@pytest.mark.parametrize(
    "name", ["*", "team-*", "a?c", "[a-z]", "%", "_", "a%", "a_b", "..", "a/b", "a:b", "a' OR '1'='1"]
)
def test_a_policy_s_name_is_no_pattern(root: Root, name: str) -> None:
    created = root.call("Ram:CreatePolicy", PolicyName=name, PolicyDocument=EVERYTHING)
    refused(created, 400, "InvalidParameter.PolicyName.InvalidChars")


@pytest.mark.parametrize("name", ["*", "user-?", "[a-z]", "%", "'", '"', "a;b", "a\nb", "acs:ram:*"])
def test_a_user_s_name_is_no_pattern(root: Root, name: str) -> None:
    refused(root.call("Ram:CreateUser", UserName=name), 400, "InvalidParameter.UserName.InvalidChars")
    refused(root.call("Ram:GetUser", UserName=name), 400, "InvalidParameter.UserName.InvalidChars")


@pytest.mark.parametrize("pattern", ["[a-z]*", "[!x]*", "%", "_%", "team_1", "team%"])
def test_what_sql_takes_for_wildcards_policies_do_not(root: Root, pattern: str) -> None:
    """In one decision, and in a list of models, where the pattern travels into the database."""
    mallory = root.new_user(
        allow("ram:GetUser", user_arn(root, pattern)),
        allow("paimodel:*", f"acs:paimodel:*:*:model/{pattern}"),
        allow(["paimodel:ListModels", "paimodel:GetModel"], "acs:paimodel:*:*:model/nothing"),
    )
    workspace = root.new_workspace(mallory=(mallory, ["PAI.WorkspaceAdmin"]))
    succeeded(root.ask("POST", "/api/v1/models", {"ModelName": fresh("m"), "WorkspaceId": workspace}))
    victim = root.new_user(name=fresh("team")).name
    denied(mallory.call("Ram:GetUser", UserName=victim))
    listed = succeeded(mallory.ask("GET", f"/api/v1/models?WorkspaceId={workspace}"))
    assert (listed["Models"], listed["TotalCount"]) == ([], 0)


def test_a_question_mark_is_one_character_and_a_star_any(root: Root) -> None:
    """Or the refusals above would say nothing."""
    names = [root.new_user(name=fresh("team")).name for _ in range(2)]
    mallory = root.new_user(allow("ram:GetUser", user_arn(root, names[0][:-1] + "?")))
    mallory.done("Ram:GetUser", UserName=names[0])
    denied(mallory.call("Ram:GetUser", UserName=names[1]))


# System and Custom.


def test_a_type_cannot_make_a_custom_policy_the_system_s(root: Root) -> None:
    """The type decides which resource is asked for, so it has to decide which policy is meant as well."""
    mine = root.new_policy(allow("*"))
    mallory = root.new_user(
        allow("ram:*", [root.arn("user/*"), "acs:ram:*:system:policy/*"]), deny("ram:*", root.arn("policy/*"))
    )
    params = {"UserName": mallory.name, "PolicyName": mine}
    refused(mallory.call("Ram:AttachPolicyToUser", **params, PolicyType="System"), 404, "EntityNotExist.Policy")
    denied(mallory.call("Ram:AttachPolicyToUser", **params, PolicyType="Custom"))
    refused(mallory.call("Ram:GetPolicy", PolicyName=mine, PolicyType="System"), 404, "EntityNotExist.Policy")
    denied(mallory.call("Ram:GetPolicy", PolicyName=mine, PolicyType="Custom"))


@pytest.mark.parametrize("spelt", ["system", "SYSTEM", "System ", "custom", "", "Both"])
def test_a_type_spelt_otherwise_is_none(root: Root, spelt: str) -> None:
    mallory = root.new_user(allow("ram:*", [root.arn("user/*"), root.arn("policy/*")]))
    params = {"UserName": mallory.name, "PolicyName": MAY_EVERYTHING}
    answer = mallory.call("Ram:AttachPolicyToUser", **params, PolicyType=spelt)
    assert answer.status in {400, 403}
    assert root.done("Ram:ListPoliciesForUser", UserName=mallory.name)["Policies"]["Policy"][1:] == []


def test_a_custom_policy_named_as_the_system_s_is_another(root: Root) -> None:
    """Neither grants what the other does, nor can one be changed through the other's name."""
    answer = root.call("Ram:CreatePolicy", PolicyName=MAY_EVERYTHING, PolicyDocument=document(allow("ram:GetUser")))
    mallory = root.new_user()
    if answer.status == 200:
        root.attach(mallory.name, MAY_EVERYTHING)
        denied(mallory.call("Ram:ListUsers"))
        root.done("Ram:DetachPolicyFromUser", UserName=mallory.name, PolicyName=MAY_EVERYTHING, PolicyType="Custom")
        root.done("Ram:DeletePolicy", PolicyName=MAY_EVERYTHING)
    system = {"PolicyName": MAY_EVERYTHING, "PolicyDocument": document(deny("*"))}
    refused(root.call("Ram:CreatePolicyVersion", **system), 404, "EntityNotExist.Policy")
    refused(root.call("Ram:DeletePolicy", PolicyName=MAY_EVERYTHING), 404, "EntityNotExist.Policy")


# Many names at once.


@pytest.mark.parametrize("order", [1, -1])
def test_one_forbidden_name_among_allowed_ones_keeps_all_as_they_are(root: Root, order: int) -> None:
    mine, others = root.new_policy(allow("*"), name=fresh("team")), root.new_policy(allow("*"), name=fresh("boss"))
    mallory = root.new_user(
        allow(["ram:TagResources", "ram:UntagResources", "ram:ListTagResources"], root.arn("policy/team-*"))
    )
    tag = json.dumps([{"Key": "k", "Value": "v"}])
    names = json.dumps([mine, others][::order])
    for action, more in (("TagResources", {"Tag": tag}), ("UntagResources", {"All": "true"}), ("ListTagResources", {})):
        denied(mallory.call(f"Ram:{action}", ResourceType="policy", ResourceNames=names, **more))
    assert root.done("Ram:ListTagResources", ResourceType="policy", ResourceNames=names)["TagResources"] == []
    succeeded(mallory.call("Ram:TagResources", ResourceType="policy", ResourceNames=json.dumps([mine]), Tag=tag))


def test_no_names_at_all_are_not_every_name(root: Root) -> None:
    mallory = root.new_user(allow("ram:*", root.arn("policy/team-*")))
    for names in ({}, {"ResourceNames": "[]"}, {"ResourceNames": ""}):
        answer = mallory.call("Ram:ListTagResources", ResourceType="policy", **names)
        assert answer.status in {400, 403}
        answer = mallory.call("Ram:TagResources", ResourceType="policy", Tag='[{"Key":"k","Value":"v"}]', **names)
        assert answer.status in {400, 403}


def test_a_type_of_resources_is_not_taken_for_another(root: Root) -> None:
    """A role and a policy may have one name."""
    name = fresh("twin")
    root.new_policy(allow("*"), name=name)
    root.new_role(name=name)
    mallory = root.new_user(allow("ram:*", root.arn(f"policy/{name}")))
    parameters = {"ResourceNames": json.dumps([name]), "Tag": '[{"Key":"k","Value":"v"}]'}
    denied(mallory.call("Ram:TagResources", ResourceType="role", **parameters))
    assert mallory.call("Ram:TagResources", ResourceType="Role", **parameters).status == 400
    assert mallory.call("Ram:TagResources", ResourceType="policy/../role", **parameters).status == 400


# What is denied, and changed, meanwhile.


def test_a_detached_policy_counts_from_the_next_request_on(root: Root) -> None:
    policy = root.new_policy(allow("ram:ListUsers"))
    user = root.new_user()
    root.attach(user.name, policy)
    user.done("Ram:ListUsers")
    root.done("Ram:DetachPolicyFromUser", UserName=user.name, PolicyName=policy, PolicyType="Custom")
    denied(user.call("Ram:ListUsers"))


def test_a_policy_cannot_be_deleted_from_under_its_deny(root: Root) -> None:
    """Not even with CascadingDelete: what it denied would be allowed."""
    policy = root.new_policy(deny("*"))
    user = root.new_user(MAY_EVERYTHING)
    root.attach(user.name, policy)
    answer = root.call("Ram:DeletePolicy", PolicyName=policy, CascadingDelete="true")
    refused(answer, 409, "DeleteConflict.Policy.User")
    denied(user.call("Ram:ListUsers"))


def test_conditions_are_not_answered_by_headers(root: Root) -> None:
    """Only the connection, or a proxy that a setting names, says where a request comes from."""
    condition = {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}
    secure = {"Bool": {"acs:SecureTransport": "true"}}
    mallory = root.new_user(allow("ram:ListUsers", Condition=condition), allow("ram:ListGroups", Condition=secure))
    for name in (b"x-acs-source-ip", b"x-forwarded-for", b"x-real-ip", b"forwarded"):
        value = b"for=10.0.0.1;proto=https" if name == b"forwarded" else b"10.0.0.1"
        headers = {name: value, b"x-forwarded-proto": b"https", b"x-acs-secure-transport": b"true"}
        for action in ("ListUsers", "ListGroups"):
            call = mallory.wire.rpc(f"Ram:{action}", {"SourceIp": "10.0.0.1", "SecureTransport": "true"})
            denied(mallory.wire.send(mallory.wire.resigned(call.having(headers))))
