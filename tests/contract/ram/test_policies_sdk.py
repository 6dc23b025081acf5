"""Policies through the official SDK: every operation, field by field, and every refusal."""

import json

import pytest
from alibabacloud_ram20150501 import models as m

from tests.contract.ram.documents import UNLISTABLE, allowing
from tests.contract.ram.rpc_calls import RpcCalls, fresh_name, refused, without_dates

DOCUMENT = allowing("paimodel:Get*")
OTHER = allowing("paimodel:List*")


@pytest.fixture
def name(call_ram: RpcCalls) -> str:
    """A new policy with one version."""
    name = fresh_name("policy")
    call_ram("create_policy", policy_name=name, policy_document=DOCUMENT)
    return name


def default_version(call_ram: RpcCalls, name: str) -> str:
    found: str = call_ram("get_policy", policy_name=name, policy_type="Custom").policy.default_version
    return found


def version_ids(call_ram: RpcCalls, name: str) -> list[str]:
    answer = call_ram("list_policy_versions", policy_name=name, policy_type="Custom")
    return [version.version_id for version in answer.policy_versions.policy_version]


def test_a_policy_is_answered_when_it_is_made(call_ram: RpcCalls) -> None:
    name = fresh_name("Policy")
    answer = call_ram.seen("create_policy", policy_name=name, policy_document=DOCUMENT, description="what for")
    assert without_dates(answer.pop("Policy")) == {
        "PolicyName": name,
        "PolicyType": "Custom",
        "Description": "what for",
        "DefaultVersion": "v1",
    }
    assert answer == {}


def test_a_policy_is_got_with_the_version_in_effect(call_ram: RpcCalls) -> None:
    name = fresh_name("policy")
    call_ram("create_policy", policy_name=name, policy_document=DOCUMENT, description="what for")
    answer = call_ram.seen("get_policy", policy_name=name, policy_type="Custom")
    assert without_dates(answer.pop("Policy")) == {
        "PolicyName": name,
        "PolicyType": "Custom",
        "Description": "what for",
        "DefaultVersion": "v1",
        "AttachmentCount": 0,
    }
    assert without_dates(answer.pop("DefaultPolicyVersion")) == {
        "VersionId": "v1",
        "IsDefaultVersion": True,
        "PolicyDocument": DOCUMENT,
    }
    assert answer == {}


@pytest.mark.parametrize(
    "document",
    [
        '{"Version":"1","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
        '  {\n\t"Statement" : [ {"Effect":"Allow","Resource":["*"],"Action":["pai\\u006dodel:*"]}], "Version":"1"}\n',
        json.dumps(
            {
                "Version": "1",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "NotAction": ["ram:*"],
                        "NotResource": "acs:paimodel:*:*:model/甲-é",
                        "Condition": {"IpAddress": {"acs:SourceIp": ["10.0.0.0/8", "::1"]}},
                    }
                ],
            },
            ensure_ascii=False,
        ),
        allowing("ecs:*", "oss:PutObject", resource="acs:oss:*:*:bucket/*"),
    ],
)
def test_a_document_comes_back_byte_for_byte(call_ram: RpcCalls, document: str) -> None:
    name = fresh_name("policy")
    call_ram("create_policy", policy_name=name, policy_document=document)
    found = call_ram("get_policy", policy_name=name, policy_type="Custom").default_policy_version
    assert found.policy_document == document


