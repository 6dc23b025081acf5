"""A life cycle that calls every write of RAM and of STS."""

import json
from typing import Any

from alibabacloud_ram20150501 import models as r

from tests.audit.steps import Clients, Known, Step
from tests.contract.ram.rpc_calls import RpcCalls

NEVER = {
    "Ram:UnbindMFADevice": "no device can be bound here, so it is always refused",
}
"""Writes that leave no row, and why."""

READ = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "paimodel:Get*", "Resource": "*"}]})
LIST = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "paimodel:List*", "Resource": "*"}]})
TAG = {"TagKey": "k", "TagValue": "v"}
SYSTEM = {"policy_name": "AliyunSTSAssumeRoleAccess", "policy_type": "System"}
CUSTOM = {"policy_name": "read", "policy_type": "Custom"}


def _trust(clients: Clients) -> str:
    """A trust policy for everyone of the account."""
    principal = {"RAM": [f"acs:ram::{clients.registry.account_id}:root"]}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return json.dumps({"Version": "1", "Statement": [statement]})


def _assume(clients: Clients, known: Known) -> Any:  # noqa: ANN401  the SDK has no annotations
    """Alice assumes the role, as the account itself may not."""
    sts = RpcCalls(clients.registry.sts_sdk(known["key"], known["secret"]))
    arn = f"acs:ram::{clients.registry.account_id}:role/deployer"
    return sts("assume_role", role_arn=arn, role_session_name="ci")


def _attachments(kind: str, entity: str, **name: str) -> tuple[Step, Step]:
    """The custom policy is attached to a group or a role, and taken off."""
    resource, noted = f"{entity}/policy/read", {"PolicyName": "read", "PolicyType": "Custom"}
    attach, detach = f"attach_policy_to_{kind.lower()}", f"detach_policy_from_{kind.lower()}"
    return (
        Step(f"Ram:AttachPolicyTo{kind}", lambda c, _: c.ram(attach, **name, **CUSTOM), ((resource, None, noted),)),
        Step(f"Ram:DetachPolicyFrom{kind}", lambda c, _: c.ram(detach, **name, **CUSTOM), ((resource, noted, None),)),
    )


USERS = (
    Step(
        "Ram:CreateUser",
        lambda c, _: c.ram("create_user", user_name="alice", comments="c"),
        (("user/alice", None, {"UserName": "alice", "Comments": "c"}),),
    ),
    Step(
        "Ram:UpdateUser",
        lambda c, _: c.ram("update_user", user_name="alice", new_comments="d"),
        (("user/alice", {"Comments": "c"}, {"Comments": "d"}),),
    ),
    Step(
        "Ram:CreateGroup",
        lambda c, _: c.ram("create_group", group_name="ops", comments="c"),
        (("group/ops", None, {"GroupName": "ops", "Comments": "c"}),),
    ),
    Step(
        "Ram:UpdateGroup",
        lambda c, _: c.ram("update_group", group_name="ops", new_comments="d"),
        (("group/ops", {"Comments": "c"}, {"Comments": "d"}),),
    ),
    Step(
        "Ram:AddUserToGroup",
        lambda c, _: c.ram("add_user_to_group", user_name="alice", group_name="ops"),
        (("group/ops/user/alice", None, {"UserName": "alice", "GroupName": "ops"}),),
    ),
    Step(
        "Ram:RemoveUserFromGroup",
        lambda c, _: c.ram("remove_user_from_group", user_name="alice", group_name="ops"),
        (("group/ops/user/alice", {"UserName": "alice", "GroupName": "ops"}, None),),
    ),
    Step(
        "Ram:CreateAccessKey",
        lambda c, _: c.ram("create_access_key", user_name="alice"),
        (("user/alice/accesskey/{key}", None, {"AccessKeyId": "{key}", "Status": "Active"}),),
        lambda _, answer: {"key": answer.access_key.access_key_id, "secret": answer.access_key.access_key_secret},
    ),
    Step(
        "Ram:CreateLoginProfile",
        lambda c, _: c.ram("create_login_profile", user_name="alice", password="Pass-word_1"),
        (("user/alice/loginprofile", None, {"PasswordResetRequired": False}),),
    ),
    Step(
        "Ram:UpdateLoginProfile",
        lambda c, _: c.ram("update_login_profile", user_name="alice", password_reset_required=True),
        (("user/alice/loginprofile", {"PasswordResetRequired": False}, {"PasswordResetRequired": True}),),
    ),
    Step(
        "Ram:DeleteLoginProfile",
        lambda c, _: c.ram("delete_login_profile", user_name="alice"),
        (("user/alice/loginprofile", {"PasswordResetRequired": True}, None),),
    ),
)

