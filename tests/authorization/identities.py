"""Whoever signs: the account, users, and sessions of roles; and any operation asked for as one of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from modelry import families
from modelry.contract.operation import AnyOperation, Roa
from tests.registry import Registry
from tests.wire_client import Answer, Wire, WireRequest

Fields = Mapping[str, Any]
"""Of a request, by their names on the wire."""

OPERATIONS: Mapping[str, AnyOperation] = {each.full_name: each for each in families.operations()}


def fresh() -> str:
    """A name that nothing else has; any kind of thing takes it."""
    return f"x{uuid4().hex[:16]}"


@dataclass(frozen=True)
class Identity:
    """A key, and whose it is."""

    registry: Registry
    user_id: str
    token: str | None = None
    """Of a session."""
    wire: Wire = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wire", Wire(self.registry))

    def holding(self, user_id: str, key: Fields, token: str | None = None) -> "Identity":
        """Another identity, from the answer that had its key."""
        registry = replace(self.registry, key_id=key["AccessKeyId"], secret=key["AccessKeySecret"])
        return Identity(registry, user_id, token)

    def signed(self, full_name: str, fields: Fields) -> WireRequest:
        """A request for `AIWorkSpace:GetModel` or another operation, signed with ACS3."""
        operation = OPERATIONS[full_name]
        if not isinstance(operation.style, Roa):
            return self.wire.rpc(full_name, fields, security_token=self.token)
        places: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "body": {}}
        for name, value in fields.items():
            places[operation.style.place(name)][name] = value
        path = operation.style.path
        for name, value in places["path"].items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        headers = {} if self.token is None else {b"x-acs-security-token": self.token.encode()}
        body = json.dumps(places["body"]).encode() if operation.style.method in {"POST", "PUT"} else b""
        query = urlencode(places["query"])
        target = f"{path}?{query}" if query else path
        return self.wire.signed(operation.style.method, target, body, headers=headers)

    def ask(self, full_name: str, **fields: object) -> Answer:
        """What is answered to this identity."""
        return self.wire.send(self.signed(full_name, fields))

    def done(self, full_name: str, **fields: object) -> dict[str, Any]:
        """The answer to a call that has to succeed."""
        answer = self.ask(full_name, **fields)
        assert answer.status == 200, (full_name, fields, answer.body)
        return answer.json


def account(registry: Registry) -> Identity:
    """The account itself."""
    return Identity(registry, registry.account_id)


def attach(by: Identity, kind: str, name: str, policy: str, policy_type: str = "System") -> None:
    """Attach a policy to a `User`, `Group` or `Role`."""
    by.done(f"Ram:AttachPolicyTo{kind}", PolicyName=policy, PolicyType=policy_type, **{f"{kind}Name": name})


def detach(by: Identity, kind: str, name: str, policy: str, policy_type: str = "System") -> None:
    """Detach a policy."""
    by.done(f"Ram:DetachPolicyFrom{kind}", PolicyName=policy, PolicyType=policy_type, **{f"{kind}Name": name})


def new_user(by: Identity, name: str, *policies: str) -> Identity:
    """A user with a key and system policies."""
    user_id = by.done("Ram:CreateUser", UserName=name)["User"]["UserId"]
    for policy in policies:
        attach(by, "User", name, policy)
    return by.holding(user_id, by.done("Ram:CreateAccessKey", UserName=name)["AccessKey"])


def new_role(by: Identity, name: str, *policies: str) -> str:
    """The id of a role that everyone of the account may assume."""
    role_id: str = by.done("Ram:CreateRole", RoleName=name, AssumeRolePolicyDocument=trust(by))["Role"]["RoleId"]
    for policy in policies:
        attach(by, "Role", name, policy)
    return role_id


def session(by: Identity, role_name: str, role_id: str, policy: str = "") -> Identity:
    """A session of a role, narrowed by a policy unless that is empty."""
    arn = f"acs:ram::{by.registry.account_id}:role/{role_name}"
    narrowed = {"Policy": policy} if policy else {}
    key = by.done("Sts:AssumeRole", RoleArn=arn, RoleSessionName="test", **narrowed)["Credentials"]
    return by.holding(role_id, key, key["SecurityToken"])


def trust(by: Identity) -> str:
    """A trust policy for everyone of the account."""
    return document(Principal={"RAM": [f"acs:ram::{by.registry.account_id}:root"]}, Action="sts:AssumeRole")


def document(**statement: object) -> str:
    """A policy of one statement, which allows."""
    return json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", **statement}]})
