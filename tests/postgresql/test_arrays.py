"""Columns of rows as arrays: PostgreSQL reads of them what was put into them."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelry.storage.database import Gathering
from modelry.storage.postgresql.arrays import columns, packed
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.postgresql.transaction import _arrays, _together
from modelry.storage.predicates import Value
from tests.databases import shared

_UNNESTED = "SELECT * FROM unnest(?, ?, ?) AS rows (number, text, bytes)"
_MODELS = Gathering(
    "models",
    ("id", "grams", "name"),
    types=(None, "integer[]", None),
    ending="ON CONFLICT (id) DO UPDATE SET grams = excluded.grams, name = excluded.name",
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | TEXTS | st.sampled_from(["", "NULL", '"', "\\", "{,}"]),
        st.none() | st.binary(),
    ),
    min_size=1,
)
GRAMS = st.lists(st.lists(st.integers(0, 2**31 - 1)), min_size=1)
EXAMPLES = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """On a database with a table that has a column of arrays."""
    made = Session(Options(shared().url(shared().new_database()), prepared=True, timeout_s=10))
    made.execute('CREATE TABLE models (id BIGINT PRIMARY KEY, grams INTEGER[] NOT NULL, name TEXT COLLATE "C")')
    yield made
    made.close()


@EXAMPLES
@given(ROWS)
def test_rows_arrive_as_they_were_sent(session: Session, rows: list[tuple[Value, ...]]) -> None:
    typed: list[tuple[Value, ...]] = [*rows, (0, "", b"")]  # else a column of nothing but NULL would be one of texts
    assert session.execute(_UNNESTED, columns(typed)).fetchall() == typed


@EXAMPLES
@given(GRAMS)
def test_each_row_gets_its_own_array(session: Session, grams: list[list[int]]) -> None:
    rows: list[tuple[Value, ...]] = [
        (number, packed(each), None if number % 2 else f"model-{number}") for number, each in enumerate(grams)
    ]
    session.execute("TRUNCATE models")
    session.execute(_together(_MODELS), _arrays(_MODELS, rows))
    found = session.execute("SELECT grams, name FROM models ORDER BY id").fetchall()
    assert found == [(tuple(each), None if number % 2 else f"model-{number}") for number, each in enumerate(grams)]


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OverflowError):
        packed([2**31])
