"""What a server must take from strangers and from its own clients' mistakes: each its proper code, never a 5xx.

Signatures are valid unless the row is about signatures.
"""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from modelry.access.principal import Principal
from modelry.access.sealing import Sealer
from modelry.families.ram.keys import store as keys
from modelry.server.machine import MachineState
from tests import databases
from tests.registry import Registry, running
from tests.wire_client import Answer, Scheme, Wire, WireRequest, exchange, read_answer

MODELS = "/api/v1/models"
MAX_BODY_BYTES = 4 * 2**20


@pytest.fixture(scope="module")
def wire(registry: Registry) -> Wire:
    return Wire(registry)


@pytest.fixture(scope="module")
def model_id(wire: Wire) -> str:
    return wire.new_model()


def refused(answer: Answer) -> tuple[int, str]:
    """Status and code of an error whose envelope is whole."""
    return answer.status, answer.code


# The body.


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        (b"{", "InvalidJSON", ""),
        (b"not JSON", "InvalidJSON", ""),
        (b'{"ModelName":"a"}x', "InvalidJSON", ""),
        (b"{'ModelName':'a'}", "InvalidJSON", ""),
        (b'{"ModelName":"a",}', "InvalidJSON", ""),
        (b'{"ModelName":NaN}', "InvalidJSON", ""),
        (b'{"ModelName":"\xff"}', "InvalidJSON", ""),
        (b'{"ModelName":"\xed\xa0\x80"}', "InvalidJSON", ""),
        (b'{"ModelName":"\xc0\x80"}', "InvalidJSON", ""),
        (b'{"Unknown":"\xff","ModelName":"a"}', "InvalidJSON", ""),
        (b'{"ModelName":"\\ud800"}', "InvalidJSON", ""),
        (b'{"ModelName":"a\nb"}', "InvalidJSON", ""),
        (b"\xef\xbb\xbf{}", "InvalidJSON", ""),
        ("{}".encode("utf-16"), "InvalidJSON", ""),
        (b'{"ModelName":"m","ExtraInfo":' + b'{"a":' * 101 + b"1" + b"}" * 101 + b"}", "InvalidJSON", "nests"),
        (b'{"ModelName":"m","Unknown":' + b"[" * 200 + b"]" * 200 + b"}", "InvalidJSON", "nests"),
        (b"[" * 1_000_000, "InvalidJSON", "nests"),
        (b'{"a":' * 500_000, "InvalidJSON", "nests"),
        (b'{"a":' + b"[]," * 101 + b'"' + b'\\"' * 1_000_000, "InvalidJSON", ""),
        (b"[]", "InvalidParameter", "body"),
        (b'"text"', "InvalidParameter", "body"),
        (b"null", "InvalidParameter", "body"),
        (b"true", "InvalidParameter", "body"),
        (b"{}", "MissingParameter", "ModelName"),
        (b"", "MissingParameter", "ModelName"),
        (b" \r\n", "MissingParameter", "ModelName"),
        (b'{"ModelName":null}', "MissingParameter", "ModelName"),
        (b'{"ModelName":1}', "InvalidParameter", "ModelName"),
        (b'{"ModelName":["a"]}', "InvalidParameter", "ModelName"),
        (b'{"ModelName":{"a":1}}', "InvalidParameter", "ModelName"),
        (b'{"ModelName":true}', "InvalidParameter", "ModelName"),
        (b'{"ModelName":"a\\u0000b"}', "InvalidParameter", "ModelName"),
        (b'{"ModelName":"a","Labels":[{"Key":"\\u0000"}]}', "InvalidParameter", "Labels"),
        (b'{"ModelName":"a","Labels":{}}', "InvalidParameter", "Labels"),
        (b'{"ModelName":"a","Labels":[1]}', "InvalidParameter", "Labels[0]"),
        (b'{"ModelName":"a","Labels":[{"Key":1}]}', "InvalidParameter", "Labels[0].Key"),
        (b'{"ModelName":"a","Labels":[{"Key":"k","Value":null}]}', "InvalidParameter", "Labels[0].Value"),
        (b'{"ModelName":"a","Labels":[null]}', "InvalidParameter", "Labels[0]"),
        (b'{"ModelName":"a","OrderNumber":"1"}', "InvalidParameter", "OrderNumber"),
        (b'{"ModelName":"a","OrderNumber":1.5}', "InvalidParameter", "OrderNumber"),
        (b'{"ModelName":"a","OrderNumber":true}', "InvalidParameter", "OrderNumber"),
        (b'{"ModelName":"a","OrderNumber":1e999}', "InvalidParameter", "OrderNumber"),
        (b'{"ModelName":"a","OrderNumber":9223372036854775808}', "InvalidParameter", "OrderNumber"),
        (b'{"ModelName":"a","OrderNumber":' + b"9" * 5000 + b"}", "InvalidParameter", "OrderNumber"),
        (b'{"ModelName":"a","ParameterSize":-9223372036854775809}', "InvalidParameter", "ParameterSize"),
        (b'{"ModelName":"a","ExtraInfo":"{}"}', "InvalidParameter", "ExtraInfo"),
        (b'{"ModelName":"a","Accessibility":"public"}', "InvalidParameter", "PRIVATE, PUBLIC"),
        (b'{"ModelName":"a","Accessibility":1}', "InvalidParameter", "Accessibility"),
        (b'{"ModelName":"' + "名".encode() * 128 + b'"}', "InvalidParameter", "ModelName"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_wrong_body_is_refused_and_the_field_named(wire: Wire, body: bytes, code: str, named: str) -> None:
    answer = wire.ask("POST", MODELS, body)
    assert refused(answer) == (400, code)
    assert named in answer.json["Message"]


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        (b'{"Uri":""}', "InvalidParameter", "Uri"),
        (b'{"Uri":"u","VersionName":"1.0"}', "InvalidParameter", "VersionName"),
        (b'{"Uri":"u","SourceType":"Other"}', "InvalidParameter", "Custom, PAIFlow, TrainingService"),
        (b'{"Uri":"u","ApprovalStatus":"Maybe"}', "InvalidParameter", "Pending, Approved, Rejected"),
        (b'{"Uri":"u","Metrics":[]}', "InvalidParameter", "Metrics"),
        (b'{"Uri":"u","Options":{}}', "InvalidParameter", "Options"),
        (b'{"Uri":"u","Options":"\\u0000"}', "InvalidParameter", "Options"),
    ],
)
def test_a_wrong_version_is_refused(wire: Wire, model_id: str, body: bytes, code: str, named: str) -> None:
    answer = wire.ask("POST", f"{MODELS}/{model_id}/versions", body)
    assert refused(answer) == (400, code)
    assert named in answer.json["Message"]


