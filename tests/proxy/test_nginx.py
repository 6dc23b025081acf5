"""Requests through the real nginx, with the configuration of docs/proxy.md and with wrong ones."""

import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_ram20150501 import models as r

from tests.proxy.nginx import NGINX, Proxy, changed, in_front_of, recommended
from tests.registry import Registry, running
from tests.wire_client import Answer, Scheme, Wire, WireRequest, read_answer

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: apt install nginx)")

MODELS = "/api/v1/models"
CLIENT = "127.0.0.2"
"""Another loopback address than the one from which nginx connects to the server."""

every_scheme = pytest.mark.parametrize("scheme", get_args(Scheme))


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server that trusts the proxy."""
    with running(tmp_path_factory.mktemp("trusting") / "data", "--trusted-proxies", "127.0.0.1") as server:
        yield server


@pytest.fixture(scope="module")
def proxy(trusting: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with in_front_of(trusting, tmp_path_factory.mktemp("nginx"), recommended()) as nginx:
        yield nginx


def sent_from(address: str, seen: Registry, request: WireRequest, *, framed: bool = True) -> Answer:
    """The answer to a request whose connection comes from this address."""
    with socket.create_connection(("127.0.0.1", seen.port), 20, source_address=(address, 0)) as connection:
        connection.sendall(request.data(framed=framed))
        return read_answer(connection, request.method)


def source_of(seen: Registry, headers: Mapping[bytes, bytes] | None = None) -> str:
    """The source that the server logs for a request from the client's address."""
    target = f"{MODELS}/model-{uuid4().hex}"
    answer = sent_from(CLIENT, seen, Wire(seen).signed("GET", target, headers=headers))
    assert answer.status == 404, answer.body
    (line,) = (line for line in seen.log_lines() if line["Path"] == target)
    source: str = line["Source"]
    return source


# What passes.


@pytest.mark.parametrize("protocol", ["plain", "tls"])
@pytest.mark.parametrize("signature", [{}, {"signature_algorithm": "v2"}], ids=["ACS3", "ROA"])
def test_the_sdk_writes_and_reads_through_the_recommended_block(
    proxy: Proxy, protocol: str, signature: dict[str, str]
) -> None:
    trust = {"ca": str(proxy.authority)} if protocol == "tls" else {}
    seen: Registry = getattr(proxy, protocol)
    client = seen.sdk(**signature, **trust)
    name = f"情感分析 {uuid4().hex}"
    model_id = client.create_model(m.CreateModelRequest(model_name=name)).body.model_id
    found = client.list_models(m.ListModelsRequest(model_name=name)).body.models
    assert [model.model_id for model in found] == [model_id]
    client.delete_model(model_id, m.DeleteModelRequest())


@every_scheme
@pytest.mark.parametrize("name", ["a%2Fb", "a%2fb", "..%2F..%2Fx", "1.0%20b", "%E4%BD%A0", "a%25b", "a*b+~"])
def test_an_encoded_path_segment_arrives_unchanged(proxy: Proxy, scheme: Scheme, name: str) -> None:
    target = f"{MODELS}/{Wire(proxy.plain).new_model()}/versions/{name}"
    answer = Wire(proxy.plain).ask("GET", target, scheme=scheme)
    assert answer.status == 404, answer.body
    assert target in [line["Path"] for line in proxy.plain.log_lines()]


@every_scheme
def test_a_body_in_chunks_is_accepted(proxy: Proxy, scheme: Scheme) -> None:
    name = uuid4().hex
    request = Wire(proxy.plain).signed("POST", MODELS, {"ModelName": name}, scheme=scheme)
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(request.body), request.body)
    chunked = WireRequest(request.method, request.target, request.headers, body)
    answer = sent_from(CLIENT, proxy.plain, chunked.having({b"transfer-encoding": b"chunked"}), framed=False)
    assert answer.status == 200, answer.body
    assert Wire(proxy.plain).ask("GET", f"{MODELS}/{answer.json['ModelId']}").json["ModelName"] == name


def test_a_query_of_many_kilobytes_is_accepted(proxy: Proxy) -> None:
    answer = Wire(proxy.plain).ask("GET", f"{MODELS}?Unread={'x' * 40_000}")
    assert answer.status == 200, answer.body


def test_a_body_that_is_too_large_is_refused_by_the_server_in_its_own_words(proxy: Proxy) -> None:
    answer = Wire(proxy.plain).ask("POST", MODELS, json.dumps({"ModelName": "x" * 5 * 2**20}).encode())
    assert (answer.status, answer.code) == (413, "RequestBodyTooLarge")


def test_health_is_told_and_metrics_are_not(proxy: Proxy) -> None:
    assert {page: proxy.plain.get(page)[0] for page in ("/healthz", "/readyz", "/metrics")} == {
        "/healthz": 200,
        "/readyz": 200,
        "/metrics": 404,
    }


