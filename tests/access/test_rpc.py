"""What a request in RPC style calls, whom that is taken from, and what it says about its signature."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry import errors
from modelry.access.canonical import Pair, decode_query, rpc_string_to_sign
from modelry.access.rpc import MAX_FORM_BYTES, RpcCall, claim_of, read_call
from modelry.access.signature import Claim, SignedRequest, SigningKey, sign_acs3, sign_roa, sign_rpc, verify
from modelry.errors import ApiError, ErrorCode
from tests.access.rpc_requests import FORM, check_rpc
from tests.access.signed_requests import KEY, KEY_ID, NONCE, NOW

CALLED = [(b"Action", b"CreateUser"), (b"Version", b"2015-05-01")]
SIGNED = sign_rpc("POST", CALLED, KEY_ID, KEY, time=NOW, nonce=NONCE)


def call_of(query: bytes, headers: Mapping[bytes, bytes] | None = None, body: bytes = b"") -> RpcCall:
    return read_call(decode_query(query), headers or {}, body)


def refusal(query: bytes, headers: Mapping[bytes, bytes] | None = None, body: bytes = b"") -> ApiError:
    with pytest.raises(ApiError) as caught:
        call_of(query, headers, body)
    assert caught.value.error.status == 400
    return caught.value


def claim_with(*changes: Pair, without: bytes = b"") -> Claim:
    """The claim of a signed request with some parameters replaced or one left out."""
    parameters = {**dict(CALLED), **dict(SIGNED), **dict(changes)}
    parameters.pop(without, None)
    return claim_of(read_call(list(parameters.items()), {}, b""), {})


def refused_claim(*changes: Pair, without: bytes = b"") -> ApiError:
    with pytest.raises(ApiError) as caught:
        claim_with(*changes, without=without)
    return caught.value


# What is called.


def test_parameters_are_those_of_the_query_and_of_the_form() -> None:
    call = call_of(b"Action=A&Version=1", FORM, b"UserName=a+b%2Bc&Comments=")
    assert call.pairs == [(b"Action", b"A"), (b"Version", b"1"), (b"UserName", b"a b+c"), (b"Comments", b"")]


@pytest.mark.parametrize(
    "content_type", [b"application/x-www-form-urlencoded; charset=utf-8", b" Application/X-WWW-Form-URLencoded "]
)
def test_a_form_is_told_by_its_media_type(content_type: bytes) -> None:
    assert call_of(b"", {b"content-type": content_type}, b"Action=A").action == "A"


@pytest.mark.parametrize("headers", [{}, {b"content-type": b"application/json"}, {b"content-type": b"text/plain"}])
def test_a_body_that_is_no_form_is_ignored(headers: dict[bytes, bytes]) -> None:
    assert call_of(b"Action=A", headers, b"Action=B&UserName=a").pairs == [(b"Action", b"A")]


@pytest.mark.parametrize(
    ("query", "body"), [(b"Action=A&Action=A", b""), (b"Action=A", b"Action=A"), (b"", b"UserName=a&UserName=b")]
)
def test_a_parameter_given_twice_is_refused(query: bytes, body: bytes) -> None:
    assert refusal(query, FORM, body).message.endswith("is given twice.")


def test_a_form_that_is_longer_than_any_request_is_refused_unread() -> None:
    body = b"&" * (MAX_FORM_BYTES + 1)
    assert refusal(b"Action=A", FORM, body).error is errors.INVALID_PARAMETER
    assert call_of(b"Action=A", FORM, body[1:]).action == "A"


def test_a_signed_parameter_names_the_call_under_rpc_1() -> None:
    call = call_of(b"Signature=x&Action=CreateUser&Version=2015-05-01")
    assert (call.action, call.version) == ("CreateUser", "2015-05-01")


def test_headers_alone_name_no_call_under_rpc_1() -> None:
    call = call_of(b"Signature=x", {b"x-acs-action": b"CreateUser", b"x-acs-version": b"2015-05-01"})
    assert (call.action, call.version) == ("", "")


def test_signed_headers_name_the_call_otherwise() -> None:
    call = call_of(b"UserName=a", {b"x-acs-action": b"CreateUser", b"x-acs-version": b" 2015-05-01 "})
    assert (call.action, call.version) == ("CreateUser", "2015-05-01")


@pytest.mark.parametrize("signature", [b"", b"&Signature=x"])
@pytest.mark.parametrize(
    "headers", [{b"x-acs-action": b"DeleteUser"}, {b"x-acs-action": b""}, {b"x-acs-version": b"2019-08-15"}]
)
def test_a_header_that_contradicts_a_parameter_is_refused(headers: dict[bytes, bytes], signature: bytes) -> None:
    refused = refusal(b"Action=CreateUser&Version=2015-05-01" + signature, headers)
    assert "differs from the header x-acs-" in refused.message


@pytest.mark.parametrize("wanted", [b"", b"&Format=", b"&Format=JSON", b"&Format=json", b"&Format=Json"])
def test_answers_are_json(wanted: bytes) -> None:
    assert call_of(b"Action=A" + wanted).action == "A"


@pytest.mark.parametrize("wanted", [b"XML", b"xml", b"yaml"])
def test_another_format_is_refused(wanted: bytes) -> None:
    assert refusal(b"Action=A&Format=" + wanted).message == f"Format: answers are JSON, not {wanted.decode()}."


# What it says about its signature.


def test_claim_has_what_the_parameters_say() -> None:
    claim = claim_with((b"SecurityToken", b"CAIS"), (b"SignatureType", b""))
    assert (claim.key_id, claim.scheme, claim.nonce, claim.time) == (KEY_ID, "RPC-HMAC-SHA1", NONCE, NOW)
    assert (claim.security_token, claim.signed_headers) == ("CAIS", None)
    assert claim.signature == dict(SIGNED)[b"Signature"]


def test_an_empty_security_token_is_none() -> None:
    assert claim_with((b"SecurityToken", b"")).security_token is None


def test_a_token_in_a_header_counts_for_nothing_under_rpc_1() -> None:
    call = read_call([*CALLED, *SIGNED], {}, b"")
    assert claim_of(call, {b"x-acs-security-token": b"CAIS"}).security_token is None


def test_a_token_in_a_header_counts_under_acs3() -> None:
    plain = SignedRequest("POST", b"/", CALLED, {b"host": b"h"}, b"")
    added = sign_acs3(plain, KEY_ID, KEY, time=NOW, nonce=NONCE, security_token="CAIS")
    assert claim_of(read_call(CALLED, {}, b""), {**plain.headers, **added}).security_token == "CAIS"


@pytest.mark.parametrize(
    "name", ["AccessKeyId", "SignatureNonce", "Timestamp", "SignatureMethod", "SignatureVersion", "Signature"]
)
def test_a_parameter_that_a_signature_needs_is_named(name: str) -> None:
    refused = refused_claim((name.encode(), b""))
    assert (refused.error, refused.message) == (errors.MISSING_PARAMETER, f"{name} is required.")
    if name != "Signature":  # without it the request is not signed at all
        assert refused_claim(without=name.encode()).message == refused.message


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ((b"SignatureMethod", b"HMAC-SHA256"), errors.UNSUPPORTED_SIGNATURE),
        ((b"SignatureMethod", b"hmac-sha1"), errors.UNSUPPORTED_SIGNATURE),
        ((b"SignatureVersion", b"2.0"), errors.UNSUPPORTED_SIGNATURE),
        ((b"SignatureType", b"BEARERTOKEN"), errors.UNSUPPORTED_SIGNATURE),
        ((b"SignatureType", b"PRIVATEKEY"), errors.UNSUPPORTED_SIGNATURE),
        ((b"Timestamp", b"2026-01-02 03:04:05"), errors.TIMESTAMP_FORMAT),
        ((b"Timestamp", b"2026-13-02T03:04:05Z"), errors.TIMESTAMP_FORMAT),
        ((b"Timestamp", b"2026-01-02T03:04:05+08:00"), errors.TIMESTAMP_FORMAT),
        ((b"Timestamp", "２026-01-02T03:04:05Z".encode()), errors.TIMESTAMP_FORMAT),
        ((b"AccessKeyId", b"a b"), errors.MALFORMED_AUTHORIZATION),
        ((b"AccessKeyId", b"a" * 129), errors.MALFORMED_AUTHORIZATION),
        ((b"Signature", b"deadbeef"), errors.MALFORMED_AUTHORIZATION),
        ((b"Signature", b"a" * 40), errors.MALFORMED_AUTHORIZATION),
        ((b"SignatureNonce", b"n" * 129), errors.MALFORMED_AUTHORIZATION),
        ((b"SignatureNonce", b"a\0b"), errors.MALFORMED_AUTHORIZATION),
        ((b"SignatureNonce", b"\xff"), errors.MALFORMED_AUTHORIZATION),
        ((b"SecurityToken", b"t" * 8193), errors.MALFORMED_AUTHORIZATION),
        ((b"SecurityToken", "é".encode()), errors.MALFORMED_AUTHORIZATION),
    ],
)
def test_a_claim_of_another_form_is_refused(change: Pair, error: ErrorCode) -> None:
    assert refused_claim(change).error is error


def test_a_wrong_signature_is_not_shown() -> None:
    assert "secret" not in refused_claim((b"Signature", b"my-secret-by-mistake")).message


@pytest.mark.parametrize(
    ("query", "headers", "error"),
    [
        (b"", {}, errors.MISSING_AUTHORIZATION),
        (b"&SignatureType=BEARERTOKEN&BearerToken=t", {}, errors.UNSUPPORTED_SIGNATURE),
        (b"", {b"x-acs-bearer-token": b"t"}, errors.UNSUPPORTED_SIGNATURE),
        (b"", {b"x-acs-zero-trust-idtoken": b"t"}, errors.UNSUPPORTED_SIGNATURE),
        (b"", {b"authorization": b"Bearer token"}, errors.UNSUPPORTED_SIGNATURE),
    ],
)
def test_what_is_not_signed_is_refused(query: bytes, headers: dict[bytes, bytes], error: ErrorCode) -> None:
    with pytest.raises(ApiError) as caught:
        claim_of(call_of(b"Action=A&Version=1" + query), headers)
    assert caught.value.error is error


def test_roa_is_refused_where_it_would_leave_a_form_open() -> None:
    plain = SignedRequest("POST", b"/", CALLED, FORM, b"UserName=a")
    headers = FORM | sign_roa(plain, KEY_ID, KEY, time=NOW, nonce=NONCE)
    with pytest.raises(ApiError) as caught:
        claim_of(read_call(CALLED, headers, plain.body), headers)
    assert caught.value.error is errors.UNSUPPORTED_SIGNATURE


# Whether the signature is right.


def signed(query: list[Pair], method: str = "POST") -> SignedRequest:
    added = sign_rpc(method, query, KEY_ID, KEY, time=NOW, nonce=NONCE)
    return SignedRequest(method, b"/", [*query, *added], {}, b"")


def test_what_is_signed_verifies() -> None:
    assert check_rpc(signed([*CALLED, (b"UserName", "甲 +*~".encode())]), KEY).key_id == KEY_ID


def test_a_mismatch_ends_with_the_string_to_sign_and_nothing_after_it() -> None:
    request = signed(CALLED)
    with pytest.raises(ApiError) as caught:
        check_rpc(request, SigningKey("another"))
    assert caught.value.error is errors.SIGNATURE_MISMATCH
    text = rpc_string_to_sign("POST", request.query).decode()
    assert caught.value.message.endswith(f"server string to sign is:{text}")


def test_the_key_of_rpc_1_is_not_the_key_of_roa() -> None:
    assert KEY.signature("RPC-HMAC-SHA1", b"text") != KEY.signature("HMAC-SHA1", b"text")


@pytest.mark.parametrize("query", [b"", b"SignatureNonce=%26&Signature=x"])
def test_a_signature_of_nothing_in_particular_does_not_verify(query: bytes) -> None:
    claim = claim_with()
    with pytest.raises(ApiError) as caught:
        verify(claim, SignedRequest("POST", b"/", decode_query(query), {}, b""), KEY)
    assert caught.value.error is errors.SIGNATURE_MISMATCH


PARAMETERS = st.dictionaries(
    st.text(st.sampled_from("aB=&%+ /~é.\n"), max_size=4).map(str.encode),
    st.binary(max_size=4) | st.text(st.sampled_from("aB=&%26+ \n"), max_size=5).map(str.encode),
    max_size=4,
)


@given(PARAMETERS, PARAMETERS, st.sampled_from(["GET", "POST"]), st.sampled_from(["GET", "POST"]))
def test_no_two_requests_share_a_string_to_sign(
    one: dict[bytes, bytes], other: dict[bytes, bytes], method: str, other_method: str
) -> None:
    texts = rpc_string_to_sign(method, list(one.items())), rpc_string_to_sign(other_method, list(other.items()))
    assert (texts[0] == texts[1]) == ((method, one) == (other_method, other))


@given(st.permutations([*CALLED, (b"a", b""), (b"b", b"1"), (b"B", b"2")]))
def test_the_order_of_parameters_means_nothing(parameters: list[Pair]) -> None:
    assert rpc_string_to_sign("POST", parameters) == rpc_string_to_sign("POST", sorted(parameters))
