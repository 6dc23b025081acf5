"""What remains to be known about an object, as data.

A policy, a workspace role, a visibility rule and a list's filter are all predicates over an object's attributes. One
predicate is evaluated on one object here, or rendered into a list's SQL by `storage.predicates`; a get and a list can
therefore not disagree.

An absent attribute satisfies no comparison, with one exception: it differs from everything, so it satisfies `<>`.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

Operator = Literal["=", "<>", "<", "<=", ">", ">="]

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Compare(msgspec.Struct, frozen=True):
    """An attribute against a value; text compares by code point."""

    attribute: str
    operator: Operator
    value: str | int


class IsIn(msgspec.Struct, frozen=True):
    """An attribute is one of some values."""

    attribute: str
    values: tuple[str | int, ...]


class Present(msgspec.Struct, frozen=True):
    """An attribute is not absent."""

    attribute: str


class Contains(msgspec.Struct, frozen=True):
    """A text attribute contains a text; both are folded already."""

    attribute: str
    text: str


class Has(msgspec.Struct, frozen=True):
    """A set-valued attribute, such as the labels or the collections, has an element."""

    attribute: str
    element: tuple[str, ...]


class All(msgspec.Struct, frozen=True):
    """Every one of these; all of none is true."""

    of: "tuple[Predicate, ...]"


class Some(msgspec.Struct, frozen=True):
    """At least one of these; one of none is false."""

    of: "tuple[Predicate, ...]"


class Not(msgspec.Struct, frozen=True):
    """The opposite."""

    of: "Predicate"


Predicate: TypeAlias = Compare | IsIn | Present | Contains | Has | All | Some | Not

ALWAYS = All(())
NEVER = Some(())


def both(*predicates: Predicate) -> Predicate:
    """All of these, flattened where it makes no difference."""
    parts: list[Predicate] = []
    for predicate in predicates:
        parts.extend(predicate.of if isinstance(predicate, All) else (predicate,))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def holds(predicate: Predicate, attributes: Mapping[str, Any]) -> bool:
    """Whether the predicate is true of an object with these attributes; an absent one is missing or `None`."""
    match predicate:
        case Compare(name, sign, value):
            given = attributes.get(name)
            if sign == "<>":
                return bool(given != value)
            return given is not None and _COMPARISONS[sign](given, value)
        case IsIn(name, values):
            return attributes.get(name) in values
        case Present(name):
            return attributes.get(name) is not None
        case Contains(name, text):
            return text in (attributes.get(name) or "")
        case Has(name, element):
            elements: Iterable[tuple[str, ...]] = attributes.get(name) or ()
            return element in elements
        case All(parts):
            return all(holds(p, attributes) for p in parts)
        case Some(parts):
            return any(holds(p, attributes) for p in parts)
        case Not(part):
            return not holds(part, attributes)
