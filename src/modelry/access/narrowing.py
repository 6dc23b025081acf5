"""What is left of a predicate once some attributes of the objects are known."""

from collections.abc import Mapping
from typing import Any

from modelry.access.predicate import ALWAYS, NEVER, All, Not, Predicate, Some, holds, simplified


def narrowed(predicate: Predicate, known: Mapping[str, Any]) -> Predicate:
    """The same truth about objects that have the attributes `known` in common; an absent one is known as `None`."""
    return simplified(_with(predicate, known))


def _with(predicate: Predicate, known: Mapping[str, Any]) -> Predicate:
    match predicate:
        case All(parts):
            return All(tuple(_with(part, known) for part in parts))
        case Some(parts):
            return Some(tuple(_with(part, known) for part in parts))
        case Not(part):
            return Not(_with(part, known))
        case leaf if leaf.attribute in known:
            return ALWAYS if holds(leaf, known) else NEVER
    return predicate
