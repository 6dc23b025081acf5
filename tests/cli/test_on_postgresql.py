"""Every command that opens a registry does so in PostgreSQL too, and says in one line why it cannot."""

import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from modelry.server.checkup import CHECKS
from tests.cli import every_command
from tests.cli.every_command import BESIDE, OFFLINE, QUIET, Stopped, Things
from tests.cli.folder_steps import copied, made, ran, refused, root_key, states
from tests.databases import GUARDED, Cluster, free_port, shared
from tests.pooler import pooler
from tests.registry import Registry, running

_SECRET = "geheim-4711"
_ON_POSTGRESQL = [name for name, _ in (*CHECKS["postgresql"].of_folder, *CHECKS["postgresql"].of_database)]

OPENING = {
    "init": "",
    "doctor": "",
    "backup": "{place}/file",
    "migrate": "--check",
    "mark": "model-1 --provider pai",
    "audit": "",
    "access explain": "--as alice --operation GetModel",
    "export": "team {place}/file",
    "import": "{bundle}",
    "keys reset-root": "",
    "keys rewrap": "",
    "restore": "{backup}",
    "move": "--to {place}/other",
    "serve": "--port 0",
}
"""Commands that open a registry; `--data` and `--database` are added to each."""
MAKING = ("init", "serve", "restore")
"""Those that make a registry where there is none."""
READING_THE_SCHEMA = ("migrate", "keys reset-root", "keys rewrap", "serve", "move")


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return shared()


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> str:
    return cluster.url(cluster.new_database())


