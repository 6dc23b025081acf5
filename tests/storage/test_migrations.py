"""Migrations: applied once each, all or nothing, and never changed afterwards."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelry import families
from modelry.storage.migrations import Migration, SchemaError, apply, pending
from modelry.storage.sqlite import SqliteSchema, connect

FIRST = Migration(
    "family", "0001_first.sqlite.sql", "CREATE TABLE things (a TEXT); -- a; comment\nINSERT INTO things VALUES ('x;y');"
)
SECOND = Migration("family", "0002_second.sqlite.sql", "ALTER TABLE things ADD COLUMN b TEXT;")
BROKEN = Migration("family", "0003_broken.sqlite.sql", "CREATE TABLE more (c TEXT); INSERT INTO nowhere VALUES (1);")
CONTRACTS = Migration("family", "0003_contract.sqlite.sql", "-- contracts: b is read no more\nDROP TABLE things;")


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "m.sqlite")
    yield connection
    connection.close()


def version(raw: sqlite3.Connection) -> tuple[int, int]:
    found: tuple[int, int] = raw.execute("SELECT version, oldest_program FROM schema_version").fetchone()
    return found


def test_each_is_applied_once_in_order(raw: sqlite3.Connection) -> None:
    assert apply(SqliteSchema(raw), [FIRST]) == [FIRST]
    assert apply(SqliteSchema(raw), [FIRST, SECOND]) == [SECOND]
    assert apply(SqliteSchema(raw), [FIRST, SECOND]) == []
    assert raw.execute("SELECT a, b FROM things").fetchall() == [("x;y", None)]
    assert version(raw) == (2, 0)


def test_one_that_fails_leaves_nothing_of_all(raw: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        apply(SqliteSchema(raw), [FIRST, BROKEN])
    assert pending(SqliteSchema(raw), [FIRST, BROKEN]) == [FIRST, BROKEN]
    assert raw.execute("SELECT name FROM sqlite_master WHERE name IN ('things', 'more')").fetchall() == []
    assert version(raw) == (0, 0)


def test_one_changed_after_it_was_applied_is_refused(raw: sqlite3.Connection) -> None:
    apply(SqliteSchema(raw), [FIRST])
    with pytest.raises(SchemaError, match=r"family/0001_first\.sqlite\.sql was changed"):
        apply(SqliteSchema(raw), [FIRST._replace(sql="CREATE TABLE other (a TEXT);")])


def test_a_program_of_before_may_read_what_was_only_expanded(raw: sqlite3.Connection) -> None:
    apply(SqliteSchema(raw), [FIRST, SECOND])
    assert apply(SqliteSchema(raw), [FIRST]) == []


def test_a_program_of_before_is_refused_after_a_contraction(raw: sqlite3.Connection) -> None:
    apply(SqliteSchema(raw), [FIRST, SECOND, CONTRACTS])
    with pytest.raises(SchemaError, match="newer version"):
        apply(SqliteSchema(raw), [FIRST, SECOND])


def test_those_of_all_families_apply_and_have_unique_names(raw: sqlite3.Connection) -> None:
    known = list(families.migrations("sqlite"))
    assert apply(SqliteSchema(raw), known) == known
    assert len({(migration.family, migration.name) for migration in known}) == len(known) > 5
    assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
