"""`modelry access explain`, compared with what the running server does."""

import argparse
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException

from modelry.cli import main
from modelry.storage.sqlite import FILE_NAME
from tests.cli.team import READERS, Access, Team
from tests.contract.ram.rpc_calls import RpcCalls, User
from tests.registry import Registry

Written = Callable[[str, object], str]
ONE_OBJECT: dict[str, Callable[[Client, str], object]] = {
    "GetModel": lambda sdk, model_id: sdk.get_model(model_id, m.GetModelRequest()),
    "ListModelVersions": lambda sdk, model_id: sdk.list_model_versions(model_id, m.ListModelVersionsRequest()),
    "UpdateModel": lambda sdk, model_id: sdk.update_model(model_id, m.UpdateModelRequest(task="t")),
    "CreateModelLabels": lambda sdk, model_id: sdk.create_model_labels(
        model_id, m.CreateModelLabelsRequest(labels=[m.Label(key="k", value="v")])
    ),
    "DeleteModelLabels": lambda sdk, model_id: sdk.delete_model_labels(
        model_id, m.DeleteModelLabelsRequest(label_keys="none")
    ),
}


def may(call: Callable[[], object]) -> bool:
    """Whether the server lets it happen."""
    try:
        call()
    except ClientException as error:
        if error.status_code != 403:
            raise
        return False
    return True


def people(team: Team) -> dict[str, Client]:
    return {"account": team.registry.sdk(), "alice": team.alice.sdk, team.bob.key_id: team.bob.sdk}


@pytest.mark.parametrize("operation", ONE_OBJECT)
def test_the_answer_about_a_model_is_the_server_s(team: Team, access: Access, operation: str) -> None:
    asked = {(who, model_id) for who in people(team) for model_id in team.models.values()}
    said = {pair for pair in asked if access.explained(pair[0], operation, pair[1])["Allowed"]}
    call, sdks = ONE_OBJECT[operation], people(team)
    done = {(who, model_id) for who, model_id in asked if may(partial(call, sdks[who], model_id))}
    assert said == done
    assert {who for who, _ in said} >= {"account"}


def test_the_answer_about_a_version_is_the_server_s(team: Team, access: Access) -> None:
    model_id = team.models["public"]
    for who, sdk in people(team).items():
        answer = access.explained(who, "GetModelVersion", f"model/{model_id}/modelVersion/0.1.0")
        assert answer["Allowed"] is may(
            partial(sdk.get_model_version, model_id, "0.1.0", m.GetModelVersionRequest())
        ), who


def test_the_answer_about_a_workspace_is_the_server_s(team: Team, access: Access) -> None:
    for who, sdk in people(team).items():
        answer = access.explained(who, "GetWorkspace", team.workspace_id)
        assert answer["Allowed"] is may(partial(sdk.get_workspace, team.workspace_id, m.GetWorkspaceRequest())), who


@pytest.mark.parametrize("accessibility", ["PRIVATE", "PUBLIC"])
def test_the_answer_about_a_new_model_is_the_server_s(team: Team, access: Access, accessibility: str) -> None:
    context = f"paimodel:Accessibility={accessibility}"
    for who, sdk in people(team).items():
        request = m.CreateModelRequest(
            model_name=f"{who} {accessibility}", workspace_id=team.workspace_id, accessibility=accessibility
        )
        answer = access.explained(who, "CreateModel", team.workspace_id, context=context)
        assert answer["Allowed"] is may(partial(sdk.create_model, request)), who


@pytest.mark.parametrize(("operation", "name"), [("get_user", "bob"), ("get_user", "alice"), ("delete_user", "alice")])
def test_the_answer_about_a_user_is_the_server_s(team: Team, access: Access, operation: str, name: str) -> None:
    written = "".join(word.title() for word in operation.split("_"))
    answer = access.explained("bob", f"Ram:{written}", f"user/{name.upper()}")
    assert answer["Allowed"] is may(lambda: team.bob.call_ram(operation, user_name=name))


