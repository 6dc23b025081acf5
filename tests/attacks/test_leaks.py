"""What must not get out: secrets into files, foreign text into the log's form, and what exists into a refusal."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import pytest

from modelry.access.canonical import decode_query
from modelry.cli import main
from tests.attacks.actors import (
    MAY_EVERYTHING,
    Actor,
    Root,
    allow,
    denied,
    deny,
    document,
    fresh,
    of,
    session,
    succeeded,
)
from tests.registry import running
from tests.wire_client import Wire, WireRequest

PASSWORD = "Correct-Horse-7-Battery"
INJECTED = '{"Time":"x","Fault":"injected"}'
_PLACES_OF_SECRETS = {"root_access_key.json", "sealing.key"}
"""Files that hold what they hold for their owner alone."""


# Secrets.


@dataclass
class Workload:
    """What a server was told in confidence, and all that it wrote."""

    secrets: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)

    def keep(self, name: str, secret: str | bytes) -> None:
        self.secrets[name] = secret.encode() if isinstance(secret, str) else secret

    def send(self, wire: Wire, name: str, request: WireRequest) -> None:
        """Send a request; its signature is a secret as long as its nonce is not used up."""
        wire.send(request)
        authorization = request.headers.get(b"authorization", b"")
        if authorization:
            self.keep(f"{name}: signature", re.split(rb"Signature=|:", authorization)[-1])
        for key, value in decode_query(request.target.partition(b"?")[2]):
            if key == b"Signature":
                self.keep(f"{name}: signature", value)


def confidential_calls(root: Root, done: Workload) -> None:
    """Keys, passwords and sessions, made and used; and the ways in which clients give them away by mistake."""
    user = root.new_user(MAY_EVERYTHING)
    actor = session(user, root.new_role(MAY_EVERYTHING))
    for name, each in (("account", root), ("user", user), ("session", actor)):
        done.keep(f"secret of the {name}", each.wire.registry.secret)
        done.send(
            each.wire, f"{name} ROA", each.wire.signed("POST", "/api/v1/models", {"ModelName": name}, scheme="ROA")
        )
        done.send(each.wire, f"{name} ACS3", each.signed("POST", "/api/v1/models", {"ModelName": f"{name} 2"}))
        call = each.wire.rpc("Ram:ListUsers", scheme="RPC-1.0", security_token=each.token)
        done.send(each.wire, f"{name} RPC 1.0", call)
    done.keep("token", actor.token or "")
    for action in ("CreateLoginProfile", "UpdateLoginProfile"):
        root.done(f"Ram:{action}", UserName=user.name, Password=PASSWORD + action)
    root.call("Ram:CreateLoginProfile", UserName="nobody", Password=PASSWORD + "-of-nobody")
    done.keep("password", PASSWORD)
    mistakes = [
        replace(user, token="T0ken" * 9).signed("GET", "/api/v1/models"),
        root.signed("GET", "/api/v1/models").having({b"authorization": b"Bearer m1staken-secret-in-a-header"}),
        root.signed("GET", "/api/v1/models").having({b"authorization": b"acs m1staken-secret-in-a-header:x"}),
        root.wire.rpc("Ram:GetUser", {"UserName": "a", "Password": "m1staken-secret-in-a-header"}),
        root.signed("GET", "/api/v1/models?AccessKeySecret=m1staken-secret-in-a-header"),
        root.signed("POST", "/api/v1/models", b"m1staken-secret-in-a-header"),
    ]
    for mistake in mistakes:
        root.wire.send(mistake)
    done.keep("mistaken", "m1staken-secret-in-a-header")
    done.keep("made-up token", "T0ken" * 9)
    denied(root.new_user().call("Ram:CreateLoginProfile", UserName=user.name, Password=PASSWORD))


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    folder, done = tmp_path_factory.mktemp("leaks") / "data", Workload()
    with running(folder) as server:
        confidential_calls(of(server), done)
        server.log_lines()
        collect(folder, done)  # with what is not yet in the main file of the database
    collect(folder, done)
    done.written["the log"] = server.log.read_bytes()
    return done


def collect(folder: Path, done: Workload) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            done.modes[path.name] = path.stat().st_mode & 0o777
            if path.name not in _PLACES_OF_SECRETS:
                done.written[path.name] = done.written.get(path.name, b"") + path.read_bytes()


def test_no_secret_token_password_or_signature_is_written_anywhere(workload: Workload) -> None:
    """Not to the log, the audit, the database with its journal, or the machine's table; plain, encoded or in hex."""
    assert len(workload.secrets) >= 15
    assert len(workload.written) >= 3
    for name, secret in workload.secrets.items():
        assert len(secret) > 10, name
        forms = {secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"="), quote(secret, safe="").encode()}
        for place, written in workload.written.items():
            assert [form for form in forms if form in written] == [], (name, place)


