"""The search index of PostgreSQL: the grams of every model's `folded_text` as numbers, in an array with a GIN index.

Grams are the characters, the pairs and the trigrams of a text; letters and digits of ASCII alone are none, as they are
everywhere. Two grams may have one number, and a text that has all the grams of a search need not contain it: whoever
searches compares with the text itself.

This takes no extension, and is the same for every script and locale: pg_trgm finds no Chinese in C's.
"""

from collections.abc import Iterable
from itertools import pairwise

from modelry.storage.database import Connection, Gathering, Transaction
from modelry.storage.postgresql.arrays import packed
from modelry.storage.predicates import Sql

_FACTORS = (73_856_093, 19_349_663, 83_492_791)
"""Also in the migration, which computes the grams of the models that are there."""

_MOST = 0x7FFFFFFF

_NAMED = 20_000
"""Positions that may be named in the next statement, which is planned for just as many.

What PostgreSQL expects of a gram that is rare is off by orders, and it may walk through all models to find 20 of them.
"""

_AT_ONCE = 500
"""Models that one statement makes findable."""


_ENTRIES = Gathering(
    "model_grams",
    ("position", "grams"),
    types=(None, "integer[]"),
    ending="ON CONFLICT (position) DO UPDATE SET grams = excluded.grams",
    after="models",
    fold=lambda rows: [*{row[0]: row for row in rows}.values()],
)


def added(transaction: Transaction, position: int, text: str) -> None:
    """Have a new model found."""
    transaction.gather(_ENTRIES, position, packed(sorted(_grams(text))))


def changing(transaction: Transaction, position: int, text: str) -> None:
    """Have a model found by a text that it is about to get."""
    added(transaction, position, text)


def removing(transaction: Transaction, position: int) -> None:
    """Have a model found no longer that is about to be removed; its row goes with it."""


def anew(transaction: Transaction) -> None:
    """Have all models found, and nothing else: the table of models was filled by other means."""
    transaction.run("DELETE FROM model_grams")
    last = 0
    while rows := transaction.all(
        "SELECT position, folded_text FROM models WHERE position > ? ORDER BY position LIMIT ?", last, _AT_ONCE
    ):
        marks = ", ".join(["(?, CAST(? AS integer[]))"] * len(rows))
        values = (value for position, text in rows for value in (position, _array(_grams(text))))
        transaction.run(f"INSERT INTO model_grams (position, grams) VALUES {marks}", *values)  # noqa: S608  only marks
        last = rows[-1][0]


def few(database: Connection, needles: Iterable[str], most: int) -> Sql | None:
    """The positions of all models whose text may contain all of the needles; `None` if they are more than `most`."""
    wanted = set[int]().union(*map(_sought, needles))
    if not wanted:
        return None
    positions, values = "SELECT position FROM model_grams WHERE grams @> CAST(? AS integer[])", (_array(wanted),)
    row = database.one(
        "SELECT count(*), CASE WHEN count(*) <= ? THEN CAST(coalesce(array_agg(position), '{}') AS TEXT) END"  # noqa: S608  our own text
        f" FROM ({positions} LIMIT ?) AS found",
        *(_NAMED, *values, most + 1),
    )
    if row is None or row[0] > most:
        return None
    return (positions, values) if row[1] is None else ("SELECT unnest(CAST(? AS bigint[])) AS position", (row[1],))


def by(index: str | None) -> str:  # noqa: ARG001  as on other databases
    """Nothing: PostgreSQL chooses by what it knows of the rows."""
    return ""


def _grams(text: str) -> set[int]:
    codes = [*map(ord, text)]
    first, second, _ = _FACTORS
    found = _trigrams(codes)
    found.update((a * first + b * second + 1) & _MOST for a, b in pairwise(codes))
    found.update((code * first + 2) & _MOST for code in set(codes) if not _is_everywhere(code))
    return found


def _sought(needle: str) -> set[int]:
    """The grams that say most: those of three characters, if there are any."""
    return _trigrams([*map(ord, needle)]) or _grams(needle)


def _trigrams(codes: list[int]) -> set[int]:
    first, second, third = _FACTORS
    three = zip(codes, codes[1:], codes[2:], strict=False)
    return {(a * first + b * second + c * third) & _MOST for a, b, c in three}


def _is_everywhere(code: int) -> bool:
    text = chr(code)
    return text.isascii() and text.isalnum()


def _array(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, sorted(numbers)))}}}"
