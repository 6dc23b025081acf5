"""The catalogue as an OpenAPI 3.1 document."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

import msgspec

from modelry import __version__
from modelry.contract.catalogue import Catalogue
from modelry.contract.notes import field_notes
from modelry.contract.operation import INT64_MAX, AnyOperation, Rpc
from modelry.contract.refusals import SHARED, by_status, refusals
from modelry.contract.text import COMMA_SEPARATED, TEXT, TRUTH, WHOLE_NUMBER, form_of
from modelry.errors import NO_SUCH_API, THROTTLED, ErrorCode

Schema = dict[str, Any]

_SCHEMAS = "#/components/schemas/"
_RESPONSES = "#/components/responses/"
_ERROR = "Error"

_ABOUT = """\
The models, versions, labels, workspaces, members and configurations of a model registry, as PAI AIWorkSpace 2021-02-04
has them.

A request is signed; see the security schemes. Every answer is a JSON object with a `RequestId`, which is also the
header `x-acs-request-id`. Unknown parameters and keys are ignored, and `null` reads as absent.

The operations of RAM, STS and Resource Manager all go to the path `/`, by GET or POST, and are told apart by the
parameters or signed headers that name the action and the version. A document of this kind cannot describe them as
paths, so they are not among these: `x-modelry-rpc` lists them, with their parameters, answers and errors.
"""

_SIGNED = """\
HMAC-SHA256 over the method, the path, the query, the signed headers and the hash of the body, as the official SDKs make
it: `Authorization: ACS3-HMAC-SHA256 Credential=<id>,SignedHeaders=<a;b>,Signature=<hex>` with the headers `x-acs-date`,
`x-acs-signature-nonce` and `x-acs-content-sha256`.
"""

_SIGNED_ROA = """\
The older HMAC-SHA1 signature, which Terraform and the `aliyun` command line make: `Authorization: acs <id>:<base64>`
with the header `Date`.
"""

_SIGNED_RPC = """\
The older HMAC-SHA1 signature of requests to the path `/`, over the method and all parameters, of which it is one.
"""

_REQUEST_ID: Schema = {"type": "string", "description": "The request's id, by which the server's log knows it."}

_ERROR_SCHEMA: Schema = {
    "type": "object",
    "description": "Why a request was refused.",
    "properties": {
        "RequestId": _REQUEST_ID,
        "HostId": {"type": "string", "description": "The host that was asked, as the request names it."},
        "Code": {"type": "string", "description": "Stable; what programs switch on."},
        "Message": {"type": "string", "description": "For people."},
        "AccessDeniedDetail": {
            "type": "object",
            "description": "Which rule denied; only with 403.",
            "additionalProperties": {"type": "string"},
        },
    },
    "required": ["RequestId", "HostId", "Code", "Message"],
}

_HEADERS = {"x-acs-request-id": {"description": "The same as `RequestId`.", "schema": {"type": "string"}}}
_RETRY_AFTER = {
    "x-acs-retry-after": {
        "description": "With `Throttling`: milliseconds to wait before the request is repeated.",
        "schema": {"type": "integer", "minimum": 1},
    }
}

_UNREAD = {
    "414": "Path and query are longer than 65,534 bytes. There is no body: the request was not read.",
    "431": "The request has too many headers, or too long ones. There is no body: the request was not read.",
}
"""What the HTTP server answers by itself."""


def document(catalogue: Catalogue) -> dict[str, Any]:
    """The whole API as an OpenAPI document: every offered operation with its limits, its answer and its errors."""
    structs = Structs(s for operation in catalogue for s in (operation.request, operation.response))
    paths: dict[str, Any] = {}
    for operation in catalogue.by_name.values():
        entry = paths.setdefault(operation.style.path, {})
        entry[operation.style.method.lower()] = _operation(operation, structs)
    rpc = [_rpc_operation(operation, structs) for operation in catalogue if isinstance(operation.style, Rpc)]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Modelry",
            "summary": "PAI AIWorkSpace 2021-02-04",
            "description": _ABOUT,
            "version": __version__,
        },
        "servers": [{"url": "/"}],
        "security": [{"ACS3-HMAC-SHA256": []}, {"ROA-HMAC-SHA1": []}],
        "tags": [{"name": name} for name in dict.fromkeys(map(_tag, catalogue.by_name.values()))],
        "paths": paths,
        "x-modelry-rpc": rpc,
        "components": {
            "schemas": {_ERROR: _ERROR_SCHEMA, **structs.referenced_from([paths, rpc])},
            "responses": {
                **{str(status): _refused(status, codes) for status, codes in by_status(SHARED).items()},
                **{status: {"description": description} for status, description in _UNREAD.items()},
            },
            "securitySchemes": {
                "ACS3-HMAC-SHA256": _scheme(_SIGNED),
                "ROA-HMAC-SHA1": _scheme(_SIGNED_ROA),
                "RPC-HMAC-SHA1": {"type": "apiKey", "in": "query", "name": "Signature", "description": _SIGNED_RPC},
            },
        },
    }


class Structs:
    """The JSON schemas of structs and of what they hold, with what the source says of each field."""

    def __init__(self, structs: Iterable[type[msgspec.Struct]]) -> None:
        """Read them; two of one name get the name of their family before it."""
        every = list(_with_nested(structs))
        references, components = msgspec.json.schema_components(every, ref_template="{name}")
        self._schemas: dict[str, Schema] = {}
        self._names: dict[type, str] = {}
        for struct, reference in zip(every, references, strict=True):
            name = self._names[struct] = _short(reference["$ref"])
            schema = self._schemas[name] = _polished(components[reference["$ref"]])
            schema.pop("title", None)
            notes = field_notes(struct)
            for field in msgspec.structs.fields(struct):
                if field.name in notes:
                    schema["properties"][field.encode_name]["description"] = notes[field.name]

    def schema(self, struct: type[msgspec.Struct]) -> Schema:
        """The schema of one of them, whose parts are references."""
        return self._schemas[self._names[struct]]

    def reference(self, struct: type[msgspec.Struct]) -> Schema:
        """A reference to it."""
        return {"$ref": _SCHEMAS + self._names[struct]}

    def referenced_from(self, part: Any) -> dict[str, Schema]:
        """What a part of the document refers to, directly or not, by name."""
        found: dict[str, Schema] = {}
        waiting = [part]
        while waiting:
            for reference in _references(waiting.pop()):
                name = reference.removeprefix(_SCHEMAS)
                if name in self._schemas and name not in found:
                    found[name] = self._schemas[name]
                    waiting.append(found[name])
        return dict(sorted(found.items()))


def _operation(operation: AnyOperation, structs: Structs) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": structs.schema(operation.request).get("description", ""),
        "tags": [_tag(operation)],
        "x-ram-action": operation.access.action,
        "x-ram-access-level": operation.access.level,
    }
    schema = structs.schema(operation.request)
    required = schema.get("required", [])
    places = {name: operation.style.place(name) for name in schema["properties"]}
    parameters = [
        _parameter(field, places[field.encode_name], schema["properties"][field.encode_name])
        for field in msgspec.structs.fields(operation.request)
        if places[field.encode_name] != "body"
    ]
    if parameters:
        entry["parameters"] = sorted(parameters, key=lambda p: p["in"] != "path")
    if "body" in places.values():
        entry["requestBody"] = _body(
            {name: value for name, value in schema["properties"].items() if places[name] == "body"},
            [name for name in required if places[name] == "body"],
        )
    entry["responses"] = {"200": _answer(operation, structs), **_refusals(operation)}
    return entry


def _rpc_operation(operation: AnyOperation, structs: Structs) -> dict[str, Any]:
    return {
        "name": operation.full_name,
        "action": operation.name,
        "version": operation.style.version,
        "summary": operation.summary,
        "x-ram-action": operation.access.action,
        "x-ram-access-level": operation.access.level,
        "x-ram-resources": list(operation.access.resources),
        "parameters": structs.reference(operation.request),
        "answer": structs.reference(operation.response),
        "errors": [{"Code": error.code, "Status": error.status} for error in refusals(operation)],
    }


def _parameter(field: Any, place: str, schema: Schema) -> dict[str, Any]:
    """A path or query parameter, in the form in which its type travels as text."""
    parameter: dict[str, Any] = {"name": field.encode_name, "in": place, "required": place == "path" or field.required}
    schema = dict(schema)
    if "description" in schema:
        parameter["description"] = schema.pop("description")
    form = form_of(field.type)
    if form is COMMA_SEPARATED:
        items = {"pattern": "^[^,]*$", **schema["items"]}  # the separator cannot be escaped
        return {**parameter, "style": "form", "explode": False, "schema": {**schema, "items": items}}
    if form in {TEXT, WHOLE_NUMBER, TRUTH}:
        return {**parameter, "schema": {**schema, "minLength": 1} if place == "path" else schema}
    return {**parameter, "content": {"application/json": {"schema": schema}}}


def _body(properties: Schema, required: list[str]) -> dict[str, Any]:
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return {"required": bool(required), "content": {"application/json": {"schema": schema}}}


def _answer(operation: AnyOperation, structs: Structs) -> dict[str, Any]:
    schema = structs.schema(operation.response)
    keys = operation.request_id_keys
    answer: Schema = {
        "type": "object",
        "properties": {**dict.fromkeys(keys, _REQUEST_ID), **schema["properties"]},
        "required": [*keys, *schema.get("required", [])],
    }
    description = schema.get("description", "Carried out.")
    return {"description": description, "headers": _HEADERS, "content": {"application/json": {"schema": answer}}}


def _refusals(operation: AnyOperation) -> dict[str, Any]:
    """The error answers by status; a status with nothing but shared errors refers to the shared answer."""
    codes = refusals(operation)
    if operation.style.path_fields:
        codes = (*codes, NO_SUCH_API)  # an empty id is no id
    own = {
        str(status): _refused(status, of_status)
        for status, of_status in by_status(codes).items()
        if set(of_status) - set(SHARED)
    }
    shared = {*(str(status) for status in by_status(SHARED)), *_UNREAD} - set(own)
    return dict(sorted((own | {status: {"$ref": f"{_RESPONSES}{status}"} for status in shared}).items()))


def _refused(status: int, codes: list[ErrorCode]) -> dict[str, Any]:
    narrowed = {"properties": {"Code": {"enum": [code.code for code in codes]}}}
    return {
        "description": "\n".join(f"* `{code.code}`: {code.message}" for code in codes),
        "headers": _HEADERS | (_RETRY_AFTER if status == THROTTLED.status else {}),
        "content": {"application/json": {"schema": {"allOf": [{"$ref": f"{_SCHEMAS}{_ERROR}"}, narrowed]}}},
    }


def _scheme(description: str) -> dict[str, str]:
    return {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}


def _tag(operation: AnyOperation) -> str:
    return operation.access.action.partition(":")[0]


def _with_nested(structs: Iterable[type[msgspec.Struct]]) -> Iterator[type[msgspec.Struct]]:
    """The structs and those in their fields, each once."""
    seen: set[Any] = set()
    waiting: list[Any] = list(structs)
    while waiting:
        type_ = waiting.pop(0)
        if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
            if type_ not in seen:
                seen.add(type_)
                yield type_
                waiting.extend(field.type for field in msgspec.structs.fields(type_))
        else:
            waiting.extend(get_args(type_))


def _short(name: str) -> str:
    """The name of a component: a struct's own, or, where two share it, `models.Done` for `...models.structs.Done`."""
    family, _, own = name.removeprefix("modelry.families.").rpartition(".")
    return f"{family.removesuffix('.structs')}.{own}" if family else own


def _polished(part: Any) -> Any:
    """A schema with full references, a type beside every `enum`, and patterns as JavaScript reads them."""
    if isinstance(part, list):
        return [_polished(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    polished = {key: _polished(value) for key, value in part.items()}
    if isinstance(part.get("$ref"), str):
        polished["$ref"] = _SCHEMAS + _short(part["$ref"])
    if isinstance(part.get("pattern"), str):
        polished["pattern"] = part["pattern"].replace(r"$(?!\n)", "$")  # Python's `$` also stands before a last newline
    if part.get("maximum") == INT64_MAX:
        polished["format"] = "int64"
    if isinstance(part.get("enum"), list) and all(isinstance(value, str) for value in part["enum"]):
        polished = {"type": "string", **polished}
    return polished


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str):
            yield reference
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for entry in part:
            yield from _references(entry)
