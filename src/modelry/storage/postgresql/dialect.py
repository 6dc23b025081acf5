"""What PostgreSQL calls differently.

The SQL of the families is written once, in SQLite's words. Few of them are SQLite's alone, and this is all of them.
"""

import functools
import itertools
import re
from collections.abc import Callable

_LIKE = r"""LIKE replace(replace(replace(replace(replace(replace(
    \1, '\\', '\\\\'), '%', '\\%'), '_', '\\_'), '[[]', '['), '*', '%'), '?', '_')"""

_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (
            r"json_each\(CAST\(((?:\w+\.)?document) AS TEXT\), '\$\.(\w+)'\) AS (\w+)",
            r"json_array_elements(CAST(convert_from(\1, 'UTF8') AS json) -> '\2') AS \3(value)",
        ),
        (r"json_extract\((\w+\.value), '\$\.(\w+)'\)", r"(\1 ->> '\2')"),
        (r"CAST\(((?:\w+\.)?document) AS TEXT\)", r"convert_from(\1, 'UTF8')"),
        # Else the rows that are few are looked for anew for each row of the whole table.
        (r"\bIN \((SELECT [^()]* LIMIT [^()]+)\)", r"= ANY (ARRAY(\1))"),
        (r"\bgroup_concat\(", "string_agg("),
        (r"\binstr\(", "strpos("),
        (r"GLOB (\$\d+|k\.v\d+)", _LIKE),  # after the marks have their numbers: it has question marks of its own
    )
)
_MARK = re.compile(r"'[^']*'|\?")


@functools.lru_cache(maxsize=4096)
def translated(sql: str) -> str:
    """A statement in PostgreSQL's words, its question marks numbered."""
    return worded(marked(sql, lambda number: f"${number + 1}"))


def worded(sql: str) -> str:
    """A statement whose values are in place already, in PostgreSQL's words."""
    for pattern, replacement in _WORDS:
        sql = pattern.sub(replacement, sql)
    return sql


def marked(sql: str, name: Callable[[int], str]) -> str:
    """A statement with what `name` says of each of its question marks, counted from 0, in their places."""
    numbers = itertools.count()
    return _MARK.sub(lambda found: name(next(numbers)) if found[0] == "?" else found[0], sql)