@pytest.mark.parametrize(
    "document",
    [
        "x",
        "[]",
        '{"Version":"1"}',
        '{"Version":"2","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
        '{"Version":1,"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
        '{"Version":"1","Statement":[{"Effect":"Perhaps","Action":"*","Resource":"*"}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Resource":"*"}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*"}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Like":{"a":"b"}}}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Effect":"Deny","Resource":"*"}]}',
        "[" * 3000 + "]" * 3000,
    ],
)
def test_a_document_that_says_nothing_clear_is_refused(call_ram: RpcCalls, name: str, document: str) -> None:
    with refused(400, "MalformedPolicyDocument"):
        call_ram("create_policy", policy_name=fresh_name("policy"), policy_document=document)
    with refused(400, "MalformedPolicyDocument"):
        call_ram("create_policy_version", policy_name=name, policy_document=document)
    assert version_ids(call_ram, name) == ["v1"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"policy_name": "a_b"}, "InvalidParameter.PolicyName.InvalidChars"),
        ({"policy_name": "a b"}, "InvalidParameter.PolicyName.InvalidChars"),
        ({"policy_name": "é"}, "InvalidParameter.PolicyName.InvalidChars"),
        ({"policy_name": "a\n"}, "InvalidParameter.PolicyName.InvalidChars"),
        ({"policy_name": "a" * 129}, "InvalidParameter.PolicyName.Length"),
        ({"policy_name": ""}, "InvalidParameter.PolicyName.Length"),
        ({"policy_document": ""}, "InvalidParameter.PolicyDocument.Length"),
        ({"policy_document": DOCUMENT + " " * 6145}, "InvalidParameter.PolicyDocument.Length"),
        ({"description": "d" * 1025}, "InvalidParameter.Description.Length"),
        ({"tag": [m.CreatePolicyRequestTag(key="k" * 129, value="v")]}, "InvalidParameter"),
        ({"tag": [m.CreatePolicyRequestTag(key=str(n), value="v") for n in range(21)]}, "InvalidParameter"),
    ],
)
def test_what_a_policy_must_not_be(call_ram: RpcCalls, fields: dict[str, object], code: str) -> None:
    given = {"policy_name": fresh_name("policy"), "policy_document": DOCUMENT, **fields}
    with refused(400, code):
        call_ram("create_policy", **given)


@pytest.mark.parametrize("missing", ["policy_name", "policy_document"])
def test_a_policy_needs_a_name_and_a_document(call_ram: RpcCalls, missing: str) -> None:
    given = {"policy_name": fresh_name("policy"), "policy_document": DOCUMENT}
    with refused(400, "MissingParameter"):
        call_ram("create_policy", **{name: value for name, value in given.items() if name != missing})


def test_the_longest_policy_is_kept(call_ram: RpcCalls) -> None:
    name = fresh_name("policy").ljust(128, "x")
    document = DOCUMENT + " " * (6144 - len(DOCUMENT))
    call_ram("create_policy", policy_name=name, policy_document=document, description="甲" * 1024)
    found = call_ram("get_policy", policy_name=name, policy_type="Custom")
    assert found.policy.description == "甲" * 1024
    assert found.default_policy_version.policy_document == document


def test_names_are_taken_without_regard_to_case(call_ram: RpcCalls, name: str) -> None:
    with refused(409, "EntityAlreadyExists.Policy"):
        call_ram("create_policy", policy_name=name.upper(), policy_document=DOCUMENT)
    assert call_ram("get_policy", policy_name=name.upper(), policy_type="Custom").policy.policy_name == name


def test_a_custom_policy_may_be_named_like_one_of_the_system(call_ram: RpcCalls) -> None:
    call_ram("create_policy", policy_name="AliyunECSReadOnlyAccess", policy_document=DOCUMENT, description="ours")
    theirs = call_ram("get_policy", policy_name="AliyunECSReadOnlyAccess", policy_type="System")
    ours = call_ram("get_policy", policy_name="AliyunECSReadOnlyAccess", policy_type="Custom")
    assert (theirs.policy.description, ours.policy.description) == ("AliyunECSReadOnlyAccess", "ours")
    call_ram("delete_policy", policy_name="AliyunECSReadOnlyAccess")


def test_a_description_is_changed_and_cleared(call_ram: RpcCalls, name: str) -> None:
    answer = call_ram.seen("update_policy_description", policy_name=name, new_description="new")
    assert without_dates(answer["Policy"]) == {
        "PolicyName": name,
        "PolicyType": "Custom",
        "Description": "new",
        "DefaultVersion": "v1",
    }
    assert "UpdateDate" in answer["Policy"]
    call_ram("update_policy_description", policy_name=name, new_description="")
    assert call_ram("get_policy", policy_name=name, policy_type="Custom").policy.description == ""