# What a wrong configuration does.


@pytest.mark.parametrize("wrong", ["", "proxy_set_header Host $host;"], ids=["rewritten", "without its port"])
def test_a_changed_host_breaks_the_signature(trusting: Registry, tmp_path: Path, wrong: str) -> None:
    block = changed(recommended(), {"proxy_set_header Host $http_host;": wrong})
    with in_front_of(trusting, tmp_path, block) as proxy:
        answer = Wire(proxy.plain).ask("GET", MODELS)
    assert (answer.status, answer.code) == (400, "SignatureDoesNotMatch")


def test_a_path_in_proxy_pass_breaks_the_signature_of_an_encoded_slash(trusting: Registry, tmp_path: Path) -> None:
    block = changed(recommended(), {"proxy_pass http://modelry;": "proxy_pass http://modelry/;"})
    with in_front_of(trusting, tmp_path, block) as proxy:
        answer = Wire(proxy.plain).ask("GET", f"{MODELS}/model-x%2Fversions%2F1")
    assert (answer.status, answer.code) == (400, "SignatureDoesNotMatch")


# Who it comes from.


def test_behind_a_trusted_proxy_the_source_is_the_client(proxy: Proxy) -> None:
    assert source_of(proxy.plain) == CLIENT


def test_without_the_setting_the_source_is_the_proxy(registry: Registry, tmp_path: Path) -> None:
    with in_front_of(registry, tmp_path, recommended()) as untrusted:
        assert source_of(untrusted.plain) == "127.0.0.1"


def test_a_client_cannot_choose_its_source(proxy: Proxy) -> None:
    claims = {b"x-forwarded-for": b"198.51.100.9, 127.0.0.1", b"x-real-ip": b"198.51.100.9"}
    assert source_of(proxy.plain, claims) == CLIENT


def test_a_signed_x_acs_source_ip_is_not_the_source(proxy: Proxy) -> None:
    assert source_of(proxy.plain, {b"x-acs-source-ip": b"198.51.100.9"}) == CLIENT


def test_a_client_that_goes_past_the_proxy_cannot_choose_its_source(trusting: Registry) -> None:
    assert source_of(trusting, {b"x-forwarded-for": b"198.51.100.9"}) == CLIENT


# What policies see of it.


def conditioned(registry: Registry, condition: dict[str, dict[str, str]]) -> Registry:
    """The same server as a user sees it whom a policy allows to list workspaces under a condition."""
    ram, name = registry.ram_sdk(), f"user{uuid4().hex[:12]}"
    statement = {"Effect": "Allow", "Action": "paiworkspace:ListWorkspaces", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "1", "Statement": [statement]})
    ram.create_user(r.CreateUserRequest(user_name=name))
    ram.create_policy(r.CreatePolicyRequest(policy_name=name, policy_document=document))
    ram.attach_policy_to_user(r.AttachPolicyToUserRequest(user_name=name, policy_name=name, policy_type="Custom"))
    key = ram.create_access_key(r.CreateAccessKeyRequest(user_name=name)).body.access_key
    return replace(registry, key_id=key.access_key_id, secret=key.access_key_secret)


def as_user(proxy: Registry, user: Registry) -> Registry:
    return replace(proxy, key_id=user.key_id, secret=user.secret)


def statuses(address: str, *ways: Registry) -> list[int]:
    """What listing workspaces answers to a client at this address, each way."""
    return [sent_from(address, way, Wire(way).signed("GET", "/api/v1/workspaces")).status for way in ways]


def test_a_policy_that_asks_for_tls_is_met_by_the_proxy_s(trusting: Registry, proxy: Proxy) -> None:
    user = conditioned(trusting, {"Bool": {"acs:SecureTransport": "true"}})
    assert as_user(proxy.tls, user).sdk().list_workspaces(m.ListWorkspacesRequest()).status_code == 200
    assert statuses(CLIENT, as_user(proxy.plain, user), user) == [403, 403]


def test_a_policy_that_asks_for_an_address_means_the_client_s(trusting: Registry, proxy: Proxy) -> None:
    user = conditioned(trusting, {"IpAddress": {"acs:SourceIp": f"{CLIENT}/32"}})
    assert statuses(CLIENT, as_user(proxy.plain, user), user) == [200, 200]
    assert statuses("127.0.0.1", as_user(proxy.plain, user), user) == [403, 403]


def test_a_client_that_is_no_proxy_meets_no_policy_by_its_headers(trusting: Registry) -> None:
    user = conditioned(trusting, {"IpAddress": {"acs:SourceIp": "198.51.100.9"}})
    claims = {b"x-forwarded-for": b"198.51.100.9", b"x-acs-source-ip": b"198.51.100.9"}
    request = Wire(user).signed("GET", "/api/v1/workspaces", headers=claims)
    assert sent_from(CLIENT, user, request).status == 403
