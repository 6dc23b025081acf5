"""A request that was changed on its way does nothing; each change is made to one that would be answered."""

import time
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.attacks.actors import Root, refused, succeeded
from tests.wire_client import RpcScheme, Scheme, Wire, WireRequest

Change = Callable[[WireRequest], WireRequest]

FORM = b"application/x-www-form-urlencoded"
WINDOW_S = 900


def unchanged(request: WireRequest) -> WireRequest:
    return request


def another_body(request: WireRequest) -> WireRequest:
    return replace(request, body=request.body.replace(b"honest", b"forged"))


def no_body(request: WireRequest) -> WireRequest:
    return replace(request, body=b"")


def another_path(request: WireRequest) -> WireRequest:
    return replace(request, target=request.target.replace(b"/models?", b"/models/x?"))


def another_value(request: WireRequest) -> WireRequest:
    return replace(request, target=request.target.replace(b"honest", b"forged"))


def one_parameter_more(request: WireRequest) -> WireRequest:
    return replace(request, target=request.target + b"&UserName=mallory")


def an_empty_parameter_more(request: WireRequest) -> WireRequest:
    return replace(request, target=request.target + b"&Comments=")


def one_parameter_less(request: WireRequest) -> WireRequest:
    return replace(request, target=request.target.replace(b"Kept=1&", b""))


def another_method(request: WireRequest) -> WireRequest:
    return replace(request, method="GET" if request.method == "POST" else "DELETE")


def header(name: bytes, value: bytes | None) -> Change:
    """The request with a header changed, added, or taken away."""

    def changed(request: WireRequest) -> WireRequest:
        return request.having({name: value})

    changed.__name__ = f"{name.decode()}={None if value is None else value.decode()[:20]}"
    return changed


CHANGES_OF_QUERY = [another_value, one_parameter_more, an_empty_parameter_more, one_parameter_less, another_method]
HEADERS_OF_ACS3 = [
    header(b"host", b"elsewhere.example"),
    header(b"content-type", b"text/plain"),
    header(b"x-acs-version", None),
    header(b"x-acs-date", b"2026-01-01T00:00:00Z"),
    header(b"x-acs-signature-nonce", b"another"),
    header(b"x-acs-security-token", b"token"),
    header(b"x-acs-source-ip", b"10.0.0.1"),
    header(b"x-acs-anything", b"1"),
]


def written(wire: Wire, scheme: Scheme) -> WireRequest:
    """A write with a query and a body."""
    body = {"ModelName": f"honest {uuid4().hex}"}
    return wire.signed("POST", "/api/v1/models?Kept=1&Word=honest", body, scheme=scheme)


def not_answered(root: Root, request: WireRequest) -> None:
    """See that it is refused for its signature."""
    answer = root.wire.send(request)
    assert 400 <= answer.status < 500, answer.body
    assert answer.code in {
        *("SignatureDoesNotMatch", "IncompleteSignature", "ContentMD5NotMatched"),
        *("InvalidTimeStamp.Expired", "InvalidMethod", "InvalidSecurityToken.Malformed"),
    }, answer.code


@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
def test_unchanged_it_is_answered(root: Root, scheme: Scheme) -> None:
    """Or the refusals below would say nothing."""
    succeeded(root.wire.send(written(root.wire, scheme)))


@pytest.mark.parametrize("change", [another_body, no_body])
@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
def test_a_body_that_was_changed_is_noticed_before_it_is_read(root: Root, scheme: Scheme, change: Change) -> None:
    refused(root.wire.send(change(written(root.wire, scheme))), 400, "ContentMD5NotMatched")


@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
def test_the_hash_of_another_body_does_not_help(root: Root, scheme: Scheme) -> None:
    """It is itself covered."""
    forged = root.wire.signed("POST", "/", b'{"ModelName": "forged"}', scheme=scheme)
    request = replace(written(root.wire, scheme), body=forged.body)
    name = b"x-acs-content-sha256" if scheme == "ACS3" else b"content-md5"
    refused(root.wire.send(request.having({name: forged.headers[name]})), 400, "SignatureDoesNotMatch")


@pytest.mark.parametrize("change", [*CHANGES_OF_QUERY, another_path])
@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
def test_a_query_a_path_or_a_method_that_was_changed_is_noticed(root: Root, scheme: Scheme, change: Change) -> None:
    not_answered(root, change(written(root.wire, scheme)))


@pytest.mark.parametrize("change", HEADERS_OF_ACS3)
def test_no_header_that_acs3_covers_can_be_changed(root: Root, change: Change) -> None:
    not_answered(root, change(written(root.wire, "ACS3")))


HEADERS_OF_ROA = [change for change in HEADERS_OF_ACS3 if not change.__name__.startswith("host")]


