"""Every statement that counts for an identity, and what it has to do with one question."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from modelry.access import conditions
from modelry.access.conditions import Condition, Context, ObjectKey, RequestKey
from modelry.access.policy import Grant, Policies, Policy, Statement
from modelry.access.predicate import ALWAYS, NEVER, All, Predicate, holds, simplified

Left = Callable[[Predicate], Predicate]
"""What is left of a predicate once all that is known of an object is put in; nothing, if all of it is known."""


class Considered(NamedTuple):
    """A statement, and what it has to do with the question."""

    source: str
    """Which policy it stands in and how the identity came by it."""

    number: int
    """Which of the policy's statements, from 0."""

    effect: Literal["Allow", "Deny"]
    written: Mapping[str, Any]
    """As it stands in the document."""

    unmet: tuple[str, ...]
    """Everything that keeps it from applying, each as a sentence without its end; empty if it applies."""

    about_action: bool
    """Whether it is about the action at all."""

    asks: Predicate
    """What must hold of an object for it to apply; `ALWAYS` if that is known already."""


class Question(NamedTuple):
    """What is asked of the statements."""

    action: str
    context: Context
    attributes: Mapping[str, Any]
    """What is known of the object, or of all objects."""

    left: Left


def of_object(attributes: Mapping[str, Any]) -> Left:
    """Everything is known of the object."""
    return lambda predicate: ALWAYS if holds(predicate, attributes) else NEVER


def considered(policies: Policies, region: str, question: Question) -> Iterator[Considered]:
    """Every statement of some policies, about whatever action, in the order in which they count."""
    for grant in policies.grants:
        for number, statement in enumerate(grant.policy.statements):
            unmet, asks = _weighed(statement, region, question)
            written = statement_of(grant.policy, number)
            yield Considered(
                grant.source, number, statement.effect, written, unmet, statement.covers(question.action.lower()), asks
            )


def statement_of(policy: Policy, number: int) -> Mapping[str, Any]:
    """A statement as it stands in the document."""
    statements = json.loads(policy.document)["Statement"]
    found: Mapping[str, Any] = (statements if isinstance(statements, list) else [statements])[number]
    return found


def _weighed(statement: Statement, region: str, question: Question) -> tuple[tuple[str, ...], Predicate]:
    """What keeps a statement from applying, and what it leaves to be asked."""
    if not statement.covers(question.action.lower()):
        return (f"it is not about {question.action}",), NEVER
    unmet: list[str] = []
    resources = question.left(_resources(statement, region, question))
    if resources == NEVER:
        unmet.append("its resources do not include the one that is asked for")
    asks = [resources]
    for condition in statement.conditions:
        left = _left_of(condition, statement, question)
        asks.append(left)
        if left == NEVER:
            unmet.append(_why(condition, question))
    rest = simplified(All(tuple(asks)))
    if rest == NEVER and not unmet:
        unmet.append("no object can fulfil all that it asks")
    return tuple(unmet), rest


def _resources(statement: Statement, region: str, question: Question) -> Predicate:
    """What the statement's resources ask: all that a policy of it alone, without its conditions, would ask."""
    bare = msgspec.structs.replace(statement, effect="Allow", conditions=())
    return Policies([Grant("", Policy((bare,)))], region=region).reach(question.action, question.context)


def _left_of(condition: Condition, statement: Statement, question: Question) -> Predicate:
    if not isinstance(condition.key, ObjectKey):
        return ALWAYS if conditions.decided(condition, question.context) else NEVER
    predicate = conditions.predicate(condition)
    if predicate is None:  # as the decision itself has it
        return NEVER if statement.effect == "Allow" else ALWAYS
    return question.left(predicate)


def _why(condition: Condition, question: Question) -> str:
    key = condition.key
    if key is None:
        return f"its condition {condition.written} does not hold: that key is not known here"
    if isinstance(key, ObjectKey) and conditions.predicate(condition) is None:
        return f"its condition {condition.written} cannot be asked of a list, so it allows nothing"
    if isinstance(key, RequestKey):
        value, whose = key.as_text(getattr(question.context, key.field)), "the request"
    else:
        value, whose = _of_object(key, question.attributes), "the object"
    if value is None:
        return f"its condition {condition.written} does not hold: {whose} has none"
    return f"its condition {condition.written} does not hold: {whose} has {value}"


def _of_object(key: ObjectKey, attributes: Mapping[str, Any]) -> str | None:
    if key.label is None:
        value: str | None = attributes.get(key.attribute)
        return value
    return next((value for name, value in attributes.get(key.attribute) or () if name == key.label), None)
