"""A request in RPC style, to path `/`: its parameters, what it calls, and what it says about its own signature.

Under RPC 1.0, where the signature is a parameter, no header is signed, so none decides anything. Under ACS3 every
x-acs-* header is.

Source: recorded requests of the official SDKs, of Terraform and of the `aliyun` command line.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from modelry import errors
from modelry.access.canonical import Pair, decode_query
from modelry.access.claim import Claim, from_iso_8601, malformed, parse_claim, shown
from modelry.errors import ApiError

PATHS: Final = frozenset({b"/", b""})
"""The paths that all RPC requests go to."""

MAX_FORM_BYTES: Final = 256 * 2**10
"""A form is decoded before its signature can be checked; the largest documented parameter has 6 KiB. Decided here."""


class RpcCall(NamedTuple):
    """A request in RPC style, as received."""

    action: str
    """The operation's name; empty when there is none."""

    version: str
    """The version of the API; empty when there is none."""

    parameters: Mapping[bytes, bytes]
    """Of the query and of the form, decoded."""

    @property
    def pairs(self) -> list[Pair]:
        """The parameters as names and values."""
        return list(self.parameters.items())

    @property
    def is_rpc_1(self) -> bool:
        """Whether it says that it is signed under RPC 1.0."""
        return b"Signature" in self.parameters


def read_call(query: Sequence[Pair], headers: Mapping[bytes, bytes], body: bytes) -> RpcCall:
    """What a request to path `/` calls.

    A body that is no form is ignored, as it is where an operation has no body fields.

    Raises:
        ApiError: INVALID_PARAMETER: a parameter is given twice, a header contradicts one, the form is too long, or
            an answer is wanted in another format than JSON.
    """
    parameters = _united(query, _form(headers, body))
    wanted = parameters.get(b"Format", b"")
    if wanted.upper() not in {b"", b"JSON"}:
        raise ApiError(errors.INVALID_PARAMETER, name="Format", reason=f"answers are JSON, not {shown(wanted)}")
    action = _named(parameters, headers, b"Action", b"x-acs-action")
    version = _named(parameters, headers, b"Version", b"x-acs-version")
    return RpcCall(action, version, parameters)


def claim_of(call: RpcCall, headers: Mapping[bytes, bytes]) -> Claim:
    """What a request in RPC style says about its signature, under RPC 1.0 or ACS3.

    Raises:
        ApiError: MISSING_AUTHORIZATION, MISSING_PARAMETER, UNSUPPORTED_SIGNATURE (also for ROA, which would leave a
            form open), TIMESTAMP_FORMAT, MALFORMED_AUTHORIZATION, or MISSING_NONCE under ACS3.
    """
    signature_type = call.parameters.get(b"SignatureType", b"")
    if signature_type:
        raise ApiError(errors.UNSUPPORTED_SIGNATURE, method=shown(signature_type))
    if call.is_rpc_1:
        return _rpc_claim(call.parameters)
    if not headers.keys() & {b"authorization", b"x-acs-bearer-token", b"x-acs-zero-trust-idtoken"}:
        reason = "it has neither a parameter Signature nor a header Authorization"
        raise ApiError(errors.MISSING_AUTHORIZATION, reason=reason)
    claim = parse_claim(headers)
    if claim.signed_headers is None:
        raise ApiError(errors.UNSUPPORTED_SIGNATURE, method="acs, for this path,")
    return claim


def _form(headers: Mapping[bytes, bytes], body: bytes) -> list[Pair]:
    content_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if not body or content_type != b"application/x-www-form-urlencoded":
        return []
    if len(body) > MAX_FORM_BYTES:
        reason = f"a form may have {MAX_FORM_BYTES} bytes"
        raise ApiError(errors.INVALID_PARAMETER, name="The request body", reason=reason)
    return decode_query(body)


def _united(query: Sequence[Pair], form: Sequence[Pair]) -> dict[bytes, bytes]:
    parameters: dict[bytes, bytes] = {}
    for name, value in (*query, *form):
        if name in parameters:
            raise ApiError(errors.INVALID_PARAMETER, name=shown(name), reason="is given twice")
        parameters[name] = value
    return parameters


def _named(parameters: Mapping[bytes, bytes], headers: Mapping[bytes, bytes], name: bytes, header: bytes) -> str:
    parameter, in_header = parameters.get(name), headers.get(header)
    if parameter is not None and in_header is not None and parameter != in_header.strip():
        reason = f"differs from the header {header.decode()}"
        raise ApiError(errors.INVALID_PARAMETER, name=name.decode(), reason=reason)
    if parameter is None and in_header is not None and b"Signature" not in parameters:
        parameter = in_header.strip()
    return shown(parameter or b"")


def _rpc_claim(parameters: Mapping[bytes, bytes]) -> Claim:
    method = _required(parameters, b"SignatureMethod")
    if method != b"HMAC-SHA1":
        raise ApiError(errors.UNSUPPORTED_SIGNATURE, method=shown(method))
    version = _required(parameters, b"SignatureVersion")
    if version != b"1.0":
        raise ApiError(errors.UNSUPPORTED_SIGNATURE, method=f"HMAC-SHA1 of SignatureVersion {shown(version)}")
    timestamp = _required(parameters, b"Timestamp")
    try:
        time = from_iso_8601(timestamp)
    except ValueError:
        raise ApiError(errors.TIMESTAMP_FORMAT, name="parameter Timestamp", value=shown(timestamp)) from None
    return Claim(
        key_id=_formed(parameters, b"AccessKeyId"),
        scheme="RPC-HMAC-SHA1",
        signature=_formed(parameters, b"Signature").encode(),
        signed_headers=None,
        nonce=_formed(parameters, b"SignatureNonce"),
        time=time,
        security_token=_formed(parameters, b"SecurityToken") if parameters.get(b"SecurityToken") else None,
    )


def _required(parameters: Mapping[bytes, bytes], name: bytes) -> bytes:
    value = parameters.get(name)
    if not value:
        raise ApiError(errors.MISSING_PARAMETER, name=name.decode())
    return value


def _formed(parameters: Mapping[bytes, bytes], name: bytes) -> str:
    """A parameter about the signature; its value is not shown when it is wrong, as it may be a secret."""
    value = _required(parameters, name)
    pattern, form = _FORMS[name]
    if not pattern.fullmatch(value):
        raise malformed(f"the parameter {name.decode()} must be {form}")
    return value.decode()


_FORMS: Final = {
    b"AccessKeyId": (re.compile(rb"[\w.-]{1,128}"), "letters, digits, `.`, `_` and `-`, at most 128"),
    b"Signature": (re.compile(rb"[A-Za-z0-9+/]{27}="), "base64 of 20 bytes"),
    b"SignatureNonce": (re.compile(rb"[ -~]{1,128}"), "ASCII of at most 128 bytes"),
    b"SecurityToken": (re.compile(rb"[ -~]{1,8192}"), "ASCII of at most 8192 bytes"),
}
