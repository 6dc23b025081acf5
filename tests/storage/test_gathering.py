"""Rows of a group that go to their table together: there when somebody looks, and each of them once."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelry.storage.database import Gathering, StorageError, Transaction
from modelry.storage.sqlite import FILE_NAME, SqliteDatabase, connect

_NOTES = Gathering("notes", ("id", "text"))
Work = Callable[[Transaction], Any]


class Refused(Exception):  # noqa: N818  as a handler refuses
    """What a request is refused with."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    raw = connect(tmp_path / FILE_NAME)
    raw.execute("CREATE TABLE clock (last_us INTEGER)")
    raw.execute("INSERT INTO clock VALUES (0)")
    raw.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
    raw.close()
    return tmp_path


def written(folder: Path, *works: Work) -> list[Any]:
    """What becomes of some requests that arrive at one moment."""

    async def together() -> list[Any]:
        database = SqliteDatabase(folder)
        try:
            return await asyncio.gather(*[database.write(work) for work in works], return_exceptions=True)
        finally:
            await asyncio.to_thread(database.close)

    return asyncio.run(together())


def notes(folder: Path) -> list[int]:
    return [number for (number,) in connect(folder / FILE_NAME).execute("SELECT id FROM notes ORDER BY id")]


def gathering(number: int) -> Work:
    return lambda transaction: transaction.gather(_NOTES, number, "")


def seen(transaction: Transaction) -> int:
    return len(transaction.all("SELECT id FROM notes"))


def test_rows_are_there_after_the_commit(folder: Path) -> None:
    written(folder, gathering(1), gathering(2))
    assert notes(folder) == [1, 2]


def test_a_statement_that_names_the_table_comes_after_the_rows(folder: Path) -> None:
    def gathering_and_seen(transaction: Transaction) -> int:
        transaction.gather(_NOTES, 1, "")
        return seen(transaction)

    assert written(folder, gathering_and_seen) == [1]


def test_a_change_reaches_rows_that_were_gathered_before(folder: Path) -> None:
    assert written(folder, gathering(1), lambda t: t.run("UPDATE notes SET text = ?", "changed"))[1] == 1


def test_a_refused_request_leaves_no_row(folder: Path) -> None:
    def refused(transaction: Transaction) -> None:
        transaction.gather(_NOTES, 2, "")
        raise Refused

    written(folder, gathering(1), refused, gathering(3))
    assert notes(folder) == [1, 3]


def test_rows_that_a_refused_request_has_had_written_are_written_again(folder: Path) -> None:
    def reading_and_refused(transaction: Transaction) -> None:
        transaction.gather(_NOTES, 2, "")
        seen(transaction)
        transaction.gather(_NOTES, 4, "")
        raise Refused

    written(folder, gathering(1), reading_and_refused, gathering(3))
    assert notes(folder) == [1, 3]


def test_rows_that_clash_fail_their_group(folder: Path) -> None:
    def twice(transaction: Transaction) -> None:
        transaction.gather(_NOTES, 1, "")
        transaction.gather(_NOTES, 1, "")

    (fault,) = written(folder, twice)
    assert isinstance(fault, StorageError)
    assert notes(folder) == []
