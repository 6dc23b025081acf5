"""What a request says about its own signature: who signed, how, when and with which nonce. Nothing is proved yet."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from modelry import errors
from modelry.access.canonical import HASHES, HeaderList, Scheme, header_list
from modelry.errors import ApiError


class Claim(NamedTuple):
    """What a request says about its signature; nothing in it is proved before `verify`."""

    key_id: str
    """The access key that is said to have signed."""

    scheme: Scheme
    """How it is said to be signed."""

    signature: bytes
    """The received signature as text: lower-case hex (ACS3) or base64 (ROA and RPC 1.0)."""

    signed_headers: HeaderList | None
    """What ACS3 says that it covers; `None` for ROA, whose list is fixed, and for RPC 1.0, which covers none."""

    nonce: str | None
    """Good for one use; `None` only for ROA, where the `aliyun` command line sends none."""

    time: int
    """When the client says that it signed, in Unix seconds: x-acs-date, for ROA Date, for RPC 1.0 Timestamp."""

    security_token: str | None
    """The token of a temporary key."""

    def __repr__(self) -> str:
        """The claim without signature and token, fit for a log."""
        return f"Claim({self.scheme} by {self.key_id} at {iso_8601(self.time)})"


def parse_claim(headers: Mapping[bytes, bytes]) -> Claim:
    """What the headers of a request, joined by `canonical.join_headers`, say about its signature.

    Raises:
        ApiError: MISSING_AUTHORIZATION, MALFORMED_AUTHORIZATION, UNSUPPORTED_SIGNATURE (bearer tokens too),
            TIMESTAMP_FORMAT, or MISSING_NONCE when ACS3 comes without one.
    """
    authorization = headers.get(b"authorization", b"").strip()
    if authorization.startswith(_ACS3_SCHEMES):
        return _acs3_claim(headers, authorization)
    if roa := _ROA.fullmatch(authorization):
        return _roa_claim(headers, *roa.groups())
    raise _unreadable(authorization, headers)


def check_window(claim_time: int, now: float, window_s: int = 900) -> None:
    """Return when the claimed time is at most `window_s` seconds before or after `now`, both in Unix seconds.

    A claim may thus be accepted until `claim_time + window_s`; its nonce must be remembered as long.

    Raises:
        ApiError: TIMESTAMP_EXPIRED, saying how far the time is off and in which direction.
    """
    late_s = now - claim_time
    if -window_s <= late_s <= window_s:
        return
    side = "before" if late_s > 0 else "after"
    reason = f"{abs(late_s):.0f} seconds {side} the server's time {iso_8601(int(now))}, and {window_s} are allowed"
    raise ApiError(errors.TIMESTAMP_EXPIRED, value=iso_8601(claim_time), reason=reason)


def _acs3_claim(headers: Mapping[bytes, bytes], authorization: bytes) -> Claim:
    beginning, _, signature = authorization.rpartition(b"Signature=")
    if not _SHA256_HEX.fullmatch(signature):
        raise _unreadable(authorization, headers)
    try:
        scheme, key_id, signed_headers = _acs3_signer(beginning)
    except ValueError:
        raise _unreadable(authorization, headers) from None
    nonce = _text(headers, b"x-acs-signature-nonce")
    if not nonce:
        raise ApiError(errors.MISSING_NONCE, reason=f" by {scheme}")
    # The time is never taken from Date: that header need not be signed, so anyone could renew it.
    time = _time(headers, b"x-acs-date")
    return Claim(key_id, scheme, signature, signed_headers, nonce, time, _text(headers, b"x-acs-security-token"))


@lru_cache(maxsize=512)  # all requests of a client begin alike; what cannot be read raises, and so is not kept
def _acs3_signer(beginning: bytes) -> tuple[Scheme, str, HeaderList]:
    match = _ACS3_BEGINNING.fullmatch(beginning)
    if match is None:
        raise ValueError
    scheme: Scheme = "ACS3-HMAC-SHA256" if match[1] == b"ACS3-HMAC-SHA256" else "ACS3-HMAC-SM3"
    if scheme not in HASHES:
        raise ApiError(errors.UNSUPPORTED_SIGNATURE, method=scheme)
    names = tuple(match[3].split(b";"))
    if b"" in names or list(names) != sorted(set(names)):
        raise malformed("SignedHeaders must be sorted and name each header once")
    return scheme, match[2].decode(), header_list(names)


def _roa_claim(headers: Mapping[bytes, bytes], key_id: bytes, signature: bytes) -> Claim:
    method = headers.get(b"x-acs-signature-method", b"HMAC-SHA1").strip()
    if method != b"HMAC-SHA1":
        raise ApiError(errors.UNSUPPORTED_SIGNATURE, method=shown(method))
    return Claim(
        key_id.decode(),
        "HMAC-SHA1",
        signature,
        None,
        _text(headers, b"x-acs-signature-nonce"),
        _time(headers, b"date" if b"date" in headers else b"x-acs-date"),
        _text(headers, b"x-acs-security-token"),
    )


def _unreadable(authorization: bytes, headers: Mapping[bytes, bytes]) -> ApiError:
    """Why there is no claim. The header is never shown: it may hold a signature or, typed wrongly, a secret."""
    if not authorization:
        if b"x-acs-bearer-token" in headers or headers.get(b"x-acs-signature-type") == b"BEARERTOKEN":
            return ApiError(errors.UNSUPPORTED_SIGNATURE, method="BEARERTOKEN")
        if b"x-acs-zero-trust-idtoken" in headers:
            return ApiError(errors.UNSUPPORTED_SIGNATURE, method="id token")
        return ApiError(errors.MISSING_AUTHORIZATION, reason="it has no header Authorization")
    if form := _EXPECTED.get(authorization.partition(b" ")[0]):
        return malformed(f"the header Authorization must read {form}")
    if method := _METHOD_NAME.fullmatch(authorization):
        return ApiError(errors.UNSUPPORTED_SIGNATURE, method=method[1].decode())
    return malformed("the header Authorization names no signature method")


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    if value is None:
        return None
    value = value.strip()
    limit = _LONGEST[name]
    if len(value) > limit or not value.isascii():
        raise malformed(f"the header {name.decode()} must be ASCII of at most {limit} bytes")
    return value.decode() or None


def _time(headers: Mapping[bytes, bytes], name: bytes) -> int:
    value = headers.get(name)
    if value is None:
        raise malformed(f"the header {name.decode()} is missing")
    value = value.strip()
    try:
        return _unix_seconds(name, value)
    except ValueError:
        raise ApiError(errors.TIMESTAMP_FORMAT, name=f"header {name.decode()}", value=shown(value)) from None


@lru_cache(maxsize=512)  # requests of one second share their text
def _unix_seconds(header: bytes, value: bytes) -> int:
    if header == b"x-acs-date":
        return from_iso_8601(value)
    parts = _RFC_1123.fullmatch(value)
    if parts is None:
        raise ValueError
    day, month, year, hour, minute, second = parts.groups()
    month_number = _MONTHS.index(month.decode()) + 1
    return int(datetime(int(year), month_number, int(day), int(hour), int(minute), int(second), tzinfo=UTC).timestamp())


def from_iso_8601(value: bytes) -> int:
    """A time as `iso_8601` writes it, in Unix seconds.

    Raises:
        ValueError: it is none.
    """
    if not _ISO_8601.fullmatch(value):
        raise ValueError
    return int(datetime.fromisoformat(value.decode()).timestamp())


def iso_8601(unix_s: int) -> str:
    """A time as x-acs-date shows it, `2026-11-21T20:40:43Z`."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat().replace("+00:00", "Z")