@pytest.mark.parametrize(
    "body",
    [b' {"Domain":"d"}', b'\n{"Domain":"d"}\r\n', b'{"Domain":"d","Unknown":{"a":[1]},"ModelId":5}', b"{}"],
)
def test_blanks_around_a_body_and_unknown_keys_do_no_harm(wire: Wire, model_id: str, body: bytes) -> None:
    assert wire.ask("PUT", f"{MODELS}/{model_id}", body).status == 200


def test_nesting_up_to_the_cap_is_taken(wire: Wire, model_id: str) -> None:
    body = b'{"ExtraInfo":' + b'{"a":' * 99 + b"1" + b"}" * 99 + b"}"
    assert wire.ask("PUT", f"{MODELS}/{model_id}", body).status == 200


def test_a_body_of_the_largest_size_is_taken(wire: Wire, model_id: str) -> None:
    shell = b'{"ModelDescription":"%b"}'
    body = shell % (b"x" * (MAX_BODY_BYTES - len(shell) + 2))
    assert len(body) == MAX_BODY_BYTES
    assert wire.ask("PUT", f"{MODELS}/{model_id}", body).status == 200
    wire.ask("PUT", f"{MODELS}/{model_id}", {"ModelDescription": ""})


def test_a_larger_body_is_refused_by_its_announced_length(wire: Wire, model_id: str) -> None:
    """Nothing of it has to arrive."""
    request = wire.signed("PUT", f"{MODELS}/{model_id}", {"Domain": "d"})
    longer = request.having({b"content-length": str(MAX_BODY_BYTES + 1).encode()})
    assert refused(exchange(wire.registry.address, longer.data(framed=False))) == (413, "RequestBodyTooLarge")


