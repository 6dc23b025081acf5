"""Path `/` of a running server: what it says to calls of either signature, to others, and with the older one off."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.registry import Registry, running
from tests.wire_client import Answer, RpcScheme, Wire, WireRequest, exchange

EITHER_SCHEME = pytest.mark.parametrize("scheme", ["ACS3", "RPC-1.0"])

CREATE_FOLDER = b"/?Action=CreateFolder&Version=2020-03-31"
CREATE_FOLDER_BY_HEADERS = {b"x-acs-action": b"CreateFolder", b"x-acs-version": b"2020-03-31"}
MODEL_BY_HEADERS = {b"x-acs-action": b"GetModel", b"x-acs-version": b"2021-02-04"}
WITH_SAML = b"/?Action=AssumeRoleWithSAML&Version=2015-04-01&Format=json"
FORM = {b"content-type": b"application/x-www-form-urlencoded"}


def ask(registry: Registry, request: WireRequest) -> Answer:
    whole = request.having({b"host": b"localhost"})
    return exchange(registry.address, whole.data(), method=request.method)


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (WireRequest("GET", b"/"), 400, "MissingParameter"),
        (WireRequest("GET", b"/?"), 400, "MissingParameter"),
        (WireRequest("POST", b"/?Action=CreateFolder"), 400, "MissingParameter"),
        (WireRequest("POST", b"/?Action=CreateFolder&Version=2000-01-01"), 400, "InvalidVersion"),
        (
            WireRequest("POST", b"/", {b"x-acs-action": b"GetModel", b"x-acs-version": b"2021-02-04"}),
            400,
            "InvalidVersion",
        ),
        (WireRequest("POST", CREATE_FOLDER), 400, "UnsupportedOperation"),
        (WireRequest("GET", CREATE_FOLDER), 400, "UnsupportedOperation"),
        (WireRequest("POST", b"/", FORM, CREATE_FOLDER[2:]), 400, "UnsupportedOperation"),
        (WireRequest("POST", b"/?Action=Explode&Version=2015-05-01"), 400, "UnsupportedOperation"),
        (WireRequest("POST", b"/?Action=ListUsers&Version=2019-08-15"), 400, "UnsupportedOperation"),
        (
            WireRequest("POST", b"/?Action=AssumeRoleWithSAML&Version=2015-04-01&Format=json"),
            400,
            "UnsupportedOperation",
        ),
        (WireRequest("POST", b"/?Action=AssumeRoleWithOIDC&Version=2015-04-01"), 400, "UnsupportedOperation"),
        (WireRequest("POST", CREATE_FOLDER + b"&Format=XML"), 400, "InvalidParameter"),
        (WireRequest("POST", CREATE_FOLDER + b"&Action=CreateUser"), 400, "InvalidParameter"),
        (WireRequest("POST", CREATE_FOLDER, FORM, b"Action=CreateFolder"), 400, "InvalidParameter"),
        (WireRequest("POST", CREATE_FOLDER, {b"x-acs-action": b"ListUsers"}), 400, "InvalidParameter"),
        (WireRequest("POST", CREATE_FOLDER, FORM, b"&" * 300_000), 400, "InvalidParameter"),
        (WireRequest("PUT", CREATE_FOLDER), 405, "InvalidMethod"),
        (WireRequest("DELETE", CREATE_FOLDER), 405, "InvalidMethod"),
        (WireRequest("POST", b"//?Action=CreateFolder&Version=2020-03-31"), 404, "InvalidAction.NotFound"),
    ],
)
def test_a_call_that_reaches_no_operation_says_why(
    registry: Registry, request_: WireRequest, status: int, code: str
) -> None:
    answer = ask(registry, request_)
    assert (answer.status, answer.code) == (status, code)
    assert "NotFound" not in answer.json["Message"]


def test_under_rpc_1_a_header_names_no_action(registry: Registry) -> None:
    answer = ask(registry, WireRequest("POST", b"/?Signature=x", CREATE_FOLDER_BY_HEADERS))
    assert (answer.code, answer.json["Message"]) == ("MissingParameter", "Action is required.")


def test_a_parameter_named_signature_does_not_sign_a_path(registry: Registry) -> None:
    answer = ask(registry, WireRequest("GET", b"/api/v1/models?Signature=x&Action=CreateFolder&Version=2020-03-31"))
    assert answer.code == "MissingAuthorization"


# Signed calls.


@pytest.fixture
def wire(registry: Registry) -> Wire:
    return Wire(registry)


def fresh_name() -> str:
    return f"u-{uuid4().hex[:20]}"


def exists(wire: Wire, name: str) -> bool:
    return wire.call("Ram:GetUser", UserName=name).status == 200


@EITHER_SCHEME
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_parameters_may_travel_in_the_query(wire: Wire, scheme: RpcScheme, method: str) -> None:
    given = {"UserName": fresh_name(), "Comments": "a b*~+/é", "RegionId": "cn-hangzhou"}
    answer = wire.send(wire.rpc("Ram:CreateUser", given, scheme=scheme, method=method))
    assert answer.status == 200
    user = answer.json["User"]
    assert (user["UserName"], user["Comments"]) == (given["UserName"], given["Comments"])


@EITHER_SCHEME
def test_parameters_may_travel_in_a_form_beside_the_query(wire: Wire, scheme: RpcScheme) -> None:
    name = fresh_name()
    form = {"Comments": "a b*~+/é", "DisplayName": "x"}
    answer = wire.send(wire.rpc("Ram:CreateUser", {"UserName": name}, form=form, scheme=scheme))
    assert answer.status == 200
    user = answer.json["User"]
    assert {key: user[key] for key in ("UserName", *form)} == {"UserName": name, **form}


@EITHER_SCHEME
def test_a_call_sent_a_second_time_is_refused(wire: Wire, scheme: RpcScheme) -> None:
    request = wire.rpc("Ram:ListUsers", {"MaxItems": "1"}, scheme=scheme)
    assert wire.send(request).status == 200
    assert wire.send(request).code == "SignatureNonceUsed"


@EITHER_SCHEME
@pytest.mark.parametrize("skew_s", [-1000, 1000])
def test_the_clock_of_a_call_must_be_right(wire: Wire, scheme: RpcScheme, skew_s: int) -> None:
    request = wire.rpc("Ram:ListUsers", scheme=scheme, at=time.time() + skew_s)
    assert wire.send(request).code == "InvalidTimeStamp.Expired"


@EITHER_SCHEME
def test_a_call_with_an_unknown_key_is_a_403_never_a_404(wire: Wire, scheme: RpcScheme) -> None:
    answer = wire.send(wire.rpc("Ram:ListUsers", scheme=scheme, key_id="LTAIunknown"))
    assert (answer.status, answer.code) == (403, "InvalidAccessKeyId.NotFound")


@EITHER_SCHEME
def test_a_token_that_belongs_to_no_session_is_refused(wire: Wire, scheme: RpcScheme) -> None:
    answer = wire.send(wire.rpc("Ram:ListUsers", scheme=scheme, security_token="CAISlab"))
    assert (answer.status, answer.code) == (403, "InvalidSecurityToken.Malformed")


def test_an_unsigned_call_is_refused(wire: Wire) -> None:
    answer = ask(wire.registry, WireRequest("GET", b"/?Action=ListUsers&Version=2015-05-01"))
    assert answer.code == "MissingAuthorization"
    stripped = wire.rpc("Ram:ListUsers", scheme="ACS3").having({b"authorization": None})
    assert wire.send(stripped).code == "MissingAuthorization"


def test_a_mismatch_ends_with_the_string_to_sign(wire: Wire) -> None:
    other = Wire(replace(wire.registry, secret="another"))
    answer = other.send(other.rpc("Ram:ListUsers", {"MaxItems": "1"}, scheme="RPC-1.0", nonce="n0", at=time.time()))
    assert answer.code == "SignatureDoesNotMatch"
    _, _, text = answer.json["Message"].partition("server string to sign is:")
    assert text.startswith(f"POST&%2F&AccessKeyId%3D{wire.registry.key_id}%26Action%3DListUsers%26MaxItems%3D1%26")
    assert text.endswith("%26Version%3D2015-05-01")


def get_instead_of_post(request: WireRequest) -> WireRequest:
    return replace(request, method="GET")


def another_query(request: WireRequest) -> WireRequest:
    return replace(request, target=request.target + b"&DisplayName=mallory")


def another_form(request: WireRequest) -> WireRequest:
    return replace(request, body=request.body + b"&DisplayName=mallory")


def no_form(request: WireRequest) -> WireRequest:
    return request.having({b"content-type": b"text/plain"})


def another_action(request: WireRequest) -> WireRequest:
    changed = replace(request, target=request.target.replace(b"Action=CreateUser", b"Action=DeleteUser"))
    return changed.having({b"x-acs-action": b"DeleteUser"})


def another_action_in_the_header(request: WireRequest) -> WireRequest:
    return request.having({b"x-acs-action": b"DeleteUser"})


def another_version_in_the_header(request: WireRequest) -> WireRequest:
    return request.having({b"x-acs-version": b"2019-08-15"})


@EITHER_SCHEME
@pytest.mark.parametrize(
    "change",
    [
        get_instead_of_post,
        another_query,
        another_form,
        no_form,
        another_action,
        another_action_in_the_header,
        another_version_in_the_header,
    ],
)
def test_a_call_changed_on_its_way_does_nothing(
    wire: Wire, scheme: RpcScheme, change: Callable[[WireRequest], WireRequest]
) -> None:
    name = fresh_name()
    request = wire.rpc("Ram:CreateUser", {"UserName": name}, form={"Comments": "c"}, scheme=scheme)
    assert wire.send(change(request)).status == 400
    assert not exists(wire, name)
    assert wire.send(request).status == 200, "as it was sent it is good, and its nonce was not used up"
    assert exists(wire, name)


# The older signatures, switched off.


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder: Path = tmp_path_factory.mktemp("strict") / "data"
    with running(folder, MODELRY_ALLOW_HMAC_SHA1="false") as registry:
        yield registry


def test_without_hmac_sha1_acs3_is_served(strict: Registry) -> None:
    assert Wire(strict).ask("GET", "/api/v1/models").status == 200


@pytest.mark.parametrize("key_id", [None, "LTAIunknown"])
def test_without_hmac_sha1_roa_is_refused_before_any_key_is_looked_up(strict: Registry, key_id: str | None) -> None:
    wire = Wire(strict)
    answer = wire.send(wire.signed("GET", "/api/v1/models", scheme="ROA", key_id=key_id))
    assert (answer.status, answer.code) == (400, "InvalidSignatureMethod")


@pytest.mark.parametrize("key_id", [None, "LTAIunknown"])
def test_without_hmac_sha1_rpc_1_is_refused_before_any_key_is_looked_up(strict: Registry, key_id: str | None) -> None:
    wire = Wire(strict)
    assert wire.call("Ram:ListUsers").status == 200
    answer = wire.send(wire.rpc("Ram:ListUsers", scheme="RPC-1.0", key_id=key_id))
    assert (answer.status, answer.code) == (400, "InvalidSignatureMethod")