def test_a_list_shows_what_is_allowed_of_each(team: Team, access: Access) -> None:
    for who, sdk in people(team).items():
        try:
            listed = {each.model_id for each in sdk.list_models(m.ListModelsRequest(page_size=100)).body.models}
        except ClientException:
            listed = set()
        said = {one for one in team.models.values() if access.explained(who, "ListModels", one)["Allowed"]}
        assert said == listed & set(team.models.values()), who


def assumed(team: Team, role_name: str, policy: str | None = None) -> User:
    """A session of a role, begun by bob."""
    arn = f"acs:ram::{team.registry.account_id}:role/{role_name}"
    given = team.bob.call_sts("assume_role", role_arn=arn, role_session_name="build", policy=policy).credentials
    return User(team.registry, role_name, given.security_token, given.access_key_id, given.access_key_secret)


@pytest.mark.parametrize("role_name", ["ci", "closed"])
def test_the_answer_about_assuming_a_role_is_the_server_s(team: Team, access: Access, role_name: str) -> None:
    answer = access.explained("bob", "AssumeRole", f"role/{role_name}")
    assert answer["Allowed"] is may(lambda: assumed(team, role_name))


def test_the_account_assumes_no_role(access: Access) -> None:
    assert not access.explained("account", "AssumeRole", "role/ci")["Allowed"]


def test_the_trust_policy_decides_about_assuming_a_role(access: Access) -> None:
    (decision,) = access.explained("bob", "AssumeRole", "role/closed")["Decisions"]
    assert decision["Layer"] == "AssumeRolePolicy"
    assert decision["Reason"] == "No statement of the role's trust policy lets the caller assume the role."


LIMITS = [
    {"Effect": "Allow", "Action": "paiworkspace:CreateWorkspace", "Resource": "*"},
    {"Effect": "Allow", "Action": "paimodel:*", "Resource": "*"},
]


@pytest.mark.parametrize("statement", LIMITS)
def test_the_answer_about_a_session_is_the_server_s(
    team: Team, access: Access, written: Written, statement: object
) -> None:
    policy = json.dumps({"Version": "1", "Statement": [statement]})
    session = assumed(team, "ci", policy)
    sdk = team.registry.sdk(session.key_id, session.secret, security_token=session.user_id)
    answer = access.explained("role/ci", "ListFeatures", session_policy=written("limit.json", policy))
    assert answer["Allowed"] is may(lambda: sdk.list_features(m.ListFeaturesRequest()))
    assert answer["Allowed"] is False
    created = access.explained("role/ci/build", "CreateWorkspace", session_policy=written("limit.json", policy))
    assert created["Allowed"] is ("CreateWorkspace" in policy)


def test_a_session_policy_is_a_layer_of_its_own(access: Access, written: Written) -> None:
    file = written("limit.json", {"Version": "1", "Statement": LIMITS[0]})
    answer = access.explained("role/ci/build", "ListFeatures", session_policy=file)
    (decision,) = answer["Decisions"]
    assert decision["Layer"] == "SessionPolicy"
    assert {each["Layer"] for each in decision["Statements"]} == {"AccountLevelIdentityBasedPolicy", "SessionPolicy"}
    assert answer["Identity"]["SessionName"] == "build"


def test_the_deciding_statement_is_shown_as_it_is_written(team: Team, access: Access) -> None:
    (decision,) = access.explained("alice", "GetModel", team.models["prod"])["Decisions"]
    assert decision["Source"] == "custom policy readers (v1) attached to the user"
    assert decision["Statement"] == 1
    assert decision["Text"] == READERS["Statement"][1]
    assert decision["Layer"] == "AccountLevelIdentityBasedPolicy"


def test_a_missing_role_is_a_layer_of_its_own(team: Team, access: Access) -> None:
    (decision,) = access.explained("bob", "GetModel", team.models["public"])["Decisions"]
    assert decision["Layer"] == "WorkspaceRole"
    assert decision["Reason"] == f"they are no member of workspace {team.workspace_id}"
    assert decision["WorkspaceRoles"] == []