def test_what_was_looked_through_has_the_workload_in_it(workload: Workload) -> None:
    """Or that nothing was found in it would say nothing."""
    assert b"CreateLoginProfile" in workload.written["the log"]
    assert any(b"CreateLoginProfile" in text for place, text in workload.written.items() if place != "the log")


def test_what_holds_secrets_is_its_owner_s_alone(workload: Workload) -> None:
    assert {workload.modes[name] for name in _PLACES_OF_SECRETS} == {0o600}


def test_the_audit_shows_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = Workload()
    with running(tmp_path / "data") as server:
        confidential_calls(of(server), done)
    for output in ("json", "table"):
        assert main(["audit", "--data", str(tmp_path / "data"), "--limit", "0", "-o", output]) == 0
        shown = capsys.readouterr().out.encode()
        assert b"CreateLoginProfile" in shown
        assert [name for name, secret in done.secrets.items() if secret in shown] == []


def test_no_answer_repeats_a_password_or_a_secret(root: Root) -> None:
    user = root.new_user()
    for password in (PASSWORD, "short", "\0", "x" * 500):
        answer = root.call("Ram:CreateLoginProfile", UserName=user.name, Password=password)
        assert password.encode() not in answer.body
    secret = root.wire.registry.secret
    for request in (
        root.signed("GET", "/api/v1/models").having({b"authorization": secret.encode()}),
        root.signed("GET", "/api/v1/models").having({b"authorization": b"acs %b:%b" % (b"LTAI5tX", secret.encode())}),
    ):
        answer = root.wire.send(request)
        assert answer.status == 400
        assert secret.encode() not in answer.body


# The log's and the audit's form.


INJECTIONS = {
    "user-agent": ("x\n" + INJECTED, "x\r\n" + INJECTED, "\x1b[2Jx", '"},' + INJECTED),
    "path": ("%0a" + INJECTED, "%0d%0a", '"},' + INJECTED, "\\u000a", "%1b%5b2J", "\x7f", "\x80\xff"),
    "host": ('"},' + INJECTED, "x\\n"),
    "name": ("x\n" + INJECTED, "x\u2028y", "\x1b[2J"),
    "key": ("x\n" + INJECTED, '"},' + INJECTED),
    "forwarded": ("127.0.0.1\n" + INJECTED, '"},' + INJECTED),
}
"""What an attacker writes, by where."""


@pytest.mark.parametrize("where", INJECTIONS)
def test_a_request_is_one_line_of_the_log(root: Root, where: str) -> None:
    """Whatever its parts hold: no line is added, and none is made unreadable."""
    log = root.wire.registry.log
    root.wire.registry.log_lines()
    before = log.stat().st_size
    for text in INJECTIONS[where]:
        root.wire.send(_injecting(root, where, text.encode("latin-1", "replace")))
        root.ask("GET", "/api/v1/models/after")
    root.wire.registry.log_lines()
    lines = log.read_bytes()[before:].removesuffix(b"\n").split(b"\n")
    told = [json.loads(line) for line in lines]
    assert [line for line in told if "Fault" in line] == []
    between = "".join("|" if line["Path"] == "/api/v1/models/after" else "." for line in told).split("|")
    assert len(between) == len(INJECTIONS[where]) + 1
    assert set(between) <= {".", ""}, "what is no HTTP at all leaves no line"
    assert not any(control in line for line in lines for control in (b"\x1b", b"\x7f"))


def _injecting(root: Root, where: str, text: bytes) -> WireRequest:
    match where:
        case "path":
            return root.signed("GET", b"/api/v1/models/" + text.replace(b" ", b""))
        case "name":
            return root.wire.rpc("Ram:CreateUser", {"UserName": text.decode("latin-1")})
        case "key":
            return root.wire.rpc("Ram:ListUsers", {"AccessKeyId": text.decode("latin-1")})
    names = {"user-agent": b"user-agent", "host": b"host", "forwarded": b"x-forwarded-for"}
    return root.signed("GET", "/api/v1/models").having({names[where]: text})


