"""Whether the request that arrived is the one that was signed, under ACS3 (SHA-256 or SM3), ROA HMAC-SHA1 or RPC 1.0.

Four steps, in the order of a request: `parse_claim` reads what the Authorization header says (`rpc.claim_of` what the
parameters say), `check_window` compares its time with the clock, the caller finds the key, and `verify` computes the
signature anew. Nothing here does I/O, keeps a secret readable, or remembers a request. `sign_acs3`, `sign_roa` and
`sign_rpc` make what `verify` accepts.

Source: the signature pages of Alibaba Cloud, and clients observed on the wire (docs/signatures.md).
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final, Literal, NamedTuple

from modelry import errors
from modelry.access import canonical
from modelry.access.canonical import HASHES, HashState, HeaderList, Pair, Scheme, header_list
from modelry.access.claim import Claim, check_window, iso_8601, malformed, parse_claim, rfc_1123, shown
from modelry.errors import ApiError

__all__ = [
    "Claim",
    "Scheme",
    "SignedRequest",
    "SigningKey",
    "check_window",
    "parse_claim",
    "sign_acs3",
    "sign_roa",
    "sign_rpc",
    "verify",
]


class SignedRequest(NamedTuple):
    """The parts of a request that a signature covers, as received."""

    method: str
    """As on the request line; methods are case-sensitive."""

    raw_path: bytes
    """Percent-encoded, as on the request line, without the query."""

    query: Sequence[Pair]
    """Decoded names and values in wire order, from `canonical.decode_query`; for RPC 1.0 those of the form too."""

    headers: Mapping[bytes, bytes]
    """By lower-case name, from `canonical.join_headers`."""

    body: bytes
    """After transfer decoding."""


class SigningKey:
    """An access key secret, made ready for signing: it can sign, and the secret cannot be read back from it."""

    __slots__ = ("_states",)

    def __init__(self, secret: str) -> None:
        # HMAC hashes the padded key before each text; keeping those two states halves the cost of a short text.
        self._states: dict[Scheme, tuple[HashState, HashState]] = {}
        for scheme, new in HASHES.items():
            key, block_size = secret.encode() + _AFTER_SECRET.get(scheme, b""), new(b"").block_size
            block = (key if len(key) <= block_size else new(key).digest()).ljust(block_size, b"\0")
            self._states[scheme] = new(block.translate(_INNER_PAD)), new(block.translate(_OUTER_PAD))

    def __repr__(self) -> str:
        """A fixed text: it says nothing about the secret."""
        return "SigningKey(...)"

    def signature(self, scheme: Scheme, text: bytes) -> bytes:
        """The signature of a string to sign, as the request shows it: hex (ACS3) or base64 (ROA and RPC 1.0)."""
        inner, outer = self._states[scheme]
        inner = inner.copy()
        inner.update(text)
        outer = outer.copy()
        outer.update(inner.digest())
        if scheme in {"HMAC-SHA1", "RPC-HMAC-SHA1"}:
            return base64.b64encode(outer.digest())
        return outer.hexdigest().encode()


# Verifying.


def verify(claim: Claim, request: SignedRequest, key: SigningKey) -> None:
    """Return when `key` signed this request in the way that `claim` says.

    Raises:
        ApiError: MALFORMED_AUTHORIZATION when the signature leaves out what it must cover, BODY_HASH_MISMATCH, or
            SIGNATURE_MISMATCH, whose message ends with the server's string to sign.
    """
    if claim.signed_headers is not None:
        _verify_acs3(claim, request, key, claim.signed_headers)
    elif claim.scheme == "RPC-HMAC-SHA1":
        _verify_rpc(claim, request, key)
    else:
        _verify_roa(claim, request, key)


def _verify_acs3(claim: Claim, request: SignedRequest, key: SigningKey, signed: HeaderList) -> None:
    method, raw_path, query, headers, body = request
    _check_signed_headers(signed, headers, has_body=bool(body))
    hashed_body = canonical.body_hash(claim.scheme, body)
    if headers[b"x-acs-content-sha256"].strip() != hashed_body:
        raise ApiError(errors.BODY_HASH_MISMATCH, header="x-acs-content-sha256")
    text = canonical.canonical_request(method, raw_path, query, headers, signed, hashed_body)
    if text.count(b"\n") != signed.template.count(b"\n"):
        raise malformed(_LINE_FEED)
    to_sign = canonical.string_to_sign(claim.scheme, text)
    if _matches(claim, key, to_sign):
        return
    other_path = canonical.reencoded_path(raw_path)
    if other_path != raw_path:
        text = canonical.canonical_request(method, other_path, query, headers, signed, hashed_body)
        if _matches(claim, key, canonical.string_to_sign(claim.scheme, text)):
            return
    raise _mismatch(to_sign)


def _verify_roa(claim: Claim, request: SignedRequest, key: SigningKey) -> None:
    method, raw_path, query, headers, body = request
    if b"\n" in b"".join(headers.values()) or b"\n" in raw_path or "\n" in method:
        raise malformed(_LINE_FEED)
    md5 = headers.get(b"content-md5")
    if md5 is not None and md5.strip() != canonical.content_md5(body):
        raise ApiError(errors.BODY_HASH_MISMATCH, header="Content-MD5")
    content_type = headers.get(b"content-type", b"").strip()
    # The asynchronous Python SDK sends a Content-Type with an empty body, after signing without one.
    content_types = (content_type, b"") if content_type and not body else (content_type,)
    # The TypeScript SDKs sign `name=` where the description and the other clients have `name`.
    after_empty = (b"", b"=") if any(not value for _, value in query) else (b"",)
    for path in canonical.roa_paths(raw_path):
        for signed_type, after in product(content_types, after_empty):
            text = canonical.roa_string_to_sign(method, path, query, headers, signed_type, after_empty=after)
            if _matches(claim, key, text):
                return
    # The decoded path is what the `aliyun` command line signs; it compares this text with its own.
    shown_path = canonical.decoded_path(raw_path) or raw_path
    raise _mismatch(canonical.roa_string_to_sign(method, shown_path, query, headers, content_type))


def _verify_rpc(claim: Claim, request: SignedRequest, key: SigningKey) -> None:
    text = canonical.rpc_string_to_sign(request.method, request.query)
    if not _matches(claim, key, text):
        raise _mismatch(text)


def _check_signed_headers(signed: HeaderList, headers: Mapping[bytes, bytes], *, has_body: bool) -> None:
    unsigned = headers.keys() - signed.as_set
    for name in unsigned:
        if name.startswith(b"x-acs-") or name == b"host" or (name == b"content-type" and has_body):
            raise malformed(f"the header {shown(name)} is not signed")
    if len(headers) - len(unsigned) != len(signed.names):
        absent = min(name for name in signed.names if name not in headers)
        raise malformed(f"the signed header {absent.decode()} did not arrive")
    if b"x-acs-content-sha256" not in headers:
        raise malformed("the header x-acs-content-sha256 is missing")


def _matches(claim: Claim, key: SigningKey, text: bytes) -> bool:
    return hmac.compare_digest(key.signature(claim.scheme, text), claim.signature)


def _mismatch(text: bytes) -> ApiError:
    return ApiError(errors.SIGNATURE_MISMATCH, string_to_sign=text.decode("utf-8", "backslashreplace"))


# Signing, for clients of our own.


def sign_acs3(
    request: SignedRequest,
    key_id: str,
    key: SigningKey,
    *,
    time: int,
    nonce: str,
    security_token: str | None = None,
    scheme: Literal["ACS3-HMAC-SHA256", "ACS3-HMAC-SM3"] = "ACS3-HMAC-SHA256",
) -> dict[bytes, bytes]:
    """The headers to add to a request, Authorization among them; it must have its host and content-type already.

    `time` is in Unix seconds. Signed are host, content-type and every x-acs-* header.
    """
    method, raw_path, query, headers, body = request
    hashed_body = canonical.body_hash(scheme, body)
    added = _token_headers(key_id, security_token) | {
        b"x-acs-content-sha256": hashed_body,
        b"x-acs-date": iso_8601(time).encode(),
        b"x-acs-signature-nonce": nonce.encode(),
    }
    headers = {**headers, **added}
    signed = header_list(
        tuple(sorted(n for n in headers if n in {b"host", b"content-type"} or n.startswith(b"x-acs-")))
    )
    text = canonical.string_to_sign(
        scheme, canonical.canonical_request(method, raw_path, query, headers, signed, hashed_body)
    )
    added[b"authorization"] = b"%b Credential=%b,SignedHeaders=%b,Signature=%b" % (
        scheme.encode(),
        key_id.encode(),
        b";".join(signed.names),
        key.signature(scheme, text),
    )
    return added


def sign_roa(
    request: SignedRequest,
    key_id: str,
    key: SigningKey,
    *,
    time: int,
    nonce: str | None,
    security_token: str | None = None,
) -> dict[bytes, bytes]:
    """The headers to add to a request, Authorization among them; it must have its accept and content-type already.

    `time` is in Unix seconds. Content-MD5 is always among them: without it the signature would not cover the body.
    """
    method, raw_path, query, headers, body = request
    added = _token_headers(key_id, security_token) | {
        b"content-md5": canonical.content_md5(body),
        b"date": rfc_1123(time).encode(),
        b"x-acs-signature-method": b"HMAC-SHA1",
        b"x-acs-signature-version": b"1.0",
    }
    if nonce is not None:
        added[b"x-acs-signature-nonce"] = nonce.encode()
    headers = {**headers, **added}
    content_type = headers.get(b"content-type", b"").strip()
    text = canonical.roa_string_to_sign(method, raw_path, query, headers, content_type)
    added[b"authorization"] = b"acs %b:%b" % (key_id.encode(), key.signature("HMAC-SHA1", text))
    return added


def sign_rpc(
    method: str,
    parameters: Sequence[Pair],
    key_id: str,
    key: SigningKey,
    *,
    time: int,
    nonce: str,
    security_token: str | None = None,
) -> list[Pair]:
    """The parameters to add to those of a request, `Action` and `Version` among these; they go into the query.

    `time` is in Unix seconds.
    """
    added = [
        (b"AccessKeyId", key_id.encode()),
        (b"SignatureMethod", b"HMAC-SHA1"),
        (b"SignatureVersion", b"1.0"),
        (b"SignatureNonce", nonce.encode()),
        (b"Timestamp", iso_8601(time).encode()),
    ]
    if security_token is not None:
        added.append((b"SecurityToken", security_token.encode()))
    text = canonical.rpc_string_to_sign(method, [*parameters, *added])
    return [*added, (b"Signature", key.signature("RPC-HMAC-SHA1", text))]


def _token_headers(key_id: str, security_token: str | None) -> dict[bytes, bytes]:
    if security_token is None:
        return {}
    return {b"x-acs-accesskey-id": key_id.encode(), b"x-acs-security-token": security_token.encode()}


_LINE_FEED: Final = "a header, the path or the method holds a line feed"  # which could move text between lines
_AFTER_SECRET: Final[Mapping[Scheme, bytes]] = {"RPC-HMAC-SHA1": b"&"}
_INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))
