"""Wildcard texts, as policies write them: `*` is any run of characters, even an empty one, `?` is any one character."""

import re
from collections.abc import Callable
from functools import lru_cache

_NOTHING = "(?!)"
"""Matches no text."""


def is_pattern(text: str) -> bool:
    """Whether a text matches more than itself."""
    return "*" in text or "?" in text


def matches(pattern: str, text: str) -> bool:
    """Whether all of `text` fits the pattern."""
    return matches_any((pattern,), text)


def matches_any(patterns: tuple[str, ...], text: str) -> bool:
    """Whether all of `text`, which is short, fits one of the patterns, which may be many."""
    return _alternatives(patterns).fullmatch(text) is not None


def any_of(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """`matches_any` of these patterns, for whoever asks it often."""
    fullmatch = _alternatives(patterns).fullmatch
    return lambda text: fullmatch(text) is not None


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
def _alternatives(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all of them, so that what many of them begin with is looked for once."""
    by_start: dict[str, list[str]] = {}
    for pattern in dict.fromkeys(map(_squeezed, patterns)):
        head, star, _ = pattern.partition("*")
        by_start.setdefault(head + star, []).append(pattern)
    alternatives = [_together(start, group) for start, group in by_start.items()] or [_NOTHING]
    return re.compile("|".join(alternatives), re.DOTALL)


def _together(start: str, patterns: list[str]) -> str:
    if len(patterns) == 1:
        return _expression(patterns[0])
    rests = "|".join(_expression(pattern[len(start) :]) for pattern in patterns)
    return f"{_literal(start[:-1])}.*?(?:{rests})"


def _expression(pattern: str) -> str:
    # Each run between stars is taken where it first fits and never reconsidered: matching stays fast whatever is asked.
    first, *others = map(_literal, pattern.split("*"))
    if not others:
        return first
    inner = "".join(f"(?>.*?{run})" for run in others[:-1] if run)
    return f"{first}{inner}.*{others[-1]}"


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
