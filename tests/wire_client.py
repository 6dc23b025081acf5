"""Requests byte by byte: signed with a server's key, changed at will, sent over a socket of one's own."""

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.client import HTTPResponse
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import uuid4

from modelry.access.canonical import decode_query, join_headers, roa_string_to_sign
from modelry.access.claim import rfc_1123
from modelry.access.signature import SignedRequest, SigningKey, sign_acs3, sign_roa, sign_rpc
from tests.registry import Registry

Scheme = Literal["ACS3", "ROA", "tea-roa"]
"""`tea-roa` is ROA as Terraform's provider and the SDKs send it: without Content-MD5."""

RpcScheme = Literal["ACS3", "RPC-1.0"]

VERSIONS = {"Ram": "2015-05-01", "Sts": "2015-04-01", "ResourceManager": "2020-03-31"}
"""Of the products in RPC style."""

_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, which is a JSON object."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    @property
    def code(self) -> str:
        """What an error is switched on; the rest of the envelope has to be there too."""
        envelope = self.json
        assert {type(envelope[key]) for key in ("Code", "Message", "RequestId")} == {str}
        assert envelope["Code"]
        assert envelope["Message"]
        assert self.headers["content-type"] == "application/json"
        code: str = envelope["Code"]
        return code


@dataclass(frozen=True)
class WireRequest:
    """A request as it goes over the wire, but for Content-Length."""

    method: str
    target: bytes
    """Path and query, encoded."""
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""

    def data(self, *, framed: bool = True) -> bytes:
        """The bytes; `framed` says whether a Content-Length is added."""
        length = {b"content-length": str(len(self.body)).encode()} if framed and self.body else {}
        lines = [name + b": " + value for name, value in {**self.headers, **length}.items()]
        return b"\r\n".join([b"%b %b HTTP/1.1" % (self.method.encode(), self.target), *lines, b"", self.body])

    def having(self, headers: Mapping[bytes, bytes | None]) -> "WireRequest":
        """The request with some headers added, replaced or (None) taken away; its signature stays as it is."""
        merged = {**self.headers, **headers}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})