@pytest.fixture(scope="module")
def served(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server on PostgreSQL."""
    with running(tmp_path_factory.mktemp("served") / "data", MODELRY_DATABASE=database) as server:
        yield server


class Material(NamedTuple):
    """What commands without a server are given."""

    stopped: Stopped
    template: str
    """The database of the stopped registry, which nobody is connected to."""


@pytest.fixture(scope="module")
def material(cluster: Cluster, served: Registry, database: str, tmp_path_factory: pytest.TempPathFactory) -> Material:
    place = tmp_path_factory.mktemp("stopped")
    there = every_command.stopped(served, place, MODELRY_DATABASE=database)
    template = cluster.new_database()
    ran("move", "--data", there.folder, "--to", cluster.url(template))
    return Material(there, template)


@pytest.fixture
def things(served: Registry, material: Material, tmp_path: Path) -> Things:
    return Things(served, material.stopped, tmp_path)


@pytest.mark.parametrize("name", BESIDE)
def test_a_command_works_beside_a_server(things: Things, database: str, name: str) -> None:
    arguments = things.arguments(name, BESIDE[name])
    by_variable = ran(*arguments, MODELRY_DATABASE=database)
    assert bool(by_variable.stdout) == (name not in QUIET)


@pytest.mark.parametrize("name", BESIDE)
def test_the_database_may_be_a_flag(things: Things, database: str, name: str) -> None:
    ran(*things.arguments(name, BESIDE[name]), "--database", database)


@pytest.mark.parametrize("name", OFFLINE)
def test_a_command_works_without_a_server(things: Things, cluster: Cluster, material: Material, name: str) -> None:
    template = material.template if "{stopped}" in OFFLINE[name] else "template0"
    url = cluster.url(cluster.new_database(template=template))
    arguments = things.arguments(name, OFFLINE[name])
    done = ran(*arguments, MODELRY_DATABASE=url)
    assert done.stdout
    folder = Path(things["new"] if "{new}" in OFFLINE[name] else things["stopped"])
    database = "" if name == "move" else url
    if name == "restore":
        (folder / "sealing.key").write_bytes((material.stopped.folder / "sealing.key").read_bytes())
        (folder / "sealing.key").chmod(0o600)
    found = states(folder, MODELRY_DATABASE=database)
    assert "failed" not in found.values(), found


def test_the_doctor_looks_at_the_server_and_not_at_a_file(served: Registry, database: str) -> None:
    found = states(served.folder, MODELRY_DATABASE=database)
    assert list(found) == _ON_POSTGRESQL
    assert {name for name, state in found.items() if state != "ok"} == {"durability"}  # tests need no fsync


def test_init_a_second_time_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    url = cluster.url(cluster.new_database())
    ran("init", "--data", tmp_path / "data", "--database", url)
    key = root_key(tmp_path / "data")
    again = ran("init", "--data", tmp_path / "elsewhere", "--database", url)
    assert "is there already" in again.stdout
    assert key["AccessKeyId"] in again.stdout
    assert not (tmp_path / "elsewhere").exists()


def test_a_backup_is_portable(served: Registry, database: str, cluster: Cluster, tmp_path: Path) -> None:
    name = served.sdk().create_model(m.CreateModelRequest(model_name="可移动的")).body.model_id
    ran("backup", tmp_path / "b.tar", "--data", served.folder, "--with-sealing-key", MODELRY_DATABASE=database)
    ran("restore", "--verify", tmp_path / "b.tar")
    ran("restore", tmp_path / "b.tar", "--data", tmp_path / "file")
    url = cluster.url(cluster.new_database())
    ran("restore", tmp_path / "b.tar", "--data", tmp_path / "pg", "--database", url)
    key = {"MODELRY_ROOT_ACCESS_KEY_ID": served.key_id, "MODELRY_ROOT_ACCESS_KEY_SECRET": served.secret}
    for folder, where in ((tmp_path / "file", ""), (tmp_path / "pg", url)):
        with running(folder, MODELRY_DATABASE=where, **key) as again:
            assert again.sdk().get_model(name, m.GetModelRequest()).body.model_name == "可移动的"


def test_a_restore_into_a_database_that_is_used_leaves_nothing(
    material: Material, cluster: Cluster, tmp_path: Path
) -> None:
    url = cluster.url(cluster.new_database(template=material.template))
    line = refused("restore", material.stopped.backup, "--data", tmp_path / "new", "--database", url)
    assert "has a registry already" in line
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", ["reset-root", "rewrap"])
def test_keys_are_not_replaced_beside_a_server_of_another_machine(
    material: Material, cluster: Cluster, tmp_path: Path, command: str
) -> None:
    url = cluster.url(cluster.new_database(template=material.template))
    here, there = (copied(material.stopped.folder, tmp_path / name) for name in ("here", "there"))
    with running(there, MODELRY_DATABASE=url) as server:
        server.sdk().list_models(m.ListModelsRequest())
        assert "stop the servers first" in refused("keys", command, "--data", here, "--database", url)
    ran("keys", command, "--data", here, "--database", url)


# What is wrong with a database.


class Ill(NamedTuple):
    """A database that cannot be used."""

    url: str
    why: str
    environment: dict[str, str]


def no_url(_: Cluster, __: Path) -> Ill:
    return Ill(f"postgresql://modelry:{_SECRET}@127.0.0.1:many/x", "cannot be read", {})


def unescaped_password(_: Cluster, __: Path) -> Ill:
    return Ill(f"postgresql://modelry:{_SECRET}/x@127.0.0.1/x", "cannot be read", {})


def no_brackets(_: Cluster, __: Path) -> Ill:
    return Ill(f"postgresql://modelry:{_SECRET}[@127.0.0.1:{free_port()}/x", "Connection refused", {})


def wrong_password(cluster: Cluster, _: Path) -> Ill:
    url = cluster.url(cluster.new_database(), role=f"{GUARDED}:{_SECRET}")
    return Ill(url, "password authentication failed", {})


def server_down(_: Cluster, __: Path) -> Ill:
    return Ill(f"postgresql://modelry:{_SECRET}@127.0.0.1:{free_port()}/x", "Connection refused", {})


def no_driver(cluster: Cluster, place: Path) -> Ill:
    (place / "psycopg").mkdir()
    (place / "psycopg/__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'psycopg'\")")
    return Ill(cluster.url("postgres"), "modelry[postgres]", {"PYTHONPATH": str(place)})


def of_another_program(cluster: Cluster, _: Path) -> Ill:
    name = cluster.new_database()
    with cluster.admin(name) as admin:
        admin.execute("CREATE TABLE schema_version (a TEXT); CREATE TABLE model_versions (b TEXT)")
    return Ill(cluster.url(name), "no registry|another program", {})


ILLS = (no_url, unescaped_password, no_brackets, wrong_password, server_down, no_driver, of_another_program)


def arguments(command: str, place: Path, material: Material) -> list[str]:
    row = OPENING[command].format(place=place, bundle=material.stopped.bundle, backup=material.stopped.backup)
    return [*command.split(), *shlex.split(row)]


@pytest.mark.parametrize("harm", ILLS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("command", OPENING)
def test_a_database_that_cannot_be_used_is_one_line(
    cluster: Cluster, material: Material, tmp_path: Path, command: str, harm: Callable[[Cluster, Path], Ill]
) -> None:
    ill = harm(cluster, tmp_path)
    folder = tmp_path / "new" if command in MAKING else copied(material.stopped.folder, tmp_path / "data")
    given = [*arguments(command, tmp_path, material), "--data", folder, "--database", ill.url]
    if command == "doctor" and harm not in (no_url, unescaped_password, no_driver):
        said = ran(*given, code=1, **ill.environment).stdout
    else:
        said = refused(*given, **ill.environment)
    assert any(each in said for each in ill.why.split("|")), said
    assert _SECRET not in said


@pytest.mark.parametrize("command", READING_THE_SCHEMA)
def test_a_newer_schema_is_refused(cluster: Cluster, material: Material, tmp_path: Path, command: str) -> None:
    name = cluster.new_database(template=material.template)
    with cluster.admin(name) as admin:
        admin.execute("INSERT INTO migrations VALUES ('models', '9999_more.postgresql.sql', 'x', 'x')")
        admin.execute("UPDATE schema_version SET version = 1000, oldest_program = 999")
    folder = copied(material.stopped.folder, tmp_path / "data")
    line = refused(*arguments(command, tmp_path, material), "--data", folder, "--database", cluster.url(name))
    assert "newer version" in line


def test_a_role_that_may_make_no_tables_is_told_what_to_grant(cluster: Cluster, tmp_path: Path) -> None:
    name = cluster.new_database()
    with cluster.admin(name) as admin:
        admin.execute("CREATE SCHEMA locked")
        admin.execute(
            f"ALTER DATABASE {name} SET search_path = locked; GRANT USAGE ON SCHEMA locked TO public".encode()
        )
    line = refused("init", "--data", tmp_path / "data", "--database", cluster.url(name))
    assert 'GRANT CREATE ON SCHEMA "locked"' in line


def test_another_encoding_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.admin() as admin:
        admin.execute("CREATE DATABASE latin OWNER modelry TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    assert "LATIN1" in refused("init", "--data", tmp_path / "data", "--database", cluster.url("latin"))


@pytest.mark.parametrize("shown", [("--json",), ("--origin",), ()])
def test_config_shows_no_password(shown: tuple[str, ...]) -> None:
    for url in (f"postgresql://modelry:{_SECRET}[@h/x", f"postgresql://h/x?user=a&password={_SECRET}"):
        for environment, flags in (({"MODELRY_DATABASE": url}, ()), ({}, ("--database", url))):
            said = ran("config", "show", *shown, *flags, **environment).stdout
            assert "/x" in said
            assert _SECRET not in said


def test_processes_of_a_server_show_no_password_of_the_environment(cluster: Cluster, tmp_path: Path) -> None:
    url = cluster.url(cluster.new_database(), role=f"modelry:{_SECRET}")
    with running(tmp_path / "data", MODELRY_DATABASE=url) as server:
        listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        assert str(tmp_path) in listed
        assert _SECRET not in listed
        assert _SECRET not in server.log.read_text()


def test_the_folder_of_a_fresh_machine_is_told_that_its_key_is_missing(
    cluster: Cluster, material: Material, tmp_path: Path
) -> None:
    url = cluster.url(cluster.new_database(template=material.template))
    made(tmp_path / "data")
    found = states(tmp_path / "data", MODELRY_DATABASE=url)
    assert found["sealing key"] == "failed"


# Through a pooler that gives a session to somebody else after each transaction.


def test_the_doctor_notices_a_pooler(cluster: Cluster, material: Material, tmp_path: Path) -> None:
    name = cluster.new_database(template=material.template)
    folder = copied(material.stopped.folder, tmp_path / "data")
    with pooler(cluster) as between:
        there = states(folder, MODELRY_DATABASE=between.url(name))
        unprepared = states(folder, MODELRY_DATABASE=between.url(name), MODELRY_DATABASE_PREPARED="false")
    assert there["pooler"] == "warning"
    assert {each for each, state in unprepared.items() if state != "ok"} == {"durability"}


def test_a_registry_moves_through_a_pooler(cluster: Cluster, material: Material, tmp_path: Path) -> None:
    name = cluster.new_database()
    unprepared = {"MODELRY_DATABASE_PREPARED": "false"}
    with pooler(cluster) as between:
        url = between.url(name)
        there = ran("move", "--data", material.stopped.folder, "--to", url, **unprepared).stdout
        ran("backup", tmp_path / "b.tar", "--data", material.stopped.folder, "--database", url, **unprepared)
        moving = ("move", "--force", "--data", material.stopped.folder, "--database", url, "--to", tmp_path / "back")
        back = ran(*moving, **unprepared).stdout
    sums = [[line for line in said.splitlines() if line.startswith("checksum ")] for said in (there, back)]
    assert sums[0] == sums[1] != []