def test_a_larger_body_is_refused_when_it_arrives_whole(wire: Wire, model_id: str) -> None:
    answer = wire.ask("PUT", f"{MODELS}/{model_id}", b'{"ModelDescription":"' + b"x" * MAX_BODY_BYTES + b'"}')
    assert refused(answer) == (413, "RequestBodyTooLarge")


def chunked(body: bytes, size: int = 16384) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def sent_in_chunks(wire: Wire, request: WireRequest) -> Answer:
    headers = replace(request, body=b"").having({b"transfer-encoding": b"chunked"}).data(framed=False)
    return exchange(wire.registry.address, headers + chunked(request.body), method=request.method)


def test_a_chunked_body_is_taken(wire: Wire, model_id: str) -> None:
    request = wire.signed("PUT", f"{MODELS}/{model_id}", {"Domain": "chunked", "ModelDoc": "x" * 40_000})
    assert sent_in_chunks(wire, request).status == 200
    assert wire.ask("GET", f"{MODELS}/{model_id}").json["Domain"] == "chunked"


def test_a_larger_chunked_body_is_refused(wire: Wire, model_id: str) -> None:
    request = wire.signed("PUT", f"{MODELS}/{model_id}", b'{"ModelDescription":"' + b"x" * MAX_BODY_BYTES + b'"}')
    assert refused(sent_in_chunks(wire, request)) == (413, "RequestBodyTooLarge")


@pytest.mark.parametrize("content_type", [b"text/plain", b"application/octet-stream", b"application/xml", b"\xff"])
def test_a_body_is_json_whatever_its_type_says(wire: Wire, model_id: str, content_type: bytes) -> None:
    request = wire.signed("PUT", f"{MODELS}/{model_id}", {"Domain": "d"}, headers={b"content-type": content_type})
    assert wire.send(request).status == 200


def test_a_list_or_a_get_with_a_body_ignores_it(wire: Wire, model_id: str) -> None:
    for target in (MODELS, f"{MODELS}/{model_id}"):
        assert wire.ask("GET", target, b"\xff not JSON").status == 200


# The query.


