"""How a list looks for a name."""

from modelry.access.predicate import Compare, Contains, Predicate
from modelry.storage.folding import folded, needle


def named(text: str) -> Predicate:
    """Part of a name, or the whole name when wrapped in double quotes; over `folded_name`."""
    exact = text.removeprefix('"').removesuffix('"')
    if text == f'"{exact}"':
        return Compare("folded_name", "=", folded(exact))
    return Contains("folded_name", needle(text))
