"""What the official Python SDK sent for all 127 operations, signed anew with the server's key and sent over a socket.

An offered operation gets past signature and decoding, and no changed request does. The others are answered by
`UnsupportedOperation`, which no client takes for "gone" and none repeats.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelry.families import operations
from tests.registry import Registry
from tests.wire_client import Scheme, Wire, WireRequest

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "wire" / "sdk_requests.json").read_text(encoding="utf-8")
)
OFFERED = {operation.name for operation in operations()}
KINDS = ("full", "empty")
REFUSED_BEFORE_THE_REQUEST_IS_LOOKED_AT = {
    "MissingAuthorization",
    "IncompleteSignature",
    "InvalidSignatureMethod",
    "InvalidAccessKeyId.NotFound",
    "SignatureDoesNotMatch",
    "ContentMD5NotMatched",
    "InvalidTimeStamp.Format",
    "InvalidTimeStamp.Expired",
    "MissingSignatureNonce",
    "SignatureNonceUsed",
    "InvalidAction.NotFound",
    "InvalidMethod",
    "InvalidJSON",
    "UnsupportedOperation",
    "InternalError",
}


def recorded(operation: dict[str, Any], kind: str) -> list[WireRequest]:
    """The requests as they were sent."""
    return [
        WireRequest(
            sent["method"],
            sent["target"].encode("ascii"),
            {name.lower().encode(): value.encode() for name, value in sent["headers"]},
            (sent["body"] or "").encode(),
        )
        for sent in operation[kind]
    ]


REQUESTS = [
    (operation["op"], pytest.param(request, id=f"{operation['op']}-{kind}"))
    for operation in RECORDED
    for kind in KINDS
    for request in recorded(operation, kind)
]
OF_OFFERED = [
    request for operation in RECORDED if operation["op"] in OFFERED for request in recorded(operation, "full")
]


@pytest.fixture(scope="module")
def wire(registry: Registry) -> Wire:
    return Wire(registry)


def addressed(wire: Wire, request: WireRequest) -> WireRequest:
    """The request with this server as its host."""
    return request.having({b"host": wire.registry.address.encode()})


@pytest.mark.parametrize("request_", [request for name, request in REQUESTS if name in OFFERED])
@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
def test_a_recorded_request_of_an_offered_operation_is_accepted(
    wire: Wire, request_: WireRequest, scheme: Scheme
) -> None:
    """It may be about things that do not exist, or miss a required field: that is found out behind the signature."""
    answer = wire.send(wire.resigned(addressed(wire, request_), scheme=scheme))
    assert answer.status < 500
    if answer.status == 200:
        assert {"Code", "code"} & answer.json.keys() == set()
    else:
        assert answer.code not in REFUSED_BEFORE_THE_REQUEST_IS_LOOKED_AT


@pytest.mark.parametrize("request_", [request for name, request in REQUESTS if name not in OFFERED])
def test_an_operation_that_is_not_offered_is_answered_as_such(wire: Wire, request_: WireRequest) -> None:
    answer = wire.send(wire.resigned(addressed(wire, request_)))
    assert (answer.status, answer.code) == (400, "UnsupportedOperation")


# Changes after the signature.


def another_method(request: WireRequest) -> WireRequest:
    return replace(request, method={"GET": "DELETE", "DELETE": "GET", "POST": "PUT", "PUT": "POST"}[request.method])


def another_path(request: WireRequest) -> WireRequest:
    path, question, query = request.target.partition(b"?")
    return replace(request, target=path + b"x" + question + query)


def another_query_value(request: WireRequest) -> WireRequest | None:
    return replace(request, target=request.target + b"x") if b"?" in request.target else None


def one_query_parameter_more(request: WireRequest) -> WireRequest:
    return replace(request, target=request.target + (b"&" if b"?" in request.target else b"?") + b"Added=1")


def another_body(request: WireRequest) -> WireRequest:
    return replace(request, body=request.body + b" ") if request.body else replace(request, body=b"{}")


def another_action(request: WireRequest) -> WireRequest:
    return request.having({b"x-acs-action": b"GetAnother"})


def another_nonce(request: WireRequest) -> WireRequest:
    return request.having({b"x-acs-signature-nonce": b"another"})


def another_host(request: WireRequest) -> WireRequest:
    return request.having({b"host": b"elsewhere.example"})


def one_acs_header_more(request: WireRequest) -> WireRequest:
    return request.having({b"x-acs-source-ip": b"10.0.0.1"})


def no_version(request: WireRequest) -> WireRequest:
    return request.having({b"x-acs-version": None})


UNAUTHENTIC = {"SignatureDoesNotMatch", "ContentMD5NotMatched", "IncompleteSignature"}
CHANGES: dict[Callable[[WireRequest], WireRequest | None], set[str]] = {
    another_method: {*UNAUTHENTIC, "InvalidMethod", "UnsupportedOperation"},
    another_path: {*UNAUTHENTIC, "InvalidAction.NotFound", "UnsupportedOperation"},
    another_query_value: UNAUTHENTIC,
    one_query_parameter_more: UNAUTHENTIC,
    another_body: UNAUTHENTIC,
    another_action: UNAUTHENTIC,
    another_nonce: UNAUTHENTIC,
    another_host: UNAUTHENTIC,
    one_acs_header_more: UNAUTHENTIC,
    no_version: UNAUTHENTIC,
}
"""What a change may be answered by: a path or method that nothing answers is refused before the signature."""


@pytest.mark.parametrize(
    ("change", "scheme"),
    [
        pytest.param(change, scheme, id=f"{change.__name__}-{scheme}")
        for change in CHANGES
        for scheme in ("ACS3", "ROA")
        if (change, scheme) != (another_host, "ROA")
    ],
)
def test_a_changed_request_is_refused(
    wire: Wire, change: Callable[[WireRequest], WireRequest | None], scheme: Scheme
) -> None:
    """Every recorded request of an offered operation; under ROA, Content-MD5 covers the body and nothing the host."""
    for request in OF_OFFERED:
        changed = change(wire.resigned(addressed(wire, request), scheme=scheme))
        if changed is not None:
            answer = wire.send(changed)
            assert answer.code in CHANGES[change], request
            assert answer.status in {400, 404, 405}, request
