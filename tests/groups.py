"""Groups of writes in databases with tables of a test's own."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelry.storage.database import Transaction
from modelry.storage.postgresql.store import PostgresqlStore
from modelry.storage.sqlite import FILE_NAME, SqliteDatabase, connect
from tests.databases import shared

Work = Callable[[Transaction], Any]

_CLOCK = ("CREATE TABLE clock (only_row BIGINT PRIMARY KEY, last_us BIGINT)", "INSERT INTO clock VALUES (1, 0)")


class Refused(Exception):  # noqa: N818  as a handler refuses
    """What a request is refused with."""


def sqlite_with(folder: Path, *statements: str) -> Path:
    """A data folder whose database these statements made, and the clock of groups."""
    raw = connect(folder / FILE_NAME)
    for statement in (*_CLOCK, *statements):
        raw.execute(statement)
    raw.close()
    return folder


def postgresql_with(*statements: str) -> PostgresqlStore:
    """The same in PostgreSQL."""
    made = PostgresqlStore(shared().url(shared().new_database()), prepared=True, timeout_s=10)
    with made.schema() as schema:
        for statement in (*_CLOCK, *statements):
            schema.execute(statement)
    return made


def written(folder: Path, *works: Work, first: Work | None = None, refused: Any = None) -> list[Any]:  # noqa: ANN401
    """What becomes of some requests that arrive at one moment, in SQLite."""

    async def together() -> list[Any]:
        database = SqliteDatabase(folder)
        try:
            writes = [database.write(work, first, refused) for work in works]
            return await asyncio.gather(*writes, return_exceptions=True)
        finally:
            await asyncio.to_thread(database.close)

    return asyncio.run(together())
