"""Who may do what: policy documents, and what they leave to be known about the object of an action.

Source: Alibaba Cloud's documentation of RAM's policy elements, policy structure and evaluation process. Decided here:
resources below an account and conditions on objects, which the cloud offers for no model.
"""

from collections.abc import Iterable, Mapping
from itertools import compress
from typing import Any, Literal, NamedTuple

import msgspec

from modelry.access import conditions, grammar, wildcard
from modelry.access.conditions import Condition, Context, ObjectKey, RequestKey
from modelry.access.grammar import PolicyError
from modelry.access.predicate import (
    ALWAYS,
    NEVER,
    All,
    Compare,
    Matches,
    Not,
    Predicate,
    Some,
    holds,
    simplified,
)
from modelry.access.trust import TrustPolicy, parse_trust, trusts
from modelry.access.verdict import Verdict

__all__ = [
    "Context",
    "Grant",
    "Policies",
    "Policy",
    "PolicyError",
    "Statement",
    "TrustPolicy",
    "Verdict",
    "parse",
    "parse_trust",
    "service_of",
    "trusts",
    "unrenderable",
]

_ELEMENTS = ("Action", "NotAction", "Resource", "NotResource", "Condition")

_KEPT_SITUATIONS = 256
"""For how many different requests an action's predicate is remembered before all are forgotten."""

_OWN_SERVICE: Mapping[str, str] = {"sts": "ram"}
"""Actions whose resources belong to another service: AssumeRole acts on a role of RAM."""

_WITHOUT_REGION = frozenset({"ram", "resourcemanager"})
_WITHOUT_CASE = frozenset({"ram"})


def service_of(action: str) -> str:
    """The service, as ARNs name it, that an action's resources belong to."""
    service = action.partition(":")[0]
    return _OWN_SERVICE.get(service, service)