def test_the_audit_s_table_is_a_line_a_row_without_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "first\nADMIN 2026 second\x1b[2J\u2028third\u202e"
    with running(tmp_path / "data") as server:
        root = of(server)
        root.done("Ram:CreateGroup", GroupName="group", Comments=evil)
        request = root.wire.rpc("Ram:CreateGroup", {"GroupName": "other"}).having({b"user-agent": b"evil\xff\x80agent"})
        succeeded(root.wire.send(request))
        denied(root.new_user().ask("GET", "/api/v1/models/first%0aADMIN%20second%1b%5b2J%e2%80%a8third%e2%80%ae"))

    def shown(output: str) -> list[str]:
        assert main(["audit", "--data", str(tmp_path / "data"), "-o", output]) == 0
        text = capsys.readouterr().out
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", text)
        return text.removesuffix("\n").split("\n")

    operations = [json.loads(line)["Operation"] for line in shown("json")]
    assert operations == ["CreateGroup", "CreateGroup", "CreateUser", "CreateAccessKey", "GetModel"]
    table = shown("table")
    assert len(table) == 1 + len(operations)
    assert not any(line.lstrip().startswith("ADMIN") for line in table)
    assert not re.search("[\u0080-\u009f\u2028\u2029\u202a-\u202e]", "".join(table))


# What a refusal tells.


def test_a_denial_names_no_policy_and_no_statement(root: Root) -> None:
    """Which one decided stands in the encoded message alone."""
    policy = root.new_policy(allow("ram:GetUser"), deny("ram:ListUsers"), name=fresh("secretpolicy"))
    user = root.new_user()
    root.attach(user.name, policy)
    for answer in (user.call("Ram:ListUsers"), user.call("Ram:ListGroups"), user.ask("GET", "/api/v1/models")):
        denied(answer)
        assert b"secretpolicy" not in answer.body
        assert b"tatement" not in answer.body
        message = answer.json["AccessDeniedDetail"]["EncodedDiagnosticMessage"]
        opened = base64.b64decode(message + "=" * (-len(message) % 4), altchars=b"-_")
        assert b"secretpolicy" not in opened
        assert user.name.encode() not in opened


def test_an_encoded_message_is_opened_for_whom_a_policy_allows_it_alone(root: Root) -> None:
    user = root.new_user()
    message = user.call("Ram:ListUsers").json["AccessDeniedDetail"]["EncodedDiagnosticMessage"]
    denied(user.call("Ram:DecodeDiagnosticMessage", EncodedDiagnosticMessage=message))
    denied(user.call("Ram:DecodeDiagnosticMessage", EncodedDiagnosticMessage="nonsense"))
    reader = root.new_user(allow("ram:DecodeDiagnosticMessage"))
    opened = reader.done("Ram:DecodeDiagnosticMessage", EncodedDiagnosticMessage=message)
    assert opened["DecodedDiagnosticMessage"]["AuthAction"] == "ram:ListUsers"


def test_two_messages_about_one_denial_are_not_alike(root: Root) -> None:
    """Nobody learns by comparing them whether the same policy decided."""
    user = root.new_user()
    details = [user.call("Ram:ListUsers").json["AccessDeniedDetail"] for _ in range(2)]
    assert details[0]["EncodedDiagnosticMessage"] != details[1]["EncodedDiagnosticMessage"]


@dataclass(frozen=True)
class Existing:
    """One of each kind."""

    user: Actor
    role: str
    policy: str
    group: str
    model_id: str
    workspace_id: str
    group_id: str
    """Of a resource group."""


@pytest.fixture(scope="module")
def existing(attacked_root: Root) -> Existing:
    root = attacked_root
    group = fresh("group")
    root.done("Ram:CreateGroup", GroupName=group)
    workspace = root.new_workspace()
    made = root.ask("POST", "/api/v1/models", {"ModelName": fresh("m"), "WorkspaceId": workspace})
    succeeded(root.ask("POST", f"/api/v1/models/{made.json['ModelId']}/versions", {"Uri": "oss://b/x"}))
    groups = root.done("ResourceManager:ListResourceGroups")["ResourceGroups"]["ResourceGroup"]
    return Existing(
        user=root.new_user(),
        role=root.new_role(),
        policy=root.new_policy(allow("*")),
        group=group,
        model_id=made.json["ModelId"],
        workspace_id=workspace,
        group_id=groups[0]["Id"],
    )


Question = Callable[[Existing], tuple[dict[str, str], dict[str, str]]]

