"""PgBouncer in transaction mode: each transaction may come to another session, and nothing depends on one."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.databases import shared
from tests.fleet import Fleet, servers
from tests.pooler import Pooler, pooler, version
from tests.wire_client import Wire

_MODELS = "/api/v1/models"


@pytest.fixture(scope="module")
def before_all() -> Iterator[Pooler]:
    with pooler(shared()) as made:
        yield made


@pytest.fixture(scope="module")
def url(before_all: Pooler) -> str:
    return before_all.url(shared().new_database())


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Fleet]:
    """Servers that prepare nothing, behind a pooler that has fewer sessions than they have connections."""
    with servers(tmp_path_factory.mktemp("pooler"), url, MODELRY_DATABASE_PREPARED="false") as made:
        yield made


def life_of_a_model(first: Wire, second: Wire) -> None:
    """Writes and reads of each kind, at two servers in turns."""
    model_id = first.new_model(Labels=[{"Key": "k", "Value": "v"}], Tags=[{"Key": "t", "Value": "w"}])
    for number in range(1, 4):
        created = second.ask("POST", f"{_MODELS}/{model_id}/versions", {"Uri": "oss://b.e/"})
        assert created.json["VersionName"] == f"0.{number}.0"
    assert first.ask("PUT", f"{_MODELS}/{model_id}", {"Domain": "nlp"}).status == 200
    assert second.ask("GET", f"{_MODELS}/{model_id}").json["Domain"] == "nlp"
    assert first.ask("POST", _MODELS, {"ModelName": "x" * 1000}).status == 400
    assert first.ask("GET", f"{_MODELS}/{model_id}/versions?SortBy=GmtCreateTime&Order=DESC").json["TotalCount"] == 3
    assert second.ask("GET", f"{_MODELS}?Label=k&Query=nlp").status == 200
    assert first.call("Ram:ListUsers").status == 200
    assert second.ask("DELETE", f"{_MODELS}/{model_id}/versions/0.2.0").status == 200
    assert first.ask("GET", f"{_MODELS}/{model_id}/versions/0.2.0").status == 404


def test_everything_works_while_sessions_change_hands(fleet: Fleet) -> None:
    for number in range(9):
        life_of_a_model(fleet.wire(number), fleet.wire(number + 1))


def test_a_refused_write_undoes_itself_alone(fleet: Fleet) -> None:
    model_id = fleet.wire(0).new_model()
    name = fleet.wire(1).ask("GET", f"{_MODELS}/{model_id}").json["ModelName"]
    for number in range(6):
        assert fleet.wire(number).ask("POST", _MODELS, {"ModelName": name}).code == "ModelNameAlreadyExists"
        assert fleet.wire(number).new_model()


def test_no_setting_of_a_session_stays_behind_for_whoever_has_it_next(fleet: Fleet, url: str) -> None:
    """Limits hold for a transaction; the session is as it was."""
    life_of_a_model(fleet.wire(0), fleet.wire(1))
    for _ in range(10):
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as raw:
            row = raw.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')").fetchone()
            assert row == ("0", "0")


def test_a_pooler_that_keeps_prepared_statements_apart_needs_no_setting(tmp_path: Path) -> None:
    if version() < (1, 21):
        pytest.skip("PgBouncer keeps prepared statements apart from 1.21 on")
    with (
        pooler(shared(), max_prepared_statements="200") as made,
        servers(tmp_path, made.url(shared().new_database())) as fleet,
    ):
        life_of_a_model(fleet.wire(0), fleet.wire(1))
