"""The rows of a registry in SQLite, copied into an empty PostgreSQL database: faster than to make them there."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from modelry.bench.data import Progress
from modelry.bench.processes import BenchError
from modelry.server.upgrade import upgraded
from modelry.settings import Settings
from modelry.storage.sqlite import FILE_NAME, connect
from modelry.storage.stores import store_of

_TOLD_ROWS = 10_000
_NOT_COPIED = {"migrations", "schema_version"}
_TYPES = {"bigint": "int8", "integer": "int4", "smallint": "int2", "text": "text", "bytea": "bytea"}

_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns"
    " WHERE table_schema = 'public' AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position"
)
_REFERENCES = (
    "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
    " WHERE contype = 'f' AND conrelid <> confrelid"
)


class _Table(NamedTuple):
    name: str
    columns: dict[str, str]
    """The type of each."""


def copy(folder: Path, url: str, tell: Progress) -> None:
    """Have the database at `url`, which is empty, hold what the registry in SQLite in `folder` holds.

    Raises:
        BenchError: the two databases keep their rows in different ways.
    """
    import psycopg  # noqa: PLC0415  an extra

    upgraded(store_of(Settings(data=str(folder), database=url, database_timeout_s=600)), keep=0)
    with closing(connect(folder / FILE_NAME)) as source, psycopg.connect(url) as target:
        tables = _in_order(_tables(target), target.execute(_REFERENCES).fetchall())
        for table in tables:
            target.execute(f'DELETE FROM "{table.name}"'.encode())  # noqa: S608  what the migrations have put there
        for table in tables:
            _copy(table, source, target, tell)


def _tables(target: Any) -> list[_Table]:  # noqa: ANN401  psycopg's connection
    found: dict[str, _Table] = {}
    for table, column, kind in target.execute(_COLUMNS).fetchall():
        if table not in _NOT_COPIED:
            found.setdefault(table, _Table(table, {})).columns[column] = _TYPES[kind]
    return list(found.values())


def _in_order(tables: Sequence[_Table], references: Sequence[tuple[str, str]]) -> list[_Table]:
    """Each behind those that it refers to."""
    left, ordered = list(tables), list[_Table]()
    while left:
        waiting = {table.name for table in left}
        free = [t for t in left if not any(to in waiting for of, to in references if of == t.name)]
        if not free:
            raise BenchError("the tables refer to each other in a circle")
        ordered += free
        left = [table for table in left if table not in free]
    return ordered


def _copy(table: _Table, source: sqlite3.Connection, target: Any, tell: Progress) -> None:  # noqa: ANN401  as above
    names = ", ".join(f'"{column}"' for column in table.columns)
    try:
        total = source.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0]  # noqa: S608  our own tables
        rows = source.execute(f'SELECT {names} FROM "{table.name}"')  # noqa: S608
    except sqlite3.Error as error:
        raise BenchError(f"{table.name} of PostgreSQL is not as in SQLite: {error}") from error
    types = list(table.columns.values())
    with target.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT BINARY)') as written:
        written.set_types(types)
        for number, row in enumerate(_as_types(rows, types)):
            if not number % _TOLD_ROWS:
                tell(f"rows of {table.name}", number, total)
            written.write_row(row)


def _as_types(rows: sqlite3.Cursor, types: Sequence[str]) -> Iterator[Sequence[Any]]:
    """SQLite keeps a text where bytes are declared, if it is given one."""
    bytea = [number for number, kind in enumerate(types) if kind == "bytea"]
    for row in rows:
        if any(isinstance(row[number], str) for number in bytea):
            yield [v.encode() if n in bytea and isinstance(v, str) else v for n, v in enumerate(row)]
        else:
            yield row
