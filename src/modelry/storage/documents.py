"""Entities as JSON documents: encoded once on write, answered as they lie, changed without losing what is unknown."""

from collections.abc import Iterable, Mapping

import msgspec


def given(struct: msgspec.Struct, names: Iterable[str]) -> dict[str, object]:
    """The fields among `names` that a struct has a value for, by their names on the wire."""
    encoded = dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))
    values = ((encoded[name], getattr(struct, name)) for name in names)
    return {name: value for name, value in values if value is not msgspec.UNSET}


def patched(document: bytes, changes: Mapping[str, object]) -> bytes:
    """A document with some of its keys replaced.

    Keys that this program does not know survive, and so do the bytes of every value that is not replaced.
    """
    entries = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    return msgspec.json.encode({**entries, **changes})


def without_keys(document: bytes, *keys: str) -> bytes:
    """A document without some of its keys."""
    entries = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    return msgspec.json.encode({k: v for k, v in entries.items() if k not in keys})


def spliced(document: bytes, *additions: bytes) -> bytes:
    """A JSON object with more members; each addition is `"Key":value`, and none of the keys is there yet."""
    return b"{" + b",".join(additions) + (b"}" if document == b"{}" else b"," + document[1:])


def paged(key: bytes, documents: Iterable[bytes], total_count: int) -> bytes:
    """A page of documents as the answer of a list."""
    return b'{"%b":[%b],"TotalCount":%d}' % (key, b",".join(documents), total_count)
