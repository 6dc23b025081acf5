"""Users, groups, policies, keys and roles: made, changed, cleared, drifted, imported, and destroyed, by force too."""

import json
import stat
from pathlib import Path

import pytest
from alibabacloud_ram20150501 import models as ram
from alibabacloud_ram20150501.client import Client

from modelry.testing import Registry
from tests.terraform.ram import (
    ALIAS,
    GROUP,
    JOINED,
    KEY,
    LOGIN,
    MEMBERS,
    NAME,
    POLICY,
    ROLE,
    TO_GROUP,
    TO_ROLE,
    TO_USER,
    USER,
    detached,
    document,
    everything,
    trust,
    without_a_login,
)
from tests.terraform.workbench import EMPTY, Resources, Workbench, needs_terraform

pytestmark = needs_terraform


@pytest.fixture
def bench(tmp_path: Path, modelry_registry: Registry) -> Workbench:
    it = modelry_registry
    return Workbench(tmp_path / "bench", it.endpoint, it.access_key_id, it.access_key_secret)


@pytest.fixture
def users(modelry_registry: Registry) -> Client:
    client: Client = modelry_registry.ram_sdk()
    return client


def test_ids_are_the_official_ones(bench: Workbench, modelry_registry: Registry, users: Client) -> None:
    bench.applied(everything())
    state = bench.state
    assert {address: values["id"] for address, values in state.items()} == {
        USER: users.get_user(ram.GetUserRequest(user_name="alice")).body.user.user_id,
        GROUP: "team",
        POLICY: "read",
        ROLE: "worker",
        KEY: users.list_access_keys(ram.ListAccessKeysRequest(user_name="alice"))
        .body.access_keys.access_key[0]
        .access_key_id,
        LOGIN: "alice",
        MEMBERS: "team",
        TO_USER: "user:read:Custom:alice",
        TO_GROUP: "group:ReadOnlyAccess:System:team",
        TO_ROLE: "role:read:Custom:worker",
        ALIAS: modelry_registry.account_id,
    }


def test_what_is_computed_is_filled_in(bench: Workbench) -> None:
    bench.applied(everything())
    state = bench.state
    assert state[GROUP]["name"] == "team"
    assert state[GROUP]["create_time"]
    policy = state[POLICY]
    assert (policy["name"], policy["type"], policy["version_id"], policy["default_version"]) == (
        "read",
        "Custom",
        "v1",
        "v1",
    )
    assert json.loads(policy["document"]) == json.loads(document())
    assert state[ROLE]["arn"].endswith(":role/worker")
    assert state[ROLE]["role_id"]
    assert state[KEY]["status"] == "Inactive"
    assert len(state[KEY]["secret"]) >= 30
    assert state[LOGIN]["create_time"]


def test_what_is_cleared_is_gone_from_the_server(bench: Workbench, users: Client) -> None:
    bench.applied({USER: everything()[USER], POLICY: everything()[POLICY], ROLE: everything()[ROLE]})
    bench.applied(
        {
            USER: {"name": "alice"},
            POLICY: {"policy_name": "read", "policy_document": document()},
            ROLE: {"role_name": "worker", "assume_role_policy_document": trust()},
        }
    )
    user = users.get_user(ram.GetUserRequest(user_name="alice")).body.user
    assert not any((user.display_name, user.mobile_phone, user.email, user.comments))
    policy = users.get_policy(ram.GetPolicyRequest(policy_name="read", policy_type="Custom")).body.policy
    assert policy.description == ""
    role = users.get_role(ram.GetRoleRequest(role_name="worker")).body.role
    assert (role.description, role.max_session_duration) == ("", 3600)
    tags = users.list_tag_resources(ram.ListTagResourcesRequest(resource_type="policy", resource_names=["read"])).body
    assert not tags.tag_resources


def test_a_rename_keeps_the_user(bench: Workbench, users: Client) -> None:
    resources = {n: v for n, v in everything().items() if n in {USER, KEY}}
    bench.applied(resources)
    before = bench.state[USER]["id"]
    bench.applied(resources | {USER: resources[USER] | {"name": "bob"}})
    assert bench.state[USER]["id"] == before
    assert users.get_user(ram.GetUserRequest(user_name="bob")).body.user.user_id == before


