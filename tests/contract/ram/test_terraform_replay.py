"""The life of RAM's resources as the official Terraform provider drove it, replayed request by request.

Recorded: the provider of alicloud under Terraform 1.11 creating, planning, updating, importing and destroying users,
groups, memberships, a policy, a role, attachments, an access key, a login profile, a workspace and its member. Each
request is sent again in its order, signed as the provider's clients sign, with the ids that this server gave out.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from modelry.access.canonical import decode_query
from modelry.access.signature import sign_rpc
from tests.contract.ram.rpc_calls import DATE
from tests.registry import Registry, running
from tests.wire_client import Answer, Wire, WireRequest

ACCOUNT = "1234567890123456"
RECORDED: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "wire" / "ram_terraform_requests.jsonl").read_text("utf-8").splitlines()
]
_SIGNATURE = {b"AccessKeyId", b"Signature", b"SignatureMethod", b"SignatureNonce", b"SignatureVersion", b"Timestamp"}

_USER = {"Users.User[].UserName": str, "Users.User[].UserId": str}
_MEMBERS = {"Users.User[].UserName": str, "IsTruncated": bool}
_ATTACHED = {"Policies.Policy[].PolicyName": str, "Policies.Policy[].PolicyType": str}
_POLICY = {
    "Policy.CreateDate": str,
    "Policy.Description": str,
    "Policy.PolicyName": str,
    "Policy.DefaultVersion": str,
    "Policy.PolicyType": str,
}
_ROLE = {
    "Role.Arn": str,
    "Role.AssumeRolePolicyDocument": str,
    "Role.CreateDate": str,
    "Role.Description": str,
    "Role.MaxSessionDuration": int,
    "Role.RoleId": str,
    "Role.RoleName": str,
}
READS: Mapping[str, Mapping[str, type]] = {
    "GetCallerIdentity": {"AccountId": str, "IdentityType": str, "Arn": str, "PrincipalId": str, "UserId": str},
    "CreateUser": {"User.UserId": str, "User.UserName": str},
    "GetUser": {"User.UserName": str, "User.UserId": str},
    "ListUsers": {**_USER, "IsTruncated": bool},
    "CreateGroup": {"Group.GroupName": str},
    "GetGroup": {"Group.GroupName": str, "Group.CreateDate": str},
    "ListGroupsForUser": {"Groups.Group[].GroupName": str},
    "ListUsersForGroup": _MEMBERS,
    "CreatePolicy": {"Policy.PolicyName": str},
    "GetPolicy": {
        **_POLICY,
        "Policy.AttachmentCount": int,
        "DefaultPolicyVersion.PolicyDocument": str,
        "DefaultPolicyVersion.VersionId": str,
    },
    "CreatePolicyVersion": {"PolicyVersion.VersionId": str, "PolicyVersion.PolicyDocument": str},
    "ListPolicyVersions": {
        "PolicyVersions.PolicyVersion[].VersionId": str,
        "PolicyVersions.PolicyVersion[].IsDefaultVersion": bool,
    },
    "ListEntitiesForPolicy": {
        "Users.User[].UserName": str,
        "Groups.Group[].GroupName": str,
        "Roles.Role[].RoleName": str,
    },
    "ListPoliciesForUser": _ATTACHED,
    "ListPoliciesForGroup": _ATTACHED,
    "ListPoliciesForRole": _ATTACHED,
    "CreateRole": {"Role.RoleName": str},
    "GetRole": _ROLE,
    "ListTagResources": {"TagResources[].TagKey": str, "TagResources[].TagValue": str},
    "CreateAccessKey": {"AccessKey.AccessKeyId": str, "AccessKey.AccessKeySecret": str, "AccessKey.Status": str},
    "ListAccessKeys": {
        "AccessKeys.AccessKey[].AccessKeyId": str,
        "AccessKeys.AccessKey[].CreateDate": str,
        "AccessKeys.AccessKey[].Status": str,
    },
    "CreateLoginProfile": {"LoginProfile.UserName": str},
    "GetLoginProfile": {
        "LoginProfile.CreateDate": str,
        "LoginProfile.MFABindRequired": bool,
        "LoginProfile.PasswordResetRequired": bool,
    },
    "GET /api/v1/workspaces": {"WorkspaceName": str, "Status": str, "GmtCreateTime": str, "ResourceGroupId": str},
    "GET /api/v1/workspaces/member": {"MemberId": str, "UserId": str, "Roles[]": str},
    "POST /api/v1/workspaces": {"WorkspaceId": str},
    "POST /api/v1/workspaces/members": {"Members[].MemberId": str},
}
"""What the provider reads of each answer, and the type without which it fails or panics."""
EMPTY = {"ListGroupsForUser", "ListEntitiesForPolicy"}
"""Lists that it asked for when there was nothing left to list."""
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "GetUser": ("User.DisplayName", "User.MobilePhone", "User.Email", "User.Comments"),
    "GetGroup": ("Group.Comments",),
}
"""What it reads where it was written; absent and empty are the same to it."""
OURS = {"CreateDate", "GmtCreateTime", "AttachDate", "JoinDate", "AccessKeySecret", "RoleId", "ResourceGroupId"}
"""What each server gives out itself."""


class Step(NamedTuple):
    """A recorded request, and what this server answered."""

    phase: str
    """The command of Terraform."""
    name: str
    """The action; of other paths the method and the path without ids."""
    recorded_status: int
    recorded: Any
    """The recorded answer, with this server's ids."""
    answer: Answer