def test_a_long_description_is_refused(call_ram: RpcCalls, name: str) -> None:
    with refused(400, "InvalidParameter.NewDescription.Length"):
        call_ram("update_policy_description", policy_name=name, new_description="d" * 1025)


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("get_policy", {"policy_type": "Custom"}),
        ("get_policy", {"policy_type": "System"}),
        ("update_policy_description", {"new_description": "d"}),
        ("delete_policy", {}),
        ("create_policy_version", {"policy_document": DOCUMENT}),
        ("get_policy_version", {"policy_type": "Custom", "version_id": "v1"}),
        ("get_policy_version", {"policy_type": "System", "version_id": "v1"}),
        ("list_policy_versions", {"policy_type": "Custom"}),
        ("list_policy_versions", {"policy_type": "System"}),
        ("set_default_policy_version", {"version_id": "v1"}),
        ("delete_policy_version", {"version_id": "v1"}),
    ],
)
def test_a_policy_that_is_not_there(call_ram: RpcCalls, operation: str, fields: dict[str, object]) -> None:
    with refused(404, "EntityNotExist.Policy"):
        call_ram(operation, policy_name="nowhere", **fields)


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("update_policy_description", {"new_description": "d"}),
        ("delete_policy", {"cascading_delete": True}),
        ("create_policy_version", {"policy_document": DOCUMENT}),
        ("set_default_policy_version", {"version_id": "v1"}),
        ("delete_policy_version", {"version_id": "v1"}),
    ],
)
def test_a_system_policy_cannot_be_changed(call_ram: RpcCalls, operation: str, fields: dict[str, object]) -> None:
    before = call_ram.seen("get_policy", policy_name="AdministratorAccess", policy_type="System")
    with refused(404, "EntityNotExist.Policy"):
        call_ram(operation, policy_name="AdministratorAccess", **fields)
    assert call_ram.seen("get_policy", policy_name="AdministratorAccess", policy_type="System") == before


@pytest.mark.parametrize("policy_type", ["custom", "Other", ""])
@pytest.mark.parametrize("operation", ["get_policy", "list_policy_versions", "list_policies"])
def test_there_are_two_types_of_policy(call_ram: RpcCalls, operation: str, policy_type: str) -> None:
    named = {} if operation == "list_policies" else {"policy_name": "AdministratorAccess"}
    if operation == "list_policies" and not policy_type:
        assert call_ram(operation, policy_type=policy_type).policies.policy
        return
    with refused(400, "InvalidParameter.PolicyType"):
        call_ram(operation, policy_type=policy_type, **named)


def test_versions_count_on_and_take_effect_when_they_are_asked_to(call_ram: RpcCalls, name: str) -> None:
    answer = call_ram.seen("create_policy_version", policy_name=name, policy_document=OTHER)
    assert without_dates(answer.pop("PolicyVersion")) == {
        "VersionId": "v2",
        "IsDefaultVersion": False,
        "PolicyDocument": OTHER,
    }
    assert answer == {}
    third = call_ram("create_policy_version", policy_name=name, policy_document=OTHER, set_as_default=True)
    assert third.policy_version.version_id == "v3"
    assert third.policy_version.is_default_version is True
    assert default_version(call_ram, name) == "v3"


def test_versions_are_listed_the_oldest_first(call_ram: RpcCalls, name: str) -> None:
    call_ram("create_policy_version", policy_name=name, policy_document=OTHER, set_as_default=True)
    answer = call_ram.seen("list_policy_versions", policy_name=name, policy_type="Custom")
    assert [without_dates(version) for version in answer["PolicyVersions"]["PolicyVersion"]] == [
        {"VersionId": "v1", "IsDefaultVersion": False, "PolicyDocument": DOCUMENT},
        {"VersionId": "v2", "IsDefaultVersion": True, "PolicyDocument": OTHER},
    ]


def test_one_version_is_got(call_ram: RpcCalls, name: str) -> None:
    call_ram("create_policy_version", policy_name=name, policy_document=OTHER)
    answer = call_ram.seen("get_policy_version", policy_name=name, policy_type="Custom", version_id="v2")
    assert without_dates(answer["PolicyVersion"]) == {
        "VersionId": "v2",
        "IsDefaultVersion": False,
        "PolicyDocument": OTHER,
    }


