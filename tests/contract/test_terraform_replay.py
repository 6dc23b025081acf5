"""The life of some resources as the official Terraform provider drove it, replayed request by request.

Recorded: the provider of alicloud under Terraform 1.11 creating, reading, planning, updating and importing all its
resources of this product. The requests for what is offered here are sent again in their order, signed as the provider
signs, with the ids that this server gave out; each answer carries what the provider reads of it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.registry import Registry, running
from tests.wire_client import Answer, Wire, WireRequest

RECORDED: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "wire" / "terraform_requests.jsonl").read_text("utf-8").splitlines()
]
OFFERED = re.compile(r"/api/v1/(workspaces|models|userconfigs)\b")
READS = {
    re.compile(r"GET /api/v1/workspaces/\d+"): {
        "GmtCreateTime",
        "Description",
        "DisplayName",
        "ResourceGroupId",
        "Status",
        "WorkspaceName",
        "EnvTypes",
    },
    re.compile(r"GET /api/v1/workspaces/\d+/member\?.*"): {"GmtCreateTime", "UserId", "MemberId", "Roles"},
    re.compile(r"GET /api/v1/models/[^/]+"): {"Accessibility", "ModelName", "WorkspaceId", "Labels"},
    re.compile(r"GET /api/v1/models/[^/]+/versions/.*"): {
        "ApprovalStatus",
        "SourceType",
        "Uri",
        "VersionName",
        "Labels",
    },
    re.compile(r"GET /api/v1/userconfigs\?.*"): {"Configs"},
    re.compile(r"POST /api/v1/workspaces"): {"WorkspaceId"},
    re.compile(r"POST /api/v1/workspaces/\d+/members"): {"Members"},
    re.compile(r"POST /api/v1/models"): {"ModelId"},
    re.compile(r"POST /api/v1/models/[^/]+/versions"): {"VersionName"},
}
"""What the provider reads of an answer and cannot do without."""
LISTS = {"Labels", "Roles", "EnvTypes", "Configs", "Members"}
GIVEN_BACK = {
    "models": {
        *("Accessibility", "Domain", "ExtraInfo", "ModelDescription", "ModelDoc", "ModelName", "ModelType"),
        *("OrderNumber", "Origin", "Task", "Labels", "WorkspaceId"),
    },
    "versions": {
        *("ApprovalStatus", "ExtraInfo", "FormatType", "FrameworkType", "InferenceSpec", "Labels", "Metrics"),
        *("Options", "SourceId", "SourceType", "TrainingSpec", "Uri", "VersionDescription", "VersionName"),
    },
    "workspaces": {"Description", "DisplayName", "EnvTypes", "WorkspaceName"},
}
"""What the provider compares with the configuration: a difference would be a plan that never becomes empty."""


@dataclass
class Replayed:
    """The requests that were sent and what they were answered."""

    steps: list[tuple[str, Any, Answer]] = field(default_factory=list)
    """Method and recorded target, sent body, answer; of those that were carried out."""
    others: list[tuple[str, int, Answer]] = field(default_factory=list)
    """Method and recorded target, recorded status, answer; of those that were not."""
    ids: dict[str, str] = field(default_factory=dict)
    """Recorded to ours."""

    def ours(self, text: str) -> str:
        for recorded, given_out in self.ids.items():
            text = text.replace(recorded, given_out)
        return text

    def learn(self, line: str, answer: Answer) -> None:
        """Note the id that a create was given."""
        if line == "POST /api/v1/workspaces":
            self.ids["100000"] = answer.json["WorkspaceId"]
        elif line == "POST /api/v1/models":
            recorded = "model-00000001" if "model-00000001" not in self.ids else "model-00000005"
            self.ids[recorded] = answer.json["ModelId"]


def as_the_provider_signs(wire: Wire, method: str, target: str, body: str) -> WireRequest:
    """ROA with a nonce, no x-acs-action, and, unlike our own client, no Content-MD5."""
    headers = {
        b"host": wire.registry.address.encode(),
        b"accept": b"application/json",
        b"user-agent": b"AlibabaCloud (linux; amd64) Golang/1.26.8 Core/0.01 TeaDSL/1 HashiCorp-Terraform/1.11.4",
        b"x-acs-version": b"2021-02-04",
        **({b"content-type": b"application/json; charset=utf-8"} if body else {}),
    }
    return wire.resigned(WireRequest(method, target.encode(), headers, body.encode()), scheme="tea-roa")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server of its own: the workspace's recorded name must be free."""
    with running(tmp_path_factory.mktemp("terraform") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def replayed(own: Registry) -> Replayed:
    wire, done = Wire(own), Replayed()
    for sent in RECORDED:
        if "step" in sent or not OFFERED.match(sent["t"]):
            continue
        line = f"{sent['m']} {sent['t']}"
        body = done.ours(sent["b"])
        answer = wire.send(as_the_provider_signs(wire, sent["m"], done.ours(sent["t"]), body))
        if answer.status == sent["st"] == 200:
            done.steps.append((line, json.loads(body) if body else None, answer))
            done.learn(line, answer)
        else:
            done.others.append((line, sent["st"], answer))
    return done


def test_every_offered_request_of_the_recording_is_carried_out(replayed: Replayed) -> None:
    """But for the last one, by which the provider sees that the workspace is gone."""
    assert len(replayed.steps) == len([r for r in RECORDED if "step" not in r and OFFERED.match(r["t"])]) - 1
    ((line, status, answer),) = replayed.others
    assert (line, status, answer.status) == ("GET /api/v1/workspaces/100000", 404, 404)
    assert answer.code == "100400027"


def test_no_answer_holds_a_key_that_the_provider_takes_for_an_error(replayed: Replayed) -> None:
    for line, _, answer in replayed.steps:
        assert {"Code", "code", "StatusCode", "Success"} & answer.json.keys() == set(), line


def test_every_answer_carries_what_the_provider_reads(replayed: Replayed) -> None:
    for line, _, answer in replayed.steps:
        for form, names in READS.items():
            if form.fullmatch(line):
                assert {name for name in names if answer.json.get(name) in (None, "")} == set(), line


def test_what_the_provider_takes_for_a_list_is_one(replayed: Replayed) -> None:
    """It panics otherwise."""
    for line, _, answer in replayed.steps:
        assert {type(answer.json[name]) for name in LISTS & answer.json.keys()} <= {list}, line


def test_reads_give_back_what_was_written_in_its_order(replayed: Replayed) -> None:
    """What was last written by create, update and label requests, field for field."""
    written: dict[str, dict[str, Any]] = {}
    compared = 0
    for line, body, answer in replayed.steps:
        method, _, target = line.partition(" ")
        path = target.partition("?")[0]
        if method == "GET" and path in written:
            shown = answer.json
            for name, value in written[path].items():
                assert shown[name] == value, (line, name)
                compared += 1
            continue
        kind = "versions" if "/versions" in path else path.split("/")[3]
        known = {name: value for name, value in (body or {}).items() if name in GIVEN_BACK.get(kind, set())}
        if method == "POST" and path.endswith("/labels"):
            written[path.removesuffix("/labels")]["Labels"] = known["Labels"]
        elif method == "DELETE" and path.endswith("/labels"):
            written[path.removesuffix("/labels")]["Labels"] = []
        elif method == "POST" and path == "/api/v1/models":
            recorded = next(r for r, ours in replayed.ids.items() if ours == answer.json["ModelId"])
            written[f"{path}/{recorded}"] = known
        elif method == "POST" and path == "/api/v1/workspaces":
            written[f"{path}/100000"] = known
        elif method == "POST" and path.endswith("/versions"):
            written[f"{path}/{answer.json['VersionName']}"] = known
        elif method == "PUT" and path in written:
            written[path] |= known
    assert compared > 100


def test_a_version_with_a_uri_alone_gets_its_computed_fields(replayed: Replayed) -> None:
    """The acceptance test of the provider asserts that they are not empty."""
    line = "GET /api/v1/models/model-00000005/versions/0.1.0"
    bare = next(answer.json for asked, _, answer in replayed.steps if asked == line)
    assert (bare["ApprovalStatus"], bare["SourceType"], bare["VersionName"]) == ("Pending", "Custom", "0.1.0")


def test_a_member_shows_its_roles_as_they_were_left(replayed: Replayed) -> None:
    found = [answer.json for line, _, answer in replayed.steps if "/member?" in line]
    assert found[0]["MemberId"] == f"{replayed.ids['100000']}-2001"
    assert found[0]["Roles"] == ["PAI.AlgoDeveloper", "PAI.LabelManager"]
    assert found[-1]["Roles"] == ["PAI.LabelManager", "PAI.AlgoOperator"]


def test_a_user_config_is_read_with_its_scope(replayed: Replayed) -> None:
    found = [answer.json["Configs"] for line, _, answer in replayed.steps if line.startswith("GET /api/v1/userconf")]
    for configs, value in ((found[0], "v1"), (found[-1], "v2")):
        (config,) = configs
        assert (config["CategoryName"], config["ConfigKey"]) == ("DataPrivacyConfig", "customizePAIAssumedRole")
        assert config["ConfigValue"] == value
        assert config["Scope"]


@pytest.mark.parametrize(
    ("read", "code"),
    [
        ("/api/v1/models/model-00000001", "201900002"),
        ("/api/v1/models/model-00000005", "201900002"),
        ("/api/v1/models/model-00000005/versions/1.0.0", "201900002"),
        ("/api/v1/workspaces/100000", "100400027"),
        ("/api/v1/workspaces/100000/member?MemberId=100000-2001", "100400027"),
    ],
)
def test_what_was_destroyed_reads_as_gone(own: Registry, replayed: Replayed, read: str, code: str) -> None:
    answer = Wire(own).send(as_the_provider_signs(Wire(own), "GET", replayed.ours(read), ""))
    assert (answer.status, answer.code) == (404, code)


def test_a_destroyed_user_config_is_not_in_its_list(own: Registry, replayed: Replayed) -> None:
    """The provider reads an empty list, whose key must be there, as gone."""
    target = "/api/v1/userconfigs?CategoryNames=DataPrivacyConfig&ConfigKeys=customizePAIAssumedRole"
    answer = Wire(own).send(as_the_provider_signs(Wire(own), "GET", target, ""))
    assert (answer.status, answer.json["Configs"]) == (200, [])


def test_the_other_requests_of_the_recording_are_answered_as_not_offered(own: Registry) -> None:
    """Neither as gone, which would plan a new resource, nor as a fault, which would be repeated for minutes."""
    wire = Wire(own)
    others = [sent for sent in RECORDED if "step" not in sent and not OFFERED.match(sent["t"])]
    assert len(others) > 20
    for sent in others:
        answer = wire.send(as_the_provider_signs(wire, sent["m"], sent["t"], sent["b"]))
        assert (answer.status, answer.code) == (400, "UnsupportedOperation"), sent["t"]
        assert "NotFound" not in answer.json["Message"]
