"""`modelry bench --database`: a database of its own on a real server, and nothing left of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from modelry.bench import data, postgresql
from modelry.bench.data import Sizes
from tests import databases
from tests.bench.command import TINY, Command, Ran
from tests.databases import Cluster

SIZES = Sizes(30, 2, 2, 5)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with databases.cluster() as running:
        yield running


def url(cluster: Cluster) -> str:
    return cluster.url("postgres", role=databases.ADMIN)


def names(cluster: Cluster) -> set[str]:
    with cluster.admin() as admin:
        return {name for (name,) in admin.execute("SELECT datname FROM pg_database").fetchall()}


class Done(NamedTuple):
    ran: Ran
    left: set[str]


@pytest.fixture(scope="module")
def done(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Done:
    before = names(cluster)
    ran = Command(tmp_path_factory.mktemp("bench"))(*TINY, "--database", url(cluster))
    return Done(ran, names(cluster) - before)


def test_a_run_on_postgresql_says_so(done: Done) -> None:
    assert done.ran.code == 0, done.ran.err
    assert f"PostgreSQL {databases.version()}" in done.ran.out


def test_the_database_of_a_run_is_removed(done: Done) -> None:
    assert done.left == set()


def test_the_memory_of_the_databases_server_is_told(done: Done) -> None:
    assert "Memory of the database's server after it" in done.ran.out


def test_the_servers_first_process_is_found_by_asking_it(cluster: Cluster) -> None:
    found = postgresql.server(url(cluster))
    assert found.pid == int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_a_copied_registry_has_what_the_one_in_sqlite_has(cluster: Cluster, tmp_path: Path) -> None:
    kept = data.opened(data.kept(tmp_path, SIZES, lambda *_: None))
    server = postgresql.server(url(cluster))
    with postgresql.measured_on(server, tmp_path, SIZES, tmp_path / "run", lambda *_: None) as copied:
        assert (copied.model_ids, copied.workspace_ids, copied.root) == (kept.model_ids, kept.workspace_ids, kept.root)
        assert copied.deep_model_id == kept.deep_model_id is not None
    left = names(cluster)
    assert not [name for name in left if name.startswith("modelry_bench_")]
    server.drop(next(name for name in left if name.startswith("modelry_benchmark_")))


def test_a_server_that_cannot_be_reached_ends_the_command_in_a_sentence(tmp_path: Path) -> None:
    ran = Command(tmp_path)(*TINY, "--database", f"postgresql://bench:secret-word@127.0.0.1:{databases.free_port()}/x")
    assert ran.code == 1
    assert "PostgreSQL: " in ran.err
    assert "secret-word" not in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_the_deep_model_has_the_versions_that_were_asked_for(tmp_path: Path) -> None:
    made = data.made(tmp_path / "made", SIZES, lambda *_: None)
    with data.account(made.folder) as in_transaction:
        from modelry.families.model_versions.operations import LIST_MODEL_VERSIONS
        from modelry.families.model_versions.structs import ListModelVersions

        asked = ListModelVersions(model_id=made.deep_model_id or "")
        answer = in_transaction(lambda run: run(LIST_MODEL_VERSIONS, asked))
    assert answer.total_count == SIZES.deep_versions
    assert made.deep_model_id not in made.model_ids
