"""A predicate as SQL: the same truth as `access.predicate.holds`, over columns."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from modelry.access.predicate import All, Compare, Contains, Has, IsIn, Not, Predicate, Present, Some

Value: TypeAlias = str | int | bytes | None
Sql: TypeAlias = tuple[str, tuple[Value, ...]]
"""A piece of SQL and the values of its question marks."""

Columns: TypeAlias = Mapping[str, str]
"""Attribute to column."""

Sets: TypeAlias = Mapping[str, Callable[[tuple[str, ...]], Sql]]
"""Set-valued attribute to the condition that an element is in it."""


def rendered(predicate: Predicate, columns: Columns, sets: Sets) -> Sql:  # noqa: C901  one case a node
    """The condition that stands for `predicate` in a WHERE clause.

    It is never NULL: what is false of an absent attribute stays false under `Not`.
    """
    match predicate:
        case Compare(name, "<>", value):
            return f"({columns[name]} IS NULL OR {columns[name]} <> ?)", (value,)
        case Compare(name, sign, value):
            return f"({columns[name]} IS NOT NULL AND {columns[name]} {sign} ?)", (value,)
        case IsIn(name, values):
            if not values:
                return "1 = 0", ()
            marks = ", ".join("?" * len(values))
            return f"({columns[name]} IS NOT NULL AND {columns[name]} IN ({marks}))", values
        case Present(name):
            return f"{columns[name]} IS NOT NULL", ()
        case Contains(name, text):
            return f"instr(coalesce({columns[name]}, ''), ?) > 0", (text,)
        case Has(name, element):
            return sets[name](element)
        case All(parts):
            return _joined(parts, " AND ", "1 = 1", columns, sets)
        case Some(parts):
            return _joined(parts, " OR ", "1 = 0", columns, sets)
        case Not(part):
            sql, inner = rendered(part, columns, sets)
            return f"NOT ({sql})", inner


def _joined(parts: tuple[Predicate, ...], word: str, of_none: str, columns: Columns, sets: Sets) -> Sql:
    if not parts:
        return of_none, ()
    pieces = [rendered(p, columns, sets) for p in parts]
    return "(" + word.join(sql for sql, _ in pieces) + ")", tuple(v for _, values in pieces for v in values)
