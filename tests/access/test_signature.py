"""The rules that a signature is read and judged by, one at a time."""

import hashlib
import hmac
from collections.abc import Callable, Mapping

import pytest

from modelry import errors
from modelry.access import claim as claims
from modelry.access.canonical import HASHES, body_hash, content_md5, decode_query, join_headers, roa_string_to_sign
from modelry.access.signature import Claim, SignedRequest, SigningKey, check_window, parse_claim, verify
from modelry.errors import ApiError, ErrorCode
from tests.access.signed_requests import (
    KEY,
    KEY_ID,
    NONCE,
    NOW,
    SECRET,
    check,
    signed_acs3,
    signed_roa,
    unsigned,
    with_headers,
    without_header,
)

ACS3 = dict(signed_acs3(unsigned()).headers)
ROA = dict(signed_roa(unsigned()).headers)
BODY = b'{"ModelName":"m"}'
HEX = b"0" * 64
MANY_NAMES = b";".join([b"h%05d" % n for n in range(9999)])

Sign = Callable[[SignedRequest], SignedRequest]


def refusal(headers: Mapping[bytes, bytes]) -> ApiError:
    with pytest.raises(ApiError) as raised:
        parse_claim(headers)
    return raised.value


def failure(request: SignedRequest, key: SigningKey = KEY) -> ApiError:
    with pytest.raises(ApiError) as raised:
        check(request, key)
    return raised.value


# Reading the claim.


def test_claim_says_who_signed_when_and_how() -> None:
    claim = parse_claim(ACS3)
    assert (claim.key_id, claim.scheme, claim.time, claim.nonce) == (KEY_ID, "ACS3-HMAC-SHA256", NOW, NONCE)
    assert claim.security_token is None


def test_roa_claim_says_who_signed_when_and_how() -> None:
    claim = parse_claim(ROA)
    assert (claim.key_id, claim.scheme, claim.time, claim.nonce) == (KEY_ID, "HMAC-SHA1", NOW, NONCE)
    assert claim.signed_headers is None


def test_roa_claim_may_have_no_nonce() -> None:
    assert parse_claim(signed_roa(unsigned(), nonce=None).headers).nonce is None


def test_blanks_around_a_nonce_are_not_part_of_it() -> None:
    """They are not signed either, so a nonce padded with blanks would pass for a new one."""
    assert parse_claim(ACS3 | {b"x-acs-signature-nonce": b" " + NONCE.encode() + b"\t"}).nonce == NONCE


def test_claim_holds_the_security_token() -> None:
    assert parse_claim(ACS3 | {b"x-acs-security-token": b"CAIS"}).security_token == "CAIS"


def test_claim_shows_neither_signature_nor_token() -> None:
    claim = parse_claim(ACS3 | {b"x-acs-security-token": b"CAIS"})
    assert repr(claim) == f"Claim(ACS3-HMAC-SHA256 by {KEY_ID} at 2026-01-02T03:04:05Z)"


def test_blanks_after_commas_are_tolerated() -> None:
    text = ACS3[b"authorization"].replace(b",", b", ")
    assert parse_claim(ACS3 | {b"authorization": text}) == parse_claim(ACS3)


@pytest.mark.parametrize(
    ("headers", "error", "part_of_message"),
    [
        ({}, errors.MISSING_AUTHORIZATION, "no header Authorization"),
        ({b"authorization": b""}, errors.MISSING_AUTHORIZATION, "no header Authorization"),
        ({b"x-acs-bearer-token": b"t"}, errors.UNSUPPORTED_SIGNATURE, "BEARERTOKEN"),
        ({b"x-acs-signature-type": b"BEARERTOKEN"}, errors.UNSUPPORTED_SIGNATURE, "BEARERTOKEN"),
        ({b"x-acs-zero-trust-idtoken": b"t"}, errors.UNSUPPORTED_SIGNATURE, "id token"),
        ({b"authorization": b"Bearer abc"}, errors.UNSUPPORTED_SIGNATURE, "Bearer"),
        ({b"authorization": b"ACS3-RSA-SHA256 Credential=k"}, errors.UNSUPPORTED_SIGNATURE, "ACS3-RSA-SHA256"),
        (ROA | {b"x-acs-signature-method": b"HMAC-SHA256"}, errors.UNSUPPORTED_SIGNATURE, "HMAC-SHA256"),
    ],
)
def test_missing_or_unknown_signature_is_refused(
    headers: Mapping[bytes, bytes], error: ErrorCode, part_of_message: str
) -> None:
    refused = refusal(headers)
    assert refused.error is error
    assert part_of_message in refused.message


