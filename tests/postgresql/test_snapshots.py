"""Snapshots of PostgreSQL: what is told to the server late, or with something else, is read as if it was not."""

from collections.abc import Iterator

import pytest

from modelry.storage.database import StatementError
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.postgresql.transaction import PostgresqlConnection
from tests.databases import shared

_COUNT = "SELECT count(*) FROM things"


@pytest.fixture(params=[True, False], ids=["prepared", "unprepared"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """On a database with one table, which is empty."""
    made = Session(Options(shared().url(shared().new_database()), prepared=request.param, timeout_s=10))
    made.execute("CREATE TABLE things (id BIGINT PRIMARY KEY)")
    yield made
    made.close()


@pytest.fixture
def other(session: Session) -> Iterator[Session]:
    """Another session with the same database."""
    made = Session(session.options)
    yield made
    made.close()


def test_what_is_asked_for_ahead_and_last_shows_one_state(session: Session, other: Session) -> None:
    database = PostgresqlConnection(session)
    with database.snapshot():
        first = database.ahead(_COUNT)
        assert first() == (0,)
        other.execute("INSERT INTO things VALUES (1)")
        second = database.ahead(_COUNT)
        assert database.last("SELECT id FROM things") == []
        assert (first(), second(), second()) == ((0,), (0,), (0,))
    with database.snapshot():
        assert database.ahead("SELECT id FROM things WHERE id = ?", 2)() is None
        assert database.last("SELECT id FROM things") == [(1,)]


def test_nothing_is_read_of_a_snapshot_after_its_last_rows(session: Session) -> None:
    database = PostgresqlConnection(session)
    with database.snapshot():
        database.last(_COUNT)
        with pytest.raises(RuntimeError):
            database.one(_COUNT)
    with database.snapshot():
        assert database.one(_COUNT) == (0,)


def test_last_rows_leave_no_transaction_open(session: Session, other: Session) -> None:
    database = PostgresqlConnection(session)
    with database.snapshot():
        database.last(_COUNT)
        state = other.execute("SELECT state FROM pg_stat_activity WHERE pid = ?", (session.pgconn.backend_pid,))
        assert state.fetchone() == ("idle",)


def test_outside_of_a_snapshot_the_last_rows_are_rows_as_all_others(session: Session) -> None:
    database = PostgresqlConnection(session)
    assert database.last(_COUNT) == [(0,)]
    assert database.one(_COUNT) == (0,)


@pytest.mark.parametrize("fails", ["ahead", "last"])
def test_a_statement_that_fails_spoils_its_snapshot_alone(session: Session, fails: str) -> None:
    database = PostgresqlConnection(session)
    with database.snapshot():
        database.ahead("SELECT nothing FROM things" if fails == "ahead" else _COUNT)
        with pytest.raises(StatementError):
            database.last("SELECT nothing FROM things" if fails == "last" else _COUNT)
    with database.snapshot():
        assert database.last(_COUNT) == [(0,)]


def test_what_was_asked_for_ahead_of_a_failure_is_known(session: Session) -> None:
    database = PostgresqlConnection(session)
    with database.snapshot():
        before = database.ahead(_COUNT)
        with pytest.raises(StatementError):
            database.one("SELECT nothing FROM things")
        assert before() == (0,)
