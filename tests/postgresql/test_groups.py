"""Groups of writes in PostgreSQL: a request that is refused leaves nothing, also where no savepoint was set for it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from modelry.storage.database import Conflict, Found, Gathering, Key, Lookup, StorageError, Transaction
from modelry.storage.postgresql.store import PostgresqlStore
from modelry.storage.writer import Database
from tests.groups import Refused, Work, postgresql_with

_SCHEMA = (
    "CREATE TABLE generation (value BIGINT)",
    "INSERT INTO generation VALUES (7)",
    'CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT COLLATE "C", data BYTEA)',
    "CREATE TABLE parts (id BIGINT REFERENCES things (id))",
    'CREATE TABLE notes (id BIGINT, text TEXT COLLATE "C")',
)
_NOTES = Gathering("notes", ("id", "text"))
_INSERT = "INSERT INTO things VALUES (?, ?, ?)"
T = TypeVar("T")


@pytest.fixture
def store() -> PostgresqlStore:
    """A database of its own with some tables."""
    return postgresql_with(*_SCHEMA)


def asked(store: PostgresqlStore, ask: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """What `ask` finds out of an open database."""

    async def run() -> T:
        database = store.open("SELECT value FROM generation")
        try:
            return await ask(database)
        finally:
            await asyncio.to_thread(database.close)

    return asyncio.run(run())


def written(store: PostgresqlStore, *works: Work) -> list[Any]:
    """What becomes of some requests that arrive at one moment."""

    async def together(database: Database) -> list[Any]:
        return await asyncio.gather(*[database.write(work) for work in works], return_exceptions=True)

    return asked(store, together)


def things(store: PostgresqlStore) -> list[int]:
    """The ids that are there."""
    with store.reading() as database:
        return [number for (number,) in database.all("SELECT id FROM things ORDER BY id")]


def adding(number: int, name: str | None = None) -> Work:
    """A request that adds a thing."""
    return lambda transaction: transaction.run(_INSERT, number, name, b"\x00\xff")


def adding_and_refused(number: int) -> Work:
    """A request that adds a thing before it finds that it may not."""

    def work(transaction: Transaction) -> None:
        transaction.run(_INSERT, number, None, b"")
        transaction.gather(_NOTES, number, "refused")
        raise Refused

    return work


def test_what_a_refused_request_has_written_is_undone_and_its_neighbours_are_kept(store: PostgresqlStore) -> None:
    first, refused, last = written(store, adding(1), adding_and_refused(2), adding(3))
    assert (first, type(refused), last) == (1, Refused, 1)
    assert things(store) == [1, 3]


def test_what_a_refused_request_has_gathered_is_not_written(store: PostgresqlStore) -> None:
    def noting(transaction: Transaction) -> None:
        transaction.gather(_NOTES, 1, "kept")
        transaction.gather(_NOTES, None, 'with "quotes", \\ and ,')

    written(store, noting, adding_and_refused(2))
    with store.reading() as database:
        assert database.all("SELECT id, text FROM notes") == [(1, "kept"), (None, 'with "quotes", \\ and ,')]


def test_a_taken_key_is_a_conflict_that_costs_the_others_nothing(store: PostgresqlStore) -> None:
    written(store, adding(1))
    clash, fine = written(store, adding(1), adding(2))
    assert isinstance(clash, Conflict)
    assert clash.kind == "unique"
    assert fine == 1
    assert things(store) == [1, 2]


def test_a_change_to_a_taken_key_is_a_conflict_that_costs_the_others_nothing(store: PostgresqlStore) -> None:
    written(store, adding(1), adding(2))
    clash, fine = written(store, lambda t: t.run("UPDATE things SET id = 1 WHERE id = ?", 2), adding(3))
    assert isinstance(clash, Conflict)
    assert fine == 1
    assert things(store) == [1, 2, 3]


def test_a_missing_reference_is_a_conflict_of_its_kind(store: PostgresqlStore) -> None:
    clash, fine = written(store, lambda t: t.run("INSERT INTO parts VALUES (?)", 9), adding(3))
    assert isinstance(clash, Conflict)
    assert clash.kind == "reference"
    assert fine == 1


def test_a_statement_that_was_put_off_tells_how_many_rows_it_touched(store: PostgresqlStore) -> None:
    def work(transaction: Transaction) -> tuple[int, int]:
        added = transaction.later(_INSERT, 1, None, b"")
        again = transaction.later(f"{_INSERT} ON CONFLICT DO NOTHING", 1, None, b"")
        return added(), again()

    assert written(store, work) == [(1, 0)]


def test_a_statement_that_was_put_off_and_fails_undoes_its_whole_group(store: PostgresqlStore) -> None:
    """Nobody waited for it, so nobody may be told that all is well."""
    (found,) = written(store, lambda t: t.later("INSERT INTO parts VALUES (?)", 9))
    assert isinstance(found, StorageError)
    found = written(store, adding(1), lambda t: t.later("INSERT INTO parts VALUES (?)", 9), adding(2))
    assert things(store) == [number for number, each in zip((1, None, 2), found, strict=True) if each == 1]
    assert isinstance(found[1], StorageError)


def test_times_are_unique_and_in_commit_order_over_several_servers(store: PostgresqlStore) -> None:
    async def from_two(database: Database) -> list[int]:
        other = store.open("SELECT value FROM generation")
        try:
            writes = [each.write(Transaction.tick) for _ in range(50) for each in (database, other)]
            return list(await asyncio.gather(*writes))
        finally:
            await asyncio.to_thread(other.close)

    times = asked(store, from_two)
    assert len(set(times)) == 100
    assert times[0::2] == sorted(times[0::2])
    assert times[1::2] == sorted(times[1::2])


def test_keys_that_are_asked_for_together_find_each_its_row(store: PostgresqlStore) -> None:
    names = ['a "b"', "c\\d", "e,f", "{g}", "NULL", "", "模型", None]
    written(store, *[adding(number, name) for number, name in enumerate(names)])
    by_id = Lookup("SELECT name, data FROM things WHERE id = ?")
    by_name = Lookup("SELECT id FROM things WHERE name = ?")

    async def find_all(database: Database) -> list[Found]:
        async def one(*keys: Key) -> Found:
            found = database.find(keys)
            return found if isinstance(found, Found) else await found

        known = [one(Key(by_id, (number,)), Key(by_name, (name or "",))) for number, name in enumerate(names)]
        return await asyncio.gather(*known, one(Key(by_id, (99,))))

    *found, missing = asked(store, find_all)
    assert [each.rows[0] for each in found] == [(name, b"\x00\xff") for name in names]
    assert [each.rows[1] for each in found[:7]] == [(number,) for number in range(7)]
    assert missing.rows == (None,)
    assert {each.generation for each in found} == {7}


def test_a_snapshot_sees_nothing_of_what_is_written_meanwhile(store: PostgresqlStore) -> None:
    with store.reading() as database, database.snapshot():
        assert database.count("FROM things") == 0
        written(store, adding(1))
        assert database.count("FROM things") == 0
    assert things(store) == [1]


def test_rows_that_a_refused_request_has_had_written_are_written_again(store: PostgresqlStore) -> None:
    """Whoever reads a table first has the rows of the group put there; being refused must not take them along."""

    def reading_and_refused(transaction: Transaction) -> None:
        transaction.gather(_NOTES, 2, "refused")
        assert len(transaction.all("SELECT id FROM notes")) == 2
        raise Refused

    written(store, lambda t: t.gather(_NOTES, 1, "kept"), reading_and_refused, lambda t: t.gather(_NOTES, 3, "kept"))
    with store.reading() as database:
        assert database.all("SELECT id FROM notes ORDER BY id") == [(1,), (3,)]
