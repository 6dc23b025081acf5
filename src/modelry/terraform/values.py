"""Values as Terraform shows them: when two mean the same, and how they travel to the API and back."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final

import msgspec
from msgspec import UNSET

State = dict[str, Any]
"""Values by attribute, `id` and `timeouts` among them."""


class Unknown(Enum):
    """What stands for a value that is known after the apply."""

    UNKNOWN = "known after apply"


UNKNOWN: Final = Unknown.UNKNOWN


class Kind(Enum):
    """What an attribute holds."""

    TEXT = "string"
    NUMBER = "number"
    TRUTH = "bool"
    SET = "set of string"
    MAP = "map of string"
    """A JSON object, shown one level deep: what is no text in it is shown as JSON."""
    JSON = "JSON"
    """The same object as JSON text."""
    DOCUMENT = "JSON document"
    """JSON text, kept as it is written."""
    TAGS = "map of tags"
    LABELS = "blocks of key and value"


def is_known(value: Any) -> bool:  # noqa: ANN401  any value
    """Whether neither the value nor anything in it is still unknown."""
    if isinstance(value, dict):
        return all(map(is_known, value.values()))
    if isinstance(value, list):
        return all(map(is_known, value))
    return value is not UNKNOWN


def same(kind: Kind, one: Any, other: Any) -> bool:  # noqa: ANN401  any values
    """Whether two values mean the same; none and empty do, but not none and zero."""
    if one is None and other is None:
        return True
    if not (is_known(one) and is_known(other)):
        return False
    return bool(one == other or _meaning(kind, one) == _meaning(kind, other))


def flat(text: str | None) -> dict[str, str] | None:
    """The MAP of a JSON object."""
    if text is None:
        return None
    parts = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return {name: _as_text(bytes(part)) for name, part in parts.items()}


def as_json(values: Mapping[str, str]) -> str:
    """The JSON object of a MAP."""
    return msgspec.json.encode(values).decode()


def is_object(text: str) -> bool:
    """Whether a text is a JSON object."""
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, UnicodeError):
        return False


def shown(kind: Kind, answered: Any) -> Any:  # noqa: ANN401  any value
    """What an answer's field is as an attribute; None when it is absent or empty."""
    if answered is UNSET or answered is None:
        return [] if kind is Kind.LABELS else None
    if kind is Kind.MAP:
        return flat(bytes(answered).decode()) or None
    if kind is Kind.JSON:
        text = bytes(answered).decode()
        return text if flat(text) else None
    if kind is Kind.LABELS:
        return [{"key": label.key, "value": label.value} for label in answered]
    if kind is Kind.TAGS:
        return {tag.tag_key: tag.tag_value for tag in answered} or None
    if kind in _EMPTY_IS_NONE:
        return answered or None
    return answered


def sent(kind: Kind, value: Any) -> Any:  # noqa: ANN401  any value
    """What an attribute is in a request; an empty value where there is none, which clears what is there."""
    if kind is Kind.JSON:
        return msgspec.Raw((value or "{}").encode())
    if kind is Kind.LABELS:
        return [{"Key": label["key"], "Value": label["value"] or ""} for label in value or ()]
    if kind is Kind.TAGS:
        return [{"Key": key, "Value": text or ""} for key, text in (value or {}).items()]
    if value is None:
        return {Kind.TEXT: "", Kind.DOCUMENT: "", Kind.NUMBER: 0, Kind.TRUTH: False, Kind.SET: []}[kind]
    return int(value) if kind is Kind.NUMBER else value


def label_pairs(labels: Iterable[Mapping[str, str | None]]) -> list[tuple[str, str]]:
    """Labels as pairs."""
    return [(label["key"] or "", label["value"] or "") for label in labels]


def _as_text(part: bytes) -> str:
    return msgspec.json.decode(part, type=str) if part.startswith(b'"') else part.decode()


def _meaning(kind: Kind, value: Any) -> Any:  # noqa: ANN401  any value
    if kind is Kind.LABELS:
        return label_pairs(value or ())
    if kind is Kind.SET:
        return sorted(value or ())
    if kind is Kind.JSON:
        return msgspec.json.decode(value or "{}")
    if kind is Kind.DOCUMENT:
        return _document(value)
    if kind is Kind.TAGS:
        return {key: text or "" for key, text in (value or {}).items()}
    if kind is Kind.MAP:
        return value or {}
    return (value or None) if kind is Kind.TEXT else value


def _document(text: str | None) -> Any:  # noqa: ANN401  any JSON
    """What a document says; a text that is none says itself."""
    try:
        return msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, UnicodeError):
        return text


_EMPTY_IS_NONE = frozenset({Kind.TEXT, Kind.SET, Kind.DOCUMENT})