def test_a_user_that_somebody_renamed_is_found_by_its_id(bench: Workbench, users: Client) -> None:
    bench.applied({USER: {"name": "alice", "comments": "c"}})
    before = bench.state[USER]["id"]
    users.update_user(ram.UpdateUserRequest(user_name="alice", new_user_name="mallory", new_comments="x"))
    users.create_user(ram.CreateUserRequest(user_name="zoe"))
    bench.applied()
    assert users.get_user(ram.GetUserRequest(user_name="alice")).body.user.user_id == before
    assert bench.state[USER]["comments"] == "c"


def test_another_user_of_its_name_is_not_taken_for_it(bench: Workbench, users: Client) -> None:
    bench.applied({USER: {"name": "alice"}})
    users.delete_user(ram.DeleteUserRequest(user_name="alice"))
    users.create_user(ram.CreateUserRequest(user_name="alice"))
    plan = bench.plan()
    assert "1 to add" in plan.text, plan.text
    done = bench.apply()
    assert done.code == 1
    assert "EntityAlreadyExists.User" in done.text


def test_a_document_in_other_words_is_no_change(bench: Workbench) -> None:
    bench.applied({POLICY: {"policy_name": "read", "policy_document": document()}})
    bench.write({POLICY: {"name": "read", "document": document(indent=None)}})
    left = bench.plan()
    assert left.code == EMPTY, left.text


def test_import_of_each_type_leaves_nothing_to_plan(bench: Workbench) -> None:
    """Not of a key, whose secret nobody tells again; and a password is written anew."""
    resources = {n: v for n, v in everything().items() if n not in {KEY, LOGIN}}
    del resources[POLICY]["rotate_strategy"]
    bench.applied(resources)
    ids = {address: values["id"] for address, values in bench.state.items()}
    bench.forget()
    for address, identity in ids.items():
        done = bench.run("import", address, identity)
        assert done.code == 0, done.text
    left = bench.plan()
    assert left.code == EMPTY, left.text


def test_a_user_is_imported_by_its_name_too(bench: Workbench) -> None:
    bench.applied({USER: {"name": "alice"}})
    before = bench.state
    bench.forget()
    assert bench.run("import", USER, "alice").code == 0
    assert bench.state[USER]["id"] == before[USER]["id"]
    assert bench.plan().code == EMPTY


@pytest.mark.parametrize(
    ("address", "identity", "said"),
    [
        (KEY, "LTAI5tSomething", "cannot be imported"),
        (TO_USER, "read:Custom:alice", "user:<policy_name>:<policy_type>:<user_name>"),
        (USER, "nobody", "non-existent"),
        (GROUP, "nobody", "non-existent"),
        (MEMBERS, "nobody", "non-existent"),
    ],
)
def test_an_import_that_cannot_be_says_so(bench: Workbench, address: str, identity: str, said: str) -> None:
    bench.write(everything())
    done = bench.run("import", address, identity)
    assert done.code == 1
    assert said in " ".join(done.text.split())


def test_destroying_what_is_gone_already_is_no_fault(bench: Workbench, users: Client) -> None:
    bench.applied(everything())
    detached(users)
    users.remove_user_from_group(ram.RemoveUserFromGroupRequest(user_name="alice", group_name="team"))
    without_a_login(users)
    (key,) = users.list_access_keys(ram.ListAccessKeysRequest(user_name="alice")).body.access_keys.access_key
    users.delete_access_key(ram.DeleteAccessKeyRequest(user_name="alice", user_access_key_id=key.access_key_id))
    users.delete_user(ram.DeleteUserRequest(user_name="alice"))
    users.delete_role(ram.DeleteRoleRequest(role_name="worker"))
    done = bench.run("destroy", "-auto-approve", "-refresh=false")
    assert done.code == 0, done.text
    assert bench.state == {}