@pytest.mark.parametrize(
    ("query", "named"),
    [
        (b"Domain=%ff", "Domain"),
        (b"Domain=%ed%a0%80", "Domain"),
        (b"Domain=%00", "Domain"),
        (b"Query=a%00b", "Query"),
        (b"Collections=a,%00", "Collections"),
        (b"Domain=a&Domain=b", "Domain"),
        (b"PageNumber=", "PageNumber"),
        (b"PageNumber=one", "PageNumber"),
        (b"PageNumber=1.0", "PageNumber"),
        (b"PageNumber=0x1", "PageNumber"),
        (b"PageNumber=+1", "PageNumber"),
        (b"PageNumber=%D9%A1", "PageNumber"),
        (b"PageNumber=0", "PageNumber"),
        (b"PageNumber=-1", "PageNumber"),
        (b"PageNumber=99999999999999999999", "PageNumber"),
        (b"PageNumber=" + b"9" * 5000, "PageNumber"),
        (b"PageSize=1001", "PageSize"),
        (b"Order=up", "ASC, DESC"),
        (b"SortBy=Uri", "GmtCreateTime"),
        (b"Tag=x", "Tag"),
        (b"Tag={}", "Tag"),
        (b"Tag=[1]", "Tag"),
        (b"Tag=[{}]", "Tag"),
        (b'Tag=[{"Key":"a","Value":1}]', "Tag"),
        (b'Tag=[{"Key":"\\u0000"}]', "Tag"),
        (b"Tag=" + b"[" * 2000, "Tag"),
        (b"Conditions=[{}]", "Conditions"),
        (b'Conditions=[{"Column":"Task","Operator":"Equal","Value":"\\u0000"}]', "Conditions"),
        (b'Conditions=[{"Column":"Task","Operator":"Equal","Value":["a"]}]', "Conditions[0].Value"),
        (b'Conditions=[{"Column":"Task","Operator":"Equal","Value":1.5}]', "Conditions"),
        (b"Conditions.1.Column=Task", "Conditions"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_wrong_parameter_is_refused_and_named(wire: Wire, query: bytes, named: str) -> None:
    escaped = query.replace(b"\\", b"%5C").replace(b'"', b"%22").replace(b"{", b"%7B").replace(b"}", b"%7D")
    answer = wire.ask("GET", MODELS.encode() + b"?" + escaped)
    assert refused(answer) == (400, "InvalidParameter")
    assert named in answer.json["Message"]


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"?",
        b"?&&&",
        b"?=",
        b"?=x",
        b"?Unknown=1&Unknown=2&%ff=%fe&a.b.c=1",
        b"?Domain",
        b"?Domain=",
        b"?Label=%F0%9F%98%80",
        b"?Query=%",
        b"?Query=%zz&ModelName=%2",
        b"?Query=a+b%20c",
        b"?PageNumber=2147483647&PageSize=1000",
        b"?Tag=[]&Conditions=%5B%5D",
        b"?Query=" + b"x" * 30_000,
    ],
    ids=lambda value: repr(value)[:40],
)
def test_odd_queries_that_say_nothing_wrong_are_answered(wire: Wire, query: bytes) -> None:
    answer = wire.ask("GET", MODELS.encode() + query)
    assert answer.status == 200
    assert type(answer.json["TotalCount"]) is int


# The path.


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (b"/api/v1/models/", 404, "InvalidAction.NotFound"),
        (b"/api/v1/models//versions", 404, "InvalidAction.NotFound"),
        (b"/api/v1//models", 404, "InvalidAction.NotFound"),
        (b"//api/v1/models", 404, "InvalidAction.NotFound"),
        (b"/api/v1/Models", 404, "InvalidAction.NotFound"),
        (b"/api/v1/%6dodels", 404, "InvalidAction.NotFound"),
        (b"/api/v1/models/a/b/c/d", 404, "InvalidAction.NotFound"),
        (b"/api/v2/models", 404, "InvalidAction.NotFound"),
        (b"/", 400, "MissingParameter"),
        (b"/../api/v1/models", 404, "InvalidAction.NotFound"),
        (b"/api/v1/models/%2F", 404, "201900002"),
        (b"/api/v1/models/a%2Fversions%2F1.0.0", 404, "201900002"),
        (b"/api/v1/models/a:b", 404, "201900002"),
        (b"/api/v1/models/a%3Ab", 404, "201900002"),
        (b"/api/v1/models/[ModelId]", 404, "201900002"),
        (b"/api/v1/models/..", 404, "201900002"),
        (b"/api/v1/models/%2e%2e", 404, "201900002"),
        (b"/api/v1/models/%", 404, "201900002"),
        (b"/api/v1/models/%zz", 404, "201900002"),
        (b"/api/v1/models/a;b=c,d@e$&+!*'()~", 404, "201900002"),
        (b"/api/v1/models/%E6%83%85%20%F0%9F%98%80", 404, "201900002"),
        (b"/api/v1/models/" + b"a" * 20_000, 404, "201900002"),
        (b"/api/v1/models/a%00b", 400, "InvalidParameter"),
        (b"/api/v1/models/%ff", 400, "InvalidParameter"),
        (b"/api/v1/models/%ed%a0%80", 400, "InvalidParameter"),
        (b"/api/v1/models/%C0%80", 400, "InvalidParameter"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_path_that_names_nothing_is_answered_by_an_envelope(wire: Wire, path: bytes, status: int, code: str) -> None:
    assert refused(wire.ask("GET", path)) == (status, code)


def test_an_escaped_slash_in_a_version_name_does_not_split_the_path(wire: Wire, model_id: str) -> None:
    assert refused(wire.ask("GET", f"{MODELS}/{model_id}/versions/1.0.0%2Flabels")) == (404, "201900003")


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "DELETE", "PUT", "FOO"])
def test_another_method_is_answered_with_those_that_are(wire: Wire, method: str) -> None:
    answer = wire.ask(method, MODELS)
    assert refused(answer) == (405, "InvalidMethod")
    assert "GET, POST" in answer.json["Message"]


def test_head_is_answered_without_a_body(wire: Wire) -> None:
    answer = wire.ask("HEAD", MODELS)
    assert (answer.status, answer.body) == (405, b"")
    assert answer.headers["content-type"] == "application/json"


# Signatures, clocks, keys and nonces.