@pytest.mark.parametrize("change", [*HEADERS_OF_ROA, header(b"accept", b"text/plain")])
def test_no_header_that_roa_covers_can_be_changed(root: Root, change: Change) -> None:
    not_answered(root, change(written(root.wire, "ROA")))


@pytest.mark.parametrize(
    "name", [b"x-acs-version", b"x-acs-anything", b"x-acs-source-ip", b"host", b"content-type", b"x-acs-date"]
)
def test_what_acs3_must_cover_cannot_be_left_out_of_its_list(root: Root, name: bytes) -> None:
    """The list of signed headers is the client's; a signature that is right for a shorter one is refused."""
    request = written(root.wire, "ACS3")
    bare = request.having({name: None, b"authorization": None})
    if name == b"x-acs-date":
        signed = root.wire.resigned(bare).having({name: None})
    else:
        signed = root.wire.resigned(bare).having({name: request.headers.get(name, b"1")})
    refused(root.wire.send(signed), 400, "IncompleteSignature")


@pytest.mark.parametrize("late_s", [-WINDOW_S - 5, WINDOW_S + 5, -86_400, 86_400])
@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
def test_a_path_s_clock_may_be_a_quarter_of_an_hour_off(root: Root, scheme: Scheme, late_s: int) -> None:
    request = root.wire.signed("GET", "/api/v1/models", scheme=scheme, at=time.time() - late_s)
    refused(root.wire.send(request), 400, "InvalidTimeStamp.Expired")


@pytest.mark.parametrize("late_s", [-WINDOW_S - 5, WINDOW_S + 5])
@pytest.mark.parametrize("scheme", ["ACS3", "RPC-1.0"])
def test_a_call_s_clock_may_be_a_quarter_of_an_hour_off(root: Root, scheme: RpcScheme, late_s: int) -> None:
    request = root.wire.rpc("Ram:ListUsers", scheme=scheme, at=time.time() - late_s)
    refused(root.wire.send(request), 400, "InvalidTimeStamp.Expired")


@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
def test_an_old_request_cannot_be_given_a_new_date(root: Root, scheme: Scheme) -> None:
    old = root.wire.signed("GET", "/api/v1/models", scheme=scheme, at=time.time() - 3600)
    fresh = root.wire.signed("GET", "/api/v1/models", scheme=scheme)
    dates = {name: fresh.headers[name] for name in (b"date", b"x-acs-date") if name in fresh.headers}
    refused(root.wire.send(old.having(dates)), 400, "SignatureDoesNotMatch")


def test_a_date_that_acs3_does_not_cover_makes_no_request_younger(root: Root) -> None:
    old = root.wire.signed("GET", "/api/v1/models", at=time.time() - 3600)
    fresh = root.wire.signed("GET", "/api/v1/models", scheme="ROA")
    refused(root.wire.send(old.having({b"date": fresh.headers[b"date"]})), 400, "InvalidTimeStamp.Expired")


def called(wire: Wire, scheme: RpcScheme) -> WireRequest:
    """A call that would make a user, with its name in a form and a word in the query."""
    parameters = {"Kept": "1", "Word": "honest"}
    form = {"UserName": f"honest-{uuid4().hex[:16]}"}
    return wire.rpc("Ram:CreateUser", parameters, form=form, scheme=scheme)


CHANGES_OF_CALLS = [
    *(another_body, no_body, *CHANGES_OF_QUERY),
    header(b"content-type", b"text/plain"),
    header(b"content-type", None),
    header(b"x-acs-action", b"DeleteUser"),
    header(b"x-acs-version", b"2015-04-01"),
]


@pytest.mark.parametrize("scheme", ["ACS3", "RPC-1.0"])
def test_an_unchanged_call_is_answered(root: Root, scheme: RpcScheme) -> None:
    succeeded(root.wire.send(called(root.wire, scheme)))


@pytest.mark.parametrize("change", CHANGES_OF_CALLS)
@pytest.mark.parametrize("scheme", ["ACS3", "RPC-1.0"])
def test_a_call_that_was_changed_does_nothing(root: Root, scheme: RpcScheme, change: Change) -> None:
    before = len(root.done("Ram:ListUsers", MaxItems="1000")["Users"]["User"])
    request = change(called(root.wire, scheme))
    answer = root.wire.send(request)
    assert 400 <= answer.status < 500, answer.body
    assert len(root.done("Ram:ListUsers", MaxItems="1000")["Users"]["User"]) == before


def test_a_form_cannot_be_added_to_a_call_without_one(root: Root) -> None:
    """Under ACS3 the empty body is hashed, under RPC 1.0 every parameter is covered, of the form too."""
    schemes: tuple[RpcScheme, ...] = ("ACS3", "RPC-1.0")
    for scheme in schemes:
        request = root.wire.rpc("Ram:ListUsers", scheme=scheme)
        forged = replace(request.having({b"content-type": FORM}), body=b"UserName=mallory")
        not_answered(root, forged)
