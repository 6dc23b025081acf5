"""Keys that are fetched: from a URI, the instance's metadata, STS with an OIDC token; and fetched again in time."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from alibabacloud_ram20150501 import models as ram

from modelry.client import Address, Client, Credentials, CredentialsError
from modelry.families.sts.operations import ASSUME_ROLE, GET_CALLER_IDENTITY
from modelry.families.sts.structs import AssumeRole, GetCallerIdentity
from modelry.terraform import keys
from modelry.terraform.connection import Connection
from modelry.terraform.keys import Fetched, Renewed
from modelry.testing import Registry

ROLE = "/latest/meta-data/ram/security-credentials/worker"


class Source:
    """A small server that gives keys, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.answers: dict[str, tuple[int, bytes]] = {}
        source = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                source.asked.append((self.command, self.path, headers, body))
                status, text = source.answers.get(urlsplit(self.path).path, (404, b"no"))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_POST = answer  # noqa: N815  as http.server calls them

            def log_message(self, *_: Any) -> None:  # noqa: ANN401
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def source() -> Iterator[Source]:
    it = Source()
    yield it
    it.close()


def key(key_id: str = "STS.One", lasts_s: float = 3600, **more: str) -> dict[str, str]:
    end = (datetime.now(UTC) + timedelta(seconds=lasts_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"AccessKeyId": key_id, "AccessKeySecret": "s", "SecurityToken": "t", "Expiration": end, **more}


def encoded(value: object) -> tuple[int, bytes]:
    return 200, json.dumps(value).encode()


def test_a_uri_gives_a_key(source: Source) -> None:
    source.answers["/key"] = encoded(key(Code="Success"))
    fetched = keys.by_uri(f"{source.url}/key")
    assert fetched.credentials == Credentials("STS.One", "s", "t")
    assert abs(fetched.end_s - time.time() - 3600) < 60


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, b"no JSON"), "answers no key"),
        ((200, b"[]"), "answers no key"),
        ((200, b'{"AccessKeyId": "a"}'), "answers no key"),
        (encoded(key() | {"Expiration": "soon"}), "answers no key"),
        (encoded({"Code": "Forbidden", "Message": "not you"}), "Forbidden: not you"),
        ((403, b'{"Code": "NoPermission", "Message": "m", "RequestId": "R"}'), r"403: NoPermission: m \(RequestId R\)"),
        ((500, b"oops"), "answers 500"),
    ],
)
def test_what_is_no_key_is_said(source: Source, answer: tuple[int, bytes], said: str) -> None:
    source.answers["/key"] = answer
    with pytest.raises(CredentialsError, match=said):
        keys.by_uri(f"{source.url}/key")


@pytest.mark.parametrize("uri", ["file:///etc/hostname", "nothing", "http://127.0.0.1:1/key"])
def test_a_uri_that_is_none_or_is_not_there_is_said(uri: str) -> None:
    with pytest.raises(CredentialsError, match="gives no key"):
        keys.by_uri(uri)


@pytest.fixture
def instance(source: Source, monkeypatch: pytest.MonkeyPatch) -> Source:
    """The metadata's address is the same on every instance: another one is put in its place here."""
    monkeypatch.setattr(keys, "METADATA", source.url)
    return source


def test_an_instance_gives_the_key_of_its_role_for_a_token(source: Source, instance: Source) -> None:
    source.answers |= {"/latest/api/token": (200, b"the-token"), ROLE: encoded(key(Code="Success"))}
    assert keys.by_instance_role("worker", {}).credentials.access_key_id == "STS.One"
    (put, path, headers, _), (get, where, shown, _) = source.asked
    assert (put, path, get, where) == ("PUT", "/latest/api/token", "GET", ROLE)
    assert headers["x-aliyun-ecs-metadata-token-ttl-seconds"] == "21600"
    assert shown["x-aliyun-ecs-metadata-token"] == "the-token"


def test_an_instance_without_tokens_is_asked_plainly_unless_that_is_forbidden(source: Source, instance: Source) -> None:
    source.answers[ROLE] = encoded(key())
    assert keys.by_instance_role("worker", {}).credentials.access_key_id == "STS.One"
    with pytest.raises(CredentialsError, match="token"):
        keys.by_instance_role("worker", {"ALIBABA_CLOUD_IMDSV1_DISABLED": "true"})