@pytest.mark.parametrize("version_id", ["v2", "v999999999999"])
@pytest.mark.parametrize("operation", ["get_policy_version", "set_default_policy_version", "delete_policy_version"])
def test_a_version_that_is_not_there(call_ram: RpcCalls, name: str, operation: str, version_id: str) -> None:
    typed = {"policy_type": "Custom"} if operation == "get_policy_version" else {}
    with refused(404, "EntityNotExist.Policy.Version"):
        call_ram(operation, policy_name=name, version_id=version_id, **typed)


@pytest.mark.parametrize("version_id", ["1", "V1", "v0", "v01", "v-1", "v1 ", "v", "v1\n"])
@pytest.mark.parametrize("operation", ["get_policy_version", "set_default_policy_version", "delete_policy_version"])
def test_a_version_is_named_in_one_way(call_ram: RpcCalls, name: str, operation: str, version_id: str) -> None:
    typed = {"policy_type": "Custom"} if operation == "get_policy_version" else {}
    with refused(400, "InvalidParameter.VersionId.Format"):
        call_ram(operation, policy_name=name, version_id=version_id, **typed)


def test_another_version_takes_effect(call_ram: RpcCalls, name: str) -> None:
    call_ram("create_policy_version", policy_name=name, policy_document=OTHER)
    assert call_ram.seen("set_default_policy_version", policy_name=name, version_id="v2") == {}
    found = call_ram("get_policy", policy_name=name, policy_type="Custom")
    assert (found.policy.default_version, found.default_policy_version.policy_document) == ("v2", OTHER)


def test_a_version_is_deleted_and_its_number_never_given_again(call_ram: RpcCalls, name: str) -> None:
    call_ram("create_policy_version", policy_name=name, policy_document=OTHER)
    assert call_ram.seen("delete_policy_version", policy_name=name, version_id="v2") == {}
    assert version_ids(call_ram, name) == ["v1"]
    third = call_ram("create_policy_version", policy_name=name, policy_document=OTHER)
    assert third.policy_version.version_id == "v3"


def test_the_version_in_effect_cannot_be_deleted(call_ram: RpcCalls, name: str) -> None:
    with refused(409, "DeleteConflict.Policy.Version.Default"):
        call_ram("delete_policy_version", policy_name=name, version_id="v1")
    assert version_ids(call_ram, name) == ["v1"]


def test_a_policy_has_five_versions_at_most(call_ram: RpcCalls, name: str) -> None:
    for _ in range(4):
        call_ram("create_policy_version", policy_name=name, policy_document=OTHER)
    for strategy in ({}, {"rotate_strategy": "None"}):
        with refused(409, "LimitExceeded.Policy.Version"):
            call_ram("create_policy_version", policy_name=name, policy_document=OTHER, set_as_default=True, **strategy)
    assert version_ids(call_ram, name) == ["v1", "v2", "v3", "v4", "v5"]
    assert default_version(call_ram, name) == "v1"


def test_the_oldest_version_that_is_not_in_effect_gives_way(call_ram: RpcCalls, name: str) -> None:
    rotating = {"rotate_strategy": "DeleteOldestNonDefaultVersionWhenLimitExceeded"}
    for _ in range(4):
        call_ram("create_policy_version", policy_name=name, policy_document=OTHER, **rotating)
    assert version_ids(call_ram, name) == ["v1", "v2", "v3", "v4", "v5"]
    call_ram("create_policy_version", policy_name=name, policy_document=OTHER, set_as_default=True, **rotating)
    assert version_ids(call_ram, name) == ["v1", "v3", "v4", "v5", "v6"]
    call_ram("create_policy_version", policy_name=name, policy_document=OTHER, **rotating)
    assert version_ids(call_ram, name) == ["v3", "v4", "v5", "v6", "v7"]
    assert default_version(call_ram, name) == "v6"


def test_there_are_two_ways_to_rotate(call_ram: RpcCalls, name: str) -> None:
    with refused(400, "InvalidParameter"):
        call_ram("create_policy_version", policy_name=name, policy_document=OTHER, rotate_strategy="Always")


def test_a_policy_is_deleted(call_ram: RpcCalls, name: str) -> None:
    assert call_ram.seen("delete_policy", policy_name=name) == {}
    with refused(404, "EntityNotExist.Policy"):
        call_ram("get_policy", policy_name=name, policy_type="Custom")
    call_ram("create_policy", policy_name=name, policy_document=DOCUMENT)
    assert version_ids(call_ram, name) == ["v1"]