QUESTIONS: dict[str, Question] = {
    "Ram:GetUser": lambda e: ({"UserName": e.user.name}, {"UserName": "nobody"}),
    "Ram:DeleteUser": lambda e: ({"UserName": e.user.name}, {"UserName": "nobody"}),
    "Ram:ListAccessKeys": lambda e: ({"UserName": e.user.name}, {"UserName": "nobody"}),
    "Ram:GetLoginProfile": lambda e: ({"UserName": e.user.name}, {"UserName": "nobody"}),
    "Ram:GetRole": lambda e: ({"RoleName": e.role}, {"RoleName": "none"}),
    "Ram:GetGroup": lambda e: ({"GroupName": e.group}, {"GroupName": "none"}),
    "Ram:CreateUser": lambda e: ({"UserName": e.user.name}, {"UserName": fresh("new")}),
    "Ram:GetPolicy": lambda e: (
        {"PolicyName": e.policy, "PolicyType": "Custom"},
        {"PolicyName": "none", "PolicyType": "Custom"},
    ),
    "Sts:AssumeRole": lambda e: (
        {"RoleArn": f"acs:ram::{e.user.account_id}:role/{e.role}", "RoleSessionName": "ab"},
        {"RoleArn": f"acs:ram::{e.user.account_id}:role/none", "RoleSessionName": "ab"},
    ),
    "ResourceManager:GetResourceGroup": lambda e: ({"ResourceGroupId": e.group_id}, {"ResourceGroupId": "rg-none"}),
}


def _told(body: dict[str, object]) -> dict[str, object]:
    """An answer, less what differs each time."""
    detail = dict(body["AccessDeniedDetail"])  # type: ignore[call-overload]
    detail.pop("EncodedDiagnosticMessage")
    return {**body, "RequestId": "", "AccessDeniedDetail": detail}


@pytest.mark.parametrize("question", QUESTIONS)
def test_whom_nothing_is_granted_cannot_tell_what_exists(root: Root, existing: Existing, question: str) -> None:
    nobody = root.new_user()
    answers = [nobody.call(question, **parameters) for parameters in QUESTIONS[question](existing)]
    for answer in answers:
        denied(answer)
    assert _told(answers[0].json) == _told(answers[1].json)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/models/{model}"),
        ("PUT", "/api/v1/models/{model}"),
        ("DELETE", "/api/v1/models/{model}"),
        ("GET", "/api/v1/models/{model}/versions"),
        ("GET", "/api/v1/models/{model}/versions/0.1.0"),
        ("POST", "/api/v1/models/{model}/labels"),
        ("GET", "/api/v1/workspaces/{workspace}"),
        ("DELETE", "/api/v1/workspaces/{workspace}"),
        ("GET", "/api/v1/workspaces/{workspace}/members"),
    ],
)
def test_whom_nothing_is_granted_cannot_tell_which_paths_exist(
    root: Root, existing: Existing, method: str, path: str
) -> None:
    nobody = root.new_user()
    body = {"Labels": [{"Key": "k", "Value": "v"}]} if path.endswith("/labels") else {} if method == "PUT" else None
    there = path.format(model=existing.model_id, workspace=existing.workspace_id)
    answers = [nobody.ask(method, target, body) for target in (there, path.format(model="model-none", workspace="1"))]
    for answer in answers:
        denied(answer)
    assert _told(answers[0].json) == _told(answers[1].json)


def test_who_may_on_some_is_denied_by_name_before_the_name_is_looked_up(root: Root, existing: Existing) -> None:
    """A grant on `dev-*` opens nothing about other names."""
    dev = root.new_user(allow("ram:*", [root.arn("user/dev-*"), root.arn("role/dev-*"), root.arn("group/dev-*")]))
    for names in ((existing.user.name, "nobody"), (existing.user.name.upper(), "NOBODY")):
        for name in names:
            denied(dev.call("Ram:GetUser", UserName=name))
    for name in (existing.role, "none"):
        denied(dev.call("Ram:GetRole", RoleName=name))


def test_lists_and_counts_show_strangers_nothing(root: Root, existing: Existing) -> None:
    """With all of RAM's permissions, but in no workspace."""
    stranger = root.new_user(MAY_EVERYTHING)
    for filters in ("", f"?WorkspaceId={existing.workspace_id}", "?PageSize=1"):
        answer = succeeded(stranger.ask("GET", f"/api/v1/models{filters}"))
        assert (answer["Models"], answer["TotalCount"]) == ([], 0)
    workspaces = succeeded(stranger.ask("GET", "/api/v1/workspaces"))
    assert (workspaces["Workspaces"], workspaces["TotalCount"]) == ([], 0)
    denied(stranger.ask("GET", f"/api/v1/models/{existing.model_id}"))


def test_the_operator_s_pages_say_nothing_of_what_is_stored(root: Root, existing: Existing) -> None:
    """They are not signed."""
    for page in ("/healthz", "/readyz", "/version", "/metrics", "/openapi.json"):
        status, body = root.wire.registry.get(page)
        assert status == 200
        for word in (existing.user.name, existing.role, existing.model_id, root.account_id, root.key_id, document()):
            assert word.encode() not in body
