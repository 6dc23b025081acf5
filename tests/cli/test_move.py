"""`modelry move`: a registry from SQLite to PostgreSQL and back, the same to the byte."""

import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_ram20150501 import models as ram

from modelry.settings import Settings
from modelry.storage.stores import store_of
from tests.cli.folder_steps import PROGRAM, changed, copied, older, ran, refused, root_key, states
from tests.databases import Cluster, shared, tables
from tests.registry import Registry, running

_OF_THE_SCHEMA = {"migrations", "schema_version"}
_CHECKSUM = re.compile(r"^checksum ([0-9a-f]{64})$", re.MULTILINE)


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return shared()


@pytest.fixture
def url(cluster: Cluster) -> str:
    """An empty database."""
    return cluster.url(cluster.new_database())


@pytest.fixture(scope="module")
def original(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a little of everything."""
    folder = tmp_path_factory.mktemp("move") / "data"
    with running(folder, MODELRY_DATABASE="") as server:
        _fill(server)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return copied(original, tmp_path / "data")


def _fill(server: Registry) -> None:
    sdk, users = server.sdk(), server.ram_sdk()
    users.create_user(ram.CreateUserRequest(user_name="alice", display_name="Алиса 模型"))
    users.create_access_key(ram.CreateAccessKeyRequest(user_name="alice"))
    for number in range(30):
        labels = [m.Label(key="场景", value=f"値{number % 3} %_*'\"\\")]
        request = m.CreateModelRequest(model_name=f"模型-{number}", labels=labels, model_description="ü\n\t")
        model_id = sdk.create_model(request).body.model_id
        sdk.create_model_version(model_id, m.CreateModelVersionRequest(uri="oss://b/x"))


def content(settings: Settings) -> dict[str, list[str]]:
    """The rows of every table that is not about the schema, by the names of their columns."""
    found = {}
    with store_of(settings).reading() as database:
        catalogue = (
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            if database.dialect == "postgresql"
            else "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        )
        columns: dict[str, list[str]] = {}
        for table, column in database.all(catalogue):
            columns.setdefault(str(table), []).append(str(column))
        for table in (name for name in columns if name not in _OF_THE_SCHEMA and not name.startswith("model_grams")):
            rows = database.all(f"SELECT {', '.join(sorted(columns[table]))} FROM {table}")  # noqa: S608  as listed
            found[table] = sorted(map(repr, rows))
    return found


def checksum(said: str) -> str:
    (found,) = _CHECKSUM.findall(said)
    return str(found)


def names(server: Registry) -> list[str]:
    request = m.ListModelsRequest(page_size=100, sort_by="GmtCreateTime", order="ASC")
    return [model.model_name for model in server.sdk().list_models(request).body.models]


def test_every_row_arrives_and_comes_back(folder: Path, url: str, tmp_path: Path) -> None:
    there = ran("move", "--data", folder, "--to", url).stdout
    back = ran("move", "--data", folder, "--database", url, "--to", tmp_path / "back").stdout
    at_first = content(Settings(data=str(folder)))
    assert content(Settings(data=str(folder), database=url)) == at_first
    assert content(Settings(data=str(tmp_path / "back"))) == at_first
    assert len(at_first["models"]) == 30
    assert checksum(there) == checksum(back)


def test_what_has_moved_is_served_with_the_same_keys(folder: Path, url: str, tmp_path: Path) -> None:
    ran("move", "--data", folder, "--to", url)
    with running(folder, MODELRY_DATABASE=url) as server:
        assert len(names(server)) == 30
        server.sdk().create_model(m.CreateModelRequest(model_name="later"))
    ran("move", "--data", folder, "--database", url, "--to", tmp_path / "back")
    assert root_key(tmp_path / "back") == root_key(folder)
    assert set(states(tmp_path / "back").values()) == {"ok"}
    with running(tmp_path / "back", MODELRY_DATABASE="") as server:
        assert names(server)[-1] == "later"
        assert len(names(server)) == 31


def test_what_has_moved_is_found_by_its_text(folder: Path, url: str, tmp_path: Path) -> None:
    ran("move", "--data", folder, "--to", url)
    ran("move", "--data", folder, "--database", url, "--to", tmp_path / "back")
    for place, where in ((folder, url), (tmp_path / "back", "")):
        with running(place, MODELRY_DATABASE=where) as server:
            for query, count in (("型-1", 11), ("模", 30), ("值", 0), ("模型-29", 1)):
                request = m.ListModelsRequest(query=query, page_size=100)
                assert server.sdk().list_models(request).body.total_count == count, (where, query)


def test_a_move_between_two_postgresql_databases_is_the_same(folder: Path, url: str, cluster: Cluster) -> None:
    other = cluster.url(cluster.new_database(icu=True))
    first = ran("move", "--data", folder, "--to", url).stdout
    second = ran("move", "--data", folder, "--database", url, "--to", other).stdout
    assert checksum(first) == checksum(second)


def test_a_database_that_has_a_registry_is_refused_and_stays(folder: Path, url: str) -> None:
    ran("move", "--data", folder, "--to", url)
    before = content(Settings(data=str(folder), database=url))
    assert "has a registry already" in refused("move", "--data", folder, "--to", url)
    assert content(Settings(data=str(folder), database=url)) == before


def test_a_folder_that_has_a_registry_is_refused_and_stays(folder: Path, url: str) -> None:
    ran("move", "--data", folder, "--to", url)
    before = (folder / "modelry.sqlite").read_bytes()
    assert "is there already" in refused("move", "--data", folder, "--database", url, "--to", folder)
    assert (folder / "modelry.sqlite").read_bytes() == before


def test_another_sealing_key_in_the_way_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/sealing.key").write_text("ab" * 32)
    assert "is another one" in refused("move", "--data", folder, "--to", tmp_path / "other")
    assert not (tmp_path / "other/modelry.sqlite").exists()


def test_it_is_refused_beside_a_server(folder: Path, url: str, cluster: Cluster, tmp_path: Path) -> None:
    with running(folder, MODELRY_DATABASE=""):
        assert "stop it first" in refused("move", "--data", folder, "--to", url)
    ran("move", "--data", folder, "--to", url)
    with running(folder, MODELRY_DATABASE=url) as server:
        names(server)
        elsewhere = copied(folder, tmp_path / "elsewhere")
        line = refused("move", "--data", elsewhere, "--database", url, "--to", tmp_path / "back")
        assert "stop the servers first" in line
        assert not (tmp_path / "back").exists()
        ran("move", "--force", "--data", elsewhere, "--database", url, "--to", tmp_path / "back")


def unreadable(folder: Path) -> None:
    changed(folder, "INSERT INTO ram_account_aliases VALUES (1, 'a' || char(0) || 'b')")


def of_another_type(folder: Path) -> None:
    changed(folder, "INSERT INTO ram_account_aliases VALUES (1, x'00ff')")


def loose(folder: Path) -> None:
    changed(folder, "INSERT INTO default_workspaces VALUES (5, 'none')")


def no_registry(folder: Path) -> None:
    changed(folder, "DELETE FROM instance")


def of_a_newer_program(folder: Path) -> None:
    changed(folder, "INSERT INTO migrations VALUES ('models', '9999_more.sqlite.sql', 'x', 'x')")


def another_table(folder: Path) -> None:
    changed(folder, "CREATE TABLE mine (a)")


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (unreadable, "ram_account_aliases"),
        (of_another_type, "ram_account_aliases"),
        (loose, "default_workspaces"),
        (no_registry, "no registry"),
        (of_a_newer_program, "newer version"),
        (another_table, "mine"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cannot_be_copied_leaves_nothing(folder: Path, url: str, harm: Callable[[Path], None], why: str) -> None:
    harm(folder)
    assert why in refused("move", "--data", folder, "--to", url)
    with psycopg.connect(url) as raw:
        assert raw.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_one_that_is_killed_leaves_nothing(folder: Path, url: str) -> None:
    arguments = [*PROGRAM, "move", "--data", str(folder), "--to", url]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MODELRY_")}
    with psycopg.connect(url, autocommit=True) as raw:
        process = subprocess.Popen(arguments, env=clean, stdout=subprocess.DEVNULL)
        while process.poll() is None and not _has_begun(raw):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        while _has_begun(raw):
            time.sleep(0.01)
        assert raw.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    ran("move", "--data", folder, "--to", url)


def _has_begun(raw: "psycopg.Connection[tuple[object, ...]]") -> bool:
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
    )
    return raw.execute(sql).fetchone() != (0,)


def test_a_row_that_changes_on_its_way_is_noticed(folder: Path, url: str, cluster: Cluster) -> None:
    """Something in the target that alters what it is given: a trigger of somebody's."""
    database = url.rpartition("/")[2]
    with cluster.admin(database) as admin:
        admin.execute(
            "CREATE FUNCTION alter_name() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF to_regclass('ram_users') IS NOT NULL AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'odd') THEN"
            " CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN NEW.display_name = NEW.display_name || 1; RETURN NEW; END';"
            " CREATE TRIGGER odd BEFORE INSERT ON ram_users FOR EACH ROW EXECUTE FUNCTION odd(); END IF; END $$"
        )
        admin.execute(
            "CREATE EVENT TRIGGER odd ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION alter_name()"
        )
        assert "ram_users is not the same" in refused("move", "--data", folder, "--to", url)
        assert admin.execute("SELECT to_regclass('models')").fetchone() == (None,)


def test_an_older_schema_moves_as_it_is_and_is_migrated_there(folder: Path, url: str) -> None:
    older(folder)
    ran("move", "--data", folder, "--to", url)
    ran("migrate", "--check", "--data", folder, "--database", url, code=3)
    with running(folder, MODELRY_DATABASE=url) as server:
        assert len(names(server)) == 30


def test_what_was_copied_stays_as_it_was(folder: Path, url: str) -> None:
    before = tables(folder)
    ran("move", "--data", folder, "--to", url)
    assert tables(folder) == before
    with closing(sqlite3.connect(folder / "modelry.sqlite")) as raw:
        assert raw.execute("PRAGMA quick_check").fetchone() == ("ok",)


@pytest.mark.parametrize("to", ["", "mysql://host/name", "postgresql://host:port/x"])
def test_what_is_no_place_is_refused(folder: Path, to: str) -> None:
    refused("move", "--data", folder, "--to", to)
