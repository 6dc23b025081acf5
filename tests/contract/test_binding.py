"""Binding: what a client encodes is what the server decodes, for every operation and every value that can travel."""

import functools
import json
import re
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from modelry.access.canonical import decode_query
from modelry.contract.binding import binding
from modelry.contract.catalogue import Catalogue
from modelry.contract.operation import AnyOperation, Rpc, Shape
from modelry.errors import ApiError
from modelry.families import operations
from modelry.families.model_versions import operations as versions
from modelry.families.model_versions.structs import CreateModelVersion, VersionAddress
from modelry.families.models import operations as models
from modelry.families.models.structs import (
    Condition,
    CreateModel,
    DeleteModelLabels,
    ListModels,
    ModelAddress,
    UpdateModel,
)

OPERATIONS = tuple(operations())
CATALOGUE = Catalogue(OPERATIONS)
EVERY_OPERATION = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.full_name)
UNHURRIED = settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)

TRAVELS = st.characters(codec="utf-8", exclude_characters="\0")
ANYTHING = st.characters()
"""Also what cannot travel: NUL and lone surrogates."""


def over_the_wire(operation: AnyOperation, request: Shape) -> Any:  # noqa: ANN401  any request
    """The request as the server decodes it when it was sent as it is encoded."""
    path, query, body = binding(operation).encode(request)
    style = operation.style
    if isinstance(style, Rpc):
        match = CATALOGUE.find_rpc("POST", style.version, operation.name)
    else:
        match = CATALOGUE.find(style.method, path.encode("ascii"))
    assert match.operation is operation
    return binding(operation).decode(match.segments, decode_query(urlencode(query).encode()), body)


@functools.cache
def json_objects() -> st.SearchStrategy[msgspec.Raw]:
    leaves = st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=5)
    values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3), max_leaves=4)
    keys = st.text(st.characters(codec="utf-8"), max_size=5)
    return st.dictionaries(keys, values, max_size=3).map(lambda value: msgspec.Raw(json.dumps(value).encode()))


