"""What no request, or only a thousand of them, can show of the store of policies."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelry import families
from modelry.access.policy import parse
from modelry.errors import ApiError
from modelry.families.ram import generation
from modelry.families.ram.attachments import store as attachments
from modelry.families.ram.attachments.store import Attachable, Entity
from modelry.families.ram.groups import store as groups
from modelry.families.ram.policies import store
from modelry.families.ram.policies.structs import StoredPolicy
from modelry.families.ram.roles import store as roles
from modelry.families.ram.roles.structs import RoleDocument
from modelry.families.ram.users import store as users
from modelry.storage.database import Transaction
from modelry.storage.migrations import apply
from modelry.storage.sqlite import FILE_NAME, SqliteSchema, connect, write_alone
from tests.contract.ram.documents import allowing

T = TypeVar("T")
InTransaction = Callable[[Callable[[Transaction], T]], T]

ACCOUNT, OTHER_ACCOUNT = 1234567890123456, 6543210987654321
DATE = "2026-01-02T03:04:05Z"


@pytest.fixture
def in_transaction(tmp_path: Path) -> InTransaction[T]:
    """Runs something in one transaction over an empty database."""
    raw = connect(tmp_path / FILE_NAME)
    apply(SqliteSchema(raw), families.migrations("sqlite"))
    raw.close()
    return lambda work: write_alone(tmp_path, work)


def added(transaction: Transaction, name: str, document: str = "", account_id: int = ACCOUNT) -> store.FoundPolicy:
    new = StoredPolicy(policy_name=name, description="", create_date=DATE, update_date=DATE, tags=[])
    store.add_policy(transaction, account_id, new, document or allowing(f"ecs:{name}"), transaction.tick())
    return store.policy(transaction, account_id, name)


def add_role(transaction: Transaction, name: str) -> Entity:
    position = transaction.tick()
    new = RoleDocument(
        role_id=roles.role_id(position),
        role_name=name,
        description="",
        assume_role_policy_document="{}",
        max_session_duration=3600,
        allow_console_login=True,
        create_date=DATE,
        update_date=DATE,
        tags=[],
    )
    roles.add_role(transaction, ACCOUNT, new, position)
    return Entity("Role", new.role_id, name)


def add_user(transaction: Transaction, name: str) -> Entity:
    return Entity("User", users.add_user(transaction, ACCOUNT, {"UserName": name}).user_id, name)


def custom(found: store.FoundPolicy) -> Attachable:
    return Attachable("Custom", found.stored.policy_name, found.position)


def system(name: str) -> Attachable:
    return Attachable("System", name, None)


def read(noted: bytes | None) -> Any:  # noqa: ANN401  JSON
    return None if noted is None else json.loads(noted)


def moved(transaction: Transaction, work: Callable[[], object]) -> bool:
    """Whether something tells those who decide to read anew."""
    before = generation.current(transaction)
    work()
    return generation.current(transaction) != before


def test_an_account_has_fifteen_hundred_policies_at_most(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        for number in range(1500):
            added(transaction, f"policy-{number}")
        listed = [each.stored.policy_name for each in store.policies(transaction, ACCOUNT, 0)]
        assert listed == [f"policy-{number}" for number in range(1500)]
        added(transaction, "elsewhere", account_id=OTHER_ACCOUNT)
        with pytest.raises(ApiError, match=r"^LimitExceeded\.Policy: .* 1500 policies\.$"):
            added(transaction, "one-too-many")

    in_transaction(work)


def test_accounts_do_not_see_each_other_s_policies(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        added(transaction, "readers")
        assert list(store.policies(transaction, OTHER_ACCOUNT, 0)) == []
        with pytest.raises(ApiError, match=r"^EntityNotExist\.Policy:"):
            store.policy(transaction, OTHER_ACCOUNT, "readers")
        added(transaction, "readers", account_id=OTHER_ACCOUNT)

    in_transaction(work)


def test_a_change_keeps_what_this_program_does_not_know(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        found = added(transaction, "readers")
        (document,) = transaction.one("SELECT document FROM ram_policies") or (b"",)
        later = msgspec.json.encode({**msgspec.json.decode(document), "Later": [1.0, 2**70]})
        transaction.run("UPDATE ram_policies SET document = ?", later)
        store.change_policy(transaction, ACCOUNT, found, {"Description": "after"})
        store.add_version(transaction, ACCOUNT, found, allowing("*"), transaction.tick())
        store.set_default_version(transaction, ACCOUNT, found, 2)
        (document,) = transaction.one("SELECT document FROM ram_policies") or (b"",)
        assert b'"Later":[1.0,1180591620717411303424]' in document
        assert msgspec.json.decode(document)["Description"] == "after"

    in_transaction(work)


def test_what_counts_for_a_user_says_where_it_comes_from(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        alice, bob = add_user(transaction, "alice"), add_user(transaction, "bob")
        devs = groups.add_group(transaction, ACCOUNT, {"GroupName": "devs"})
        others = groups.add_group(transaction, ACCOUNT, {"GroupName": "others"})
        groups.join(transaction, ACCOUNT, users.user(transaction, ACCOUNT, "alice"), devs)
        readers, writers = added(transaction, "Readers"), added(transaction, "Writers")
        store.add_version(transaction, ACCOUNT, readers, allowing("oss:*"), transaction.tick())
        store.set_default_version(transaction, ACCOUNT, readers, 2)
        attachments.attach(transaction, ACCOUNT, alice, system("ReadOnlyAccess"))
        attachments.attach(transaction, ACCOUNT, alice, custom(writers))
        attachments.attach(transaction, ACCOUNT, bob, system("AdministratorAccess"))
        attachments.attach(transaction, ACCOUNT, Entity("Group", devs.group_id, "devs"), custom(readers))
        attachments.attach(transaction, ACCOUNT, Entity("Group", others.group_id, "others"), custom(writers))
        attachments.attach(transaction, ACCOUNT, add_role(transaction, "alice"), custom(readers))
        found = {grant.source: grant.policy for grant in store.grants(transaction, ACCOUNT, alice.id)}
        assert set(found) == {
            "system policy ReadOnlyAccess attached to the user",
            "custom policy Writers (v1) attached to the user",
            "custom policy Readers (v2) attached to group devs",
        }
        assert found["custom policy Readers (v2) attached to group devs"] == parse(allowing("oss:*"))
        assert found["custom policy Writers (v1) attached to the user"] == parse(allowing("ecs:Writers"))

    in_transaction(work)


def test_what_counts_for_a_role_is_what_is_attached_to_it(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        alice, role = add_user(transaction, "alice"), add_role(transaction, "robot")
        readers = added(transaction, "readers")
        attachments.attach(transaction, ACCOUNT, role, custom(readers))
        attachments.attach(transaction, ACCOUNT, alice, system("AdministratorAccess"))
        (grant,) = store.role_grants(transaction, ACCOUNT, role.id)
        assert grant.source == "custom policy readers (v1) attached to the role"
        assert grant.policy == parse(allowing("ecs:readers"))
        assert store.role_grants(transaction, ACCOUNT, alice.id) == []
        assert store.grants(transaction, ACCOUNT, role.id) == []

    in_transaction(work)


def test_a_policy_of_the_system_that_only_a_later_program_knows_grants_nothing(
    in_transaction: InTransaction[None],
) -> None:
    def work(transaction: Transaction) -> None:
        alice = add_user(transaction, "alice")
        attachments.attach(transaction, ACCOUNT, alice, system("AliyunTomorrowFullAccess"))
        assert store.grants(transaction, ACCOUNT, alice.id) == []
        (listed,) = attachments.attached(transaction, ACCOUNT, alice)
        assert listed.folded_name == "aliyuntomorrowfullaccess"

    in_transaction(work)


def test_decisions_are_read_anew_after_every_change_that_they_depend_on(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        alice, readers = add_user(transaction, "alice"), added(transaction, "readers")
        new = custom(readers)
        now = transaction.tick()
        assert moved(transaction, lambda: attachments.attach(transaction, ACCOUNT, alice, new))
        assert not moved(transaction, lambda: store.add_version(transaction, ACCOUNT, readers, allowing("*"), now))
        assert moved(transaction, lambda: store.set_default_version(transaction, ACCOUNT, readers, 2))
        assert moved(transaction, lambda: attachments.detach(transaction, ACCOUNT, alice, new))
        assert not moved(transaction, lambda: attachments.detach(transaction, ACCOUNT, alice, new))

    in_transaction(work)


def test_every_write_is_noted_for_the_audit(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        alice = add_user(transaction, "alice")
        transaction.changes.clear()
        readers = added(transaction, "readers", document="{}")
        store.add_version(transaction, ACCOUNT, readers, "[]", transaction.tick())
        after = store.set_default_version(transaction, ACCOUNT, readers, 2)
        first = store.version(transaction, ACCOUNT, after, 1)
        store.delete_version(transaction, ACCOUNT, after, first)
        attachments.attach(transaction, ACCOUNT, alice, custom(readers))
        attachments.detach(transaction, ACCOUNT, alice, custom(readers))
        store.delete_policy(transaction, ACCOUNT, after)
        noted = [(change.resource, read(change.before), read(change.after)) for change in transaction.changes]
        made, added_first, added_second, effect, removed, attached, detached, gone = noted
        assert made[:2] == ("policy/readers", None)
        assert made[2]["PolicyName"] == "readers"
        assert added_first == ("policy/readers", None, {"VersionId": "v1", "PolicyDocument": "{}"})
        assert added_second == ("policy/readers", None, {"VersionId": "v2", "PolicyDocument": "[]"})
        assert (effect[1]["DefaultVersion"], effect[2]["DefaultVersion"]) == ("v1", "v2")
        assert removed == ("policy/readers", {"VersionId": "v1", "PolicyDocument": "{}"}, None)
        attachment = {"UserName": "alice", "PolicyType": "Custom", "PolicyName": "readers"}
        assert attached == ("user/alice/policy/readers", None, attachment)
        assert detached == ("user/alice/policy/readers", attachment, None)
        assert (gone[0], gone[1]["PolicyName"], gone[2]) == ("policy/readers", "readers", None)

    in_transaction(work)


def test_a_policy_that_is_deleted_takes_its_versions_along(in_transaction: InTransaction[None]) -> None:
    def work(transaction: Transaction) -> None:
        readers = added(transaction, "readers")
        store.add_version(transaction, ACCOUNT, readers, allowing("*"), transaction.tick())
        store.delete_policy(transaction, ACCOUNT, readers)
        assert transaction.all("SELECT * FROM ram_policy_versions") == []

    in_transaction(work)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, once for all examples."""
    folder = tmp_path_factory.mktemp("versions")
    raw = connect(folder / FILE_NAME)
    apply(SqliteSchema(raw), families.migrations("sqlite"))
    raw.close()
    return folder


