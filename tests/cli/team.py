"""A team on a server, made through the official SDKs, and `modelry access` over its data folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from modelry.cli import main
from tests.contract.ram.rpc_calls import RpcCalls, User
from tests.registry import Registry

READERS = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": ["paimodel:Get*", "paimodel:List*"], "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "paimodel:GetModel",
            "Resource": "*",
            "Condition": {"StringEquals": {"paimodel:label/env": "prod"}},
        },
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"NotIpAddress": {"acs:SourceIp": ["10.0.0.0/8", "127.0.0.1"]}},
        },
    ],
}
"""What readers may do; the demonstration of docs/access.md too."""


@dataclass(frozen=True)
class Team:
    """People, and what they work on."""

    registry: Registry
    workspace_id: str
    alice: User
    """A developer of the workspace, who may read models that are not labelled `prod`."""
    bob: User
    """Nobody's member; may do everything with models, look at himself, and assume `ci`."""
    models: dict[str, str]
    """Ids of the models: `public` (with version 0.1.0), `private`, `prod` (PUBLIC), and `own`, alice's PRIVATE one."""

    @property
    def folder(self) -> Path:
        return self.registry.folder


@dataclass(frozen=True)
class Access:
    """The command over a data folder."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        try:
            code = main(["access", *arguments, "--data", str(self.folder)])
        except SystemExit as refused:
            code = int(refused.code or 0)
        printed = self.capsys.readouterr()
        return code, printed.out, printed.err

    def explained(self, who: str, operation: str, *resources: str, **options: str) -> dict[str, Any]:
        """The answer as data."""
        given = [part for each in resources for part in ("--resource", each)]
        given += [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        code, out, err = self("explain", "--as", who, "--operation", operation, *given, "-o", "json")
        answer: dict[str, Any] = json.loads(out or "{}")
        assert code == (0 if answer.get("Allowed") else 3), err
        return answer


def made(server: Registry) -> Team:
    """The team, made through the official SDKs."""
    ram, sdk = RpcCalls(server.ram_sdk()), server.sdk()
    alice = new_user(server, "alice")
    bob = new_user(server, "bob", "AliyunPAIFullAccess", "AliyunSTSAssumeRoleAccess")
    attach(ram, "alice", "readers", READERS)
    statement = {"Effect": "Allow", "Action": "ram:GetUser", "Resource": "acs:ram:*:*:user/Bob"}
    attach(ram, "bob", "himself", {"Version": "1", "Statement": statement})
    new_role(ram, "ci", f"acs:ram::{server.account_id}:user/bob")
    new_role(ram, "closed", f"acs:ram::{server.account_id}:user/alice")
    ram("attach_policy_to_role", role_name="ci", policy_name="AliyunPAIFullAccess", policy_type="System")
    request = m.CreateWorkspaceRequest(workspace_name="team", description="d", env_types=["prod"])
    workspace_id = sdk.create_workspace(request).body.workspace_id
    member = m.CreateMemberRequestMembers(user_id=alice.user_id, roles=["PAI.AlgoDeveloper"])
    sdk.create_member(workspace_id, m.CreateMemberRequest(members=[member]))
    models = {
        "public": new_model(server, workspace_id, "public", accessibility="PUBLIC"),
        "private": new_model(server, workspace_id, "private"),
        "prod": new_model(
            server, workspace_id, "prod", accessibility="PUBLIC", labels=[m.Label(key="env", value="prod")]
        ),
    }
    version = m.CreateModelVersionRequest(uri="oss://b.oss-cn-beijing.aliyuncs.com/x/", version_name="0.1.0")
    sdk.create_model_version(models["public"], version)
    ram("attach_policy_to_user", user_name="alice", policy_name="AliyunPAIFullAccess", policy_type="System")
    own = m.CreateModelRequest(model_name="own", workspace_id=workspace_id)
    models["own"] = alice.sdk.create_model(own).body.model_id
    ram("detach_policy_from_user", user_name="alice", policy_name="AliyunPAIFullAccess", policy_type="System")
    return Team(server, workspace_id, alice, bob, models)


def new_user(server: Registry, name: str, *policies: str) -> User:
    ram = RpcCalls(server.ram_sdk())
    user_id = ram("create_user", user_name=name).user.user_id
    key = ram("create_access_key", user_name=name).access_key
    for policy in policies:
        ram("attach_policy_to_user", user_name=name, policy_name=policy, policy_type="System")
    return User(server, name, user_id, key.access_key_id, key.access_key_secret)


def attach(ram: RpcCalls, user_name: str, policy_name: str, document: object) -> None:
    ram("create_policy", policy_name=policy_name, policy_document=json.dumps(document))
    ram("attach_policy_to_user", user_name=user_name, policy_name=policy_name, policy_type="Custom")


def new_role(ram: RpcCalls, name: str, trusted_arn: str) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [trusted_arn]}}
    document = json.dumps({"Version": "1", "Statement": [statement]})
    ram("create_role", role_name=name, assume_role_policy_document=document)


def new_model(server: Registry, workspace_id: str, name: str, **fields: object) -> str:
    request = m.CreateModelRequest(model_name=name, workspace_id=workspace_id, **fields)
    model_id: str = server.sdk().create_model(request).body.model_id
    return model_id