def test_what_stands_in_the_way_is_taken_away_by_force_alone(bench: Workbench, users: Client) -> None:
    own = {USER: {"name": "alice"}, GROUP: {"name": "team"}}
    own |= {POLICY: {"policy_name": "read", "policy_document": document()}}
    own |= {ROLE: {"role_name": "worker", "document": trust()}}
    bench.applied(own)
    names = {"policy_name": "read", "policy_type": "Custom"}
    users.create_access_key(ram.CreateAccessKeyRequest(user_name="alice"))
    users.create_login_profile(ram.CreateLoginProfileRequest(user_name="alice", password="Correct-Horse-9"))
    users.add_user_to_group(ram.AddUserToGroupRequest(user_name="alice", group_name="team"))
    users.attach_policy_to_user(ram.AttachPolicyToUserRequest(user_name="alice", **names))
    users.attach_policy_to_group(ram.AttachPolicyToGroupRequest(group_name="team", **names))
    users.attach_policy_to_role(ram.AttachPolicyToRoleRequest(role_name="worker", **names))
    users.create_policy_version(ram.CreatePolicyVersionRequest(policy_name="read", policy_document=document("*")))
    refused = bench.run("destroy", "-auto-approve")
    assert refused.code == 1
    assert "DeleteConflict" in refused.text
    assert set(bench.state) == set(own)
    bench.applied({address: {**values, "force": True} for address, values in own.items()})
    done = bench.run("destroy", "-auto-approve", "-parallelism=1")
    assert done.code == 0, done.text
    assert bench.state == {}


def test_a_secret_goes_to_the_state_unprinted_and_to_the_file_of_its_owner(bench: Workbench, users: Client) -> None:
    path = bench.folder / "key.json"
    bench.write({USER: {"name": "alice"}, KEY: {"user_name": NAME, "secret_file": str(path)}})
    done = bench.apply()
    secret = bench.state[KEY]["secret"]
    assert secret not in done.text
    written = json.loads(path.read_text())
    assert (written["AccessKeyId"], written["AccessKeySecret"]) == (bench.state[KEY]["id"], secret)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert bench.plan().code == EMPTY


