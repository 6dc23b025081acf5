"""What no request, or only a thousand of them, can show of the store of roles."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from modelry import families
from modelry.errors import ApiError
from modelry.families.ram import generation
from modelry.families.ram.roles import store
from modelry.families.ram.roles.structs import RoleDocument
from modelry.storage.database import Transaction
from modelry.storage.migrations import apply
from modelry.storage.sqlite import FILE_NAME, SqliteSchema, connect, write_alone
from tests.contract.ram.documents import trusting

T = TypeVar("T")
InTransaction = Callable[[Callable[[Transaction], T]], T]

ACCOUNT, OTHER_ACCOUNT = 1234567890123456, 6543210987654321
DATE = "2026-01-02T03:04:05Z"
TRUST = trusting(f"acs:ram::{ACCOUNT}:root")


@pytest.fixture
def in_transaction(tmp_path: Path) -> InTransaction[T]:
    """Runs something in one transaction over an empty database."""
    raw = connect(tmp_path / FILE_NAME)
    apply(SqliteSchema(raw), families.migrations("sqlite"))
    raw.close()
    return lambda work: write_alone(tmp_path, work)


def added(transaction: Transaction, name: str, account_id: int = ACCOUNT) -> store.StoredRole:
    position = transaction.tick()
    new = RoleDocument(
        role_id=store.role_id(position),
        role_name=name,
        description="",
        assume_role_policy_document=TRUST,
        max_session_duration=7200,
        allow_console_login=True,
        create_date=DATE,
        update_date=DATE,
        tags=[],
    )
    store.add_role(transaction, account_id, new, position)
    return store.role(transaction, account_id, name)


def test_an_account_has_a_thousand_roles_at_most(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        for number in range(1000):
            added(transaction, f"role-{number}")
        listed = [each.role_name for each in store.roles(transaction, ACCOUNT, 0)]
        assert listed == [f"role-{number}" for number in range(1000)]
        added(transaction, "elsewhere", OTHER_ACCOUNT)
        with pytest.raises(ApiError, match=r"^LimitExceeded\.Role: .* 1000 roles\.$"):
            added(transaction, "one-too-many")

    in_transaction(work)


def test_a_role_is_found_by_name_and_by_id(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        made = added(transaction, "Robot")
        assert store.role(transaction, ACCOUNT, "rOBOT") == made
        assert store.role_by_id(transaction, ACCOUNT, made.role_id) == made
        assert (made.role_name, made.trust_document, made.max_session_duration) == ("Robot", TRUST, 7200)
        assert store.role_by_id(transaction, ACCOUNT, "300000000000000000") is None

    in_transaction(work)


def test_accounts_do_not_see_each_other_s_roles(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        made = added(transaction, "robot")
        assert store.role_by_id(transaction, OTHER_ACCOUNT, made.role_id) is None
        assert list(store.roles(transaction, OTHER_ACCOUNT, 0)) == []
        with pytest.raises(ApiError, match=r"^EntityNotExist\.Role:"):
            store.role(transaction, OTHER_ACCOUNT, "robot")

    in_transaction(work)


def test_ids_are_eighteen_digits_and_never_given_again(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        ids = []
        for _ in range(50):
            made = added(transaction, "again")
            ids.append(made.role_id)
            store.delete_role(transaction, ACCOUNT, made)
        assert len(set(ids)) == len(ids)
        assert {(len(each), each[0], each.isdigit()) for each in ids} == {(18, "3", True)}

    in_transaction(work)


def test_a_change_keeps_what_this_program_does_not_know(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        made = added(transaction, "robot")
        (document,) = transaction.one("SELECT document FROM ram_roles") or (b"",)
        later = msgspec.json.encode({**msgspec.json.decode(document), "Later": [1.0, 2**70]})
        transaction.run("UPDATE ram_roles SET document = ?", later)
        store.change_role(transaction, ACCOUNT, made, {"Description": "after"})
        (document,) = transaction.one("SELECT document FROM ram_roles") or (b"",)
        assert b'"Later":[1.0,1180591620717411303424]' in document
        assert msgspec.json.decode(document)["Description"] == "after"

    in_transaction(work)


def test_sessions_follow_every_change_and_every_write_is_noted(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        made = added(transaction, "Robot")
        before = generation.current(transaction)
        after = store.change_role(transaction, ACCOUNT, made, {"MaxSessionDuration": 3600})
        assert generation.current(transaction) > before
        before = generation.current(transaction)
        store.delete_role(transaction, ACCOUNT, after)
        assert generation.current(transaction) > before
        noted = [
            (change.resource, *(each and json.loads(each)["MaxSessionDuration"] for each in change[1:]))
            for change in transaction.changes
        ]
        assert noted == [("role/Robot", None, 7200), ("role/Robot", 7200, 3600), ("role/Robot", 3600, None)]

    in_transaction(work)
