"""The texts that signatures are made over: pure steps from the parts of a request to its string to sign.

ACS3 signs a canonical request, whose query values are percent-encoded. ROA, the older scheme, signs the plain values.
In both the client may have signed another spelling of the path than the one on the request line, so there are
candidates for it. RPC 1.0 signs nothing but the method and the parameters. What a signature leaves open is in
docs/signatures.md.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import Final, Literal, NamedTuple, Protocol, Self
from urllib.parse import unquote_to_bytes

Scheme = Literal["ACS3-HMAC-SHA256", "ACS3-HMAC-SM3", "HMAC-SHA1", "RPC-HMAC-SHA1"]
"""How a request is signed: two variants of ACS3, ROA with HMAC-SHA1, and RPC 1.0, whose HMAC-SHA1 has another key."""

Pair = tuple[bytes, bytes]
"""A decoded query parameter: name and value."""


class HashState(Protocol):
    """A hash that has taken in some bytes; the part of the `hashlib` objects that is needed here."""

    @property
    def block_size(self) -> int:
        """Bytes that the algorithm takes at a time; HMAC pads its key to this."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""

    def digest(self) -> bytes:
        """The hash of all bytes taken in."""

    def hexdigest(self) -> str:
        """The same in lower-case hex."""

    def copy(self) -> Self:
        """An independent state after the same bytes."""


def _sm3() -> dict[Scheme, Callable[[bytes], HashState]]:
    try:
        hashlib.new("sm3")
    except ValueError:  # OpenSSL may be built without it
        return {}
    return {"ACS3-HMAC-SM3": partial(hashlib.new, "sm3")}


HASHES: Final[Mapping[Scheme, Callable[[bytes], HashState]]] = {
    "ACS3-HMAC-SHA256": hashlib.sha256,
    "HMAC-SHA1": hashlib.sha1,
    "RPC-HMAC-SHA1": hashlib.sha1,
    **_sm3(),
}
"""The hash of each scheme that can be verified here; ACS3-HMAC-SM3 only where OpenSSL offers SM3."""


class HeaderList(NamedTuple):
    """The headers that an ACS3 signature covers, and what follows from them alone: it is made once for each list."""

    names: tuple[bytes, ...]
    """Lower-case and sorted, each once."""

    as_set: frozenset[bytes]
    """The same, to look one up."""

    values: Callable[[Mapping[bytes, bytes]], tuple[bytes, ...]]
    """The value of each."""

    template: bytes
    """The canonical request with `%b` for method, path, query, each header's value and the hash of the body."""


@lru_cache(maxsize=512)  # clients name the same ones again and again
def header_list(names: tuple[bytes, ...]) -> HeaderList:
    """The list of these names, which must be lower-case, sorted, and free of `%`."""
    lines = b"".join([name + b":%b\n" for name in names])
    # Of one name, `itemgetter` would give no tuple.
    values = itemgetter(*names) if len(names) > 1 else lambda headers: tuple(headers[name] for name in names)
    return HeaderList(names, frozenset(names), values, b"%b\n%b\n%b\n" + lines + b"\n" + b";".join(names) + b"\n%b")


# What both schemes read.


def decode_query(raw_query: bytes) -> list[Pair]:
    """The pairs of a query string, form decoded (`+` is a blank), in wire order; `name` alone has an empty value.

    What is bound to a request must be these pairs and no others: they are what the signature covers.
    """
    if not raw_query:
        return []
    return [(_form_decoded(name), _form_decoded(value)) for name, value in _split(raw_query)]


def join_headers(received: Iterable[Pair]) -> dict[bytes, bytes]:
    """Header values by lower-case name; the values of a repeated name are trimmed, sorted and joined with a comma."""
    joined: dict[bytes, bytes] = {}
    repeated: dict[bytes, list[bytes]] = {}
    for name, value in received:
        key = name.lower()
        if key in joined:
            repeated.setdefault(key, [joined[key]]).append(value.strip())
        else:
            joined[key] = value.strip()
    for key, values in repeated.items():
        joined[key] = b",".join(sorted(values))
    return joined


def percent_encoded(value: bytes) -> bytes:
    """A value as RFC 3986 writes it: letters, digits and `-_.~` stand for themselves, the rest is upper-case hex."""
    if value.isalnum():
        return value
    return b"".join([_ENCODED[byte] for byte in value])


# ACS3.


def body_hash(scheme: Scheme, body: bytes) -> bytes:
    """The hash of a body as the header x-acs-content-sha256 shows it: lower-case hex, by the hash of the scheme."""
    return HASHES[scheme](body).hexdigest().encode() if body else _EMPTY_BODY_HASH[scheme]


def canonical_query(query: Sequence[Pair]) -> bytes:
    """The pairs sorted by name, values percent-encoded; the values of one name stay in wire order.

    The clients do not encode names, and all official names are plain words. A name that would make the text
    readable in two ways is encoded nevertheless, so that no two sets of parameters share a text.
    """
    if not query:
        return b""
    return b"&".join([b"%b=%b" % (_plain(name), percent_encoded(value)) for name, value in sorted(query, key=_NAME)])