def test_a_secret_whose_file_cannot_be_written_is_not_lost(bench: Workbench) -> None:
    bench.write({USER: {"name": "alice"}, KEY: {"user_name": NAME, "secret_file": "/dev/null/nowhere"}})
    done = bench.apply()
    assert done.code == 1
    assert "secret_file" in done.text
    assert bench.state[KEY]["secret"]


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ({KEY: {"user_name": "alice", "pgp_key": "keybase:alice"}}, "unusable pgp_key"),
        ({KEY: {"user_name": "alice", "status": "Sleeping"}}, "unusable status"),
        ({GROUP: {"comments": "c"}}, "unusable group_name"),
        ({GROUP: {"name": "a", "group_name": "b"}}, "two spellings"),
        ({POLICY: {"policy_name": "a", "policy_document": "none"}}, "unusable policy_document"),
        ({POLICY: {"policy_name": "a"}}, "unusable policy_document"),
        ({POLICY: {"policy_name": "a", "document": "{}", "tags": {"": "x"}}}, "unusable tags"),
        ({POLICY: {"policy_name": "a", "document": "{}", "rotate_strategy": "Often"}}, "unusable rotate_strategy"),
        ({ROLE: {"role_name": "a", "document": "{}", "max_session_duration": 60}}, "unusable max_session_duration"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_sent(
    bench: Workbench, modelry_registry: Registry, resources: Resources, said: str
) -> None:
    bench.write(resources)
    done = bench.plan()
    assert done.code == 1
    assert said in done.text
    assert modelry_registry.calls == []


def test_two_attachments_of_the_same_user_to_a_group_are_as_good_as_one(bench: Workbench, users: Client) -> None:
    users.create_user(ram.CreateUserRequest(user_name="alice"))
    users.create_group(ram.CreateGroupRequest(group_name="team"))
    joined = {"user_name": "alice", "group_name": "team"}
    bench.applied({JOINED: joined, JOINED.replace(".it", ".again"): joined})
    assert bench.state[JOINED]["id"] == "team:alice"


def test_a_creation_whose_answer_was_lost_is_found_again(bench: Workbench, modelry_registry: Registry) -> None:
    for operation in (
        "CreateUser",
        "CreateGroup",
        "CreatePolicy",
        "CreateRole",
        "AttachPolicyToUser",
        "AddUserToGroup",
    ):
        modelry_registry.faults.drop(when="after", operation=operation)
    resources = {n: v for n, v in everything().items() if n not in {KEY, LOGIN, MEMBERS, ALIAS}}
    bench.applied(resources)


def test_a_key_whose_secret_was_lost_is_made_anew(bench: Workbench, modelry_registry: Registry, users: Client) -> None:
    """The lost one stays on the server: nobody can tell it from somebody else's."""
    modelry_registry.faults.drop(when="after", operation="CreateAccessKey")
    bench.write({USER: {"name": "alice"}, KEY: {"user_name": NAME}})
    done = bench.apply()
    assert done.code == 1
    assert "tainted" in done.text
    bench.applied()
    assert bench.state[KEY]["secret"]
    keys = users.list_access_keys(ram.ListAccessKeysRequest(user_name="alice")).body.access_keys.access_key
    assert len(keys) == 2
    assert bench.state[KEY]["id"] in {key.access_key_id for key in keys}


def test_as_many_tags_as_there_can_be_give_way_to_others(bench: Workbench) -> None:
    policy = {"policy_name": "read", "policy_document": document()}
    for letter in "ab":
        bench.applied({POLICY: policy | {"tags": {f"{letter}{i}": "x" for i in range(20)}}})


def test_memberships_that_were_given_in_part_are_finished(bench: Workbench, modelry_registry: Registry) -> None:
    people = {f"alicloud_ram_user.u{i}": {"name": f"u{i}"} for i in range(3)}
    names = [f"${{alicloud_ram_user.u{i}.name}}" for i in range(3)]
    group = {GROUP: {"group_name": "team"}}
    bench.applied(people | group)
    bench.write(people | group | {MEMBERS: {"group_name": "team", "user_names": [*names, "zoe"]}})
    done = bench.apply()
    assert done.code == 1
    assert "EntityNotExist.User" in done.text
    assert bench.state[MEMBERS]["user_names"] == ["u0", "u1", "u2"]
    bench.applied(people | group | {MEMBERS: {"group_name": "team", "user_names": names}})
    assert bench.state[MEMBERS]["user_names"] == ["u0", "u1", "u2"]


def test_data_sources_find_who_and_what_there_is(bench: Workbench, modelry_registry: Registry, users: Client) -> None:
    user_id = users.create_user(ram.CreateUserRequest(user_name="alice")).body.user.user_id
    users.create_user(ram.CreateUserRequest(user_name="bob"))
    users.create_group(ram.CreateGroupRequest(group_name="team", comments="c"))
    users.create_role(ram.CreateRoleRequest(role_name="worker", assume_role_policy_document=trust()))
    bench.write(
        """
provider "alicloud" {}
data "alicloud_caller_identity" "me" {}
data "alicloud_ram_users" "a" {
  name_regex = "^a"
}
data "alicloud_ram_groups" "all" {}
data "alicloud_ram_roles" "all" {}
data "alicloud_ram_policies" "system" {
  type       = "System"
  name_regex = "^AliyunPAI"
}
output "it" {
  value = [
    data.alicloud_caller_identity.me.account_id, data.alicloud_caller_identity.me.identity_type,
    data.alicloud_ram_users.a.ids, data.alicloud_ram_users.a.users[0].name,
    data.alicloud_ram_groups.all.groups[0].comments, data.alicloud_ram_roles.all.names,
    contains(data.alicloud_ram_policies.system.names, "AliyunPAIFullAccess"),
  ]
}
"""
    )
    done = bench.apply()
    assert done.code == 0, done.text
    found = json.loads((bench.folder / "terraform.tfstate").read_text())["outputs"]["it"]["value"]
    assert found == [modelry_registry.account_id, "Account", [user_id], "alice", "c", ["worker"], True]
