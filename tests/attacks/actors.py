"""Whoever calls a server: its account, users with policies, and the sessions of roles; all of them byte by byte."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from tests.registry import Registry
from tests.wire_client import Answer, Wire, WireRequest

Statement = Mapping[str, object]

MAY_EVERYTHING = "AdministratorAccess"


def fresh(prefix: str) -> str:
    """A name that nobody has used, of letters, digits and a hyphen: every kind of entity takes it."""
    return f"{prefix}-{uuid4().hex[:16]}"


def document(*statements: Statement) -> str:
    """A policy document."""
    return json.dumps({"Version": "1", "Statement": list(statements)})


def allow(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: object) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: object) -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


@dataclass(frozen=True)
class Actor:
    """Somebody with a key."""

    wire: Wire
    name: str = ""
    user_id: str = ""
    """Of the user; of the role, for a session."""
    token: str | None = None
    """Of a session."""

    @property
    def key_id(self) -> str:
        return self.wire.registry.key_id

    @property
    def account_id(self) -> str:
        return self.wire.registry.account_id

    def holding(self, key_id: str, secret: str, **more: Any) -> "Actor":  # noqa: ANN401  the fields of an actor
        """An actor on the same server with another key."""
        return Actor(Wire(replace(self.wire.registry, key_id=key_id, secret=secret)), **more)

    def signed(self, method: str, target: str | bytes, body: object = None) -> WireRequest:
        """A request of a path, under ACS3."""
        token = {} if self.token is None else {b"x-acs-security-token": self.token.encode()}
        return self.wire.signed(method, target, body, headers=token)

    def ask(self, method: str, target: str | bytes, body: object = None) -> Answer:
        return self.wire.send(self.signed(method, target, body))

    def call(self, name: str, **parameters: str) -> Answer:
        """A call in RPC style: `call("Ram:GetUser", UserName="alice")`."""
        return self.wire.send(self.wire.rpc(name, parameters, security_token=self.token))

    def done(self, name: str, **parameters: str) -> Any:  # noqa: ANN401  an answer of any operation
        """The answer to a call that has to succeed."""
        return succeeded(self.call(name, **parameters))

    def arn(self, path: str) -> str:
        """`acs:ram:*:ACCOUNT:user/alice` of `user/alice`."""
        return f"acs:ram:*:{self.account_id}:{path}"


@dataclass(frozen=True)
class Root(Actor):
    """The account's own key, which sets the scene."""

    def new_user(self, *policies: str | Statement, name: str = "") -> Actor:
        """A user with a key; statements become one custom policy, texts name system policies."""
        name = name or fresh("user")
        user_id = self.done("Ram:CreateUser", UserName=name)["User"]["UserId"]
        statements = [policy for policy in policies if not isinstance(policy, str)]
        for policy in policies:
            if isinstance(policy, str):
                self.done("Ram:AttachPolicyToUser", UserName=name, PolicyName=policy, PolicyType="System")
        if statements:
            self.attach(name, self.new_policy(*statements))
        key = self.done("Ram:CreateAccessKey", UserName=name)["AccessKey"]
        return self.holding(key["AccessKeyId"], key["AccessKeySecret"], name=name, user_id=user_id)

    def new_policy(self, *statements: Statement, name: str = "") -> str:
        name = name or fresh("policy")
        self.done("Ram:CreatePolicy", PolicyName=name, PolicyDocument=document(*statements))
        return name

    def attach(self, user_name: str, policy_name: str) -> None:
        self.done("Ram:AttachPolicyToUser", UserName=user_name, PolicyName=policy_name, PolicyType="Custom")

    def new_role(self, *policies: str | Statement, trusts: str = "root", name: str = "") -> str:
        """A role that `trusts` may assume: `root` is everybody, `user/alice` one user."""
        name = name or fresh("role")
        self.done("Ram:CreateRole", RoleName=name, AssumeRolePolicyDocument=self.trust(trusts))
        for policy in policies:
            kind = "System" if isinstance(policy, str) else "Custom"
            stored = policy if isinstance(policy, str) else self.new_policy(policy)
            self.done("Ram:AttachPolicyToRole", RoleName=name, PolicyName=stored, PolicyType=kind)
        return name

    def trust(self, principal: str) -> str:
        """A trust policy that lets a principal of the account in."""
        arn = f"acs:ram::{self.account_id}:{principal}"
        return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [arn]}})

    def new_workspace(self, **members: tuple[Actor, Sequence[str]]) -> str:
        """A workspace with members, each with roles; their names here mean nothing."""
        body = {"WorkspaceName": f"ws_{uuid4().hex[:16]}", "Description": "x", "EnvTypes": ["prod"]}
        workspace_id: str = succeeded(self.ask("POST", "/api/v1/workspaces", body))["WorkspaceId"]
        for member, roles in members.values():
            self.admit(workspace_id, member, *roles)
        return workspace_id

    def admit(self, workspace_id: str, member: Actor, *roles: str) -> None:
        body = {"Members": [{"UserId": member.user_id, "Roles": list(roles)}]}
        succeeded(self.ask("POST", f"/api/v1/workspaces/{workspace_id}/members", body))


def of(registry: Registry) -> Root:
    """The account of a server."""
    return Root(Wire(registry), user_id=registry.account_id)


def assume(actor: Actor, role: str, **parameters: str) -> Answer:
    """Ask for a session of a role."""
    arn = f"acs:ram::{actor.account_id}:role/{role}"
    return actor.call("Sts:AssumeRole", RoleArn=arn, **{"RoleSessionName": "attack", **parameters})


def session(actor: Actor, role: str, **parameters: str) -> Actor:
    """A session of a role, begun by somebody who may."""
    answer = succeeded(assume(actor, role, **parameters))
    key, role_id = answer["Credentials"], answer["AssumedRoleUser"]["AssumedRoleId"].partition(":")[0]
    return actor.holding(
        key["AccessKeyId"], key["AccessKeySecret"], name=role, user_id=role_id, token=key["SecurityToken"]
    )


def succeeded(answer: Answer) -> Any:  # noqa: ANN401  as above
    assert answer.status == 200, answer.body
    return answer.json


def refused(answer: Answer, status: int, code: str) -> None:
    """See that an answer is this refusal."""
    assert (answer.status, answer.code) == (status, code), answer.body


def denied(answer: Answer) -> None:
    """See that the caller may not do this."""
    refused(answer, 403, "NoPermission")
