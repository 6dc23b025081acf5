"""Rows of a group that go to their table together: there when somebody looks, and each of them once."""

from pathlib import Path

import pytest

from modelry.storage.database import Gathering, StorageError, Transaction
from modelry.storage.sqlite import FILE_NAME, connect
from tests.groups import Refused, Work, sqlite_with, written

_NOTES = Gathering("notes", ("id", "text"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return sqlite_with(tmp_path, "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")


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
