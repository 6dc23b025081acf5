"""A predicate evaluated on an object and the same predicate in PostgreSQL's SQL are never of two minds."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelry.access.predicate import Predicate, holds
from modelry.storage.database import Lookup
from modelry.storage.postgresql.arrays import columns
from modelry.storage.postgresql.points import of_many
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.predicates import rendered
from tests.databases import shared
from tests.storage.test_predicates import (
    COLUMNS,
    PREDICATES,
    THINGS,
    Thing,
    attributes,
    has_label,
    has_label_like,
    has_tag,
)

_TABLES = (
    'CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, task TEXT COLLATE "C", size BIGINT)',
    'CREATE TABLE tags (id BIGINT, tag TEXT COLLATE "C")',
    'CREATE TABLE labels (id BIGINT, key TEXT COLLATE "C", value TEXT COLLATE "C")',
)
EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=[False, True], ids=["C", "ICU"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """On a database with the tables of the predicates' test."""
    url = shared().url(shared().new_database(icu=request.param))
    made = Session(Options(url, prepared=True, timeout_s=10))
    for table in _TABLES:
        made.execute(table)
    yield made
    made.close()


def fill(session: Session, things: list[Thing]) -> None:
    session.execute("TRUNCATE things, tags, labels")
    for number, thing in enumerate(things):
        session.execute("INSERT INTO things VALUES (?, ?, ?, ?)", (number, *thing[:3]))
        for tag in thing.tags:
            session.execute("INSERT INTO tags VALUES (?, ?)", (number, tag))
        for label in thing.labels.items():
            session.execute("INSERT INTO labels VALUES (?, ?, ?)", (number, *label))


@EXAMPLES
@given(st.lists(THINGS, max_size=6), PREDICATES)
def test_sql_finds_the_objects_that_the_predicate_holds_of(
    session: Session, things: list[Thing], predicate: Predicate
) -> None:
    """In a statement of its own, and among those that are read together."""
    fill(session, things)
    held = [number for number, thing in enumerate(things) if holds(predicate, attributes(thing))]
    condition, values = rendered(predicate, COLUMNS, {"tags": has_tag, "labels": has_label}, {"labels": has_label_like})
    found = session.execute(f"SELECT id FROM things WHERE {condition} ORDER BY id", values).fetchall()  # noqa: S608  the tested text
    assert [number for (number,) in found] == held
    one = Lookup(f"SELECT id FROM things WHERE id = ? AND {condition}")  # noqa: S608  the tested text
    keys = [(number, *values) for number in range(len(things))]
    if keys:
        rows = session.execute(of_many(one), columns(keys)).fetchall()
        assert sorted(number for _, number in rows) == held
