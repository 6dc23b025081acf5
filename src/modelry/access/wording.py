"""A predicate as people read it: what an object must be like."""

from collections.abc import Iterable, Mapping

from modelry.access.predicate import (
    All,
    Compare,
    Contains,
    Has,
    HasMatching,
    IsIn,
    Matches,
    Not,
    Predicate,
    Present,
    Some,
)

_ATTRIBUTES: Mapping[str, str] = {
    "resource": "the resource",
    "workspace_id": "the workspace",
    "user_id": "the creator",
    "accessibility": "the accessibility",
    "approval_status": "the approval status",
    "provider": "the provider",
    "labels": "the labels",
}
_SIGNS: Mapping[str, str] = {
    "=": "is",
    "<>": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_OWN: Mapping[str, str] = {"=": "the caller created it", "<>": "the caller did not create it"}


def which(predicate: Predicate, own_id: str) -> str:
    """Which objects a predicate is true of: `every object`, `no object`, or `objects where` and what it asks."""
    match predicate:
        case All(()):
            return "every object"
        case Some(()):
            return "no object"
    return f"objects where {in_words(predicate, own_id)}"


def in_words(predicate: Predicate, own_id: str) -> str:
    """What a predicate asks of an object, as the end of a sentence that begins with "objects where".

    `own_id` is the caller's: their own things are called so.
    """
    match predicate:
        case All(()):
            return "nothing more is asked"
        case Some(()):
            return "nothing fits"
        case All(parts):
            return " and ".join(_part(part, own_id) for part in parts)
        case Some(parts):
            return " or ".join(_part(part, own_id) for part in parts)
        case Not(part):
            return f"not ({in_words(part, own_id)})"
        case Compare("user_id", ("=" | "<>") as sign, value) if value == own_id:
            return _OWN[sign]
        case Has("labels", (key, value)):
            return f"the label {key} is {value}"
        case HasMatching("labels", key, "*"):
            return f"there is a label {key}"
        case HasMatching(_, key, pattern):
            return f"the label {key} fits {pattern}"
    return _of_attribute(predicate, _ATTRIBUTES.get(predicate.attribute, predicate.attribute))


def _of_attribute(leaf: Compare | IsIn | Present | Contains | Matches | Has | HasMatching, name: str) -> str:
    match leaf:
        case Compare(_, sign, value):
            return f"{name} {_SIGNS[sign]} {value}"
        case IsIn(_, values):
            return f"{name} is {_any_of(values)}"
        case Matches(_, patterns):
            return f"{name} fits {_any_of(patterns)}"
        case Present():
            return f"{name} is given"
        case Contains(_, text):
            return f"{name} contains {text}"
        case Has(_, element):
            return f"{name} have {'='.join(element)}"
        case HasMatching(_, key, pattern):
            return f"{name} have {key}={pattern}"


def _part(part: Predicate, own_id: str) -> str:
    words = in_words(part, own_id)
    return f"({words})" if isinstance(part, All | Some) and len(part.of) > 1 else words


def _any_of(values: Iterable[object]) -> str:
    given = [str(value) for value in values]
    return given[0] if len(given) == 1 else f"one of {', '.join(given)}"
