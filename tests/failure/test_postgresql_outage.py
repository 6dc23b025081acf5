"""PostgreSQL goes away and comes back under a load of writes: every answer is true, nothing hangs, nobody helps."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.broken_wire import proxy
from tests.databases import Cluster, cluster, pair
from tests.failure.outage import Load, assert_true, load
from tests.fleet import SECRETS, Fleet, servers
from tests.registry import running
from tests.wire_client import Wire

pytestmark = pytest.mark.failure
_TIMEOUT_S = 4
"""The setting `database_timeout_s` in these tests."""
_BOUND_S = 3 * _TIMEOUT_S + 3
"""An answer takes no longer: to wait for a server, for a statement, and for the fate of a commit."""


@pytest.fixture
def database() -> Iterator[Cluster]:
    with cluster(durable=True) as made:
        yield made


def serving(folder: Path, url: str, **environment: str) -> AbstractContextManager[Fleet]:
    return servers(folder, url, MODELRY_DATABASE_TIMEOUT_S=str(_TIMEOUT_S), **environment)


def test_a_database_that_is_stopped_and_started_is_found_again(tmp_path: Path, database: Cluster) -> None:
    with serving(tmp_path, database.url(database.new_database())) as fleet:
        with load(fleet) as under_load:
            for mode in ("fast", "immediate"):
                under_load.goes_on()
                database.stop(mode)
                time.sleep(2)
                database.start()
                assert under_load.goes_on() < _BOUND_S
        told = assert_true(fleet, under_load)
        assert_bounded(under_load)
    assert told["done"] > 100


def test_a_long_outage_is_answered_with_errors_in_time(tmp_path: Path, database: Cluster) -> None:
    with serving(tmp_path, database.url(database.new_database())) as fleet:
        with load(fleet) as under_load:
            under_load.goes_on()
            database.stop("immediate")
            time.sleep(3 * _TIMEOUT_S)
            status, _ = fleet.servers[0].get("/readyz")
            assert status == 503
            assert fleet.servers[0].get("/healthz")[0] == 200
            database.start()
            under_load.goes_on()
            assert fleet.servers[0].get("/readyz")[0] == 200
        told = assert_true(fleet, under_load)
        assert_bounded(under_load)
    assert told["refused"] > 0


def test_a_killed_database_has_every_acknowledged_write_after_its_recovery(tmp_path: Path, database: Cluster) -> None:
    with serving(tmp_path, database.url(database.new_database())) as fleet:
        with load(fleet) as under_load:
            for _ in range(5):
                under_load.goes_on()
                database.kill()
                database.start()
            under_load.goes_on()
        assert_true(fleet, under_load)
        assert_bounded(under_load)


@pytest.mark.parametrize("round_", range(3))
def test_a_standby_takes_a_killed_primary_s_place(tmp_path: Path, round_: int) -> None:
    """The servers know both by their URL, find the new primary by themselves, and it has every acknowledged write."""
    with pair() as (primary, standby):
        name = primary.new_database()
        url = f"postgresql://modelry@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/{name}"
        with serving(tmp_path, f"{url}?target_session_attrs=read-write") as fleet:
            with load(fleet) as under_load:
                under_load.goes_on()
                time.sleep(round_ / 3)
                primary.kill()
                standby.promote()
                assert under_load.goes_on() < _BOUND_S
            told = assert_true(fleet, under_load)
            assert_bounded(under_load)
    assert told["done"] > 50


def test_connections_that_are_cut_again_and_again_lose_nothing(tmp_path: Path, database: Cluster) -> None:
    name = database.new_database()
    with (
        proxy(database.port) as wire,
        serving(tmp_path, f"postgresql://modelry@127.0.0.1:{wire.port}/{name}") as fleet,
    ):
        with load(fleet) as under_load:
            for _ in range(30):
                time.sleep(0.15)
                wire.cut()
            under_load.goes_on()
        told = assert_true(fleet, under_load)
        assert_bounded(under_load)
    assert told["unknown"] == 0, "the database was there to be asked"
    assert told["refused"] < told["done"]


@pytest.mark.parametrize("delivered", [False, True], ids=["lost", "delivered"])
def test_a_commit_that_is_cut_off_is_answered_by_what_became_of_it(
    tmp_path: Path, database: Cluster, delivered: bool
) -> None:
    """The database is asked for the fate of the transaction; what was not committed is carried out anew, once."""
    name = database.new_database()
    unprepared = {"MODELRY_DATABASE_PREPARED": "false"}  # so that the word COMMIT goes over the wire
    with (
        proxy(database.port) as wire,
        serving(tmp_path, f"postgresql://modelry@127.0.0.1:{wire.port}/{name}", **unprepared) as fleet,
    ):
        with load(fleet) as under_load:
            for _ in range(10):
                under_load.goes_on()
                wire.cut_at(b"COMMIT", delivered=delivered)
                assert wire.struck.wait(10)
            under_load.goes_on()
        told = assert_true(fleet, under_load)
    assert told["unknown"] == 0
    assert told["refused"] == 0


@pytest.mark.parametrize("how", ["network", "server"])
def test_a_database_that_stalls_is_answered_for_in_time(tmp_path: Path, database: Cluster, how: str) -> None:
    name = database.new_database()
    with (
        proxy(database.port) as wire,
        serving(tmp_path, f"postgresql://modelry@127.0.0.1:{wire.port}/{name}") as fleet,
    ):
        with load(fleet) as under_load:
            under_load.goes_on()
            for _ in range(2):
                (wire.stall if how == "network" else database.freeze)()
                time.sleep(2 * _TIMEOUT_S)
                (wire.resume if how == "network" else database.thaw)()
                under_load.goes_on()
        assert_true(fleet, under_load)
        assert_bounded(under_load)


def test_a_slow_network_slows_down_and_breaks_nothing(tmp_path: Path, database: Cluster) -> None:
    name = database.new_database()
    with (
        proxy(database.port) as wire,
        serving(tmp_path, f"postgresql://modelry@127.0.0.1:{wire.port}/{name}") as fleet,
    ):
        wire.delay_s = 0.02
        with load(fleet) as under_load:
            under_load.goes_on()
        told = assert_true(fleet, under_load)
    assert told["refused"] == told["unknown"] == 0


def test_a_server_that_stops_in_an_outage_stops_and_one_that_starts_says_why_it_cannot(
    tmp_path: Path, database: Cluster
) -> None:
    url = database.url(database.new_database())
    with serving(tmp_path, url) as fleet:
        with load(fleet) as under_load:
            under_load.goes_on()
            database.stop("immediate")
        codes = [server.stop() for server in fleet.servers]
        assert codes == [0] * len(codes)
    with pytest.raises(AssertionError, match="modelry: no connection to the database"), serving(tmp_path / "2", url):
        pass


def test_a_server_killed_in_the_middle_of_writes_holds_nobody_else_up(tmp_path: Path, database: Cluster) -> None:
    """Its transaction ends with its connection; the others go on, and it may start again."""
    url = database.url(database.new_database())
    with serving(tmp_path, url) as fleet:
        with load(fleet) as under_load:
            under_load.goes_on()
            killed = fleet.servers.pop()
            killed.kill()
            alive = Load([client for client in under_load.clients if client.wire.registry is not killed])
            assert len(alive.clients) < len(under_load.clients)
            alive.goes_on(10)
        assert_true(fleet, under_load)
        with running(killed.folder, MODELRY_DATABASE=url, **SECRETS) as again:
            assert Wire(again).new_model()


def assert_bounded(under_load: Load) -> None:
    """Nobody waited longer than the settings allow."""
    slowest_s = max(attempt.took_s for client in under_load.clients for attempt in client.attempts)
    assert slowest_s < _BOUND_S
    assert max(client.slowest_read_s for client in under_load.clients) < _BOUND_S
