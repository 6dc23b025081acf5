"""The account's alias, through the official SDK of RAM."""

from collections.abc import Iterator

import pytest
from alibabacloud_ram20150501.client import Client as Ram

from tests.contract.ram.raw_calls import answered
from tests.contract.ram.rpc_calls import RpcCalls, refused


@pytest.fixture(autouse=True)
def _no_alias_left(call_ram: RpcCalls) -> Iterator[None]:
    """Each test starts without an alias."""
    yield
    call_ram("clear_account_alias")


def test_an_alias_is_shown_as_it_was_set(ram: Ram) -> None:
    assert answered(ram, "SetAccountAlias", AccountAlias="my-company") == {}
    assert answered(ram, "GetAccountAlias") == {"AccountAlias": "my-company"}


def test_another_alias_takes_the_place_of_the_first(call_ram: RpcCalls) -> None:
    for alias in ("first", "second", "second"):
        call_ram("set_account_alias", account_alias=alias)
    assert call_ram.seen("get_account_alias") == {"AccountAlias": "second"}


def test_a_cleared_alias_is_404(ram: Ram, call_ram: RpcCalls) -> None:
    call_ram("set_account_alias", account_alias="my-company")
    assert answered(ram, "ClearAccountAlias") == {}
    with refused(404, "EntityNotExist.AccountAlias"):
        call_ram("get_account_alias")


def test_clearing_no_alias_is_no_error(call_ram: RpcCalls) -> None:
    assert call_ram.seen("clear_account_alias") == {}
    assert call_ram.seen("clear_account_alias") == {}


@pytest.mark.parametrize("alias", ["abc", "a-b", "1-2-3", "a" * 32])
def test_an_alias_at_its_limits_is_taken(call_ram: RpcCalls, alias: str) -> None:
    call_ram("set_account_alias", account_alias=alias)
    assert call_ram.seen("get_account_alias") == {"AccountAlias": alias}


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("", "Length"),
        ("ab", "Length"),
        ("a" * 33, "Length"),
        ("Abc", "Format"),
        ("-abc", "Format"),
        ("abc-", "Format"),
        ("a--b", "Format"),
        ("a_b", "Format"),
        ("abc\n", "Format"),
    ],
)
def test_a_bad_alias_is_refused(call_ram: RpcCalls, alias: str, code: str) -> None:
    call_ram("set_account_alias", account_alias="before")
    with refused(400, f"InvalidParameter.AccountAlias.{code}"):
        call_ram("set_account_alias", account_alias=alias)
    assert call_ram.seen("get_account_alias") == {"AccountAlias": "before"}


def test_an_alias_is_required(call_ram: RpcCalls) -> None:
    with refused(400, "MissingParameter"):
        call_ram("set_account_alias")
