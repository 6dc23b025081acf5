"""Requests in RPC style step by step: A as Alibaba Cloud published it, the others as the signers of SDKs made them."""

import json
from typing import Any

import pytest

from modelry.access.canonical import canonical_query, canonical_request, rpc_query, rpc_string_to_sign, string_to_sign
from modelry.access.rpc import read_call
from modelry.access.signature import SignedRequest, SigningKey, parse_claim, sign_rpc
from tests.access.rpc_requests import check_rpc
from tests.access.signed_requests import NONCE, NOW, VECTOR_SECRET, WIRE, received

VECTORS: list[dict[str, Any]] = json.loads((WIRE / "rpc_vectors.json").read_text("utf-8"))
*RPC_1, ACS3 = VECTORS
EVERY_RPC_1_VECTOR = pytest.mark.parametrize("vector", RPC_1, ids=lambda vector: vector["label"])


def request_of(vector: dict[str, Any]) -> SignedRequest:
    return received(vector["method"], f"/?{vector['query']}", vector["headers"].items(), vector["body"])


def parameters_of(vector: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    request = request_of(vector)
    return read_call(request.query, request.headers, request.body).pairs


@EVERY_RPC_1_VECTOR
def test_canonical_query_is_the_vectors(vector: dict[str, Any]) -> None:
    assert rpc_query(parameters_of(vector)).decode() == vector["canonical_query"]


@EVERY_RPC_1_VECTOR
def test_string_to_sign_is_the_vectors(vector: dict[str, Any]) -> None:
    assert rpc_string_to_sign(vector["method"], parameters_of(vector)).decode() == vector["string_to_sign"]


@EVERY_RPC_1_VECTOR
def test_signature_of_the_string_is_the_vectors(vector: dict[str, Any]) -> None:
    made = SigningKey(vector["secret"]).signature("RPC-HMAC-SHA1", vector["string_to_sign"].encode())
    assert made.decode() == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["label"])
def test_request_of_the_vector_verifies(vector: dict[str, Any]) -> None:
    claim = check_rpc(request_of(vector), SigningKey(vector["secret"]))
    assert claim.signature.decode() == vector["signature"]


def test_acs3_signs_the_query_and_the_path_of_one_slash() -> None:
    method, raw_path, query, headers, _ = request_of(ACS3)
    claim = parse_claim(headers)
    assert claim.signed_headers is not None
    assert canonical_query(query).decode() == ACS3["canonical_query"]
    text = canonical_request(method, raw_path, query, headers, claim.signed_headers, headers[b"x-acs-content-sha256"])
    assert text.decode() == ACS3["canonical_request"]
    assert string_to_sign(claim.scheme, text).decode() == ACS3["string_to_sign"]


def test_what_is_signed_here_has_the_signature_of_the_vector() -> None:
    vector = RPC_1[1]
    plain = [
        (b"Action", b"CreateGroup"),
        (b"Format", b"json"),
        (b"Version", b"2015-05-01"),
        (b"GroupName", b"lab-group"),
        (b"Comments", "a b*~+/é".encode()),
    ]
    added = sign_rpc("POST", plain, "LTAI5tLabExampleKey01", SigningKey(VECTOR_SECRET), time=NOW, nonce=NONCE)
    assert sorted(plain + added) == sorted(parameters_of(vector))
