"""Path `/` of a running server: what it says to calls that reach no operation, and with the older signatures off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry import Registry, running
from tests.wire_client import Answer, Wire, WireRequest, exchange

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
