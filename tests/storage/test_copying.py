"""A registry copied from one file to another one; tests/cli/test_move.py does it between kinds of databases."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from modelry import families
from modelry.storage import instance, migrations
from modelry.storage.copying import CopyError, Derived, Known, Sum, copied, into_file, of_file, overall
from modelry.storage.database import Dialect, Transaction
from modelry.storage.folding import folded
from modelry.storage.migrations import Migration
from modelry.storage.stores import SqliteStore

_WORDS = Migration("words", "0001_words.sqlite.sql", "CREATE VIRTUAL TABLE words USING fts5(alias);")
_MOST = 2**63 - 1
_ALIASES = [(1, "ä\n\t\"'%模"), (2, ""), (_MOST, "z" * 100_000)]


def _migrations(dialect: Dialect) -> Iterator[Migration]:
    yield from families.migrations(dialect)
    if dialect == "sqlite":
        yield _WORDS


def _rebuild(transaction: Transaction) -> None:
    for (alias,) in transaction.all("SELECT account_alias FROM ram_account_aliases"):
        transaction.run("INSERT INTO words VALUES (?)", folded(alias))


KNOWN = Known(_migrations, (Derived(frozenset({"words"}), _rebuild),))


def quiet(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
def source(tmp_path: Path) -> SqliteStore:
    """A registry with some aliases and with an index of other words."""
    (tmp_path / "source").mkdir()
    store = SqliteStore(tmp_path / "source")
    with store.schema() as schema:
        migrations.apply(schema, _migrations("sqlite"))

    def fill(transaction: Transaction) -> None:
        instance.fix(transaction, instance.Instance(1234567890123456, "cn-hangzhou"))
        for row in _ALIASES:
            transaction.run("INSERT INTO ram_account_aliases VALUES (?, ?)", *row)
        transaction.run("INSERT INTO words VALUES ('of before')")

    store.write_alone(fill)
    return store


def copy(source: SqliteStore, target: Path, known: Known = KNOWN) -> dict[str, Sum]:
    with of_file(source.folder / "modelry.sqlite", "there") as of, into_file(target, "here") as into:
        return copied(of, into, known, quiet)


def test_rows_arrive_as_they_were(source: SqliteStore, tmp_path: Path) -> None:
    sums = copy(source, tmp_path / "copy")
    assert sums["ram_account_aliases"].rows == len(_ALIASES)
    with closing(sqlite3.connect(tmp_path / "copy")) as raw:
        assert raw.execute("SELECT * FROM ram_account_aliases ORDER BY account_id").fetchall() == _ALIASES
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_follows_from_other_tables_is_made_anew(source: SqliteStore, tmp_path: Path) -> None:
    sums = copy(source, tmp_path / "copy")
    assert not [name for name in sums if name.startswith("words")]
    with closing(sqlite3.connect(tmp_path / "copy")) as raw:
        assert raw.execute("SELECT count(*) FROM words").fetchone() == (len(_ALIASES),)
        assert raw.execute("SELECT count(*) FROM words WHERE words MATCH 'before'").fetchone() == (0,)


def test_the_checksum_is_of_the_rows_and_not_of_their_order(source: SqliteStore, tmp_path: Path) -> None:
    first = copy(source, tmp_path / "first")

    def again(transaction: Transaction) -> None:
        transaction.run("DELETE FROM ram_account_aliases")
        for row in reversed(_ALIASES):
            transaction.run("INSERT INTO ram_account_aliases VALUES (?, ?)", *row)

    source.write_alone(again)
    second = copy(source, tmp_path / "second")
    assert first["ram_account_aliases"] == second["ram_account_aliases"]
    source.write_alone(lambda transaction: transaction.run("UPDATE ram_account_aliases SET account_alias = '-'"))
    third = copy(source, tmp_path / "third")
    assert first["ram_account_aliases"] != third["ram_account_aliases"]
    assert overall(second) != overall(third)


def test_two_rows_that_are_swapped_for_two_others_show(source: SqliteStore, tmp_path: Path) -> None:
    """A sum of rows, not their exclusive or, in which two equal rows are none."""
    none = copy(source, tmp_path / "none")
    source.write_alone(lambda t: t.run("INSERT INTO access_generation SELECT value FROM access_generation"))
    two = copy(source, tmp_path / "two")
    source.write_alone(lambda t: t.run("INSERT INTO access_generation SELECT value FROM access_generation LIMIT 1"))
    three = copy(source, tmp_path / "three")
    assert len({sums["access_generation"].checksum for sums in (none, two, three)}) == 3


def test_a_schema_that_the_program_does_not_know_is_refused(source: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(CopyError, match=r"newer version.*words/0001_words"):
        copy(source, tmp_path / "copy", Known(families.migrations, ()))


def test_a_table_that_nothing_explains_is_refused(source: SqliteStore, tmp_path: Path) -> None:
    with source.schema() as schema:
        schema.execute("CREATE TABLE mine (a)")
    with pytest.raises(CopyError, match="mine"):
        copy(source, tmp_path / "copy")


def test_a_registry_without_an_account_is_none(source: SqliteStore, tmp_path: Path) -> None:
    source.write_alone(lambda transaction: transaction.run("DELETE FROM instance"))
    with pytest.raises(CopyError, match="there is no registry"):
        copy(source, tmp_path / "copy")
