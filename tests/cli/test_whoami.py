"""`modelry whoami`."""

import pytest

from tests.cli.administration import Program, root
from tests.cli.folder_steps import ran
from tests.registry import Registry


@pytest.fixture
def admin(registry: Registry) -> Program:
    return root(registry)


def test_the_account_is_itself(admin: Program) -> None:
    shown = admin.shown("whoami")
    assert (shown["IdentityType"], shown["AccountId"]) == ("Account", admin.registry.account_id)
    assert "RequestId" not in shown


def test_a_user_needs_no_permission(admin: Program) -> None:
    user = admin.as_user(admin.shown("users", "create", "whoami-user", "--with-key"))
    arn = user.ran("whoami", "-o", "name").stdout.strip()
    assert arn == f"acs:ram::{admin.registry.account_id}:user/whoami-user"
    assert user.ran("whoami", "--query", "IdentityType", "-o", "tsv").stdout == "RAMUser\n"


def test_a_wrong_secret_is_said_in_one_line_and_one_of_advice(admin: Program) -> None:
    wrong = Program(admin.registry, admin.key_id, "wrong")
    lines = wrong.ran("whoami", code=1).stderr.splitlines()
    assert lines[0].startswith("modelry: SignatureDoesNotMatch")
    assert len(lines) == 2


def test_a_server_that_is_not_there_is_unreachable() -> None:
    key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "k", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}
    done = ran("whoami", "--endpoint", "127.0.0.1:1", code=1, **key)
    assert done.stderr.startswith("modelry: ")


def test_a_terminal_shows_it(admin: Program) -> None:
    code, text = admin.on_terminal("whoami")
    assert code == 0
    assert admin.registry.account_id in text