def test_the_account_is_a_layer_of_its_own(team: Team, access: Access) -> None:
    (decision,) = access.explained("account", "DeleteModel", team.models["public"])["Decisions"]
    assert (decision["Layer"], decision["Statements"]) == ("Account", [])


def statements(answer: dict[str, Any]) -> list[tuple[bool, list[str]]]:
    """Whether each statement applied, and why not."""
    (decision,) = answer["Decisions"]
    return [(each["Applies"], each["WhyNot"]) for each in decision["Statements"]]


def test_every_statement_says_why_it_does_not_apply(team: Team, access: Access) -> None:
    assert statements(access.explained("alice", "DeleteModel", team.models["own"])) == [
        (False, ["it is not about paimodel:DeleteModel"]),
        (False, ["it is not about paimodel:DeleteModel"]),
        (False, ["its condition NotIpAddress of acs:SourceIp does not hold: the request has 127.0.0.1"]),
    ]
    assert statements(access.explained("alice", "GetModel", team.models["public"])) == [
        (True, []),
        (False, ["its condition StringEquals of paimodel:label/env does not hold: the object has none"]),
        (False, ["its condition NotIpAddress of acs:SourceIp does not hold: the request has 127.0.0.1"]),
    ]


def test_a_resource_that_is_not_meant_is_said_so(access: Access) -> None:
    said = statements(access.explained("bob", "GetUser", "user/alice"))
    assert (False, ["its resources do not include the one that is asked for"]) in said


def test_the_situation_is_as_it_is_given(team: Team, access: Access) -> None:
    answer = access.explained("alice", "GetModel", team.models["public"], context="acs:SourceIp=192.0.2.1")
    assert answer["Allowed"] is False
    assert answer["Context"]["acs:SourceIp"] == "192.0.2.1"
    assert answer["Decisions"][0]["Statement"] == 2


def test_what_is_given_of_the_object_goes_before_the_data(team: Team, access: Access) -> None:
    for context, allowed in {"acs:ResourceTag/env=prod": False, "acs:ResourceTag/env=test": True}.items():
        assert access.explained("alice", "GetModel", team.models["public"], context=context)["Allowed"] is allowed


def test_what_remains_of_a_list_is_said_in_words(team: Team, access: Access) -> None:
    assert access.explained("alice", "ListModels")["Where"] == (
        f"objects where ((the workspace is {team.workspace_id} and (the caller created it or the accessibility is"
        " PUBLIC)) or (the provider is given and the accessibility is PUBLIC)) and not (the label env is prod)"
    )
    assert access.explained("account", "ListModels")["Where"] == "every object"
    assert "the workspace is" not in access.explained("alice", "ListModels", f"workspace/{team.workspace_id}")["Where"]


def test_the_roles_held_say_what_they_allow(team: Team, access: Access) -> None:
    (decision,) = access.explained("alice", "DeleteModel", team.models["own"])["Decisions"]
    assert decision["WorkspaceRoles"] == [
        {
            "WorkspaceId": team.workspace_id,
            "Roles": ["PAI.AlgoDeveloper"],
            "Allows": "objects where the caller created it",
        }
    ]


def test_any_object_is_allowed_if_there_may_be_one(team: Team, access: Access) -> None:
    assert access.explained("alice", "GetModel", "*")["Allowed"]
    nobody = access.explained("bob", "UpdateModel", "*")
    assert (nobody["Allowed"], nobody["Where"]) == (False, "no object")
    assert nobody["Decisions"][0]["Layer"] == "WorkspaceRole"


def test_an_empty_list_is_allowed_as_the_server_allows_it(team: Team, access: Access) -> None:
    answer = access.explained("bob", "ListWorkspaces")
    assert (answer["Allowed"], answer["Where"]) == (True, "no object")
    assert may(lambda: team.bob.sdk.list_workspaces(m.ListWorkspacesRequest()))


