"""Text as it is searched: folded here, because databases disagree on case and on scripts."""

import unicodedata
from collections.abc import Iterable

SEPARATOR = "\x1f"
"""Between the parts of a folded text, so that a search never matches across two of them."""


def folded(text: str) -> str:
    """Text without differences of case, width and composition: NFKC and Unicode case folding."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def folded_parts(parts: Iterable[str]) -> str:
    """Several texts as one that is searched."""
    return SEPARATOR.join(folded(part).replace(SEPARATOR, " ") for part in parts)


def needle(text: str) -> str:
    """A search term as it is looked for in a folded text."""
    return folded(text).replace(SEPARATOR, " ")