@dataclass
class Replay:
    """The requests that were sent, in their order."""

    steps: list[Step] = field(default_factory=list)
    again: list[tuple[str, Answer, Answer]] = field(default_factory=list)
    """The reads of the plans, and what they were answered the second time."""
    ids: dict[str, str] = field(default_factory=dict)
    """Recorded to ours."""

    def ours(self, text: str) -> str:
        for recorded, given_out in self.ids.items():
            text = text.replace(recorded, given_out)
        return text

    def learn(self, name: str, recorded: Any, answer: Answer) -> None:  # noqa: ANN401  an answer of any operation
        """Note the id that a create was given."""
        for path in _IDS.get(name, ()):
            self.ids |= dict(zip(found(recorded, path), found(answer.json, path), strict=True))


_IDS = {
    "CreateUser": ("User.UserId",),
    "CreateAccessKey": ("AccessKey.AccessKeyId",),
    "POST /api/v1/workspaces": ("WorkspaceId",),
}


def found(value: Any, path: str) -> list[Any]:  # noqa: ANN401  as above
    """What stands at `Users.User[].UserName`."""
    values = [value]
    for part in path.split("."):
        values = [each[part.removesuffix("[]")] for each in values]
        if part.endswith("[]"):
            values = [item for each in values for item in each]
    return values


def name_of(sent: Mapping[str, Any]) -> str:
    path, _, query = sent["target"].partition("?")
    if path != "/":
        words = [word for word in path.split("/") if not word.startswith("1000")]
        return f"{sent['method']} {'/'.join(words)}"
    return dict(decode_query(query.encode()))[b"Action"].decode()