_STEPS = st.lists(st.one_of(st.just("add"), st.tuples(st.sampled_from(["delete", "default"]), st.integers(1, 8))))


@given(steps=_STEPS)
@settings(max_examples=50, deadline=None)
def test_versions_are_what_a_plain_list_of_them_would_be(data: Path, steps: list[str | tuple[str, int]]) -> None:
    """Numbers only grow, one is in effect, and each keeps its own text."""

    def work(transaction: Transaction) -> None:
        added(transaction, "p", document="document 1")
        expected, default, last = {1: "document 1"}, 1, 1
        for step in steps:
            found = store.policy(transaction, ACCOUNT, "p")
            if isinstance(step, str):
                last += 1
                expected[last] = f"document {last}"
                store.add_version(transaction, ACCOUNT, found, expected[last], transaction.tick())
            elif step[1] in expected and step[0] == "default":
                default = step[1]
                store.set_default_version(transaction, ACCOUNT, found, default)
            elif step[1] in expected and step[1] != default:
                del expected[step[1]]
                gone = store.version(transaction, ACCOUNT, found, step[1])
                store.delete_version(transaction, ACCOUNT, found, gone)
        found = store.policy(transaction, ACCOUNT, "p")
        assert (found.default_version, found.last_version) == (default, last)
        versions = store.versions(transaction, ACCOUNT, found)
        store.delete_policy(transaction, ACCOUNT, found)
        assert {each.version: each.policy_document for each in versions} == expected

    write_alone(data, work)
