"""Requests whose bytes can be read in two ways, and bytes that are no request: refused, or read in one way."""

import contextlib
import re
import socket

import pytest

from tests.attacks.actors import Root, fresh, succeeded

SMUGGLED = b"GET /healthz?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")


def statuses(address: str, data: bytes) -> list[int]:
    """The statuses of the answers to some bytes, until the server closes or has nothing more to say."""
    host, _, port = address.rpartition(":")
    received = b""
    with socket.create_connection((host, int(port)), 5) as connection, contextlib.suppress(OSError):
        connection.sendall(data)
        while piece := connection.recv(65536):
            received += piece
            connection.settimeout(0.4)
    return [int(status) for status in _STATUS.findall(received)]


def head(*lines: bytes) -> bytes:
    return b"\r\n".join((b"POST /api/v1/models HTTP/1.1", b"Host: x", *lines, b"", b""))


def test_two_requests_at_once_are_two_answers(root: Root) -> None:
    """Or that there is one only would say nothing."""
    assert len(statuses(root.wire.registry.address, head(b"Content-Length: 0") + SMUGGLED)) == 2


CHUNKED = b"0\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(head(b"Content-Length: 5", b"Content-Length: 0") + SMUGGLED, id="two lengths"),
        pytest.param(head(b"Content-Length: 0, 5") + SMUGGLED, id="a list of lengths"),
        pytest.param(head(b"Content-Length: +5") + SMUGGLED, id="a length with a sign"),
        pytest.param(head(b"Content-Length: 0x5") + SMUGGLED, id="a hexadecimal length"),
        pytest.param(head(b"Content-Length: -1") + SMUGGLED, id="a negative length"),
        pytest.param(head(b"Content-Length: 99999999999999999999999") + SMUGGLED, id="an endless length"),
        pytest.param(head(b"Content-Length : 5") + SMUGGLED, id="a blank before the colon"),
        pytest.param(head(b"Transfer-Encoding: xchunked") + SMUGGLED, id="an unknown coding"),
        pytest.param(head(b"Transfer-Encoding: chunked, identity") + SMUGGLED, id="chunked is not last"),
        pytest.param(head(b"Transfer-Encoding: chunked") + b"zz\r\n" + SMUGGLED, id="a chunk of no size"),
        pytest.param(head(b"Transfer-Encoding: chunked") + b"-5\r\n" + SMUGGLED, id="a chunk of negative size"),
        pytest.param(head(b" folded: x") + SMUGGLED, id="a folded header"),
        pytest.param(b"POST /api/v1/models\0 HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED, id="a NUL"),
        pytest.param(head(b"X-A: a\0b") + SMUGGLED, id="a NUL in a header"),
        pytest.param(head(b"X-A: a\rX-B: b") + SMUGGLED, id="a bare carriage return"),
        pytest.param(b"GET /api/v1/models\r\n\r\n" + SMUGGLED, id="HTTP 0.9"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + SMUGGLED, id="TLS on the plain port"),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_with_it(root: Root, data: bytes) -> None:
    """What follows it on the connection is not taken for a request."""
    found = statuses(root.wire.registry.address, data)
    assert [status for status in found if not 400 <= status < 500] == []
    assert len(found) <= 1


def test_a_chunked_body_with_a_length_is_read_in_one_way(root: Root) -> None:
    """As chunked, the standard says; the length counts for nothing, and nothing is left over as a second request."""
    data = head(b"Content-Length: 5", b"Transfer-Encoding: chunked") + CHUNKED
    found = statuses(root.wire.registry.address, data)
    assert len(found) == 1
    assert 400 <= found[0] < 500
    longer = head(b"Content-Length: %d" % (5 + len(SMUGGLED)), b"Transfer-Encoding: chunked") + CHUNKED + SMUGGLED
    assert statuses(root.wire.registry.address, longer)[:1] == found


def test_the_same_length_twice_means_what_it_says(root: Root) -> None:
    """Or is refused: it is read in one way at least."""
    found = statuses(root.wire.registry.address, head(b"Content-Length: 0", b"Content-Length: 0") + SMUGGLED)
    assert 400 <= found[0] < 500


@pytest.mark.parametrize(
    "line",
    [
        b"GET http://elsewhere.example/api/v1/models HTTP/1.1",
        b"CONNECT elsewhere.example:443 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"TRACE /api/v1/models HTTP/1.1",
        b"PRI * HTTP/2.0",
    ],
)
def test_the_server_is_nobody_s_proxy(root: Root, line: bytes) -> None:
    found = statuses(root.wire.registry.address, line + b"\r\nHost: elsewhere.example\r\n\r\n")
    assert [status for status in found if not 400 <= status < 500] == []


def test_a_method_in_a_header_changes_nothing(root: Root) -> None:
    name = fresh("m")
    model_id = succeeded(root.ask("POST", "/api/v1/models", {"ModelName": name}))["ModelId"]
    overrides = {b"x-http-method-override": b"DELETE", b"x-method-override": b"DELETE", b"x-original-url": b"/"}
    request = root.wire.signed("GET", f"/api/v1/models/{model_id}?_method=DELETE").having(overrides)
    assert succeeded(root.wire.send(request))["ModelName"] == name
    succeeded(root.ask("GET", f"/api/v1/models/{model_id}"))


@pytest.mark.parametrize("size", [70_000, 300_000, 2_000_000])
def test_a_head_that_is_too_long_is_refused(root: Root, size: int) -> None:
    for data in (head(b"X-A: " + b"a" * size), b"GET /" + b"a" * size + b" HTTP/1.1\r\nHost: x\r\n\r\n"):
        found = statuses(root.wire.registry.address, data)
        assert [status for status in found if not 400 <= status < 500] == []
    succeeded(root.ask("GET", "/api/v1/models"))


def test_very_many_headers_are_refused(root: Root) -> None:
    found = statuses(root.wire.registry.address, head(*(b"X-%d: a" % number for number in range(5000))))
    assert [status for status in found if not 400 <= status < 500] == []
    succeeded(root.ask("GET", "/api/v1/models"))