def test_an_instance_is_not_asked_where_that_is_switched_off(source: Source, instance: Source) -> None:
    with pytest.raises(CredentialsError, match="ALIBABA_CLOUD_ECS_METADATA_DISABLED"):
        keys.by_instance_role("worker", {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"})
    assert source.asked == []


def oidc(source: Source, home: Path, **more: str) -> Connection:
    block = {"oidc_provider_arn": "acs:ram::1:oidc-provider/p", "role_arn": "acs:ram::1:role/r", **more}
    config = {"assume_role_with_oidc": [block], "endpoints": [{"aiworkspace": source.url, "sts": source.url}]}
    return Connection(config, {"HOME": str(home)})


def test_a_role_is_assumed_with_a_token_of_an_oidc_provider(source: Source, tmp_path: Path) -> None:
    source.answers["/"] = encoded({"RequestId": "R", "Credentials": key()})
    token = tmp_path / "token"
    token.write_text("first\n")
    with oidc(source, tmp_path, oidc_token_file=str(token), session_expiration="900", policy="{}").client() as client:
        signed = client.signed(GET_CALLER_IDENTITY, GetCallerIdentity())
    assert signed.headers["x-acs-security-token"] == "t"
    method, path, headers, body = source.asked[0]
    query, form = parse_qs(urlsplit(path).query), parse_qs(body)
    assert (method, query["Action"], query["Version"]) == ("POST", ["AssumeRoleWithOIDC"], ["2015-04-01"])
    assert "authorization" not in headers
    assert form == {
        "OIDCProviderArn": ["acs:ram::1:oidc-provider/p"],
        "RoleArn": ["acs:ram::1:role/r"],
        "RoleSessionName": ["terraform"],
        "DurationSeconds": ["900"],
        "Policy": ["{}"],
        "OIDCToken": ["first"],
    }


def test_the_token_is_read_anew_for_each_key(source: Source, tmp_path: Path) -> None:
    source.answers["/"] = encoded({"Credentials": key(lasts_s=0)})
    token = tmp_path / "token"
    client = oidc(source, tmp_path, oidc_token_file=str(token)).client()
    for text in ("first", "second"):
        token.write_text(text)
        client.signed(GET_CALLER_IDENTITY, GetCallerIdentity())
    assert [parse_qs(body)["OIDCToken"] for *_, body in source.asked] == [["first"], ["second"]]


def test_a_refused_token_and_one_that_is_not_there_are_said(source: Source, tmp_path: Path) -> None:
    source.answers["/"] = 400, b'{"Code": "AuthenticationFail.OIDCToken.Expired", "Message": "m", "RequestId": "R"}'
    with pytest.raises(CredentialsError, match=r"OIDCToken\.Expired"):
        oidc(source, tmp_path, oidc_token="x").client().call(GET_CALLER_IDENTITY, GetCallerIdentity())
    with pytest.raises(CredentialsError, match="cannot be read"):
        oidc(source, tmp_path, oidc_token_file="/nowhere").client().call(GET_CALLER_IDENTITY, GetCallerIdentity())


def test_our_own_server_says_that_it_has_no_oidc(modelry_registry: Registry, tmp_path: Path) -> None:
    asked = {"OIDCProviderArn": "p", "RoleArn": "r", "RoleSessionName": "terraform"}
    with pytest.raises(CredentialsError, match="answers 4"):
        keys.by_oidc(Address.of(modelry_registry.url), asked, lambda: "token")


def temporary(registry: Registry) -> dict[str, Any]:
    """A temporary key of a role, as a source of keys would give it."""
    users = registry.ram_sdk()
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"RAM": [f"acs:ram::{registry.account_id}:root"]},
    }
    document = json.dumps({"Version": "1", "Statement": [trust]})
    made = users.create_role(ram.CreateRoleRequest(role_name="worker", assume_role_policy_document=document)).body.role
    users.create_user(ram.CreateUserRequest(user_name="ci"))
    users.attach_policy_to_user(
        ram.AttachPolicyToUserRequest(policy_type="System", policy_name="AliyunSTSAssumeRoleAccess", user_name="ci")
    )
    own = users.create_access_key(ram.CreateAccessKeyRequest(user_name="ci")).body.access_key
    with Client(registry.endpoint, Credentials(own.access_key_id, own.access_key_secret)) as client:
        answer = client.answer(ASSUME_ROLE, AssumeRole(role_arn=made.arn, role_session_name="here"))
    found: dict[str, Any] = json.loads(answer)["Credentials"]
    return found


