"""Attachments through the official SDK: to users, groups and roles alike."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from tests.contract.ram.conftest import NewUser
from tests.contract.ram.documents import allowing, trusting
from tests.contract.ram.rpc_calls import RpcCalls, fresh_name, refused, without_dates
from tests.registry import Registry

DOCUMENT = allowing("paimodel:Get*")
SYSTEM = ("AdministratorAccess", "System")


class Entity(NamedTuple):
    """Something that policies are attached to, and the operations on it."""

    kind: str
    name: str
    call: RpcCalls

    @property
    def address(self) -> Mapping[str, str]:
        return {f"{self.kind}_name": self.name}

    def attach(self, name: str, policy_type: str, **also: object) -> dict[str, object]:
        given = {"policy_name": name, "policy_type": policy_type, **self.address, **also}
        return self.call.seen(f"attach_policy_to_{self.kind}", **given)

    def detach(self, name: str, policy_type: str, **also: object) -> dict[str, object]:
        given = {"policy_name": name, "policy_type": policy_type, **self.address, **also}
        return self.call.seen(f"detach_policy_from_{self.kind}", **given)

    def policies(self) -> list[dict[str, object]]:
        answer = self.call.seen(f"list_policies_for_{self.kind}", **self.address)
        return [without_dates(policy) for policy in answer["Policies"]["Policy"]]

    def delete(self) -> None:
        self.call(f"delete_{self.kind}", **self.address)


@pytest.fixture(params=["user", "group", "role"])
def entity(request: pytest.FixtureRequest, registry: Registry, call_ram: RpcCalls) -> Entity:
    """A new user, group or role."""
    new = Entity(request.param, fresh_name(request.param), call_ram)
    also = {"assume_role_policy_document": trusting(f"acs:ram::{registry.account_id}:root")}
    call_ram(f"create_{new.kind}", **new.address, **(also if new.kind == "role" else {}))
    return new


@pytest.fixture
def policy(call_ram: RpcCalls) -> tuple[str, str]:
    """A new custom policy: name and type."""
    name = fresh_name("policy")
    call_ram("create_policy", policy_name=name, policy_document=DOCUMENT, description="what for")
    return name, "Custom"


def attachment_count(call_ram: RpcCalls, policy: tuple[str, str]) -> int:
    name, policy_type = policy
    count: int = call_ram("get_policy", policy_name=name, policy_type=policy_type).policy.attachment_count
    return count


def test_policies_of_both_types_are_attached_and_listed_in_that_order(entity: Entity, policy: tuple[str, str]) -> None:
    assert entity.policies() == []
    assert entity.attach(*SYSTEM) == {}
    assert entity.attach(*policy) == {}
    assert entity.policies() == [
        {
            "PolicyName": "AdministratorAccess",
            "PolicyType": "System",
            "Description": "Everything",
            "DefaultVersion": "v1",
        },
        {"PolicyName": policy[0], "PolicyType": "Custom", "Description": "what for", "DefaultVersion": "v1"},
    ]


def test_a_policy_that_is_attached_is_listed_as_it_is_now(
    call_ram: RpcCalls, entity: Entity, policy: tuple[str, str]
) -> None:
    entity.attach(*policy)
    call_ram("update_policy_description", policy_name=policy[0], new_description="")
    call_ram("create_policy_version", policy_name=policy[0], policy_document=DOCUMENT, set_as_default=True)
    (listed,) = entity.policies()
    assert (listed["Description"], listed["DefaultVersion"]) == ("", "v2")


def test_a_policy_is_detached(entity: Entity, policy: tuple[str, str]) -> None:
    entity.attach(*policy)
    entity.attach(*SYSTEM)
    assert entity.detach(*policy) == {}
    assert [listed["PolicyName"] for listed in entity.policies()] == ["AdministratorAccess"]
    assert entity.detach(*SYSTEM) == {}
    assert entity.policies() == []


@pytest.mark.parametrize("system", [True, False])
def test_a_policy_is_attached_once(entity: Entity, policy: tuple[str, str], system: bool) -> None:
    name, policy_type = SYSTEM if system else policy
    entity.attach(name, policy_type)
    with refused(409, f"EntityAlreadyExists.{entity.kind.title()}.Policy"):
        entity.attach(name.upper(), policy_type)
    assert len(entity.policies()) == 1


@pytest.mark.parametrize("system", [True, False])
def test_a_policy_that_is_not_attached_cannot_be_detached(
    entity: Entity, policy: tuple[str, str], system: bool
) -> None:
    with refused(404, f"EntityNotExist.{entity.kind.title()}.Policy"):
        entity.detach(*(SYSTEM if system else policy))


def test_names_are_found_without_regard_to_case(entity: Entity, policy: tuple[str, str]) -> None:
    upper = entity._replace(name=entity.name.upper())
    upper.attach(policy[0].upper(), "Custom")
    assert [listed["PolicyName"] for listed in entity.policies()] == [policy[0]]
    upper.detach(policy[0].upper(), "Custom")
    assert entity.policies() == []


@pytest.mark.parametrize("policy_type", ["System", "Custom"])
def test_a_policy_must_exist(entity: Entity, policy_type: str) -> None:
    for act in (entity.attach, entity.detach):
        with refused(404, "EntityNotExist.Policy"):
            act("nowhere", policy_type)


def test_an_entity_must_exist(entity: Entity) -> None:
    nobody = entity._replace(name="nobody")
    for act in (nobody.attach, nobody.detach):
        with refused(404, f"EntityNotExist.{entity.kind.title()}"):
            act(*SYSTEM)
    with refused(404, f"EntityNotExist.{entity.kind.title()}"):
        nobody.policies()


def test_a_type_must_be_one(entity: Entity) -> None:
    for act in (entity.attach, entity.detach):
        with refused(400, "InvalidParameter.PolicyType"):
            act("AdministratorAccess", "system")


def test_a_resource_group_is_refused_rather_than_passed_over(entity: Entity) -> None:
    for act in (entity.attach, entity.detach):
        with refused(400, "UnsupportedParameter.ResourceGroupId"):
            act(*SYSTEM, resource_group_id="rg-acfmxazb4ph6aiy")
    assert entity.policies() == []
    entity.attach(*SYSTEM, resource_group_id="")
    assert len(entity.policies()) == 1


def test_how_many_custom_policies_may_be_attached(call_ram: RpcCalls, entity: Entity) -> None:
    limit = 10 if entity.kind == "user" else 5
    for number in range(limit + 1):
        name = fresh_name("policy")
        call_ram("create_policy", policy_name=name, policy_document=DOCUMENT)
        if number < limit:
            entity.attach(name, "Custom")
    with refused(409, f"LimitExceeded.{entity.kind.title()}.Policy"):
        entity.attach(name, "Custom")
    assert len(entity.policies()) == limit
    entity.attach(*SYSTEM)


def test_twenty_policies_of_the_system_may_be_attached(
    call_ram: RpcCalls, entity: Entity, policy: tuple[str, str]
) -> None:
    listed = call_ram("list_policies", policy_type="System").policies.policy
    for each in listed[:20]:
        entity.attach(each.policy_name, "System")
    with refused(409, f"LimitExceeded.{entity.kind.title()}.Policy"):
        entity.attach(listed[20].policy_name, "System")
    assert len(entity.policies()) == 20
    entity.attach(*policy)


def test_what_has_a_policy_cannot_be_deleted(entity: Entity) -> None:
    entity.attach(*SYSTEM)
    with refused(409, f"DeleteConflict.{entity.kind.title()}.Policy"):
        entity.delete()
    entity.detach(*SYSTEM)
    entity.delete()


def test_a_policy_that_is_attached_cannot_be_deleted(
    call_ram: RpcCalls, entity: Entity, policy: tuple[str, str]
) -> None:
    codes = {
        "user": "DeleteConflict.Policy.User",
        "group": "DeleteConflict.Policy.Group",
        "role": "DeleteConflict.Role.Policy",
    }
    entity.attach(*policy)
    for cascading in (False, True):
        with refused(409, codes[entity.kind]):
            call_ram("delete_policy", policy_name=policy[0], cascading_delete=cascading)
    entity.detach(*policy)
    call_ram("delete_policy", policy_name=policy[0])


def test_attachments_are_counted(call_ram: RpcCalls, registry: Registry, policy: tuple[str, str]) -> None:
    name = fresh_name("all")
    call_ram("create_user", user_name=name)
    call_ram("create_group", group_name=name)
    trust = trusting(f"acs:ram::{registry.account_id}:root")
    call_ram("create_role", role_name=name, assume_role_policy_document=trust)
    for each in (policy, ("AliyunEMRFullAccess", "System")):
        for number, kind in enumerate(("user", "group", "role"), start=1):
            Entity(kind, name, call_ram).attach(*each)
            assert attachment_count(call_ram, each) == number
            listed = call_ram("list_policies", policy_type=each[1], max_items=1000).policies.policy
            assert [p.attachment_count for p in listed if p.policy_name == each[0]] == [number]
        Entity("group", name, call_ram).detach(*each)
        assert attachment_count(call_ram, each) == 2


def test_what_a_policy_is_attached_to_is_listed(
    call_ram: RpcCalls, registry: Registry, policy: tuple[str, str]
) -> None:
    name = fresh_name("All")
    user = call_ram("create_user", user_name=name, display_name="Alice A").user
    call_ram("create_group", group_name=name, comments="a group")
    trust = trusting(f"acs:ram::{registry.account_id}:root")
    role = call_ram("create_role", role_name=name, assume_role_policy_document=trust, description="a role").role
    for kind in ("user", "group", "role"):
        Entity(kind, name, call_ram).attach(*policy)
    answer = call_ram.seen("list_entities_for_policy", policy_name=policy[0], policy_type="Custom")
    (found_user,), (found_group,), (found_role,) = (answer[f"{kind}s"][kind] for kind in ("User", "Group", "Role"))
    assert without_dates(found_user) == {"UserId": user.user_id, "UserName": name, "DisplayName": "Alice A"}
    assert without_dates(found_group) == {"GroupName": name, "Comments": "a group"}
    assert without_dates(found_role) == {
        "RoleId": role.role_id,
        "RoleName": name,
        "Arn": f"acs:ram::{registry.account_id}:role/{name.lower()}",
        "Description": "a role",
    }
    assert all("AttachDate" in found for found in (found_user, found_group, found_role))


@pytest.mark.parametrize("policy_type", ["System", "Custom"])
def test_a_policy_that_is_attached_to_nothing_has_three_empty_lists(
    call_ram: RpcCalls, policy: tuple[str, str], policy_type: str
) -> None:
    name = policy[0] if policy_type == "Custom" else "AliyunWebPlusFullAccess"
    answer = call_ram.seen("list_entities_for_policy", policy_name=name, policy_type=policy_type)
    assert answer == {"Users": {"User": []}, "Groups": {"Group": []}, "Roles": {"Role": []}}


def test_a_renamed_user_and_group_keep_their_policies(call_ram: RpcCalls, policy: tuple[str, str]) -> None:
    for kind in ("user", "group"):
        before, after = fresh_name("before"), fresh_name("after")
        call_ram(f"create_{kind}", **{f"{kind}_name": before})
        Entity(kind, before, call_ram).attach(*policy)
        call_ram(f"update_{kind}", **{f"{kind}_name": before, f"new_{kind}_name": after})
        assert len(Entity(kind, after, call_ram).policies()) == 1
    answer = call_ram.seen("list_entities_for_policy", policy_name=policy[0], policy_type="Custom")
    assert answer["Users"]["User"][0]["UserName"].startswith("after")
    assert answer["Groups"]["Group"][0]["GroupName"].startswith("after")


def test_an_entity_made_anew_has_no_policies(entity: Entity, call_ram: RpcCalls, registry: Registry) -> None:
    entity.attach(*SYSTEM)
    entity.detach(*SYSTEM)
    entity.delete()
    also = {"assume_role_policy_document": trusting(f"acs:ram::{registry.account_id}:root")}
    call_ram(f"create_{entity.kind}", **entity.address, **(also if entity.kind == "role" else {}))
    assert entity.policies() == []


def test_a_policy_counts_from_the_next_request_on(call_ram: RpcCalls, new_user: NewUser) -> None:
    alice = new_user()
    mine = {"user_name": alice.name}
    with refused(403, "NoPermission"):
        alice.call_ram("list_policies_for_user", **mine)
    call_ram("attach_policy_to_user", policy_name="ReadOnlyAccess", policy_type="System", **mine)
    alice.call_ram("list_policies_for_user", **mine)
    call_ram("detach_policy_from_user", policy_name="ReadOnlyAccess", policy_type="System", **mine)
    with refused(403, "NoPermission"):
        alice.call_ram("list_policies_for_user", **mine)


def test_a_policy_of_a_group_counts_for_its_users(call_ram: RpcCalls, new_user: NewUser) -> None:
    alice, group = new_user(), fresh_name("group")
    call_ram("create_group", group_name=group)
    call_ram("attach_policy_to_group", policy_name="ReadOnlyAccess", policy_type="System", group_name=group)
    with refused(403, "NoPermission"):
        alice.call_ram("list_roles")
    call_ram("add_user_to_group", user_name=alice.name, group_name=group)
    alice.call_ram("list_roles")
    call_ram("remove_user_from_group", user_name=alice.name, group_name=group)
    with refused(403, "NoPermission"):
        alice.call_ram("list_roles")


def test_only_the_default_version_counts(call_ram: RpcCalls, new_user: NewUser, policy: tuple[str, str]) -> None:
    alice = new_user()
    call_ram("attach_policy_to_user", policy_name=policy[0], policy_type="Custom", user_name=alice.name)
    call_ram("create_policy_version", policy_name=policy[0], policy_document=allowing("ram:ListRoles"))
    with refused(403, "NoPermission"):
        alice.call_ram("list_roles")
    call_ram("set_default_policy_version", policy_name=policy[0], version_id="v2")
    alice.call_ram("list_roles")
    call_ram("set_default_policy_version", policy_name=policy[0], version_id="v1")
    with refused(403, "NoPermission"):
        alice.call_ram("list_roles")


@pytest.mark.parametrize(
    ("user", "policy", "status"),
    [("alice", "readers", None), ("bob", "readers", 403), ("alice", "admins", 403), ("ALICE", "READERS", None)],
)
def test_attaching_needs_both_the_user_and_the_policy(
    call_ram: RpcCalls, new_user: NewUser, user: str, policy: str, status: int | None
) -> None:
    suffix = fresh_name("x")
    for name in ("alice", "bob"):
        call_ram("create_user", user_name=name + suffix)
    for name in ("readers", "admins"):
        call_ram("create_policy", policy_name=name + suffix, policy_document=DOCUMENT)
    resources = [f"acs:ram:*:*:user/alice{suffix}", f"acs:ram:*:*:policy/readers{suffix}"]
    statement = {"Effect": "Allow", "Action": "ram:AttachPolicyToUser", "Resource": resources}
    carol = new_user([{"Version": "1", "Statement": [statement]}])
    given = {"user_name": user + suffix, "policy_name": policy + suffix, "policy_type": "Custom"}
    if status is None:
        carol.call_ram("attach_policy_to_user", **given)
    else:
        with refused(status, "NoPermission"):
            carol.call_ram("attach_policy_to_user", **given)


def test_a_policy_of_the_system_is_a_resource_of_its_own(call_ram: RpcCalls, new_user: NewUser) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "ram:AttachPolicyToUser",
        "Resource": ["acs:ram:*:*:user/*", "acs:ram:*:system:policy/AliyunECS*"],
    }
    carol = new_user([{"Version": "1", "Statement": [statement]}])
    given = {"user_name": carol.name, "policy_type": "System"}
    carol.call_ram("attach_policy_to_user", policy_name="AliyunECSFullAccess", **given)
    with refused(403, "NoPermission"):
        carol.call_ram("attach_policy_to_user", policy_name="AdministratorAccess", **given)
    call_ram("create_policy", policy_name="AliyunECSxyz", policy_document=DOCUMENT)
    with refused(403, "NoPermission"):
        carol.call_ram("attach_policy_to_user", policy_name="AliyunECSxyz", user_name=carol.name, policy_type="Custom")
