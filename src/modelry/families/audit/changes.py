"""What of a change is worth keeping: the members that differ, without secrets, and no value of any length."""

import hashlib
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from modelry.contract.operation import JsonObject, Shape
from modelry.storage.database import Change

Members: TypeAlias = dict[str, msgspec.Raw]
"""The members of a JSON object, their values as they were written."""

VALUE_MAX_BYTES = 64 * 1024
"""A longer value is replaced by a `Cut`."""

SECRET_KEYS = frozenset({"AccessKeySecret", "Password", "SecurityToken"})
"""Members that are dropped wherever they stand. No store hands one over: this is for the day when one does."""

_SECRET_MARKS = tuple(f'"{key}"'.encode() for key in SECRET_KEYS)
_members = msgspec.json.Decoder(Members)
_elements = msgspec.json.Decoder(list[msgspec.Raw])


class Cut(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What stands for a value that is too long to be kept."""

    length_bytes: int
    sha256: str
    """Of the value's JSON, so that a copy of it can be recognised."""


class ChangeEntry(Shape):
    """A change as JSON."""

    resource: str
    before: JsonObject | msgspec.UnsetType = msgspec.UNSET
    """Absent of what was made."""
    after: JsonObject | msgspec.UnsetType = msgspec.UNSET
    """Absent of what was removed."""


def difference(before: bytes, after: bytes) -> tuple[Members, Members]:
    """The members in which two JSON objects differ: as they were, and as they are.

    Removing the ones from `before` and adding the others gives `after`.
    """
    old, new = _members.decode(before), _members.decode(after)
    return (
        {key: value for key, value in old.items() if new.get(key) != value},
        {key: value for key, value in new.items() if old.get(key) != value},
    )


def kept(change: Change) -> Change:
    """A change as the audit keeps it: of an update what differs, else the one object there is."""
    before, after = change.before, change.after
    if before is not None and after is not None:
        before, after = map(msgspec.json.encode, difference(before, after))
    return Change(change.resource, before and _safe(before), after and _safe(after))


def written(change: Change) -> ChangeEntry:
    """A change as JSON."""
    return ChangeEntry(
        resource=change.resource,
        before=msgspec.UNSET if change.before is None else msgspec.Raw(change.before),
        after=msgspec.UNSET if change.after is None else msgspec.Raw(change.after),
    )


def read(entry: ChangeEntry) -> Change:
    """What was `written`."""
    before = None if entry.before is msgspec.UNSET else bytes(entry.before)
    after = None if entry.after is msgspec.UNSET else bytes(entry.after)
    return Change(entry.resource, before, after)


def _safe(document: bytes) -> bytes:
    """A JSON object without secrets and long values."""
    if any(mark in document for mark in _SECRET_MARKS):
        document = bytes(_without_secrets(msgspec.Raw(document)))
    if len(document) > VALUE_MAX_BYTES:
        document = msgspec.json.encode(_cut(_members.decode(document)))
    return document


def _cut(members: Members) -> Mapping[str, msgspec.Raw | Cut]:
    return {
        key: value if len(bytes(value)) <= VALUE_MAX_BYTES else _cut_of(bytes(value)) for key, value in members.items()
    }


def _cut_of(value: bytes) -> Cut:
    return Cut(length_bytes=len(value), sha256=hashlib.sha256(value).hexdigest())


def _without_secrets(value: msgspec.Raw) -> msgspec.Raw:
    """A JSON value without the members that hold secrets, at any depth; what holds none keeps its bytes."""
    text = bytes(value)
    if not any(mark in text for mark in _SECRET_MARKS):
        return value
    match text.lstrip()[:1]:
        case b"{":
            members = _members.decode(text)
            inner = {key: _without_secrets(member) for key, member in members.items() if key not in SECRET_KEYS}
            return msgspec.Raw(msgspec.json.encode(inner))
        case b"[":
            return msgspec.Raw(msgspec.json.encode([_without_secrets(element) for element in _elements.decode(text)]))
    return value
