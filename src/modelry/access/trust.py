"""Who may assume a role: its trust policy.

Source: Alibaba Cloud's documentation of trust policies of RAM roles and of the Principal element.
"""

import re
from collections.abc import Collection
from typing import Literal, NamedTuple

import msgspec

from modelry.access import conditions, grammar, wildcard
from modelry.access.conditions import Condition, Context, ObjectKey
from modelry.access.grammar import PolicyError
from modelry.access.verdict import Verdict

_SOURCE = "the role's trust policy"
_ASSUME = "sts:assumerole"
_KINDS: tuple[Literal["RAM", "Service", "Federated"], ...] = ("RAM", "Service", "Federated")
_ARN_OF_ACCOUNT = re.compile(r"acs:ram:\*?:([0-9]+):(root|(?:user|role|assumed-role)/[^*?]+)")
_ELEMENTS = ("Condition",)


class Trusted(NamedTuple):
    """Whom a statement is about."""

    kind: Literal["RAM", "Service", "Federated", "*"]
    name: str
    """An ARN in lower case without its region, the name of a service, or `*`."""


class TrustStatement(msgspec.Struct, frozen=True):
    """Who may, or may not, assume the role under some conditions."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    """Wildcard texts in lower case."""

    principals: tuple[Trusted, ...]
    conditions: tuple[Condition, ...]


class TrustPolicy(msgspec.Struct, frozen=True):
    """What the AssumeRolePolicyDocument of a role says."""

    statements: tuple[TrustStatement, ...]


def parse_trust(document: str) -> TrustPolicy:
    """The trust policy that a document writes down.

    Raises:
        PolicyError: the document is none of the grammar.
    """
    found = grammar.document(document)
    statements = grammar.sequence(found["Statement"], "Statement")
    return TrustPolicy(tuple(_statement(value, f"Statement[{i}]") for i, value in enumerate(statements)))


def trusts(policy: TrustPolicy, *, account_id: int, principal_arns: Collection[str], context: Context) -> Verdict:
    """Whether an identity of an account, known by these ARNs, may assume the role."""
    named = {Trusted("RAM", arn.casefold()) for arn in principal_arns}
    named |= {Trusted("RAM", f"acs:ram::{account_id}:root"), Trusted("*", "*")}
    for effect in ("Deny", "Allow"):
        for number, statement in enumerate(policy.statements):
            if statement.effect == effect and _applies(statement, named, context):
                verb = "lets" if effect == "Allow" else "forbids"
                reason = f"Statement {number} of {_SOURCE} {verb} the caller assume the role."
                return Verdict(effect == "Allow", effect == "Deny", _SOURCE, number, reason)
    return Verdict.by_none(f"No statement of {_SOURCE} lets the caller assume the role.")


def _applies(statement: TrustStatement, named: Collection[Trusted], context: Context) -> bool:
    return (
        any(wildcard.matches(pattern, _ASSUME) for pattern in statement.actions)
        and any(trusted in named for trusted in statement.principals)
        and all(conditions.decided(condition, context) for condition in statement.conditions)
    )


def _statement(value: object, where: str) -> TrustStatement:
    found = grammar.members(value, where, required=("Effect", "Action", "Principal"), optional=_ELEMENTS)
    asked = conditions.parse(found.get("Condition", {}), f"{where}.Condition")
    for condition in asked:
        if isinstance(condition.key, ObjectKey):
            raise PolicyError(f"{where}.Condition: {condition.written} says nothing of who assumes a role.")
    return TrustStatement(
        effect=grammar.effect(found["Effect"], f"{where}.Effect"),
        actions=grammar.action_patterns(found["Action"], f"{where}.Action"),
        principals=_principals(found["Principal"], f"{where}.Principal"),
        conditions=asked,
    )


def _principals(value: object, where: str) -> tuple[Trusted, ...]:
    if value == "*":
        return (Trusted("*", "*"),)
    found = grammar.members(value, where, required=(), optional=_KINDS)
    if not found:
        raise PolicyError(f"{where}: must not be empty.")
    named: list[Trusted] = []
    for kind in _KINDS:
        if kind in found:
            named += [_trusted(kind, name, f"{where}.{kind}") for name in grammar.texts(found[kind], f"{where}.{kind}")]
    return tuple(named)


def _trusted(kind: Literal["RAM", "Service", "Federated"], name: str, where: str) -> Trusted:
    if kind != "RAM":
        return Trusted(kind, name)
    found = _ARN_OF_ACCOUNT.fullmatch(name)
    if found is None:
        raise PolicyError(f"{where}: {grammar.shown(name)} is no ARN such as acs:ram::1234567890123456:user/NAME.")
    return Trusted("RAM", f"acs:ram::{found[1]}:{found[2]}".casefold())
