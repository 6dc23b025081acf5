"""Tags of roles and policies through the official SDK."""

import pytest
from alibabacloud_ram20150501 import models as m

from tests.contract.ram.conftest import NewUser
from tests.contract.ram.documents import allowing, trusting
from tests.contract.ram.rpc_calls import RpcCalls, fresh_name, refused
from tests.registry import Registry

KINDS = ["role", "policy"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """A type of resource that has tags."""
    found: str = request.param
    return found


@pytest.fixture
def names(call_ram: RpcCalls, registry: Registry, kind: str) -> list[str]:
    """Two new resources without tags."""
    made = [fresh_name(f"{letter}-{kind}") for letter in "ba"]
    for name in made:
        if kind == "role":
            trust = trusting(f"acs:ram::{registry.account_id}:root")
            call_ram("create_role", role_name=name, assume_role_policy_document=trust)
        else:
            call_ram("create_policy", policy_name=name, policy_document=allowing("*"))
    return made


def put(call_ram: RpcCalls, kind: str, names: list[str], **tags: str) -> None:
    given = [m.TagResourcesRequestTag(key=key, value=value) for key, value in tags.items()]
    assert call_ram.seen("tag_resources", resource_type=kind, resource_names=names, tag=given) == {}


def tags_of(call_ram: RpcCalls, kind: str, name: str) -> dict[str, str]:
    answer = call_ram.seen("list_tag_resources", resource_type=kind, resource_names=[name])
    return {each["TagKey"]: each["TagValue"] for each in answer["TagResources"]}


def test_tags_are_put_on_several_resources_and_listed(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    put(call_ram, kind, names, team="t", env="e")
    answer = call_ram.seen("list_tag_resources", resource_type=kind, resource_names=names)
    assert answer == {
        "TagResources": [
            {"ResourceType": kind, "ResourceName": name, "TagKey": key, "TagValue": key[0]}
            for name in names
            for key in ("env", "team")
        ]
    }


def test_a_resource_without_tags_has_an_empty_list(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    answer = call_ram.seen("list_tag_resources", resource_type=kind, resource_names=names)
    assert answer == {"TagResources": []}


def test_a_key_has_one_value(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    put(call_ram, kind, names[:1], env="old", team="t")
    put(call_ram, kind, names[:1], env="new")
    assert tags_of(call_ram, kind, names[0]) == {"env": "new", "team": "t"}
    assert tags_of(call_ram, kind, names[1]) == {}


def test_names_are_found_without_regard_to_case(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    put(call_ram, kind, [names[0].upper(), names[0]], env="e")
    assert tags_of(call_ram, kind, names[0].upper()) == {"env": "e"}


def test_tags_are_removed_by_their_keys(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    put(call_ram, kind, names, env="e", team="t")
    answer = call_ram.seen("untag_resources", resource_type=kind, resource_names=names, tag_keys=["env", "other"])
    assert answer == {}
    assert [tags_of(call_ram, kind, name) for name in names] == [{"team": "t"}] * 2


def test_all_tags_are_removed_at_once(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    put(call_ram, kind, names, env="e", team="t")
    call_ram("untag_resources", resource_type=kind, resource_names=names[:1], all=True)
    assert [tags_of(call_ram, kind, name) for name in names] == [{}, {"env": "e", "team": "t"}]


def test_keys_count_more_than_all(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    put(call_ram, kind, names, env="e", team="t")
    call_ram("untag_resources", resource_type=kind, resource_names=names, tag_keys=["env"], all=True)
    assert tags_of(call_ram, kind, names[0]) == {"team": "t"}


@pytest.mark.parametrize("fields", [{}, {"all": False}, {"tag_keys": []}])
def test_what_to_remove_must_be_said(
    call_ram: RpcCalls, kind: str, names: list[str], fields: dict[str, object]
) -> None:
    put(call_ram, kind, names, env="e")
    with refused(400, "MissingParameter"):
        call_ram("untag_resources", resource_type=kind, resource_names=names, **fields)
    assert tags_of(call_ram, kind, names[0]) == {"env": "e"}


def test_all_resources_are_tagged_or_none(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    missing = {"role": "EntityNotExist.Role", "policy": "EntityNotExist.Policy"}[kind]
    with refused(404, missing):
        put(call_ram, kind, [*names, "nowhere"], env="e")
    assert [tags_of(call_ram, kind, name) for name in names] == [{}, {}]
    put(call_ram, kind, names, env="e")
    with refused(404, missing):
        call_ram("untag_resources", resource_type=kind, resource_names=[*names, "nowhere"], all=True)
    assert [tags_of(call_ram, kind, name) for name in names] == [{"env": "e"}] * 2


def test_a_resource_has_twenty_tags_at_most(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    put(call_ram, kind, names[:1], **{f"k{number}": "v" for number in range(20)})
    with refused(409, "LimitExceeded.Tag"):
        put(call_ram, kind, names[:1], one_more="v")
    put(call_ram, kind, names[:1], k0="new")
    assert tags_of(call_ram, kind, names[0])["k0"] == "new"
    assert len(tags_of(call_ram, kind, names[0])) == 20


@pytest.mark.parametrize(
    ("key", "value", "fits"),
    [("k" * 128, "v" * 256, True), ("k" * 129, "v", False), ("", "v", False), ("k", "v" * 257, False)],
)
def test_how_long_a_tag_may_be(
    call_ram: RpcCalls, kind: str, names: list[str], key: str, value: str, fits: bool
) -> None:
    if fits:
        put(call_ram, kind, names, **{key: value})
        assert tags_of(call_ram, kind, names[0]) == {key: value}
        return
    with refused(400, "InvalidParameter"):
        put(call_ram, kind, names, **{key: value})


@pytest.mark.parametrize(
    "fields",
    [
        {"resource_type": "user"},
        {"resource_names": []},
        {"resource_names": ["x"] * 51},
        {"tag": []},
        {"tag": [m.TagResourcesRequestTag(key=str(number), value="v") for number in range(21)]},
    ],
)
def test_what_tagging_must_not_ask(call_ram: RpcCalls, names: list[str], kind: str, fields: dict[str, object]) -> None:
    given = {
        "resource_type": kind,
        "resource_names": names,
        "tag": [m.TagResourcesRequestTag(key="k", value="v")],
        **fields,
    }
    with refused(400, "InvalidParameter"):
        call_ram("tag_resources", **given)


def test_filtered_by_tags_only_these_are_listed(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    key = fresh_name("key")
    put(call_ram, kind, names, **{key: "1", "other": "o"})
    put(call_ram, kind, names[1:], **{key: "2"})

    def found(**tags: str) -> list[tuple[str, str]]:
        wanted = [m.ListTagResourcesRequestTag(key=k, value=v or None) for k, v in tags.items()]
        answer = call_ram.seen("list_tag_resources", resource_type=kind, tag=wanted)
        return [(each["ResourceName"], each["TagValue"]) for each in answer["TagResources"]]

    assert found(**{key: ""}) == [(names[0], "1"), (names[1], "2")]
    assert found(**{key: "2"}) == [(names[1], "2")]
    assert found(**{key: "2", "other": ""}) == [(names[1], "2"), (names[1], "o")]
    assert found(**{key: "3"}) == []


def test_pages_hold_every_tag_once(call_ram: RpcCalls, kind: str, names: list[str]) -> None:
    put(call_ram, kind, names, **{f"k{number}": "v" for number in range(7)})
    seen: list[tuple[str, str]] = []
    token = None
    for _ in range(5):
        answer = call_ram("list_tag_resources", resource_type=kind, resource_names=names, page_size=3, next_token=token)
        seen += [(each.resource_name, each.tag_key) for each in answer.tag_resources]
        token = answer.next_token
        assert (token is None) is (len(seen) == 14)
    assert seen == [(name, f"k{number}") for name in names for number in range(7)]


def test_all_tags_of_the_named_resources_come_at_once_unless_pages_are_asked_for(
    call_ram: RpcCalls, registry: Registry, kind: str
) -> None:
    made = [fresh_name("many") for _ in range(6)]
    for name in made:
        if kind == "role":
            trust = trusting(f"acs:ram::{registry.account_id}:root")
            call_ram("create_role", role_name=name, assume_role_policy_document=trust)
        else:
            call_ram("create_policy", policy_name=name, policy_document=allowing("*"))
    put(call_ram, kind, made, **{f"k{number}": "v" for number in range(20)})
    answer = call_ram.seen("list_tag_resources", resource_type=kind, resource_names=made)
    assert len(answer["TagResources"]) == 120
    everything = call_ram.seen("list_tag_resources", resource_type=kind)
    assert len(everything["TagResources"]) == 100
    assert everything["NextToken"]


@pytest.mark.parametrize("token", ["x", "é", "bnVsbA==", "WyJhIiwgMV0=", "////"])
def test_a_token_must_be_one_of_an_answer(call_ram: RpcCalls, kind: str, token: str) -> None:
    with refused(400, "InvalidParameter"):
        call_ram("list_tag_resources", resource_type=kind, next_token=token)


def test_tags_go_with_their_resource(call_ram: RpcCalls, registry: Registry, kind: str, names: list[str]) -> None:
    put(call_ram, kind, names, env="e")
    call_ram(f"delete_{kind}", **{f"{kind}_name": names[0]})
    assert tags_of(call_ram, kind, names[0]) == {}


def test_tagging_needs_every_resource(call_ram: RpcCalls, new_user: NewUser, kind: str, names: list[str]) -> None:
    statement = {
        "Effect": "Allow",
        "Action": ["ram:TagResources", "ram:UntagResources", "ram:ListTagResources"],
        "Resource": f"acs:ram:*:*:{kind}/{names[0]}",
    }
    alice = new_user([{"Version": "1", "Statement": [statement]}])
    put(alice.call_ram, kind, names[:1], env="e")
    assert tags_of(alice.call_ram, kind, names[0]) == {"env": "e"}
    with refused(403, "NoPermission"):
        put(alice.call_ram, kind, names, env="e")
    with refused(403, "NoPermission"):
        alice.call_ram("untag_resources", resource_type=kind, resource_names=names, all=True)
    with refused(403, "NoPermission"):
        tags_of(alice.call_ram, kind, names[1])
    with refused(403, "NoPermission"):
        alice.call_ram("list_tag_resources", resource_type=kind)
    other = {"role": "policy", "policy": "role"}[kind]
    with refused(403, "NoPermission"):
        put(alice.call_ram, other, names[:1], env="e")
    assert tags_of(call_ram, kind, names[1]) == {}