def test_a_policy_with_other_versions_is_deleted_with_them_only_on_request(call_ram: RpcCalls, name: str) -> None:
    call_ram("create_policy_version", policy_name=name, policy_document=OTHER)
    for unasked in ({}, {"cascading_delete": False}):
        with refused(409, "DeleteConflict.Policy.Version"):
            call_ram("delete_policy", policy_name=name, **unasked)
    assert call_ram.seen("delete_policy", policy_name=name, cascading_delete=True) == {}


def test_what_no_list_could_ask_may_be_written_down_but_not_attached(call_ram: RpcCalls) -> None:
    user, policy = fresh_name("user"), fresh_name("policy")
    call_ram("create_user", user_name=user)
    call_ram("create_policy", policy_name=policy, policy_document=UNLISTABLE)
    with refused(400, "PolicyConditionNotSupported") as refusal:
        call_ram("attach_policy_to_user", user_name=user, policy_name=policy, policy_type="Custom")
    assert "NumericEquals of paimodel:Accessibility" in refusal.message


@pytest.mark.parametrize("attached", [True, False])
def test_what_no_list_could_ask_takes_no_effect_in_a_policy_that_is_attached(
    call_ram: RpcCalls, name: str, attached: bool
) -> None:
    if not attached:
        call_ram("create_policy_version", policy_name=name, policy_document=UNLISTABLE, set_as_default=True)
        assert default_version(call_ram, name) == "v2"
        return
    user = fresh_name("user")
    call_ram("create_user", user_name=user)
    call_ram("attach_policy_to_user", user_name=user, policy_name=name, policy_type="Custom")
    with refused(400, "PolicyConditionNotSupported"):
        call_ram("create_policy_version", policy_name=name, policy_document=UNLISTABLE, set_as_default=True)
    call_ram("create_policy_version", policy_name=name, policy_document=UNLISTABLE)
    with refused(400, "PolicyConditionNotSupported"):
        call_ram("set_default_policy_version", policy_name=name, version_id="v2")
    assert default_version(call_ram, name) == "v1"


def test_a_system_policy_is_got(call_ram: RpcCalls) -> None:
    answer = call_ram.seen("get_policy", policy_name="aliyunstsassumeroleaccess", policy_type="System")
    assert without_dates(answer.pop("Policy")) == {
        "PolicyName": "AliyunSTSAssumeRoleAccess",
        "PolicyType": "System",
        "Description": "Assuming roles",
        "DefaultVersion": "v1",
        "AttachmentCount": 0,
    }
    version = without_dates(answer.pop("DefaultPolicyVersion"))
    document = json.loads(version.pop("PolicyDocument"))
    assert document == {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": "*"}],
    }
    assert version == {"VersionId": "v1", "IsDefaultVersion": True}
    assert answer == {}


def test_a_system_policy_has_one_version(call_ram: RpcCalls) -> None:
    named = {"policy_name": "AliyunECSFullAccess", "policy_type": "System"}
    (listed,) = call_ram.seen("list_policy_versions", **named)["PolicyVersions"]["PolicyVersion"]
    got = call_ram.seen("get_policy_version", version_id="v1", **named)["PolicyVersion"]
    assert listed == got == call_ram.seen("get_policy", **named)["DefaultPolicyVersion"]
    with refused(404, "EntityNotExist.Policy.Version"):
        call_ram("get_policy_version", version_id="v2", **named)


def test_a_list_has_custom_policies_in_order_then_those_of_the_system_by_name(call_ram: RpcCalls) -> None:
    made = [fresh_name(letter) for letter in "zab"]
    for name in made:
        call_ram("create_policy", policy_name=name, policy_document=DOCUMENT)
    listed = call_ram("list_policies", max_items=1000).policies.policy
    custom = [policy.policy_name for policy in listed if policy.policy_type == "Custom"]
    system = [policy.policy_name for policy in listed if policy.policy_type == "System"]
    assert [policy.policy_name for policy in listed] == custom + system
    assert custom[-3:] == made
    assert system == sorted(system, key=str.lower)
    assert {"AdministratorAccess", "ReadOnlyAccess", "AliyunPAIFullAccess", "AliyunECSFullAccess"} <= set(system)