def rfc_1123(unix_s: int) -> str:
    """A time as the header Date shows it, `Sat, 21 Nov 2026 20:40:43 GMT`, whatever the locale."""
    at = datetime.fromtimestamp(unix_s, UTC)
    return f"{_DAYS[at.weekday()]}, {at:%d} {_MONTHS[at.month - 1]} {at:%Y %H:%M:%S} GMT"


def malformed(reason: str) -> ApiError:
    """The refusal of a signature that cannot be read, or that leaves out what it must cover."""
    return ApiError(errors.MALFORMED_AUTHORIZATION, reason=reason)


def shown(value: bytes) -> str:
    """The beginning of a received value, fit for a message whatever its bytes are."""
    return value[:64].decode("ascii", "backslashreplace")


_ACS3_SCHEMES: Final = (b"ACS3-HMAC-SHA256 ", b"ACS3-HMAC-SM3 ")
_ACS3_BEGINNING: Final = re.compile(
    rb"(ACS3-HMAC-SHA256|ACS3-HMAC-SM3) Credential=([\w.-]{1,128}), {0,8}SignedHeaders=([a-z0-9;_-]{1,2048}), {0,8}"
)
_SHA256_HEX: Final = re.compile(rb"[0-9a-f]{64}")  # SM3 has as many
_ROA: Final = re.compile(rb"acs ([\w.-]{1,128}):([A-Za-z0-9+/]{27}=)")
_ACS3_FORM: Final = "Credential=<key>,SignedHeaders=<lower-case names joined by ;>,Signature=<64 lower-case hex digits>"
_EXPECTED: Final = {
    b"ACS3-HMAC-SHA256": f"ACS3-HMAC-SHA256 {_ACS3_FORM}",
    b"ACS3-HMAC-SM3": f"ACS3-HMAC-SM3 {_ACS3_FORM}",
    b"acs": "acs <key>:<base64 of 20 bytes>",
}
_METHOD_NAME: Final = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,19}) .*", re.DOTALL)  # shorter than a secret
_ISO_8601: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_RFC_1123: Final = re.compile(
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT"
)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST: Final = {b"x-acs-signature-nonce": 128, b"x-acs-security-token": 8192}
