"""Values as text: how a path segment or a query parameter carries a typed value, both ways.

Which form a field takes follows from its type and the style alone: text, whole numbers and truth values as they are, a
list of text comma separated or, in RPC style, as JSON, anything else structured as JSON.
"""

import re
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec

from modelry.errors import INVALID_PARAMETER, ApiError

Given = TypeVar("Given")

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}")
_NUL = "must not contain NUL"
MAX_JSON_DEPTH = 100
"""How deep arrays and objects may nest in a request; checked before anything is decoded."""


def bare(type_: Any) -> Any:
    """The type without `Annotated` and without `UNSET`: what a given value is."""
    while True:
        origin = get_origin(type_)
        if origin is Annotated:
            type_ = get_args(type_)[0]
        elif origin in {Union, types.UnionType}:
            given = [t for t in get_args(type_) if t is not msgspec.UnsetType]
            if len(given) != 1:
                return type_
            type_ = given[0]
        else:
            return type_


class TextForm(NamedTuple):
    """How one field travels as text."""

    read: Callable[[str], Any]
    """Text to value.

    Raises:
        ValueError: the text is not of this form; its message completes the sentence "NAME: ...".
    """

    write: Callable[[Any], str]
    """Value to text.

    Raises:
        ValueError: the wire cannot carry the value.
    """

    parts: Callable[[Mapping[str, str]], Any] | None = None
    """Reads the flattened form `Name.1`, `Name.2.Key`, given the text after `Name.`; `None` where there is none."""


def form_of(type_: Any) -> TextForm:
    """The form of a field of this type."""
    given = bare(type_)
    if given is str or get_origin(given) is Literal:
        return TEXT
    if given is int:
        return WHOLE_NUMBER
    if given is bool:
        return TRUTH
    if get_origin(given) is list and bare(get_args(given)[0]) is str:
        return COMMA_SEPARATED
    return _json_form(given)


def rpc_form_of(type_: Any) -> TextForm:
    """The form of a field of this type in RPC style: lists travel as JSON text or flattened, never comma separated."""
    form = form_of(type_)
    return _json_form(bare(type_))._replace(parts=_read_numbered) if form is COMMA_SEPARATED else form


def singular(wire_name: str, form: TextForm) -> str | None:
    """The other name under which RPC clients flatten a list, `TagKey.1` for `TagKeys`; `None` where there is none."""
    return wire_name[:-1] if form.parts is not None and wire_name.endswith("s") else None


def _read_text(text: str) -> str:
    if "\0" in text:
        raise ValueError(_NUL)
    return text


def _write_text(value: str) -> str:
    value.encode()  # a lone surrogate cannot travel
    return _read_text(value)


def _read_whole_number(text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        reason = "must be a whole number"
        raise ValueError(reason)
    return int(text)


def _write_whole_number(value: int) -> str:
    text = str(value)
    _read_whole_number(text)
    return text


def _read_truth(text: str) -> bool:
    # The Python SDK sends `True`, Go and the documentation `true`.
    value = {"true": True, "false": False}.get(text.lower())
    if value is None:
        reason = "must be true or false"
        raise ValueError(reason)
    return value


def _read_comma_separated(text: str) -> list[str]:
    return _read_text(text).split(",") if text else []


def _write_comma_separated(values: list[str]) -> str:
    if values == [""] or any("," in v for v in values):
        reason = "a comma separated list cannot carry a comma, nor one empty text alone"
        raise ValueError(reason)
    return _write_text(",".join(values))


def _read_numbered(parts: Mapping[str, str]) -> list[str]:
    return [_read_text(text) for _, text in sorted((_read_whole_number(n), text) for n, text in parts.items())]


def _json_form(type_: Any) -> TextForm:
    decoder = msgspec.json.Decoder(type_)

    def read(text: str) -> Any:
        data = text.encode()
        if nests_deeper_than(data, MAX_JSON_DEPTH):
            reason = f"nests deeper than {MAX_JSON_DEPTH}"
            raise ValueError(reason)
        try:
            value = decoder.decode(_read_text(text))
        except msgspec.DecodeError as error:  # a ValidationError is one of these
            reason = f"must be JSON of the documented form ({error})"
            raise ValueError(reason) from error
        return _without_nul(value) if "\\u0000" in text else value

    def read_parts(parts: Mapping[str, str]) -> Any:
        entries: dict[int, dict[str, str]] = {}
        for name, text in parts.items():
            number, _, key = name.partition(".")
            entries.setdefault(_read_whole_number(number), {})[key] = text
        return read(msgspec.json.encode([entries[n] for n in sorted(entries)]).decode())

    def write(value: Any) -> str:
        return msgspec.json.encode(_without_nul(value)).decode()

    return TextForm(read, write, read_parts if get_origin(type_) is list else None)


def _without_nul(value: Any) -> Any:
    if has_nul(value):
        raise ValueError(_NUL)
    return value


def has_nul(value: Any) -> bool:
    """Whether NUL stands in any text of a decoded value; open objects, which are kept as bytes, are not looked into."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, msgspec.Struct):
        return any(has_nul(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, Mapping):
        return any(has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple) and any(map(has_nul, value))


TEXT = TextForm(_read_text, _write_text)
WHOLE_NUMBER = TextForm(_read_whole_number, _write_whole_number)
TRUTH = TextForm(_read_truth, lambda value: "true" if value else "false")
COMMA_SEPARATED = TextForm(_read_comma_separated, _write_comma_separated, _read_numbered)

_JSON_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
"""Also one that never ends, and without backtracking: what a search costs then grows with the text alone."""
_BRACKET = re.compile(rb"[\[\]{}]")


def printable(text: str) -> str:
    """A text that cannot steer a terminal: what is not printable is written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def nests_deeper_than(data: bytes, depth: int) -> bool:
    """Whether JSON text nests its arrays and objects deeper than `depth`; looks at brackets only, decodes nothing."""
    if data.count(b"[") + data.count(b"{") <= depth:
        return False
    level = 0
    for bracket in _BRACKET.finditer(_JSON_STRING.sub(b"", data)):
        level += 1 if bracket[0] in b"[{" else -1
        if level > depth:
            return True
    return False


def read_named(read: Callable[[Given], Any], name: str, given: Given) -> Any:
    """What `read` makes of a parameter, with a `ValueError` turned into the answer that names it.

    Raises:
        ApiError: INVALID_PARAMETER.
    """
    try:
        return read(given)
    except ValueError as error:
        raise ApiError(INVALID_PARAMETER, name=name, reason=error) from error