def texts(kind: inspect.StrType, characters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    if kind.pattern is None:
        return st.text(characters, min_size=kind.min_length or 0, max_size=min(kind.max_length or 12, 12))
    found = st.from_regex(re.compile(kind.pattern), alphabet=characters)
    return found.filter(lambda text: (kind.min_length or 0) <= len(text) <= (kind.max_length or 1000))


def values(kind: inspect.Type, characters: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.Metadata():
            return values(kind.type, characters)
        case inspect.StrType():
            return texts(kind, characters)
        case inspect.IntType():
            low, high = kind.ge if kind.ge is not None else -(10**19) + 1, kind.le if kind.le is not None else 10**19
            return st.integers(low, high)
        case inspect.BoolType():
            return st.booleans()
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.ListType():
            least = kind.min_length or 0
            return st.lists(values(kind.item_type, characters), min_size=least, max_size=max(least, 3))
        case inspect.RawType():
            return json_objects()
        case inspect.StructType():
            return structs(kind.cls, characters)
        case inspect.UnionType():
            return st.one_of([values(part, characters) for part in kind.types])
    raise NotImplementedError(kind)


@functools.cache
def structs(cls: type, characters: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    described = inspect.type_info(cls)
    assert isinstance(described, inspect.StructType)
    required = {f.name: values(f.type, characters) for f in described.fields if f.required}
    optional = {f.name: values(f.type, characters) for f in described.fields if not f.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: cls(**fields))


def can_travel(operation: AnyOperation, request: Shape) -> bool:
    """Whether the wire has a form for each value: a path none for nothing and dots, a comma list none for commas."""
    style = operation.style
    for field in msgspec.structs.fields(operation.request):
        value, place = getattr(request, field.name), style.place(field.encode_name)
        if place == "path" and value in {"", ".", ".."}:
            return False
        if (
            place == "query"
            and not isinstance(style, Rpc)
            and isinstance(value, list)
            and (value == [""] or any("," in v for v in value if isinstance(v, str)))
        ):
            return False
    return True


@EVERY_OPERATION
@UNHURRIED
@given(data=st.data())
def test_what_is_encoded_is_decoded_as_the_same_request(operation: AnyOperation, data: st.DataObject) -> None:
    requests = structs(operation.request, TRAVELS)  # type: ignore[arg-type]  # a class is hashable
    request = data.draw(requests.filter(lambda made: can_travel(operation, made)))
    assert over_the_wire(operation, request) == request


@EVERY_OPERATION
@UNHURRIED
@given(data=st.data())
def test_no_value_changes_on_its_way(operation: AnyOperation, data: st.DataObject) -> None:
    """What the wire cannot carry is refused at its beginning."""
    request = data.draw(structs(operation.request, ANYTHING))  # type: ignore[arg-type]  # as above
    try:
        arrived = over_the_wire(operation, request)
    except ValueError:
        return
    assert arrived == request


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        (models.GET_MODEL, ModelAddress(model_id="")),
        (models.GET_MODEL, ModelAddress(model_id=".")),
        (models.GET_MODEL, ModelAddress(model_id="..")),
        (models.GET_MODEL, ModelAddress(model_id="a\0b")),
        (models.GET_MODEL, ModelAddress(model_id="\ud800")),
        (models.DELETE_MODEL_LABELS, DeleteModelLabels(model_id="m", label_keys=["a,b"])),
        (models.DELETE_MODEL_LABELS, DeleteModelLabels(model_id="m", label_keys=[""])),
        (models.DELETE_MODEL_LABELS, DeleteModelLabels(model_id="m", label_keys=["a", "\0"])),
        (models.LIST_MODELS, ListModels(query="\0")),
        (models.LIST_MODELS, ListModels(query="\udfff")),
        (models.LIST_MODELS, ListModels(collections=["a", "b,c"])),
        (models.LIST_MODELS, ListModels(page_number=10**21)),
        (models.LIST_MODELS, ListModels(conditions=[Condition(column="a\0", operator="Equal", value="")])),
        (models.LIST_MODELS, ListModels(conditions=[Condition(column="a", operator="In", value=["\0"])])),
        (models.CREATE_MODEL, CreateModel(model_name="a\0")),
        (models.CREATE_MODEL, CreateModel(model_name="\ud800")),
        (models.UPDATE_MODEL, UpdateModel(model_id="m", extra_info=msgspec.Raw(b"[]"))),
        (models.UPDATE_MODEL, UpdateModel(model_id="m", extra_info=msgspec.Raw(b'{},"ModelName":"x"'))),
        (models.UPDATE_MODEL, UpdateModel(model_id="m", extra_info=msgspec.Raw(b""))),
    ],
)
def test_what_cannot_travel_is_not_encoded(operation: AnyOperation, request_: Shape) -> None:
    with pytest.raises((ValueError, msgspec.DecodeError)):
        binding(operation).encode(request_)


def test_a_slash_in_a_path_value_does_not_split_the_path() -> None:
    request = VersionAddress(model_id="a/b", version_name="%2F c")
    path, _, _ = binding(versions.GET_MODEL_VERSION).encode(request)
    assert path == "/api/v1/models/a%2Fb/versions/%252F%20c"
    assert over_the_wire(versions.GET_MODEL_VERSION, request) == request


def decoded_query(text: str) -> ListModels:
    decoded: ListModels = binding(models.LIST_MODELS).decode((), decode_query(text.encode()), b"")
    return decoded


def refused_with(text: str) -> str:
    with pytest.raises(ApiError) as caught:
        decoded_query(text)
    return str(caught.value)


def test_lists_may_come_flattened() -> None:
    assert decoded_query("Collections.2=b&Collections.1=a&Collections.10=c").collections == ["a", "b", "c"]
    found = decoded_query("Conditions.1.Column=Task&Conditions.1.Operator=Equal&Conditions.1.Value=x").conditions
    assert found == [Condition(column="Task", operator="Equal", value="x")]


@pytest.mark.parametrize(
    "text",
    [
        "Collections.x=a",
        "Collections.=a",
        "Conditions.1.Column=Task",
        "Conditions.1=x",
        "Conditions.x.Column=y",
        "Conditions.1.Column=%00&Conditions.1.Operator=Equal&Conditions.1.Value=x",
    ],
)
def test_a_flattened_list_of_another_form_is_refused(text: str) -> None:
    assert refused_with(text).startswith("InvalidParameter: Co")


def test_other_names_with_a_dot_are_ignored() -> None:
    assert decoded_query("Foo.1=a&PageNumber.1=2&.=x&Domain.x=y") == ListModels()


def test_a_parameter_given_twice_is_refused() -> None:
    assert refused_with("Domain=a&Domain=a") == "InvalidParameter: Domain: is given twice."


@pytest.mark.parametrize("text", ["True", "true", "TRUE"])
def test_truth_is_read_in_any_case(text: str) -> None:
    operation = next(operation for operation in OPERATIONS if operation.name == "GetWorkspace")
    decoded = binding(operation).decode((b"1",), [(b"Verbose", text.encode())], b"")
    assert decoded.verbose is True


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t", b"{}", b" {} \n", b'{"Uri":null}', b'{"uri":"lower case"}'])
def test_an_empty_body_has_no_fields(body: bytes) -> None:
    with pytest.raises(ApiError, match="MissingParameter: Uri"):
        binding(versions.CREATE_MODEL_VERSION).decode((b"m",), [], body)


def test_null_reads_as_absent() -> None:
    body = b'{"Uri":"u","Metrics":null,"Labels": null ,"VersionName" :null}'
    decoded = binding(versions.CREATE_MODEL_VERSION).decode((b"m",), [], body)
    assert decoded == CreateModelVersion(model_id="m", uri="u")


def test_a_path_field_in_the_body_is_ignored() -> None:
    decoded = binding(models.UPDATE_MODEL).decode((b"m",), [], b'{"ModelId":"other","Domain":"d"}')
    assert decoded == UpdateModel(model_id="m", domain="d")


def test_a_body_is_ignored_where_none_belongs() -> None:
    decoded = binding(models.DELETE_MODEL_LABELS).decode((b"m",), [(b"LabelKeys", b"a")], b"\xff not JSON")
    assert decoded == DeleteModelLabels(model_id="m", label_keys=["a"])
