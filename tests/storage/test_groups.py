"""Groups of writes in SQLite: a request that is refused leaves nothing, also where no savepoint was set for it."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from modelry.storage.database import Conflict, Gathering, StorageError, Transaction
from modelry.storage.sqlite import FILE_NAME, SqliteDatabase, connect
from tests.groups import Refused, Work, sqlite_with, written

_NOTES = Gathering("notes", ("id", "text"))
_INSERT = "INSERT INTO things VALUES (?)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    notes = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)"
    return sqlite_with(tmp_path, "CREATE TABLE things (id INTEGER PRIMARY KEY)", notes)


def things(folder: Path) -> list[int]:
    return [number for (number,) in connect(folder / FILE_NAME).execute("SELECT id FROM things ORDER BY id")]


def notes(folder: Path) -> list[str]:
    return [text for (text,) in connect(folder / FILE_NAME).execute("SELECT text FROM notes ORDER BY id")]


def adding(number: int) -> Work:
    return lambda transaction: transaction.run(_INSERT, number)


def adding_and_refused(number: int) -> Work:
    """A request that adds a thing before it finds that it may not."""

    def work(transaction: Transaction) -> None:
        transaction.run(_INSERT, number)
        transaction.gather(_NOTES, number, "refused")
        raise Refused

    return work


def test_what_a_refused_request_has_written_is_undone_and_its_neighbours_are_kept(folder: Path) -> None:
    found = written(folder, adding(1), adding_and_refused(2), adding(3), adding_and_refused(4), adding(5))
    assert [type(each) for each in found] == [int, Refused, int, Refused, int]
    assert (things(folder), notes(folder)) == ([1, 3, 5], [])


def test_the_groups_after_one_that_was_undone_are_right_too(folder: Path) -> None:
    async def ask() -> list[Any]:
        database = SqliteDatabase(folder)
        found: list[Any] = []
        for number in range(0, 80, 2):
            pair = database.write(adding(number)), database.write(adding_and_refused(number + 1))
            found += await asyncio.gather(*pair, return_exceptions=True)
        await asyncio.to_thread(database.close)
        return found

    assert [type(each) for each in asyncio.run(ask())] == [int, Refused] * 40
    assert things(folder) == list(range(0, 80, 2))


def test_what_comes_first_and_what_tells_of_a_refusal_are_kept_once(folder: Path) -> None:
    def noting(transaction: Transaction) -> None:
        transaction.run("INSERT INTO notes VALUES (NULL, 'first')")

    def telling(_: Exception) -> Work:
        return lambda transaction: transaction.run("INSERT INTO notes VALUES (NULL, 'refused')")

    written(folder, adding(1), adding_and_refused(2), adding(3), first=noting, refused=telling)
    assert notes(folder) == ["first", "first", "refused", "first"]


def test_whoever_waits_for_the_commit_is_called_once(folder: Path) -> None:
    called: list[int] = []

    def calling(transaction: Transaction) -> None:
        transaction.after_commit(lambda: called.append(1))

    written(folder, calling, adding_and_refused(2))
    assert called == [1]


def test_rows_of_others_that_a_refused_request_has_had_written_are_there_once(folder: Path) -> None:
    def settling_and_refused(transaction: Transaction) -> None:
        transaction.all("SELECT id FROM notes")
        raise Refused

    written(folder, lambda transaction: transaction.gather(_NOTES, 1, "kept"), settling_and_refused)
    assert notes(folder) == ["kept"]


def test_a_request_that_is_refused_before_it_writes_costs_nobody_a_second_try(folder: Path) -> None:
    tries: Counter[str] = Counter()

    def counting(name: str, fault: type[Exception] | None = None) -> Work:
        def work(transaction: Transaction) -> None:
            tries[name] += 1
            transaction.all("SELECT id FROM things")
            if fault:
                raise fault

        return work

    def clashing(transaction: Transaction) -> None:
        tries["clashing"] += 1
        transaction.run(_INSERT, 7)

    written(folder, adding(7))
    *_, clash = written(folder, counting("fine"), counting("refused", Refused), clashing)
    assert isinstance(clash, Conflict)
    assert tries == {"fine": 1, "refused": 1, "clashing": 1}
    assert things(folder) == [7]


def test_a_group_that_cannot_be_committed_the_second_time_either_fails_as_a_whole(folder: Path) -> None:
    def twice(transaction: Transaction) -> None:
        transaction.gather(_NOTES, 1, "")
        transaction.gather(_NOTES, 1, "")

    found = written(folder, adding(1), adding_and_refused(2), twice)
    assert [type(each) for each in found] == [StorageError] * 3
    assert (things(folder), notes(folder)) == ([], [])


def test_what_has_been_read_is_known_on_after_a_refusal_unless_something_is_undone(folder: Path) -> None:
    seen: list[bool] = []

    def looking(transaction: Transaction) -> None:
        seen.append("thing" in transaction.known)

    def reading_and_refused(transaction: Transaction) -> None:
        transaction.known["thing"] = 1
        raise Refused

    def writing_and_refused(transaction: Transaction) -> None:
        transaction.run(_INSERT, 1)
        raise Refused

    written(folder, reading_and_refused, looking)
    written(folder, writing_and_refused, reading_and_refused, writing_and_refused, looking)
    assert seen == [True, False]
