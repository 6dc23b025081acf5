"""What holds for every request, not only for those that somebody recorded."""

from collections.abc import Callable
from operator import itemgetter
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.access.canonical import canonical_query, percent_encoded, reencoded_path, roa_paths
from modelry.access.signature import SignedRequest, parse_claim, verify
from modelry.errors import ApiError
from tests.access.signed_requests import KEY, check, signed_acs3, signed_roa, unsigned, with_headers

Sign = Callable[[SignedRequest], SignedRequest]

METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE"])
PATHS = st.lists(st.binary(min_size=1, max_size=8).map(percent_encoded), max_size=4).map(lambda s: b"/" + b"/".join(s))
QUERIES = st.lists(st.tuples(st.binary(max_size=6), st.binary(max_size=8)), max_size=4)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=8).map(lambda n: b"x-acs-" + n.encode())
VALUES = st.binary(max_size=12).map(lambda v: v.replace(b"\n", b"").strip())
HEADERS = st.dictionaries(NAMES, VALUES, max_size=3)
BODIES = st.binary(max_size=20)


@st.composite
def requests(draw: st.DrawFn) -> SignedRequest:
    plain = unsigned(draw(METHODS), draw(PATHS), headers=draw(HEADERS), body=draw(BODIES))
    return plain._replace(query=draw(QUERIES))


@st.composite
def changed(draw: st.DrawFn, request: SignedRequest) -> SignedRequest:
    """The signed request with one thing changed that means something else."""
    acs_headers = sorted(name for name in request.headers if name.startswith(b"x-acs-"))
    name = draw(st.sampled_from(acs_headers))
    changes = [
        request._replace(method=draw(METHODS.filter(lambda m: m != request.method))),
        request._replace(raw_path=request.raw_path + draw(st.sampled_from([b"/", b"x", b"%2F", b"%3F", b"%25"]))),
        request._replace(body=request.body + b"x"),
        with_headers(request, {name: request.headers[name] + b"x"}),
        with_headers(request, {b"x-acs-one-more": b"x"}),
        request._replace(headers={n: v for n, v in request.headers.items() if n != name}),
        request._replace(query=[*request.query, (b"more", b"x")]),
    ]
    if request.query:
        at = draw(st.integers(0, len(request.query) - 1))
        before, (key, value), after = request.query[:at], request.query[at], request.query[at + 1 :]
        changes += [
            request._replace(query=[*before, (key, value + b"x"), *after]),
            request._replace(query=[*before, *after]),
        ]
    return draw(st.sampled_from(changes))


@pytest.mark.parametrize("sign", [signed_acs3, signed_roa])
@given(request=requests())
def test_what_is_signed_verifies(sign: Sign, request: SignedRequest) -> None:
    check(sign(request))


@pytest.mark.parametrize("sign", [signed_acs3, signed_roa])
@given(data=st.data())
def test_one_change_is_refused(sign: Sign, data: st.DataObject) -> None:
    request = data.draw(changed(sign(data.draw(requests()))))
    with pytest.raises(ApiError):
        check(request)


@given(request=requests(), at=st.integers(0, 63), digit=st.sampled_from(b"0123456789abcdef"))
def test_another_signature_is_refused(request: SignedRequest, at: int, digit: int) -> None:
    request = signed_acs3(request)
    claim = parse_claim(request.headers)
    signature = claim.signature[:at] + bytes([digit]) + claim.signature[at + 1 :]
    if signature == claim.signature:
        return
    with pytest.raises(ApiError):
        verify(claim._replace(signature=signature), request, KEY)


@given(
    headers=st.dictionaries(
        st.sampled_from([b"authorization", b"date", b"x-acs-date", b"x-acs-signature-nonce", b"content-md5", b"host"]),
        st.binary(max_size=40)
        | st.binary(max_size=20).map(lambda b: b"ACS3-HMAC-SHA256 Credential=" + b)
        | st.binary(max_size=20).map(lambda b: b"acs k:" + b),
    ),
    scheme=st.sampled_from([signed_acs3, signed_roa]),
    request=requests(),
    raw_path=st.binary(max_size=20),
    method=st.text(max_size=5),
)
def test_odd_bytes_raise_nothing_but_refusals(
    headers: dict[bytes, bytes], scheme: Sign, request: SignedRequest, raw_path: bytes, method: str
) -> None:
    request = with_headers(scheme(request), headers)._replace(raw_path=raw_path, method=method)
    try:
        check(request)
    except ApiError as refusal:
        refusal.message.encode()  # fit for a JSON body


@given(
    first=st.lists(st.tuples(st.text("a=&%3D6\n+", max_size=4), st.text("a=&%\n", max_size=3)), max_size=3),
    second=st.lists(st.tuples(st.text("a=&%3D6\n+", max_size=4), st.text("a=&%\n", max_size=3)), max_size=3),
)
def test_no_two_queries_share_a_canonical_text(first: list[tuple[str, str]], second: list[tuple[str, str]]) -> None:
    """Up to the order of different names, which means nothing."""
    ones = [(name.encode(), value.encode()) for name, value in first]
    others = [(name.encode(), value.encode()) for name, value in second]
    if canonical_query(ones) == canonical_query(others):
        assert sorted(ones, key=itemgetter(0)) == sorted(others, key=itemgetter(0))


PIECES = st.sampled_from([b"a", b"/", b"%2F", b"%2f", b"%25", b"%3F", b"%61", b"%0A", b"%", b"2F", b"+", b"~"])
RAW_PATHS = st.lists(PIECES, max_size=5).map(lambda pieces: b"/" + b"".join(pieces))


def meaning(raw_path: bytes) -> list[bytes]:
    return [unquote_to_bytes(segment) for segment in raw_path.split(b"/")]


@given(first=RAW_PATHS, second=RAW_PATHS)
def test_no_two_paths_share_an_acs3_text(first: bytes, second: bytes) -> None:
    if {first, reencoded_path(first)} & {second, reencoded_path(second)}:
        assert meaning(first) == meaning(second)


@given(first=RAW_PATHS, second=RAW_PATHS)
def test_no_two_paths_share_a_roa_text(first: bytes, second: bytes) -> None:
    if set(roa_paths(first)) & set(roa_paths(second)):
        assert meaning(first) == meaning(second)


@given(value=st.binary(max_size=40))
def test_percent_encoding_is_rfc_3986(value: bytes) -> None:
    assert percent_encoded(value).decode() == quote_from_bytes(value, safe="~")
