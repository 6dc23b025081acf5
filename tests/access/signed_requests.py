"""Requests to verify: recorded ones from tests/wire, and one to change at will."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from modelry.access.canonical import decode_query, join_headers
from modelry.access.signature import SignedRequest, SigningKey, parse_claim, sign_acs3, sign_roa, verify

WIRE = Path(__file__).parent.parent / "wire"

RECORDED_SECRET = "lab-secret"
"""Belongs to the key LTAI-lab-id of the recorded requests."""

VECTOR_SECRET = "LabExampleSecret0123456789abcd"
"""Belongs to the key LTAI5tLabExampleKey01 of the vectors."""

KEY_ID = "LTAI5tTestKey"
SECRET = "TestSecret"
KEY = SigningKey(SECRET)
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
NONCE = "00112233445566778899aabbccddeeff"


class Recorded(NamedTuple):
    """A request that a real client sent."""

    label: str
    request: SignedRequest


def received(method: str, target: str, headers: Iterable[tuple[str, str]], body: str | bytes | None) -> SignedRequest:
    """What the server sees of a request line, headers and body."""
    raw_path, _, raw_query = target.encode("latin-1").partition(b"?")
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    content = body.encode() if isinstance(body, str) else body or b""
    return SignedRequest(method, raw_path, decode_query(raw_query), join_headers(pairs), content)


def recorded_by_python_sdk() -> list[Recorded]:
    """All 127 operations, each with every field set and with none."""
    operations: list[dict[str, Any]] = json.loads((WIRE / "sdk_requests.json").read_text())
    return [
        Recorded(f"{operation['op']}, {kind}", received(sent["method"], sent["target"], sent["headers"], sent["body"]))
        for operation in operations
        for kind in ("full", "empty")
        for sent in operation[kind]
    ]


def recorded_by_terraform() -> list[Recorded]:
    """What the official provider sent for workspaces and members, signed by its Go client."""
    requests: list[dict[str, Any]] = json.loads((WIRE / "terraform_roa_requests.json").read_text())
    return [
        Recorded(
            f"{sent['method']} {sent['target']}",
            received(sent["method"], sent["target"], sent["headers"], sent["body"]),
        )
        for sent in requests
    ]


def unsigned(
    method: str = "GET",
    raw_path: bytes = b"/api/v1/models/model-1",
    query: bytes = b"",
    headers: Mapping[bytes, bytes] | None = None,
    body: bytes = b"",
) -> SignedRequest:
    """A request as a client has it before signing."""
    present = {b"host": b"localhost:8080", b"accept": b"application/json", b"x-acs-version": b"2021-02-04"}
    if body:
        present[b"content-type"] = b"application/json; charset=utf-8"
    return SignedRequest(method, raw_path, decode_query(query), present | dict(headers or {}), body)


def signed_acs3(request: SignedRequest) -> SignedRequest:
    """The request with an ACS3-HMAC-SHA256 signature."""
    return with_headers(request, sign_acs3(request, KEY_ID, KEY, time=NOW, nonce=NONCE))


def signed_roa(request: SignedRequest, nonce: str | None = NONCE) -> SignedRequest:
    """The request with a ROA HMAC-SHA1 signature."""
    return with_headers(request, sign_roa(request, KEY_ID, KEY, time=NOW, nonce=nonce))


def with_headers(request: SignedRequest, headers: Mapping[bytes, bytes]) -> SignedRequest:
    """The request with these headers added or replaced."""
    return request._replace(headers={**request.headers, **headers})


def without_header(request: SignedRequest, name: bytes) -> SignedRequest:
    """The request without one header."""
    return request._replace(headers={n: v for n, v in request.headers.items() if n != name})


def check(request: SignedRequest, key: SigningKey = KEY) -> None:
    """Verify a request as the server does, but for the clock."""
    verify(parse_claim(request.headers), request, key)