def test_all_that_an_operation_is_about_is_decided(access: Access) -> None:
    answer = access.explained("bob", "AttachPolicyToUser", "policy/ReadOnlyAccess", "user/bob")
    assert [each["Resource"] for each in answer["Decisions"]] == ["user/bob", "policy/readonlyaccess"]


def test_a_key_that_is_not_active_is_noted(team: Team, access: Access) -> None:
    ram = RpcCalls(team.registry.ram_sdk())
    key_id = ram("create_access_key", user_name="alice").access_key.access_key_id
    ram("update_access_key", user_name="alice", user_access_key_id=key_id, status="Inactive")
    assert access.explained(key_id, "ListModels")["Notes"] == ["The key is Inactive: whatever it signs is refused."]
    ram("delete_access_key", user_name="alice", user_access_key_id=key_id)


@pytest.mark.parametrize("who", ["alice", "user/ALICE"])
def test_a_user_is_found_by_name(access: Access, who: str) -> None:
    assert access.explained(who, "ListModels")["Identity"]["Name"] == "alice"


@pytest.mark.parametrize("name", ["GetModel", "AIWorkSpace:GetModel", "paimodel:GetModel", "PaiModel:GetModel"])
def test_an_operation_is_found_by_its_names(team: Team, access: Access, name: str) -> None:
    assert access.explained("alice", name, team.models["own"])["Operation"] == "AIWorkSpace:GetModel"


def test_a_resource_is_found_by_its_names(team: Team, access: Access) -> None:
    model_id = team.models["own"]
    for name in (model_id, f"model/{model_id}", f"acs:paimodel:*:{team.registry.account_id}:model/{model_id}"):
        answer = access.explained("alice", "GetModel", name)
        assert answer["Decisions"][0]["Resource"] == f"model/{model_id}"


def test_the_text_says_what_decided(team: Team, access: Access) -> None:
    code, out, _ = access("explain", "--as", "alice", "--operation", "GetModel", "--resource", team.models["prod"])
    assert code == 3
    assert out.startswith("DENIED: user alice, AIWorkSpace:GetModel\n")
    assert "decided by policies: Statement 1 of custom policy readers (v1) attached to the user denies" in out
    assert json.dumps(READERS["Statement"][1]) in out