@pytest.mark.parametrize("policy_type", ["Custom", "System"])
def test_a_list_of_one_type(call_ram: RpcCalls, name: str, policy_type: str) -> None:
    listed = call_ram("list_policies", policy_type=policy_type, max_items=1000).policies.policy
    assert {policy.policy_type for policy in listed} == {policy_type}


def test_an_entry_of_a_list(call_ram: RpcCalls) -> None:
    name = fresh_name("policy")
    tags = [m.CreatePolicyRequestTag(key="team", value="b"), m.CreatePolicyRequestTag(key="env", value="")]
    call_ram("create_policy", policy_name=name, policy_document=DOCUMENT, description="d", tag=tags)
    answer = call_ram.seen("list_policies", policy_type="Custom", max_items=1000)
    assert without_dates(answer["Policies"]["Policy"][-1]) == {
        "PolicyName": name,
        "PolicyType": "Custom",
        "Description": "d",
        "DefaultVersion": "v1",
        "AttachmentCount": 0,
        "Tags": {"Tag": [{"TagKey": "env", "TagValue": ""}, {"TagKey": "team", "TagValue": "b"}]},
    }
    assert (answer["IsTruncated"], answer.get("Marker")) == (False, None)


@pytest.mark.parametrize("page", [1, 7, 100])
def test_pages_hold_every_policy_once(call_ram: RpcCalls, name: str, page: int) -> None:
    everything = [p.policy_name for p in call_ram("list_policies", max_items=1000).policies.policy]
    wanted = everything if page > 1 else everything[:10]
    seen: list[str] = []
    marker = None
    while len(seen) < len(wanted):
        answer = call_ram("list_policies", marker=marker, max_items=page)
        seen += [policy.policy_name for policy in answer.policies.policy]
        marker = answer.marker
        assert answer.is_truncated is (len(seen) < len(everything))
        assert (marker is None) is not answer.is_truncated
    assert seen == wanted


def test_a_walk_goes_on_where_it_was_when_policies_come_and_go(call_ram: RpcCalls) -> None:
    made = [fresh_name("walk") for _ in range(4)]
    for name in made:
        call_ram("create_policy", policy_name=name, policy_document=DOCUMENT)
    everything = [
        p.policy_name for p in call_ram("list_policies", policy_type="Custom", max_items=1000).policies.policy
    ]
    before = everything.index(made[1]) + 1
    first = call_ram("list_policies", policy_type="Custom", max_items=before)
    call_ram("delete_policy", policy_name=made[1])
    call_ram("delete_policy", policy_name=made[2])
    rest = call_ram("list_policies", policy_type="Custom", max_items=1000, marker=first.marker)
    assert [policy.policy_name for policy in rest.policies.policy] == [made[3]]


@pytest.mark.parametrize("fields", [{"max_items": 0}, {"max_items": 1001}, {"marker": "x"}, {"marker": "é"}])
def test_a_page_must_make_sense(call_ram: RpcCalls, fields: dict[str, object]) -> None:
    with refused(400, "InvalidParameter"):
        call_ram("list_policies", **fields)


def test_a_list_by_tags_has_what_carries_all_of_them(call_ram: RpcCalls) -> None:
    key = fresh_name("key")
    both, one, other = (fresh_name("tagged") for _ in range(3))
    for name, tags in {both: {key: "1", "x": "2"}, one: {key: "1"}, other: {key: "2", "x": "2"}}.items():
        given = [m.CreatePolicyRequestTag(key=k, value=v) for k, v in tags.items()]
        call_ram("create_policy", policy_name=name, policy_document=DOCUMENT, tag=given)

    def found(**tags: str) -> list[str]:
        wanted = [m.ListPoliciesRequestTag(key=k, value=v or None) for k, v in tags.items()]
        return [policy.policy_name for policy in call_ram("list_policies", tag=wanted, max_items=1000).policies.policy]

    assert found(**{key: ""}) == [both, one, other]
    assert found(**{key: "1"}) == [both, one]
    assert found(**{key: "1", "x": "2"}) == [both]
    assert found(**{key: "3"}) == []
