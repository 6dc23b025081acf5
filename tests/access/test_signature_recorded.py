"""Requests that real clients sent: each verifies, and none does after a change."""

from collections.abc import Callable

import pytest

from modelry.access.signature import SignedRequest, SigningKey
from modelry.errors import ApiError
from tests.access.signed_requests import (
    RECORDED_SECRET,
    Recorded,
    check,
    recorded_by_python_sdk,
    recorded_by_terraform,
    with_headers,
)

KEY = SigningKey(RECORDED_SECRET)
PYTHON_SDK = recorded_by_python_sdk()
TERRAFORM = recorded_by_terraform()

Change = Callable[[SignedRequest], SignedRequest | None]
"""A change to a request; `None` where there is nothing to change."""


def another_method(request: SignedRequest) -> SignedRequest:
    return request._replace(method="PATCH")


def another_path(request: SignedRequest) -> SignedRequest:
    return request._replace(raw_path=request.raw_path + b"x")


def another_query_value(request: SignedRequest) -> SignedRequest | None:
    if not request.query:
        return None
    *others, (name, value) = request.query
    return request._replace(query=[*others, (name, value + b"x")])


def one_query_value_less(request: SignedRequest) -> SignedRequest | None:
    return request._replace(query=request.query[1:]) if request.query else None


def another_body(request: SignedRequest) -> SignedRequest:
    return request._replace(body=request.body + b" ")


def another_nonce(request: SignedRequest) -> SignedRequest:
    return with_headers(request, {b"x-acs-signature-nonce": b"another"})


def another_action(request: SignedRequest) -> SignedRequest:
    return with_headers(request, {b"x-acs-action": b"another"})


def one_more_acs_header(request: SignedRequest) -> SignedRequest:
    return with_headers(request, {b"x-acs-source-ip": b"10.0.0.1"})


def another_host(request: SignedRequest) -> SignedRequest:
    return with_headers(request, {b"host": b"elsewhere"})


def another_date(request: SignedRequest) -> SignedRequest:
    return with_headers(request, {b"date": b"Sun, 22 Nov 2026 05:26:44 GMT"})


def accepted(requests: list[Recorded]) -> list[str]:
    labels = []
    for label, request in requests:
        try:
            check(request, KEY)
        except ApiError:
            continue
        labels.append(label)
    return labels


def changed(requests: list[Recorded], change: Change) -> list[Recorded]:
    results = [(label, change(request)) for label, request in requests]
    return [Recorded(label, request) for label, request in results if request is not None]


def test_every_recorded_request_of_the_python_sdk_verifies() -> None:
    assert len(PYTHON_SDK) == 254
    assert accepted(PYTHON_SDK) == [label for label, _ in PYTHON_SDK]


def test_every_recorded_request_of_terraform_verifies() -> None:
    assert len(TERRAFORM) == 17
    assert accepted(TERRAFORM) == [label for label, _ in TERRAFORM]


@pytest.mark.parametrize(
    "change",
    [
        another_method,
        another_path,
        another_query_value,
        one_query_value_less,
        another_body,
        another_nonce,
        another_action,
        one_more_acs_header,
        another_host,
    ],
)
def test_no_changed_acs3_request_verifies(change: Change) -> None:
    requests = changed(PYTHON_SDK, change)
    assert requests
    assert accepted(requests) == []


@pytest.mark.parametrize(
    "change",
    [
        another_method,
        another_path,
        another_query_value,
        one_query_value_less,
        another_nonce,
        another_action,
        another_date,
    ],
)
def test_no_changed_roa_request_verifies(change: Change) -> None:
    requests = changed(TERRAFORM, change)
    assert requests
    assert accepted(requests) == []


def test_no_recorded_request_verifies_with_another_key() -> None:
    other = SigningKey(RECORDED_SECRET + "x")
    for _, request in PYTHON_SDK + TERRAFORM:
        with pytest.raises(ApiError):
            check(request, other)
