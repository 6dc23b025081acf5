"""What no request, or only a thousand of them, can show of the stores of users, groups and keys."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from modelry import families
from modelry.access.principal import Principal
from modelry.errors import ApiError
from modelry.families.ram import generation
from modelry.families.ram.groups import store as groups
from modelry.families.ram.keys import store as keys
from modelry.families.ram.users import store as users
from modelry.storage.database import Transaction
from modelry.storage.migrations import apply
from modelry.storage.sqlite import FILE_NAME, SqliteSchema, connect, write_alone

T = TypeVar("T")
InTransaction = Callable[[Callable[[Transaction], T]], T]

ACCOUNT, OTHER_ACCOUNT = 1234567890123456, 6543210987654321


@pytest.fixture
def in_transaction(tmp_path: Path) -> Callable[[Callable[[Transaction], T]], T]:
    """Runs something in one transaction over an empty database."""
    raw = connect(tmp_path / FILE_NAME)
    apply(SqliteSchema(raw), families.migrations("sqlite"))
    raw.close()
    return lambda work: write_alone(tmp_path, work)


def added(transaction: Transaction, name: str, account_id: int = ACCOUNT, **given: str) -> users.StoredUser:
    return users.add_user(transaction, account_id, {"UserName": name, **given})


def add_key(transaction: Transaction, user_id: str, key_id: str, account_id: int = ACCOUNT) -> keys.OwnedKey:
    principal = Principal(account_id=account_id, user_id=user_id, access_key_id=key_id)
    return keys.add_key(transaction, keys.StoredKey(principal, "Active", b"sealed"))


def moved(transaction: Transaction, work: Callable[[], object]) -> bool:
    """Whether something tells those who decide to read anew."""
    before = generation.current(transaction)
    work()
    return generation.current(transaction) != before


def test_an_account_has_a_thousand_users_at_most(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        for number in range(users.USERS_MAX):
            added(transaction, f"user-{number}")
        added(transaction, "elsewhere", OTHER_ACCOUNT)
        with pytest.raises(ApiError, match=r"^LimitExceeded\.User: .* 1000 users\.$"):
            added(transaction, "too-many")

    in_transaction(work)


def test_ids_are_eighteen_digits_and_all_different(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        made = []
        for _ in range(100):
            user = added(transaction, "again")
            made.append(user.user_id)
            users.delete_user(transaction, ACCOUNT, user)
        assert len(set(made)) == len(made)
        assert {(len(each), each[0], each.isdigit()) for each in made} == {(18, "2", True)}

    in_transaction(work)


def test_accounts_do_not_see_each_other_s_users(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        mine, other = added(transaction, "alice"), added(transaction, "alice", OTHER_ACCOUNT)
        assert users.user(transaction, ACCOUNT, "alice") == mine
        assert users.users(transaction, ACCOUNT, 0, 10) == [mine]
        assert users.all_names(transaction, OTHER_ACCOUNT) == [(other.user_id, "alice")]

    in_transaction(work)


def test_a_user_s_name_is_shown_elsewhere_as_it_is_now(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        user = added(transaction, "before", DisplayName="Before")
        add_key(transaction, user.user_id, "LTAI5tkey")
        users.change_user(transaction, ACCOUNT, user, {"UserName": "After", "DisplayName": ""})
        assert users.all_names(transaction, ACCOUNT) == [(user.user_id, "After")]
        stored = keys.key(transaction, "LTAI5tkey")
        assert stored is not None
        assert (stored.principal.user_id, stored.principal.name) == (user.user_id, "After")

    in_transaction(work)


def test_a_change_keeps_what_this_program_does_not_know(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        added(transaction, "alice")
        transaction.run("UPDATE ram_users SET document = ?", b'{"UserName":"alice","Later":[1.0]}')
        before = users.user(transaction, ACCOUNT, "alice")
        assert b'"Later":[1.0]' in users.change_user(transaction, ACCOUNT, before, {"Comments": "c"})

    in_transaction(work)


def test_the_account_s_key_has_no_name_and_is_the_root_key(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        add_key(transaction, added(transaction, "alice").user_id, "LTAI5tuser")
        add_key(transaction, str(ACCOUNT), "LTAI5troot")
        add_key(transaction, str(ACCOUNT), "LTAI5tlater")
        stored = keys.root_key(transaction)
        assert stored is not None
        assert (stored.principal.access_key_id, stored.principal.name) == ("LTAI5troot", "")
        assert stored.principal.is_account

    in_transaction(work)


def test_a_key_is_found_through_its_owner_alone(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        alice, bob = added(transaction, "alice"), added(transaction, "bob")
        key = add_key(transaction, alice.user_id, "LTAI5talice")
        for wrong in (
            keys.Owner(ACCOUNT, bob.user_id, "bob"),
            keys.Owner(ACCOUNT, str(ACCOUNT), ""),
            keys.Owner(OTHER_ACCOUNT, alice.user_id, "alice"),
        ):
            assert keys.owned_key(transaction, wrong, "LTAI5talice") is None
            keys.set_status(transaction, wrong, key, "Inactive")
            keys.delete_key(transaction, wrong, key)
        assert keys.keys(transaction, keys.Owner(ACCOUNT, alice.user_id, "alice")) == [key]

    in_transaction(work)


def test_a_deleted_key_s_last_use_is_forgotten_and_not_noted_again(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        alice = added(transaction, "alice")
        key = add_key(transaction, alice.user_id, "LTAI5talice")
        keys.note_uses(transaction, {"LTAI5talice": 5})
        assert keys.last_used(transaction, ACCOUNT, "LTAI5talice") == 5
        assert keys.last_used(transaction, OTHER_ACCOUNT, "LTAI5talice") is None
        keys.delete_key(transaction, keys.Owner(ACCOUNT, alice.user_id, "alice"), key)
        keys.note_uses(transaction, {"LTAI5talice": 6})
        assert keys.last_used(transaction, ACCOUNT, "LTAI5talice") is None

    in_transaction(work)


def test_whatever_a_decision_depends_on_moves_the_generation(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        alice = added(transaction, "alice")
        group = groups.add_group(transaction, ACCOUNT, {"GroupName": "dev"})
        key = add_key(transaction, alice.user_id, "LTAI5talice")
        owner = keys.Owner(ACCOUNT, alice.user_id, "alice")
        assert moved(transaction, lambda: groups.join(transaction, ACCOUNT, alice, group))
        assert moved(transaction, lambda: groups.change_group(transaction, ACCOUNT, group, {"GroupName": "ops"}))
        assert moved(transaction, lambda: groups.leave(transaction, ACCOUNT, alice, group))
        assert moved(transaction, lambda: keys.set_status(transaction, owner, key, "Inactive"))
        assert moved(transaction, lambda: users.change_user(transaction, ACCOUNT, alice, {"UserName": "ally"}))
        assert moved(transaction, lambda: keys.delete_key(transaction, owner, key))
        assert moved(transaction, lambda: users.delete_user(transaction, ACCOUNT, alice))
        assert not moved(transaction, lambda: added(transaction, "bob"))
        assert not moved(transaction, lambda: keys.note_uses(transaction, {"LTAI5talice": 1}))

    in_transaction(work)


def test_every_change_is_noted_with_what_was_before_and_after(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        alice = added(transaction, "alice")
        group = groups.add_group(transaction, ACCOUNT, {"GroupName": "dev"})
        groups.join(transaction, ACCOUNT, alice, group)
        groups.leave(transaction, ACCOUNT, alice, group)
        after = users.change_user(transaction, ACCOUNT, alice, {"Comments": "c"})
        users.delete_user(transaction, ACCOUNT, users.user(transaction, ACCOUNT, "alice"))
        groups.delete_group(transaction, ACCOUNT, group)
        joined = transaction.changes[2].after
        assert transaction.changes == [
            ("user/alice", None, alice.document),
            ("group/dev", None, group.document),
            ("group/dev/user/alice", None, joined),
            ("group/dev/user/alice", joined, None),
            ("user/alice", alice.document, after),
            ("user/alice", after, None),
            ("group/dev", group.document, None),
        ]

    in_transaction(work)


def test_a_key_s_changes_are_noted_without_its_secret(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        alice = added(transaction, "alice")
        owner = keys.Owner(ACCOUNT, alice.user_id, "alice")
        principal = Principal(account_id=ACCOUNT, user_id=alice.user_id, name="alice", access_key_id="LTAI5tkey")
        key = keys.add_key(transaction, keys.StoredKey(principal, "Active", b"sealed"))
        keys.set_status(transaction, owner, key, "Inactive")
        keys.delete_key(transaction, owner, key._replace(status="Inactive"))
        noted = transaction.changes[1:]
        assert {change.resource for change in noted} == {"user/alice/accesskey/LTAI5tkey"}
        states = [(change.before is not None, change.after is not None) for change in noted]
        assert states == [(False, True), (True, True), (True, False)]
        assert b"Inactive" in (noted[1].after or b"")
        assert not [change for change in noted if b"sealed" in (change.before or b"") + (change.after or b"")]

    in_transaction(work)
