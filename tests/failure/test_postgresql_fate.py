"""What a server makes of a commit whose answer it never got, and of one that a standby never got."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelry.storage.postgresql.result import LostError
from modelry.storage.postgresql.session import Options
from modelry.storage.postgresql.transaction import PostgresqlTransaction, UncertainError
from tests.broken_wire import Proxy, proxy
from tests.databases import Cluster, cluster, pair
from tests.failure.outage import assert_true, load
from tests.fleet import servers

pytestmark = pytest.mark.failure
_TABLES = (
    "CREATE TABLE clock (only_row INTEGER PRIMARY KEY, last_us BIGINT NOT NULL)",
    "INSERT INTO clock VALUES (1, 0)",
    "CREATE TABLE things (name TEXT PRIMARY KEY)",
    "GRANT ALL ON clock, things TO modelry",
)


@pytest.fixture
def database() -> Iterator[tuple[Cluster, str]]:
    """A server that writes nothing down before it has to, and a database with a clock."""
    with cluster(durable=True, wal_writer_delay="10s") as made:
        name = made.new_database()
        with made.admin(name) as admin:
            for statement in _TABLES:
                admin.execute(statement.encode())
            admin.execute(b"CHECKPOINT")
        yield made, name


@pytest.fixture
def wire(database: tuple[Cluster, str]) -> Iterator[Proxy]:
    with proxy(database[0].port) as made:
        yield made


def transaction(port: int, name: str) -> PostgresqlTransaction:
    options = Options(f"postgresql://modelry@127.0.0.1:{port}/{name}", prepared=False, timeout_s=5)
    return PostgresqlTransaction(options, lambda: time.time_ns() // 1000)


def written(port: int, name: str, thing: str) -> PostgresqlTransaction:
    """A transaction that has written a thing."""
    made = transaction(port, name)
    made.begin()
    with made.savepoint():
        made.run("INSERT INTO things VALUES (?)", thing)
    return made


def committed(port: int, name: str, thing: str) -> PostgresqlTransaction:
    made = written(port, name, thing)
    made.commit()
    return made


def cut_off(wire: Proxy, name: str, *, delivered: bool) -> PostgresqlTransaction:
    """A transaction whose commit was cut off."""
    made = written(wire.port, name, "mine")
    wire.cut_at(b"COMMIT", delivered=delivered)
    with pytest.raises(LostError):
        made.commit()
    assert made.committing
    return made


@pytest.mark.parametrize("delivered", [False, True])
@pytest.mark.parametrize("others", [0, 1, 5])
def test_the_fate_of_a_commit_is_found_out(
    database: tuple[Cluster, str], wire: Proxy, delivered: bool, others: int
) -> None:
    made, name = database
    mine = cut_off(wire, name, delivered=delivered)
    for number in range(others):
        committed(made.port, name, f"other-{number}").close()
    assert mine.was_committed(10) is delivered
    mine.close()


def test_another_transaction_that_got_the_same_id_after_a_crash_is_not_taken_for_one_s_own(
    database: tuple[Cluster, str], wire: Proxy
) -> None:
    made, name = database
    mine = cut_off(wire, name, delivered=False)
    made.kill()
    made.start()
    ids = []
    for number in range(5):
        other = committed(made.port, name, f"other-{number}")
        ids.append(other._id)
        other.close()
    assert mine._id in ids, "the server did not give the id out again: the test shows nothing"
    with pytest.raises(UncertainError):
        mine.was_committed(10)


def test_after_a_crash_without_other_writes_the_fate_is_known(database: tuple[Cluster, str], wire: Proxy) -> None:
    made, name = database
    for delivered in (False, True):
        mine = cut_off(wire, name, delivered=delivered)
        made.kill()
        made.start()
        assert mine.was_committed(10) is delivered
        mine.close()


def test_nothing_is_acknowledged_that_the_standby_does_not_have(tmp_path: Path) -> None:
    """PostgreSQL itself reports such a commit as done once its wait is cut off by a timeout."""
    with pair() as (primary, standby):
        url = primary.url(primary.new_database())
        with servers(tmp_path, url, MODELRY_DATABASE_TIMEOUT_S="2") as fleet:
            with load(fleet, clients=3) as under_load:
                under_load.goes_on()
                standby.stop("immediate")
                time.sleep(1)
                before = under_load.done()
                time.sleep(8)
                assert under_load.done() == before
                standby.start()
                under_load.goes_on()
            assert_true(fleet, under_load)