def exchange(address: str, data: bytes, *, method: str = "GET", patience_s: float = 20) -> Answer:
    """Send bytes over a new connection and read one answer."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), patience_s) as connection:
        connection.sendall(data)
        return read_answer(connection, method)


def read_answer(connection: socket.socket, method: str = "GET") -> Answer:
    """One answer from a connection."""
    response = HTTPResponse(connection, method=method)
    response.begin()
    return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


@dataclass(frozen=True)
class Wire:
    """Signs for one server."""

    registry: Registry
    key: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", SigningKey(self.registry.secret))

    def signed(
        self,
        method: str,
        target: str | bytes,
        body: object = None,
        *,
        headers: Mapping[bytes, bytes] | None = None,
        scheme: Scheme = "ACS3",
        at: float | None = None,
        nonce: str | None = "",
        key_id: str | None = None,
    ) -> WireRequest:
        """A request as a client of its own would send it.

        `body` is bytes, or a value to send as JSON. `at` is when it says that it was signed, in Unix seconds; an
        empty `nonce` stands for a fresh one, `None` for none.
        """
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {
            b"host": self.registry.address.encode(),
            b"accept": b"application/json",
            b"x-acs-version": b"2021-02-04",
        }
        if content:
            given[b"content-type"] = _JSON.encode()
        given |= headers or {}
        raw_target = target.encode() if isinstance(target, str) else target
        unsigned = WireRequest(method, raw_target, given, content)
        return self.resigned(unsigned, scheme=scheme, at=at, nonce=nonce, key_id=key_id)

    def resigned(
        self,
        request: WireRequest,
        *,
        scheme: Scheme = "ACS3",
        at: float | None = None,
        nonce: str | None = "",
        key_id: str | None = None,
    ) -> WireRequest:
        """The request with a signature of now in the place of the one that it may have."""
        raw_path, _, raw_query = request.target.partition(b"?")
        stale = {b"authorization", b"content-length", b"connection"}
        if scheme != "ACS3":
            stale |= {b"x-acs-date", b"x-acs-content-sha256"}
        headers = join_headers((name, value) for name, value in request.headers.items() if name not in stale)
        parts = SignedRequest(request.method, raw_path, decode_query(raw_query), headers, request.body)
        signer, moment = key_id or self.registry.key_id, int(time.time() if at is None else at)
        fresh = uuid4().hex if nonce == "" else nonce
        if scheme == "ACS3":
            assert fresh is not None, "ACS3 always has a nonce"
            added = sign_acs3(parts, signer, self.key, time=moment, nonce=fresh)
        elif scheme == "ROA":
            added = sign_roa(parts, signer, self.key, time=moment, nonce=fresh)
        else:
            added = self._signed_as_by_tea_roa(parts, signer, rfc_1123(moment), fresh)
        return replace(request, headers={**headers, **added})

    def rpc(
        self,
        name: str,
        parameters: Mapping[str, str] | None = None,
        *,
        form: Mapping[str, str] | None = None,
        method: str = "POST",
        scheme: RpcScheme = "ACS3",
        at: float | None = None,
        nonce: str = "",
        key_id: str | None = None,
        security_token: str | None = None,
    ) -> WireRequest:
        """A call of `Ram:GetUser` or another operation in RPC style; `form` are the parameters that travel in the body.

        `at` and `nonce` are as in `signed`.
        """
        product, _, action = name.partition(":")
        query, body = urlencode(parameters or {}).encode(), urlencode(form or {}).encode()
        headers = {b"host": self.registry.address.encode(), b"accept": b"application/json"}
        if body:
            headers[b"content-type"] = b"application/x-www-form-urlencoded"
        signer, moment = key_id or self.registry.key_id, int(time.time() if at is None else at)
        more: dict[str, Any] = {"time": moment, "nonce": nonce or uuid4().hex, "security_token": security_token}
        if scheme == "ACS3":
            headers |= {b"x-acs-action": action.encode(), b"x-acs-version": VERSIONS[product].encode()}
            parts = SignedRequest(method, b"/", decode_query(query), headers, body)
            return WireRequest(method, b"/?" + query, headers | sign_acs3(parts, signer, self.key, **more), body)
        query += b"&" + urlencode({"Action": action, "Version": VERSIONS[product]}).encode()
        added = sign_rpc(method, decode_query(query + b"&" + body), signer, self.key, **more)
        return WireRequest(method, b"/?" + query + b"&" + urlencode(added).encode(), headers, body)

    def call(self, name: str, scheme: RpcScheme = "ACS3", **parameters: str) -> Answer:
        """Sign and send a call in RPC style: `call("Ram:GetUser", UserName="alice")`."""
        return self.send(self.rpc(name, parameters, scheme=scheme))

    def _signed_as_by_tea_roa(
        self, parts: SignedRequest, signer: str, date: str, nonce: str | None
    ) -> dict[bytes, bytes]:
        added = {b"date": date.encode(), b"x-acs-signature-method": b"HMAC-SHA1", b"x-acs-signature-version": b"1.0"}
        if nonce is not None:
            added[b"x-acs-signature-nonce"] = nonce.encode()
        headers = {**parts.headers, **added}
        to_sign = roa_string_to_sign(
            parts.method, parts.raw_path, parts.query, headers, headers.get(b"content-type", b"")
        )
        signature = self.key.signature("HMAC-SHA1", to_sign)
        return {**added, b"authorization": b"acs %b:%b" % (signer.encode(), signature)}

    def send(self, request: WireRequest) -> Answer:
        """Send a request as it is."""
        return exchange(self.registry.address, request.data(), method=request.method)

    def ask(self, method: str, target: str | bytes, body: object = None, scheme: Scheme = "ACS3") -> Answer:
        """Sign and send."""
        return self.send(self.signed(method, target, body, scheme=scheme))

    def new_model(self, **fields: object) -> str:
        """The id of a new model."""
        answer = self.ask("POST", "/api/v1/models", {"ModelName": uuid4().hex, **fields})
        assert answer.status == 200, answer.body
        model_id: str = answer.json["ModelId"]
        return model_id