def signed(wire: Wire, sent: Mapping[str, Any], replay: Replay) -> WireRequest:
    """The request with this server's ids and a signature of now, made as the client that was recorded makes it."""
    headers = {name.encode(): value.encode() for name, value in sent["headers"].items()}
    headers |= {b"host": wire.registry.address.encode()}
    body = replay.ours(sent["body"]).encode()
    target = replay.ours(sent["target"])
    if not target.startswith("/?"):
        return wire.resigned(WireRequest(sent["method"], target.encode(), headers, body), scheme="tea-roa")
    query = [(name, value) for name, value in decode_query(target[2:].encode()) if name not in _SIGNATURE]
    covered = [*query, *decode_query(body)]
    added = sign_rpc(sent["method"], covered, wire.registry.key_id, wire.key, time=int(time.time()), nonce=uuid4().hex)
    return WireRequest(sent["method"], f"/?{urlencode([*query, *added])}".encode(), headers, body)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server of its own, of the recorded account: the recorded names must be free."""
    with running(tmp_path_factory.mktemp("terraform") / "data", MODELRY_ACCOUNT_ID=ACCOUNT) as server:
        yield server


@pytest.fixture(scope="module")
def replay(own: Registry) -> Replay:
    wire, done, phase = Wire(own), Replay(), ""
    for sent in RECORDED:
        if "step" in sent:
            phase = sent["step"]
            continue
        answer = wire.send(signed(wire, sent, done))
        name = name_of(sent)
        if answer.status == sent["status"] == 200:
            done.learn(name, sent["answer"], answer)
        if phase.startswith("plan"):
            done.again.append((name, answer, wire.send(signed(wire, sent, done))))
        recorded = json.loads(done.ours(json.dumps(sent["answer"], ensure_ascii=False)))
        done.steps.append(Step(phase, name, sent["status"], recorded, answer))
    return done


def test_every_request_is_answered_as_recorded(replay: Replay) -> None:
    assert len(replay.steps) == 222
    for step in replay.steps:
        assert step.answer.status == step.recorded_status, (step.phase, step.name, step.answer.body)


def test_what_was_gone_is_gone_under_its_recorded_code(replay: Replay) -> None:
    gone = [step for step in replay.steps if step.recorded_status != 200]
    assert len(gone) == 5
    for step in gone:
        assert step.answer.code == step.recorded["Code"], step.name
        assert not any(other.recorded["Code"] in step.answer.json["Message"] for other in gone)


def test_no_answer_holds_a_key_that_the_provider_takes_for_an_error(replay: Replay) -> None:
    for step in replay.steps:
        if step.recorded_status == 200:
            assert {"Code", "code", "StatusCode", "Success"} & step.answer.json.keys() == set(), step.name


@pytest.mark.parametrize("name", READS)
def test_an_answer_has_what_the_provider_reads_in_the_type_that_it_reads(replay: Replay, name: str) -> None:
    """Two lists were empty when they were recorded: there the keys around the items have to be there."""
    steps = [step for step in replay.steps if step.name == name and step.recorded_status == 200]
    assert steps
    for path, wanted in READS[name].items():
        values = [value for step in steps for value in found(step.answer.json, path)]
        assert {type(value) for value in values} == ({wanted} if name not in EMPTY else set()), path
        assert "" not in values, path


@pytest.mark.parametrize("name", READS)
def test_an_answer_says_what_the_provider_was_told_when_it_was_recorded(replay: Replay, name: str) -> None:
    """But for what a server gives out itself; the order within a list does not matter to the provider."""
    for step in replay.steps:
        if step.name == name and step.recorded_status == 200:
            for path in READS[name]:
                if path.rpartition(".")[2] not in OURS:
                    ours, theirs = found(step.answer.json, path), found(step.recorded, path)
                    assert sorted(ours) == sorted(theirs), (step.phase, path)


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_was_written_or_cleared_reads_so(replay: Replay, name: str) -> None:
    compared = set()
    for step in replay.steps:
        if step.name == name:
            for path in OPTIONAL[name]:
                entity, _, leaf = path.partition(".")
                ours, theirs = step.answer.json[entity].get(leaf, ""), step.recorded[entity].get(leaf, "")
                assert ours == theirs, (step.phase, path)
                compared.add((path, bool(theirs)))
    assert {path for path, _ in compared} == set(OPTIONAL[name])
    assert (OPTIONAL[name][-1], True) in compared


def test_every_action_of_the_recording_that_answers_something_is_in_the_table(replay: Replay) -> None:
    """But for the updates, whose answers it does not look into."""
    telling = {s.name for s in replay.steps if s.recorded_status == 200 and set(s.answer.json) != {"RequestId"}}
    assert telling - READS.keys() == {"UpdateUser", "UpdateGroup", "UpdateRole", "UpdatePolicyDescription"}


def test_policy_documents_come_back_as_they_were_sent(replay: Replay) -> None:
    """To the character, although the provider compares them as JSON."""
    texts: dict[str, set[str]] = {
        path: set() for path in ("DefaultPolicyVersion.PolicyDocument", "Role.AssumeRolePolicyDocument")
    }
    for step in replay.steps:
        for path, seen in texts.items():
            if step.name in {"GetPolicy", "GetRole"} and path in READS[step.name]:
                seen.update(found(step.answer.json, path))
                assert found(step.answer.json, path) == found(step.recorded, path)
    assert [len(seen) for seen in texts.values()] == [2, 1]


def test_dates_have_the_form_of_ram(replay: Replay) -> None:
    dates = [
        value
        for step in replay.steps
        for path in READS.get(step.name, ())
        if path.endswith("CreateDate") and step.recorded_status == 200
        for value in found(step.answer.json, path)
    ]
    assert len(dates) > 20
    assert [date for date in dates if not DATE.fullmatch(date)] == []


def test_a_second_plan_reads_the_same_to_the_byte(replay: Replay) -> None:
    assert len(replay.again) == 42
    for name, first, second in replay.again:
        assert _without_id(second) == _without_id(first), name


def _without_id(answer: Answer) -> bytes:
    assert answer.status == 200
    request_id = answer.json["RequestId"].encode()
    assert answer.body.count(request_id) == 1
    return answer.body.replace(request_id, b"")


def test_after_destroy_nothing_is_left(own: Registry, replay: Replay) -> None:
    wire = Wire(own)
    for action, path in {
        "ListUsers": "Users.User[]",
        "ListGroups": "Groups.Group[]",
        "ListRoles": "Roles.Role[]",
    }.items():
        assert found(wire.call(f"Ram:{action}", "RPC-1.0").json, path) == []
    assert found(wire.call("Ram:ListPolicies", "RPC-1.0", PolicyType="Custom").json, "Policies.Policy[]") == []
