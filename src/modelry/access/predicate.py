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

from modelry.access.wildcard import matches, matches_any

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


class Matches(msgspec.Struct, frozen=True):
    """A text attribute fits one of some wildcard texts (see `access.wildcard`)."""

    attribute: str
    patterns: tuple[str, ...]


class Has(msgspec.Struct, frozen=True):
    """A set-valued attribute, such as the labels or the collections, has an element."""

    attribute: str
    element: tuple[str, ...]


class HasMatching(msgspec.Struct, frozen=True):
    """A set of (key, value) pairs, such as the labels, has one of this key whose value fits a wildcard text."""

    attribute: str
    key: str
    pattern: str


class All(msgspec.Struct, frozen=True):
    """Every one of these; all of none is true."""

    of: "tuple[Predicate, ...]"


class Some(msgspec.Struct, frozen=True):
    """At least one of these; one of none is false."""

    of: "tuple[Predicate, ...]"


class Not(msgspec.Struct, frozen=True):
    """The opposite."""

    of: "Predicate"


Predicate: TypeAlias = Compare | IsIn | Present | Contains | Matches | Has | HasMatching | All | Some | Not

ALWAYS = All(())
NEVER = Some(())


def both(*predicates: Predicate) -> Predicate:
    """All of these, flattened where it makes no difference."""
    parts: list[Predicate] = []
    for predicate in predicates:
        parts.extend(predicate.of if isinstance(predicate, All) else (predicate,))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def simplified(predicate: Predicate) -> Predicate:
    """The same truth in fewer parts: `ALWAYS` or `NEVER` itself where it depends on nothing."""
    match predicate:
        case IsIn(_, ()) | Matches(_, ()):
            return NEVER
        case Not(part):
            return _opposite(simplified(part))
        case All(parts):
            return _joined(All, parts)
        case Some(parts):
            return _joined(Some, parts)
    return predicate


def holds(predicate: Predicate, attributes: Mapping[str, Any]) -> bool:
    """Whether the predicate is true of an object with these attributes; an absent one is missing or `None`."""
    return _HOLDS[type(predicate)](predicate, attributes)


def _compares(predicate: Compare, attributes: Mapping[str, Any]) -> bool:
    given = attributes.get(predicate.attribute)
    if predicate.operator == "<>":
        return bool(given != predicate.value)
    return given is not None and _COMPARISONS[predicate.operator](given, predicate.value)


def _is_in(predicate: IsIn, attributes: Mapping[str, Any]) -> bool:
    return attributes.get(predicate.attribute) in predicate.values


def _is_present(predicate: Present, attributes: Mapping[str, Any]) -> bool:
    return attributes.get(predicate.attribute) is not None


def _contains(predicate: Contains, attributes: Mapping[str, Any]) -> bool:
    return predicate.text in (attributes.get(predicate.attribute) or "")


def _matches(predicate: Matches, attributes: Mapping[str, Any]) -> bool:
    given = attributes.get(predicate.attribute)
    return given is not None and matches_any(predicate.patterns, given)


def _has(predicate: Has, attributes: Mapping[str, Any]) -> bool:
    return predicate.element in (attributes.get(predicate.attribute) or ())


def _has_matching(predicate: HasMatching, attributes: Mapping[str, Any]) -> bool:
    pairs: Iterable[tuple[str, str]] = attributes.get(predicate.attribute) or ()
    return any(key == predicate.key and matches(predicate.pattern, value) for key, value in pairs)


def _all_hold(predicate: All, attributes: Mapping[str, Any]) -> bool:
    for part in predicate.of:  # noqa: SIM110  a loop takes half the time of a generator, and every decision runs it
        if not _HOLDS[type(part)](part, attributes):
            return False
    return True


def _some_hold(predicate: Some, attributes: Mapping[str, Any]) -> bool:
    for part in predicate.of:  # noqa: SIM110  as above
        if _HOLDS[type(part)](part, attributes):
            return True
    return False


def _does_not_hold(predicate: Not, attributes: Mapping[str, Any]) -> bool:
    return not _HOLDS[type(predicate.of)](predicate.of, attributes)


_HOLDS: Mapping[type, Callable[[Any, Mapping[str, Any]], bool]] = {
    Compare: _compares,
    IsIn: _is_in,
    Present: _is_present,
    Contains: _contains,
    Matches: _matches,
    Has: _has,
    HasMatching: _has_matching,
    All: _all_hold,
    Some: _some_hold,
    Not: _does_not_hold,
}


def _opposite(part: Predicate) -> Predicate:
    if part == ALWAYS:
        return NEVER
    if part == NEVER:
        return ALWAYS
    return part.of if isinstance(part, Not) else Not(part)


def _joined(kind: type[All] | type[Some], parts: tuple[Predicate, ...]) -> Predicate:
    """All of the parts or some of them, flattened, each once."""
    neutral, decisive = (ALWAYS, NEVER) if kind is All else (NEVER, ALWAYS)
    kept: dict[Predicate, None] = {}
    for part in map(simplified, parts):
        kept.update(dict.fromkeys(part.of if isinstance(part, kind) else (part,)))
    if decisive in kept:
        return decisive
    joined = tuple(_gathered(kept)) if kind is Some else tuple(kept)
    if not joined:
        return neutral
    return joined[0] if len(joined) == 1 else kind(joined)


def _gathered(parts: Iterable[Predicate]) -> list[Predicate]:
    """Alternatives in which what an attribute may be is one part: fifty names are looked for at once."""
    equal: dict[str, dict[str | int, None]] = {}
    like: dict[str, dict[str, None]] = {}
    others: list[Predicate] = []
    for part in parts:
        match part:
            case Compare(name, "=", value):
                equal.setdefault(name, {})[value] = None
            case IsIn(name, values):
                equal.setdefault(name, {}).update(dict.fromkeys(values))
            case Matches(name, patterns):
                like.setdefault(name, {}).update(dict.fromkeys(patterns))
            case _:
                others.append(part)
    named = [_one_of(name, tuple(values)) for name, values in equal.items()]
    return [*named, *(Matches(name, tuple(patterns)) for name, patterns in like.items()), *others]


def _one_of(name: str, values: tuple[str | int, ...]) -> Predicate:
    return IsIn(name, values) if len(values) > 1 else Compare(name, "=", values[0])
