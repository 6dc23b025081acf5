"""How a list looks for a name."""

from modelry.access.predicate import Compare, Contains, Predicate
from modelry.storage.folding import folded, needle


def whole_name(text: str) -> str | None:
    """The name that is meant as a whole, which is wrapped in double quotes; `None` when part of one is meant."""
    name = text.removeprefix('"').removesuffix('"')
    return name if text == f'"{name}"' else None


def named(text: str) -> Predicate:
    """Part of a name, or the whole name when wrapped in double quotes; over `folded_name`."""
    name = whole_name(text)
    if name is not None:
        return Compare("folded_name", "=", folded(name))
    return Contains("folded_name", needle(text))
