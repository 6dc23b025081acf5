"""One resource of each type of RAM, for the tests."""

import json

from alibabacloud_ram20150501 import models as ram
from alibabacloud_ram20150501.client import Client

from tests.terraform.workbench import Resources

USER = "alicloud_ram_user.it"
GROUP = "alicloud_ram_group.it"
POLICY = "alicloud_ram_policy.it"
ROLE = "alicloud_ram_role.it"
KEY = "alicloud_ram_access_key.it"
LOGIN = "alicloud_ram_login_profile.it"
MEMBERS = "alicloud_ram_group_membership.it"
JOINED = "alicloud_ram_user_group_attachment.it"
TO_USER = "alicloud_ram_user_policy_attachment.it"
TO_GROUP = "alicloud_ram_group_policy_attachment.it"
TO_ROLE = "alicloud_ram_role_policy_attachment.it"
ALIAS = "alicloud_ram_account_alias.it"

NAME = f"${{{USER}.name}}"
CUSTOM = {"policy_name": f"${{{POLICY}.policy_name}}", "policy_type": "Custom"}


def document(action: str = "paimodel:GetModel", indent: int | None = 2) -> str:
    statement = {"Effect": "Allow", "Action": [action], "Resource": ["*"]}
    return json.dumps({"Version": "1", "Statement": [statement]}, indent=indent)


def trust(service: str = "ecs.aliyuncs.com") -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [service]}}
    return json.dumps({"Version": "1", "Statement": [statement]}, indent=2)


def everything() -> Resources:
    """One resource of each type."""
    return {
        USER: {
            "name": "alice",
            "display_name": "Alice",
            "mobile": "86-18688888888",
            "email": "alice@example.com",
            "comments": "c",
        },
        GROUP: {"group_name": "team", "comments": "c"},
        POLICY: {
            "policy_name": "read",
            "policy_document": document(),
            "description": "d",
            "rotate_strategy": "DeleteOldestNonDefaultVersionWhenLimitExceeded",
            "tags": {"a": "1", "b": ""},
        },
        ROLE: {
            "role_name": "worker",
            "assume_role_policy_document": trust(),
            "description": "d",
            "max_session_duration": 7200,
            "tags": {"a": "1"},
        },
        KEY: {"user_name": NAME, "status": "Inactive"},
        LOGIN: {"user_name": NAME, "password": "Correct-Horse-9", "password_reset_required": True},
        MEMBERS: {"group_name": f"${{{GROUP}.group_name}}", "user_names": [NAME]},
        TO_USER: {"user_name": NAME, **CUSTOM},
        TO_GROUP: {"group_name": f"${{{GROUP}.id}}", "policy_type": "System", "policy_name": "ReadOnlyAccess"},
        TO_ROLE: {"role_name": f"${{{ROLE}.id}}", **CUSTOM},
        ALIAS: {"account_alias": "my-company"},
    }


def detached(users: Client) -> None:
    names = {"policy_name": "read", "policy_type": "Custom"}
    users.detach_policy_from_user(ram.DetachPolicyFromUserRequest(user_name="alice", **names))
    users.detach_policy_from_role(ram.DetachPolicyFromRoleRequest(role_name="worker", **names))


def without_a_login(users: Client) -> None:
    users.delete_login_profile(ram.DeleteLoginProfileRequest(user_name="alice"))
    users.clear_account_alias()
