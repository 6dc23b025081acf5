"""Requests in RPC style that real clients sent: each verifies, and none does after a change."""

from collections.abc import Callable

import pytest

from modelry.access.signature import SignedRequest, SigningKey
from modelry.errors import ApiError
from tests.access.rpc_requests import (
    check_rpc,
    recorded_by_python_sdk_acs3,
    recorded_by_python_sdk_rpc_1,
    recorded_by_terraform,
)
from tests.access.signed_requests import RECORDED_SECRET, Recorded, with_headers, without_header

TERRAFORM = recorded_by_terraform()
RPC_1 = TERRAFORM + recorded_by_python_sdk_rpc_1()
ACS3 = recorded_by_python_sdk_acs3()
FORM = b"application/x-www-form-urlencoded"

Change = Callable[[SignedRequest], SignedRequest]


def another_method(request: SignedRequest) -> SignedRequest:
    return request._replace(method="GET")


def another_value(request: SignedRequest) -> SignedRequest:
    *others, (name, value) = request.query
    return request._replace(query=[*others, (name, value + b"x")])


def one_parameter_less(request: SignedRequest) -> SignedRequest:
    return request._replace(query=request.query[1:])


def one_parameter_more(request: SignedRequest) -> SignedRequest:
    return request._replace(query=[*request.query, (b"UserName", b"mallory")])


def one_empty_parameter_more(request: SignedRequest) -> SignedRequest:
    return request._replace(query=[*request.query, (b"NewComments", b"")])


def another_nonce(request: SignedRequest) -> SignedRequest:
    query = [(name, b"0" if name == b"SignatureNonce" else value) for name, value in request.query]
    return with_headers(request._replace(query=query), {b"x-acs-signature-nonce": b"0"})


def another_date(request: SignedRequest) -> SignedRequest:
    date = b"2026-11-22T06:00:00Z"
    query = [(name, date if name == b"Timestamp" else value) for name, value in request.query]
    return with_headers(request._replace(query=query), {b"x-acs-date": date})


def another_action(request: SignedRequest) -> SignedRequest:
    query = [(name, b"AnotherAction" if name == b"Action" else value) for name, value in request.query]
    return with_headers(request._replace(query=query), {b"x-acs-action": b"AnotherAction"})


def another_version(request: SignedRequest) -> SignedRequest:
    query = [(name, b"2019-08-15" if name == b"Version" else value) for name, value in request.query]
    return with_headers(request._replace(query=query), {b"x-acs-version": b"2019-08-15"})


def a_form_that_was_not_signed(request: SignedRequest) -> SignedRequest:
    return with_headers(request._replace(body=request.body + b"&UserName=mallory"), {b"content-type": FORM})


def a_form_of_another_type(request: SignedRequest) -> SignedRequest:
    return with_headers(request, {b"content-type": b"text/plain"})


def another_action_in_the_header_alone(request: SignedRequest) -> SignedRequest:
    return with_headers(request, {b"x-acs-action": b"AnotherAction"})


def another_version_in_the_header_alone(request: SignedRequest) -> SignedRequest:
    return with_headers(request, {b"x-acs-version": b"2019-08-15"})


def another_host(request: SignedRequest) -> SignedRequest:
    return with_headers(request, {b"host": b"elsewhere"})


def accepted(requests: list[Recorded], change: Change) -> list[str]:
    """The requests that still verify after a change."""
    labels = []
    for label, request in requests:
        try:
            check_rpc(change(request))
        except ApiError:
            continue
        labels.append(label)
    return labels


def unchanged(request: SignedRequest) -> SignedRequest:
    return request


def test_every_recorded_request_under_rpc_1_verifies() -> None:
    assert len(TERRAFORM) == 205
    assert accepted(RPC_1, unchanged) == [label for label, _ in RPC_1]


def test_every_recorded_request_under_acs3_verifies() -> None:
    assert accepted(ACS3, unchanged) == [label for label, _ in ACS3]


@pytest.mark.parametrize(
    "change",
    [
        another_method,
        another_value,
        one_parameter_less,
        one_parameter_more,
        one_empty_parameter_more,
        another_nonce,
        another_date,
        another_action,
        another_version,
        a_form_that_was_not_signed,
        another_action_in_the_header_alone,
        another_version_in_the_header_alone,
    ],
)
def test_no_changed_rpc_1_request_verifies(change: Change) -> None:
    assert accepted(RPC_1, change) == []


def test_no_form_under_rpc_1_can_be_made_to_count_for_nothing() -> None:
    forms = [recorded for recorded in RPC_1 if recorded.request.body]
    assert len(forms) == 112
    assert accepted(forms, a_form_of_another_type) == []


@pytest.mark.parametrize(
    "change",
    [
        another_method,
        another_value,
        one_parameter_less,
        one_parameter_more,
        another_nonce,
        another_date,
        another_action,
        another_version,
        another_host,
        a_form_that_was_not_signed,
    ],
)
def test_no_changed_acs3_request_verifies(change: Change) -> None:
    assert accepted(ACS3, change) == []


@pytest.mark.parametrize("header", [b"x-acs-action", b"x-acs-version", b"x-acs-security-token", b"host"])
def test_no_signed_header_can_be_taken_away(header: bytes) -> None:
    requests = [recorded for recorded in ACS3 if header in recorded.request.headers]
    assert requests
    assert accepted(requests, lambda request: without_header(request, header)) == []


def test_no_recorded_request_verifies_with_another_key() -> None:
    other = SigningKey(RECORDED_SECRET + "x")
    for _, request in RPC_1 + ACS3:
        with pytest.raises(ApiError):
            check_rpc(request, other)


def test_headers_decide_nothing_under_rpc_1() -> None:
    """Terraform's clients send different ones, and the credentials libraries none."""
    assert len(accepted(RPC_1, lambda request: request._replace(headers=form_alone(request)))) == len(RPC_1)


def form_alone(request: SignedRequest) -> dict[bytes, bytes]:
    return {b"content-type": FORM} if request.body else {}