def test_what_a_uri_gives_signs(source: Source, modelry_registry: Registry, tmp_path: Path) -> None:
    source.answers["/key"] = encoded(temporary(modelry_registry))
    block = {"credentials_uri": f"{source.url}/key", "endpoints": [{"aiworkspace": modelry_registry.endpoint}]}
    client = Connection(block, {"HOME": str(tmp_path)}).client()
    for _ in range(3):
        assert client.call(GET_CALLER_IDENTITY, GetCallerIdentity()).arn.endswith("assumed-role/worker/here")
    client.close()
    assert len(source.asked) == 1


def test_what_an_instance_gives_signs(
    source: Source, instance: Source, modelry_registry: Registry, tmp_path: Path
) -> None:
    source.answers[ROLE] = encoded(temporary(modelry_registry))
    block = {"ecs_role_name": "worker", "endpoints": [{"aiworkspace": modelry_registry.endpoint}]}
    client = Connection(block, {"HOME": str(tmp_path)}).client()
    assert client.call(GET_CALLER_IDENTITY, GetCallerIdentity()).arn.endswith("assumed-role/worker/here")
    client.close()


def test_a_given_key_goes_before_keys_that_are_fetched(source: Source, tmp_path: Path) -> None:
    block = {"access_key": "LTAI5tExample", "secret_key": "s", "credentials_uri": f"{source.url}/key"}
    signed = Connection(block, {"HOME": str(tmp_path)}).client().signed(GET_CALLER_IDENTITY, GetCallerIdentity())
    assert "LTAI5tExample" in signed.headers["authorization"]
    assert source.asked == []


def profiles(path: Path, **profile: str) -> Path:
    path.write_text(json.dumps({"current": "a", "profiles": [{"name": "a", **profile}]}))
    return path


def test_a_file_of_profiles_may_be_named(tmp_path: Path) -> None:
    key = {"access_key_id": "LTAI5tExample", "access_key_secret": "s", "sts_token": "t"}
    path = profiles(tmp_path / "keys.json", mode="StsToken", **key)
    assert keys.by_file(path, "") == keys.by_file(path, "a") == Credentials("LTAI5tExample", "s", "t")
    connection = Connection({"shared_credentials_file": str(path)}, {"HOME": str(tmp_path)})
    assert (
        "LTAI5tExample" in connection.client().signed(GET_CALLER_IDENTITY, GetCallerIdentity()).headers["authorization"]
    )


def test_a_profile_that_has_no_key_is_said(tmp_path: Path) -> None:
    path = profiles(tmp_path / "keys.json", mode="OIDC")
    with pytest.raises(CredentialsError, match="AK and StsToken"):
        keys.by_file(path, "a")
    with pytest.raises(CredentialsError, match="no profile 'b'"):
        keys.by_file(path, "b")
    path.write_text("no JSON")
    with pytest.raises(CredentialsError, match="no profile"):
        keys.by_file(path, "a")


class Keys:
    """Gives keys, each of which lasts so long, or none."""

    def __init__(self, *lasts_s: float | None) -> None:
        self._lasts_s = list(lasts_s)
        self.given = 0

    def __call__(self) -> Fetched:
        self.given += 1
        lasts_s = self._lasts_s.pop(0)
        if lasts_s is None:
            raise CredentialsError("none today")
        return Fetched(Credentials(f"STS.{self.given}", "s", "t"), time.time() + lasts_s)


def test_a_key_is_fetched_once_as_long_as_it_lasts() -> None:
    source = Keys(3600)
    renewed = Renewed(source)
    assert {renewed().access_key_id for _ in range(5)} == {"STS.1"}


def test_a_key_is_replaced_before_its_end() -> None:
    renewed = Renewed(Keys(0, 3600))
    assert [renewed().access_key_id, renewed().access_key_id] == ["STS.1", "STS.2"]


def test_a_key_that_still_lasts_is_used_when_there_is_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed, now = Renewed(Keys(600, None, 3600)), time.time()
    assert renewed().access_key_id == "STS.1"
    monkeypatch.setattr(time, "time", lambda: now + 400)
    assert renewed().access_key_id == "STS.1"
    monkeypatch.setattr(time, "time", lambda: now + 550)
    assert renewed().access_key_id == "STS.3"


def test_without_a_key_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = Renewed(Keys(None, 3600))
    with pytest.raises(CredentialsError, match="none today"):
        renewed()
    assert renewed().access_key_id == "STS.2"