def canonical_request(
    method: str,
    path: bytes,
    query: Sequence[Pair],
    headers: Mapping[bytes, bytes],
    signed_headers: HeaderList,
    hashed_body: bytes,
) -> bytes:
    """The request as ACS3 hashes it. Every name of `signed_headers` must be in `headers`."""
    return signed_headers.template % (
        method.encode("utf-8", "backslashreplace"),
        path or b"/",
        canonical_query(query),
        *[value.strip() for value in signed_headers.values(headers)],
        hashed_body,
    )


def string_to_sign(scheme: Scheme, canonical: bytes) -> bytes:
    """The scheme and the hash of the canonical request: what the HMAC of ACS3 is made over."""
    return f"{scheme}\n{HASHES[scheme](canonical).hexdigest()}".encode()


def reencoded_path(raw_path: bytes) -> bytes:
    """The path with each segment decoded and encoded anew: what was signed where `*`, `+` or `~` is spelt otherwise.

    Source: the Go and TypeScript SDKs rewrite the path before signing it; the HTTP library of the asynchronous Python
    SDK rewrites it afterwards, `%2A` to `*`.
    """
    return b"/".join([percent_encoded(unquote_to_bytes(segment)) for segment in raw_path.split(b"/")])


# ROA.


def roa_string_to_sign(
    method: str,
    path: bytes,
    query: Sequence[Pair],
    headers: Mapping[bytes, bytes],
    content_type: bytes,
    *,
    after_empty: bytes = b"",
) -> bytes:
    """The request as ROA signs it: five lines, a line for each x-acs-* header, then path and plain query.

    A missing header leaves its line empty. `content_type` is separate because one client signs another one than
    it sends; `after_empty` follows a name without value, which is `=` for one client (docs/signatures.md).
    """
    lines = [
        method.encode("utf-8", "backslashreplace"),
        headers.get(b"accept", b"").strip(),
        headers.get(b"content-md5", b"").strip(),
        content_type,
        headers.get(b"date", b"").strip(),
    ]
    lines += [
        b"%b:%b" % (name, headers[name].strip()) for name in sorted(n for n in headers if n.startswith(b"x-acs-"))
    ]
    lines.append(_roa_resource(path, query, after_empty))
    return b"\n".join(lines)


def content_md5(body: bytes) -> bytes:
    """The header Content-MD5 of a body: base64 of its MD5."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()) if body else _EMPTY_BODY_MD5


def roa_paths(raw_path: bytes) -> Iterator[bytes]:
    """The spellings of the path that a ROA client may have signed, likeliest first; each is made when asked for."""
    yield raw_path
    yield reencoded_path(raw_path)
    plain = decoded_path(raw_path)
    if plain is not None:
        yield plain


def decoded_path(raw_path: bytes) -> bytes | None:
    """The path without percent-encoding, as Go clients sign it; `None` when that text would mean another path too.

    Go clients sign the path as the user typed it, where `/` splits, `?` starts the query and `%` begins an escape,
    so a path that holds one of these encoded was never signed this way. Taking it for signed would let one
    signature stand for two resources: `models/x%2Fversions%2F1` and `models/x/versions/1`.
    """
    path = unquote_to_bytes(raw_path)
    if path.count(b"/") != raw_path.count(b"/") or _SPLITS_A_PATH.search(path):
        return None
    return path


def _roa_resource(path: bytes, query: Sequence[Pair], after_empty: bytes) -> bytes:
    if not query:
        return path
    pairs = [
        b"%b=%b" % (_plain(name), value) if value else _plain(name) + after_empty
        for name, value in sorted(query, key=_NAME)
    ]
    return b"%b?%b" % (path, b"&".join(pairs))


# RPC 1.0.


def rpc_query(parameters: Sequence[Pair]) -> bytes:
    """All parameters but `Signature`, sorted by name, names and values percent-encoded; an empty value counts."""
    return b"&".join(
        [
            b"%b=%b" % (percent_encoded(name), percent_encoded(value))
            for name, value in sorted(parameters, key=_NAME)
            if name != b"Signature"
        ]
    )


def rpc_string_to_sign(method: str, parameters: Sequence[Pair]) -> bytes:
    """The method, the path, which is always `/`, and the parameters encoded a second time."""
    encoded_method = percent_encoded(method.encode("utf-8", "backslashreplace"))
    return b"%b&%%2F&%b" % (encoded_method, percent_encoded(rpc_query(parameters)))


# Parts of the above.


def _split(raw_query: bytes) -> list[Pair]:
    return [(name, value) for name, _, value in (part.partition(b"=") for part in raw_query.split(b"&") if part)]


def _form_decoded(text: bytes) -> bytes:
    if text.isalnum():
        return text
    return unquote_to_bytes(text.replace(b"+", b" "))


def _plain(name: bytes) -> bytes:
    if name.isalnum() or not _SPLITS_A_PAIR.search(name):
        return name
    return percent_encoded(name)


_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_ENCODED: Final = tuple(bytes([byte]) if byte in _UNRESERVED else b"%%%02X" % byte for byte in range(256))
_EMPTY_BODY_HASH: Final = {scheme: new(b"").hexdigest().encode() for scheme, new in HASHES.items()}
_EMPTY_BODY_MD5: Final = b"1B2M2Y8AsgTpgAmY7PhCfg=="
_NAME: Final = itemgetter(0)
_SPLITS_A_PAIR: Final = re.compile(rb"[=&%\n]")  # `%` as well: else the name `a%3Db` and the encoded `a=b` would meet
_SPLITS_A_PATH: Final = re.compile(rb"[?%\n]")
