"""Every argument of what RAM keeps, changed and taken out; and what others change, repaired."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram
from alibabacloud_ram20150501.client import Client

from modelry.testing import Registry
from tests.terraform.ram import (
    ALIAS,
    GROUP,
    KEY,
    LOGIN,
    POLICY,
    ROLE,
    USER,
    detached,
    document,
    everything,
    trust,
    without_a_login,
)
from tests.terraform.workbench import CHANGES, Workbench, needs_terraform

pytestmark = needs_terraform


@pytest.fixture
def bench(tmp_path: Path, modelry_registry: Registry) -> Workbench:
    it = modelry_registry
    return Workbench(tmp_path / "bench", it.endpoint, it.access_key_id, it.access_key_secret)


@pytest.fixture
def users(modelry_registry: Registry) -> Client:
    client: Client = modelry_registry.ram_sdk()
    return client


CHANGES_OF: dict[str, list[dict[str, Any]]] = {
    USER: [
        {"display_name": "Other"},
        {"mobile": None},
        {"email": None, "comments": None},
        {"display_name": None},
        {"name": "bob"},
    ],
    GROUP: [{"comments": "other"}, {"comments": None}, {"group_name": "crew"}],
    POLICY: [
        {"policy_document": document("paimodel:ListModels")},
        {"description": "other"},
        {"description": None},
        {"tags": {"b": "2", "c": "3"}},
        {"tags": None},
        {"rotate_strategy": "None"},
        {"policy_name": None, "name": "write"},
    ],
    ROLE: [
        {"assume_role_policy_document": trust("fc.aliyuncs.com")},
        {"description": "other"},
        {"max_session_duration": None},
        {"description": None, "tags": {"z": "1"}},
        {"role_name": "driver"},
    ],
    KEY: [{"status": "Active"}, {"status": "Inactive"}, {"status": None}],
    LOGIN: [{"password": "Correct-Horse-8"}, {"password_reset_required": None}, {"mfa_bind_required": True}],
    ALIAS: [{"account_alias": "our-company"}],
}


@pytest.mark.parametrize("address", CHANGES_OF)
def test_every_argument_is_changed_and_taken_out(bench: Workbench, address: str) -> None:
    resources = everything()
    bench.applied(resources)
    for change in CHANGES_OF[address]:
        wanted = {**resources[address], **change}
        resources[address] = {name: value for name, value in wanted.items() if value is not None}
        bench.write(resources)
        assert bench.plan().code == CHANGES, change
        bench.applied()


def _other_document(users: Client) -> None:
    request = ram.CreatePolicyVersionRequest(policy_name="read", policy_document=document("*"), set_as_default=True)
    users.create_policy_version(request)
    users.update_policy_description(ram.UpdatePolicyDescriptionRequest(policy_name="read", new_description="x"))


def _retagged(users: Client) -> None:
    tag = [ram.TagResourcesRequestTag(key="x", value="y")]
    users.tag_resources(ram.TagResourcesRequest(resource_type="policy", resource_names=["read"], tag=tag))
    users.untag_resources(ram.UntagResourcesRequest(resource_type="role", resource_names=["worker"], tag_keys=["a"]))


def _other_members(users: Client) -> None:
    users.create_user(ram.CreateUserRequest(user_name="mallory"))
    users.add_user_to_group(ram.AddUserToGroupRequest(user_name="mallory", group_name="team"))
    users.remove_user_from_group(ram.RemoveUserFromGroupRequest(user_name="alice", group_name="team"))


def _activated(users: Client) -> None:
    (key,) = users.list_access_keys(ram.ListAccessKeysRequest(user_name="alice")).body.access_keys.access_key
    request = ram.UpdateAccessKeyRequest(user_name="alice", user_access_key_id=key.access_key_id, status="Active")
    users.update_access_key(request)


def _other_role(users: Client) -> None:
    users.update_role(
        ram.UpdateRoleRequest(role_name="worker", new_assume_role_policy_document=trust("a.aliyuncs.com"))
    )


@pytest.mark.parametrize(
    "drift",
    [
        _other_document,
        _retagged,
        _other_members,
        detached,
        _activated,
        without_a_login,
        _other_role,
    ],
    ids=lambda f: f.__name__,
)
def test_what_others_change_is_seen_and_repaired(
    bench: Workbench, users: Client, drift: Callable[[Client], None]
) -> None:
    bench.applied(everything())
    drift(users)
    assert bench.plan().code == CHANGES
    bench.applied()