POLICIES = (
    Step(
        "Ram:CreatePolicy",
        lambda c, _: c.ram("create_policy", policy_name="read", policy_document=READ, description="d"),
        (
            ("policy/read", None, {"PolicyName": "read", "Description": "d"}),
            ("policy/read", None, {"VersionId": "v1", "PolicyDocument": READ}),
        ),
    ),
    Step(
        "Ram:UpdatePolicyDescription",
        lambda c, _: c.ram("update_policy_description", policy_name="read", new_description="e"),
        (("policy/read", {"Description": "d"}, {"Description": "e"}),),
    ),
    Step(
        "Ram:CreatePolicyVersion",
        lambda c, _: c.ram("create_policy_version", policy_name="read", policy_document=LIST),
        (("policy/read", None, {"VersionId": "v2", "PolicyDocument": LIST}),),
    ),
    Step(
        "Ram:SetDefaultPolicyVersion",
        lambda c, _: c.ram("set_default_policy_version", policy_name="read", version_id="v2"),
        (("policy/read", {"DefaultVersion": "v1"}, {"DefaultVersion": "v2"}),),
    ),
    Step(
        "Ram:DeletePolicyVersion",
        lambda c, _: c.ram("delete_policy_version", policy_name="read", version_id="v1"),
        (("policy/read", {"VersionId": "v1", "PolicyDocument": READ}, None),),
    ),
    Step(
        "Ram:CreateRole",
        lambda c, _: c.ram("create_role", role_name="deployer", assume_role_policy_document=_trust(c), description="d"),
        (("role/deployer", None, {"RoleName": "deployer", "Description": "d"}),),
    ),
    Step(
        "Ram:UpdateRole",
        lambda c, _: c.ram("update_role", role_name="deployer", new_description="e"),
        (("role/deployer", {"Description": "d"}, {"Description": "e"}),),
    ),
    Step(
        "Ram:TagResources",
        lambda c, _: c.ram(
            "tag_resources",
            resource_type="role",
            resource_names=["deployer"],
            tag=[r.TagResourcesRequestTag(key="k", value="v")],
        ),
        (("role/deployer", {"Tags": []}, {"Tags": [TAG]}),),
    ),
    Step(
        "Ram:UntagResources",
        lambda c, _: c.ram("untag_resources", resource_type="role", resource_names=["deployer"], tag_keys=["k"]),
        (("role/deployer", {"Tags": [TAG]}, {"Tags": []}),),
    ),
    Step(
        "Ram:AttachPolicyToUser",
        lambda c, _: c.ram("attach_policy_to_user", user_name="alice", **SYSTEM),
        (
            (
                "user/alice/policy/AliyunSTSAssumeRoleAccess",
                None,
                {"PolicyName": "AliyunSTSAssumeRoleAccess", "PolicyType": "System"},
            ),
        ),
    ),
    Step(
        "Sts:AssumeRole",
        _assume,
        (("role/deployer", None, {"RoleSessionName": "ci"}),),
    ),
    Step(
        "Ram:DetachPolicyFromUser",
        lambda c, _: c.ram("detach_policy_from_user", user_name="alice", **SYSTEM),
        (("user/alice/policy/AliyunSTSAssumeRoleAccess", {"PolicyType": "System"}, None),),
    ),
    *_attachments("Group", "group/ops", group_name="ops"),
    *_attachments("Role", "role/deployer", role_name="deployer"),
    Step(
        "Ram:DeleteRole",
        lambda c, _: c.ram("delete_role", role_name="deployer"),
        (("role/deployer", {"RoleName": "deployer", "Description": "e"}, None),),
    ),
    Step(
        "Ram:DeletePolicy",
        lambda c, _: c.ram("delete_policy", policy_name="read"),
        (("policy/read", {"PolicyName": "read", "Description": "e"}, None),),
    ),
)

LAST = (
    Step(
        "Ram:UpdateAccessKey",
        lambda c, k: c.ram("update_access_key", user_name="alice", user_access_key_id=k["key"], status="Inactive"),
        (("user/alice/accesskey/{key}", {"Status": "Active"}, {"Status": "Inactive"}),),
    ),
    Step(
        "Ram:DeleteAccessKey",
        lambda c, k: c.ram("delete_access_key", user_name="alice", user_access_key_id=k["key"]),
        (("user/alice/accesskey/{key}", {"Status": "Inactive"}, None),),
    ),
    Step(
        "Ram:SetAccountAlias",
        lambda c, _: c.ram("set_account_alias", account_alias="audited"),
        (("accountalias", None, {"AccountAlias": "audited"}),),
    ),
    Step(
        "Ram:ClearAccountAlias",
        lambda c, _: c.ram("clear_account_alias"),
        (("accountalias", {"AccountAlias": "audited"}, None),),
    ),
    Step(
        "Ram:DeleteGroup",
        lambda c, _: c.ram("delete_group", group_name="ops"),
        (("group/ops", {"GroupName": "ops", "Comments": "d"}, None),),
    ),
    Step(
        "Ram:DeleteUser",
        lambda c, _: c.ram("delete_user", user_name="alice"),
        (("user/alice", {"UserName": "alice", "Comments": "d"}, None),),
    ),
)

STEPS = (*USERS, *POLICIES, *LAST)
