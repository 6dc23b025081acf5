"""HTTP parts to request struct and back, response struct to JSON: the only place that knows the wire's forms."""

import functools
import re
from collections.abc import Iterator, Sequence
from typing import Any, Generic, Literal, get_args, get_origin
from urllib.parse import quote, unquote_to_bytes

import msgspec

from modelry.contract.operation import AnyOperation, JsonObject, Operation, Req, Res, Rpc
from modelry.contract.text import (
    MAX_JSON_DEPTH,
    TEXT,
    bare,
    form_of,
    has_nul,
    nests_deeper_than,
    read_named,
    rpc_form_of,
    singular,
)
from modelry.errors import INVALID_PARAMETER, MALFORMED_JSON, MISSING_PARAMETER, ApiError

_OPEN = bare(JsonObject)


class Binding(Generic[Req, Res]):
    """One operation's fields, compiled from its request struct."""

    def __init__(self, operation: Operation[Req, Res]) -> None:
        """Sort the fields by the place where they travel."""
        style = operation.style
        fields = msgspec.structs.fields(operation.request)
        places = {f.name: style.place(f.encode_name) for f in fields}
        self.operation = operation
        self.path = [(f.encode_name, f.name) for name in style.path_fields for f in fields if f.encode_name == name]
        if len(self.path) != len(style.path_fields):
            message = f"{operation.name}: a path field is not a field of the request"
            raise TypeError(message)
        is_rpc = isinstance(style, Rpc)
        form = rpc_form_of if is_rpc else form_of
        self.query = {f.encode_name: (f.name, form(f.type)) for f in fields if places[f.name] == "query"}
        self._flattened = {name: name for name in self.query} | (self._singular_names() if is_rpc else {})
        self._absent_if_empty = frozenset(self._without_empty_text(fields) if is_rpc else ())
        self.body = {f.encode_name: f.name for f in fields if places[f.name] == "body"}
        self._open = [(f.encode_name, f.name) for f in fields if bare(f.type) is _OPEN and f.encode_name in self.body]
        self._enums = {f.encode_name: get_args(bare(f.type)) for f in fields if get_origin(bare(f.type)) is Literal}
        self._text_part = _part_of(operation.request, [f for f in fields if places[f.name] != "body"])
        self._body_part = _part_of(operation.request, [f for f in fields if places[f.name] == "body"])
        self._body_decoder = msgspec.json.Decoder(self._body_part)

    def decode(self, segments: Sequence[bytes], query: Sequence[tuple[bytes, bytes]], body: bytes) -> Req:
        """The request struct of one call.

        `segments` are the still encoded path segments of the `{...}`, `query` the form-decoded pairs (in RPC style
        those of the form too). Unknown query parameters and body keys are ignored, as is a body where the operation
        has no body fields. In RPC style an empty value clears a text, and is no value of any other kind.

        Raises:
            ApiError: MALFORMED_JSON, MISSING_PARAMETER or INVALID_PARAMETER, naming the field.
        """
        try:
            text: Any = msgspec.convert(self._read_text(segments, query), self._text_part) if self._text_part else None
            if self._text_part is self.operation.request:
                whole: Req = text
                return whole
            given: Any = self._read_body(body) if self._body_part else None
        except msgspec.ValidationError as error:
            raise self._refusal(str(error)) from error
        parts = [part for part in (given, text) if part is not None]
        if len(parts) == 1 and isinstance(parts[0], self.operation.request):
            return parts[0]
        return self.operation.request(**{f: getattr(part, f) for part in parts for f in part.__struct_fields__})

    def encode(self, request: Req) -> tuple[str, list[tuple[str, str]], bytes]:
        """The client's half: path, query pairs and body of a request.

        Raises:
            ValueError: the wire cannot carry a value, such as a comma inside a comma separated list.
        """
        path = self.operation.style.path
        for wire_name, name in self.path:
            value = str(getattr(request, name))
            if value in {"", ".", ".."} or "\0" in value:
                message = f"{wire_name} cannot be {value!r} in a path"
                raise ValueError(message)
            path = path.replace(f"{{{wire_name}}}", quote(value, safe=""))
        query = [
            (wire_name, form.write(value))
            for wire_name, (name, form) in self.query.items()
            if (value := getattr(request, name)) is not msgspec.UNSET
        ]
        body = {w: value for w, name in self.body.items() if (value := getattr(request, name)) is not msgspec.UNSET}
        for wire_name, value in body.items():
            if has_nul(value):
                message = f"{wire_name} cannot contain NUL"
                raise ValueError(message)
        for wire_name, _ in self._open:
            if wire_name in body:
                msgspec.json.decode(body[wire_name], type=dict[str, msgspec.Raw])
        return path, query, msgspec.json.encode(body) if self.body else b""

    def _singular_names(self) -> dict[str, str]:
        named = {singular(wire_name, form): wire_name for wire_name, (_, form) in self.query.items()}
        return {name: wire_name for name, wire_name in named.items() if name and name not in self.query}

    def _without_empty_text(self, fields: Sequence[Any]) -> Iterator[str]:
        """The parameters that an empty text cannot be a value of."""
        for field in fields:
            type_ = bare(field.type)
            if type_ is not str and not (get_origin(type_) is Literal and "" in get_args(type_)):
                yield field.encode_name

    def _read_text(self, segments: Sequence[bytes], query: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for (wire_name, _), segment in zip(self.path, segments, strict=True):
            text = _decoded(wire_name, unquote_to_bytes(segment) if b"%" in segment else segment)
            values[wire_name] = read_named(TEXT.read, wire_name, text)
        if not query:
            return values
        flattened: dict[str, dict[str, str]] = {}
        for key, data in query:
            wire_name = key.decode("utf-8", "replace")
            head, dot, tail = wire_name.partition(".")
            if wire_name in self.query:
                if not data and wire_name in self._absent_if_empty:
                    continue
                if wire_name in values:
                    raise ApiError(INVALID_PARAMETER, name=wire_name, reason="is given twice")
                _, form = self.query[wire_name]
                values[wire_name] = read_named(form.read, wire_name, _decoded(wire_name, data))
            elif dot and head in self._flattened:
                flattened.setdefault(head, {})[tail] = _decoded(wire_name, data)
        # The plural comes first, whatever the order on the wire.
        for name, parts in sorted(flattened.items(), key=lambda item: item[0] not in self.query):
            wire_name = self._flattened[name]
            _, form = self.query[wire_name]
            if form.parts is not None and wire_name not in values:
                values[wire_name] = read_named(form.parts, wire_name, parts)
        return values

    def _read_body(self, body: bytes) -> Any:
        body = body.strip()
        if not body:
            body = b"{}"
        if nests_deeper_than(body, MAX_JSON_DEPTH):
            raise ApiError(MALFORMED_JSON, reason=f"it nests deeper than {MAX_JSON_DEPTH}")
        try:
            if not body.isascii():
                body.decode()
            if b"null" in body:
                body = _without_nulls(body)
            given = self._body_decoder.decode(body)
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ApiError(MALFORMED_JSON, reason=str(error)) from error
        for wire_name, name in self._open:
            value = getattr(given, name)
            if value is not msgspec.UNSET and not bytes(value).startswith(b"{"):
                raise ApiError(INVALID_PARAMETER, name=wire_name, reason="must be a JSON object")
        if b"\\u0000" in body:
            self._refuse_nul(given)
        return given

    def _refuse_nul(self, given: msgspec.Struct) -> None:
        """NUL may stand inside the open objects, which are kept as they are, but in no name or text of ours."""
        for wire_name, name in self.body.items():
            if has_nul(getattr(given, name)):
                raise ApiError(INVALID_PARAMETER, name=wire_name, reason="must not contain NUL")

    def _refusal(self, message: str) -> ApiError:
        """A message of msgspec as an answer that names the parameter."""
        found = _MSGSPEC_MESSAGE.fullmatch(message)
        reason, where = (found["reason"], (found["where"] or "").lstrip(".")) if found else (message, "")
        missing = _MISSING.fullmatch(reason)
        if missing:
            return ApiError(MISSING_PARAMETER, name=f"{where}.{missing['name']}" if where else missing["name"])
        if where in self._enums:
            reason = f"{reason}, expected one of {', '.join(map(str, self._enums[where]))}"
        return ApiError(INVALID_PARAMETER, name=where or "The request body", reason=reason[:1].lower() + reason[1:])


_MSGSPEC_MESSAGE = re.compile(r"(?P<reason>.*?)(?: - at `\$(?P<where>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>\w+)`")


@functools.cache
def binding(operation: Operation[Req, Res]) -> Binding[Req, Res]:
    """The compiled binding of an operation."""
    return Binding(operation)


def encode_answer(operation: AnyOperation, answer: Any, request_id: str) -> bytes:
    """The JSON object of a success, with the request id in the spelling that this operation's clients read."""
    document = bytes(answer) if isinstance(answer, msgspec.Raw) else msgspec.json.encode(answer)
    head = _answer_head(operation).replace(b"?", request_id.encode())
    return head + (b"}" if document == b"{}" else b"," + document[1:])


@functools.cache
def _answer_head(operation: AnyOperation) -> bytes:
    """The beginning of every answer of an operation, with a question mark for the request id."""
    return b"{" + b",".join(b'"%b":"?"' % key.encode() for key in operation.request_id_keys)


def _part_of(request: type[msgspec.Struct], fields: Sequence[Any]) -> Any:
    """A struct of some of the request's fields; the request itself when it is all of them, `None` when none."""
    if not fields:
        return None
    if len(fields) == len(request.__struct_fields__):
        return request
    declared = [
        (f.name, f.type)
        if f.required
        else (
            f.name,
            f.type,
            msgspec.field(default=f.default)
            if f.default is not msgspec.NODEFAULT
            else msgspec.field(default_factory=f.default_factory),
        )
        for f in fields
    ]
    return msgspec.defstruct(request.__name__, declared, rename={f.name: f.encode_name for f in fields}, kw_only=True)


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ApiError(INVALID_PARAMETER, name=name, reason="is not UTF-8") from error


def _without_nulls(body: bytes) -> bytes:
    """A body whose top-level `null`s are left out: `null` reads as absent."""
    try:
        entries = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return body  # not an object: refused with the real decoder's words
    return msgspec.json.encode({k: v for k, v in entries.items() if bytes(v) != b"null"})