@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({b"authorization": None}, 400, "MissingAuthorization"),
        ({b"authorization": b""}, 400, "MissingAuthorization"),
        ({b"authorization": b"Bearer x"}, 400, "InvalidSignatureMethod"),
        ({b"authorization": b"acs"}, 400, "IncompleteSignature"),
        ({b"authorization": b"acs a:b"}, 400, "IncompleteSignature"),
        ({b"authorization": b"ACS3-HMAC-SHA256 Credential=a"}, 400, "IncompleteSignature"),
        (
            {b"authorization": b"ACS3-RSA-SHA256 Credential=a,SignedHeaders=b,Signature=c"},
            400,
            "InvalidSignatureMethod",
        ),
        ({b"x-acs-version": b"2019-01-01"}, 400, "InvalidVersion"),
        ({b"x-acs-version": b"\xff"}, 400, "InvalidVersion"),
        ({b"x-acs-security-token": b"token"}, 403, "InvalidSecurityToken.Malformed"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_wrong_authorization_is_refused(
    wire: Wire, scheme: Scheme, change: dict[bytes, bytes | None], status: int, code: str
) -> None:
    request = wire.signed("GET", MODELS, scheme=scheme).having(change)
    assert refused(wire.send(request)) == (status, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({b"x-acs-date": None}, "IncompleteSignature"),
        ({b"x-acs-date": b"yesterday"}, "InvalidTimeStamp.Format"),
        ({b"x-acs-date": b"2026-13-01T00:00:00Z"}, "InvalidTimeStamp.Format"),
        ({b"x-acs-date": b"2020-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired"),
        ({b"x-acs-signature-nonce": None}, "MissingSignatureNonce"),
        ({b"x-acs-signature-nonce": b""}, "MissingSignatureNonce"),
        ({b"x-acs-signature-nonce": b"n" * 5000}, "IncompleteSignature"),
        ({b"x-acs-signature-nonce": b"\xff"}, "IncompleteSignature"),
        ({b"x-acs-content-sha256": None}, "IncompleteSignature"),
        ({b"x-acs-content-sha256": b"0" * 64}, "ContentMD5NotMatched"),
        ({b"x-acs-unsigned": b"1"}, "IncompleteSignature"),
        ({b"host": b"elsewhere"}, "SignatureDoesNotMatch"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_acs3_with_a_wrong_or_missing_header_is_refused(
    wire: Wire, change: dict[bytes, bytes | None], code: str
) -> None:
    assert refused(wire.send(wire.signed("GET", MODELS).having(change))) == (400, code)


def test_an_unsigned_host_is_refused(wire: Wire) -> None:
    request = wire.signed("GET", MODELS)
    authorization = request.headers[b"authorization"].replace(b"host;", b"")
    assert refused(wire.send(request.having({b"authorization": authorization}))) == (400, "IncompleteSignature")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({b"date": None}, "IncompleteSignature"),
        ({b"date": b"yesterday"}, "InvalidTimeStamp.Format"),
        ({b"date": b"Sat, 31 Feb 2026 00:00:00 GMT"}, "InvalidTimeStamp.Format"),
        ({b"date": b"Wed, 01 Jan 2020 00:00:00 GMT"}, "InvalidTimeStamp.Expired"),
        ({b"x-acs-signature-nonce": b"other"}, "SignatureDoesNotMatch"),
        ({b"x-acs-signature-method": b"HMAC-MD5"}, "InvalidSignatureMethod"),
        ({b"content-md5": b"1B2M2Y8AsgTpgAmY7PhCfg=="}, "ContentMD5NotMatched"),
        ({b"accept": b"application/xml"}, "SignatureDoesNotMatch"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_roa_with_a_wrong_or_missing_header_is_refused(
    wire: Wire, model_id: str, change: dict[bytes, bytes | None], code: str
) -> None:
    request = wire.signed("PUT", f"{MODELS}/{model_id}", {"Domain": "d"}, scheme="ROA")
    assert refused(wire.send(request.having(change))) == (400, code)


@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
@pytest.mark.parametrize(("skew_s", "status"), [(-960, 400), (840, 200), (960, 400)])
def test_a_clock_may_be_ahead_by_up_to_fifteen_minutes(wire: Wire, scheme: Scheme, skew_s: int, status: int) -> None:
    answer = wire.send(wire.signed("GET", MODELS, at=time.time() + skew_s, scheme=scheme))
    assert answer.status == status
    if status == 400:
        assert answer.code == "InvalidTimeStamp.Expired"


@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
def test_an_unknown_key_is_a_403_never_a_404(wire: Wire, scheme: Scheme) -> None:
    """Terraform takes any 404 for: the resource is gone."""
    request = wire.signed("GET", MODELS, key_id="LTAI5tUnknown", scheme=scheme)
    assert refused(wire.send(request)) == (403, "InvalidAccessKeyId.NotFound")


def test_an_inactive_key_is_a_403(wire: Wire) -> None:
    folder, key_id = wire.registry.folder, f"LTAI{uuid4().hex[:12]}"
    sealer = Sealer(bytes.fromhex((folder / "sealing.key").read_text()))
    principal = Principal(
        account_id=int(wire.registry.account_id), user_id=wire.registry.account_id, access_key_id=key_id
    )
    stored = keys.StoredKey(principal, "Inactive", sealer.seal(wire.registry.secret, belongs_to=key_id))
    databases.store_of(folder).write_alone(lambda transaction: keys.add_key(transaction, stored))
    state = MachineState.attach(folder / "machine.state")
    state.bump_generation()
    state.close(clean=False)
    request = wire.signed("GET", MODELS, key_id=key_id)
    assert refused(wire.send(request)) == (403, "InvalidAccessKeyId.Inactive")


def test_the_refusal_of_a_signature_ends_with_the_string_to_sign(wire: Wire) -> None:
    """The `aliyun` command line compares it with its own and then tells the user to check the secret."""
    request = wire.signed("GET", f"{MODELS}?Domain=a b".replace(" ", "+"), scheme="ROA")
    answer = wire.send(
        request.having({b"authorization": b"acs %b:%b" % (wire.registry.key_id.encode(), b"A" * 27 + b"=")})
    )
    assert refused(answer) == (400, "SignatureDoesNotMatch")
    _, _, text = answer.json["Message"].partition("server string to sign is:")
    assert text.startswith("GET\napplication/json\n")
    assert text.endswith("\n/api/v1/models?Domain=a b")


@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("PUT", {"Domain": "d"}), ("DELETE", None)], ids=["read", "write", "delete"]
)
def test_a_request_sent_a_second_time_is_refused(wire: Wire, scheme: Scheme, method: str, body: object) -> None:
    request = wire.signed(method, f"{MODELS}/{wire.new_model()}", body, scheme=scheme)
    assert wire.send(request).status == 200
    assert refused(wire.send(request)) == (400, "SignatureNonceUsed")


def test_a_nonce_is_used_up_by_a_refusal_too(wire: Wire) -> None:
    request = wire.signed("POST", MODELS, b"not JSON")
    assert refused(wire.send(request)) == (400, "InvalidJSON")
    assert refused(wire.send(request)) == (400, "SignatureNonceUsed")


def test_a_nonce_of_a_read_cannot_be_used_for_a_write(wire: Wire, model_id: str) -> None:
    nonce = uuid4().hex
    assert wire.send(wire.signed("GET", f"{MODELS}/{model_id}", nonce=nonce)).status == 200
    again = wire.signed("PUT", f"{MODELS}/{model_id}", {"Domain": "d"}, nonce=nonce)
    assert refused(wire.send(again)) == (400, "SignatureNonceUsed")


def test_a_wrong_signature_does_not_use_up_a_nonce(wire: Wire) -> None:
    request = wire.signed("GET", MODELS)
    wrong = request.having({b"authorization": request.headers[b"authorization"][:-1] + b"0"})
    if wrong == request:
        wrong = request.having({b"authorization": request.headers[b"authorization"][:-1] + b"1"})
    assert refused(wire.send(wrong)) == (400, "SignatureDoesNotMatch")
    assert wire.send(request).status == 200


# The `aliyun` command line.


def by_aliyun(wire: Wire, method: str, target: str, body: bytes = b"", content_type: bytes = b"") -> WireRequest:
    """As it signs: Content-MD5, no nonce, no action, a content type without a body."""
    headers = {
        b"content-type": content_type or (b"application/json" if body[:1] == b"{" else b"application/octet-stream"),
        b"x-acs-credentials-provider": b"static_sts",
        b"x-acs-region-id": b"local",
        b"x-sdk-client": b"golang/1.0.0",
    }
    return wire.signed(method, target, body, headers=headers, scheme="ROA", nonce=None)


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("GET", MODELS, b"", 200),
        ("GET", f"{MODELS}?Query=a+b&Label=", b"", 200),
        ("GET", f"{MODELS}/", b"", 404),
        ("GET", f"{MODELS}/[ModelId]", b"", 404),
        ("POST", MODELS, b"", 400),
        ("POST", MODELS, b"[1]", 400),
        ("PUT", "MODEL", b' {"Domain":"d"}\n', 200),
        ("PUT", "MODEL", b'{"Domain":"d"}', 200),
        ("PUT", "MODEL", b"<a/>", 400),
        ("GET", "MODEL", b"", 200),
    ],
)
def test_the_aliyun_command_line_is_served(
    wire: Wire, model_id: str, method: str, target: str, body: bytes, status: int
) -> None:
    answer = wire.send(by_aliyun(wire, method, target.replace("MODEL", f"{MODELS}/{model_id}", 1), body))
    assert answer.status == status
    assert type(answer.json) is dict


def test_equal_requests_of_one_second_without_a_nonce_are_all_served(wire: Wire, model_id: str) -> None:
    request = by_aliyun(wire, "GET", f"{MODELS}/{model_id}")
    assert [wire.send(request).status for _ in range(3)] == [200, 200, 200]


# What is slow, and servers that refuse more.


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """A server with short time-outs that takes nothing without a nonce."""
    folder = tmp_path_factory.mktemp("strict") / "data"
    with running(
        folder, "--body-timeout-s", "1", "--header-timeout-s", "1", "--require-nonce", "--max-body-bytes", "2048"
    ) as server:
        yield Wire(server)


def test_a_body_that_does_not_arrive_in_time_is_refused(strict: Wire) -> None:
    request = strict.signed("POST", MODELS, {"ModelName": "slow"})
    host, _, port = strict.registry.address.rpartition(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(request.data()[:-5])
        answer = read_answer(connection, "POST")
    assert refused(answer) == (400, "IncompleteBody")


def test_a_head_that_does_not_arrive_in_time_is_not_waited_for(strict: Wire) -> None:
    host, _, port = strict.registry.address.rpartition(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHo")
        started = time.monotonic()
        connection.recv(4096)
        assert time.monotonic() - started < 5


def test_a_setting_refuses_requests_without_a_nonce(strict: Wire) -> None:
    answer = strict.send(by_aliyun(strict, "GET", MODELS))
    assert refused(answer) == (400, "MissingSignatureNonce")


def test_a_setting_bounds_the_body(strict: Wire) -> None:
    assert refused(strict.ask("POST", MODELS, {"ModelName": "x" * 2048})) == (413, "RequestBodyTooLarge")


@pytest.mark.parametrize(("before_s", "status"), [(5, 400), (0, 200)])
def test_a_request_dated_before_the_table_of_nonces_begins_is_refused(strict: Wire, before_s: int, status: int) -> None:
    """Nobody can say whether it was carried out already by the server of before."""
    state = MachineState.attach(strict.registry.folder / "machine.state")
    begins = state.complete_since
    state.close(clean=False)
    assert strict.send(strict.signed("GET", MODELS, at=begins - before_s)).status == status


# Whatever happened.


def test_requests_that_are_no_http_are_dropped_and_the_server_goes_on(wire: Wire) -> None:
    for data in (
        b"\0" * 100,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET /?a=\xc3 HTTP/1.1\r\n\r\n",
    ):
        host, _, port = wire.registry.address.rpartition(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(data)
            connection.recv(4096)
    assert wire.ask("GET", MODELS).status == 200


def test_none_of_this_was_a_fault_of_the_server(wire: Wire) -> None:
    """The log of the tests' server has no traceback; it holds one when a test of this file met a 500."""
    faults = [line for line in wire.registry.log_lines() if "Fault" in line]
    assert json.dumps(faults, indent=1) == "[]"