class Statement(msgspec.Struct, frozen=True):
    """What some actions on some resources are, under some conditions."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    """Wildcard texts in lower case."""

    but_actions: bool
    """Whether the statement is about all other actions."""

    resources: tuple[str, ...]
    but_resources: bool
    conditions: tuple[Condition, ...]

    def covers(self, action: str) -> bool:
        """Whether the statement is about an action, given in lower case."""
        return any(wildcard.matches(pattern, action) for pattern in self.actions) is not self.but_actions


class Policy(msgspec.Struct, frozen=True):
    """What a document says that may be attached to users, groups and roles."""

    statements: tuple[Statement, ...]
    document: str = ""
    """The text that was read, for explanations."""


class Grant(NamedTuple):
    """A policy that counts for an identity."""

    source: str
    """Which policy it is and how the identity came by it, for explanations."""

    policy: Policy
    name: str = ""
    """Of the policy; empty for one that has none."""


def parse(document: str) -> Policy:
    """The policy that a document writes down.

    Raises:
        PolicyError: the document is none of the grammar.
    """
    found = grammar.document(document)
    statements = grammar.sequence(found["Statement"], "Statement")
    return Policy(tuple(_statement(value, f"Statement[{i}]") for i, value in enumerate(statements)), document)


def unrenderable(policy: Policy) -> str | None:
    """Why a list could not keep to the policy; `None` if every list can.

    Where such a policy counts all the same, its statement allows nothing or denies everything that it names.
    """
    for number, statement in enumerate(policy.statements):
        for condition in statement.conditions:
            if isinstance(condition.key, ObjectKey) and conditions.predicate(condition) is None:
                return f"Statement[{number}].Condition: {condition.written} cannot be asked of a list."
    return None


class _Rule(NamedTuple):
    """A statement as far as one action is concerned."""

    grant: Grant
    number: int
    statement: Statement
    on_request: tuple[Condition, ...]
    resources: Predicate
    on_object: Predicate
    whole: Predicate
    """Of the object, once the request meets `on_request`."""


class _Decision:
    """What all rules about one action leave to be known, by what their conditions ask of the request."""

    def __init__(self, rules: list[_Rule]) -> None:
        """Decide between these rules."""
        self.rules = rules
        asked = {c.key.field for rule in rules for c in rule.on_request if isinstance(c.key, RequestKey)}
        self._fields = tuple(Context._fields.index(name) for name in sorted(asked))
        self._known: dict[tuple[object, ...], Predicate] = {}
        self._put_together: dict[tuple[bool, ...], Predicate] = {}

    def reach(self, context: Context) -> Predicate:
        """What must hold of the object."""
        situation = tuple([context[field] for field in self._fields]) if self._fields else ()
        known = self._known.get(situation)
        if known is None:
            if len(self._known) >= _KEPT_SITUATIONS:
                self._known.clear()
                self._put_together.clear()
            known = self._known[situation] = self._decide(context)
        return known

    def _decide(self, context: Context) -> Predicate:
        """By the rules whose conditions the request meets: the same ones as a second ago, in most cases."""
        met = tuple([all(conditions.decided(c, context) for c in rule.on_request) for rule in self.rules])
        if met not in self._put_together:
            self._put_together[met] = _put_together(list(compress(self.rules, met)))
        return self._put_together[met]


class Policies:
    """All policies that count for an identity; a Deny goes before any Allow, and what nothing allows is denied."""

    def __init__(self, grants: Iterable[Grant], *, region: str) -> None:
        """Decide by these policies about resources in a region."""
        self.grants = tuple(grants)
        self._region = region
        self._decisions: dict[str, _Decision] = {}

    def reach(self, action: str, context: Context) -> Predicate:
        """What must hold of an object for `action` on it to be allowed; the same object for the same situation.

        It is `ALWAYS` or `NEVER` itself if nothing depends on the object. An object's attribute `resource` is what its
        ARN has after the region: `1234567890123456:model/model-abc`, in lower case for the objects of RAM.
        """
        decision = self._decisions.get(action) or self._decision(action)
        return decision.reach(context)

    def explained(self, action: str, attributes: Mapping[str, Any], context: Context) -> Verdict:
        """The decision about one object, with the statement that made it."""
        rules = self._decision(action).rules
        for effect in ("Deny", "Allow"):
            for rule in rules:
                if rule.statement.effect == effect and _unmet(rule, attributes, context) is None:
                    return _by(rule, action)
        return _by_none(rules, action, attributes, context)

    def _decision(self, action: str) -> _Decision:
        known = self._decisions.get(action)
        if known is None:
            known = self._decisions[action] = _Decision(self._rules(action.lower()))
        return known

    def _rules(self, action: str) -> list[_Rule]:
        service = service_of(action)
        prefix = f"acs:{service}:{'' if service in _WITHOUT_REGION else self._region.lower()}:"
        return [
            _rule(grant, number, statement, prefix, caseless=service in _WITHOUT_CASE)
            for grant in self.grants
            for number, statement in enumerate(grant.policy.statements)
            if statement.covers(action)
        ]


def _put_together(rules: list[_Rule]) -> Predicate:
    allowed = Some(tuple(rule.whole for rule in rules if rule.statement.effect == "Allow"))
    denied = Some(tuple(rule.whole for rule in rules if rule.statement.effect == "Deny"))
    return simplified(All((allowed, Not(denied))))


def _statement(value: object, where: str) -> Statement:
    found = grammar.members(value, where, required=("Effect",), optional=_ELEMENTS)
    actions = grammar.one_of(found, where, "Action", "NotAction")
    resources = grammar.one_of(found, where, "Resource", "NotResource")
    return Statement(
        effect=grammar.effect(found["Effect"], f"{where}.Effect"),
        actions=grammar.action_patterns(found[actions], f"{where}.{actions}"),
        but_actions=actions == "NotAction",
        resources=_resource_patterns(found[resources], f"{where}.{resources}"),
        but_resources=resources == "NotResource",
        conditions=conditions.parse(found.get("Condition", {}), f"{where}.Condition"),
    )


def _resource_patterns(value: object, where: str) -> tuple[str, ...]:
    patterns = grammar.texts(value, where)
    for pattern in patterns:
        if not wildcard.remainders(pattern, "acs:"):
            raise PolicyError(f"{where}: {grammar.shown(pattern)} is neither * nor an ARN such as acs:paimodel:*:*:*.")
    return patterns


def _rule(grant: Grant, number: int, statement: Statement, prefix: str, *, caseless: bool) -> _Rule:
    on_request = tuple(c for c in statement.conditions if not isinstance(c.key, ObjectKey))
    asked = [conditions.predicate(c) for c in statement.conditions if isinstance(c.key, ObjectKey)]
    unknown = NEVER if statement.effect == "Allow" else ALWAYS
    on_object = All(tuple(unknown if predicate is None else predicate for predicate in asked))
    named = Some(tuple(_resource(p.casefold() if caseless else p, prefix) for p in statement.resources))
    resources = simplified(Not(named) if statement.but_resources else named)
    whole = simplified(All((resources, on_object)))
    return _Rule(grant, number, statement, on_request, resources, simplified(on_object), whole)


def _resource(pattern: str, prefix: str) -> Predicate:
    """What a pattern for ARNs asks of the part after a known prefix."""
    left = wildcard.remainders(pattern, prefix)
    if "*" in left:
        return ALWAYS
    # A star in the region's place goes no further than the region, or each such pattern would be two.
    kept = [rest for rest in left if not (rest.startswith("*:") and ":" in rest[2:] and rest[2:] in left)]
    return Some(
        tuple(
            Matches("resource", (rest,)) if wildcard.is_pattern(rest) else Compare("resource", "=", rest)
            for rest in kept
        )
    )


def _unmet(rule: _Rule, attributes: Mapping[str, Any], context: Context) -> str | None:
    """What of a rule does not fit, in words; `None` if it applies."""
    for condition in rule.on_request:
        if not conditions.decided(condition, context):
            return f"its condition {condition.written} does not hold"
    if not holds(rule.resources, attributes):
        return "its resources do not include the object"
    return None if holds(rule.on_object, attributes) else "its conditions on the object do not hold"


def _by(rule: _Rule, action: str) -> Verdict:
    allowed = rule.statement.effect == "Allow"
    verb = "allows" if allowed else "denies"
    reason = f"Statement {rule.number} of {rule.grant.source} {verb} {action}."
    return Verdict(allowed, not allowed, rule.grant.source, rule.number, reason)


def _by_none(rules: list[_Rule], action: str, attributes: Mapping[str, Any], context: Context) -> Verdict:
    near = next((rule for rule in rules if rule.statement.effect == "Allow"), None)
    if near is None:
        return Verdict.by_none(f"No statement allows {action}.")
    why = _unmet(near, attributes, context)
    reason = f"No statement allows {action} here: statement {near.number} of {near.grant.source} names it, but {why}."
    return Verdict.by_none(reason)
