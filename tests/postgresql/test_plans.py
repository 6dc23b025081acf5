"""Plans of statements that find their rows by key, made when there were no rows yet."""

import pytest

from modelry.storage.database import Lookup
from modelry.storage.postgresql.arrays import Encoded, column
from modelry.storage.postgresql.points import of_many
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.predicates import Value
from tests.databases import shared

_FORGET = "DELETE FROM nonces WHERE digest IN (SELECT digest FROM nonces WHERE expires < ? LIMIT 3)"


@pytest.fixture
def url() -> str:
    """Of a database with a table that PostgreSQL knows to be empty."""
    made = shared().url(shared().new_database())
    session = Session(Options(made, prepared=True, timeout_s=10))
    session.execute('CREATE TABLE nonces (digest TEXT COLLATE "C" PRIMARY KEY, expires BIGINT NOT NULL)')
    session.execute("CREATE INDEX nonces_by_expiry ON nonces (expires)")
    session.execute("ANALYZE nonces")
    session.close()
    return made


def planned(session: Session, sql: str, value: Value | Encoded = 7) -> str:
    """What PostgreSQL says of how it would carry out a statement."""
    return "\n".join(line for (line,) in session.execute(f"EXPLAIN {sql}", (value,)).fetchall())


def test_a_session_by_key_reads_no_table_from_end_to_end_however_empty_it_was(url: str) -> None:
    at_large, by_key = (Session(Options(url, prepared=True, timeout_s=10, by_key=wanted)) for wanted in (False, True))
    assert "Seq Scan on nonces" in planned(at_large, _FORGET)
    assert "Seq Scan on nonces" not in planned(by_key, _FORGET)
    assert planned(by_key, _FORGET).count("Index Cond") == 2  # the few that are sought, and each of them by its key
    at_large.close()
    by_key.close()


def test_rows_that_are_read_ahead_are_looked_up_one_by_one_in_a_table_that_was_empty(url: str) -> None:
    session = Session(Options(url, prepared=True, timeout_s=10, by_key=True))
    lookup = Lookup("SELECT expires FROM nonces WHERE digest = ?")
    assert "Index Cond: (digest = " in planned(session, of_many(lookup, each=True), column(["a", "b"]))
    session.close()


def test_of_the_rows_that_could_be_removed_as_many_are_as_the_limit_says(url: str) -> None:
    session = Session(Options(url, prepared=True, timeout_s=10, by_key=True))
    for number in range(8):
        session.execute("INSERT INTO nonces VALUES (?, ?)", (f"nonce-{number}", number))
    assert [session.execute(_FORGET, (5,)).rowcount for _ in range(3)] == [3, 2, 0]
    assert session.execute("SELECT min(expires), count(*) FROM nonces").fetchone() == (5, 3)
    session.close()
