"""Signatures made by the official SDK, step by step."""

import json
from typing import Any

import pytest

from modelry import errors
from modelry.access.canonical import (
    HASHES,
    body_hash,
    canonical_request,
    header_list,
    roa_string_to_sign,
    string_to_sign,
)
from modelry.access.signature import SignedRequest, SigningKey, parse_claim, sign_acs3, verify
from modelry.errors import ApiError
from tests.access.signed_requests import VECTOR_SECRET, WIRE, received

VECTORS: list[dict[str, Any]] = json.loads((WIRE / "vectors.json").read_text())
KEY = SigningKey(VECTOR_SECRET)


def vectors(prefix: str) -> list[Any]:
    """The vectors of a scheme, as parameters."""
    without_sm3 = pytest.mark.skipif("ACS3-HMAC-SM3" not in HASHES, reason="OpenSSL without SM3")
    return [
        pytest.param(vector, id=vector["label"], marks=[without_sm3] if "SM3" in vector["label"] else [])
        for vector in VECTORS
        if vector["label"].startswith(prefix)
    ]


def request_of(vector: dict[str, Any]) -> SignedRequest:
    target = vector["url"].removeprefix("http://127.0.0.1:8080")
    return received(vector["method"], target, vector["headers"].items(), vector["body"])


@pytest.mark.parametrize("vector", vectors("ACS3-"))
def test_canonical_request_is_the_vectors(vector: dict[str, Any]) -> None:
    method, raw_path, query, headers, body = request_of(vector)
    claim = parse_claim(headers)
    assert claim.signed_headers is not None
    hashed_body = body_hash(claim.scheme, body)
    text = canonical_request(method, raw_path, query, headers, claim.signed_headers, hashed_body)
    assert text.decode() == vector["canonical_request"]


@pytest.mark.parametrize("vector", vectors("ACS3-"))
def test_string_to_sign_is_the_vectors(vector: dict[str, Any]) -> None:
    claim = parse_claim(request_of(vector).headers)
    assert string_to_sign(claim.scheme, vector["canonical_request"].encode()).decode() == vector["string_to_sign"]


@pytest.mark.parametrize("vector", vectors("ROA"))
def test_roa_string_to_sign_is_the_vectors(vector: dict[str, Any]) -> None:
    method, raw_path, query, headers, _ = request_of(vector)
    text = roa_string_to_sign(method, raw_path, query, headers, headers.get(b"content-type", b""))
    assert text.decode() == vector["roa_string_to_sign"]


@pytest.mark.parametrize("vector", vectors("ACS3-"))
def test_acs3_signature_is_the_vectors(vector: dict[str, Any]) -> None:
    claim = parse_claim(request_of(vector).headers)
    assert KEY.signature(claim.scheme, vector["string_to_sign"].encode()) == claim.signature


@pytest.mark.parametrize("vector", vectors("ROA"))
def test_roa_signature_is_the_vectors(vector: dict[str, Any]) -> None:
    claim = parse_claim(request_of(vector).headers)
    assert KEY.signature(claim.scheme, vector["roa_string_to_sign"].encode()) == claim.signature


@pytest.mark.parametrize("vector", vectors("ACS3-"))
def test_acs3_vector_verifies(vector: dict[str, Any]) -> None:
    request = request_of(vector)
    verify(parse_claim(request.headers), request, KEY)


@pytest.mark.parametrize("vector", vectors("ROA"))
def test_roa_vector_verifies(vector: dict[str, Any]) -> None:
    request = request_of(vector)
    verify(parse_claim(request.headers), request, KEY)


@pytest.mark.parametrize("vector", vectors("bearer"))
def test_bearer_token_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as refusal:
        parse_claim(request_of(vector).headers)
    assert refusal.value.error is errors.UNSUPPORTED_SIGNATURE


def test_rpc_operation_under_acs3_signs_the_root_path() -> None:
    """The published style of RAM calls: POST / with the parameters in the query and the action in a header."""
    headers = {
        b"host": b"127.0.0.1:8080",
        b"accept": b"application/json",
        b"user-agent": b"lab/1.0",
        b"x-acs-action": b"CreateUser",
        b"x-acs-content-sha256": body_hash("ACS3-HMAC-SHA256", b""),
        b"x-acs-credentials-provider": b"static_ak",
        b"x-acs-date": b"2026-01-02T03:04:05Z",
        b"x-acs-signature-nonce": b"00112233445566778899aabbccddeeff",
        b"x-acs-version": b"2015-05-01",
    }
    query = received("POST", "/?DisplayName=Alice+A+%E7%94%B2&UserName=alice", [], None).query
    signed_headers = header_list(tuple(sorted(headers)))
    text = canonical_request("POST", b"/", query, headers, signed_headers, headers[b"x-acs-content-sha256"])
    to_sign = string_to_sign("ACS3-HMAC-SHA256", text)
    assert to_sign == b"ACS3-HMAC-SHA256\na44fbb37c12db23c0b4fcc7aae75510904f954878f3bf299c21cc199f8720395"
    signature = KEY.signature("ACS3-HMAC-SHA256", to_sign)
    assert signature == b"995175dbe7c61a2b440a89b66d0ddd8f487fbc5d5abdcaa6518af426f6fd24c6"


@pytest.mark.skipif("ACS3-HMAC-SM3" not in HASHES, reason="OpenSSL without SM3")
def test_own_signer_speaks_sm3() -> None:
    request = request_of(next(v for v in VECTORS if "SM3" in v["label"]))
    added = sign_acs3(request, "key", KEY, time=1_767_323_045, nonce="n", scheme="ACS3-HMAC-SM3")
    signed = request._replace(headers={**request.headers, **added})
    verify(parse_claim(signed.headers), signed, KEY)
