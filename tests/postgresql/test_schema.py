"""The schema in PostgreSQL: the same as in SQLite, made once however many servers start, never run backwards."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from modelry import families
from modelry.settings import Settings
from modelry.storage import migrations, stores
from modelry.storage.database import Connection
from modelry.storage.migrations import Migration, SchemaError
from modelry.storage.store import Store
from tests.databases import shared
from tests.fleet import SECRETS, servers

_COLUMNS = """
SELECT table_name, column_name, is_nullable = 'NO', data_type, collation_name
FROM information_schema.columns WHERE table_schema = 'public'"""
_UNIQUE = """
SELECT c.relname, (SELECT string_agg(a.attname, ',' ORDER BY k.n)
    FROM unnest(i.indkey::int[]) WITH ORDINALITY AS k(attnum, n)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum), pg_get_expr(i.indpred, i.indrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE s.nspname = 'public' AND i.indisunique"""
_TYPES = {"INTEGER": {"bigint", "integer", "smallint"}, "TEXT": {"text"}, "BLOB": {"bytea"}, "BIGINT": {"bigint"}}
CONTRACTION = Migration(
    "later", "0001_later.sql", "-- contracts: nothing of before can be read\nCREATE TABLE z (a TEXT);"
)
EXPANSION = Migration("later", "0001_later.sql", "CREATE TABLE z (a TEXT);")


def known(store: Store) -> list[Migration]:
    return list(families.migrations(store.dialect))


def store(url: str | None, folder: Path) -> Store:
    return stores.store_of(Settings(data=str(folder), database=url))


def migrated(made: Store, steps: list[Migration] | None = None) -> list[Migration]:
    with made.schema() as schema:
        return migrations.apply(schema, known(made) if steps is None else steps)


@pytest.fixture
def url() -> str:
    return shared().url(shared().new_database())


def in_sqlite(folder: Path) -> tuple[dict[tuple[str, str], tuple[bool, str]], set[tuple[str, str]]]:
    """Each column with whether it may not be NULL and its type, and the unique keys of each table."""
    made = store(None, folder)
    migrated(made)
    columns: dict[tuple[str, str], tuple[bool, str]] = {}
    unique: set[tuple[str, str]] = set()
    with made.reading() as database:
        listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ordinary = {name for (name,) in database.all(f"{listed} AND sql NOT LIKE 'CREATE VIRTUAL%'")}
        shadows = {name for name in ordinary if any(name.startswith(f"{v}_") for v in virtual(database))}
        for table in ordinary - shadows:
            for _, name, kind, not_null, _, key in database.all(f"PRAGMA table_info({table})"):
                columns[table, name] = bool(not_null or key), kind
            keys = sorted((key, name) for _, name, _, _, _, key in database.all(f"PRAGMA table_info({table})") if key)
            if keys:
                unique.add((table, ",".join(name for _, name in keys)))
            for _, index, is_unique, *_ in database.all(f"PRAGMA index_list({table})"):
                if is_unique:
                    found = sorted(database.all(f"PRAGMA index_info({index})"))
                    unique.add((table, ",".join(name for _, _, name in found)))
    return columns, unique


def virtual(database: Connection) -> list[str]:
    """SQLite's tables for full text, which PostgreSQL has as an index."""
    return [name for (name,) in database.all("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'")]


def test_both_databases_have_the_same_tables_columns_and_unique_keys(tmp_path: Path, url: str) -> None:
    columns, unique = in_sqlite(tmp_path)
    migrated(store(url, tmp_path))
    with shared().admin(url.rpartition("/")[2]) as admin:
        rows = admin.execute(_COLUMNS.encode()).fetchall()
        keys = {(table, names) for table, names, _ in admin.execute(_UNIQUE.encode()).fetchall()}
    there = {(table, column): (not_null, kind) for table, column, not_null, kind, _ in rows}
    only_one_has = {place for place in there.keys() ^ columns.keys() if place[0] not in _OF_ONE_DATABASE}
    assert only_one_has == set()
    for place in there.keys() & columns.keys():
        assert there[place][0] == columns[place][0], f"{place}: NULL"
        assert there[place][1] in _TYPES[re.sub(r"\W.*", "", columns[place][1])], f"{place}: type"
    assert {key for key in keys ^ unique if key[0] not in _OF_ONE_DATABASE} == set()


_OF_ONE_DATABASE = {"model_grams", "model_grams_pending"}
"""Tables that only one of the databases needs."""


def test_every_text_is_compared_byte_by_byte_whatever_the_database_s_locale(tmp_path: Path, url: str) -> None:
    migrated(store(url, tmp_path))
    own = {"migrations", "schema_version", "instance"}
    with shared().admin(url.rpartition("/")[2]) as admin:
        rows = admin.execute(_COLUMNS.encode()).fetchall()
    other = {(table, column) for table, column, _, kind, collation in rows if kind == "text" and collation != "C"}
    assert {place for place in other if place[0] not in own} == set()


def test_an_older_schema_is_brought_up_to_date_with_its_data_kept(tmp_path: Path, url: str) -> None:
    made = store(url, tmp_path)
    steps = known(made)
    migrated(made, steps[:5])
    assert migrated(made) == steps[5:]
    assert migrated(made) == []


def test_a_newer_schema_is_read_unless_it_has_contracted(tmp_path: Path, url: str) -> None:
    made = store(url, tmp_path)
    migrated(made, [*known(made), EXPANSION])
    assert migrated(made) == []
    other = store(shared().url(shared().new_database()), tmp_path)
    migrated(other, [*known(other), CONTRACTION])
    with pytest.raises(SchemaError, match="newer version"):
        migrated(other)


def test_a_server_refuses_a_schema_that_has_contracted(tmp_path: Path, url: str) -> None:
    made = store(url, tmp_path)
    migrated(made, [*known(made), CONTRACTION])
    with pytest.raises(AssertionError, match="newer version"), servers(tmp_path / "fleet", url):
        pass


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, url: str) -> None:
    made = store(url, tmp_path)
    broken = Migration("later", "0001_broken.sql", "CREATE TABLE z (a TEXT); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(Exception, match="nowhere"):
        migrated(made, [*known(made), broken])
    with made.schema() as schema:
        assert not schema.has_table("z")
        assert not schema.has_table("models")
    assert len(migrated(made)) == len(known(made))


_MIGRATES = """
import sys
from pathlib import Path
from tests.postgresql.test_schema import migrated, store
sys.stdin.readline()
print(len(migrated(store(sys.argv[1], Path(sys.argv[2])))))
"""


def test_each_migration_is_applied_once_by_whomever_of_many_at_once(tmp_path: Path, url: str) -> None:
    command = [sys.executable, "-c", _MIGRATES, url, str(tmp_path)]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    counts = sorted(int(each.communicate("\n", timeout=60)[0]) for each in running)
    assert counts == [0, 0, 0, 0, 0, len(known(store(url, tmp_path)))]


def test_servers_that_start_at_once_on_an_empty_database_serve_one_registry(tmp_path: Path, url: str) -> None:
    with servers(tmp_path, url) as fleet:
        assert len({server.account_id for server in fleet.servers}) == 1
        model_id = fleet.wire(0).new_model()
        assert [fleet.wire(n).ask("GET", f"/api/v1/models/{model_id}").status for n in range(3)] == [200] * 3
        assert {server.key_id for server in fleet.servers} == {SECRETS["MODELRY_ROOT_ACCESS_KEY_ID"]}
