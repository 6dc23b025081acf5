"""Access keys: nobody reaches another's through his own name, and nobody the account's."""

import pytest

from tests.attacks.actors import MAY_EVERYTHING, Actor, Root, allow, assume, denied, document, fresh, refused, session


@pytest.fixture
def victim(root: Root) -> Actor:
    return root.new_user(MAY_EVERYTHING)


@pytest.fixture
def mallory(root: Root) -> Actor:
    """Somebody who may do everything with his own keys."""
    name = fresh("mallory")
    keys = ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "ListAccessKeys", "GetAccessKeyLastUsed"]
    return root.new_user(allow([f"ram:{each}" for each in keys], root.arn(f"user/{name}")), name=name)


def is_intact(actor: Actor) -> None:
    """See that a key still signs."""
    actor.done("Ram:ListUsers")


@pytest.mark.parametrize(
    ("action", "more"),
    [("UpdateAccessKey", {"Status": "Inactive"}), ("DeleteAccessKey", {}), ("GetAccessKeyLastUsed", {})],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_key_of_another_is_not_reached_under_one_s_own_name(
    root: Root, mallory: Actor, victim: Actor, action: str, more: dict[str, str], named: bool
) -> None:
    """The decision is about the user who is named, so the key has to be that user's."""
    own = {"UserName": mallory.name} if named else {}
    for key_id in (victim.key_id, root.key_id):
        answer = mallory.call(f"Ram:{action}", UserAccessKeyId=key_id, **own, **more)
        refused(answer, 404, "EntityNotExist.User.AccessKey")
    is_intact(victim)
    is_intact(root)


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("CreateAccessKey", {}),
        ("ListAccessKeys", {}),
        ("UpdateAccessKey", {"Status": "Inactive"}),
        ("DeleteAccessKey", {}),
        ("GetAccessKeyLastUsed", {}),
    ],
)
def test_the_keys_of_another_are_denied_under_his_name(
    mallory: Actor, victim: Actor, action: str, more: dict[str, str]
) -> None:
    key = {} if action in {"CreateAccessKey", "ListAccessKeys"} else {"UserAccessKeyId": victim.key_id}
    for name in (victim.name, victim.name.upper()):
        denied(mallory.call(f"Ram:{action}", UserName=name, **key, **more))
    is_intact(victim)


def test_no_keys_are_reached_without_a_policy(root: Root) -> None:
    """Not even one's own."""
    nobody = root.new_user()
    for action in ("CreateAccessKey", "ListAccessKeys"):
        denied(nobody.call(f"Ram:{action}"))
        denied(nobody.call(f"Ram:{action}", UserName=nobody.name))


@pytest.mark.parametrize("who", ["root", "administrator", "session"])
@pytest.mark.parametrize("name", [None, "", "root", "ACCOUNT"])
def test_the_account_s_own_key_stays_whoever_asks(root: Root, victim: Actor, who: str, name: str | None) -> None:
    """Without it nobody could administer the account any more."""
    actor: Actor = {"root": root, "administrator": victim}.get(who) or session(
        root.new_user(allow("sts:AssumeRole")), root.new_role(MAY_EVERYTHING)
    )
    user = {} if name is None else {"UserName": root.account_id if name == "ACCOUNT" else name}
    for action, more in (("UpdateAccessKey", {"Status": "Inactive"}), ("DeleteAccessKey", {})):
        answer = actor.call(f"Ram:{action}", UserAccessKeyId=root.key_id, **user, **more)
        assert 400 <= answer.status < 500, answer.body
    is_intact(root)


def test_the_account_gets_no_second_key_through_the_api(root: Root) -> None:
    """Nor does anybody: it would be a key that no policy limits."""
    assert root.call("Ram:CreateAccessKey").status in {400, 403, 409}
    for name in (root.account_id, "root", f"acs:ram::{root.account_id}:root"):
        assert root.call("Ram:CreateAccessKey", UserName=name).status in {400, 404}
    assert len(root.done("Ram:ListAccessKeys")["AccessKeys"]["AccessKey"]) == 1


def test_a_user_named_like_the_account_is_a_user(root: Root) -> None:
    """It is told from the account by its id, which the server gives out."""
    for name in (root.account_id, "root"):
        user = root.new_user(name=name)
        assert user.user_id != root.account_id
        denied(user.call("Ram:ListUsers"))
        assert user.call("Sts:GetCallerIdentity").json["IdentityType"] == "RAMUser"
        root.done("Ram:DeleteAccessKey", UserName=name, UserAccessKeyId=user.key_id)
        root.done("Ram:DeleteUser", UserName=name)


@pytest.mark.parametrize("way", ["Inactive", "deleted"])
def test_a_revoked_key_signs_nothing_from_the_next_request_on(root: Root, victim: Actor, way: str) -> None:
    is_intact(victim)
    key = {"UserName": victim.name, "UserAccessKeyId": victim.key_id}
    if way == "deleted":
        root.done("Ram:DeleteAccessKey", **key)
    else:
        root.done("Ram:UpdateAccessKey", **key, Status="Inactive")
    answer = victim.call("Ram:ListUsers")
    assert (answer.status, answer.code[:17]) == (403, "InvalidAccessKeyI")
    assert victim.ask("GET", "/api/v1/models").status == 403


def test_a_revoked_key_does_not_bring_itself_back(root: Root, mallory: Actor) -> None:
    root.done("Ram:UpdateAccessKey", UserName=mallory.name, UserAccessKeyId=mallory.key_id, Status="Inactive")
    own = {"UserName": mallory.name, "UserAccessKeyId": mallory.key_id, "Status": "Active"}
    refused(mallory.call("Ram:UpdateAccessKey", **own), 403, "InvalidAccessKeyId.Inactive")


def test_an_administrator_among_users_cannot_end_the_account_s_power(root: Root, victim: Actor) -> None:
    """The last administrator is the account's own key: no policy is asked about it, and none can be attached."""
    for name in (root.account_id, "root"):
        attached = victim.call("Ram:AttachPolicyToUser", UserName=name, PolicyName=MAY_EVERYTHING, PolicyType="System")
        refused(attached, 404, "EntityNotExist.User")
    everything = document({"Effect": "Deny", "Action": "*", "Resource": "*"})
    victim.done("Ram:CreatePolicy", PolicyName=fresh("deny"), PolicyDocument=everything)
    is_intact(root)
    refused(assume(root, "any"), 403, "NoPermission")
