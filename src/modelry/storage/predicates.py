"""A predicate as SQL: the same truth as `access.predicate.holds`, over columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

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
    holds,
)

Value: TypeAlias = str | int | bytes | None
Sql: TypeAlias = tuple[str, tuple[Value, ...]]
"""A piece of SQL and the values of its question marks."""

Columns: TypeAlias = Mapping[str, str]
"""Attribute to column."""

Sets: TypeAlias = Mapping[str, Callable[[tuple[str, ...]], Sql]]
"""Set-valued attribute to the condition that an element is in it."""


Patterns: TypeAlias = Mapping[str, Callable[[str, str], Sql]]
"""Set of (key, value) pairs to the condition that one of this key has a value that fits a wildcard text."""

_SIDE_BY_SIDE = 100

_NO_PATTERNS: Patterns = {}
_TRUTHS: Mapping[bool, Sql] = {True: ("1 = 1", ()), False: ("1 = 0", ())}


def rendered(predicate: Predicate, columns: Columns, sets: Sets, patterns: Patterns = _NO_PATTERNS) -> Sql:
    """The condition that stands for `predicate` in a WHERE clause.

    It is never NULL: what is false of an absent attribute stays false under `Not`. An attribute that is not among the
    columns, sets and patterns is absent from every object.
    """
    match predicate:
        case Has(name, element):
            return sets[name](element) if name in sets else _TRUTHS[False]
        case HasMatching(name, key, pattern):
            return patterns[name](key, pattern) if name in patterns else _TRUTHS[False]
        case All(parts):
            return _joined([rendered(p, columns, sets, patterns) for p in parts], " AND ", of_none=True)
        case Some(parts):
            return _joined([rendered(p, columns, sets, patterns) for p in parts], " OR ", of_none=False)
        case Not(part):
            sql, inner = rendered(part, columns, sets, patterns)
            return f"NOT ({sql})", inner
    column = columns.get(predicate.attribute)
    return _TRUTHS[holds(predicate, {})] if column is None else _of_column(predicate, column)


def matching(column: str, pattern: str) -> Sql:
    """The condition that a column, if it is not NULL, fits a wildcard text as `access.wildcard` reads it."""
    return f"{column} GLOB ?", (pattern.replace("[", "[[]"),)


def _of_column(predicate: Compare | IsIn | Present | Contains | Matches, column: str) -> Sql:
    match predicate:
        case Compare(_, "<>", value):
            return f"({column} IS NULL OR {column} <> ?)", (value,)
        case Compare(_, sign, value):
            return f"({column} IS NOT NULL AND {column} {sign} ?)", (value,)
        case IsIn(_, ()):
            return _TRUTHS[False]
        case IsIn(_, values):
            marks = ", ".join("?" * len(values))
            return f"({column} IS NOT NULL AND {column} IN ({marks}))", values
        case Present():
            return f"{column} IS NOT NULL", ()
        case Contains(_, text):
            return f"instr(coalesce({column}, ''), ?) > 0", (text,)
        case Matches(_, patterns):
            sql, bound = _joined([matching(column, pattern) for pattern in patterns], " OR ", of_none=False)
            return f"({column} IS NOT NULL AND {sql})", bound


def _joined(pieces: Sequence[Sql], word: str, *, of_none: bool) -> Sql:
    """Pieces between which a word stands, in halves of halves: a database limits how deep a condition goes."""
    if len(pieces) <= _SIDE_BY_SIDE:
        sql = word.join(sql for sql, _ in pieces)
        return (f"({sql})", tuple(v for _, values in pieces for v in values)) if pieces else _TRUTHS[of_none]
    middle = len(pieces) // 2
    halves = [_joined(half, word, of_none=of_none) for half in (pieces[:middle], pieces[middle:])]
    return _joined(halves, word, of_none=of_none)