@pytest.mark.parametrize(
    "authorization",
    [
        b"ACS3-HMAC-SHA256",
        b"ACS3-HMAC-SHA256 ",
        b"ACS3-HMAC-SHA256 Credential=k",
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host",
        b"ACS3-HMAC-SHA256 Credential=k,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 SignedHeaders=host,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=;,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host;,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=Host,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host;host,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=x-acs-date;host,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host;%b,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature=" + HEX[1:],
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature=" + HEX + b"0",
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature=" + HEX + b" 0",
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature=" + b"A" * 64,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature=" + HEX + b",Signature=" + HEX,
        b"ACS3-HMAC-SHA256 SignedHeaders=host,Credential=k,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=k,SignedHeaders=%b,Signature=" % MANY_NAMES + HEX,
        b"ACS3-HMAC-SHA256 Credential=" + b"k" * 129 + b",SignedHeaders=host,Signature=" + HEX,
        b"ACS3-HMAC-SHA256 Credential=\xff\xfe,SignedHeaders=host,Signature=" + HEX,
        b"acs",
        b"acs k",
        b"acs k:",
        b"acs :" + b"A" * 27 + b"=",
        b"acs k:" + b"A" * 28,
        b"acs k:" + b"\xff" * 27 + b"=",
        b"acs k:l:" + b"A" * 27 + b"=",
        b"\x00\xff",
        b"\xff \xff",
        b"WhatLooksLikeASecretOfThirtyCh",
        b"WhatLooksLikeASecretOfThirtyCh x",
    ],
)
def test_malformed_authorization_is_refused(authorization: bytes) -> None:
    assert refusal(ACS3 | {b"authorization": authorization}).error is errors.MALFORMED_AUTHORIZATION


def test_malformed_authorization_is_not_shown() -> None:
    refused = refusal({b"authorization": b"acs MyKey:MySecret"})
    assert "MyKey" not in refused.message
    assert "MySecret" not in refused.message


@pytest.mark.parametrize("value", [None, b"", b"  "])
def test_acs3_without_nonce_is_refused(value: bytes | None) -> None:
    headers = {n: v for n, v in ACS3.items() if n != b"x-acs-signature-nonce"}
    if value is not None:
        headers[b"x-acs-signature-nonce"] = value
    assert refusal(headers).error is errors.MISSING_NONCE


@pytest.mark.parametrize("value", [b"n" * 129, b"\xff"])
def test_odd_nonce_is_refused(value: bytes) -> None:
    assert refusal(ACS3 | {b"x-acs-signature-nonce": value}).error is errors.MALFORMED_AUTHORIZATION


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"now",
        b"2026-01-02",
        b"2026-01-02T03:04:05",
        b"2026-01-02T03:04:05+08:00",
        b"2026-01-02T03:04:05.000Z",
        b"2026-13-02T03:04:05Z",
        b"2026-01-02T24:04:05Z",
        b"2026-01-02T03:04:60Z",
        b"0000-01-02T03:04:05Z",
        b"Fri, 02 Jan 2026 03:04:05 GMT",
        b"\xff\xfe",
        "２０２６-01-02T03:04:05Z".encode(),
    ],
)
def test_odd_x_acs_date_is_refused(value: bytes) -> None:
    refused = refusal(ACS3 | {b"x-acs-date": value})
    assert refused.error is errors.TIMESTAMP_FORMAT
    assert "x-acs-date" in refused.message


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"2026-01-02T03:04:05Z",
        b"Fri, 02 Jan 2026 03:04:05 +0000",
        b"Fri, 02 Jan 2026 03:04 GMT",
        b"Fri, 2 Jan 2026 03:04:05 GMT",
        b"Fri, 32 Jan 2026 03:04:05 GMT",
        b"Fri, 02 Foo 2026 03:04:05 GMT",
        b"Fri, 02 Jan 0000 03:04:05 GMT",
        b"\xff",
    ],
)
def test_odd_date_is_refused(value: bytes) -> None:
    assert refusal(ROA | {b"date": value}).error is errors.TIMESTAMP_FORMAT


