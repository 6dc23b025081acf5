"""Text as it is searched: folded here, because databases disagree on case and on scripts."""

import unicodedata
from collections.abc import Iterable

SEPARATOR = "\x1f"
"""Between the parts of a folded text, so that a search never matches across two of them."""

_BLANKS = str.maketrans({SEPARATOR: " ", "\0": " "})
"""No text may hold a separator of its own, and some functions of databases end at the first NUL."""


def folded(text: str) -> str:
    """Text without differences of case, width and composition: NFKC and Unicode case folding."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def folded_parts(parts: Iterable[str]) -> str:
    """Several texts as one that is searched."""
    every = tuple(parts)
    whole = SEPARATOR.join(every)
    if whole.isascii() and "\0" not in whole and whole.count(SEPARATOR) == len(every) - 1:
        return whole.lower()  # at once: that is what most are
    return SEPARATOR.join(map(needle, every))


def needle(text: str) -> str:
    """A search term, or a part of a searched text, as one is looked for in the other."""
    return folded(text).translate(_BLANKS)
