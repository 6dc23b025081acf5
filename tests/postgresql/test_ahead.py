"""Rows that are read ahead for a group of writes: whoever finds one sees what was written before it."""

import asyncio
from typing import Any

import pytest

from modelry.errors import NONCE_USED, ApiError
from modelry.families.ram.keys.store import nonce_key, use_nonce
from modelry.storage.database import Conflict, Gathering, Key, Lookup, Transaction
from modelry.storage.postgresql.store import PostgresqlStore
from tests.groups import Work, postgresql_with

_SCHEMA = (
    "CREATE TABLE things (id BIGINT PRIMARY KEY, size BIGINT)",
    "INSERT INTO things VALUES (1, 10), (2, 20)",
    "CREATE TABLE parts (id BIGINT REFERENCES things (id))",
    "CREATE TABLE nonces (digest BYTEA PRIMARY KEY, expires BIGINT NOT NULL)",
)
_THING = Lookup("SELECT id, size FROM things WHERE id = ?")
_THINGS = Gathering("things", ("id", "size"), types=(None, "bigint"))
_PARTS = Gathering("parts", ("id",), after="things")
Ahead = tuple[Key, ...] | None


def key(number: int) -> Key:
    return Key(_THING, (number,))


@pytest.fixture
def store() -> PostgresqlStore:
    """A database with two things."""
    return postgresql_with(*_SCHEMA)


def written(store: PostgresqlStore, *requests: tuple[Work, Ahead]) -> list[Any]:
    """What becomes of some requests of one group."""

    async def run() -> list[Any]:
        database = store.open("SELECT 1")
        held = asyncio.Event()
        loop = asyncio.get_running_loop()

        def hold(_: Transaction) -> None:
            asyncio.run_coroutine_threadsafe(held.wait(), loop).result(10)

        try:
            first = database.write(hold, ahead=())
            rest = [database.write(work, ahead=ahead) for work, ahead in requests]
            held.set()
            await first
            return await asyncio.gather(*rest, return_exceptions=True)
        finally:
            await asyncio.to_thread(database.close)

    return asyncio.run(run())


def found(number: int) -> Work:
    """A request that finds a thing."""
    return lambda transaction: transaction.find(key(number))


def grown(number: int) -> Work:
    """A request that makes a thing greater by 1, by what it finds."""

    def work(transaction: Transaction) -> None:
        row = transaction.find(key(number))
        assert row is not None
        transaction.later("UPDATE things SET size = ? WHERE id = ?", row[1] + 1, number)

    return work


def test_requests_find_what_was_read_ahead_and_what_there_is_not(store: PostgresqlStore) -> None:
    def seen(transaction: Transaction) -> Any:  # noqa: ANN401  what was read ahead
        return dict(transaction.found_ahead)

    everything, one, none = written(store, (seen, (key(1), key(3))), (found(1), (key(1),)), (found(3), (key(3),)))
    assert everything == {key(1): (1, 10), key(3): None}
    assert (one, none) == ((1, 10), None)


def test_of_changes_of_one_row_in_a_group_none_is_lost(store: PostgresqlStore) -> None:
    keys = (key(1),)
    answers = written(store, *[(grown(1), keys)] * 5, (found(1), keys))
    assert answers[-1] == (1, 15)


def test_what_may_change_anything_leaves_nothing_that_was_read_before_it(store: PostgresqlStore) -> None:
    def emptied(transaction: Transaction) -> None:
        transaction.run("UPDATE things SET size = 0")

    *_, two = written(store, (found(1), (key(1),)), (emptied, None), (found(2), (key(2),)))
    assert two == (2, 0)


def test_what_a_refused_request_has_found_is_found_anew_by_the_next_one(store: PostgresqlStore) -> None:
    def grown_and_refused(transaction: Transaction) -> None:
        grown(1)(transaction)
        raise Conflict("unique")

    refused, one = written(store, (grown_and_refused, (key(1),)), (found(1), (key(1),)))
    assert isinstance(refused, Conflict)
    assert one == (1, 10)


def test_what_may_change_anything_finds_rows_that_refer_to_it(store: PostgresqlStore) -> None:
    gathered = (lambda transaction: transaction.gather(_PARTS, 1), ())
    removed = (lambda transaction: transaction.run("DELETE FROM things WHERE id = ?", 1), None)
    made, clash = written(store, gathered, removed)
    assert made is None
    assert isinstance(clash, Conflict)
    assert clash.kind == "reference"


def using(digest: bytes) -> Work:
    """A request that uses a nonce."""

    def work(transaction: Transaction) -> None:
        check = use_nonce(transaction, digest, expires=2_000_000_000, now=1_000_000_000)
        if check is not None:
            check()

    return work


def test_of_requests_of_a_group_with_one_nonce_the_first_is_carried_out(store: PostgresqlStore) -> None:
    ahead = (nonce_key(b"one"),)
    first, second, third = written(store, (using(b"one"), ahead), (using(b"two"), None), (using(b"one"), ahead))
    assert (first, second) == (None, None)
    assert isinstance(third, ApiError)
    assert third.error is NONCE_USED


@pytest.mark.parametrize("ahead", [(nonce_key(b"one"),), None])
def test_a_nonce_of_an_earlier_group_is_refused(store: PostgresqlStore, ahead: Ahead) -> None:
    assert written(store, (using(b"one"), (nonce_key(b"one"),))) == [None]
    (again,) = written(store, (using(b"one"), ahead))
    assert isinstance(again, ApiError)
    assert again.error is NONCE_USED


def test_the_nonce_of_a_request_that_is_refused_stays_used(store: PostgresqlStore) -> None:
    ahead = (nonce_key(b"one"),)

    def refused(transaction: Transaction) -> None:
        transaction.run("UPDATE things SET size = 0")
        raise Conflict("unique")

    async def run() -> Any:  # noqa: ANN401  what the request ends with
        database = store.open("SELECT 1")
        try:
            answer = database.write(refused, first=using(b"one"), ahead=ahead)
            return (await asyncio.gather(answer, return_exceptions=True))[0]
        finally:
            await asyncio.to_thread(database.close)

    assert isinstance(asyncio.run(run()), Conflict)
    (again,) = written(store, (using(b"one"), ahead))
    assert isinstance(again, ApiError)
    with store.reading() as database:
        assert database.all("SELECT size FROM things ORDER BY id") == [(10,), (20,)]


def test_gathered_rows_come_after_those_that_they_refer_to(store: PostgresqlStore) -> None:
    gathered = (lambda transaction: transaction.gather(_PARTS, 7), ())
    made = (lambda transaction: transaction.gather(_THINGS, 7, None), ())
    assert written(store, gathered, made) == [None, None]
    with store.reading() as database:
        assert database.all("SELECT * FROM parts JOIN things USING (id)") == [(7, None)]


def test_a_row_that_is_written_at_once_comes_after_the_gathered_one_that_it_refers_to(store: PostgresqlStore) -> None:
    def both(transaction: Transaction) -> None:
        transaction.gather(_THINGS, 7, None)
        transaction.insert(_PARTS, 7)

    assert written(store, (both, ())) == [None]
    with store.reading() as database:
        assert database.all("SELECT * FROM parts JOIN things USING (id)") == [(7, None)]
