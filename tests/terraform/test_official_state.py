"""States as the official provider writes them, by hand: our provider has nothing to change in them.

Source of the attributes: the schemas of the official provider, version 1.289. What it reads as empty it writes as an
empty text, list or map; what it has never set is null.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_ram20150501 import models as ram

from modelry.testing import Registry
from tests.terraform.ram import document, trust
from tests.terraform.workbench import EMPTY, Resources, Workbench, needs_terraform

pytestmark = needs_terraform

PROVIDER = 'provider["registry.terraform.io/aliyun/alicloud"]'


@pytest.fixture
def bench(tmp_path: Path, modelry_registry: Registry) -> Workbench:
    it = modelry_registry
    return Workbench(tmp_path / "bench", it.endpoint, it.access_key_id, it.access_key_secret)


def official(bench: Workbench, config: Resources, state: Resources) -> None:
    """A folder as somebody leaves it who has used the official provider up to now."""
    bench.write(config)
    path = bench.folder / "main.tf.json"
    wanted = {"terraform": {"required_providers": {"alicloud": {"source": "aliyun/alicloud"}}}}
    path.write_text(json.dumps(json.loads(path.read_text()) | wanted))
    resources = [
        {
            "mode": "managed",
            "type": address.partition(".")[0],
            "name": address.partition(".")[2],
            "provider": PROVIDER,
            "instances": [
                {"schema_version": 0, "attributes": values, "sensitive_attributes": [], "private": "bnVsbA=="}
            ],
        }
        for address, values in state.items()
    ]
    written = {"version": 4, "terraform_version": "1.9.0", "serial": 7, "lineage": "b7e3", "outputs": {}}
    (bench.folder / "terraform.tfstate").write_text(
        json.dumps({**written, "resources": resources, "check_results": None})
    )


def unchanged(bench: Workbench) -> None:
    for _ in range(2):
        left = bench.plan()
        assert left.code == EMPTY, left.text
        done = bench.apply()  # which writes the state in our form
        assert "0 added, 0 changed, 0 destroyed" in done.text, done.text


def test_models_workspaces_members_and_configurations(bench: Workbench, modelry_registry: Registry) -> None:
    sdk = modelry_registry.sdk()
    new = m.CreateWorkspaceRequest(workspace_name="vision", description="d", env_types=["prod"])
    workspace_id = sdk.create_workspace(new).body.workspace_id
    workspace = sdk.get_workspace(workspace_id, m.GetWorkspaceRequest()).body
    member = m.CreateMemberRequestMembers(user_id="20777", roles=["PAI.LabelManager"])
    sdk.create_member(workspace_id, m.CreateMemberRequest(members=[member]))
    found = sdk.get_member(workspace_id, m.GetMemberRequest(user_id="20777")).body
    labels = [m.Label(key="b", value="1"), m.Label(key="a", value="")]
    info = {"test": "15"}
    model = m.CreateModelRequest(
        model_name="it", workspace_id=workspace_id, labels=labels, extra_info=info, domain="cv"
    )
    model_id = sdk.create_model(model).body.model_id
    version = m.CreateModelVersionRequest(
        version_name="1.0.0", uri="oss://b.c/d", metrics={"x": "1"}, format_type="ONNX"
    )
    sdk.create_model_version(model_id, version)
    setting = {"category_name": "DataPrivacyConfig", "config_key": "k", "config_value": "v"}
    configs = [m.SetUserConfigsRequestConfigs(**setting, scope="owner")]
    sdk.set_user_configs(m.SetUserConfigsRequest(configs=configs))
    shown = [{"key": "b", "value": "1"}, {"key": "a", "value": ""}]
    config: Resources = {
        "alicloud_pai_workspace_workspace.it": {"workspace_name": "vision", "description": "d", "env_types": ["prod"]},
        "alicloud_pai_workspace_member.it": {"workspace_id": workspace_id, "user_id": "20777", "roles": member.roles},
        "alicloud_pai_workspace_model.it": {
            "workspace_id": workspace_id,
            "model_name": "it",
            "labels": shown,
            "extra_info": info,
            "domain": "cv",
        },
        "alicloud_pai_workspace_model_version.it": {
            "model_id": model_id,
            "version_name": "1.0.0",
            "uri": "oss://b.c/d",
            "metrics": {"x": "1"},
            "format_type": "ONNX",
        },
        "alicloud_pai_workspace_user_config.it": setting,
    }
    state: Resources = {
        "alicloud_pai_workspace_workspace.it": {
            "id": workspace_id,
            "create_time": workspace.gmt_create_time,
            "description": "d",
            "display_name": "vision",
            "env_types": ["prod"],
            "resource_group_id": workspace.resource_group_id,
            "status": "ENABLED",
            "timeouts": None,
            "workspace_name": "vision",
        },
        "alicloud_pai_workspace_member.it": {
            "id": f"{workspace_id}:{found.member_id}",
            "create_time": found.gmt_create_time,
            "member_id": found.member_id,
            "roles": member.roles,
            "timeouts": None,
            "user_id": "20777",
            "workspace_id": workspace_id,
        },
        "alicloud_pai_workspace_model.it": {
            "id": model_id,
            "accessibility": "PRIVATE",
            "domain": "cv",
            "extra_info": info,
            "labels": shown,
            "model_description": "",
            "model_doc": "",
            "model_name": "it",
            "model_type": "",
            "order_number": 0,
            "origin": "",
            "task": "",
            "timeouts": None,
            "workspace_id": workspace_id,
        },
        "alicloud_pai_workspace_model_version.it": {
            "id": f"{model_id}:1.0.0",
            "approval_status": "Pending",
            "extra_info": {},
            "format_type": "ONNX",
            "framework_type": "",
            "inference_spec": {},
            "labels": [],
            "metrics": {"x": "1"},
            "model_id": model_id,
            "options": "",
            "source_id": "",
            "source_type": "Custom",
            "timeouts": None,
            "training_spec": None,
            "uri": "oss://b.c/d",
            "version_description": None,
            "version_name": "1.0.0",
        },
        "alicloud_pai_workspace_user_config.it": {
            "id": "DataPrivacyConfig:k",
            **setting,
            "scope": "owner",
            "timeouts": None,
        },
    }
    official(bench, config, state)
    unchanged(bench)


def people(registry: Registry) -> tuple[str, str]:
    """What the states below are of: the ids of the user and of its key."""
    users = registry.ram_sdk()
    user_id = users.create_user(ram.CreateUserRequest(user_name="alice", comments="c")).body.user.user_id
    users.create_group(ram.CreateGroupRequest(group_name="team"))
    users.add_user_to_group(ram.AddUserToGroupRequest(user_name="alice", group_name="team"))
    tag = [ram.CreatePolicyRequestTag(key="a", value="b")]
    users.create_policy(ram.CreatePolicyRequest(policy_name="read", policy_document=document(), tag=tag))
    users.create_role(ram.CreateRoleRequest(role_name="worker", assume_role_policy_document=trust()))
    names = {"policy_name": "read", "policy_type": "Custom"}
    users.attach_policy_to_user(ram.AttachPolicyToUserRequest(user_name="alice", **names))
    users.attach_policy_to_group(ram.AttachPolicyToGroupRequest(group_name="team", **names))
    users.attach_policy_to_role(ram.AttachPolicyToRoleRequest(role_name="worker", **names))
    login = ram.CreateLoginProfileRequest(user_name="alice", password="Correct-Horse-9")
    users.create_login_profile(login)
    users.set_account_alias(ram.SetAccountAliasRequest(account_alias="my-company"))
    key = users.create_access_key(ram.CreateAccessKeyRequest(user_name="alice")).body.access_key
    return user_id, key.access_key_id


@pytest.mark.parametrize("empty", ["", None], ids=["empty", "null"])
def test_users_groups_policies_roles_and_keys(bench: Workbench, modelry_registry: Registry, empty: Any) -> None:  # noqa: ANN401
    user_id, key_id = people(modelry_registry)
    attached = {"policy_name": "read", "policy_type": "Custom"}
    password = {"user_name": "alice", "password": "Correct-Horse-9"}
    config: Resources = {
        "alicloud_ram_user.it": {"name": "alice", "comments": "c", "force": True},
        "alicloud_ram_group.it": {"name": "team"},
        "alicloud_ram_group_membership.it": {"group_name": "team", "user_names": ["alice"]},
        "alicloud_ram_user_group_attachment.it": {"group_name": "team", "user_name": "alice"},
        "alicloud_ram_policy.it": {"policy_name": "read", "policy_document": document(), "tags": {"a": "b"}},
        "alicloud_ram_role.it": {"name": "worker", "document": trust()},
        "alicloud_ram_user_policy_attachment.it": {**attached, "user_name": "alice"},
        "alicloud_ram_group_policy_attachment.it": {**attached, "group_name": "team"},
        "alicloud_ram_role_policy_attachment.it": {**attached, "role_name": "worker"},
        "alicloud_ram_login_profile.it": password,
        "alicloud_ram_account_alias.it": {"account_alias": "my-company"},
        "alicloud_ram_access_key.it": {"user_name": "alice"},
    }
    trusted = json.dumps(json.loads(trust()))
    rules = json.dumps(json.loads(document()))
    state: Resources = {
        "alicloud_ram_user.it": {
            "id": user_id,
            "comments": "c",
            "display_name": empty,
            "email": empty,
            "force": True,
            "mobile": empty,
            "name": "alice",
            "timeouts": None,
        },
        "alicloud_ram_group.it": {
            "id": "team",
            "comments": empty,
            "create_time": "2026-01-01T00:00:00Z",
            "force": None,
            "group_name": "team",
            "name": "team",
            "timeouts": None,
        },
        "alicloud_ram_group_membership.it": {"id": "team", "group_name": "team", "user_names": ["alice"]},
        "alicloud_ram_user_group_attachment.it": {
            "id": "team:alice",
            "group_name": "team",
            "timeouts": None,
            "user_name": "alice",
        },
        "alicloud_ram_policy.it": {
            "id": "read",
            "attachment_count": 0,
            "create_time": "2026-01-01T00:00:00Z",
            "default_version": "v1",
            "description": empty,
            "document": rules,
            "force": False,
            "name": "read",
            "policy_document": rules,
            "policy_name": "read",
            "rotate_strategy": None,
            "statement": [],
            "tags": {"a": "b"},
            "timeouts": None,
            "type": "Custom",
            "version": "1",
            "version_id": "v1",
        },
        "alicloud_ram_role.it": {
            "id": "worker",
            "arn": f"acs:ram::{modelry_registry.account_id}:role/worker",
            "assume_role_policy_document": trusted,
            "create_time": "2026-01-01T00:00:00Z",
            "description": empty,
            "document": trusted,
            "force": None,
            "max_session_duration": 3600,
            "name": "worker",
            "ram_users": [],
            "role_id": "1",
            "role_name": "worker",
            "services": ["ecs.aliyuncs.com"],
            "tags": {},
            "timeouts": None,
            "version": "1",
        },
        "alicloud_ram_user_policy_attachment.it": {
            "id": "user:read:Custom:alice",
            **attached,
            "timeouts": None,
            "user_name": "alice",
        },
        "alicloud_ram_group_policy_attachment.it": {
            "id": "group:read:Custom:team",
            **attached,
            "group_name": "team",
            "timeouts": None,
        },
        "alicloud_ram_role_policy_attachment.it": {
            "id": "role:read:Custom:worker",
            **attached,
            "role_name": "worker",
            "timeouts": None,
        },
        "alicloud_ram_login_profile.it": {
            "id": "alice",
            "create_time": "2026-01-01T00:00:00Z",
            "mfa_bind_required": False,
            **password,
            "password_reset_required": False,
            "timeouts": None,
        },
        "alicloud_ram_account_alias.it": {
            "id": modelry_registry.account_id,
            "account_alias": "my-company",
            "timeouts": None,
        },
        "alicloud_ram_access_key.it": {
            "id": key_id,
            "create_time": "2026-01-01T00:00:00Z",
            "encrypted_secret": None,
            "key_fingerprint": None,
            "pgp_key": None,
            "secret": "kept",
            "secret_file": None,
            "status": "Active",
            "timeouts": None,
            "user_name": "alice",
        },
    }
    official(bench, config, state)
    unchanged(bench)
    assert bench.state["alicloud_ram_access_key.it"]["secret"] == "kept"
