"""Signed requests as whole HTTP texts, made beforehand and used once.

They have the headers of the official Python SDK, in its order, and sign those that it signs.
"""

import random
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from modelry.access import canonical
from modelry.access.claim import iso_8601
from modelry.access.signature import SigningKey
from modelry.families.model_versions.structs import CreateModelVersion
from modelry.families.models.structs import CreateModel
from modelry.server.start import RootKey

_FIXED = (
    (b"Accept-Encoding", b"identity"),
    (b"host", b"127.0.0.1:8632"),
    (b"x-acs-version", b"2021-02-04"),
    (b"user-agent", b"AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2"),
    (b"accept", b"application/json"),
    (b"x-acs-credentials-provider", b"static_ak"),
)
_JSON = (b"content-type", b"application/json; charset=utf-8")
_UNSIGNED = {b"accept-encoding", b"content-length"}


class Plain(NamedTuple):
    """A request before it is signed."""

    action: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Signer:
    """Signs as one client, now."""

    def __init__(self, key: RootKey) -> None:
        """Sign with this key."""
        self._key_id = key.access_key_id.encode()
        self._key = SigningKey(key.access_key_secret)
        self._lists: dict[bool, canonical.HeaderList] = {}

    def headers(self, plain: Plain) -> list[tuple[bytes, bytes]]:
        """The headers of one request, with a nonce that was never used."""
        hashed = canonical.body_hash("ACS3-HMAC-SHA256", plain.body)
        sent = [
            *_FIXED,
            (b"x-acs-action", plain.action.encode()),
            (b"x-acs-date", iso_8601(int(time.time())).encode()),
            (b"x-acs-signature-nonce", b"%032x" % random.getrandbits(128)),
            *([_JSON] if plain.body else []),
            (b"x-acs-content-sha256", hashed),
        ]
        by_name = {name.lower(): value for name, value in sent}
        signed = self._lists.get(bool(plain.body))
        if signed is None:
            signed = canonical.header_list(tuple(sorted(by_name.keys() - _UNSIGNED)))
            self._lists[bool(plain.body)] = signed
        query = [(name.encode(), value.encode()) for name, value in plain.query]
        text = canonical.canonical_request(plain.method, plain.path.encode(), query, by_name, signed, hashed)
        signature = self._key.signature("ACS3-HMAC-SHA256", canonical.string_to_sign("ACS3-HMAC-SHA256", text))
        sent.append(
            (
                b"Authorization",
                b"ACS3-HMAC-SHA256 Credential=%b,SignedHeaders=%b,Signature=%b"
                % (self._key_id, b";".join(signed.names), signature),
            )
        )
        if plain.body:
            sent.append((b"Content-Length", str(len(plain.body)).encode()))
        return sent

    def text(self, plain: Plain) -> bytes:
        """The whole request as it goes over the wire."""
        lines = b"".join([b"%b: %b\r\n" % header for header in self.headers(plain)])
        return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (plain.method.encode(), target(plain).encode(), lines, plain.body)

    def write(self, plains: Iterable[Plain], to: Path) -> Path:
        """A file as the load generator reads it: each request after its length."""
        with to.open("wb") as file:
            for plain in plains:
                text = self.text(plain)
                file.write(len(text).to_bytes(4, "little") + text)
        return to


def target(plain: Plain) -> str:
    """Path and query as they stand on the request line."""
    return f"{plain.path}?{urlencode(plain.query)}" if plain.query else plain.path


def get_model(model_id: str) -> Plain:
    """GetModel."""
    return Plain("GetModel", "GET", f"/api/v1/models/{model_id}")


def get_model_version(model_id: str, version_name: str) -> Plain:
    """GetModelVersion."""
    return Plain("GetModelVersion", "GET", f"/api/v1/models/{model_id}/versions/{version_name}")


def list_models(**filters: str) -> Plain:
    """ListModels, the newest first."""
    query = {"Order": "DESC", "PageNumber": "1", "PageSize": "10", "SortBy": "GmtCreateTime", **filters}
    return Plain("ListModels", "GET", "/api/v1/models", tuple(query.items()))


def create_model(request: CreateModel) -> Plain:
    """CreateModel."""
    return Plain("CreateModel", "POST", "/api/v1/models", body=msgspec.json.encode(request))


def create_model_version(request: CreateModelVersion) -> Plain:
    """CreateModelVersion."""
    body = msgspec.json.encode(request)
    return Plain("CreateModelVersion", "POST", f"/api/v1/models/{request.model_id}/versions", body=body)


def update_model(model_id: str, **changes: str) -> Plain:
    """UpdateModel."""
    return Plain("UpdateModel", "PUT", f"/api/v1/models/{model_id}", body=msgspec.json.encode(changes))


def create_model_labels(model_id: str, **labels: str) -> Plain:
    """CreateModelLabels."""
    body = {"Labels": [{"Key": key, "Value": value} for key, value in labels.items()]}
    return Plain("CreateModelLabels", "POST", f"/api/v1/models/{model_id}/labels", body=msgspec.json.encode(body))


def list_model_versions(model_id: str) -> Plain:
    """ListModelVersions, the newest first."""
    query = (("Order", "DESC"), ("PageNumber", "1"), ("PageSize", "10"), ("SortBy", "GmtCreateTime"))
    return Plain("ListModelVersions", "GET", f"/api/v1/models/{model_id}/versions", query)
