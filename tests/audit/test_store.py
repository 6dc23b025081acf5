"""Rows of the audit: what is recorded, found and forgotten."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from modelry.families.audit.store import Filters, events, forget, record
from modelry.storage.database import Change, Conflict, Connection, Transaction
from modelry.storage.sqlite import write_alone
from tests.audit.events import ACCOUNT, APPROVED, MADE, OTHER_ACCOUNT, added, event, found, times

DAY_US = 86_400_000_000


def test_an_event_is_found_as_it_was_recorded(tmp_path: Path, database: Connection) -> None:
    said = {
        "identity_type": "AssumedRoleUser",
        "session_name": "deploy",
        "outcome": "Denied",
        "code": "NoPermission",
        "reason": "no policy allows it",
        "changes": [Change("model/*", None, None), MADE],
    }
    made = added(tmp_path, said)
    assert found(database) == made


def test_of_an_update_the_members_that_differ_are_found(tmp_path: Path, database: Connection) -> None:
    added(tmp_path, {"changes": [APPROVED]})
    (((_, before, after),),) = [each.changes for each in found(database)]
    assert (before, after) == (b'{"ApprovalStatus":"Pending"}', b'{"ApprovalStatus":"Approved"}')


def test_a_long_user_agent_is_cut(tmp_path: Path, database: Connection) -> None:
    added(tmp_path, {"user_agent": "x" * 100_000})
    assert [len(each.user_agent) for each in found(database)] == [512]


FITS: list[dict[str, Any]] = [
    {"product": "Ram"},
    {"operation": "DeleteModel"},
    {"outcome": "Denied"},
    {"request_id": "00000000-DD4E-4D73-9C6E-1F0A9C2D8F11"},
    {"access_key_id": "LTAI5tbob"},
]


@pytest.mark.parametrize("wanted", FITS, ids=str)
def test_a_filter_finds_the_events_that_fit(tmp_path: Path, database: Connection, wanted: dict[str, Any]) -> None:
    made = added(tmp_path, {}, wanted, {})
    assert found(database, **wanted) == [made[1]]


@pytest.mark.parametrize("user", ["bob", "BOB", "200000000000000002"])
def test_a_user_is_found_by_name_and_by_id(tmp_path: Path, database: Connection, user: str) -> None:
    made = added(tmp_path, {}, {"user_id": "200000000000000002", "user_name": "Bob"}, {})
    assert found(database, user=user) == [made[1]]


def test_a_time_finds_what_is_from_it_on_and_before_the_other(tmp_path: Path, database: Connection) -> None:
    made = added(tmp_path, {}, {}, {}, {})
    assert found(database, since_us=made[1].time_us, until_us=made[3].time_us) == made[1:3]


RESOURCES = ["model/model-1", "model/model-1/modelVersion/0.1.0", "model/model-12", "user/alice", "user/Ünal"]


@pytest.mark.parametrize(
    ("prefix", "fitting"),
    [
        ("model/model-1", [0, 1, 2]),
        ("model/model-1/", [1]),
        ("user/", [3, 4]),
        ("user/Ü", [4]),
        ("USER/alice", [3]),
        ("use%", []),
        ("model/model-2", []),
        ("", [0, 1, 2, 3, 4]),
    ],
)
def test_a_resource_is_found_by_how_it_begins(
    tmp_path: Path, database: Connection, prefix: str, fitting: list[int]
) -> None:
    made = added(tmp_path, *({"changes": [Change(resource, None, b"{}")]} for resource in RESOURCES))
    assert found(database, resource_prefix=prefix) == [made[number] for number in fitting]


def test_an_event_is_found_once_by_each_thing_that_it_changed(tmp_path: Path, database: Connection) -> None:
    several = [Change(resource, None, b"{}") for resource in ("user/alice", "group/ops", "user/alice", "user/bob")]
    made = added(tmp_path, {"changes": several})
    for prefix in ("user/", "user/bob", "group/ops"):
        assert found(database, resource_prefix=prefix) == made


def test_filters_all_hold_of_what_they_find(tmp_path: Path, database: Connection) -> None:
    made = added(
        tmp_path, {"outcome": "Denied"}, {"user_name": "bob"}, {"outcome": "Denied", "user_name": "bob", "changes": ()}
    )
    assert found(database, outcome="Denied", user="bob") == [made[2]]
    assert found(database, outcome="Denied", resource_prefix="model/") == [made[0]]


def test_another_account_s_events_are_not_found(tmp_path: Path, database: Connection) -> None:
    made = added(tmp_path, {}, {"account_id": OTHER_ACCOUNT})
    assert found(database) == [made[0]]
    assert found(database, OTHER_ACCOUNT, resource_prefix="model/") == [made[1]]


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_walk_by_pages_meets_every_event_once_in_order(
    tmp_path: Path, database: Connection, newest_first: bool
) -> None:
    made = added(tmp_path, *({} for _ in range(7)))
    walked: list[int] = []
    while page := events(
        database,
        ACCOUNT,
        Filters(),
        newest_first=newest_first,
        limit=3,
        after_us=walked[-1] if walked else None,
    ):
        walked += times(page)
    assert walked == (times(made)[::-1] if newest_first else times(made))


def test_a_row_goes_with_the_write_that_it_tells_of(tmp_path: Path, database: Connection) -> None:
    def work(transaction: Transaction) -> None:
        with contextlib.suppress(ZeroDivisionError), transaction.savepoint():
            record(transaction, event(transaction.tick(), MADE), None)
            1 / 0  # noqa: B018  the fault
        with transaction.savepoint():
            record(transaction, event(transaction.tick(), MADE, operation="DeleteModel"), None)

    write_alone(tmp_path, work)
    assert [each.operation for each in found(database)] == ["DeleteModel"]
    assert found(database, resource_prefix="model/") == found(database)


def test_two_events_of_one_time_are_refused(tmp_path: Path, raw: sqlite3.Connection) -> None:
    def work(transaction: Transaction) -> None:
        now = transaction.tick()
        record(transaction, event(now), None)
        record(transaction, event(now), None)

    with pytest.raises(Conflict):
        write_alone(tmp_path, work)


def test_the_oldest_are_forgotten_first_and_no_more_than_asked(tmp_path: Path, database: Connection) -> None:
    made = added(tmp_path, *({} for _ in range(5)))
    bound = made[3].time_us
    assert write_alone(tmp_path, lambda transaction: forget(transaction, bound, 2)) == 2
    assert found(database) == made[2:]
    assert write_alone(tmp_path, lambda transaction: forget(transaction, bound, 2)) == 1
    assert found(database) == made[3:]
    assert write_alone(tmp_path, lambda transaction: forget(transaction, bound, 2)) == 0


def test_nothing_is_left_of_what_is_forgotten(tmp_path: Path, database: Connection) -> None:
    last = added(tmp_path, {"changes": [MADE, APPROVED, MADE]}, {"changes": [MADE], "account_id": OTHER_ACCOUNT})[-1]
    write_alone(tmp_path, lambda transaction: forget(transaction, last.time_us + 1, 10))
    assert database.count("FROM audit_events") == 0
    assert database.count("FROM audit_resources") == 0


def written_at(folder: Path, start_us: int, count: int, retention_us: int | None) -> None:
    """Record `count` events one after another from a time on."""

    def work(transaction: Transaction) -> None:
        for _ in range(count):
            record(transaction, event(transaction.tick(), MADE), retention_us)

    write_alone(folder, work, clock_us=lambda: start_us)


START_US = 1_700_000_000_000_000


def test_writes_forget_what_is_older_than_the_retention(tmp_path: Path, database: Connection) -> None:
    written_at(tmp_path, START_US, 100, 30 * DAY_US)
    assert database.count("FROM audit_events") == 100
    written_at(tmp_path, START_US + 31 * DAY_US, 100, 30 * DAY_US)
    assert times(found(database))[0] >= START_US + 31 * DAY_US
    assert database.count("FROM audit_resources") == 100


def test_what_is_within_the_retention_stays(tmp_path: Path, database: Connection) -> None:
    written_at(tmp_path, START_US, 100, 30 * DAY_US)
    written_at(tmp_path, START_US + 29 * DAY_US, 100, 30 * DAY_US)
    assert database.count("FROM audit_events") == 200


def test_without_a_retention_everything_stays(tmp_path: Path, database: Connection) -> None:
    written_at(tmp_path, START_US, 100, None)
    written_at(tmp_path, START_US + 36500 * DAY_US, 100, None)
    assert database.count("FROM audit_events") == 200


def test_one_write_forgets_a_bounded_number(tmp_path: Path, database: Connection) -> None:
    written_at(tmp_path, START_US, 1000, None)
    written_at(tmp_path, START_US + DAY_US, 16, 1)
    assert 900 < database.count("FROM audit_events") < 1016