def test_acs3_takes_no_time_from_the_unsigned_date_header() -> None:
    headers = {n: v for n, v in ACS3.items() if n != b"x-acs-date"} | {b"date": b"Fri, 02 Jan 2026 03:04:05 GMT"}
    assert refusal(headers).error is errors.MALFORMED_AUTHORIZATION


def test_roa_takes_the_time_from_x_acs_date_when_there_is_no_date() -> None:
    headers = {n: v for n, v in ROA.items() if n != b"date"}
    assert parse_claim(headers | {b"x-acs-date": b"2026-01-02T03:04:06Z"}).time == NOW + 1


def test_roa_without_any_time_is_refused() -> None:
    assert refusal({n: v for n, v in ROA.items() if n != b"date"}).error is errors.MALFORMED_AUTHORIZATION


@pytest.mark.parametrize(
    ("text", "unix_s"),
    [
        (b"Thu, 01 Jan 1970 00:00:00 GMT", 0),
        (b"Sun, 29 Feb 2032 23:59:59 GMT", 1_961_711_999),
        (b"Sat, 21 Nov 2026 20:44:54 GMT", 1_795_293_894),
    ],
)
def test_date_is_read_as_utc(text: bytes, unix_s: int) -> None:
    assert parse_claim(ROA | {b"date": text}).time == unix_s


# The clock.


@pytest.mark.parametrize("off_s", [-900, -1, 0, 899.9, 900])
def test_time_within_the_window_passes(off_s: float) -> None:
    check_window(NOW, NOW + off_s)


def test_late_request_is_told_so() -> None:
    with pytest.raises(ApiError) as refused:
        check_window(NOW, NOW + 901)
    assert refused.value.error is errors.TIMESTAMP_EXPIRED
    assert "901 seconds before the server's time 2026-01-02T03:19:06Z" in refused.value.message


def test_early_request_is_told_so() -> None:
    with pytest.raises(ApiError) as refused:
        check_window(NOW, NOW - 61, window_s=60)
    assert "61 seconds after the server's time" in refused.value.message


