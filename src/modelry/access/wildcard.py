"""Wildcard texts, as policies write them: `*` is any run of characters, even an empty one, `?` is any one character."""

import re
from functools import lru_cache


def is_pattern(text: str) -> bool:
    """Whether a text matches more than itself."""
    return "*" in text or "?" in text


def matches(pattern: str, text: str) -> bool:
    """Whether all of `text` fits the pattern."""
    return _expression(pattern).fullmatch(text) is not None


def remainders(pattern: str, prefix: str) -> tuple[str, ...]:
    """The patterns of which one must match what follows `prefix`; none: no text that begins so fits.

    `prefix` is in lower case and is compared without case.
    """
    squeezed = _squeezed(pattern)
    places = {0}
    for character in prefix:
        places = _after(squeezed, places, character)
    return tuple(dict.fromkeys(squeezed[place:] for place in sorted(places)))


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    # Each run between stars is taken where it first fits and never reconsidered: matching stays fast whatever is asked.
    first, *others = (_literal(run) for run in _squeezed(pattern).split("*"))
    if not others:
        return re.compile(first, re.DOTALL)
    inner = "".join(f"(?>.*?{run})" for run in others[:-1] if run)
    return re.compile(f"{first}{inner}.*{others[-1]}", re.DOTALL)


def _literal(run: str) -> str:
    return ".".join(re.escape(part) for part in run.split("?"))


def _squeezed(pattern: str) -> str:
    return re.sub(r"\*+", "*", pattern)


def _after(pattern: str, places: set[int], character: str) -> set[int]:
    """Where in the pattern one may stand after one more character of the text."""
    reached = set()
    for place in places:
        if pattern[place : place + 1] == "*":
            reached.add(place)
            place += 1  # noqa: PLW2901  the star may also stand for nothing more
        if pattern[place : place + 1] == "?" or pattern[place : place + 1].lower() == character:
            reached.add(place + 1)
    return reached