WRONG = {
    "--operation Nope": "is neither an operation that is offered",
    "--operation TagResources": "is one of Ram:TagResources, ResourceManager:TagResources",
    "--operation GetModel": "say which with --resource",
    "--operation Ram:GetUser --resource model/x": "is about user/{UserName}",
    "--operation Ram:ListUsers --resource user/bob": "is not about user/bob",
    "--operation GetModel --resource model-1 --resource model-2": "is about one thing",
    "--operation ListModels --context nonsense": "is not KEY=VALUE",
    "--operation ListModels --context acs:Nonsense=1": "is no condition key",
    "--operation ListModels --context acs:SourceIp=10.0.0.0/8": "is no IP address",
    "--operation ListModels --context acs:CurrentTime=now": "is not a time",
    "--operation ListModels --context acs:SecureTransport=yes": "is not true or false",
    "--operation ListModels --context paimodel:Accessibility=public": "is none of PUBLIC, PRIVATE",
    "--operation CreateModel --resource role/ci": "is about the workspace",
    "--operation GetModel --resource workspace/1": "is about model/ID",
    "--operation GetModel --resource model/model-1/modelVersion/1": "is about model/ID",
    "--operation GetModelVersion --resource model-1": "is about model/ID/modelVersion/NAME",
    "--operation GetModel --resource something": "is about model/ID",
    "--operation GetWorkspace --resource model-1": "is about workspace/ID",
    "--operation AssumeRole --resource user/bob": "is about role/NAME",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_a_wrong_question_is_refused_as_such(access: Access, arguments: str) -> None:
    code, out, err = access("explain", "--as", "alice", *arguments.split())
    assert (code, out) == (2, "")
    assert re.fullmatch(f"modelry: .*{re.escape(WRONG[arguments])}.*\n", err)


MISSING = [
    "--as nobody --operation ListModels",
    "--as role/nobody --operation ListModels",
    "--as user/nobody --operation ListModels",
    "--as alice --operation GetModel --resource model-nope",
    "--as alice --operation GetWorkspace --resource 999999",
    "--as bob --operation AssumeRole --resource role/nope",
    "--as role/ci --operation ListModels --session-policy /nowhere/x.json",
]


@pytest.mark.parametrize("arguments", MISSING)
def test_what_is_not_there_is_an_error_of_one_line(access: Access, arguments: str) -> None:
    code, out, err = access("explain", *arguments.split())
    assert (code, out) == (1, "")
    assert re.fullmatch("modelry: .+\n", err)


def test_a_session_policy_is_refused_for_a_user(access: Access, written: Written) -> None:
    file = written("limit.json", READERS)
    code, _, err = access("explain", "--as", "alice", "--operation", "ListModels", "--session-policy", file)
    assert (code, err) == (2, "modelry: a session policy narrows the session of a role: ask as role/NAME\n")


def test_a_folder_without_a_registry_is_an_error_of_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = Access(tmp_path, capsys)("explain", "--as", "account", "--operation", "ListModels")
    assert (code, err) == (1, f"modelry: there is no registry in {tmp_path}\n")


def test_asking_changes_nothing(team: Team, access: Access) -> None:
    with sqlite3.connect(team.folder / FILE_NAME) as raw:
        before = raw.execute("PRAGMA data_version").fetchone()  # moves when another connection commits
        access.explained("alice", "GetModel", team.models["own"])
        assert raw.execute("PRAGMA data_version").fetchone() == before


def test_the_answer_follows_the_server_at_once(team: Team, access: Access) -> None:
    registry: Registry = team.registry
    model_id = team.models["private"]
    assert not access.explained("alice", "GetModel", model_id)["Allowed"]
    registry.sdk().update_model(model_id, m.UpdateModelRequest(accessibility="PUBLIC"))
    assert access.explained("alice", "GetModel", model_id)["Allowed"]
    registry.sdk().update_model(model_id, m.UpdateModelRequest(accessibility="PRIVATE"))


@pytest.mark.parametrize("command", ["explain", "test"])
def test_the_help_has_examples_that_are_understood(access: Access, command: str) -> None:
    code, out, _ = access(command, "--help")
    assert code == 0
    examples = re.findall(r"^  modelry (access .*)$", out, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        assert callable(parsed(example).run)


def parsed(example: str) -> argparse.Namespace:
    from modelry.cli import access as command

    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    return parser.parse_args(example.split())


def test_the_reason_is_the_one_in_the_audit(team: Team, access: Access, capsys: pytest.CaptureFixture[str]) -> None:
    asked = {(who, model_id) for who in ("alice", "bob") for model_id in team.models.values()}
    for who, model_id in asked:
        may(partial((team.alice if who == "alice" else team.bob).sdk.get_model, model_id, m.GetModelRequest()))
    said = set()
    for who, model_id in asked:
        answer = access.explained(who, "GetModel", model_id)
        said |= {(who, each["Resource"], each["Reason"]) for each in answer["Decisions"] if not answer["Allowed"]}
    main(["audit", "--data", str(team.folder), "--denied", "--operation", "GetModel", "--limit", "0", "-o", "json"])
    rows = map(json.loads, capsys.readouterr().out.splitlines())
    assert said == {(row["UserName"], row["Changes"][0]["Resource"], row["Reason"]) for row in rows}
    assert len(said) == 6


def test_a_reader_that_stops_reading_is_no_error(team: Team) -> None:
    command = [sys.executable, "-m", "modelry", "access", "explain", "--data", str(team.folder)]
    command += ["--as", "alice", "--operation", "GetModel", "--resource", team.models["prod"]]
    with subprocess.Popen([*command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 1