@pytest.mark.parametrize("date", [b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59Z"])
def test_farthest_times_are_expired_not_errors(date: bytes) -> None:
    claim = parse_claim(ACS3 | {b"x-acs-date": date})
    with pytest.raises(ApiError) as refused:
        check_window(claim.time, NOW)
    assert date.decode() in refused.value.message


# What ACS3 must cover.


@pytest.mark.parametrize("header", [b"x-acs-source-ip", b"x-acs-security-token", b"x-acs-anything"])
def test_acs3_refuses_an_unsigned_acs_header(header: bytes) -> None:
    refused = failure(with_headers(signed_acs3(unsigned()), {header: b"v"}))
    assert refused.error is errors.MALFORMED_AUTHORIZATION
    assert header.decode() in refused.message


def test_acs3_refuses_an_unsigned_host() -> None:
    request = signed_acs3(without_header(unsigned(), b"host"))
    assert failure(with_headers(request, {b"host": b"h"})).error is errors.MALFORMED_AUTHORIZATION


def test_acs3_refuses_an_unsigned_content_type_of_a_body() -> None:
    request = signed_acs3(without_header(unsigned("POST", body=BODY), b"content-type"))
    refused = failure(with_headers(request, {b"content-type": b"application/json"}))
    assert refused.error is errors.MALFORMED_AUTHORIZATION


def test_acs3_accepts_an_unsigned_content_type_without_body() -> None:
    """The asynchronous Python SDK sends it."""
    check(with_headers(signed_acs3(unsigned()), {b"content-type": b"application/octet-stream"}))


def test_acs3_accepts_other_unsigned_headers() -> None:
    check(with_headers(signed_acs3(unsigned()), {b"user-agent": b"any", b"via": b"a proxy"}))


def test_acs3_refuses_a_signed_header_that_did_not_arrive() -> None:
    """A proxy took it away, say; counting it as empty would let it."""
    request = signed_acs3(unsigned(headers={b"x-acs-empty": b""}))
    check(request)
    refused = failure(without_header(request, b"x-acs-empty"))
    assert refused.error is errors.MALFORMED_AUTHORIZATION
    assert "x-acs-empty did not arrive" in refused.message


def test_acs3_refuses_a_missing_body_hash() -> None:
    request = signed_acs3(unsigned())
    shorter = request.headers[b"authorization"].replace(b"x-acs-content-sha256;", b"")
    request = without_header(with_headers(request, {b"authorization": shorter}), b"x-acs-content-sha256")
    assert failure(request).error is errors.MALFORMED_AUTHORIZATION


def test_acs3_refuses_another_body() -> None:
    refused = failure(signed_acs3(unsigned("POST", body=BODY))._replace(body=BODY + b" "))
    assert refused.error is errors.BODY_HASH_MISMATCH


def test_acs3_refuses_a_signed_hash_of_another_body() -> None:
    request = signed_acs3(unsigned("POST", body=BODY))
    lie = with_headers(request, {b"x-acs-content-sha256": body_hash("ACS3-HMAC-SHA256", b"other")})
    assert failure(lie).error is errors.BODY_HASH_MISMATCH


def test_values_are_trimmed() -> None:
    for request in (signed_acs3(unsigned()), signed_roa(unsigned())):
        check(request._replace(headers={n: b" " + v + b" " for n, v in request.headers.items()}))


@pytest.mark.parametrize("sign", [signed_acs3, signed_roa])
@pytest.mark.parametrize(
    "request_with_line_feed",
    [unsigned(headers={b"x-acs-a": b"1\nx-acs-b:2"}), unsigned(raw_path=b"/a\nb"), unsigned(method="GET\nx")],
)
def test_line_feeds_cannot_move_text_between_lines(sign: Sign, request_with_line_feed: SignedRequest) -> None:
    assert failure(sign(request_with_line_feed)).error is errors.MALFORMED_AUTHORIZATION


# The path.


@pytest.mark.parametrize(
    ("on_the_wire", "as_signed"),
    [
        (b"/api/v1/models/a*b", b"/api/v1/models/a%2Ab"),
        (b"/api/v1/models/a%7Eb", b"/api/v1/models/a~b"),
        (b"/api/v1/models/a+b", b"/api/v1/models/a%2Bb"),
        (b"/api/v1/models/a%2fb", b"/api/v1/models/a%2Fb"),
    ],
)
def test_acs3_accepts_the_reencoded_path(on_the_wire: bytes, as_signed: bytes) -> None:
    check(signed_acs3(unsigned(raw_path=as_signed))._replace(raw_path=on_the_wire))


def test_roa_accepts_the_reencoded_path() -> None:
    """The HTTP library of the asynchronous Python SDK rewrites the path after it was signed."""
    check(signed_roa(unsigned(raw_path=b"/a%2Fb%2A"))._replace(raw_path=b"/a%2Fb*"))


@pytest.mark.parametrize(
    ("on_the_wire", "as_signed"),
    [
        (b"/api/v1/models/a%20b", b"/api/v1/models/a b"),
        (b"/api/v1/models/%C3%A9%2A", "/api/v1/models/é*".encode()),
    ],
)
def test_roa_accepts_the_decoded_path(on_the_wire: bytes, as_signed: bytes) -> None:
    check(signed_roa(unsigned(raw_path=as_signed))._replace(raw_path=on_the_wire))


@pytest.mark.parametrize(
    ("on_the_wire", "as_signed"),
    [
        (b"/api/v1/models/a%2Fversions%2F1", b"/api/v1/models/a/versions/1"),
        (b"/api/v1/models%3FWorkspaceId=1", b"/api/v1/models?WorkspaceId=1"),
        (b"/api/v1/models/a%2520b", b"/api/v1/models/a%20b"),
        (b"/api/v1/models/a%0Ab", b"/api/v1/models/a%0ab"),
    ],
)
def test_roa_signature_stands_for_one_path(on_the_wire: bytes, as_signed: bytes) -> None:
    request = signed_roa(unsigned(raw_path=as_signed))._replace(raw_path=on_the_wire)
    assert failure(request).error is errors.SIGNATURE_MISMATCH


def test_an_empty_path_is_signed_as_a_slash_by_acs3() -> None:
    check(signed_acs3(unsigned(raw_path=b"/"))._replace(raw_path=b""))


# The query.


@pytest.mark.parametrize("sign", [signed_acs3, signed_roa])
def test_spelling_and_order_of_the_query_do_not_matter(sign: Sign) -> None:
    request = sign(unsigned(query=b"Name=a+b%2A&Exact=True&Label="))
    check(request._replace(query=decode_query(b"Label&Exact=Tru%65&Name=a%20b*")))


@pytest.mark.parametrize("sign", [signed_acs3, signed_roa])
@pytest.mark.parametrize(
    ("as_signed", "on_the_wire"),
    [
        (b"LabelKeys=a", b"LabelKeys%3Da"),
        (b"A=1&B=2", b"A%3D1%26B=2"),
        (b"A=1&A=2", b"A=2&A=1"),
        (b"A%253D=1", b"A%3D=1"),
    ],
)
def test_a_parameter_cannot_be_hidden_in_a_name_or_reordered(sign: Sign, as_signed: bytes, on_the_wire: bytes) -> None:
    request = sign(unsigned(query=as_signed))
    check(request)
    assert failure(request._replace(query=decode_query(on_the_wire))).error is errors.SIGNATURE_MISMATCH


def test_names_with_brackets_are_signed_as_they_are() -> None:
    """No client encodes names."""
    refused = failure(signed_roa(unsigned(query=b"a%5B0%5D=1")), SigningKey("other"))
    assert refused.message.endswith("?a[0]=1")


def test_roa_values_may_hold_ampersands_so_two_queries_can_share_a_signature() -> None:
    """A weakness of the scheme, told in docs/signatures.md: its text joins the plain values."""
    request = signed_roa(unsigned(query=b"A=1%26B%3D2"))
    check(request._replace(query=decode_query(b"A=1&B=2")))


@pytest.mark.parametrize(
    ("raw_query", "pairs"),
    [
        (b"", []),
        (b"a=1&b=2", [(b"a", b"1"), (b"b", b"2")]),
        (b"b&a=", [(b"b", b""), (b"a", b"")]),
        (b"a=b=c&&", [(b"a", b"b=c")]),
        (b"a+b=%2B+%e9%zz", [(b"a b", b"+ \xe9%zz")]),
    ],
)
def test_query_is_form_decoded(raw_query: bytes, pairs: list[tuple[bytes, bytes]]) -> None:
    assert decode_query(raw_query) == pairs


def test_repeated_headers_are_sorted_and_joined() -> None:
    assert join_headers([(b"X-A", b" 2"), (b"b", b"0"), (b"x-a", b"10 "), (b"x-A", b"1")]) == {
        b"x-a": b"1,10,2",
        b"b": b"0",
    }


def test_two_authorization_headers_are_refused() -> None:
    headers = join_headers([*ACS3.items(), (b"Authorization", b"acs a:b")])
    assert refusal(headers).error is errors.MALFORMED_AUTHORIZATION


# ROA.


def test_roa_refuses_a_body_that_its_md5_does_not_match() -> None:
    refused = failure(signed_roa(unsigned("POST", body=BODY))._replace(body=b"{}"))
    assert refused.error is errors.BODY_HASH_MISMATCH
    assert "Content-MD5" in refused.message


def test_roa_refuses_a_new_md5_for_a_new_body() -> None:
    request = signed_roa(unsigned("POST", body=BODY))._replace(body=b"{}")
    assert failure(with_headers(request, {b"content-md5": content_md5(b"{}")})).error is errors.SIGNATURE_MISMATCH


def test_roa_accepts_an_unsigned_content_type_without_body() -> None:
    """The asynchronous Python SDK signs none and sends one."""
    check(with_headers(signed_roa(unsigned()), {b"content-type": b"application/octet-stream"}))


def signed_with_an_equals_sign_after_empty_values(query: bytes) -> SignedRequest:
    """As the TypeScript SDKs sign under ROA."""
    request = signed_roa(unsigned(query=query))
    method, raw_path, pairs, headers, _ = request
    text = roa_string_to_sign(method, raw_path, pairs, headers, b"", after_empty=b"=")
    assert text.endswith(b"?A=&B=&C=1")
    signature = KEY.signature("HMAC-SHA1", text)
    return with_headers(request, {b"authorization": b"acs %b:%b" % (KEY_ID.encode(), signature)})


def test_roa_accepts_an_equals_sign_after_empty_values() -> None:
    check(signed_with_an_equals_sign_after_empty_values(b"A=&B&C=1"))


@pytest.mark.parametrize("on_the_wire", [b"A=&B=1&C=1", b"A=&C=1", b"A=&B=&C=", b"A%3D=&B=&C=1"])
def test_an_equals_sign_after_empty_values_lets_nothing_else_change(on_the_wire: bytes) -> None:
    request = signed_with_an_equals_sign_after_empty_values(b"A=&B=&C=1")
    assert failure(request._replace(query=decode_query(on_the_wire))).error is errors.SIGNATURE_MISMATCH


def test_roa_refuses_an_unsigned_content_type_of_a_body() -> None:
    request = signed_roa(without_header(unsigned("POST", body=BODY), b"content-type"))
    refused = failure(with_headers(request, {b"content-type": b"application/json"}))
    assert refused.error is errors.SIGNATURE_MISMATCH


def test_roa_nonce_cannot_be_removed() -> None:
    """Else every signature with a nonce could be replayed as one without."""
    request = without_header(signed_roa(unsigned()), b"x-acs-signature-nonce")
    assert failure(request).error is errors.SIGNATURE_MISMATCH


def test_one_scheme_does_not_pass_for_another() -> None:
    request = signed_acs3(unsigned())
    claim = parse_claim(request.headers)._replace(scheme="HMAC-SHA1", signed_headers=None)
    with pytest.raises(ApiError):
        verify(claim, request, KEY)


# Refusals.


def test_acs3_mismatch_ends_with_the_string_to_sign() -> None:
    refused = failure(signed_acs3(unsigned()), SigningKey("other"))
    assert refused.error is errors.SIGNATURE_MISMATCH
    *_, name, digest = refused.message.replace("server string to sign is:", "\n").split("\n")
    assert name == "ACS3-HMAC-SHA256"
    assert len(digest) == 64


def test_roa_mismatch_ends_with_the_string_to_sign_for_the_decoded_path() -> None:
    """The `aliyun` command line compares it with its own text."""
    refused = failure(signed_roa(unsigned(raw_path=b"/api/v1/models/a%20b", query=b"B=%C3%A9&A=")), SigningKey("x"))
    assert refused.message.endswith(
        "server string to sign is:GET\napplication/json\n1B2M2Y8AsgTpgAmY7PhCfg==\n\nFri, 02 Jan 2026 03:04:05 GMT\n"
        f"x-acs-signature-method:HMAC-SHA1\nx-acs-signature-nonce:{NONCE}\nx-acs-signature-version:1.0\n"
        "x-acs-version:2021-02-04\n/api/v1/models/a b?A&B=é"
    )


@pytest.mark.parametrize("sign", [signed_acs3, signed_roa])
def test_refusals_show_neither_secret_nor_signature(sign: Sign) -> None:
    request = sign(unsigned())
    refused = failure(request._replace(method="PUT"))
    signature = parse_claim(request.headers).signature.decode()
    assert SECRET not in refused.message
    assert signature not in refused.message


def test_signing_key_does_not_show_its_secret() -> None:
    assert SECRET not in repr(KEY)
    assert SECRET not in str([getattr(KEY, name) for name in KEY.__slots__])


def test_secret_longer_than_a_hash_block_is_hashed_first() -> None:
    """As HMAC says; the reference is the standard library's."""
    secret = "s" * 65
    expected = hmac.new(secret.encode(), b"text", hashlib.sha256).hexdigest().encode()
    assert SigningKey(secret).signature("ACS3-HMAC-SHA256", b"text") == expected


def test_sm3_is_refused_where_the_hash_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "HASHES", {k: v for k, v in HASHES.items() if k != "ACS3-HMAC-SM3"})
    text = b"ACS3-HMAC-SM3 Credential=nosm3,SignedHeaders=host,Signature=" + HEX
    assert refusal(ACS3 | {b"authorization": text}).error is errors.UNSUPPORTED_SIGNATURE


def test_claim_can_be_made_by_hand() -> None:
    """As the RPC style will, which has its claim in the query."""
    claim = Claim("k", "HMAC-SHA1", b"s", None, None, 0, None)
    with pytest.raises(ApiError):
        verify(claim, unsigned(), KEY)
