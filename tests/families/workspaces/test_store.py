"""What no request can show of the store of workspaces."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from modelry import families
from modelry.families.workspaces import store
from modelry.storage.database import Transaction
from modelry.storage.migrations import apply
from modelry.storage.sqlite import FILE_NAME, SqliteSchema, connect, write_alone

T = TypeVar("T")

ACCOUNT, OTHER_ACCOUNT = 1234567890123456, 6543210987654321


@pytest.fixture
def in_transaction(tmp_path: Path) -> Callable[[Callable[[Transaction], T]], T]:
    """Runs something in one transaction over an empty database."""
    raw = connect(tmp_path / FILE_NAME)
    apply(SqliteSchema(raw), families.migrations("sqlite"))
    raw.close()
    return lambda work: write_alone(tmp_path, work)


InTransaction = Callable[[Callable[[Transaction], T]], T]


def test_a_first_start_makes_a_default_workspace(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        store.first_start(transaction, ACCOUNT, str(ACCOUNT))
        assert store.default_workspace_id(transaction, ACCOUNT) == "100001"

    in_transaction(work)


def test_a_second_start_changes_nothing(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        store.first_start(transaction, ACCOUNT, str(ACCOUNT))
        before = transaction.all("SELECT * FROM workspaces"), transaction.all("SELECT * FROM resource_groups")
        store.first_start(transaction, ACCOUNT, str(ACCOUNT))
        after = transaction.all("SELECT * FROM workspaces"), transaction.all("SELECT * FROM resource_groups")
        assert after == before

    in_transaction(work)


def test_accounts_do_not_see_each_other_s_workspaces(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        for account_id in (ACCOUNT, OTHER_ACCOUNT):
            store.first_start(transaction, account_id, str(account_id))
        renamed = {"Description": "mine"}
        store.change_workspace(transaction, ACCOUNT, "100001", renamed)
        assert store.found(transaction, ACCOUNT, "100001").description == "mine"
        assert store.found(transaction, OTHER_ACCOUNT, "100001").description != "mine"

    in_transaction(work)


def test_a_change_keeps_what_this_program_does_not_know(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        store.first_start(transaction, ACCOUNT, str(ACCOUNT))
        (document,) = transaction.one("SELECT document FROM workspaces") or (b"",)
        later = msgspec.json.encode({**msgspec.json.decode(document), "Later": [1.0, 2**70]})
        transaction.run("UPDATE workspaces SET document = ?", later)
        store.change_workspace(transaction, ACCOUNT, "100001", {"Description": "after"})
        (document,) = transaction.one("SELECT document FROM workspaces") or (b"",)
        assert b'"Later":[1.0,1180591620717411303424]' in document
        assert msgspec.json.decode(document)["Description"] == "after"

    in_transaction(work)
